"""Small numbers (mazi skaitļi): which counts of a statistic are withheld, so that none of them can be worked out from the others."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

Cell = TypeVar("Cell", bound=Hashable)


def withheld(counts: Mapping[Cell, int], equal_sums: Sequence[tuple[Iterable[Cell], Iterable[Cell]]], least: int) -> set[Cell]:
    """The cells to withhold: those below `least`, and what would give them away.

    Each pair of `equal_sums` is two sets of cells whose sums are known to be equal: a total and what it is made of, or one number split in
    two ways. When everything on one side is shown, the sum of what is withheld on the other is known; so there must be two of them at
    least, and together not few.
    """
    hidden = {cell for cell, count in counts.items() if 0 < count < least}
    sides = [([*left], [*right]) for left, right in equal_sums]
    while True:
        before = len(hidden)
        for left, right in sides:
            known = _of(hidden, left), _of(hidden, right)
            if all(known) or not any(known):
                continue
            told = known[0] or known[1]
            if len(told) < 2 or sum(counts[cell] for cell in told) < least:
                # The same side first, where it hides something; the other side when there is nothing more to hide on this one.
                for side in (left, right) if known[0] else (right, left):
                    shown = [cell for cell in side if cell not in hidden and counts.get(cell)]
                    if shown:
                        hidden.add(min(shown, key=lambda cell: (counts[cell], str(cell))))
                        break
        if len(hidden) == before:
            return hidden


def _of(hidden: set[Cell], side: Sequence[Cell]) -> list[Cell]:
    return [cell for cell in side if cell in hidden]
