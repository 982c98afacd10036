"""Mutual TLS with the security server (savstarpēja TLS): its certificate is pinned, not trusted by who signed it.

A security server shows the internal certificate that it made for itself. It is right when it is one of the pins, byte for byte, and within
its validity. Several pins are allowed, so that a new certificate can be pinned before the old one ends.
"""

import ssl
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from adapters.stop import Stop

# Of TLS 1.2 what keeps its secrets when the key is lost, with authenticated encryption; TLS 1.3 has nothing else.
CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
SUFFIXES = (".pem", ".crt", ".cer", ".der")
PEM = b"-----BEGIN"


class NotPinned(Exception):
    """The certificate that was shown is none of the pins, or not valid now."""


class Pinned:
    """The TLS of our side, and which certificates the other side may show."""

    def __init__(self, certificate: Path, key: Path, pins: Sequence[x509.Certificate]) -> None:
        self._valid = {pin.public_bytes(Encoding.DER): (pin.not_valid_before_utc, pin.not_valid_after_utc) for pin in pins}
        self.context = context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(CIPHERS)
        context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION | ssl.OP_CIPHER_SERVER_PREFERENCE
        # Without a password for the key: nobody is there to type one.
        context.load_cert_chain(certificate, key, password=lambda: b"")
        context.verify_mode = ssl.CERT_REQUIRED
        # A pin ends the chain, whether it is self-signed or somebody's.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        for der in self._valid:
            context.load_verify_locations(cadata=der)

    def check(self, connection: ssl.SSLSocket, now: datetime) -> None:
        """NotPinned unless a pin was shown that is valid now: a pin may have signed others, and a session may outlive its certificate."""
        period = self._valid.get(connection.getpeercert(binary_form=True) or b"")
        if period is None or not period[0] <= now <= period[1]:
            raise NotPinned


def pinned(certificate: Path | None, key: Path | None, pins: Path | None) -> Pinned:
    """The TLS that settings name; Stop says what is missing or wrong."""
    if certificate is None or key is None or pins is None:
        raise Stop(
            "TLS needs our certificate (VIIS_TLS_CERTIFICATE), its key (VIIS_TLS_KEY) and the certificates of the security server "
            "(VIIS_TLS_PINS: a file, or a folder of them). Its administrator exports the internal TLS certificate.",
            2,
        )
    found = _read(pins)
    now = datetime.now(UTC)
    present = [pin for pin in found if pin.not_valid_before_utc <= now <= pin.not_valid_after_utc]
    if not present:
        raise Stop(f"No certificate of VIIS_TLS_PINS ({pins}) is valid today. Put the security server's present one there.")
    if not any(_may_connect(pin) for pin in present):
        raise Stop(
            f"No certificate of VIIS_TLS_PINS ({pins}) is made for who connects: TLS refuses one whose key usage lacks digitalSignature or "
            "whose extended key usage lacks clientAuth. The security server needs another internal TLS certificate."
        )
    try:
        return Pinned(certificate, key, found)
    except OSError as error:  # ssl.SSLError is one, too
        raise Stop(
            f"The certificate {certificate} and the key {key} cannot be used ({getattr(error, 'reason', None) or error.strerror}). "
            "Both are PEM, belong together, and the key has no password."
        ) from None


def _read(pins: Path) -> list[x509.Certificate]:
    try:
        files = sorted(file for file in pins.iterdir() if file.suffix in SUFFIXES) if pins.is_dir() else [pins]
        found = [pin for file in files for pin in _certificates(file.read_bytes())]
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else "neither PEM nor DER"
        raise Stop(f"The certificates of VIIS_TLS_PINS ({pins}) cannot be read: {said}.") from None
    if not found:
        raise Stop(f"There is no certificate in VIIS_TLS_PINS ({pins}). Put the security server's internal TLS certificate there.")
    return found


def _certificates(written: bytes) -> list[x509.Certificate]:
    """Of a file, PEM or DER: security servers export both, side by side."""
    return x509.load_pem_x509_certificates(written) if PEM in written else [x509.load_der_x509_certificate(written)]


def _may_connect(pin: x509.Certificate) -> bool:
    """Whether OpenSSL takes it from a client, which nothing of Python's can change."""
    try:
        usage = pin.extensions.get_extension_for_class(x509.KeyUsage).value
        if not (usage.digital_signature or usage.key_agreement):
            return False
    except x509.ExtensionNotFound:
        pass
    try:
        purposes = pin.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return ExtendedKeyUsageOID.CLIENT_AUTH in purposes
