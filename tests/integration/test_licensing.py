"""Licences: from an application through completeness, questions and two officers to the days of the public register."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.accreditation.completing import accept_application
from core.accreditation.proceeding import ProceedingDetail, get_proceeding
from core.accreditation.proceedings import AskedProceedings, list_proceedings
from core.accreditation.stages import Stage
from core.accreditation.working import Clerk
from core.errors import (
    ApplicationIncomplete,
    InformationAwaited,
    InvalidDay,
    InvalidItem,
    InvalidQuestion,
    NoDecisionOpen,
    NotTheAuthority,
    OutsideScope,
    ProceedingOpen,
    RetiredProgramme,
    UnknownCode,
    UnknownInstitution,
    UnknownProceeding,
    UnlawfulTerm,
    UserRequired,
    VersionConflict,
    WrongStage,
)
from tests.integration.licensing import ON, OTHER, PROGRAMME, Office, office
from tests.register import Register


@pytest.fixture
def ikvd(register: Register) -> Office:
    return office(register)


def test_a_complete_application_becomes_a_licence_from_its_day(ikvd: Office) -> None:
    opened = ikvd.applied("OWN", starts_on=date(2026, 9, 1))
    assert (opened.stage, opened.must_act, opened.missing, opened.due_on) == ("submitted", "authority", [], "2026-04-02")
    assert ikvd.accept(opened.proceeding_id).stage == "accepted"
    proposed = ikvd.propose(opened.proceeding_id, valid_from=date(2026, 9, 1))
    assert proposed.decision is not None
    assert (proposed.must_act, proposed.decision.state, ikvd.days()) == ("checker", "proposed", [])
    done = ikvd.confirm(proposed.decision.decision_id)
    assert done.decision is not None
    assert (done.stage, done.must_act, done.decision.state, done.decision.flags) == ("decided", "nobody", "published", [])
    assert ikvd.days() == [("LIC", "2026-09-01", None)]


def test_what_a_kind_of_application_needs_is_missing_until_it_comes(ikvd: Office) -> None:
    opened = ikvd.applied("OWN", items=["PROGRAMME_TEXT", "STAFF"])
    assert opened.missing == ["PREMISES", "JUSTIFICATION", "SUBJECT_PROGRAMMES"]
    with pytest.raises(ApplicationIncomplete):
        ikvd.accept(opened.proceeding_id)
    with pytest.raises(InvalidQuestion):
        ikvd.send_back(opened.proceeding_id, " ")
    returned = ikvd.send_back(opened.proceeding_id)
    assert (returned.stage, returned.must_act, returned.due_on) == ("returned", "applicant", None)
    again = ikvd.at(ON + timedelta(days=7)).applied("OWN", number=opened.proceeding_id)
    assert (again.stage, again.missing, again.due_on) == ("submitted", [], "2026-04-09")


def test_a_draft_has_no_clock_and_becomes_an_application_by_the_law_of_its_day(ikvd: Office) -> None:
    draft = ikvd.at(date(2024, 6, 12)).applied("INSTITUTION", draft=True, items=[])
    assert (draft.stage, draft.must_act, draft.due_on) == ("draft", "applicant", None)
    assert "HEAD_ASSESSMENT" not in draft.missing
    applied = ikvd.at(date(2024, 6, 13)).applied("INSTITUTION", number=draft.proceeding_id, items=[])
    assert "HEAD_ASSESSMENT" in applied.missing
    [(law, on)] = ikvd.register.execute("SELECT law, applied_on::text FROM proceeding")
    assert (law, on) == ("MK 325/2024", "2024-06-13")


def test_a_returned_application_is_judged_by_the_law_under_which_it_was_made(ikvd: Office) -> None:
    opened = ikvd.at(date(2024, 6, 12)).applied("INSTITUTION", items=[])
    ikvd.at(date(2024, 6, 12)).send_back(opened.proceeding_id)
    again = ikvd.at(date(2024, 6, 20)).applied("INSTITUTION", number=opened.proceeding_id, items=["SELF_EVALUATION"])
    assert again.missing == ["STAFF", "FOUNDER_CONSENT"]
    assert ikvd.register.execute("SELECT law, applied_on::text FROM proceeding") == [("MK 618/2020", "2024-06-12")]


def test_a_question_stops_the_clock_and_gives_two_months(ikvd: Office) -> None:
    number = ikvd.accepted()
    asked = ikvd.ask(number, "Kas māca ķīmiju?", "Kur ir laboratorija?")
    assert (asked.stage, asked.must_act, asked.due_on, asked.clock_stopped) == ("accepted", "applicant", None, True)
    with pytest.raises(InformationAwaited):
        ikvd.propose(number)
    later = ikvd.at(ON + timedelta(days=10))
    assert later.answer(number, only=1).clock_stopped
    answered = later.answer(number)
    assert (answered.must_act, answered.clock_stopped, answered.due_on) == ("authority", False, "2026-05-12")
    with pytest.raises(NoDecisionOpen):
        later.answer(number)


def test_an_application_for_a_code_that_has_ended_is_refused_by_the_name_of_the_rule(ikvd: Office) -> None:
    paper = ikvd.officer()
    with pytest.raises(RetiredProgramme, match=r"Evening form.*MK 737/2021"):
        ikvd.applied("OWN", programme="31011012", by=paper, applied_on=date(2022, 9, 1))
    assert ikvd.applied("OWN", programme="31011012", by=paper, applied_on=date(2022, 8, 31)).stage == Stage.SUBMITTED
    with pytest.raises(InvalidDay, match="authority"):
        ikvd.applied("OWN", programme="31011112", applied_on=date(2022, 8, 31))
    number = ikvd.accepted("OWN", programme="30222011", by=paper, applied_on=date(2023, 6, 30))
    with pytest.raises(RetiredProgramme, match="222"):
        ikvd.propose(number, valid_from=date(2023, 9, 1))


def test_a_model_programme_is_entered_a_month_before_it_starts(ikvd: Office) -> None:
    with pytest.raises(UnlawfulTerm, match="MK 218/2019"):
        ikvd.applied("MODEL", starts_on=ON + timedelta(days=30))
    with pytest.raises(UnlawfulTerm):
        ikvd.applied("MODEL")
    entered = ikvd.applied("MODEL", starts_on=date(2026, 4, 2))
    assert entered.stage == "submitted"
    ikvd.send_back(entered.proceeding_id)
    again = ikvd.at(date(2026, 3, 20))
    with pytest.raises(UnlawfulTerm):
        again.applied("MODEL", number=entered.proceeding_id, starts_on=date(2026, 4, 2))
    assert again.applied("MODEL", number=entered.proceeding_id, starts_on=date(2026, 4, 20)).stage == "submitted"


def test_one_proceeding_about_one_programme_is_open_at_a_time(ikvd: Office) -> None:
    number = ikvd.accepted()
    with pytest.raises(ProceedingOpen):
        ikvd.applied("MODEL", starts_on=date(2027, 1, 1))
    ikvd.decided(number)
    assert ikvd.applied("OWN").stage == "submitted"


def test_what_was_not_submitted_or_was_sent_back_does_not_stand_in_the_way_of_another_application(ikvd: Office) -> None:
    draft = ikvd.applied("MODEL", starts_on=date(2027, 1, 1), draft=True).proceeding_id
    with pytest.raises(InvalidQuestion, match="anew"):
        ikvd.applied("OWN", number=draft)
    returned = ikvd.applied("OWN").proceeding_id
    ikvd.send_back(returned)
    assert ikvd.applied("OWN").stage == "submitted"
    for number, kind in ((draft, "MODEL"), (returned, "OWN")):
        with pytest.raises(ProceedingOpen):
            ikvd.applied(kind, starts_on=date(2027, 1, 1), number=number)


def test_what_cannot_be_applied_for_is_refused_and_leaves_nothing(ikvd: Office) -> None:
    with pytest.raises(OutsideScope):
        ikvd.applied("OWN", institution=OTHER)
    with pytest.raises(UnknownInstitution):
        ikvd.applied("OWN", institution="4513900099", by=ikvd.head("4513900099"))
    with pytest.raises(InvalidItem):
        ikvd.applied("OWN", programme=None)
    with pytest.raises(InvalidItem):
        ikvd.applied("INSTITUTION", programme=PROGRAMME)
    with pytest.raises(UnknownCode):
        ikvd.applied("OWN", items=["SELF_EVALUATION"])
    with pytest.raises(InvalidDay):
        ikvd.applied("OWN", applied_on=ON + timedelta(days=1))
    with pytest.raises(UserRequired):
        ikvd.applied("OWN", by=ikvd.head()._replace(user=None))
    assert ikvd.register.execute("SELECT count(*) FROM proceeding") == [(0,)]


def test_who_is_not_the_authority_does_nothing_of_the_authority(ikvd: Office) -> None:
    number = ikvd.applied().proceeding_id
    with pytest.raises(NotTheAuthority):
        ikvd.do(accept_application, ikvd.head(), number, None, None)
    with pytest.raises(NotTheAuthority):
        ikvd.propose(number, by=ikvd.head())
    with pytest.raises(UnknownProceeding):
        ikvd.applied("OWN", number=number, by=ikvd.head(OTHER), institution=OTHER)


def test_who_saw_an_older_version_is_refused(ikvd: Office) -> None:
    opened = ikvd.applied()
    ikvd.send_back(opened.proceeding_id)
    with pytest.raises(VersionConflict):
        ikvd.do(accept_application, ikvd.officer(), opened.proceeding_id, opened.version, None)


def test_acts_are_dated_in_their_order_and_not_in_the_future(ikvd: Office) -> None:
    number = ikvd.applied().proceeding_id
    with pytest.raises(InvalidDay):
        ikvd.accept(number, on=ON - timedelta(days=1))
    with pytest.raises(InvalidDay):
        ikvd.accept(number, on=ON + timedelta(days=1))
    ikvd.accept(number)
    with pytest.raises(WrongStage, match="MK 218/2019"):
        ikvd.accept(number)


def test_a_refusal_is_public_and_takes_nothing_from_who_holds_a_licence(ikvd: Office) -> None:
    ikvd.decided(ikvd.accepted(), "refuse")
    assert ikvd.days() == [("ATT", ON.isoformat(), None)]
    ikvd.decided(ikvd.accepted(), number="V-2", valid_from=date(2026, 9, 1))
    assert ikvd.days() == [("ATT", ON.isoformat(), "2026-08-31"), ("LIC", "2026-09-01", None)]
    ikvd.at(date(2026, 10, 1)).decided(ikvd.at(date(2026, 10, 1)).accepted(), "refuse", number="V-3")
    assert ikvd.days()[-1] == ("LIC", "2026-09-01", None)


def test_who_applied_is_not_told_what_is_only_proposed_nor_who_decided(ikvd: Office) -> None:
    number = ikvd.accepted()
    proposed = ikvd.propose(number).decision
    assert proposed is not None
    for_school, for_officer = looked(ikvd, ikvd.head(), number), looked(ikvd, ikvd.officer(), number)
    assert (for_school.decisions, [line.state for line in for_officer.decisions]) == ([], ["proposed"])
    assert [line.act for line in for_school.events] == ["submit", "accept"]
    assert [line.user_id for line in for_school.events] == ["LV-head", None]
    assert for_officer.events[-1].act == "propose"
    ikvd.confirm(proposed.decision_id)
    [line] = looked(ikvd, ikvd.head(), number).decisions
    assert (line.state, line.proposed_by, line.confirmed_by) == ("published", None, None)


def test_a_draft_is_its_author_s_own_until_it_is_submitted(ikvd: Office) -> None:
    number = ikvd.applied(draft=True).proceeding_id

    def seen(by: Clerk) -> tuple[int, bool]:
        asked = AskedProceedings(None, None, None, None, None, None, None)
        with ikvd.register.databases.register.begin() as session:
            listed = list_proceedings(session, by, asked, None, 10, datetime.now(UTC)).proceedings
            return len(listed), get_proceeding(session, by, number, None, datetime.now(UTC))[1] is not None

    assert [seen(by) for by in (ikvd.head(), ikvd.head(OTHER), ikvd.officer())] == [(1, True), (0, False), (0, False)]
    ikvd.applied(number=number)
    assert [seen(by) for by in (ikvd.head(), ikvd.head(OTHER), ikvd.officer())] == [(1, True), (0, False), (1, True)]


def looked(ikvd: Office, by: Clerk, number: int) -> ProceedingDetail:
    with ikvd.register.databases.register.begin() as session:
        _, found = get_proceeding(session, by, number, None, datetime.now(UTC))
    assert found is not None
    return found
