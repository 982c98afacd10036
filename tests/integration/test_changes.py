"""Who may hold what, and who is told when that changes."""

import threading

import pytest
from sqlalchemy import text

from core.changes import entries_changed, institutions_changed, key_changed, people_changed, rebuild, untold
from core.people import lock
from tests.following import held, pending, until
from tests.register import MADONA, RIGA, VARAKLANI, Register, days

SCHOOL, OTHER = "4113100001", "4113100002"
ANNA, JANIS = "04051820219", "04051820227"
JURMALA = "0003000"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.fixture
def learner(register: Register) -> int:
    """Somebody who learns in Riga and lives in Madona; all that is told already."""
    register.institution(SCHOOL)
    person = register.person(ANNA)
    register.lives(person, MADONA)
    register.learns(person, SCHOOL)
    _quiet(register)
    return person


def _quiet(register: Register) -> None:
    with register.databases.register.begin() as session:
        rebuild(session)
        session.execute(text("DELETE FROM change"))


def _people(register: Register, *people: int) -> list[str]:
    register.execute("DELETE FROM change")
    with register.databases.register.begin() as session:
        lock(session, people)
        people_changed(session, people)
    return pending(register)


def _holders(register: Register, entity: str = "affiliation") -> set[str]:
    return {row[0] for row in register.execute("SELECT municipality FROM holding WHERE entity = :entity", entity=entity)}


def test_an_entry_is_for_the_school_s_municipality_and_for_the_one_of_the_residence(register):
    register.institution(SCHOOL)
    person = register.person(ANNA)
    register.lives(person, MADONA)
    register.learns(person, SCHOOL)
    assert _people(register, person) == [f"{RIGA} upsert affiliation 1 *", f"{MADONA} upsert affiliation 1"]
    assert _people(register, person) == []  # Saying it twice changes nothing.


def test_who_changes_an_entry_tells_all_who_hold_it_once(register, learner):
    register.execute("UPDATE affiliation SET class_group = '1.b'")
    with register.databases.register.begin() as session:
        entries_changed(session, "affiliation", [1])
    assert pending(register) == [f"{RIGA} upsert affiliation 1 *", f"{MADONA} upsert affiliation 1"]


def test_who_moves_is_told_to_the_new_municipality_and_lost_by_the_old_one(register, learner):
    register.execute("UPDATE residence SET municipality = :there", there=JURMALA)
    assert _people(register, learner) == [f"{JURMALA} upsert affiliation 1 *", f"{MADONA} lostAccess affiliation 1"]


def test_a_residence_that_has_not_begun_or_has_ended_gives_nothing(register, learner):
    register.execute("UPDATE residence SET valid = '[2018-05-04,2026-01-01)'")
    register.lives(learner, JURMALA, days("2150-01-01"))
    assert _people(register, learner) == [f"{MADONA} lostAccess affiliation 1"]


def test_a_school_that_changes_its_municipality_takes_its_entries_along(register, learner):
    register.execute("UPDATE institution_profile SET municipality = :there", there=JURMALA)
    with register.databases.register.begin() as session:
        institutions_changed(session, [SCHOOL])
    assert pending(register) == [
        f"public upsert institution {int(SCHOOL)} *",
        f"{RIGA} lostAccess affiliation 1",
        f"{JURMALA} upsert affiliation 1 *",
    ]


def test_a_school_that_is_renamed_leaves_its_entries_alone(register, learner):
    register.execute("UPDATE institution_profile SET name = 'Jauna skola'")
    with register.databases.register.begin() as session:
        institutions_changed(session, [SCHOOL])
    assert pending(register) == [f"public upsert institution {int(SCHOOL)} *"]


def test_a_closed_school_belongs_where_it_last_was(register):
    register.institution(SCHOOL, municipality=MADONA, valid=days("2000-01-01", "2010-12-31"))
    register.institution(SCHOOL, municipality=JURMALA, valid=days("2011-01-01", "2020-08-31"))
    person = register.person(ANNA)
    register.learns(person, SCHOOL, days("2012-09-01", "2020-08-31"))
    assert _people(register, person) == [f"{JURMALA} upsert affiliation 1 *"]


def test_a_municipality_that_was_taken_over_is_its_successor(register):
    register.institution(SCHOOL, municipality=VARAKLANI)
    person = register.person(ANNA)
    register.lives(person, VARAKLANI)
    register.learns(person, SCHOOL)
    assert _people(register, person) == [f"{MADONA} upsert affiliation 1 *"]


def test_a_row_recorded_in_error_is_nobody_s_any_more(register, learner):
    register.execute("UPDATE affiliation SET status = 'DUB'")
    assert _people(register, learner) == [f"{RIGA} remove affiliation 1 *", f"{MADONA} remove affiliation 1"]
    assert _holders(register) == set()


def test_a_row_that_is_withdrawn_is_nobody_s_any_more(register, learner):
    register.teaches(learner, SCHOOL)
    _quiet(register)
    register.execute("UPDATE teaching_post SET recorded = tstzrange(lower(recorded), now())")
    with register.databases.register.begin() as session:
        entries_changed(session, "teachingPost", [1])
    assert pending(register) == [f"{RIGA} remove teachingPost 1 *", f"{MADONA} remove teachingPost 1"]


def test_a_restricted_person_is_lost_where_only_the_residence_told_and_comes_back(register, learner):
    register.execute("UPDATE person_profile SET restricted = true")
    assert _people(register, learner) == [f"{MADONA} lostAccess affiliation 1"]
    register.execute("UPDATE person_profile SET restricted = false")
    assert _people(register, learner) == [f"{MADONA} upsert affiliation 1 *"]


def test_an_entry_without_any_municipality_is_for_those_who_hold_everything(register, learner):
    register.execute("UPDATE institution_profile SET municipality = NULL")
    register.execute("UPDATE person_profile SET restricted = true")
    with register.databases.register.begin() as session:
        institutions_changed(session, [SCHOOL])
    assert pending(register)[1:] == [" upsert affiliation 1 *", f"{RIGA} lostAccess affiliation 1", f"{MADONA} lostAccess affiliation 1"]
    assert _holders(register) == {""}


def test_an_entry_that_goes_to_another_institution_is_lost_by_the_old_one(register, learner):
    register.institution(OTHER, municipality=RIGA)
    register.programme(OTHER, "21011111")
    register.execute("UPDATE affiliation SET institution = :other", other=OTHER)
    with register.databases.register.begin() as session:
        entries_changed(session, "affiliation", [1])
    assert pending(register) == [
        f"{RIGA} upsert affiliation 1 *",
        f"{MADONA} upsert affiliation 1",
        f"{SCHOOL} lostAccess affiliation 1",
    ]


def test_a_changed_code_is_told_to_everybody_who_holds_an_entry_of_the_person(register, learner):
    with register.databases.register.begin() as session:
        key_changed(session, "keyChange", learner, ANNA, JANIS)
    assert pending(register) == [f"{RIGA} keyChange person *", f"{MADONA} keyChange person", f"{SCHOOL} keyChange person"]
    assert register.execute("SELECT DISTINCT content FROM change") == [([JANIS, ANNA],)]


def test_two_records_that_become_one_are_held_by_where_the_one_lives(register, learner):
    twin = register.person(JANIS)
    register.lives(twin, JURMALA)
    register.learns(twin, SCHOOL, main=False)
    _quiet(register)
    register.execute("UPDATE identity SET person_id = :keeper, current = false WHERE person_id = :twin", keeper=learner, twin=twin)
    assert _people(register, learner, twin) == [
        f"{RIGA} upsert affiliation 2 *",
        f"{JURMALA} lostAccess affiliation 2",
        f"{MADONA} upsert affiliation 2",
    ]
    assert {values[0] for _, values in held(register, RIGA).values() if len(values) == 19} == {ANNA}


def test_values_are_what_messages_say(register, learner):
    who = [ANNA, "", "", "Anna", "Bērziņa", "2018-05-04"]
    assert held(register, MADONA) == {
        ("affiliation", 1): (
            1,
            [*who, SCHOOL, "true", "1", "1.a", "1", "1", "AKT", "2024-09-01", "", "", "", "21011111", ""],
        )
    }


def test_who_has_no_code_is_named_by_the_identifier_that_an_institution_gave(register):
    register.institution(SCHOOL)
    person = register.person()
    register.identifier(person, SCHOOL, "A-17")
    register.learns(person, SCHOOL)
    _people(register, person)
    [(_, values)] = held(register).values()
    assert values[:3] == ["", SCHOOL, "A-17"]


def test_a_register_in_which_nobody_told_anything_is_told_at_once_as_if_everybody_had(register):
    """What `rebuild` makes of an empty feed is what telling one by one makes, but for the order."""
    for number, municipality in ((SCHOOL, RIGA), (OTHER, MADONA)):
        register.institution(number, municipality=municipality)
    for code, place, school in ((ANNA, MADONA, SCHOOL), (JANIS, MADONA, OTHER)):
        person = register.person(code)
        register.lives(person, place)
        register.learns(person, school)
        register.teaches(person, school)
    with register.databases.register.begin() as session:
        assert untold(session) == 2 + 2 + 2 + 2
        rebuild(session)
        assert untold(session) is None
    said = "audience, institution, entity, entry_id, version, person_id, kind, array_to_string(holders, ' ') AS holders, foremost"
    hashes = "held_before, hash, full_hash, before_hash, before_full_hash, content, health"
    at_once = register.execute(f"SELECT {said}, {hashes} FROM feed_event ORDER BY entity, entry_id, audience")
    kept = register.execute("SELECT * FROM holding ORDER BY entity, entry_id, municipality")
    register.execute("TRUNCATE feed_event, checkpoint, holding")
    with register.databases.register.begin() as session:
        institutions_changed(session, [SCHOOL, OTHER])
        people_changed(session, [1, 2])
    assert register.execute(f"SELECT {said}, {hashes} FROM change ORDER BY entity, entry_id, audience") == at_once
    assert register.execute("SELECT * FROM holding ORDER BY entity, entry_id, municipality") == kept


def test_what_was_not_told_is_found_by_comparing_everything(register, learner):
    register.execute("UPDATE person_profile SET surname = 'Kalniņa'")
    register.execute("DELETE FROM programme_profile")
    with register.databases.register.begin() as session:
        rebuild(session)
    assert pending(register) == [
        "public remove programme 1 *",
        f"{RIGA} upsert affiliation 1 *",
        f"{MADONA} upsert affiliation 1",
    ]


def test_two_who_write_about_one_person_come_one_after_the_other(register, learner):
    begun = threading.Event()

    def moves() -> None:
        begun.wait(10)
        with register.databases.register.begin() as session:
            lock(session, [learner])
            session.execute(text("UPDATE residence SET municipality = :there"), {"there": JURMALA})
            people_changed(session, [learner])

    other = threading.Thread(target=moves)
    other.start()
    with register.databases.register.begin() as session:
        lock(session, [learner])
        session.execute(text("UPDATE affiliation SET status = 'DUB'"))
        entries_changed(session, "affiliation", [1])
        begun.set()
        until(lambda: register.execute(WAITING) == [(1,)])
    other.join()
    # The second one saw that the row is nobody's, and told nobody of it.
    assert pending(register) == [f"{RIGA} remove affiliation 1 *", f"{MADONA} remove affiliation 1"]
    assert _holders(register) == set()
