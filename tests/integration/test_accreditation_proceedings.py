"""Accreditations: commission, visit, report, comments, terms, extension; by the law of the day."""

from datetime import date, timedelta

import pytest

from core.accreditation.evaluating import AppointedExpert
from core.errors import ConflictOfInterest, InvalidQuestion, KindEnded, UnlawfulTerm, WrongStage
from tests.integration.licensing import ON, Office, office
from tests.register import Register


@pytest.fixture
def ikvd(register: Register) -> Office:
    return office(register)


def test_an_institution_is_accredited_for_six_years_after_visit_report_and_comments(ikvd: Office) -> None:
    number = ikvd.accepted("INSTITUTION")
    appointed = ikvd.appoint(number)
    assert (appointed.stage, appointed.must_act) == ("experts_appointed", "experts")
    assert ikvd.visit(number).stage == "visited"
    assert ikvd.report(number).must_act == "applicant"
    assert ikvd.comment(number).must_act == "authority"
    assert ikvd.report(number, final=True).stage == "published"
    ikvd.decided(number, term="6Y")
    assert ikvd.days("institution") == [("6Y", "2026-03-02", "2032-03-01")]


def test_nothing_is_decided_before_the_report_is_final(ikvd: Office) -> None:
    number = ikvd.accepted("INSTITUTION")
    for step in (ikvd.appoint, ikvd.visit, ikvd.report, ikvd.comment):
        with pytest.raises(WrongStage, match="MK 618/2020; MK 325/2024"):
            ikvd.propose(number, term="6Y")
        step(number)
    with pytest.raises(WrongStage):
        ikvd.propose(number, term="6Y")


def test_an_expert_with_a_conflict_of_interest_is_not_appointed(ikvd: Office) -> None:
    number = ikvd.accepted("INSTITUTION")
    head, friend = AppointedExpert("Ilze Eksperte", True, False, ON), AppointedExpert("Jānis Draugs", False, True, ON)
    with pytest.raises(ConflictOfInterest):
        ikvd.appoint(number, head, friend)
    with pytest.raises(ConflictOfInterest, match="declares before"):
        ikvd.appoint(number, head._replace(declared_on=ON + timedelta(days=1)))
    for wrong in ([head, head], [head._replace(head=False)], [head._replace(name=" ")]):
        with pytest.raises(InvalidQuestion):
            ikvd.appoint(number, *wrong)
    assert ikvd.register.execute("SELECT count(*) FROM expert") == [(0,)]
    ikvd.appoint(number, head)
    ikvd.appoint(number, head._replace(name="Anna Cita"))
    assert ikvd.register.execute("SELECT name FROM expert WHERE upper_inf(recorded)") == [("Anna Cita",)]


def test_without_comments_the_report_is_final_once_their_time_is_over(ikvd: Office) -> None:
    number = ikvd.accepted("INSTITUTION")
    for step in (ikvd.appoint, ikvd.visit, ikvd.report):
        step(number)
    # Five working days from Monday, 2 March.
    with pytest.raises(WrongStage):
        ikvd.at(date(2026, 3, 9)).report(number, final=True)
    assert ikvd.at(date(2026, 3, 10)).report(number, final=True).stage == "published"


def test_programmes_are_accredited_no_more_and_what_was_granted_holds_to_its_day(ikvd: Office) -> None:
    with pytest.raises(KindEnded, match=r"11\.08\.2022|10\.08\.2022"):
        ikvd.at(date(2022, 8, 11)).applied("PROGRAMME")
    then = ikvd.at(date(2022, 8, 10))
    then.decided(then.evaluated("PROGRAMME"), term="6Y")
    assert ikvd.days("programme") == [("6Y", "2022-08-10", "2028-08-09")]


def test_terms_are_six_years_or_two_and_nothing_else(ikvd: Office) -> None:
    number = ikvd.evaluated("EXAM_CENTRE")
    for said in ({}, {"term": "2Y", "valid_to": date(2028, 3, 2)}, {"term": "EXT"}):
        with pytest.raises(UnlawfulTerm):
            ikvd.propose(number, **said)
    with pytest.raises(InvalidQuestion):
        ikvd.propose(number, "extend", valid_to=date(2028, 3, 1))
    ikvd.decided(number, term="2Y", valid_from=date(2026, 9, 1), valid_to=date(2028, 8, 31))
    assert ikvd.days("examination_centre") == [("2Y", "2026-09-01", "2028-08-31")]


def test_a_term_is_extended_by_two_years_at_most_also_in_steps(ikvd: Office) -> None:
    first = ikvd.decided(ikvd.evaluated(), term="2Y")
    with pytest.raises(UnlawfulTerm, match="two years"):
        ikvd.propose(None, "extend", decision_id=first, number="V-2", valid_to=date(2030, 3, 2))
    ikvd.decided(None, "extend", decision_id=first, number="V-2", valid_to=date(2029, 3, 1))
    assert ikvd.days("institution") == [("2Y", "2026-03-02", "2028-03-01"), ("EXT", "2028-03-02", "2029-03-01")]
    with pytest.raises(UnlawfulTerm):
        ikvd.propose(None, "extend", decision_id=first, number="V-3", valid_to=date(2030, 3, 2))
    ikvd.decided(None, "extend", decision_id=first, number="V-3", valid_to=date(2030, 3, 1))
    assert ikvd.days("institution")[-1] == ("EXT", "2029-03-02", "2030-03-01")


def test_an_institution_applies_for_an_extension_while_its_term_holds(ikvd: Office) -> None:
    with pytest.raises(UnlawfulTerm):
        ikvd.applied("EXTENSION")
    ikvd.decided(ikvd.evaluated(), term="2Y")
    number = ikvd.accepted("EXTENSION")
    ikvd.decided(number, "extend", number="V-2", valid_to=date(2028, 8, 31))
    assert ikvd.days("institution")[-1] == ("EXT", "2028-03-02", "2028-08-31")


def test_an_extraordinary_accreditation_runs_beside_an_ordinary_one_and_supersedes_the_term(ikvd: Office) -> None:
    ikvd.decided(ikvd.evaluated(), term="6Y")
    later = ikvd.at(date(2027, 3, 1))
    later.accepted("INSTITUTION")
    extraordinary = later.evaluated("EXTRAORDINARY")
    done = later.propose(extraordinary, term="2Y", number="V-2").decision
    assert done is not None
    assert ("CUTS_TERM", "high", False) in done.flags
    assert later.confirm(done.decision_id).must_act == "checker"
    later.release(done.decision_id, "CUTS_TERM")
    assert ikvd.days("institution") == [("6Y", "2026-03-02", "2027-02-28"), ("2Y", "2027-03-01", "2029-02-28")]
