"""Heads that are kept elsewhere (žurnāla gali): a line an hour in a file, by which a cut tail and a rewritten chain are found.

    2026-11-27T04:00:00.000000Z 1234567 <hash of the chain> [<name of the key> <signature>]

A file a year, only ever added to. The folder belongs on another machine: whoever may rewrite the register must not reach it.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from adapters.disclosures.signing import is_signed, read, sign, written
from adapters.key_pairs import NoPair, UnreadablePair
from adapters.signatures import Signer
from core.disclosures.chain import Head
from core.reading import instant

FILES = "heads-*.txt"


class UnusableHeads(Exception):
    """A file or a line of heads that proves nothing; the text says which."""


class Exported(NamedTuple):
    """A head as a file tells of it (eksportēts gals)."""

    at: str
    head: Head
    signed_by: str = ""
    signature: str = ""

    @property
    def words(self) -> str:
        """What is signed of it."""
        return f"head {self.at} {self.head.place} {self.head.chain_hash.hex()}"


def export(folder: Path, signer: Signer, head: Head, now: datetime | None = None) -> None:
    """Adds a head, on the disk when this returns; signed when a key is there."""
    at = now or datetime.now(UTC)
    exported = Exported(instant(at), head)
    line = f"{exported.at} {head.place} {head.chain_hash.hex()}"
    try:
        name, signature = sign(signer, exported.words)
        line += f" {name} {written(signature)}"
    except (NoPair, UnreadablePair):
        pass  # A head without a signature is still one that cannot be reached from the register.
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"heads-{at.astimezone(UTC):%Y}.txt"
    # A line that broke off, on a disk that was full, stays the only one that proves nothing.
    broken = path.exists() and path.read_bytes()[-1:] not in (b"", b"\n")
    with path.open("a", encoding="ascii") as file:
        file.write("\n" * broken + line + "\n")
        file.flush()
        os.fsync(file.fileno())


def latest(folder: Path) -> Exported | None:
    """The head that was added last."""
    files = sorted(folder.glob(FILES))
    lines = files[-1].read_text(encoding="ascii").splitlines() if files else []
    return _exported(lines[-1], f"{files[-1].name}:{len(lines)}") if lines else None


def heads(path: Path, signer: Signer) -> list[Exported]:
    """The heads of a file, or of all files of a folder; UnusableHeads when a line is none, or is signed by nobody of ours."""
    found = []
    for file in sorted(path.glob(FILES)) if path.is_dir() else [path]:
        try:
            lines = file.read_text(encoding="ascii").splitlines()
        except (OSError, ValueError) as error:
            raise UnusableHeads(f"{file} cannot be read as a file of heads.") from error
        for number, line in enumerate(lines, start=1):
            one = _exported(line, f"{file.name}:{number}")
            if one.signed_by and not is_signed(signer, one.words, one.signed_by, read(one.signature)):
                raise UnusableHeads(f"{file.name}:{number} is signed by no key of {signer.folder}, or is not what was signed.")
            found.append(one)
    return found


def _exported(line: str, where: str) -> Exported:
    match line.split(" "):
        case [at, place, chain_hash, *signature] if len(signature) in (0, 2) and place.isdecimal() and len(chain_hash) == 64:
            try:
                return Exported(at, Head(int(place), bytes.fromhex(chain_hash)), *signature)
            except ValueError:
                pass
    raise UnusableHeads(f"{where} is no head of a journal.")
