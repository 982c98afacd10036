"""Clocks of proceedings (termiņi): working days with Latvian holidays, months, and what does not count while information is waited for."""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

import holidays

from core.accreditation.rules import value

DAY = timedelta(days=1)


class Pause(NamedTuple):
    """The clock stands still (termiņa apturēšana) from the day after the question to the day of the answer; without one, it still does."""

    asked_on: date
    answered_on: date | None

    def holds(self, day: date) -> bool:
        """Whether a day does not count."""
        return self.asked_on < day and (self.answered_on is None or day <= self.answered_on)


class Clock(NamedTuple):
    """By when a decision is due (lēmuma termiņš): no day while the clock stands still; `left` is negative once it is late.

    What is left is counted in working days for an accreditation and in calendar days for a licence; while stopped, what was left then.
    """

    due_on: date | None
    stopped: bool
    left: int


def is_working(day: date) -> bool:
    """Whether a day is a working day (darbdiena) in Latvia; a Saturday to which the Cabinet moved one is."""
    return day in _working_days(day.year)


def next_working(day: date) -> date:
    """The day itself when it is a working day, or the first one after it (Administratīvā procesa likums)."""
    while not is_working(day):
        day += DAY
    return day


def working_day_after(day: date, number: int) -> date:
    """The n-th working day after a day; the day itself for none."""
    for _ in range(number):
        day = next_working(day + DAY)
    return day


def working_days(after: date, until: date) -> int:
    """How many working days there are after a day, up to another one."""
    return sum(is_working(day) for day in _days(after, until))


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or earlier; the last one of its month where there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def licence_clock(submitted_on: date, pauses: Sequence[Pause], today: date, decided_on: date | None = None) -> Clock:
    """The clock of a licence: one month, two once information was asked for; days of a pause are added (MK 218/2019)."""
    months = value("LICENCE_MONTHS_ASKED" if pauses else "LICENCE_MONTHS", submitted_on)
    until, stopped = _now(pauses, decided_on or today)
    paused = sum(any(pause.holds(day) for pause in pauses) for day in _days(submitted_on, until))
    due_on = next_working(months_after(submitted_on, months) + paused * DAY)
    return Clock(None if stopped else due_on, stopped, (due_on - until).days)


def accreditation_clock(submitted_on: date, pauses: Sequence[Pause], today: date, decided_on: date | None = None) -> Clock:
    """The clock of an accreditation: 80 working days, those of a pause not counted (MK 618/2020; MK 325/2024)."""
    days = value("ACCREDITATION_DAYS", submitted_on)
    until, stopped = _now(pauses, decided_on or today)
    due_on = submitted_on
    for _ in range(days):
        due_on = next_working(due_on + DAY)
        while any(pause.holds(due_on) and due_on <= until for pause in pauses):
            due_on = next_working(due_on + DAY)
    left = working_days(until, due_on) if until <= due_on else -working_days(due_on, until)
    return Clock(None if stopped else due_on, stopped, left)


def last_day_to_apply(term_end: date) -> date:
    """The last lawful day to apply before a term ends (pieteikuma termiņš)."""
    return months_after(term_end, -value("APPLY_MONTHS", term_end))


def first_accreditation_due(kind: str, began_on: date) -> date:
    """By when an institution, or a programme, is to be accredited for the first time (pirmā akreditācija)."""
    return months_after(began_on, value("FIRST_INSTITUTION_MONTHS" if kind == "institution" else "FIRST_PROGRAMME_MONTHS", began_on))


def _now(pauses: Sequence[Pause], today: date) -> tuple[date, bool]:
    """The day up to which the clock has run, and whether it stands still there."""
    open_ = [pause.asked_on for pause in pauses if pause.answered_on is None or pause.answered_on > today]
    return (min(today, *open_), True) if open_ and min(open_) <= today else (today, False)


def _days(after: date, until: date) -> Iterator[date]:
    return (after + number * DAY for number in range(1, (until - after).days + 1))


@cache
def _working_days(year: int) -> frozenset[date]:
    calendar = holidays.country_holidays("LV", years=year)
    return frozenset(day for day in _days(date(year - 1, 12, 31), date(year, 12, 31)) if calendar.is_working_day(day))
