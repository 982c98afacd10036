"""In which order changes are applied (izmaiņu secība): many people at once, one person's one after the other."""

from collections.abc import Iterable
from datetime import date

from core.child_rules import are_exchanged
from core.people import ChildRecord
from core.person_changes.raw_store import Stored, day_of

Unit = list[Stored]


def turns(changes: Iterable[Stored]) -> list[list[Unit]]:
    """Whoever shares a code or a person comes in a later turn than the one before; two who exchange their codes come as one."""
    found: list[list[Unit]] = []
    last: dict[object, tuple[int, Unit]] = {}
    for change in changes:
        before = [last[token] for token in change.tokens if token in last]
        turn = max((place for place, _ in before), default=-1)
        unit = next((unit for place, unit in before if place == turn), None)
        if unit and len(unit) == 1 and not unit[0].failed and not change.failed and _two_who_exchange(unit[0].child, change.child):
            unit.append(change)
        else:
            turn, unit = turn + 1, [change]
            found[turn:] = found[turn:] or [[]]
            found[turn].append(unit)
        last.update((token, (turn, unit)) for token in change.tokens)
    return found


def tokens_of(unit: Unit) -> frozenset[object]:
    """By what later changes of the same people are found."""
    return frozenset[object]().union(*(change.tokens for change in unit))


def by_day(units: list[Unit], today: date) -> dict[date | None, list[Unit]]:
    """By the day on which it happened: what ends, ends on that day. None: no day that can be."""
    days: dict[date | None, list[Unit]] = {}
    for unit in units:
        days.setdefault(day_of(unit[-1].occurred_on, today), []).append(unit)
    return days


def _two_who_exchange(one: ChildRecord, other: ChildRecord) -> bool:
    """Not one person whose code was corrected and corrected back, which the codes alone do not tell."""
    return are_exchanged(one, other) and (one.given_name, one.born_on) != (other.given_name, other.born_on)
