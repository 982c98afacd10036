"""Whose a code is when the children's list says something else than the register: corrected, swapped, doubled, claimed."""

from typing import Any

import pytest
from sqlalchemy import text

from core.database import Databases
from tests.integration.test_child_import import CODES, NOW, PROFILES, REFUSALS, counts, quiet_retries, rows, take_over
from tests.population_register import StandIn, child, process, stand_in

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


def test_codes_swapped_between_two_children_are_refused_for_a_person_to_decide(databases: Databases, stand_in: StandIn) -> None:
    first, second = child(code=OLD, given_name="Ance"), child(code=NEW, given_name="Bruno", surname="Citāds")
    told(databases, stand_in, first, second)
    swapped = [first | {"code": NEW, "former_codes": [OLD]}, second | {"code": OLD, "former_codes": [NEW]}]
    assert told(databases, stand_in, *swapped) == (0, 0, 0, 2)
    assert [row[0] for row in rows(databases, PROFILES, code=OLD)] == ["Ance"]


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
