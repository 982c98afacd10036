"""Signatures of heads and checkpoints (žurnāla paraksti): RSA-SHA256 over one line of text, by the pairs that sign messages, too."""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from adapters.key_pairs import UnreadablePair
from adapters.signatures import Signer
from core.disclosures.verifying import Checkpoint
from core.reading import instant


def sign(signer: Signer, text: str) -> tuple[str, bytes]:
    """The name of the pair that signs now, and its signature; NoPair when there is none."""
    pair = signer.current()
    return pair.name, pair.key.sign(text.encode(), PKCS1v15(), SHA256())


def is_signed(signer: Signer, text: str, name: str, signature: bytes) -> bool:
    """Whether the pair of this name made the signature; it may have expired since, but must still be in the folder."""
    for pair in signer.pairs():
        public = pair.certificate.public_key()
        if pair.name == name and isinstance(public, RSAPublicKey):
            try:
                public.verify(signature, text.encode(), PKCS1v15(), SHA256())
            except InvalidSignature:
                return False
            return True
    return False


def words(checkpoint: Checkpoint) -> str:
    """What is signed of a checkpoint."""
    return f"checkpoint {checkpoint.place} {checkpoint.chain_hash.hex()} {checkpoint.rows} {instant(checkpoint.before)}"


def trusts(signer: Signer) -> Callable[[Checkpoint], bool]:
    """Whether a checkpoint is signed by a key of the folder; nothing is when a key there cannot be read."""

    def trusted(checkpoint: Checkpoint) -> bool:
        try:
            return is_signed(signer, words(checkpoint), checkpoint.signed_by, checkpoint.signature)
        except UnreadablePair:
            return False

    return trusted


def written(signature: bytes) -> str:
    """A signature in a line of text."""
    return b64encode(signature).decode()


def read(text: str) -> bytes:
    """The signature in a line of text; an empty one, which nothing is signed by, when it is none."""
    try:
        return b64decode(text, validate=True)
    except (NotBase64, ValueError):
        return b""
