"""viis refresh-non-studying as a person runs it: what it says, how it exits, what a second run does."""

from datetime import date

from core.cases import latest_register_day
from tests.register import RIGA, Register, days
from tests.viis import viis

ANNA = "04051820016"


def test_it_says_what_changed_and_fulfils_a_statutory_day_once(database_url: str, register: Register) -> None:
    register.lives(register.person(ANNA, born_on=date(2015, 5, 4)), RIGA, days("2015-05-04"))
    first = viis(database_url, "refresh-non-studying", "--on", "2026-10-31", "--quarter")
    assert first.returncode == 0, first.stderr
    assert "1 active cases. Opened 1, reopened 0, closed 0" in first.stdout
    assert "The statutory day 2026-10-30 is fulfilled." in first.stdout
    again = viis(database_url, "refresh-non-studying", "--on", "2026-10-31", "--quarter")
    assert "The statutory day 2026-10-30 was fulfilled before, with 1 active cases; nothing was done." in again.stdout
    assert ANNA not in first.stdout + first.stderr + again.stdout + again.stderr


def test_a_day_that_has_not_come_is_refused_in_a_sentence(database_url: str) -> None:
    done = viis(database_url, "refresh-non-studying", "--on", "2199-01-01")
    assert (done.returncode, done.stderr) == (2, "The register cannot be brought to a day that has not come.\n")


def test_the_latest_statutory_day_is_one_of_four_a_year() -> None:
    days_of = {date(2026, 1, 29): date(2025, 10, 30), date(2026, 1, 30): date(2026, 1, 30), date(2026, 12, 31): date(2026, 10, 30)}
    assert {day: latest_register_day(day) for day in days_of} == days_of
