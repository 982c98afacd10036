"""Decisions: two officers, numbers, flags, appeals, supersession; and two officers at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError

from core.accreditation.appealing import decide_appeal
from core.errors import (
    AppealNotPossible,
    DecisionOpen,
    InvalidDay,
    InvalidQuestion,
    NoDecisionOpen,
    NotTheAuthority,
    NumberTaken,
    Refusal,
    SameOfficer,
    UnknownDecision,
    UnlawfulTerm,
)
from tests.integration.licensing import ON, PROGRAMME, SCHOOL, Office, office
from tests.register import Register, days


@pytest.fixture
def ikvd(register: Register) -> Office:
    return office(register)


def proposed(ikvd: Office, proceeding: int, outcome: str = "grant", **said: object) -> int:
    decision = ikvd.propose(proceeding, outcome, **said).decision
    assert decision is not None
    return decision.decision_id


def test_who_proposed_does_not_confirm_not_even_the_database_lets_them(ikvd: Office) -> None:
    decision = proposed(ikvd, ikvd.accepted())
    with pytest.raises(SameOfficer):
        ikvd.confirm(decision, by=ikvd.officer("LV-maker"))
    for confirmed in (
        "confirmed_client = proposed_client, confirmed_user = proposed_user",
        "confirmed_client = proposed_client",
        "confirmed_client = 'LV-DEV/GOV/IKVD/other'",
        "confirmed_client = proposed_client, confirmed_user = proposed_user, outcome = 'lapse'",
    ):
        with pytest.raises(IntegrityError, match="two_officers"):
            ikvd.register.execute(f"UPDATE decision SET confirmed_at = now(), {confirmed} WHERE id = :d", d=decision)
    assert ikvd.days() == []
    # The same name in another system is somebody else.
    assert ikvd.confirm(decision, by=ikvd.officer("LV-maker", "LV-DEV/GOV/IKVD/other")).stage == "decided"


def test_another_authority_neither_confirms_nor_sees_that_there_is_something(ikvd: Office) -> None:
    decision = proposed(ikvd, ikvd.accepted())
    with pytest.raises(UnknownDecision):
        ikvd.confirm(decision, by=ikvd.officer("LV-checker", "LV-DEV/GOV/OTHER/quality"))
    with pytest.raises(UnknownDecision):
        ikvd.confirm(decision + 1)


def test_a_rejected_proposal_frees_its_number_and_another_one_can_be_made(ikvd: Office) -> None:
    number = ikvd.accepted()
    decision = proposed(ikvd, number)
    with pytest.raises(DecisionOpen):
        ikvd.propose(number, number="V-2")
    with pytest.raises(InvalidQuestion):
        ikvd.confirm(decision, accept=False, reason=None)
    rejected = ikvd.confirm(decision, accept=False)
    assert rejected.decision is not None
    assert (rejected.stage, rejected.must_act, rejected.decision.state) == ("accepted", "authority", "rejected")
    assert proposed(ikvd, number) != decision


def test_the_same_decision_twice_changes_nothing_and_another_one_under_its_number_is_refused(ikvd: Office) -> None:
    number = ikvd.accepted()
    decision = proposed(ikvd, number)
    events = "SELECT count(*) FROM proceeding_event"
    before = ikvd.register.execute(events)
    assert proposed(ikvd, number) == decision
    ikvd.confirm(decision)
    assert (proposed(ikvd, number), ikvd.confirm(decision).stage) == (decision, "decided")
    assert ikvd.register.execute(events) == [(before[0][0] + 1,)]
    assert ikvd.register.execute("SELECT count(*) FROM decision") == [(1,)]
    other = ikvd.accepted("OWN", programme="31014011")
    with pytest.raises(NumberTaken):
        ikvd.propose(other)
    with pytest.raises(NumberTaken):
        ikvd.propose(number, "refuse")
    with pytest.raises(NoDecisionOpen):
        ikvd.confirm(decision, by=ikvd.officer("LV-third"))


def test_two_officers_who_decide_at_once_make_one_decision(ikvd: Office) -> None:
    number = ikvd.accepted()

    def attempt(step) -> str:
        try:
            step()
        except Refusal as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        tried = [lambda n=n: ikvd.propose(number, number=f"V-{n}", by=ikvd.officer(f"LV-maker-{n}")) for n in (1, 2)]
        assert sorted(pool.map(attempt, tried)) == ["R-0714", "done"]
        [(decision,)] = ikvd.register.execute("SELECT id FROM decision")
        checks = [
            lambda: ikvd.confirm(decision, by=ikvd.officer("LV-checker-1")),
            lambda: ikvd.confirm(decision, accept=False, by=ikvd.officer("LV-checker-2")),
        ]
        assert sorted(pool.map(attempt, checks)) == ["R-0715", "done"]
    [(published, rejected)] = ikvd.register.execute("SELECT published_at IS NOT NULL, rejected_at IS NOT NULL FROM decision")
    assert published != rejected
    assert (ikvd.days() != []) == published


def test_a_low_flag_is_published_and_reported_and_a_high_one_holds_until_confirmed(ikvd: Office) -> None:
    number = ikvd.accepted()
    late = ikvd.at(date(2026, 6, 1))
    done = late.confirm(proposed(late, number))
    assert done.decision is not None
    assert (done.decision.state, done.decision.flags) == ("published", [("CLOCK_OVERRUN", "low", False)])
    other = ikvd.accepted("OWN", programme="31014011")
    backdated = proposed(ikvd, other, number="V-2", valid_from=date(2026, 2, 1))
    held = ikvd.confirm(backdated)
    assert held.decision is not None
    assert (held.stage, held.must_act, held.decision.state) == ("decided", "checker", "held")
    with pytest.raises(SameOfficer):
        ikvd.release(backdated, "BACKDATED", by=ikvd.officer("LV-maker"))
    with pytest.raises(NoDecisionOpen):
        ikvd.release(backdated, "CUTS_TERM")
    with pytest.raises(AppealNotPossible):
        ikvd.appeal(backdated)
    published = ikvd.release(backdated, "BACKDATED", by=ikvd.officer("LV-third"))
    assert published.decision is not None
    assert (published.must_act, published.decision.state) == ("nobody", "published")


def test_annulment_for_programmes_with_learners_is_held_and_supersedes_the_licence(ikvd: Office) -> None:
    granted = ikvd.decided(ikvd.accepted())
    ikvd.register.programme(SCHOOL, PROGRAMME, licensed=False)
    ikvd.register.learns(ikvd.register.person("04051820016"), SCHOOL, days("2025-09-01"), programme=PROGRAMME)
    with pytest.raises(InvalidQuestion):
        ikvd.propose(None, "annul", decision_id=granted, number="V-2", reason=None)
    later = ikvd.at(date(2026, 9, 1))
    annulled = later.propose(None, "annul", decision_id=granted, number="V-2", valid_from=date(2026, 10, 1)).decision
    assert annulled is not None
    assert annulled.flags == [("LEARNERS_AFFECTED", "high", False)]
    later.confirm(annulled.decision_id)
    assert ikvd.days() == [("LIC", "2026-03-02", None)]
    later.release(annulled.decision_id, "LEARNERS_AFFECTED")
    assert ikvd.days() == [("LIC", "2026-03-02", "2026-09-30"), ("ANU", "2026-10-01", None)]
    chain = ikvd.register.execute("SELECT outcome, supersedes, published_at IS NOT NULL FROM decision ORDER BY id")
    assert chain == [("grant", None, True), ("annul", granted, True)]
    with pytest.raises(UnlawfulTerm):
        later.propose(None, "annul", decision_id=granted, number="V-3", valid_from=date(2026, 11, 1))


def test_a_revoked_annulment_leaves_no_gap_and_everything_readable(ikvd: Office) -> None:
    granted = ikvd.decided(ikvd.accepted())
    annulled = ikvd.decided(None, "annul", decision_id=granted, number="V-2")
    assert ikvd.days() == [("ANU", ON.isoformat(), None)]
    assert ikvd.appeal(annulled).must_act == "ministry"
    with pytest.raises(AppealNotPossible):
        ikvd.appeal(annulled)
    with pytest.raises(NotTheAuthority):
        ikvd.do(decide_appeal, ikvd.officer(), annulled, "upheld", None, None)
    revoked = ikvd.decide(annulled, "revoked")
    assert (revoked.stage, revoked.must_act) == ("accepted", "authority")
    assert ikvd.days() == [("LIC", ON.isoformat(), None)]
    assert ikvd.register.execute("SELECT status, upper_inf(recorded) FROM recognition_period ORDER BY id") == [
        ("LIC", False),
        ("ANU", False),
        ("LIC", True),
    ]
    with pytest.raises(NoDecisionOpen):
        ikvd.decide(annulled)


def test_a_decision_is_appealed_after_its_programme_was_closed(ikvd: Office) -> None:
    refused = ikvd.decided(ikvd.accepted(), "refuse")
    ikvd.register.programme(SCHOOL, PROGRAMME, valid=days("2020-09-01", "2026-03-10"), licensed=False)
    ikvd.register.execute("UPDATE institution_profile SET closed_on = '2026-03-15' WHERE institution = :s", s=SCHOOL)
    later = ikvd.at(date(2026, 3, 20))
    assert later.appeal(refused).must_act == "ministry"
    assert later.decide(refused, "revoked").stage == "accepted"
    assert ikvd.days() == []
    again = later.propose(number_of(ikvd), number="V-2").decision
    assert again is not None
    assert again.flags == [("OBJECT_CLOSED", "low", False)]
    later.confirm(again.decision_id)
    assert ikvd.days() == [("LIC", "2026-03-20", None)]


def number_of(ikvd: Office) -> int:
    [(number,)] = ikvd.register.execute("SELECT id FROM proceeding")
    return int(number)


def test_an_appeal_comes_within_a_month_and_an_upheld_decision_stands(ikvd: Office) -> None:
    refused = ikvd.decided(ikvd.accepted(), "refuse")
    with pytest.raises(AppealNotPossible, match="month"):
        ikvd.at(date(2028, 1, 3)).appeal(refused)
    with pytest.raises(InvalidDay):
        ikvd.at(date(2028, 1, 3)).appeal(refused, on=date(2026, 3, 10))
    ikvd.appeal(refused)
    upheld = ikvd.decide(refused)
    assert (upheld.stage, upheld.must_act) == ("decided", "nobody")
    with pytest.raises(AppealNotPossible):
        ikvd.appeal(refused)
    assert ikvd.days() == [("ATT", ON.isoformat(), None)]


def test_the_month_of_an_appeal_runs_from_the_publication_of_what_a_flag_held(ikvd: Office) -> None:
    held = proposed(ikvd, ikvd.accepted(), valid_from=date(2026, 2, 1))
    ikvd.confirm(held)
    ikvd.register.execute("UPDATE decision SET confirmed_at = now() - interval '3 months'")
    ikvd.release(held, "BACKDATED")
    [(published_on,)] = ikvd.register.execute("SELECT published_at::date FROM decision")
    assert ikvd.at(published_on).appeal(held).must_act == "ministry"


def test_another_school_neither_appeals_nor_sees_the_decision(ikvd: Office) -> None:
    refused = ikvd.decided(ikvd.accepted(), "refuse")
    with pytest.raises(UnknownDecision):
        ikvd.appeal(refused, by=ikvd.head("4513900002"))
