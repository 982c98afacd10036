"""The header `client` counts only on a connection that comes from the security server: the cases of TLS, a unix socket, plain loopback."""

import dataclasses
import functools
import grp
import http.client
import json
import os
import socket
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from adapters.listening import UNTRUSTED, trusted
from adapters.settings import Settings
from adapters.stop import Stop, free_port
from adapters.tls import pinned
from adapters.web.example import envelope
from core.database import Databases
from tests.conftest import _copy
from tests.register import Register
from tests.serving import Served, serving

NOW = datetime.now(UTC)
REFUSED = (ssl.SSLError, ConnectionError)
NOBODY = 65534
ASK = envelope("education-process", "listCodes", "<e:list>class_levels</e:list>")


class Pair(NamedTuple):
    """A certificate and its key, in files."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    folder: Path

    @property
    def cert_file(self) -> Path:
        return self.folder / "cert.pem"

    @property
    def key_file(self) -> Path:
        return self.folder / "key.pem"

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)


def pair(
    folder: Path, name: str, *, signer: Pair | None = None, ended: bool = False, signs: bool = False, uses: x509.ExtensionType | None = None
) -> Pair:
    """A certificate of this name: signed by itself, as those of security servers are, or by another."""
    folder.mkdir(parents=True)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if signer is None else signer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=30))
        .not_valid_after(NOW + timedelta(days=-1 if ended else 30))
        .add_extension(x509.BasicConstraints(ca=signs, path_length=None), critical=True)
    )
    if uses is not None:
        builder = builder.add_extension(uses, critical=False)
    certificate = builder.sign(key if signer is None else signer.key, hashes.SHA256())
    made = Pair(certificate, key, folder)
    made.cert_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    made.key_file.write_bytes(secret)
    return made


class Certificates(NamedTuple):
    """Ours, and those of security servers: the pinned ones, and others."""

    ours: Pair
    right: Pair
    other: Pair  # pinned as well, while one replaces another
    expired: Pair  # pinned and ended
    pins: Path


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    folder = tmp_path_factory.mktemp("certificates")
    # The right one could sign others, which makes them no more right.
    made = [
        pair(folder / "ours", "viis"),
        pair(folder / "right", "security-server", signs=True),
        pair(folder / "other", "security-server-2"),
        pair(folder / "expired", "security-server-0", ended=True),
    ]
    pins = folder / "pins"
    pins.mkdir()
    for number, one in enumerate(made[1:]):
        (pins / f"{number}.pem").write_bytes(one.cert_file.read_bytes())
    return Certificates(*made, pins)


def settings(certificates: Certificates) -> dict[str, str]:
    return {
        "VIIS_DEMO": "",
        "VIIS_TLS_CERTIFICATE": str(certificates.ours.cert_file),
        "VIIS_TLS_KEY": str(certificates.ours.key_file),
        "VIIS_TLS_PINS": str(certificates.pins),
    }


def client(service: Pair, shown: Pair | None) -> ssl.SSLContext:
    """As a security server connects: it believes one certificate, whatever its name, and shows its own. TLS 1.2, whose alerts tell why."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(service.cert_file)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    if shown is not None:
        context.load_cert_chain(shown.cert_file, shown.key_file)
    return context


@pytest.fixture(scope="module")
def service(
    cluster: object, template: str, numbers: Iterator[int], certificates: Certificates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    right = functools.partial(http.client.HTTPSConnection, context=client(certificates.ours, certificates.right))
    with _copy(cluster, template, numbers) as url:
        both = Databases(url, url)
        Register(both).grant()
        folder = tmp_path_factory.mktemp("tls")
        with serving(Register(both), url, folder, settings=settings(certificates), options=["--tls"], connect=right) as running:
            yield running
        both.close()


def ask(service: Served, context: ssl.SSLContext) -> str | None:
    """An answer's code list over TLS with these certificates."""
    line = http.client.HTTPSConnection("127.0.0.1", service.port, timeout=20, context=context)
    try:
        line.request("POST", service.path, ASK.encode(), {"Content-Type": "text/xml; charset=utf-8"})
        return "class_levels" if b"class_levels" in line.getresponse().read() else None
    finally:
        line.close()


def refusal(service: Served, context: ssl.SSLContext) -> str:
    """Why the other side, or ours, ended the handshake."""
    with pytest.raises(REFUSED) as raised:
        ask(service, context)
    assert service.post(ASK).status == 200, "others are answered as before"
    return getattr(raised.value, "reason", None) or type(raised.value).__name__


def reasons(service: Served) -> list[str]:
    """Why connections were refused, as the log tells it."""
    lines = [json.loads(line) for line in service.log.read_text().splitlines() if "connection refused" in line]
    return [line["reason"] for line in lines]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("shown", ["right", "other"])
def test_a_pinned_certificate_is_answered(service: Served, certificates: Certificates, version: ssl.TLSVersion, shown: str) -> None:
    context = client(certificates.ours, getattr(certificates, shown))
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1_2, version
    assert ask(service, context) == "class_levels"


def test_without_a_certificate_nobody_is_answered(service: Served, certificates: Certificates) -> None:
    assert "HANDSHAKE_FAILURE" in refusal(service, client(certificates.ours, None))
    context = client(certificates.ours, None)
    context.maximum_version = ssl.TLSVersion.TLSv1_3
    refusal(service, context)
    with pytest.raises((ConnectionError, http.client.BadStatusLine)):  # what comes back is an alert, or nothing
        dataclasses.replace(service, connect=http.client.HTTPConnection).post(ASK)


def test_another_certificate_of_the_same_name_is_wrong(service: Served, certificates: Certificates, tmp_path: Path) -> None:
    assert "UNKNOWN_CA" in refusal(service, client(certificates.ours, pair(tmp_path / "wrong", "security-server")))


def test_an_expired_certificate_is_refused_though_it_is_pinned(service: Served, certificates: Certificates) -> None:
    assert "CERTIFICATE_EXPIRED" in refusal(service, client(certificates.ours, certificates.expired))
    assert "certificate has expired" in reasons(service)


def test_who_expects_another_service_finds_out_and_ours_shows_its_own_certificate(
    service: Served, certificates: Certificates, tmp_path: Path
) -> None:
    another = pair(tmp_path / "another", "viis")
    assert refusal(service, client(another, certificates.right)) == "CERTIFICATE_VERIFY_FAILED"
    with (
        socket.create_connection(("127.0.0.1", service.port), timeout=20) as line,
        client(certificates.ours, certificates.right).wrap_socket(line) as secured,
    ):
        assert secured.getpeercert(binary_form=True) == certificates.ours.der


@pytest.mark.parametrize(
    ("version", "ciphers", "why"),
    [
        (ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-SHA", "HANDSHAKE_FAILURE"),
        (ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-SHA256", "HANDSHAKE_FAILURE"),
        (ssl.TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0", "PROTOCOL_VERSION"),
    ],
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1:DeprecationWarning")
def test_without_a_cipher_in_common_there_is_no_connection(
    service: Served, certificates: Certificates, version: ssl.TLSVersion, ciphers: str, why: str
) -> None:
    context = client(certificates.ours, certificates.right)
    context.minimum_version = version if version is ssl.TLSVersion.TLSv1_1 else ssl.TLSVersion.TLSv1_2
    context.maximum_version = version
    context.set_ciphers(ciphers)
    assert why in refusal(service, context)


def test_who_signed_a_certificate_makes_it_no_more_right(service: Served, certificates: Certificates, tmp_path: Path) -> None:
    authority = pair(tmp_path / "authority", "authority", signs=True)
    assert "UNKNOWN_CA" in refusal(service, client(certificates.ours, pair(tmp_path / "one", "security-server", signer=authority)))
    by_a_pin = pair(tmp_path / "two", "of-a-pin", signer=certificates.right)
    refusal(service, client(certificates.ours, by_a_pin))
    assert "NotPinned" in reasons(service)


def test_connections_that_say_nothing_or_half_of_it_hold_nobody_up(service: Served) -> None:
    # More than there are threads; each would keep one until its end.
    lines = [socket.create_connection(("127.0.0.1", service.port), timeout=20) for _ in range(24)]
    for line in lines[::2]:
        line.sendall(b"\x16\x03\x01\x02\x00\x01")
    assert service.post(ASK).status == 200
    for line in lines:
        line.close()


def test_refused_connections_leave_a_line_a_minute_and_nothing_of_themselves(
    service: Served, tmp_path: Path, certificates: Certificates
) -> None:
    context = client(certificates.ours, pair(tmp_path / "wrong", "Anna Paraudziņa"))
    for _ in range(20):
        refusal(service, context)
    assert 1 <= reasons(service).count("self-signed certificate") <= 2, "once a minute"
    assert not any(word in service.log.read_text() for word in ("Paraudz", "127.0.0.1", "Traceback"))


class OverSocket(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path, *_: object, timeout: float = 20) -> None:
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self) -> None:
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(self.timeout)
        try:
            line.connect(str(self.path))
        except OSError:
            line.close()
            raise
        self.sock = line


# The program starts as who tests, whose Python others may not be allowed to run.
CONNECT = f"""
import os, socket, sys
os.setgroups([])
os.setgid({NOBODY})
os.setuid({NOBODY})
socket.socket(socket.AF_UNIX).connect(sys.argv[1])
"""


def test_a_unix_socket_answers_its_group_and_nobody_else(
    register: Register, database_url: str, reachable: Path, numbers: Iterator[int], tmp_path: Path
) -> None:
    register.grant()
    path = reachable / f"socket-{next(numbers)}" / "soap.sock"
    group = grp.getgrgid(os.getgid()).gr_name
    chosen = {"VIIS_DEMO": "", "VIIS_SOCKET": str(path), "VIIS_SOCKET_GROUP": group}
    with serving(register, database_url, tmp_path, settings=chosen, connect=functools.partial(OverSocket, path)) as running:
        assert running.post(ASK).status == 200
        modes = [stat.S_IMODE(place.stat().st_mode) for place in (path.parent, path)]
        assert (modes, path.stat().st_gid) == ([0o750, 0o660], os.getgid())
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", running.port), timeout=5)
        if os.getuid() == 0:  # Only root can try as somebody else.
            assert not _as_nobody(path)
            path.parent.chmod(0o755)
            assert not _as_nobody(path), "the socket itself is closed, too"
            path.chmod(0o666)
            assert _as_nobody(path), "then anybody could"
    assert not path.exists()


def _as_nobody(path: Path) -> bool:
    command = [sys.executable, "-S", "-c", CONNECT, str(path)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    ("chosen", "tls", "said"),
    [
        ({}, False, UNTRUSTED),
        ({}, True, "VIIS_TLS_PINS"),
        ({"demo": True, "host": "0.0.0.0"}, False, "loopback alone"),
        ({"socket": "soap.sock"}, False, "chmod 750"),
        ({"socket": "soap.sock"}, True, "Either --tls or VIIS_SOCKET"),
        ({"socket": "soap.sock", "socket_group": "no-such-group"}, False, "no group"),
    ],
)
def test_a_connection_that_others_could_make_is_not_listened_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: dict[str, object], tls: bool, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o777)
    with pytest.raises(Stop) as stopped:
        trusted(Settings(**chosen), tls)
    assert said in str(stopped.value)
    assert list(tmp_path.iterdir()) == []


def test_without_a_trusted_connection_the_service_does_not_start(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VIIS_")}
    environment |= {"VIIS_PORT": str(free_port()), "VIIS_DATA": str(tmp_path)}
    command = [sys.executable, "-m", "adapters.cli", "serve"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr.strip()) == (2, UNTRUSTED)
    assert list(tmp_path.iterdir()) == [], "nothing was begun"


def test_wrong_files_are_told_in_words(certificates: Certificates, tmp_path: Path) -> None:
    def why(certificate: Path, key: Path, pins: Path) -> str:
        with pytest.raises(Stop) as stopped:
            pinned(certificate, key, pins)
        return str(stopped.value)

    ours, right = certificates.ours, certificates.right
    assert "cannot be read" in why(ours.cert_file, ours.key_file, tmp_path / "nothing.pem")
    assert "no certificate" in why(ours.cert_file, ours.key_file, tmp_path)
    assert "neither PEM nor DER" in why(ours.cert_file, ours.key_file, ours.key_file)
    assert "valid today" in why(ours.cert_file, ours.key_file, certificates.expired.cert_file)
    servers_only = pair(tmp_path / "servers", "security-server", uses=x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]))
    assert "clientAuth" in why(ours.cert_file, ours.key_file, servers_only.cert_file)
    assert "belong together" in why(ours.cert_file, right.key_file, certificates.pins)
    locked = tmp_path / "locked.pem"
    secret = serialization.BestAvailableEncryption(b"secret")
    locked.write_bytes(ours.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, secret))
    assert "no password" in why(ours.cert_file, locked, certificates.pins)


def test_pins_may_stand_there_as_a_security_server_exports_them(certificates: Certificates, tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_bytes(certificates.right.cert_file.read_bytes())
    (tmp_path / "cert.cer").write_bytes(certificates.right.der)
    ours = certificates.ours
    for pins in (tmp_path, tmp_path / "cert.cer"):
        assert pinned(ours.cert_file, ours.key_file, pins).context.get_ca_certs(binary_form=True) == [certificates.right.der]


def test_demo_mode_is_off_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIIS_DEMO", raising=False)
    assert Settings().demo is False
