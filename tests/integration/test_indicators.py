"""Indicators of use: counted as by hand, by the months of Latvia, frozen at the year's end, corrected by visible revisions."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import combinations
from random import Random
from typing import Any

import pytest
import sqlalchemy.exc
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import paging
from core.errors import AlreadyFrozen, InvalidCursor, NotFrozen, UnknownIndicators, YearNotOver
from core.indicators import keeping
from core.indicators.changed import changes
from core.indicators.coverage import MonthCoverage
from core.indicators.shown import EVERYTHING, Figure, Filter, Revision, covered, figures, figures_page, revisions, the_revision
from core.indicators.statements import DIMENSIONS
from tests.calls import AVUS, SCHOOLS, Call, always_there, at, log, lost, slowly, writer
from tests.register import Register

YEAR = 2025
AFTER = at("2026-01-02 03:00")
BY_EVERY_CHOICE = [by for size in range(6) for by in combinations(DIMENSIONS, size)]


def kept(register: Register, year: int = YEAR, number: int | None = None) -> Revision:
    with register.databases.register.begin() as session:
        return the_revision(revisions(session, year), number)


def shown(register: Register, by: tuple[str, ...], of: Revision | None = None, only: Filter = EVERYTHING) -> list[Figure]:
    with register.databases.register.begin() as session:
        return list(figures(session, of or kept(register), by, only))


def counted(register: Register, now: datetime = AFTER, year: int = YEAR) -> Revision:
    """The year as it stands, provisional."""
    with register.databases.register.begin() as session:
        keeping.bring_up_to_date(session, year, now)
    return kept(register, year)


def frozen(register: Register, now: datetime = AFTER, year: int = YEAR) -> None:
    with register.databases.register.begin() as session:
        keeping.freeze(session, year, now)


def revised(register: Register, reason: str, now: datetime = AFTER + timedelta(days=40)) -> keeping.Counted:
    with register.databases.register.begin() as session:
        return keeping.revise(session, YEAR, reason, now)


def told(found: list[Figure]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Figures as the slow count gives them."""
    result = {}
    for one in found:
        values = one._asdict()
        key = tuple(value for value in (values.pop(dimension) for dimension in DIMENSIONS) if value is not None)
        for name in ("mean", "median", "p95", "p99"):
            values[f"duration_{name}"] = int(Decimal(values[f"duration_{name}"]) * 1000)
        result[key] = values | {"reasons": [tuple(reason) for reason in values["reasons"]]}
    return result


CALLS = st.lists(
    st.builds(
        Call,
        started_at=st.integers(0, 370 * 86_400).map(lambda second: datetime(2024, 12, 30, tzinfo=UTC) + timedelta(seconds=second)),
        service=st.sampled_from(["education-process", "achievements", ""]),
        operation=st.sampled_from(["getPersonEducation", "listCodes", ""]),
        channel=st.sampled_from(["soap", "message", "rest"]),
        client=st.sampled_from([None, AVUS, SCHOOLS, "LV-DEV/EDU/Ādaži \\ & <ž>/žurnāls"]),
        outcome=st.sampled_from(["answered", "refused", "failed"]),
        code=st.sampled_from([None, "R-0101", "F-0401"]),
        duration_us=st.integers(0, 2**31 - 1),
        persons=st.integers(0, 3000),
        request_bytes=st.integers(0, 2**31 - 1),
        answer_bytes=st.integers(0, 2**31 - 1),
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=CALLS, until=st.sampled_from(["2026-01-02 03:00", "2025-07-15 13:30"]))
def test_figures_are_those_of_a_slow_count_by_whatever_they_are_asked_for(register: Register, calls: list[Call], until: str) -> None:
    register.execute("TRUNCATE service_call, indicator_year CASCADE")
    log(register, calls)
    of = counted(register, at(until))
    for by in BY_EVERY_CHOICE:
        assert told(shown(register, by, of)) == slowly(calls, YEAR, by, of.until), by


def test_a_filter_leaves_the_calls_that_it_names(register: Register) -> None:
    rng = Random(7)
    calls = [
        Call(at("2025-05-05 10:00"), rng.choice(["a", "b"]), rng.choice(["x", "y"]), client=rng.choice([AVUS, None])) for _ in range(60)
    ]
    log(register, calls)
    of = counted(register)
    only = [call for call in calls if call.service == "a" and call.client is None]
    assert told(shown(register, ("operation",), of, Filter(service="a", consumer=""))) == slowly(only, YEAR, ("operation",))
    assert shown(register, ("operation",), of, Filter(month=6)) == []


@pytest.mark.parametrize(
    ("instant", "year", "month"),
    [
        ("2025-01-01 00:00", 2025, 1),
        ("2025-03-30 02:59", 2025, 3),
        ("2025-03-31 23:59", 2025, 3),
        ("2025-10-26 03:30", 2025, 10),
        ("2025-11-01 00:00", 2025, 11),
        ("2025-12-31 23:59", 2025, 12),
        ("2026-01-01 00:00", 2026, 1),
    ],
)
def test_a_call_counts_in_the_month_that_it_is_in_latvia(register: Register, instant: str, year: int, month: int) -> None:
    log(register, [Call(at(instant))])
    for one in (2025, 2026):
        of = counted(register, at("2027-01-05 00:00"), one)
        assert [figure.month for figure in shown(register, ("month",), of)] == ([month] if one == year else [])


def hours(register: Register, of: Revision) -> list[MonthCoverage]:
    with register.databases.register.begin() as session:
        return covered(session, of)


def test_march_has_an_hour_less_and_october_an_hour_more(register: Register) -> None:
    always_there(register)
    months = hours(register, counted(register))
    assert [one.hours for one in months] == [744, 672, 743, 720, 744, 720, 744, 744, 720, 745, 720, 744]
    assert all(one.complete == one.hours and one.idle == 0 and one.gaps == [] for one in months)


def test_hours_with_lost_calls_are_not_complete(register: Register) -> None:
    always_there(register)
    lost(register, at("2025-11-04 09:00"), 7)
    lost(register, at("2025-11-04 10:00"), 5)
    november = hours(register, counted(register))[10]
    assert (november.hours, november.complete, november.lost) == (720, 718, 12)
    assert [tuple(gap) for gap in november.gaps] == [("2025-11-04T07:00:00Z", "2025-11-04T09:00:00Z", "lost")]


def test_after_a_process_fell_silent_hours_are_not_complete_until_another_wrote(register: Register) -> None:
    writer(register, 1, at("2024-06-01 00:00"), at("2025-02-03 10:20"))
    writer(register, 2, at("2025-02-03 13:05"), at("2026-12-31 00:00"), at("2026-12-31 00:00"))
    february = hours(register, counted(register))[1]
    assert [tuple(gap) for gap in february.gaps] == [("2025-02-03T08:00:00Z", "2025-02-03T12:00:00Z", "silent")]


def test_a_silent_process_costs_one_hour_when_another_was_writing(register: Register) -> None:
    always_there(register)
    writer(register, 2, at("2025-02-01 00:00"), at("2025-02-03 10:20"))
    february = hours(register, counted(register))[1]
    assert [tuple(gap) for gap in february.gaps] == [("2025-02-03T08:00:00Z", "2025-02-03T09:00:00Z", "silent")]


def test_a_process_that_gave_a_sign_just_now_is_not_silent(register: Register) -> None:
    now = at("2025-02-03 11:00:03")
    writer(register, 1, at("2025-01-01 00:00"), now - timedelta(seconds=5))
    assert [one.complete for one in hours(register, counted(register, now))] == [744, 59]


def test_before_the_log_began_nothing_is_complete_and_with_nothing_running_everything_is(register: Register) -> None:
    writer(register, 1, at("2025-02-01 12:00"), at("2025-02-10 00:00"), at("2025-02-10 00:00"))
    january, february, march, *_ = hours(register, counted(register))
    assert (january.complete, [gap.why for gap in january.gaps]) == (0, ["before"])
    assert (february.hours - february.complete, march.complete, march.idle) == (12, 743, 743)


def test_a_running_year_is_provisional_up_to_the_last_full_hour_and_counted_anew_in_the_next(register: Register) -> None:
    log(register, [Call(at("2025-05-05 10:30")), Call(at("2025-05-05 12:10"))])
    first = counted(register, at("2025-05-05 12:40"))
    assert (first.provisional, first.until, shown(register, ())[0].calls) == (True, at("2025-05-05 12:00"), 1)
    again = counted(register, at("2025-05-05 12:59"))
    assert again == first, "within the hour nothing is counted anew"
    later = counted(register, at("2025-05-05 13:00"))
    assert (later.revision, later.until, shown(register, ())[0].calls) == (0, at("2025-05-05 13:00"), 2)


def test_a_year_that_is_not_over_cannot_be_frozen(register: Register) -> None:
    with pytest.raises(YearNotOver):
        frozen(register, at("2026-01-01 00:59"))
    with pytest.raises(UnknownIndicators):
        kept(register)


def test_a_frozen_year_does_not_move_whatever_becomes_of_the_log(register: Register) -> None:
    always_there(register)
    log(register, [Call(at("2025-05-05 10:30")), Call(at("2025-06-05 10:30"), outcome="failed", code="F-0901")])
    counted(register)
    frozen(register)
    before, months = shown(register, DIMENSIONS), hours(register, kept(register))
    register.execute("DELETE FROM service_call WHERE outcome = 'failed'")
    log(register, [Call(at("2025-07-07 07:07"))] * 3)
    lost(register, at("2025-07-07 07:00"), 1)
    assert counted(register, at("2026-05-05 05:00")).revision == 1
    assert (shown(register, DIMENSIONS), hours(register, kept(register))) == (before, months)
    with pytest.raises(AlreadyFrozen):
        frozen(register)
    for statement in (
        "UPDATE indicator_figure SET calls = calls + 1",
        "DELETE FROM indicator_year",
        "UPDATE indicator_year SET reason = 'x'",
        "DELETE FROM indicator_month",
        "UPDATE indicator_reason SET calls = 0",
    ):
        with pytest.raises(sqlalchemy.exc.DBAPIError, match="frozen year"):
            register.execute(statement)


def test_a_correction_is_a_revision_beside_the_old_one_and_says_what_changed(register: Register) -> None:
    log(register, [Call(at("2025-05-05 10:30")), Call(at("2025-06-05 10:30"))])
    with pytest.raises(NotFrozen):
        revised(register, "too early")
    frozen(register)
    log(register, [Call(at("2025-06-06 10:30"), outcome="refused", code="R-0101"), Call(at("2025-06-06 10:30"), client=AVUS)])
    assert revised(register, "calls of June were read in late") == (2, [])
    with register.databases.register.begin() as session:
        first, second = revisions(session, YEAR)
        assert (first.revision, second.revision, second.reason) == (1, 2, "calls of June were read in late")
        changed = [(one.consumer, one.month, one.calls_before, one.calls, one.refused) for one in changes(session, second)]
        assert changed == [(AVUS, 6, 0, 1, 0), (SCHOOLS, 6, 1, 2, 1)]
        assert changes(session, first) == []
    assert [shown(register, (), one)[0].calls for one in (first, second)] == [2, 4]


def test_months_that_the_log_no_longer_holds_stay_as_they_were_in_a_revision(register: Register) -> None:
    always_there(register)
    lost(register, at("2025-01-05 10:00"), 3)
    log(register, [Call(at("2025-01-05 10:30"), outcome="failed", code="U-0101"), Call(at("2025-06-05 10:30"))])
    frozen(register)
    register.execute("DELETE FROM service_call WHERE started_at < '2025-02-01'")
    register.execute("DELETE FROM call_hour")
    log(register, [Call(at("2025-06-06 10:30"))])
    assert revised(register, "June").taken_over == [1]
    assert [(one.month, one.calls, len(one.reasons)) for one in shown(register, ("month",))] == [(1, 1, 1), (6, 2, 0)]
    assert [one.lost for one in hours(register, kept(register))[:2]] == [3, 0]


def pages(register: Register, of: Revision, by: tuple[str, ...], size: int) -> Iterator[list[Figure]]:
    cursor = None
    while True:
        with register.databases.register.begin() as session:
            page = figures_page(session, of, by, EVERYTHING, cursor, size)
        yield list(page.figures)
        cursor = page.next_cursor
        if cursor is None:
            return


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_pages_put_together_are_the_whole_in_the_same_order(register: Register, size: int) -> None:
    clients = [None, AVUS, SCHOOLS, "LV-DEV/EDU/Ādažu \\u017e skola/žurnāls"]
    log(register, [Call(at(f"2025-0{1 + n % 3}-05 10:30"), "abc"[n % 3], client=clients[n % 4]) for n in range(24)])
    of = counted(register)
    for by in (DIMENSIONS, ("consumer",), ("month", "service")):
        read = [figure for page in pages(register, of, by, size) for figure in page]
        assert read == shown(register, by, of)
        assert all(len(page) <= size for page in pages(register, of, by, size))


@pytest.mark.parametrize("position", [["00"], ["ff"], ["g"], ["eda080"], [1], ["61", "61"], []])
def test_a_cursor_whose_seal_was_made_up_reaches_no_statement(register: Register, position: list[str | int]) -> None:
    of = counted(register)
    counted_at = of.counted_at.astimezone(UTC).isoformat()
    cursor = paging.give(("getServiceIndicators", YEAR, of.revision, counted_at, ("consumer",), EVERYTHING), position)
    with register.databases.register.begin() as session, pytest.raises(InvalidCursor):
        figures_page(session, of, ("consumer",), EVERYTHING, cursor, 10)


def test_years_that_are_over_and_hold_a_log_wait_to_be_frozen(register: Register) -> None:
    with register.databases.register.begin() as session:
        assert keeping.unfrozen_years(session, 2026) == []
    writer(register, 1, at("2023-12-31 23:00"), at("2025-02-10 00:00"))
    with register.databases.register.begin() as session:
        assert keeping.unfrozen_years(session, 2026) == [2023, 2024, 2025]
    frozen(register, year=2024)
    with register.databases.register.begin() as session:
        assert keeping.unfrozen_years(session, 2026) == [2023, 2025]
