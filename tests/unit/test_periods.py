"""Periods: in whatever order things are said, what is said last holds, nothing overlaps, and what was before stays."""

from datetime import date, timedelta
from itertools import count, pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.periods import EVER, FOR_EVER, Period, difference, held_on, nearest, said_between, said_from

ORIGIN = date(2026, 1, 1)
DAYS = st.integers(0, 40).map(lambda days: ORIGIN + timedelta(days))
NAMES = st.sampled_from("ABC")
NUMBERS = count(100)


def apart(periods: list[Period[str]]) -> bool:
    return all(
        one.first < one.after <= other.first for one, other in zip(periods, [*periods[1:], Period(FOR_EVER, FOR_EVER, "")], strict=True)
    )


def on_every_day(periods: list[Period[str]]) -> dict[date, str | None]:
    days = [ORIGIN + timedelta(day) for day in range(-1, 45)]
    return {day: held.said if (held := held_on(periods, day)) else None for day in days}


def keyed(periods: list[Period[str]]) -> list[Period[str]]:
    """As the database has them afterwards: each with a key, those that are numbered with a number."""
    return [period._replace(key=place, entry=period.entry or next(NUMBERS)) for place, period in enumerate(periods, 1)]


@given(st.lists(st.tuples(DAYS, NAMES), max_size=12))
def test_what_is_said_from_a_day_on_holds_until_the_next_day_of_which_something_else_was_said(said: list[tuple[date, str]]) -> None:
    periods: list[Period[str]] = []
    for day, name in said:
        before = on_every_day(periods)
        until = min((period.first for period in periods if period.first > day), default=FOR_EVER)
        periods = keyed(said_from(periods, day, name))
        assert apart(periods)
        assert on_every_day(periods) == {at: name if day <= at < until else held for at, held in before.items()}
    if said:
        assert periods[-1].after == FOR_EVER
        assert periods[0].first == min(day for day, _ in said)
        assert all(one.after == other.first for one, other in pairwise(periods))


@given(st.lists(st.tuples(DAYS, st.none() | st.integers(1, 20), NAMES), max_size=10))
def test_what_is_said_for_some_days_holds_on_them_and_leaves_nothing_behind_of_what_it_meets(
    said: list[tuple[date, int | None, str]],
) -> None:
    periods: list[Period[str]] = []
    for first, length, name in said:
        after = first + timedelta(length) if length else FOR_EVER
        met = [period for period in periods if period.first < after and first < period.after]
        before = on_every_day(periods)
        now = said_between(periods, first, after, name)
        assert apart(now)
        if now != periods:
            left = {day: None if day >= first and any(period.holds(day) for period in met) else held for day, held in before.items()}
            assert on_every_day(now) == {day: name if first <= day < after else held for day, held in left.items()}
        else:
            assert all(held == name for day, held in before.items() if first <= day < after)
        entries = [period.entry for period in now if period.entry is not None]
        assert len(entries) == len(set(entries)), "one row a number"
        periods = keyed(now)


@given(st.lists(st.tuples(DAYS, NAMES), min_size=1, max_size=8))
def test_saying_the_same_again_changes_nothing(said: list[tuple[date, str]]) -> None:
    periods: list[Period[str]] = []
    for day, name in said:
        periods = keyed(said_from(periods, day, name))
    day, name = said[-1]
    assert difference(periods, said_from(periods, day, name)) == ([], [])
    offered = keyed(said_between(periods, day, day + timedelta(5), name))
    assert difference(offered, said_between(offered, day, day + timedelta(5), name)) == ([], [])


def test_only_the_rows_that_change_are_closed_and_added() -> None:
    before = [Period(date(2010, 1, 1), date(2020, 1, 1), "A", 1), Period(date(2020, 1, 1), FOR_EVER, "B", 2)]
    assert difference(before, said_from(before, date(2022, 1, 1), "C")) == (
        [2],
        [Period(date(2020, 1, 1), date(2022, 1, 1), "B"), Period(date(2022, 1, 1), FOR_EVER, "C")],
    )
    assert difference(before, said_from(before, date(2010, 1, 1), "C")) == ([1], [Period(date(2010, 1, 1), date(2020, 1, 1), "C")])


def test_an_entry_keeps_its_number_when_its_days_or_its_name_change_and_a_later_part_is_a_new_one() -> None:
    before = [Period(date(2010, 1, 1), FOR_EVER, "A", 1, 7)]
    assert said_between(before, date(2010, 1, 1), date(2020, 1, 1), "A") == [Period(date(2010, 1, 1), date(2020, 1, 1), "A", None, 7)]
    assert said_between(before, date(2015, 1, 1), FOR_EVER, "B") == [
        Period(date(2010, 1, 1), date(2015, 1, 1), "A", None, 7),
        Period(date(2015, 1, 1), FOR_EVER, "B"),
    ]


def test_what_is_taken_away_and_said_again_is_no_change() -> None:
    before = [Period(EVER, FOR_EVER, "A", 1, 7)]
    ended = said_between(before, EVER, date(2020, 1, 1), "A")
    assert difference(before, said_between(ended, EVER, FOR_EVER, "A")) == ([], [])


def test_the_nearest_period_is_the_one_on_the_day_the_last_before_it_or_the_first() -> None:
    periods = [Period(date(2010, 1, 1), date(2011, 1, 1), "A"), Period(date(2020, 1, 1), FOR_EVER, "B")]
    assert [held and held.said for held in (nearest(periods, date(year, 6, 1)) for year in (2009, 2010, 2015, 2020))] == [
        "A",
        "A",
        "A",
        "B",
    ]
    assert nearest([], date(2020, 1, 1)) is None
