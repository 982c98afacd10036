"""Hand-overs of cases: offered, accepted, sent back, unanswered; by municipalities, and by the register when a child moves."""

from datetime import date

import pytest

from core.errors import HandOverOpen, InvalidQuestion, NoHandOver, NotResponsible, UnknownCase, UnknownMunicipality
from tests.integration.casework import (
    ANNA,
    NOTHING,
    ON,
    PETERIS,
    SCHOOL,
    answered,
    child,
    day,
    give,
    granted,
    held,
    kinds,
    madona,
    measured,
    moves,
    offered,
    refreshed,
    riga,
)
from tests.register import MADONA, RIGA, VARAKLANI, Register, days


@pytest.fixture(autouse=True)
def _granted(register: Register) -> None:
    granted(register)


@pytest.fixture
def opened(register: Register) -> Register:
    """One child in Riga in no school, since ON."""
    child(register)
    refreshed(register, ON)
    return register


def test_a_case_is_offered_accepted_and_goes_with_its_history(opened: Register) -> None:
    give(opened, "NOS")
    assert offered(opened).answer_by == day(10)
    assert held(opened, ANNA, "municipality", "offered_to") == (RIGA, MADONA)
    with pytest.raises(HandOverOpen):
        offered(opened)
    with pytest.raises(NotResponsible):
        measured(opened, madona())
    with pytest.raises(NoHandOver):
        answered(opened, riga(), accept=True)
    assert answered(opened, madona(day(2)), accept=True).municipality == MADONA
    assert held(opened, ANNA, "municipality", "offered_to", "status") == (MADONA, None, "NOS")
    measured(opened, madona(day(2)))
    with pytest.raises(UnknownCase):
        measured(opened, riga(day(2)))
    assert kinds(opened) == ["opened", "status", "offered", "accepted", "measure"]


def test_what_municipalities_agreed_on_stands_until_the_child_is_declared_anew(opened: Register) -> None:
    person = opened.execute("SELECT person_id FROM identity")[0][0]
    offered(opened)
    answered(opened, madona(day(1)), accept=True)
    assert refreshed(opened, day(2)).offered == 0
    assert held(opened, ANNA, "municipality", "escalation") == (MADONA, None)
    moves(opened, person, MADONA, day(3))
    assert refreshed(opened, day(3)).offered == 0
    moves(opened, person, RIGA, day(5))
    assert refreshed(opened, day(5)).offered == 1
    assert held(opened, ANNA, "municipality", "offered_to") == (MADONA, RIGA)


def test_a_case_that_is_sent_back_by_where_the_child_is_not_declared_is_offered_to_where_it_is(opened: Register) -> None:
    moves(opened, opened.execute("SELECT person_id FROM identity")[0][0], "0002000", day(1))
    offered(opened, riga(day(1)))
    answered(opened, madona(day(1)), accept=False)
    assert held(opened, ANNA, "escalation") == (None,)
    assert refreshed(opened, day(1)).offered == 1
    assert held(opened, ANNA, "offered_to") == ("0002000",)


def test_a_case_that_is_sent_back_stays_and_is_no_longer_seen_by_who_sent_it_back(opened: Register) -> None:
    offered(opened)
    with pytest.raises(InvalidQuestion):
        answered(opened, madona(), accept=False, reason="  ")
    answered(opened, madona(), accept=False)
    assert held(opened, ANNA, "municipality", "offered_to") == (RIGA, None)
    with pytest.raises(UnknownCase):
        answered(opened, madona(), accept=True)
    assert kinds(opened) == ["opened", "offered", "returned"]


@pytest.mark.parametrize("to", [RIGA, "9999999", VARAKLANI])
def test_a_case_is_offered_to_another_municipality_of_the_day(opened: Register, to: str) -> None:
    with pytest.raises(UnknownMunicipality):
        offered(opened, to=to)


def test_when_the_child_is_declared_elsewhere_the_register_offers_the_one_case_and_takes_it_back_when_it_returns(opened: Register) -> None:
    person = opened.execute("SELECT person_id FROM identity")[0][0]
    moves(opened, person, MADONA, day(5))
    assert refreshed(opened, day(4)).offered == 0
    assert refreshed(opened, day(5)).offered == 1
    assert held(opened, ANNA, "municipality", "offered_to", "answer_by") == (RIGA, MADONA, day(15))
    assert refreshed(opened, day(6)).offered == 0
    moves(opened, person, RIGA, day(8))
    refreshed(opened, day(8))
    assert held(opened, ANNA, "municipality", "offered_to") == (RIGA, None)
    assert kinds(opened) == ["opened", "offered", "offerWithdrawn"]
    assert opened.execute("SELECT count(*) FROM child_case") == [(1,)]


def test_an_unanswered_hand_over_falls_to_the_declared_municipality_and_is_told_to_ikvd_until_somebody_works(opened: Register) -> None:
    moves(opened, opened.execute("SELECT person_id FROM identity")[0][0], MADONA, day(1))
    refreshed(opened, day(1))
    assert refreshed(opened, day(11)).fallen_back == 0
    assert refreshed(opened, day(12)).fallen_back == 1
    assert held(opened, ANNA, "municipality", "offered_to", "escalation") == (MADONA, None, "handOverUnanswered")
    give(opened, "NOS", NOTHING, madona(day(12)))
    assert held(opened, ANNA, "escalation", "escalated_on") == (None, None)
    assert kinds(opened)[-2:] == ["status", "escalationEnded"]


def test_an_offer_to_where_the_child_is_not_declared_falls_back_to_where_it_is(opened: Register) -> None:
    offered(opened)
    assert refreshed(opened, day(11)).fallen_back == 1
    assert held(opened, ANNA, "municipality", "offered_to") == (RIGA, None)


def test_a_case_that_the_declared_municipality_sends_back_goes_to_ikvd_and_is_not_offered_again_and_again(opened: Register) -> None:
    person = opened.execute("SELECT person_id FROM identity")[0][0]
    moves(opened, person, MADONA, day(1))
    refreshed(opened, day(1))
    answered(opened, madona(day(2)), accept=False)
    assert held(opened, ANNA, "escalation") == ("handOverReturned",)
    assert refreshed(opened, day(3)).offered == 0
    moves(opened, person, RIGA, day(4))
    refreshed(opened, day(4))
    assert held(opened, ANNA, "offered_to", "escalation") == (None, None)
    moves(opened, person, MADONA, day(5))
    assert refreshed(opened, day(5)).offered == 1
    assert held(opened, ANNA, "offered_to") == (MADONA,)


def test_a_hand_over_under_way_survives_the_merger_of_varaklani_into_madona(register: Register) -> None:
    child(register)
    child(register, PETERIS, VARAKLANI)
    before = date(2025, 6, 25)
    refreshed(register, before)
    offered(register, riga(before), to=VARAKLANI)
    offered(register, madona(before), to=MADONA, code=PETERIS)
    assert refreshed(register, date(2025, 7, 1)).moved == 2
    assert held(register, ANNA, "municipality", "offered_to", "answer_by") == (RIGA, MADONA, date(2025, 7, 5))
    assert held(register, PETERIS, "municipality", "offered_to") == (MADONA, None)


def test_closing_ends_a_hand_over_and_an_escalation(opened: Register) -> None:
    offered(opened)
    refreshed(opened, day(5))
    opened.institution(SCHOOL)
    opened.learns(opened.execute("SELECT person_id FROM identity")[0][0], SCHOOL, days(day(6).isoformat()))
    assert refreshed(opened, day(6)).closed == 1
    assert held(opened, ANNA, "state", "offered_to", "answer_by", "escalation") == ("closed", None, None, None)
