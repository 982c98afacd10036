"""The rules of work on cases (lietu kārtošanas noteikumi) as data: days for each step, and what a search status means."""

from datetime import date
from functools import cache
from typing import NamedTuple

from core import codes

OPEN, JUSTIFIED, CLOSED = "open", "justified", "closed"
NO_STATUS, CLARIFYING, NEXT_YEAR = "NAV", "NOS", "NAK"
# Steps for which a municipality may have its own number of days.
STEPS = {"firstStatus": "FIRST_STATUS_DAYS", "clarifying": "CLARIFYING_DAYS", "handOver": "HAND_OVER_DAYS"}


class CaseRules(NamedTuple):
    """What holds on a day (noteikumi uz dienu); numbers are days unless the name says otherwise."""

    first_status_days: int
    clarifying_days: int
    hand_over_days: int
    unchanged_days: int
    justified_days: int
    closed_days: int
    return_day: tuple[int, int]
    small_number: int


@cache
def case_rules(day: date) -> CaseRules:
    """The rules that hold on a day."""
    held = {row["code"]: row["value"] for row in codes.rows("case_rules") if codes.holds(row, day)}
    month, of_month = map(int, held["RETURN_DAY"].split("-"))
    return CaseRules(
        first_status_days=int(held["FIRST_STATUS_DAYS"]),
        clarifying_days=int(held["CLARIFYING_DAYS"]),
        hand_over_days=int(held["HAND_OVER_DAYS"]),
        unchanged_days=int(held["UNCHANGED_DAYS"]),
        justified_days=int(held["JUSTIFIED_DAYS"]),
        closed_days=int(held["CLOSED_DAYS"]),
        return_day=(month, of_month),
        small_number=int(held["SMALL_NUMBER"]),
    )


@cache
def status_classes() -> dict[str, str]:
    """What each search status means (statusa klase): open, justified or closed; "no status entered" is none of them."""
    meaning = {"open": OPEN, "closed-justified": JUSTIFIED, "closed": CLOSED}
    return {row["code"]: meaning[row["class_design"]] for row in codes.rows("nonstudying_child_status") if row["code"] != NO_STATUS}


def last_justified_day(status: str, today: date, rules: CaseRules) -> date:
    """The last day on which a justified status that is given today can stand: "next school year" ends before 6 September."""
    if status != NEXT_YEAR:
        return date.fromordinal(today.toordinal() + rules.justified_days)
    month, day = rules.return_day
    year = today.year if (today.month, today.day) < (month, day) else today.year + 1
    return date.fromordinal(date(year, month, day).toordinal() - 1)
