"""Changes of the population register: real SOAP from the stand-in, real PostgreSQL, looked at in the tables."""

import threading
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from core import person_changes
from core.child_import import AlreadyImporting
from core.database import Databases
from core.people import ChildRecord, SourceFailed
from core.person_changes import ChangePage, ChangesSummary, NotFailed, PersonChangeRecord
from tests.population_register import StandIn, child, children, process, stand_in

__all__ = ["process", "stand_in"]
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
RIGA, SECOND = "0001000", "0002000"
RESIDENCES = """SELECT r.municipality, lower(r.valid)::text, upper(r.valid)::text FROM residence r JOIN identity i USING (person_id)
    WHERE i.value = :code AND upper_inf(r.recorded) ORDER BY lower(r.valid)"""
PROFILE = """SELECT p.status, p.died_on::text, p.restricted FROM person_profile p JOIN identity i USING (person_id)
    WHERE i.value = :code AND upper_inf(p.recorded)"""
STATES = "SELECT position, state, code FROM person_change WHERE state <> 'applied' ORDER BY position"


def change(position: int, kind: str, person: dict[str, Any], on: str = "2026-10-05") -> dict[str, Any]:
    return {"position": position, "kind": kind, "occurred_on": on, "person": person}


def take_over(databases: Databases, stand_in: StandIn, page_size: int = 1000) -> ChangesSummary:
    with closing(stand_in.client(page_size=page_size)) as source:
        return person_changes.import_changes(databases.register, source, NOW)


def rows(databases: Databases, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with databases.register.begin() as session:
        return [tuple(row) for row in session.execute(text(query), parameters)]


def lives(municipality: str, since: str) -> dict[str, Any]:
    return {"municipality": municipality, "address": "Rīgas iela 5", "from": since}


def test_a_child_that_emigrates_and_returns_was_away_meanwhile(databases: Databases, stand_in: StandIn) -> None:
    stand_in.tells_changes(
        change(1, "birth", child(), "2019-05-14"),
        change(2, "emigration", child(residence=None, status="emigrated"), "2024-03-01"),
        change(3, "return", child(residence=lives(SECOND, "2025-06-01")), "2025-06-01"),
    )
    assert take_over(databases, stand_in) == (3, 3, 0, 0, 0)
    assert rows(databases, RESIDENCES, code=child()["code"]) == [(RIGA, "2019-05-14", "2024-03-01"), (SECOND, "2025-06-01", None)]
    assert rows(databases, PROFILE, code=child()["code"]) == [("resident", None, False)]
    assert take_over(databases, stand_in) == (0, 0, 0, 0, 0)


def test_a_death_withdrawn(databases: Databases, stand_in: StandIn) -> None:
    stand_in.tells_changes(
        change(1, "birth", child()), change(2, "death", child(residence=None, status="deceased", died_on="2026-10-05"), "2026-10-06")
    )
    take_over(databases, stand_in)
    assert rows(databases, PROFILE, code=child()["code"]) == [("deceased", "2026-10-05", False)]
    stand_in.tells_changes(change(3, "death_withdrawn", child(), "2026-10-09"))
    assert take_over(databases, stand_in).applied == 1
    assert rows(databases, PROFILE, code=child()["code"]) == [("resident", None, False)]
    assert rows(databases, RESIDENCES, code=child()["code"]) == [(RIGA, "2019-05-14", None)]


def test_a_code_corrected_and_corrected_back_is_one_person(databases: Databases, stand_in: StandIn) -> None:
    first, other = child()["code"], child(number=77)["code"]
    stand_in.tells_changes(
        change(1, "birth", child()),
        change(2, "code_corrected", child(code=other, former_codes=[first])),
        change(3, "code_corrected", child(former_codes=[other])),
    )
    assert take_over(databases, stand_in) == (3, 3, 0, 0, 0)
    codes = "SELECT DISTINCT person_id, value, current FROM identity WHERE value IN (:first, :other) ORDER BY value"
    found = rows(databases, codes, first=first, other=other)
    assert len({row[0] for row in found}) == 1
    assert {row[1]: row[2] for row in found} == {first: True, other: False}


def test_a_restricted_flag_arriving_together_with_a_move(databases: Databases, stand_in: StandIn) -> None:
    stand_in.tells_changes(change(1, "birth", child()), change(2, "move", child(restricted=True, residence=lives(SECOND, "2026-10-05"))))
    take_over(databases, stand_in)
    assert rows(databases, PROFILE, code=child()["code"]) == [("resident", None, True)]
    assert rows(databases, RESIDENCES, code=child()["code"]) == [(RIGA, "2019-05-14", "2026-10-05"), (SECOND, "2026-10-05", None)]


def test_a_poison_change_among_ten_thousand_stops_only_its_child_until_it_is_repaired(databases: Databases, stand_in: StandIn) -> None:
    days = ("2019-01-01", "2019-01-02", "2019-01-03", "2019-01-04", "2019-01-05", "2019-01-06", "2019-01-07", "2019-01-08", "2019-01-09")
    born = [entry for day in (*days, "2019-01-10", "2019-01-11") for entry in children(909, day)][:9_998]
    made = [change(number, "birth", entry) for number, entry in enumerate(born, 1)]
    mended = born[4_000] | {"residence": lives(SECOND, "2026-10-05")}
    made[4_000]["person"] = born[4_000] | {"residence": lives("9999999", "2020-01-01")}
    made += [change(9_999, "move", mended), change(10_000, "name", born[4] | {"given_name": "Zane"})]
    stand_in.tells_changes(*made)
    assert take_over(databases, stand_in, 5000) == (10_000, 9_998, 1, 1, 0)
    assert rows(databases, STATES) == [(4_001, "failed", "R-0202"), (9_999, "pending", None)]
    [told] = person_changes.failed_changes(databases.register)
    assert mended["code"] not in str(told)
    [(kept,)] = rows(databases, "SELECT record FROM person_change WHERE position = 4001")
    record = person_changes.from_json(kept)._replace(municipality=RIGA)
    person_changes.repair(databases.register, 4_001, record)
    assert person_changes.apply_stored(databases.register, NOW) == (0, 2, 0, 0, 0)
    assert rows(databases, RESIDENCES, code=mended["code"]) == [(RIGA, "2020-01-01", "2026-10-05"), (SECOND, "2026-10-05", None)]
    with pytest.raises(NotFailed):
        person_changes.repair(databases.register, 4_001, record)


def test_what_the_database_refuses_is_found_and_the_rest_goes_on(databases: Databases) -> None:
    with databases.register.begin() as session:
        session.execute(text("ALTER TABLE person_profile ADD CHECK (surname <> 'Inde')"))
    source = Told([_told(number, "Inde" if number == 3 else "Kalns") for number in range(1, 8)])
    assert person_changes.import_changes(databases.register, source, NOW) == (7, 6, 1, 0, 0)
    assert rows(databases, STATES) == [(3, "failed", "S-0601")]


class Told:
    """A source that tells these changes, and fails afterwards when it is told to."""

    name = "population-register"

    def __init__(self, changes: list[PersonChangeRecord], fails: bool = False) -> None:
        self._changes, self._fails = changes, fails

    def changes(self, cursor: str | None) -> Any:
        yield ChangePage([entry for entry in self._changes if entry.position > int(cursor or 0)], str(self._changes[-1].position))
        if self._fails:
            raise SourceFailed


def _told(position: int, surname: str) -> PersonChangeRecord:
    code = child(number=position)["code"]
    record = ChildRecord(code, "Ance", surname, "2019-05-14", None, "resident", False, RIGA, None, "2019-05-14")
    return PersonChangeRecord(position, "birth", "2019-05-14", record)


def test_what_was_stored_before_a_failure_is_applied_by_the_next_run_once(databases: Databases) -> None:
    changes = [_told(number, "Kalns") for number in range(1, 6)]
    with pytest.raises(SourceFailed):
        person_changes.import_changes(databases.register, Told(changes, fails=True), NOW)
    assert len(rows(databases, STATES)) == 5
    assert person_changes.import_changes(databases.register, Told(changes), NOW).applied == 5
    assert person_changes.import_changes(databases.register, Told(changes), NOW) == (0, 0, 0, 0, 0)
    assert rows(databases, "SELECT count(*) FROM person_profile") == [(5,)]


def test_two_at_once_are_one_after_the_other_or_refused(databases: Databases) -> None:
    changes = [_told(number, "Kalns") for number in range(1, 200)]
    applied: list[int] = []

    def run() -> None:
        try:
            applied.append(person_changes.import_changes(databases.register, Told(changes), NOW).applied)
        except AlreadyImporting:
            applied.append(0)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(applied) == [0, 199]


def test_two_children_who_exchange_their_codes_come_as_one(databases: Databases, stand_in: StandIn) -> None:
    one, other = child(given_name="Anna"), child(number=2, given_name="Jānis", born_on="2019-05-14")
    stand_in.tells_changes(
        change(1, "birth", one),
        change(2, "birth", other),
        change(3, "code_corrected", one | {"code": other["code"], "former_codes": [one["code"]]}),
        change(4, "code_corrected", other | {"code": one["code"], "former_codes": [other["code"]]}),
    )
    assert take_over(databases, stand_in) == (4, 4, 0, 0, 0)
    names = """SELECT p.given_name FROM identity i JOIN person_profile p USING (person_id)
        WHERE i.value = :code AND i.current AND upper_inf(p.recorded)"""
    assert rows(databases, names, code=other["code"]) == [("Anna",)]
    assert rows(databases, names, code=one["code"]) == [("Jānis",)]
