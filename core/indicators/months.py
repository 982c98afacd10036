"""Months of a year in Latvia (gada mēneši): from which instant to which; an hour more in October, one less in March."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from core.reading import RIGA

FIRST_YEAR, LAST_YEAR = 2000, 2199
HOUR = timedelta(hours=1)


class Month(NamedTuple):
    """A month (mēnesis): its number, its first instant, the first one after it."""

    number: int
    begins_at: datetime
    ends_at: datetime


def months(year: int) -> list[Month]:
    """The twelve months."""
    return [Month(number, begin(year, number), begin(year, number + 1)) for number in range(1, 13)]


def begin(year: int, month: int = 1) -> datetime:
    """The first instant of a month in Latvia, in UTC; month 13 is the next January."""
    local = datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1, tzinfo=RIGA)
    return local.astimezone(UTC)


def year_of(instant: datetime) -> int:
    """The year that it was in Latvia."""
    return instant.astimezone(RIGA).year


def last_full_hour(instant: datetime) -> datetime:
    """The begin of the hour that is not over; whole hours are the same everywhere."""
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
