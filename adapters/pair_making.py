"""A key with a certificate that it signed itself (pašparakstīts sertifikāts): for the demo, and to begin with."""

import errno
import os
import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

KEY_BITS = 3072
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
DAYS = 365


def make_pair(folder: Path, name: str, since: datetime, days: int = DAYS, subject: str = "VIIS") -> Path:
    """Makes NAME.key.pem, which only its owner may read, and NAME.cert.pem; gives the certificate's path. Nothing is overwritten."""
    if NAME.fullmatch(name) is None:
        raise ValueError("A name has letters, digits, dots and hyphens.")
    if since.year + days // 365 >= date.max.year:
        raise ValueError("No certificate holds that long.")
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{name}.cert.pem"
    if path.exists():
        raise FileExistsError(path)
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    certificate = _certificate(key, f"{subject} {name}", since, days).public_bytes(Encoding.PEM)
    _write(folder / f"{name}.key.pem", private, 0o600)
    # The certificate last and whole: a pair is a certificate that is there, and its key.
    fresh = folder / f".{name}.fresh"
    _write(fresh, certificate, 0o644)
    fresh.rename(path)
    return path


def make_first(folder: Path) -> Path | None:
    """A throw-away pair when the folder has none; None when it has."""
    if any(folder.glob("*.cert.pem")):
        return None
    for number in count(1):
        # A start that was killed here may have left a key without its certificate.
        with suppress(FileExistsError):
            return make_pair(folder, "demo" if number == 1 else f"demo-{number}", datetime.now(UTC) - timedelta(minutes=5))
    return None


def _certificate(key: rsa.RSAPrivateKey, subject: str, since: datetime, days: int) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "LV"), x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), since, since + timedelta(days=days))
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True).add_extension(usage, critical=True)
    return made.sign(key, SHA256())


def _write(path: Path, content: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
