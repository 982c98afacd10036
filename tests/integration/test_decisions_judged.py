"""Decisions are judged by what holds when they are proposed, and again when they are published."""

from datetime import date

import pytest

from core.accreditation.standing import DecisionState, Standing
from core.errors import InvalidDay, KindEnded, NoDecisionOpen, SameOfficer, UnlawfulTerm
from tests.integration.licensing import ON, PROGRAMME, SCHOOL, Office, office
from tests.register import Register, days


@pytest.fixture
def ikvd(register: Register) -> Office:
    return office(register)


def made(standing: Standing) -> DecisionState:
    assert standing.decision is not None
    return standing.decision


def test_an_extension_that_was_proposed_before_another_term_was_granted_does_not_cut_it(ikvd: Office) -> None:
    first = ikvd.decided(ikvd.evaluated(), term="2Y")
    granted = made(ikvd.propose(ikvd.evaluated(), term="6Y", number="V-2", valid_from=date(2026, 6, 1))).decision_id
    extended = made(ikvd.propose(None, "extend", decision_id=first, number="V-3", valid_to=date(2029, 12, 31))).decision_id
    ikvd.confirm(granted)
    with pytest.raises(UnlawfulTerm):
        ikvd.confirm(extended)
    assert ikvd.days("institution")[-1] == ("6Y", "2026-06-01", "2032-05-31")
    assert made(ikvd.confirm(extended, accept=False)).state == "rejected"


def test_a_term_that_was_annulled_is_not_extended(ikvd: Office) -> None:
    first = ikvd.decided(ikvd.evaluated(), term="2Y")
    ikvd.decided(None, "annul", decision_id=first, number="V-2", valid_from=date(2027, 1, 1))
    with pytest.raises(UnlawfulTerm, match="cut"):
        ikvd.propose(None, "extend", decision_id=first, number="V-3", valid_to=date(2028, 12, 31))
    assert ikvd.days("institution") == [("2Y", "2026-03-02", "2026-12-31"), ("ANN", "2027-01-01", None)]


def test_a_decision_is_not_dated_before_the_one_that_was_published_before_it(ikvd: Office) -> None:
    granted = ikvd.decided(ikvd.accepted())
    with pytest.raises(InvalidDay):
        ikvd.propose(None, "annul", decision_id=granted, number="V-2", decided_on=date(2020, 1, 2), valid_from=date(2026, 9, 1))
    assert ikvd.register.execute("SELECT count(*) FROM proceeding") == [(1,)]


def test_of_two_proposals_the_older_one_is_not_published_after_the_newer_one(ikvd: Office) -> None:
    ikvd.decided(ikvd.evaluated(), term="6Y")
    older = made(ikvd.propose(ikvd.evaluated(), term="6Y", number="V-2", valid_from=date(2026, 5, 1))).decision_id
    newer = made(ikvd.propose(ikvd.evaluated("EXTRAORDINARY"), "refuse", number="V-3")).decision_id
    ikvd.confirm(newer)
    with pytest.raises(InvalidDay):
        ikvd.confirm(older)


def test_a_decision_that_was_superseded_is_neither_annulled_nor_extended(ikvd: Office) -> None:
    first = ikvd.decided(ikvd.accepted())
    second = ikvd.decided(ikvd.accepted(), number="V-2")
    with pytest.raises(UnlawfulTerm, match="superseded"):
        ikvd.propose(None, "annul", decision_id=first, number="V-3")
    assert ikvd.decided(None, "annul", decision_id=second, number="V-3")
    assert ikvd.days() == [("ANU", ON.isoformat(), None)]


def test_an_annulment_of_a_licence_does_not_take_the_one_that_was_granted_meanwhile(ikvd: Office) -> None:
    first = ikvd.decided(ikvd.accepted())
    second = made(ikvd.propose(ikvd.accepted(), number="V-2")).decision_id
    annulled = made(ikvd.propose(None, "annul", decision_id=first, number="V-3")).decision_id
    ikvd.confirm(second)
    with pytest.raises(UnlawfulTerm, match="superseded"):
        ikvd.confirm(annulled)
    assert ikvd.days() == [("LIC", ON.isoformat(), None)]


def test_a_historic_accreditation_of_a_programme_is_not_extended(ikvd: Office) -> None:
    then = ikvd.at(date(2022, 8, 10))
    granted = then.decided(then.evaluated("PROGRAMME"), term="2Y")
    with pytest.raises(KindEnded):
        then.at(date(2022, 8, 11)).propose(None, "extend", decision_id=granted, number="V-2", valid_to=date(2025, 1, 1))
    then.decided(None, "extend", decision_id=granted, number="V-2", valid_to=date(2025, 1, 1))
    assert ikvd.days("programme")[-1] == ("EXT", "2024-08-10", "2025-01-01")


@pytest.mark.parametrize("said", [{"valid_from": date(9999, 6, 1)}, {"valid_from": date(1, 1, 1)}, {"valid_to": date(9999, 12, 31)}])
def test_a_day_on_which_nothing_can_hold_is_refused(ikvd: Office, said: dict[str, date]) -> None:
    number = ikvd.accepted()
    with pytest.raises(InvalidDay):
        ikvd.propose(number, **said)


def test_a_term_that_begins_later_or_was_extended_is_cut_with_a_flag_too(ikvd: Office) -> None:
    ikvd.decided(ikvd.evaluated(), term="6Y", valid_from=date(2027, 1, 1))
    assert made(ikvd.propose(ikvd.evaluated(), term="2Y", number="V-2")).flags == [("CUTS_TERM", "high", False)]


def test_a_flag_that_comes_after_the_proposal_holds_the_publication(ikvd: Office) -> None:
    granted = ikvd.decided(ikvd.accepted())
    annulled = made(ikvd.propose(None, "annul", decision_id=granted, number="V-2"))
    assert annulled.flags == []
    ikvd.register.programme(SCHOOL, PROGRAMME, licensed=False)
    ikvd.register.learns(ikvd.register.person("04051820016"), SCHOOL, days("2025-09-01"), programme=PROGRAMME)
    assert made(ikvd.confirm(annulled.decision_id)).state == "held"
    assert ikvd.days() == [("LIC", ON.isoformat(), None)]


def test_what_a_flag_holds_can_be_rejected_and_decided_anew(ikvd: Office) -> None:
    number = ikvd.accepted()
    held = made(ikvd.propose(number, valid_from=date(2026, 2, 1))).decision_id
    ikvd.confirm(held)
    with pytest.raises(SameOfficer):
        ikvd.confirm(held, accept=False, by=ikvd.officer("LV-maker"))
    rejected = ikvd.confirm(held, accept=False)
    assert (rejected.stage, rejected.must_act, made(rejected).state) == ("accepted", "authority", "rejected")
    with pytest.raises(NoDecisionOpen):
        ikvd.confirm(held, accept=False)
    ikvd.decided(number)
    assert ikvd.days() == [("LIC", ON.isoformat(), None)]
    acts = ikvd.register.execute("SELECT act FROM proceeding_event ORDER BY id")
    assert [act for (act,) in acts[2:]] == ["propose", "confirm", "reject", "propose", "confirm"]
