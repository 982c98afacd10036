"""The chain (žurnāla ķēde): every place covers the one before, so nothing in it can change without all that follows."""

import hashlib
from typing import NamedTuple

NOTHING = bytes(32)


class Head(NamedTuple):
    """A place of the chain and the hash that covers everything up to it (ķēdes gals)."""

    place: int
    chain_hash: bytes


def link(previous: bytes, place: int, row_hash: bytes) -> bytes:
    """The hash of a place: SHA-256 of the hash before it, its number in eight bytes, the hash of its row."""
    return hashlib.sha256(previous + place.to_bytes(8, "big") + row_hash).digest()
