"""Who is born when (dzimšanas plāns): how many children, young adults and teachers of a nation were born on each day."""

from collections.abc import Iterator
from datetime import date, timedelta
from math import fsum
from typing import NamedTuple

# (age from, age to, thousands of one year of age) in a nation of 400 000: births fall, few stay known after school.
CHILDREN = ((0, 5, 11.0), (5, 19, 20.4))
YOUNG_ADULTS = ((19, 20, 10.0), (20, 21, 8.0), (21, 22, 6.0), (22, 23, 4.0), (23, 24, 3.0), (24, 25, 2.4))
TEACHERS = ((25, 66, 26.0 / 41),)
OLDEST_AGE = 66
WEEKEND = 0.8


class Births(NamedTuple):
    """The made-up people born on one day."""

    day: date
    children: int
    young_adults: int
    teachers: int


def births(people: int, today: date) -> Iterator[Births]:
    """All days of birth, the oldest first; the numbers add up to `people` exactly."""
    groups = (CHILDREN, YOUNG_ADULTS, TEACHERS)
    days = [today - timedelta(days=days_ago) for days_ago in range(int(OLDEST_AGE * 365.25), -1, -1)]
    weights = [[_weight(group, day, today) for day in days] for group in groups]
    sums = [fsum(column) for column in weights]  # sum() of floats is not the same on every Python
    totals = _shares(people, [fsum((to - since) * size for since, to, size in group) for group in groups])
    last = [max(position for position, weight in enumerate(column) if weight) for column in weights]
    given = [0] * len(groups)
    reached = [0.0] * len(groups)
    for position, day in enumerate(days):
        counts = []
        for group in range(len(groups)):
            reached[group] += weights[group][position]
            upto = totals[group] if position >= last[group] else int(totals[group] * reached[group] / sums[group])
            counts.append(upto - given[group])
            given[group] = upto
        if any(counts):
            yield Births(day, *counts)


def _weight(group: tuple[tuple[int, int, float], ...], day: date, today: date) -> float:
    age = (today - day).days / 365.25
    weekday = WEEKEND if day.weekday() >= 5 else 1.0
    return next((size * weekday for since, to, size in group if since <= age < to), 0.0)


def _shares(people: int, sizes: list[float]) -> list[int]:
    counts = [round(people * size / fsum(sizes)) for size in sizes]
    counts[0] += people - sum(counts)
    return counts
