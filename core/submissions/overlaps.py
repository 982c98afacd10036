"""Which items may not be written because main affiliations would overlap (piederību pārklāšanās), judged for a whole message at once.

A person has one main affiliation at a time, whatever code or identifier it hangs on. What a message leaves behind is what counts: one item
may end an affiliation and another begin the next, in any order. An item is refused when its period overlaps what stands in the end, and
only then; of two items that exclude each other, the first in the message is taken.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

FOR_EVER = "infinity"  # sorts after every day


class Span(NamedTuple):
    """When somebody's main affiliation holds, from a day on and before another (ISO text), and the identity that it hangs on."""

    person: Hashable
    first: str
    after: str
    identity: Hashable = None


class Move(NamedTuple):
    """What an item does to main affiliations: the entry that it replaces, if any, how that stands, and what it writes, if that is main."""

    position: int
    entry: int | None
    old: Span | None
    new: Span | None


def refused(moves: Sequence[Move], standing: Mapping[int, Span]) -> set[int]:
    """The positions of the items that cannot be taken; `standing` holds the main affiliations, by entry, that some item's period meets."""
    if not standing and not _share_a_person(moves):
        return set()
    return _Settling(moves, standing).settle()


def _share_a_person(moves: Iterable[Move]) -> bool:
    people = [move.new.person for move in moves if move.new]
    return len(set(people)) < len(people)


class _Settling:
    """What each item meets: entries as they stand, unless another item moves them away, and what other items write."""

    def __init__(self, moves: Sequence[Move], standing: Mapping[int, Span]) -> None:
        self._moves = {move.position: move for move in sorted(moves)}
        self._mover = {move.entry: move.position for move in moves if move.entry is not None}
        self._taken = set(self._moves)
        self._meets_entries: dict[int, list[int]] = defaultdict(list)
        self._met_by: dict[int, list[int]] = defaultdict(list)
        self._meets_items: dict[int, set[int]] = defaultdict(set)
        self._find_entries(standing)
        self._find_items()

    def settle(self) -> set[int]:
        """The positions of the items that are not taken."""
        for position in self._moves:
            if position in self._taken and self._meets_what_stays(position):
                self._drop(position)
        for position in self._moves:
            if position in self._taken and any(other < position and other in self._taken for other in self._meets_items[position]):
                self._drop(position)
        while self._take_one_back():
            pass
        return set(self._moves) - self._taken

    def _find_entries(self, standing: Mapping[int, Span]) -> None:
        entries: dict[Hashable, list[int]] = defaultdict(list)
        for entry, span in standing.items():
            entries[span.person].append(entry)
        for position, move in self._moves.items():
            for entry in entries.get(move.new.person, ()) if move.new else ():
                if entry != move.entry and _conflict(move.old, move.new, standing[entry], standing[entry]):
                    self._meets_entries[position].append(entry)
                    self._met_by[entry].append(position)

    def _find_items(self) -> None:
        by_person: dict[Hashable, list[tuple[str, int]]] = defaultdict(list)
        for move in self._moves.values():
            if move.new:
                by_person[move.new.person].append((move.new.first, move.position))
        for starts in by_person.values():
            starts.sort()
            for index, (_, position) in enumerate(starts):
                for first, other in starts[index + 1 :]:
                    one, two = self._moves[position], self._moves[other]
                    if one.new and first >= one.new.after:
                        break
                    if _conflict(one.old, one.new, two.old, two.new):
                        self._meets_items[position].add(other)
                        self._meets_items[other].add(position)

    def _meets_what_stays(self, position: int) -> bool:
        """Whether it meets an entry whatever becomes of the other items: nobody moves that entry, or it is met where it goes, too."""
        movers = [self._mover.get(entry) for entry in self._meets_entries[position]]
        return any(mover not in self._taken or mover in self._meets_items[position] for mover in movers)

    def _drop(self, position: int) -> None:
        """Does not take an item: its entry stands as it stood, so whoever relied on its going is not taken either."""
        dropped = [position]
        while dropped:
            position = dropped.pop()
            self._taken.discard(position)
            entry = self._moves[position].entry
            if entry is not None:
                dropped += [other for other in self._met_by[entry] if other in self._taken]

    def _take_one_back(self) -> bool:
        """Takes an item that was dropped for another one that was dropped later; that its entry goes is in nobody's way."""
        for position in self._moves:
            entries_gone = all(self._mover.get(entry) in self._taken for entry in self._meets_entries[position])
            if position not in self._taken and entries_gone and self._taken.isdisjoint(self._meets_items[position]):
                self._taken.add(position)
                return True
        return False


def _conflict(one_before: Span | None, one: Span | None, other_before: Span | None, other: Span | None) -> bool:
    """Whether two periods share days that they did not share before: overlaps that a merger left are not held against anybody."""
    if one is None or other is None or not _share_days(one, other):
        return False
    if one_before is None or other_before is None or not _share_days(one_before, other_before):
        return True
    # On another identity the tables themselves would find it.
    if (one_before.identity, other_before.identity) != (one.identity, other.identity):
        return True
    first, after = max(one.first, other.first), min(one.after, other.after)
    return first < max(one_before.first, other_before.first) or after > min(one_before.after, other_before.after)


def _share_days(one: Span, other: Span) -> bool:
    return one.person == other.person and one.first < other.after and other.first < one.after
