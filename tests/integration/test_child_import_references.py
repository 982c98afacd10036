"""Foreign keys of an import's new rows: checked as sets or row by row, the same rows, and never a broken one."""

import pytest
from sqlalchemy import text

from core.bulk_references import BrokenReference, checked_as_sets
from core.database import Databases
from tests.bench.kill_import import contents
from tests.integration.test_child_import import counts, quiet_retries, rows, take_over
from tests.population_register import StandIn, child, children, process, stand_in

__all__ = ["process", "quiet_retries", "stand_in"]
BROKEN = """SELECT (SELECT count(*) FROM identity x LEFT JOIN person p ON p.id = x.person_id WHERE p.id IS NULL),
    (SELECT count(*) FROM person_profile x LEFT JOIN person p ON p.id = x.person_id WHERE p.id IS NULL),
    (SELECT count(*) FROM residence x LEFT JOIN person p ON p.id = x.person_id LEFT JOIN municipality m ON m.code = x.municipality
        WHERE p.id IS NULL OR m.code IS NULL),
    (SELECT count(*) FROM guardianship x LEFT JOIN person c ON c.id = child_id LEFT JOIN person g ON g.id = guardian_id
        WHERE c.id IS NULL OR (g.id IS NULL AND guardian_id IS NOT NULL))"""


def test_both_ways_of_checking_end_with_the_same_rows(
    databases: Databases, database_url: str, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in.tells(*children(15), child(number=30, former_codes=["14051970017"]))
    assert counts(take_over(databases, stand_in)) == (16, 0, 0, 0)
    assert rows(databases, BROKEN) == [(0, 0, 0, 0)]
    as_sets = contents(database_url)
    with databases.register.begin() as session:
        session.execute(text("TRUNCATE person, identity, identity_move, person_profile, residence, guardianship, import_run CASCADE"))
    monkeypatch.setattr("core.bulk_references.MAY", "SELECT false")
    assert counts(take_over(databases, stand_in)) == (16, 0, 0, 0)
    assert contents(database_url) == as_sets


def test_what_is_referred_to_and_not_there_stops_the_page(databases: Databases) -> None:
    for people, municipalities in (({987654321}, set()), (set(), {"9999999"})):
        with databases.register.begin() as session, pytest.raises(BrokenReference), checked_as_sets(session, people, municipalities):
            raise AssertionError("never reached")


def test_after_the_new_rows_the_database_checks_every_row_again(databases: Databases) -> None:
    with databases.register.begin() as session:
        with checked_as_sets(session, set(), {"0001000"}):
            pass
        assert session.scalar(text("SHOW session_replication_role")) == "origin"
    assert rows(databases, "SHOW session_replication_role") == [("origin",)]
