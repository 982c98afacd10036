"""From decisions to days (lēmumu saskaitīšana): what holds on which days is what the published decisions say, one after the other.

Pure: the same decisions always give the same periods, so a decision that is undone is simply left out and everything else said again.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from core.periods import FOR_EVER, Period, day_after, held_on, said_between, said_from

# A licence, and terms of accreditation, that hold.
GOOD = frozenset(("LIC", "6Y", "2Y", "EXT"))


class Made(NamedTuple):
    """A published decision (publicēts lēmums), as far as it says what holds."""

    id: int
    outcome: str
    status: str
    decided_on: date
    valid_from: date
    valid_to: date | None
    start_by: date | None


class Said(NamedTuple):
    """What is said of days: the status, by which decision, and by when teaching has to start."""

    status: str
    decision_id: int
    start_by: date | None


def fold(decisions: Iterable[Made]) -> list[Period[Said]]:
    """The periods that these decisions make, in the order of their days.

    A grant or an extension holds for its term and ends what it meets. A refusal takes nothing away from who holds a licence or a term. An
    annulment holds until another decision; a lapse ends the one licence that held on its day, not one that begins later.
    """
    periods: list[Period[Said]] = []
    for made in sorted(decisions, key=lambda made: (made.decided_on, made.id)):
        said = Said(made.status, made.id, made.start_by)
        match made.outcome:
            case "grant" | "extend":
                periods = said_between(periods, made.valid_from, day_after(made.valid_to), said)
            case "refuse":
                if not good_on(periods, made.valid_from):
                    periods = said_from(periods, made.valid_from, said)
            case "lapse":
                periods = said_from(periods, made.valid_from, said)
            case _:
                periods = said_between(periods, made.valid_from, FOR_EVER, said)
    return periods


def good_on(periods: Sequence[Period[Said]], day: date) -> Period[Said] | None:
    """The period by which something is licensed or accredited on a day."""
    period = held_on(periods, day)
    return period if period is not None and period.said.status in GOOD else None
