"""Periods of one thing (periodi): what is said of it from a day on, or for some days, put into what was said before.

Pure functions over the current rows of a table with `valid`: they say which rows hold afterwards. A row that stays keeps its key; a new one
has none. Rows that no longer hold are closed in recorded time by whoever writes, never changed.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Generic, NamedTuple, TypeVar

Said = TypeVar("Said")
EVER, FOR_EVER = date.min, date.max


class Period(NamedTuple, Generic[Said]):
    """What was said for the days from `first` on and before `after`; `entry` is the number that its versions share, where they have one."""

    first: date
    after: date
    said: Said
    key: int | None = None
    entry: int | None = None

    def holds(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.first <= day < self.after


def said_from(periods: Sequence[Period[Said]], day: date, said: Said) -> list[Period[Said]]:
    """What holds once something is said from a day on: until the next day from which something else was said."""
    until = min((period.first for period in periods if period.first > day), default=FOR_EVER)
    holding = held_on(periods, day)
    if holding is not None and holding.said == said and holding.after == until:
        return list(periods)
    rest = [period for period in periods if period is not holding]
    if holding is not None and holding.first < day:
        rest.append(holding._replace(after=day, key=None))
    return sorted([*rest, Period(day, until, said)], key=_begins)


def said_between(periods: Sequence[Period[Said]], first: date, after: date, said: Said) -> list[Period[Said]]:
    """What holds once something is said for some days: of what it meets, the part before stays, and nothing is left behind it."""
    met = [period for period in periods if period.first < after and first < period.after]
    if len(met) == 1 and met[0].said == said and met[0].after == after and met[0].first <= first:
        return list(periods)
    rest = [period for period in periods if period not in met]
    rest += [period._replace(after=first, key=None) for period in met if period.first < first]
    # The entry that begins again with what is said stays the same entry.
    entry = next((period.entry for period in met if period.first >= first), None)
    return sorted([*rest, Period(first, after, said, entry=entry)], key=_begins)


def held_on(periods: Sequence[Period[Said]], day: date) -> Period[Said] | None:
    """The period that holds on a day."""
    return next((period for period in periods if period.holds(day)), None)


def nearest(periods: Sequence[Period[Said]], day: date) -> Period[Said] | None:
    """The period that holds on a day; the last one before it, or else the first one."""
    before = [period for period in periods if period.first <= day]
    return max(before, key=_begins) if before else min(periods, key=_begins, default=None)


def difference(before: Sequence[Period[Said]], now: Sequence[Period[Said]]) -> tuple[list[int], list[Period[Said]]]:
    """The keys of rows that no longer hold, and the rows to add; what was taken away and said again is neither."""
    known = {period[:3]: period for period in before}
    settled = [known.get(period[:3], period) if period.key is None else period for period in now]
    kept = {period.key for period in settled}
    return [period.key for period in before if period.key is not None and period.key not in kept], [
        period for period in settled if period.key is None
    ]


def period_of(row_first: date | None, row_after: date | None) -> tuple[date, date]:
    """The days of a row of the database, where what is open has no day."""
    return row_first or EVER, row_after or FOR_EVER


def day_after(day: date | None) -> date:
    """The day before which a period ends that holds on its last day."""
    return FOR_EVER if day is None else day + timedelta(days=1)


def _begins(period: Period[Said]) -> date:
    return period.first
