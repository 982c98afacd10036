"""Clocks: working days across holidays and the year's end, months, and a clock that stands still."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.accreditation.clocks import (
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

DAYS = st.dates(date(2021, 1, 1), date(2029, 12, 31))


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    "holiday",
    [
        "2026-01-01",
        "2026-04-03",
        "2026-04-06",
        "2026-05-01",
        "2026-05-04",
        "2026-06-23",
        "2026-06-24",
        "2026-11-18",
        "2026-12-24",
        "2026-12-31",
    ],
)
def test_public_holidays_are_no_working_days(holiday: str) -> None:
    assert not is_working(day(holiday))


def test_a_holiday_on_a_weekend_is_kept_on_the_monday_after() -> None:
    assert not is_working(day("2023-11-20"))
    assert not is_working(day("2025-05-05"))
    assert next_working(day("2023-11-18")) == day("2023-11-21")


def test_working_days_are_counted_across_midsummer_and_the_year_s_end() -> None:
    assert working_day_after(day("2026-06-22"), 1) == day("2026-06-25")
    # 29 and 30 December, then 5 January: the Cabinet moved 2 January to Saturday, the 17th.
    assert working_day_after(day("2025-12-23"), 3) == day("2026-01-05")
    assert working_days(day("2025-12-23"), day("2026-01-05")) == 3
    assert working_day_after(day("2026-06-22"), 0) == day("2026-06-22")


def test_a_saturday_to_which_a_working_day_was_moved_counts_instead_of_that_day() -> None:
    assert not is_working(day("2026-01-02"))
    assert is_working(day("2026-01-17"))


def test_months_end_with_their_last_day() -> None:
    assert months_after(day("2027-08-31"), -4) == day("2027-04-30")
    assert months_after(day("2025-10-31"), 4) == day("2026-02-28")
    assert months_after(day("2024-02-29"), 72) == day("2030-02-28")
    assert months_after(day("2026-12-15"), 1) == day("2027-01-15")


def test_a_licence_is_due_a_month_after_the_application_or_on_the_next_working_day() -> None:
    assert licence_clock(day("2026-03-02"), [], day("2026-03-10")) == (day("2026-04-02"), False, 23)
    # The third of April is Good Friday, then come the weekend and Easter Monday.
    assert licence_clock(day("2026-03-03"), [], day("2026-03-10")).due_on == day("2026-04-07")


def test_a_question_gives_a_licence_two_months_and_stops_its_clock() -> None:
    asked = day("2026-03-10")
    standing = licence_clock(day("2026-03-02"), [Pause(asked, None)], day("2026-03-20"))
    assert (standing.due_on, standing.stopped, standing.left) == (None, True, 56)
    answered = licence_clock(day("2026-03-02"), [Pause(asked, day("2026-03-20"))], day("2026-03-20"))
    assert (answered.due_on, answered.stopped) == (day("2026-05-12"), False)
    both = [Pause(asked, day("2026-03-20")), Pause(day("2026-03-12"), day("2026-03-18"))]
    assert licence_clock(day("2026-03-02"), both, day("2026-03-20")) == answered


def test_an_accreditation_is_due_after_eighty_working_days_across_the_year_s_end() -> None:
    clock = accreditation_clock(day("2025-10-01"), [], day("2025-10-01"))
    assert (clock.due_on, clock.left) == (day("2026-01-29"), 80)
    assert accreditation_clock(day("2025-10-01"), [], day("2026-01-30")).left == -1


def test_days_of_a_pause_are_no_working_days_of_the_clock() -> None:
    pause = Pause(day("2025-12-22"), day("2026-01-05"))
    assert accreditation_clock(day("2025-10-01"), [pause], day("2026-01-05")).due_on == working_day_after(
        day("2026-01-29"), working_days(day("2025-12-22"), day("2026-01-05"))
    )
    assert accreditation_clock(day("2025-10-01"), [Pause(day("2025-12-22"), None)], day("2026-01-05")).due_on is None


def test_the_last_day_to_apply_is_four_months_before_the_term_ends() -> None:
    assert last_day_to_apply(day("2027-08-31")) == day("2027-04-30")
    assert last_day_to_apply(day("2028-06-29")) == day("2028-02-29")


def test_a_first_accreditation_is_due_five_years_after_opening_and_a_programme_s_after_two() -> None:
    assert first_accreditation_due("institution", day("2021-09-01")) == day("2026-09-01")
    assert first_accreditation_due("programme", day("2020-02-29")) == day("2022-02-28")


@given(DAYS, st.lists(st.tuples(st.integers(0, 90), st.integers(0, 40)), max_size=3), st.integers(0, 60))
def test_an_accreditation_counts_the_working_days_that_no_pause_holds(first: date, stops: list[tuple[int, int]], late: int) -> None:
    pauses = [Pause(first + timedelta(days=start), first + timedelta(days=start + length)) for start, length in stops]
    today = max([first, *(pause.answered_on or first for pause in pauses)]) + timedelta(days=late)
    counted, on = 0, first
    while counted < 80:
        on += timedelta(days=1)
        paused = any(pause.asked_on < on and pause.answered_on is not None and on <= pause.answered_on for pause in pauses)
        counted += is_working(on) and not paused
    assert accreditation_clock(first, pauses, today).due_on == on


@given(DAYS, st.integers(0, 130))
def test_working_days_and_the_day_after_so_many_agree(first: date, number: int) -> None:
    last = working_day_after(first, number)
    assert working_days(first, last) == number
    assert number == 0 or is_working(last)
