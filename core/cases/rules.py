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
    absence_lessons: int
    absence_days: int
    absence_days_age: int
    semesters: tuple[tuple[int, int], ...]

    def semester_of(self, day: date) -> date:
        """The first day of the semester (semestris) that a day lies in."""
        begun = (date(year, month, first) for year in (day.year - 1, day.year) for month, first in self.semesters)
        return max(first for first in begun if first <= day)


@cache
def case_rules(day: date) -> CaseRules:
    """The rules that hold on a day."""
    held = {row["code"]: row["value"] for row in codes.rows("case_rules") if codes.holds(row, day)}
    return CaseRules(
        first_status_days=int(held["FIRST_STATUS_DAYS"]),
        clarifying_days=int(held["CLARIFYING_DAYS"]),
        hand_over_days=int(held["HAND_OVER_DAYS"]),
        unchanged_days=int(held["UNCHANGED_DAYS"]),
        justified_days=int(held["JUSTIFIED_DAYS"]),
        closed_days=int(held["CLOSED_DAYS"]),
        return_day=_month_and_day(held["RETURN_DAY"]),
        small_number=int(held["SMALL_NUMBER"]),
        absence_lessons=int(held["ABSENCE_LESSONS"]),
        absence_days=int(held["ABSENCE_DAYS"]),
        absence_days_age=int(held["ABSENCE_DAYS_AGE"]),
        semesters=tuple(_month_and_day(day) for day in held["SEMESTERS"].split()),
    )


def _month_and_day(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)


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
