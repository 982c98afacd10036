"""Whose a code is when the children's list says something else than the register: corrected, swapped, doubled, claimed."""

from typing import Any

import pytest
from sqlalchemy import text

from core.changes import rebuild
from core.database import Databases
from core.identities import Asked
from tests.integration.identities import copy_of, follow, holding, named, separate
from tests.integration.test_child_import import CODES, NOW, PROFILES, REFUSALS, counts, quiet_retries, rows, take_over
from tests.population_register import StandIn, child, process, stand_in
from tests.register import Register

__all__ = ["NOW", "process", "quiet_retries", "stand_in"]
OLD, NEW = child("2019-05-14", 1)["code"], child("2019-05-14", 2)["code"]


def told(databases: Databases, stand_in: StandIn, *people: dict[str, Any]) -> tuple[int, int, int, int]:
    """What an import did when these are the people."""
    stand_in.tells(*people)
    return counts(take_over(databases, stand_in))


def known_to_schools(databases: Databases, code: str) -> None:
    with databases.register.begin() as session:
        session.execute(
            text("""WITH p AS (INSERT INTO person DEFAULT VALUES RETURNING id),
                i AS (INSERT INTO identity (person_id, scheme, value) SELECT id, 'personal_code', :code FROM p)
                INSERT INTO person_profile (person_id, given_name, surname, source) SELECT id, 'Ance', 'B', 'institution' FROM p"""),
            {"code": code},
        )


def test_a_corrected_code_keeps_the_person_and_the_old_code_finds_it(databases: Databases, stand_in: StandIn) -> None:
    told(databases, stand_in, child(code=OLD))
    assert told(databases, stand_in, child(code=NEW, former_codes=[OLD])) == (0, 1, 0, 0)
    assert rows(databases, CODES, code=OLD) == sorted([(OLD, False), (NEW, True)])
    assert told(databases, stand_in, child(code=NEW, former_codes=[OLD])) == (0, 0, 1, 0)


def test_a_code_corrected_back_is_current_again(databases: Databases, stand_in: StandIn) -> None:
    told(databases, stand_in, child(code=OLD))
    told(databases, stand_in, child(code=NEW, former_codes=[OLD]))
    assert told(databases, stand_in, child(code=OLD, former_codes=[NEW])) == (0, 1, 0, 0)
    assert rows(databases, CODES, code=OLD) == sorted([(OLD, True), (NEW, False)])


def test_a_former_code_told_later_is_added_to_the_person(databases: Databases, stand_in: StandIn) -> None:
    told(databases, stand_in, child(code=NEW))
    assert told(databases, stand_in, child(code=NEW, former_codes=[OLD])) == (0, 1, 0, 0)
    assert rows(databases, CODES, code=OLD) == sorted([(OLD, False), (NEW, True)])


def test_two_people_whom_schools_knew_by_two_codes_of_one_child_become_one(databases: Databases, stand_in: StandIn) -> None:
    known_to_schools(databases, OLD)
    known_to_schools(databases, NEW)
    assert told(databases, stand_in, child(code=NEW, former_codes=[OLD])) == (0, 1, 0, 0)
    assert rows(databases, CODES, code=OLD) == sorted([(OLD, False), (NEW, True)])
    assert rows(databases, "SELECT i.value FROM identity_move JOIN identity i ON i.id = identity_id") == [(OLD,)]
    assert sum(row[-1] for row in rows(databases, PROFILES, code=NEW)) == 1
    assert told(databases, stand_in, child(code=NEW, former_codes=[OLD])) == (0, 0, 1, 0)


def test_a_former_code_of_another_child_of_the_population_register_is_refused(databases: Databases, stand_in: StandIn) -> None:
    told(databases, stand_in, child(code=OLD), child("2020-02-02", 5, given_name="Other"))
    claims = child("2020-02-02", 5, given_name="Other", former_codes=[OLD])
    assert told(databases, stand_in, claims) == (0, 0, 0, 1)
    assert [row[2] for row in rows(databases, REFUSALS)] == ["R-0303"]
    assert rows(databases, CODES, code=OLD) == [(OLD, True)]


def exchanged(databases: Databases, stand_in: StandIn, **second: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two children whom the register knows, as the list has them when their codes were exchanged."""
    one, other = child(code=OLD, given_name="Ance"), child(code=NEW, **{"given_name": "Bruno", "surname": "Citāds", **second})
    told(databases, stand_in, one, other)
    return one | {"code": NEW, "former_codes": [OLD]}, other | {"code": OLD, "former_codes": [NEW]}


def given_names(databases: Databases) -> list[str]:
    """Who is found by either code now."""
    current = """SELECT p.given_name FROM identity i JOIN person_profile p ON p.person_id = i.person_id AND upper_inf(p.recorded)
        WHERE i.value = :code AND i.current"""
    return [rows(databases, current, code=code)[0][0] for code in (OLD, NEW)]


def test_codes_exchanged_between_two_children_who_are_told_apart_by_name_and_birth_are_exchanged(databases, stand_in):
    swapped = exchanged(databases, stand_in)
    assert told(databases, stand_in, *swapped) == (0, 2, 0, 0)
    assert given_names(databases) == ["Bruno", "Ance"]
    assert rows(databases, "SELECT reason FROM identity_move") == [("codes of two children exchanged in the population register",)] * 2
    assert told(databases, stand_in, *swapped) == (0, 0, 2, 0)
    assert given_names(databases) == ["Bruno", "Ance"]
    # The other one may stand on another page, or be too old for the list.
    assert told(databases, stand_in, swapped[0] | {"surname": "Kalniņa"}) == (0, 1, 0, 0)


def test_codes_are_exchanged_back(databases, stand_in):
    one, other = exchanged(databases, stand_in)
    told(databases, stand_in, one, other)
    back = one | {"code": OLD, "former_codes": [NEW]}, other | {"code": NEW, "former_codes": [OLD]}
    assert told(databases, stand_in, *back) == (0, 2, 0, 0)
    assert given_names(databases) == ["Ance", "Bruno"]


def test_codes_that_were_exchanged_and_are_said_otherwise_on_another_page_overwrite_nobody(databases, stand_in):
    one, other = exchanged(databases, stand_in)
    told(databases, stand_in, one, other)
    assert told(databases, stand_in, one | {"code": OLD, "former_codes": [NEW]}) == (0, 0, 0, 1)
    assert given_names(databases) == ["Bruno", "Ance"]


def test_two_new_children_may_have_exchanged_codes_before_they_came(databases, stand_in):
    one, other = child(code=OLD, former_codes=[NEW]), child(code=NEW, former_codes=[OLD], given_name="Bruno")
    assert told(databases, stand_in, one, other) == (2, 0, 0, 0)
    assert told(databases, stand_in, one, other) == (0, 0, 2, 0)


def test_exchanged_codes_under_which_something_was_reported_are_for_an_office_to_decide(databases, stand_in):
    swapped = exchanged(databases, stand_in)
    register = Register(databases)
    school = register.institution("4313100001")
    [anna] = rows(databases, "SELECT person_id FROM identity WHERE value = :code", code=OLD)[0]
    [bruno] = rows(databases, "SELECT person_id FROM identity WHERE value = :code", code=NEW)[0]
    register.learns(anna, school)
    assert told(databases, stand_in, *swapped) == (0, 0, 0, 2)
    assert all("separatePersons" in row[0] for row in rows(databases, "SELECT reason FROM import_refusal"))
    assert given_names(databases) == ["Ance", "Bruno"]
    separate(register, Asked(named(OLD), named(NEW)), Asked(named(NEW), named(OLD)))
    assert told(databases, stand_in, *swapped) == (0, 0, 2, 0)
    assert rows(databases, "SELECT person_id FROM identity WHERE value = ANY(:codes) ORDER BY value", codes=sorted([OLD, NEW])) == [
        (bruno,) if code == OLD else (anna,) for code in sorted([OLD, NEW])
    ]


def test_exchanged_codes_under_which_a_result_was_published_are_for_an_office_to_decide(databases, stand_in):
    swapped = exchanged(databases, stand_in)
    Register(databases).institution("4313100001")
    Register(databases).execute(
        "WITH e AS (INSERT INTO examination (code, kind, subject, level, school_year, session, sender)"
        " VALUES ('E', 'CE', 'MAT', 'P', '2025/26', 'main', 's') RETURNING id)"
        " INSERT INTO exam_result (identity_id, examination_id, institution, outcome, sender, sender_key)"
        " SELECT i.id, e.id, '4313100001', 'absent', 's', 'R' FROM identity i, e WHERE i.value = :code",
        code=OLD,
    )
    assert told(databases, stand_in, *swapped) == (0, 0, 0, 2)


def test_exchanged_codes_under_which_somebody_applies_are_for_an_office_to_decide(databases, stand_in):
    swapped = exchanged(databases, stand_in)
    Register(databases).execute(
        "INSERT INTO applicant (client, campaign, identity_id) SELECT 'c', '2026', id FROM identity WHERE value = :code", code=OLD
    )
    assert told(databases, stand_in, *swapped) == (0, 0, 0, 2)


@pytest.mark.parametrize(
    "unlike",
    [{"given_name": "Ance", "surname": "Bērziņa"}, {"given_name": "Dace"}, {"former_codes": [NEW, "32000000031"]}, {"status": "unknown"}],
)
def test_codes_are_not_exchanged_when_it_is_not_sure_who_is_who(databases, stand_in, unlike):
    like = {name: value for name, value in unlike.items() if unlike == {"given_name": "Ance", "surname": "Bērziņa"}}
    one, other = exchanged(databases, stand_in, **like)
    assert told(databases, stand_in, one, other | unlike)[3] == 2
    assert given_names(databases) == ["Ance", like.get("given_name", "Bruno")]


def test_what_an_office_has_separated_is_not_joined_again(databases, stand_in):
    known_to_schools(databases, OLD)
    told(databases, stand_in, child(code=NEW, former_codes=[OLD]))
    separate(Register(databases), Asked(named(OLD)))
    for code, former in ((NEW, OLD), (OLD, NEW)):
        people = rows(databases, "SELECT value, person_id FROM identity ORDER BY value")
        told(databases, stand_in, child(code=code, former_codes=[former]))
        assert rows(databases, "SELECT value, person_id FROM identity ORDER BY value") == people


def test_copies_hear_of_a_corrected_code_and_of_two_records_that_became_one(databases, stand_in):
    register = Register(databases)
    school, third = register.institution("4313100001"), "32000000031"
    told(databases, stand_in, child(code=OLD))
    known_to_schools(databases, third)
    for code in (OLD, third):
        register.learns(rows(databases, "SELECT person_id FROM identity WHERE value = :code", code=code)[0][0], school)
    with databases.register.begin() as session:
        rebuild(session)
    begun = len(follow(register))
    told(databases, stand_in, child(code=NEW, former_codes=[OLD, third]))
    events = follow(register)[begun:]
    assert [(event.kind, event.personal_code_before, event.personal_code) for event in events[:2]] == [
        ("keyChange", OLD, NEW),
        ("merge", third, NEW),
    ]
    assert [(event.kind, event.affiliation[0]) for event in events[2:]] == [("upsert", NEW), ("upsert", NEW)]
    assert copy_of(follow(register)) == holding(register)
    told(databases, stand_in, child(code=NEW, former_codes=[OLD, third]))
    assert len(follow(register)) == begun + 4


def test_a_new_child_that_claims_the_code_of_quite_another_is_refused(databases: Databases, stand_in: StandIn) -> None:
    told(databases, stand_in, child(code=OLD))
    other = child("2020-02-02", 5, given_name="Bruno", former_codes=[OLD])
    assert told(databases, stand_in, other) == (0, 0, 0, 1)
    assert rows(databases, PROFILES, code=other["code"]) == []


def test_a_record_under_a_code_that_is_former_here_and_does_not_name_ours_is_refused(databases: Databases, stand_in: StandIn) -> None:
    told(databases, stand_in, child(code=NEW, former_codes=[OLD]))
    assert told(databases, stand_in, child(code=OLD, given_name="Bruno")) == (0, 0, 0, 1)
    assert [row[0] for row in rows(databases, PROFILES, code=NEW)] == ["Ance"]


@pytest.mark.parametrize("number", [3, 4])
def test_a_new_child_with_two_codes_is_one_person(databases: Databases, stand_in: StandIn, number: int) -> None:
    former = "32" + f"{number}".zfill(9)
    assert told(databases, stand_in, child(code=NEW, former_codes=[former])) == (1, 0, 0, 0)
    assert rows(databases, CODES, code=former) == sorted([(NEW, True), (former, False)])
