"""The import of children: real SOAP from the stand-in, real PostgreSQL, looked at in the tables."""

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from typing import Any

import pytest
import stamina
from sqlalchemy import text

from core.child_import import AlreadyImporting, ImportSummary, import_children, usual_interval
from core.database import Databases
from core.people import ChildPage, ChildRecord, CursorForgotten, SourceFailed
from tests.population_register import BORN, StandIn, child, children, personal_code, process, stand_in

__all__ = ["process", "stand_in"]
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def quiet_retries() -> Iterator[None]:
    stamina.instrumentation.set_on_retry_hooks([])
    yield
    stamina.instrumentation.set_on_retry_hooks(None)


def take_over(databases: Databases, stand_in: StandIn, now: datetime = NOW, page_size: int = 10, **more: Any) -> ImportSummary:
    with closing(stand_in.client(page_size=page_size)) as source:
        return import_children(databases.register, source, *BORN, now, **more)


def counts(summary: ImportSummary) -> tuple[int, int, int, int]:
    return summary.created, summary.changed, summary.unchanged, summary.refused


def rows(databases: Databases, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with databases.replica.begin() as session:
        return [tuple(row) for row in session.execute(text(query), parameters)]


PROFILES = """SELECT given_name, surname, born_on::text, died_on::text, status, restricted, upper_inf(p.recorded)
    FROM person_profile p JOIN identity i USING (person_id) WHERE i.value = :code ORDER BY p.id"""
RESIDENCES = """SELECT municipality, address, lower(valid)::text, upper(valid)::text FROM residence r JOIN identity i USING (person_id)
    WHERE i.value = :code AND upper_inf(r.recorded) AND r.kind = 'declared' ORDER BY lower(valid)"""
GUARDIANS = """SELECT g.kind, w.value, lower(g.valid)::text, upper(g.valid)::text FROM guardianship g
    JOIN identity i ON i.person_id = g.child_id JOIN identity w ON w.person_id = g.guardian_id
    WHERE i.value = :code AND upper_inf(g.recorded) ORDER BY lower(g.valid), w.value"""
REFUSALS = "SELECT page, position, code FROM import_refusal ORDER BY page, position"
CODES = """SELECT c.value, c.current FROM identity i JOIN identity c USING (person_id) WHERE i.value = :code ORDER BY c.value"""


def test_a_new_child_gets_a_person_a_code_a_profile_a_residence_and_guardians(databases: Databases, stand_in: StandIn) -> None:
    anna = child(given_name="Anna")
    stand_in.tells(anna)
    assert counts(take_over(databases, stand_in)) == (1, 0, 0, 0)
    code = anna["code"]
    assert rows(databases, PROFILES, code=code) == [("Anna", "Bērziņa", "2019-05-14", None, "resident", False, True)]
    assert rows(databases, RESIDENCES, code=code) == [("0001000", "Brīvības iela 1 - 2", "2019-05-14", None)]
    assert rows(databases, GUARDIANS, code=code) == [("parent", anna["guardians"][0]["code"], "2019-05-14", None)]


def test_running_twice_changes_nothing(databases: Databases, stand_in: StandIn) -> None:
    special = [
        child(number=40, former_codes=["14051970017"]),
        child(number=41, residence=None, status="emigrated"),
        child(number=42, restricted=True),
        child(number=43, guardians=[{"kind": "care_institution", "code": None, "care_institution": "Bērnu nams", "from": "2020-01-01"}]),
        child(number=44, guardians=child()["guardians"] * 2),
    ]
    stand_in.tells(*children(25), *special)
    assert counts(take_over(databases, stand_in)) == (30, 0, 0, 0)
    tables = ("person", "identity", "person_profile", "residence", "guardianship", "identity_move", "import_refusal")
    before = {table: rows(databases, f"SELECT * FROM {table} ORDER BY id") for table in tables}
    assert counts(take_over(databases, stand_in)) == (0, 0, 30, 0)
    assert {table: rows(databases, f"SELECT * FROM {table} ORDER BY id") for table in tables} == before


def test_a_changed_profile_closes_the_old_one_and_adds_a_new_one(databases: Databases, stand_in: StandIn) -> None:
    stand_in.tells(child(), *[child(number=2)])
    take_over(databases, stand_in)
    stand_in.tells(child(surname="Kalniņa", restricted=True), child(number=2))
    assert counts(take_over(databases, stand_in)) == (0, 1, 1, 0)
    assert rows(databases, PROFILES, code=child()["code"]) == [
        ("Ance", "Bērziņa", "2019-05-14", None, "resident", False, False),
        ("Ance", "Kalniņa", "2019-05-14", None, "resident", True, True),
    ]


def test_on_a_move_the_old_residence_ends_the_day_before_the_new_one_begins(databases: Databases, stand_in: StandIn) -> None:
    stand_in.tells(child())
    take_over(databases, stand_in)
    stand_in.tells(child(residence={"municipality": "0002000", "address": "Rīgas iela 5", "from": "2025-08-31"}))
    assert counts(take_over(databases, stand_in)) == (0, 1, 0, 0)
    assert rows(databases, RESIDENCES, code=child()["code"]) == [
        ("0001000", "Brīvības iela 1 - 2", "2019-05-14", "2025-08-31"),
        ("0002000", "Rīgas iela 5", "2025-08-31", None),
    ]


def test_a_corrected_residence_replaces_the_wrong_one_and_the_wrong_one_stays_on_record(databases: Databases, stand_in: StandIn) -> None:
    stand_in.tells(child())
    take_over(databases, stand_in)
    stand_in.tells(child(residence={"municipality": "0002000", "address": None, "from": "2019-05-14"}))
    take_over(databases, stand_in)
    assert rows(databases, RESIDENCES, code=child()["code"]) == [("0002000", None, "2019-05-14", None)]
    [(closed,)] = rows(databases, "SELECT count(*) FROM residence WHERE NOT upper_inf(recorded) AND municipality = '0001000'")
    assert closed == 1


def test_a_residence_that_turns_out_to_begin_earlier_than_known_moves_closes_what_it_covers(
    databases: Databases, stand_in: StandIn
) -> None:
    for municipality, since in (("0001000", "2019-05-14"), ("0002000", "2022-01-01"), ("0003000", "2024-01-01"), ("0004000", "2021-06-01")):
        stand_in.tells(child(residence={"municipality": municipality, "address": "A", "from": since}))
        take_over(databases, stand_in)
    assert rows(databases, RESIDENCES, code=child()["code"]) == [
        ("0001000", "A", "2019-05-14", "2021-06-01"),
        ("0004000", "A", "2021-06-01", None),
    ]


def test_a_residence_that_is_not_declared_any_more_ends(databases: Databases, stand_in: StandIn) -> None:
    stand_in.tells(child(), child(number=2))
    take_over(databases, stand_in)
    stand_in.tells(child(residence=None, status="emigrated"), child(number=2, residence=None, status="deceased", died_on="2026-02-03"))
    assert counts(take_over(databases, stand_in)) == (0, 2, 0, 0)
    assert rows(databases, RESIDENCES, code=child()["code"]) == [("0001000", "Brīvības iela 1 - 2", "2019-05-14", "2026-11-23")]
    assert rows(databases, RESIDENCES, code=child(number=2)["code"]) == [("0001000", "Brīvības iela 1 - 2", "2019-05-14", "2026-02-03")]
    assert counts(take_over(databases, stand_in)) == (0, 0, 2, 0)


def test_guardians_come_go_and_are_corrected(databases: Databases, stand_in: StandIn) -> None:
    first, second = (personal_code(date(1990, 3, 2), number) for number in (7, 8))
    father = {"kind": "parent", "code": second, "given_name": "Jānis", "surname": "Bērziņš", "from": "2020-01-01"}
    mother = {"kind": "parent", "code": first, "given_name": "Zane", "surname": "Bērziņa", "from": "2019-05-14"}
    stand_in.tells(child(guardians=[mother]))
    take_over(databases, stand_in)
    stand_in.tells(child(guardians=[mother, father]))
    take_over(databases, stand_in)
    stand_in.tells(child(guardians=[father | {"from": "2019-05-14"}]))
    assert counts(take_over(databases, stand_in)) == (0, 1, 0, 0)
    assert rows(databases, GUARDIANS, code=child()["code"]) == [
        ("parent", first, "2019-05-14", "2026-11-23"),
        ("parent", second, "2019-05-14", None),
    ]


def test_siblings_share_their_parent_and_a_parent_may_be_a_child_of_the_list(databases: Databases, stand_in: StandIn) -> None:
    mother = child("2016-01-05", 9)
    guardian = [{"kind": "parent", "code": mother["code"], "given_name": "A", "surname": "B", "from": "2022-12-01"}]
    stand_in.tells(mother, child("2022-12-01", 1, guardians=guardian), child("2022-12-02", 2, guardians=guardian))
    take_over(databases, stand_in, page_size=2)
    query = "SELECT DISTINCT guardian_id FROM guardianship JOIN identity ON person_id = guardian_id WHERE value = :code"
    owners = rows(databases, query, code=mother["code"])
    assert len(owners) == 1


def test_a_child_that_schools_named_before_is_found_by_its_code(databases: Databases, stand_in: StandIn) -> None:
    with databases.register.begin() as session:
        session.execute(
            text("""WITH p AS (INSERT INTO person DEFAULT VALUES RETURNING id),
                i AS (INSERT INTO identity (person_id, scheme, value) SELECT id, 'personal_code', :code FROM p)
                INSERT INTO person_profile (person_id, given_name, surname, source) SELECT id, 'Ansis', 'Berzins', 'institution' FROM p"""),
            {"code": child()["code"]},
        )
    stand_in.tells(child())
    assert counts(take_over(databases, stand_in)) == (0, 1, 0, 0)
    assert [row[0] for row in rows(databases, PROFILES, code=child()["code"])] == ["Ansis", "Ance"]


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("code", "R-0301"), ("municipality", "R-0202"), ("born_on", "R-0302"), ("future", "R-0302"),
        ("name", "R-0302"), ("status", "R-0302"), ("residence", "R-0302"), ("guardian", "R-0302"),
    ],
)  # fmt: skip
def test_a_bad_child_is_a_recorded_refusal_and_its_neighbours_are_taken(
    databases: Databases, stand_in: StandIn, what: str, code: str
) -> None:
    stand_in.tells(*children(25))
    stand_in.misbehaves("child", what=what, on_page=2)
    assert counts(take_over(databases, stand_in)) == (24, 0, 0, 1)
    assert rows(databases, REFUSALS) == [(2, 1, code)]
    [(record,)] = rows(databases, "SELECT record FROM import_refusal")
    assert record["given_name"] == "Ance"
    assert counts(take_over(databases, stand_in)) == (1, 0, 24, 0)


def test_the_same_child_twice_on_a_page_is_taken_once_and_the_second_refused(databases: Databases, stand_in: StandIn) -> None:
    stand_in.tells(*children(5))
    stand_in.misbehaves("duplicate")
    assert counts(take_over(databases, stand_in)) == (5, 0, 0, 1)
    assert rows(databases, REFUSALS) == [(1, 6, "R-0304")]


def test_a_child_that_changed_between_pages_is_taken_as_it_is_told_last(databases: Databases, stand_in: StandIn) -> None:
    stand_in.tells(*children(15))
    stand_in.misbehaves("moved", on_page=2)
    assert counts(take_over(databases, stand_in)) == (15, 1, 0, 0)
    assert [row[1] for row in rows(databases, RESIDENCES, code=children(10)[-1]["code"])] == ["Jauna iela 1"]


def test_an_import_that_broke_goes_on_at_the_page_where_it_broke(databases: Databases, stand_in: StandIn) -> None:
    stand_in.tells(*children(45))
    stand_in.misbehaves("drop", on_page=3, times=99)
    with pytest.raises(SourceFailed):
        take_over(databases, stand_in)
    assert rows(databases, "SELECT state, pages, received FROM import_run") == [("running", 2, 20)]
    stand_in.behaves()
    seen: list[int] = []
    summary = take_over(databases, stand_in, on_page=lambda so_far: seen.append(so_far.pages))
    assert summary.resumed
    assert seen == [3, 4, 5]
    assert counts(summary) == (45, 0, 0, 0)
    assert rows(databases, "SELECT state, pages, received, finished_at IS NOT NULL FROM import_run") == [("complete", 5, 45, True)]


def test_a_place_that_the_source_forgot_means_the_list_from_its_beginning(databases: Databases, stand_in: StandIn) -> None:
    stand_in.tells(*children(25))
    stand_in.misbehaves("drop", on_page=2, times=99)
    with pytest.raises(SourceFailed):
        take_over(databases, stand_in)
    stand_in.behaves()
    with databases.register.begin() as session:
        session.execute(text("UPDATE import_run SET cursor = 'nowhere'"))
    assert counts(take_over(databases, stand_in)) == (15, 0, 10, 0)


class Interrupted(Exception):
    """What a test throws into an import."""


def test_a_page_that_cannot_be_written_leaves_nothing_and_not_its_cursor(databases: Databases, stand_in: StandIn) -> None:
    stand_in.tells(*children(25))
    with databases.register.begin() as session:
        session.execute(text("ALTER TABLE guardianship ADD CONSTRAINT trouble CHECK (child_id < 0) NOT VALID"))
    with pytest.raises(Exception, match="trouble"):
        take_over(databases, stand_in)
    assert rows(databases, "SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM identity), pages, cursor FROM import_run") == [
        (0, 0, 0, None)
    ]
    with databases.register.begin() as session:
        session.execute(text("ALTER TABLE guardianship DROP CONSTRAINT trouble"))
    assert counts(take_over(databases, stand_in)) == (25, 0, 0, 0)


def test_no_transaction_is_open_while_the_network_is_read(databases: Databases) -> None:
    class Watching:
        name = "population-register"
        seen: list[int]

        def pages(self, born_from: date, born_to: date, cursor: str | None) -> Iterator[ChildPage]:
            self.seen = []
            for number in range(3):
                if number == 0:
                    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
                    [(idle,)] = rows(databases, query)
                    self.seen.append(idle)
                yield ChildPage([], str(number) if number < 2 else None, None, 0)

    source = Watching()
    import_children(databases.register, source, *BORN, NOW)
    assert source.seen == [0]


def test_two_imports_at_once_and_the_second_says_so(databases: Databases, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.child_import.LOCK_ATTEMPTS", 1)
    stand_in.tells(*children(15))
    reached, go_on = threading.Event(), threading.Event()

    def wait(_: ImportSummary) -> None:
        reached.set()
        go_on.wait(10)

    first = threading.Thread(target=take_over, args=(databases, stand_in), kwargs={"on_page": wait})
    first.start()
    assert reached.wait(10)
    try:
        with pytest.raises(AlreadyImporting, match="Another import of children is running"):
            take_over(databases, stand_in)
    finally:
        go_on.set()
        first.join(10)
    assert counts(take_over(databases, stand_in)) == (0, 0, 15, 0)


def test_a_stop_in_the_middle_gives_the_lock_back(databases: Databases, stand_in: StandIn) -> None:
    stand_in.tells(*children(25))

    def stop(_: ImportSummary) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        take_over(databases, stand_in, on_page=stop)
    assert take_over(databases, stand_in).resumed


def test_a_cursor_that_was_never_given_is_the_source_s_failure(databases: Databases) -> None:
    class Forgetful:
        name = "population-register"

        def pages(self, born_from: date, born_to: date, cursor: str | None) -> Iterator[ChildPage]:
            raise CursorForgotten
            yield

    with pytest.raises(CursorForgotten):
        import_children(databases.register, Forgetful(), *BORN, NOW)


def test_text_that_could_break_a_copy_arrives_as_it_was(databases: Databases) -> None:
    odd = "a\tb\\N\nc\\.\r'\"%s"
    record = ChildRecord("14051920012", odd, "\\N", "2019-05-14", None, "resident", False, "0001000", odd, "2019-05-14")

    class One:
        name = "population-register"

        def pages(self, born_from: date, born_to: date, cursor: str | None) -> Iterator[ChildPage]:
            yield ChildPage([record], None, None, 1)

    for expected in ((1, 0, 0, 0), (0, 0, 1, 0)):
        assert counts(import_children(databases.register, One(), *BORN, NOW)) == expected
    assert [row[:2] for row in rows(databases, PROFILES, code="14051920012")] == [(odd, "\\N")]
    assert rows(databases, RESIDENCES, code="14051920012")[0][1] == odd


def test_the_usual_interval_is_everybody_of_5_to_18_in_the_calendar_year() -> None:
    assert usual_interval(date(2026, 1, 1)) == usual_interval(date(2026, 12, 31)) == (date(2008, 1, 1), date(2021, 12, 31))
