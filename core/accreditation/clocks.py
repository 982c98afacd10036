"""Terms of licensing and accreditation (lietvedības termiņi): working days of Latvia, months, clocks that stop while an answer is awaited.

A term begins on the day after the application. A day after the one on which information was asked for, up to the day of the answer, does
not count. Who asks on the last day has nothing left: the term ends on the day of the answer. A term that ends on a day off ends on the next
working day.
"""

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

import holidays

from core.accreditation.rules import value

FIRST_ACCREDITATION = {"institution": "FIRST_INSTITUTION_MONTHS", "programme": "FIRST_PROGRAMME_MONTHS"}


class Pause(NamedTuple):
    """Information was asked for (informācijas pieprasījums), and answered or not yet; one answered on the same day takes no days."""

    asked_on: date
    answered_on: date | None


class Clock(NamedTuple):
    """How a term stands (termiņš): no `due_on` while it is stopped, `left` is then what was left when it stopped.

    `left` is in working days for accreditation, in calendar days for a licence, and below zero once the term has passed.
    """

    due_on: date | None
    stopped: bool
    left: int | None


def is_working(day: date) -> bool:
    """Whether a day is a working day (darbdiena); the government's moved days count: a Friday off, and its Saturday of work."""
    return day not in _days_off(day.year)


@cache
def _days_off(year: int) -> frozenset[date]:
    latvia = holidays.country_holidays("LV", years=year)
    days = (date(year, 1, 1) + timedelta(days=number) for number in range(366))
    return frozenset(day for day in days if day.year == year and not latvia.is_working_day(day))


def working_day_after(day: date, n: int) -> date:
    """The n-th working day after a day; with 0 the day itself."""
    while n:
        day += timedelta(days=1)
        n -= is_working(day)
    return day


def working_days(after: date, until: date) -> int:
    """How many working days lie after a day, up to another and with it."""
    return sum(is_working(after + timedelta(days=number)) for number in range(1, (until - after).days + 1))


def next_working(day: date) -> date:
    """The day itself when it is a working day, otherwise the first one after it."""
    return day if is_working(day) else working_day_after(day, 1)


def months_after(day: date, months: int) -> date:
    """The same day of another month, or the last one of a month that is too short; months may be negative."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def licence_clock(submitted_on: date, pauses: Iterable[Pause], today: date, decided_on: date | None = None) -> Clock:
    """Within a month of the application a licence is decided, within two once information was asked for (MK 218/2019)."""
    at = decided_on or today
    stops = list(_stops(pauses, at))
    # Whoever is late gets no second month by asking.
    in_time = bool(stops) and stops[0].asked_on <= next_working(months_after(submitted_on, value("LICENCE_MONTHS", submitted_on)))
    months = value("LICENCE_MONTHS_ASKED" if in_time else "LICENCE_MONTHS", submitted_on)
    return _clock(months_after(submitted_on, months), stops, at, _days_left, _day_after)


def accreditation_clock(submitted_on: date, pauses: Iterable[Pause], today: date, decided_on: date | None = None) -> Clock:
    """Within 80 working days of the application an accreditation is decided (MK 618/2020; MK 325/2024)."""
    at = decided_on or today
    due = working_day_after(submitted_on, value("ACCREDITATION_DAYS", submitted_on))
    return _clock(due, _stops(pauses, at), at, _working_days_left, working_day_after)


def last_day_to_apply(term_end: date) -> date:
    """The last day on which one may apply for the next term (pieteikšanās pēdējā diena)."""
    return months_after(term_end, -value("APPLY_MONTHS", term_end))


def first_accreditation_due(kind: str, began_on: date) -> date:
    """The day by which what began on a day is accredited first; of a programme that began after 10.08.2022 the rules say none."""
    return months_after(began_on, value(FIRST_ACCREDITATION[kind], began_on))


def _clock(due: date, stops: Iterable[Pause], at: date, left: Callable[[date, date], int], later: Callable[[date, int], date]) -> Clock:
    for asked_on, answered_on in stops:
        # What has run out is not brought back by asking.
        over = asked_on > next_working(due)
        remaining = left(asked_on, next_working(due)) if over else max(left(asked_on, due), 0)
        if answered_on is None:
            return Clock(None, True, remaining)
        if not over:
            due = later(answered_on, remaining)
    due = next_working(due)
    return Clock(due, False, left(at, due))


def _stops(pauses: Iterable[Pause], at: date) -> Iterator[Pause]:
    """The pauses as they were known on a day, in their order, those that overlap as one."""
    current: Pause | None = None
    for asked_on, answered_on in sorted(pauses, key=lambda pause: pause.asked_on):
        if asked_on > at:
            break
        known = answered_on if answered_on and answered_on <= at else None
        if current and (current.answered_on is None or asked_on <= current.answered_on):
            ends = None if current.answered_on is None or known is None else max(current.answered_on, known)
            current = Pause(current.asked_on, ends)
        else:
            if current:
                yield current
            current = Pause(asked_on, known)
    if current:
        yield current


def _days_left(day: date, due: date) -> int:
    return (due - day).days


def _working_days_left(day: date, due: date) -> int:
    # The weekend after the last day is beyond it too, though no working day has passed.
    return working_days(day, due) if day <= due else -max(working_days(due, day), 1)


def _day_after(day: date, n: int) -> date:
    return day + timedelta(days=n)
