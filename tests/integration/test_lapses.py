"""A licence whose programme is not started within a year lapses on its day; one that is reported late does not."""

from datetime import date

import pytest

from core.accreditation.lapsing import sweep_lapses
from tests.integration.licensing import PROGRAMME, SCHOOL, Office, office
from tests.register import Register, days


@pytest.fixture
def licensed(register: Register) -> Office:
    """One licence from 1 September 2025, under which teaching has to start by 1 September 2026."""
    ikvd = office(register, date(2025, 8, 1))
    ikvd.decided(ikvd.accepted(), valid_from=date(2025, 9, 1))
    register.programme(SCHOOL, PROGRAMME, licensed=False)
    return ikvd


def swept(ikvd: Office, on: date) -> int:
    return sweep_lapses(ikvd.register.databases.register, on)


def learns(ikvd: Office, first: str) -> None:
    ikvd.register.learns(ikvd.register.person("04051820016"), SCHOOL, days(first), programme=PROGRAMME)


def test_a_programme_that_is_not_started_within_a_year_lapses_the_day_after(licensed: Office) -> None:
    assert swept(licensed, date(2026, 9, 1)) == 0
    assert swept(licensed, date(2026, 9, 2)) == 1
    assert licensed.days() == [("LIC", "2025-09-01", "2026-09-01"), ("ZAU", "2026-09-02", None)]
    assert swept(licensed, date(2026, 9, 3)) == 0
    chain = licensed.register.execute("SELECT authority, outcome, decided_on::text, supersedes IS NOT NULL FROM decision ORDER BY id")
    assert chain[1:] == [("law", "lapse", "2026-09-02", True)]


def test_a_programme_that_started_keeps_its_licence_also_when_nobody_learns_any_more(licensed: Office) -> None:
    learns(licensed, "2026-09-01")
    assert swept(licensed, date(2026, 9, 2)) == 0
    licensed.register.execute("UPDATE affiliation SET recorded = tstzrange(lower(recorded), now())")
    assert swept(licensed, date(2027, 9, 2)) == 0
    assert licensed.days() == [("LIC", "2025-09-01", None)]


def test_a_start_is_told_to_copies_once(licensed: Office) -> None:
    learns(licensed, "2026-09-01")
    told = "SELECT count(*) FROM change WHERE entity = 'recognition'"
    [(before,)] = licensed.register.execute(told)
    for _ in range(2):
        swept(licensed, date(2026, 9, 2))
        assert licensed.register.execute(told) == [(before + 1,)]


def test_a_start_that_comes_a_day_late_does_not_count(licensed: Office) -> None:
    learns(licensed, "2026-09-02")
    assert swept(licensed, date(2026, 9, 2)) == 1


def test_a_start_that_is_reported_late_undoes_the_lapse_visibly(licensed: Office) -> None:
    swept(licensed, date(2026, 9, 2))
    learns(licensed, "2026-08-25")
    assert swept(licensed, date(2026, 9, 10)) == 1
    assert licensed.days() == [("LIC", "2025-09-01", None)]
    assert licensed.register.execute("SELECT revoked_at IS NOT NULL FROM decision WHERE outcome = 'lapse'") == [(True,)]
    assert swept(licensed, date(2026, 9, 11)) == 0


def test_a_licence_that_was_granted_anew_before_the_sweep_is_left_alone(licensed: Office) -> None:
    later = licensed.at(date(2026, 8, 20))
    later.decided(later.accepted(), number="V-2", valid_from=date(2026, 9, 1))
    assert swept(licensed, date(2026, 10, 1)) == 0
    assert licensed.days() == [("LIC", "2025-09-01", "2026-08-31"), ("LIC", "2026-09-01", None)]


def test_a_licence_that_begins_after_the_lapse_stays(licensed: Office) -> None:
    later = licensed.at(date(2026, 8, 20))
    later.decided(later.accepted(), number="V-2", valid_from=date(2026, 12, 1))
    assert swept(licensed, date(2026, 9, 2)) == 1
    lapsed = [("LIC", "2025-09-01", "2026-09-01"), ("ZAU", "2026-09-02", "2026-11-30")]
    assert licensed.days() == [*lapsed, ("LIC", "2026-12-01", None)]


def test_a_refusal_before_the_lapse_does_not_make_a_late_start_one_in_time(licensed: Office) -> None:
    later = licensed.at(date(2026, 3, 2))
    later.decided(later.accepted(), "refuse", number="V-2")
    assert swept(licensed, date(2026, 9, 2)) == 1
    learns(licensed, "2026-09-05")
    assert [swept(licensed, date(2026, 9, day)) for day in (10, 11)] == [0, 0]
    assert licensed.days()[-1] == ("ZAU", "2026-09-02", None)


def test_a_lapse_that_was_entered_from_before_is_not_undone(licensed: Office) -> None:
    swept(licensed, date(2026, 9, 2))
    licensed.register.execute("UPDATE decision SET authority = 'IKVD', number = 'L-1', confirmed_user = 'viis' WHERE outcome = 'lapse'")
    learns(licensed, "2026-08-25")
    assert swept(licensed, date(2026, 9, 10)) == 0
