"""Terms across holidays, the year's end and stopped clocks; each day is counted a second time, one by one."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.accreditation.clocks import (
    Clock,
    Pause,
    accreditation_clock,
    first_accreditation_due,
    is_working,
    last_day_to_apply,
    licence_clock,
    months_after,
    next_working,
    working_day_after,
    working_days,
)

# The same examples each time; the first look at a year of holidays takes its time.
STEADY = settings(derandomize=True, deadline=None, max_examples=40)
DAY = timedelta(days=1)
DAYS = st.dates(date(2019, 6, 1), date(2030, 12, 31))


def days_after(day: date) -> Iterator[date]:
    """The days after a day, one by one."""
    while True:
        day += DAY
        yield day


def stands(day: date, pauses: list[Pause]) -> bool:
    """Whether the clock stands on a day."""
    return any(pause.asked_on < day and (pause.answered_on is None or day <= pause.answered_on) for pause in pauses)


# The calendar of Latvia


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 1, 1), "New Year"),
        (date(2026, 4, 3), "Good Friday"),
        (date(2026, 4, 6), "Easter Monday"),
        (date(2026, 5, 1), "Labour Day"),
        (date(2026, 5, 4), "Restoration of Independence"),
        (date(2024, 5, 6), "4 May was a Saturday: observed on Monday"),
        (date(2025, 5, 5), "4 May was a Sunday: observed on Monday"),
        (date(2026, 6, 23), "Līgo"),
        (date(2026, 6, 24), "Jāņi"),
        (date(2026, 11, 18), "Proclamation Day"),
        (date(2023, 11, 20), "18 November was a Saturday: observed on Monday"),
        (date(2029, 11, 19), "18 November was a Sunday: observed on Monday"),
        (date(2026, 12, 24), "Christmas Eve"),
        (date(2026, 12, 25), "Christmas"),
        (date(2025, 12, 26), "Second day of Christmas"),
        (date(2026, 12, 31), "New Year's Eve"),
        (date(2023, 7, 10), "the day after the Song Festival"),
        (date(2023, 5, 5), "moved to a Saturday by the government"),
        (date(2026, 11, 28), "Saturday"),
        (date(2026, 11, 29), "Sunday"),
    ],
)
def test_a_holiday_an_observed_one_and_a_weekend_are_no_working_days(day: date, name: str) -> None:
    assert not is_working(day), name


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 6, 25),
        date(2024, 6, 25),  # Līgo on a Sunday is not moved
        date(2026, 4, 2),
        date(2026, 4, 7),
        date(2026, 11, 19),
        date(2023, 5, 20),  # a Saturday that makes up for 5 May
        date(2026, 12, 28),
    ],
)
def test_days_beside_the_holidays_are_working_days(day: date) -> None:
    assert is_working(day)


@pytest.mark.parametrize(
    ("after", "n", "day"),
    [
        (date(2026, 11, 26), 0, date(2026, 11, 26)),
        (date(2026, 11, 28), 0, date(2026, 11, 28)),
        (date(2026, 11, 26), 1, date(2026, 11, 27)),
        (date(2026, 11, 27), 1, date(2026, 11, 30)),
        (date(2025, 6, 20), 1, date(2025, 6, 25)),
        (date(2022, 6, 22), 1, date(2022, 6, 27)),
        (date(2026, 4, 2), 1, date(2026, 4, 7)),
        (date(2023, 11, 17), 1, date(2023, 11, 21)),
        (date(2024, 5, 3), 1, date(2024, 5, 7)),
        (date(2019, 12, 30), 1, date(2020, 1, 2)),
        (date(2019, 12, 23), 2, date(2019, 12, 30)),
        (date(2019, 12, 23), 3, date(2020, 1, 2)),
        (date(2025, 12, 30), 1, date(2026, 1, 5)),  # 2 January was moved to a Saturday
        (date(2024, 12, 13), 1, date(2024, 12, 14)),  # a Saturday of work
    ],
)
def test_the_nth_working_day_jumps_over_days_off(after: date, n: int, day: date) -> None:
    assert working_day_after(after, n) == day


@STEADY
@given(day=DAYS, n=st.integers(1, 120))
def test_to_the_nth_working_day_there_are_n_working_days(day: date, n: int) -> None:
    until = working_day_after(day, n)
    assert is_working(until)
    assert working_days(day, until) == n
    assert working_days(day, until - DAY) == n - 1
    assert working_days(until, day) == working_days(day, day) == 0


@STEADY
@given(day=DAYS)
def test_the_next_working_day_is_the_first_one_from_a_day_on(day: date) -> None:
    assert next_working(day) == next(one for one in days_after(day - DAY) if is_working(one))


# Months


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 8, 31), -4, date(2026, 4, 30)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2028, 2, 29), 48, date(2032, 2, 29)),
        (date(2028, 2, 29), -4, date(2027, 10, 29)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2026, 6, 30), 0, date(2026, 6, 30)),
        (date(2026, 3, 31), -12, date(2025, 3, 31)),
        (date(2024, 6, 30), 72, date(2030, 6, 30)),
    ],
)
def test_months_are_counted_by_the_calendar_and_end_with_a_short_month(day: date, months: int, then: date) -> None:
    assert months_after(day, months) == then


@STEADY
@given(day=DAYS, months=st.integers(-100, 100))
def test_so_many_months_on_it_is_that_month_and_never_a_later_day_of_it(day: date, months: int) -> None:
    then = months_after(day, months)
    assert (then.year * 12 + then.month) - (day.year * 12 + day.month) == months
    assert then.day == day.day or (then.day < day.day and (then + DAY).day == 1)


def test_one_applies_four_months_before_the_end_of_the_term() -> None:
    assert last_day_to_apply(date(2026, 8, 31)) == date(2026, 4, 30)
    assert last_day_to_apply(date(2027, 3, 1)) == date(2026, 11, 1)
    assert last_day_to_apply(date(2028, 6, 29)) == date(2028, 2, 29)


def test_an_institution_is_accredited_within_five_years_and_a_programme_was_within_two() -> None:
    assert first_accreditation_due("institution", date(2024, 2, 29)) == date(2029, 2, 28)
    assert first_accreditation_due("programme", date(2020, 9, 1)) == date(2022, 9, 1)
    with pytest.raises(AssertionError):
        first_accreditation_due("programme", date(2022, 8, 11))


# The clock of a licence


def test_a_licence_is_decided_within_a_month_and_within_two_once_information_was_asked_for() -> None:
    submitted, asked = date(2026, 9, 1), date(2026, 9, 10)
    assert licence_clock(submitted, [], date(2026, 9, 21)) == Clock(date(2026, 10, 1), False, 10)
    assert licence_clock(submitted, [Pause(asked, asked)], date(2026, 9, 21)) == Clock(date(2026, 11, 2), False, 42)


def test_an_answer_after_five_days_puts_the_end_off_by_five_days() -> None:
    pauses = [Pause(date(2026, 9, 10), date(2026, 9, 15))]
    assert licence_clock(date(2026, 9, 1), pauses, date(2026, 9, 15)) == Clock(date(2026, 11, 6), False, 52)


def test_while_an_answer_is_awaited_the_clock_stands_and_says_what_was_left() -> None:
    pauses = [Pause(date(2026, 9, 10), None)]
    for today in (date(2026, 9, 10), date(2026, 9, 30), date(2027, 9, 30)):
        assert licence_clock(date(2026, 9, 1), pauses, today) == Clock(None, True, 52)


def test_questions_that_overlap_stop_the_clock_once() -> None:
    pauses = [
        Pause(date(2026, 9, 10), date(2026, 9, 15)),
        Pause(date(2026, 9, 12), date(2026, 9, 17)),
        Pause(date(2026, 9, 13), date(2026, 9, 14)),
    ]
    assert licence_clock(date(2026, 9, 1), pauses, date(2026, 9, 20)).due_on == next_working(date(2026, 11, 1) + 7 * DAY)
    assert licence_clock(date(2026, 9, 1), pauses, date(2026, 9, 16)) == Clock(None, True, 52)


def test_two_questions_after_one_another_stop_it_twice() -> None:
    pauses = [Pause(date(2026, 9, 20), date(2026, 9, 24)), Pause(date(2026, 9, 10), date(2026, 9, 15))]
    assert licence_clock(date(2026, 9, 1), pauses, date(2026, 9, 25)).due_on == next_working(date(2026, 11, 1) + 9 * DAY)


def test_an_answered_and_an_open_question_leave_it_standing() -> None:
    pauses = [Pause(date(2026, 9, 10), None), Pause(date(2026, 9, 12), date(2026, 9, 14))]
    assert licence_clock(date(2026, 9, 1), pauses, date(2026, 10, 20)) == Clock(None, True, 52)


@pytest.mark.parametrize(
    ("submitted", "due"),
    [
        (date(2026, 10, 29), date(2026, 11, 30)),  # a Sunday
        (date(2026, 5, 23), date(2026, 6, 25)),  # Līgo
        (date(2023, 10, 18), date(2023, 11, 21)),  # 18 November, a Saturday, observed on Monday
        (date(2026, 3, 3), date(2026, 4, 7)),  # Good Friday
        (date(2024, 4, 4), date(2024, 5, 7)),  # 4 May, a Saturday, observed on Monday
        (date(2021, 11, 30), date(2021, 12, 30)),
        (date(2021, 12, 1), date(2022, 1, 3)),  # New Year's Day, a Saturday
        (date(2020, 12, 1), date(2021, 1, 4)),  # New Year's Day, a Friday
        (date(2020, 12, 31), date(2021, 2, 1)),  # a Sunday
        (date(2024, 1, 31), date(2024, 2, 29)),
    ],
)
def test_a_month_that_ends_on_a_day_off_ends_on_the_next_working_day(submitted: date, due: date) -> None:
    assert licence_clock(submitted, [], submitted).due_on == due


def test_what_is_overdue_is_below_zero_and_a_question_then_brings_nothing_back() -> None:
    submitted = date(2026, 9, 1)
    assert licence_clock(submitted, [], date(2026, 10, 2)) == Clock(date(2026, 10, 1), False, -1)
    # Nor does it bring a second month.
    late = [Pause(date(2026, 11, 12), None)]
    assert licence_clock(submitted, late, date(2026, 12, 1)) == Clock(None, True, -42)
    assert licence_clock(submitted, [Pause(date(2026, 11, 12), date(2026, 11, 30))], date(2026, 12, 1)) == Clock(
        date(2026, 10, 1), False, -61
    )


def test_a_question_on_the_last_day_leaves_nothing_and_the_answer_s_day_is_the_last() -> None:
    # Two months end on Sunday, 1 November, and so on Monday.
    for answered, due in ((date(2026, 11, 5), date(2026, 11, 5)), (date(2026, 11, 7), date(2026, 11, 9))):
        pauses = [Pause(date(2026, 9, 10), date(2026, 9, 10)), Pause(date(2026, 11, 2), answered)]
        assert licence_clock(date(2026, 9, 1), pauses, date(2026, 11, 3)) == Clock(None, True, 0)
        assert licence_clock(date(2026, 9, 1), pauses, answered).due_on == due


def test_the_clock_of_a_decided_licence_stands_for_ever_at_the_day_of_the_decision() -> None:
    for today in (date(2026, 9, 28), date(2030, 1, 1)):
        assert licence_clock(date(2026, 9, 1), [], today, date(2026, 9, 28)) == Clock(date(2026, 10, 1), False, 3)
        assert licence_clock(date(2026, 9, 1), [], today, date(2026, 10, 5)) == Clock(date(2026, 10, 1), False, -4)


def test_what_was_asked_or_answered_after_a_day_was_not_known_on_it() -> None:
    pauses = [Pause(date(2026, 9, 10), date(2026, 9, 15))]
    assert licence_clock(date(2026, 9, 1), pauses, date(2026, 9, 9)) == licence_clock(date(2026, 9, 1), [], date(2026, 9, 9))
    assert licence_clock(date(2026, 9, 1), pauses, date(2026, 9, 14)) == Clock(None, True, 52)


# The clock of an accreditation


@st.composite
def pauses_of(draw: st.DrawFn, submitted: date) -> list[Pause]:
    """Up to four questions, which may overlap, each answered within two months."""
    asked = [submitted + draw(st.integers(0, 200)) * DAY for _ in range(draw(st.integers(0, 4)))]
    return [Pause(day, day + draw(st.integers(0, 60)) * DAY) for day in asked]


def naive_due(submitted: date, pauses: list[Pause]) -> date:
    """The 80th working day on which the clock does not stand."""
    counted = (day for day in days_after(submitted) if is_working(day) and not stands(day, pauses))
    return next(day for number, day in enumerate(counted, 1) if number == 80)


@STEADY
@given(submitted=DAYS, data=st.data())
def test_the_80_working_days_of_an_accreditation_are_those_counted_one_by_one(submitted: date, data: st.DataObject) -> None:
    pauses = data.draw(pauses_of(submitted))
    due = naive_due(submitted, pauses)
    clock = accreditation_clock(submitted, pauses, date(2033, 1, 1))
    # Who asked on the last day, or in the days off after it, has until the day of the answer.
    last = max((pause.answered_on or due for pause in pauses if due <= pause.asked_on), default=due)
    assert not clock.stopped
    if all(pause.asked_on != due for pause in pauses):
        assert clock.due_on == due
    else:
        assert clock.due_on is not None
        assert due <= clock.due_on <= next_working(last)


@STEADY
@given(submitted=DAYS, passed=st.integers(0, 200), data=st.data())
def test_what_is_left_is_what_remains_to_be_counted(submitted: date, passed: int, data: st.DataObject) -> None:
    today = submitted + passed * DAY
    pauses = [pause for pause in data.draw(pauses_of(submitted)) if pause.asked_on <= today]
    clock = accreditation_clock(submitted, pauses, today)
    counted = sum(is_working(submitted + number * DAY) and not stands(submitted + number * DAY, pauses) for number in range(1, passed + 1))
    assert clock.stopped == any(pause.answered_on is None or pause.answered_on > today for pause in pauses)
    assert clock.left is not None
    if counted < 80:
        assert clock.left == 80 - counted
    else:
        assert clock.left <= 0


@STEADY
@given(submitted=DAYS, asked=st.integers(0, 100), waited=st.integers(0, 100))
def test_the_answer_s_day_leaves_what_was_left_on_the_day_of_the_question(submitted: date, asked: int, waited: int) -> None:
    asked_on = submitted + asked * DAY
    before = accreditation_clock(submitted, [], asked_on)
    answered_on = asked_on + waited * DAY
    assert accreditation_clock(submitted, [Pause(asked_on, None)], answered_on) == Clock(None, True, before.left)
    after = accreditation_clock(submitted, [Pause(asked_on, answered_on)], answered_on)
    assert after.due_on is not None
    assert working_days(answered_on, after.due_on) == before.left or not is_working(answered_on)


def test_80_working_days_across_jani_and_across_the_year_s_end() -> None:
    # 22 in October, 20 in November, 18 in December (Saturdays make up for the 23rd and the 30th), the 20th of January.
    assert accreditation_clock(date(2024, 10, 1), [], date(2025, 1, 28)) == Clock(date(2025, 1, 29), False, 1)
    # 20 in March, 20 in April, 20 in May (a Saturday makes up for the 2nd), 19 in June, the first of July.
    assert accreditation_clock(date(2025, 3, 3), [], date(2025, 6, 20)) == Clock(date(2025, 7, 1), False, 5)


def test_an_overdue_accreditation_is_below_zero_on_the_weekend_after_its_last_day_too() -> None:
    submitted = next(day for day in days_after(date(2026, 1, 1)) if naive_due(day, []).weekday() == 4)
    friday = naive_due(submitted, [])
    lefts = [accreditation_clock(submitted, [], friday + number * DAY).left for number in range(-1, 5)]
    assert lefts == [1, 0, -1, -1, -1, -2]


def test_a_clock_of_an_accreditation_stops_and_is_decided_like_the_other() -> None:
    submitted, asked = date(2026, 9, 1), date(2026, 9, 8)
    assert accreditation_clock(submitted, [Pause(asked, None)], date(2027, 9, 8)) == Clock(None, True, 75)
    due = naive_due(submitted, [Pause(asked, date(2026, 9, 22))])
    clock = accreditation_clock(submitted, [Pause(asked, date(2026, 9, 22))], date(2030, 1, 1), date(2026, 9, 23))
    assert clock == Clock(due, False, 74)
