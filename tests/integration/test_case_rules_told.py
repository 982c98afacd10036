"""What the rules say of children who are named: the five lists of codes, and the explanation in words."""

import re
from datetime import UTC, date, datetime

import pytest

from core.access import Right, Scope, ScopeKind
from core.cases import Checked, Explained, check, explain
from core.cases.wording import REASONS
from core.compulsory_age import RULES
from core.errors import InvalidQuestion
from tests.register import EVERYTHING, MADONA, RIGA, Register, days

SCHOOL, ANNA, PETERIS, LIGA, OLD = "4513900001", "04051820016", "05061820014", "06071820012", "32000000019"
ON = date(2026, 11, 26)
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def child(register: Register, code: str, lives: str | None = RIGA, born_on: date = date(2015, 5, 4), **more: object) -> int:
    person = register.person(code, born_on=born_on, **more)
    if lives:
        register.lives(person, lives, days("2015-05-04"))
    return person


def checked(register: Register, *codes: str, scope: Scope = EVERYTHING, rights: frozenset[str] = frozenset()) -> Checked:
    with register.databases.register.begin() as session:
        return check(session, scope, rights, codes, ON, ON)


def explained(register: Register, code: str, on: date = ON, scope: Scope = EVERYTHING) -> Explained | None:
    with register.databases.register.begin() as session:
        return explain(session, scope, frozenset(), code, on, None, NOW, ON)[1]


def of(municipality: str) -> Scope:
    return Scope(ScopeKind.MUNICIPALITIES, (municipality,))


def test_each_code_is_in_the_list_that_it_belongs_to_once_and_as_it_was_sent(register: Register) -> None:
    register.institution(SCHOOL)
    child(register, ANNA, former=(OLD,))
    register.learns(child(register, PETERIS), SCHOOL)
    child(register, LIGA, born_on=date(2008, 11, 26))
    said = checked(register, ANNA, "050618-20014", PETERIS, LIGA, "99999999999", "12", "abc", "12", OLD)
    assert said[1:6] == ([ANNA, OLD], ["050618-20014"], ["99999999999"], [LIGA], ["12", "abc"])
    assert len(said.persons) == 3


def test_a_child_abroad_and_an_adult_are_outside_the_duty(register: Register) -> None:
    child(register, ANNA, lives=None)
    child(register, PETERIS, died_on=ON, status="deceased")
    assert checked(register, ANNA, PETERIS).outside_duty == [ANNA, PETERIS]


def test_another_municipalitys_child_and_a_restricted_one_are_not_in_the_register(register: Register) -> None:
    child(register, ANNA, RIGA)
    child(register, PETERIS, MADONA)
    child(register, LIGA, RIGA, restricted=True)
    said = checked(register, ANNA, PETERIS, LIGA, scope=of(RIGA))
    assert (said.not_fulfilling, said.not_in_register) == ([ANNA], [PETERIS, LIGA])
    assert len(said.persons) == 1
    assert checked(register, LIGA, scope=of(RIGA), rights=frozenset({Right.RESTRICTED})).not_fulfilling == [LIGA]
    assert explained(register, PETERIS, scope=of(RIGA)) is None
    assert explained(register, LIGA, scope=of(RIGA)) is None


def test_no_codes_and_too_many_are_answered(register: Register) -> None:
    assert checked(register, "1")[1:6] == ([], [], [], [], ["1"])
    with pytest.raises(InvalidQuestion, match="3000"):
        checked(register, *(["1"] * 3001))


def test_an_explanation_names_every_rule_what_it_saw_and_what_would_change_it(register: Register) -> None:
    register.institution(SCHOOL)
    register.learns(child(register, ANNA), SCHOOL, days("2022-09-01", "2026-05-31"), status="IZB", end_reason="02")
    found = explained(register, ANNA)
    assert found is not None
    assert (found.settled_by, found.reason) == (None, "transfer_unconfirmed")
    assert found.reason_in_words == REASONS["transfer_unconfirmed"]
    assert [rule.name for rule in found.rules] == [name for name, _ in RULES]
    assert {rule.outcome for rule in found.rules} == {"doesNotApply"}
    assert all(rule.seen.lv and rule.seen.en and rule.would_change for rule in found.rules)
    assert "2022-09-01 – 2026-05-31" in found.rules[-1].seen.en
    assert found.rules[-1].would_change is not None
    assert found.rules[-1].would_change.en == "If an institution submitted an active affiliation."


def test_the_rule_that_settles_it_is_named_and_those_after_it_are_not_reached(register: Register) -> None:
    register.institution(SCHOOL)
    register.learns(child(register, ANNA), SCHOOL)
    enrolled = explained(register, ANNA)
    assert enrolled is not None
    assert (enrolled.settled_by, enrolled.rules[-1].outcome) == ("enrolled", "applies")
    child(register, PETERIS, born_on=date(2022, 1, 1))
    young = explained(register, PETERIS)
    assert young is not None
    assert young.settled_by == "outside_age"
    assert [rule.outcome for rule in young.rules] == ["doesNotApply", "applies", *["notReached"] * 4]
    assert "2027-09-01 – 2039-12-31" in young.rules[1].seen.lv


def test_no_explanation_holds_a_code_a_programme_or_a_place(register: Register) -> None:
    register.institution(SCHOOL)
    register.learns(child(register, ANNA), SCHOOL, programme="21015811")
    found = explained(register, ANNA)
    assert found is not None
    said = str(found.rules)
    assert not re.search(r"[0-9]{7}", said)
    assert "Rīga" not in said
