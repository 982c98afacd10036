"""The made-up nation as the stand-in holds it: every person's XML once, in a file that is mapped, and small indexes into it.

`people.jsonl` stands in the order of birth date and code, so a page of children is one slice of the file, whatever its number.
"""

import json
import mmap
import tempfile
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from adapters.population_register.stand_in import rendering

KEY = 21  # YYYY-MM-DD and eleven digits


class Slice(NamedTuple):
    """A page of the list: its entries' XML, which entries, the key of the last one when more is there, the length of the whole list."""

    fragment: memoryview
    entries: range
    last_key: str | None
    total: int


class World:
    """Everybody the population register knows (iedzīvotāji), read once; about 30 bytes of memory a person."""

    def __init__(self, folder: Path) -> None:
        self._changes = folder / "changes.jsonl"
        self._offsets = array("Q", [0])
        keys = bytearray()
        codes: list[tuple[int, int]] = []
        with tempfile.TemporaryFile() as rendered:
            for number, person in enumerate(_lines(folder / "people.jsonl")):
                key = f"{person['born_on']}{person['code']}".encode()
                if len(key) != KEY or key <= keys[-KEY:]:
                    raise ValueError(f"people.jsonl, line {number + 1}: not in the order of birth date and code. Make the nation again.")
                keys += key
                codes += [(int(code), number) for code in (person["code"], *person["former_codes"])]
                self._offsets.append(self._offsets[-1] + rendered.write(rendering.child(person)))
            rendered.flush()
            self._people = memoryview(mmap.mmap(rendered.fileno(), 0, access=mmap.ACCESS_READ)) if keys else memoryview(b"")
        self._keys = bytes(keys)
        codes.sort()
        self._codes = array("Q", (code for code, _ in codes))
        self._owners = array("L", (number for _, number in codes))

    def __len__(self) -> int:
        return len(self._keys) // KEY

    def page(self, born_from: str, born_to: str, after: str, size: int) -> Slice:
        """The next `size` people born in the interval after the key `after` (empty: from the beginning)."""
        everybody = range(len(self))
        first = bisect_left(everybody, born_from.encode(), key=self._key)
        end = bisect_left(everybody, f"{born_to}~".encode(), key=self._key)
        start = max(first, bisect_right(everybody, after.encode(), key=self._key))
        stop = max(start, min(start + size, end))
        fragment = self._people[self._offsets[start] : self._offsets[stop]]
        last_key = self._key(stop - 1).decode() if start < stop < end else None
        return Slice(fragment, range(start, stop), last_key, max(0, end - first))

    def entry(self, number: int) -> bytes:
        """One entry of the list by its place in it."""
        return bytes(self._people[self._offsets[number] : self._offsets[number + 1]])

    def person(self, code: str) -> bytes | None:
        """The entry of whoever has or had this code."""
        place = bisect_left(self._codes, int(code))
        if place == len(self._codes) or self._codes[place] != int(code):
            return None
        return self.entry(self._owners[place])

    def changes(self, after: int, size: int) -> tuple[list[bytes], int]:
        """The next changes after a position, and the position of the last one."""
        found: list[bytes] = []
        for line in _lines(self._changes):
            if line["position"] > after:
                found.append(rendering.change(line))
                after = line["position"]
                if len(found) == size:
                    break
        return found, after

    def _key(self, number: int) -> bytes:
        return self._keys[number * KEY : number * KEY + KEY]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        with path.open("rb") as file:
            for line in file:
                yield json.loads(line)
