"""Whoever writes tells who may hold it: the children's import, the made-up nation, and a register of the first version."""

import threading
from datetime import UTC, date, datetime

from sqlalchemy import text

from adapters.demo.loading import load
from adapters.demo.nation import Nation
from adapters.storage import Storage, bring_up_to_date
from core.changes import rebuild, untold
from core.child_import import import_children
from core.people import ChildPage, ChildRecord
from tests.following import held, numbered, pending, told, until
from tests.register import MADONA, RIGA

SCHOOL, ANNA = "4113100001", "04051820219"
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
BORN = date(2008, 1, 1), date(2021, 12, 31)


class Listed:
    """A list of children with one page."""

    name = "test"

    def __init__(self, *children: ChildRecord) -> None:
        self._page = ChildPage(list(children), None, None, None)

    def pages(self, *_asked):
        yield self._page


def anna(municipality: str = MADONA, **more) -> ChildRecord:
    values = {
        "given_name": "Anna",
        "surname": "Bērziņa",
        "born_on": "2018-05-04",
        "died_on": None,
        "status": "resident",
        "restricted": False,
    }
    residence = {"municipality": municipality, "address": "Iela 1", "resident_since": "2018-05-04"}
    return ChildRecord(personal_code=ANNA, **{**values, **residence, **more})


def imported(register, child: ChildRecord) -> list[str]:
    import_children(register.databases.register, Listed(child), *BORN, NOW)
    said = pending(register)
    numbered(register)
    return said


def test_the_import_tells_what_changed_in_a_child_who_learns_somewhere(register):
    register.institution(SCHOOL)
    assert imported(register, anna()) == []  # A new person has no entries.
    register.learns(1, SCHOOL)
    told(register)
    assert imported(register, anna()) == []
    assert imported(register, anna(surname="Kalniņa")) == [f"{RIGA} upsert affiliation 1 *", f"{MADONA} upsert affiliation 1"]
    moved = anna("0003000", surname="Kalniņa", resident_since="2026-01-05")
    assert imported(register, moved) == ["0003000 upsert affiliation 1 *", f"{MADONA} lostAccess affiliation 1"]
    hidden = anna("0003000", surname="Kalniņa", resident_since="2026-01-05", restricted=True)
    assert imported(register, hidden) == ["0003000 lostAccess affiliation 1"]


def test_an_import_waits_for_who_writes_about_one_of_its_children_and_then_compares_again(register):
    """What differed when the page came is not what differs when the other one is done: nothing is written twice."""
    register.institution(SCHOOL)
    imported(register, anna())
    importing = threading.Thread(target=imported, args=(register, anna(surname="Kalniņa")))
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with register.databases.register.begin() as session:
        session.execute(text("SELECT FROM person WHERE id = 1 FOR NO KEY UPDATE"))
        importing.start()
        until(lambda: register.execute(waiting) == [(1,)])
        session.execute(text("UPDATE person_profile SET surname = 'Kalniņa'"))
    importing.join()
    assert register.execute("SELECT count(*) FROM person_profile") == [(1,)]
    assert register.execute("SELECT changed, unchanged FROM import_run ORDER BY id DESC LIMIT 1") == [(0, 1)]


def test_a_made_up_nation_is_told_when_it_is_loaded(register, tmp_path):
    with register.databases.register.begin() as session:
        rebuild(session)
    load(register.databases.register, Nation(300, 1, date(2026, 11, 23)), tmp_path, lambda _: None)
    rows = register.execute("SELECT count(*) FROM affiliation WHERE upper_inf(recorded) AND status <> 'DUB'")
    assert [(len([entity for entity, _ in held(register) if entity == "affiliation"]),)] == rows
    subjects = register.execute("SELECT id FROM recognition ORDER BY id")
    assert pending(register) == [f"recognition upsert recognition {subject}" for (subject,) in subjects]
    numbered(register)
    before = register.execute("SELECT head FROM feed_state")
    with register.databases.register.begin() as session:
        assert untold(session) is None
        rebuild(session)
    assert pending(register) == []
    assert register.execute("SELECT head FROM feed_state") == before == register.execute("SELECT count(*) FROM feed_event")


def test_a_register_that_held_something_before_there_was_a_feed_is_told_when_it_is_brought_up_to_date(register, database_url):
    register.institution(SCHOOL)
    person = register.person(ANNA)
    register.learns(person, SCHOOL)
    for _ in range(2):
        bring_up_to_date(Storage(database_url, database_url))
        assert register.execute("SELECT audience, kind FROM feed_event WHERE entity = 'affiliation'") == [(RIGA, "upsert")]
        assert register.execute("SELECT complete, head FROM feed_state") == [(True, 3)]
