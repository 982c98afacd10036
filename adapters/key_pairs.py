"""Keys and certificates that sign (parakstīšanas atslēgas un sertifikāti): pairs of files in a folder, NAME.key.pem and NAME.cert.pem."""

import os
import stat
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key


class NoPair(Exception):
    """There is no key with a certificate that is valid now."""


class UnreadablePair(Exception):
    """A file in the folder of keys is no key or no certificate, or the two do not belong together; or the folder cannot be read."""


class Pair(NamedTuple):
    """A key and its certificate (atslēga un sertifikāts), by the name of their files."""

    name: str
    key: RSAPrivateKey
    certificate: x509.Certificate

    def is_valid(self, at: datetime) -> bool:
        """Whether the certificate holds at an instant."""
        return is_valid(self.certificate, at)


def is_valid(certificate: x509.Certificate, at: datetime) -> bool:
    """Whether a certificate holds at an instant."""
    return certificate.not_valid_before_utc <= at < certificate.not_valid_after_utc


def stamp(folder: Path) -> tuple[int, ...]:
    """What changes when a file is added to the folder, or taken away."""
    try:
        found = folder.stat()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise UnreadablePair(f"The folder of keys {folder} cannot be read: {error.strerror}. Set VIIS_SIGNING to another one.") from error
    if not stat.S_ISDIR(found.st_mode):
        raise UnreadablePair(f"{folder} is no folder. Set VIIS_SIGNING to the folder of the keys.")
    return (found.st_mtime_ns, found.st_ino)


def read_pair(path: Path) -> Pair:
    """The pair of a certificate's file; UnreadablePair says what is wrong with it."""
    name = path.name.removesuffix(".cert.pem")
    beside = path.with_name(f"{name}.key.pem")
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        key = load_pem_private_key(beside.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise UnreadablePair(f"{path} and {beside.name} cannot be read as a certificate and its key without a password.") from error
    if not isinstance(key, RSAPrivateKey) or key.public_key() != certificate.public_key():
        raise UnreadablePair(f"{beside.name} in {path.parent} is not the RSA key of {path.name}.")
    if os.name == "posix" and beside.stat().st_mode & 0o077:
        raise UnreadablePair(f"{beside} may be read by others than its owner. Do this first: chmod 600 {beside}")
    return Pair(name, key, certificate)
