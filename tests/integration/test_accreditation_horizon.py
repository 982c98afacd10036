"""What lapses within some months: the last lawful day to apply, who must act, how many learners it would cut off."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from core.access import Scope, ScopeKind
from core.accreditation.horizon import AskedHorizon, HorizonLine, horizon
from core.accreditation.listed import ListedDecision
from core.accreditation.loading import load_decisions
from core.errors import NotGranted, UnknownMunicipality
from tests.integration.licensing import OTHER, PROGRAMME, SCHOOL, Office, office
from tests.register import EVERYTHING, MADONA, RIGA, Register, days

ON = date(2027, 1, 4)
BASIC = "21011111"


def lapses(
    register: Register, months: int = 12, scope: Scope = EVERYTHING, on: date = ON, size: int = 100, **said: Any
) -> list[HorizonLine]:
    found, cursor = [], None
    while True:
        with register.databases.register.begin() as session:
            asked = AskedHorizon(months, on, said.get("municipality"), said.get("institution"))
            page = horizon(session, scope, asked, cursor, size, on, datetime.now(UTC))
        found += page.lines
        if (cursor := page.next_cursor) is None:
            return found


@pytest.fixture
def ikvd(register: Register) -> Office:
    """A school whose accreditation ends on 31 August 2027."""
    parties = office(register, date(2025, 9, 1))
    parties.decided(parties.evaluated(), term="2Y", number="A-1")
    return parties


def learns(register: Register, code: str, programme: str, level: str | None, school: str = SCHOOL, **more: object) -> None:
    register.learns(register.person(code), school, days("2026-09-01"), programme=programme, class_level=level, **more)


def test_a_term_that_ends_says_by_when_to_apply_and_who_must_act(ikvd: Office) -> None:
    [line] = lapses(ikvd.register)
    assert line[:2] + line[5:] == ("institution", SCHOOL, "2027-08-31", "2027-04-30", "institution", None, None, 0)
    assert [len(lapses(ikvd.register, months)) for months in (7, 8)] == [0, 1]
    later = ikvd.at(date(2027, 1, 4))
    number = later.applied("INSTITUTION").proceeding_id
    assert lapses(ikvd.register)[0][7:10] == ("authority", number, "submitted")
    later.send_back(number)
    assert lapses(ikvd.register)[0][7:10] == ("applicant", number, "returned")


def test_learners_who_finish_before_the_lapse_are_not_counted(ikvd: Office) -> None:
    register = ikvd.register
    for number, (programme, level) in enumerate([(BASIC, "9"), (BASIC, "8"), (BASIC, "1"), (PROGRAMME, "12"), (PROGRAMME, None)]):
        learns(register, f"0405182001{number}", programme, level)
    learns(register, "04051820022", "01011111", "P6")
    learns(register, "04051820023", BASIC, "8", status="ABS")
    assert lapses(register)[0].learners == 3


def test_an_extended_term_lapses_when_the_extension_ends(ikvd: Office) -> None:
    [(decision,)] = ikvd.register.execute("SELECT id FROM decision")
    ikvd.decided(None, "extend", decision_id=decision, number="A-2", valid_to=date(2027, 12, 31))
    assert [(line.lapses_on, line.apply_by) for line in lapses(ikvd.register)] == [("2027-12-31", "2027-08-31")]


def test_what_was_annulled_or_closed_lapses_no_more(ikvd: Office) -> None:
    ikvd.register.execute("UPDATE institution_profile SET closed_on = '2026-12-31' WHERE institution = :s", s=SCHOOL)
    assert lapses(ikvd.register) == []
    ikvd.register.execute("UPDATE institution_profile SET closed_on = NULL WHERE institution = :s", s=SCHOOL)
    [(decision,)] = ikvd.register.execute("SELECT id FROM decision")
    ikvd.decided(None, "annul", decision_id=decision, number="A-2")
    assert lapses(ikvd.register) == []


def test_a_term_still_lapses_when_a_refusal_or_an_annulment_follows_it(ikvd: Office) -> None:
    refusal = ("institution", SCHOOL, "", "IKVD", "A-2", "refuse", "REF", "2026-12-01", "2027-09-01", "")
    with ikvd.register.databases.register.begin() as session:
        assert load_decisions(session, [ListedDecision(2, *refusal)], ON).entered == 1
    assert [days[0] for days in ikvd.days("institution")] == ["2Y", "REF"]
    assert [(line.what, line.lapses_on) for line in lapses(ikvd.register)] == [("institution", "2027-08-31")]
    [(decision,)] = ikvd.register.execute("SELECT id FROM decision WHERE number = 'A-1'")
    ikvd.at(ON).decided(None, "annul", decision_id=decision, number="A-3", valid_from=date(2027, 6, 1))
    assert [(line.what, line.lapses_on) for line in lapses(ikvd.register)] == [("institution", "2027-05-31")]


def test_a_decision_that_is_held_or_appealed_waits_for_whom_it_waits(ikvd: Office) -> None:
    later = ikvd.at(ON)
    number = later.evaluated()
    refused = later.decided(number, "refuse", number="A-2")
    assert lapses(ikvd.register)[0][7:9] == ("institution", None)
    later.appeal(refused)
    assert lapses(ikvd.register)[0][7:10] == ("ministry", number, "decided")


def test_learners_of_a_licence_that_ends_are_counted_whoever_is_accredited(ikvd: Office) -> None:
    ikvd.register.programme(SCHOOL, BASIC, licence=days("2020-09-01", "2027-05-31"))
    learns(ikvd.register, "04051820016", BASIC, "9")
    learns(ikvd.register, "04051820022", BASIC, None)
    ikvd.register.accreditation(SCHOOL, days("2020-01-01", "2029-12-31"), programme=BASIC)
    assert [(line.what, line.lapses_on, line.learners) for line in lapses(ikvd.register, 6)] == [("licence", "2027-05-31", 2)]


def test_a_licence_that_has_to_start_lapses_on_its_day_unless_somebody_learns(ikvd: Office) -> None:
    later = ikvd.at(date(2026, 9, 1))
    later.decided(later.accepted("OWN"), number="V-1")
    [start, _] = sorted(lapses(ikvd.register), key=lambda line: line.what, reverse=True)
    assert start[:2] + start[3:4] + start[5:8] == ("licenceStart", SCHOOL, PROGRAMME, "2027-09-01", "2027-09-01", "institution")
    ikvd.register.programme(SCHOOL, PROGRAMME, licensed=False)
    learns(ikvd.register, "04051820016", PROGRAMME, "10")
    assert [line.what for line in lapses(ikvd.register)] == ["institution"]


def test_an_institution_that_was_never_accredited_is_due_five_years_after_its_opening(register: Register) -> None:
    register.institution(SCHOOL, opened_on=date(2022, 9, 1))
    register.institution(OTHER, opened_on=date(2022, 9, 1))
    register.programme(SCHOOL, BASIC)
    register.programme(OTHER, "01011111")
    learns(register, "04051820016", BASIC, "1")
    [line] = lapses(register)
    assert line[:2] + line[5:8] == ("firstAccreditation", SCHOOL, "2027-09-01", "2027-05-01", "institution")
    assert line.learners == 1


def test_a_programme_of_its_own_accreditation_saves_its_learners(ikvd: Office) -> None:
    register = ikvd.register
    register.programme(SCHOOL, PROGRAMME)
    learns(register, "04051820016", PROGRAMME, "10")
    assert lapses(register)[0].learners == 1
    then = ikvd.at(date(2022, 8, 1))
    then.decided(then.evaluated("PROGRAMME", programme=PROGRAMME), term="6Y", number="A-0")
    # Who is in class 10 now finishes in June 2029, after that accreditation, too; in class 11, in June 2028.
    assert [(line.what, line.learners) for line in lapses(register)] == [("institution", 1)]
    register.execute("UPDATE affiliation SET class_level = '11'")
    assert [(line.what, line.learners) for line in lapses(register)] == [("institution", 0)]


def test_municipalities_and_institutions_see_their_own(ikvd: Office) -> None:
    register = ikvd.register
    register.institution("4513900003", municipality=MADONA)
    for kind, values, seen in (
        (ScopeKind.MUNICIPALITIES, (RIGA,), 1),
        (ScopeKind.MUNICIPALITIES, (MADONA,), 0),
        (ScopeKind.INSTITUTIONS, (SCHOOL,), 1),
        (ScopeKind.INSTITUTIONS, (OTHER,), 0),
    ):
        assert len(lapses(register, scope=Scope(kind, values))) == seen
    assert (len(lapses(register, municipality=RIGA)), lapses(register, municipality=MADONA), lapses(register, institution=OTHER)) == (
        1,
        [],
        [],
    )
    with pytest.raises(NotGranted):
        lapses(register, scope=Scope(ScopeKind.PERSONS, ("04051820016",)))
    with pytest.raises(UnknownMunicipality):
        lapses(register, municipality="0009999")


def test_pages_neither_skip_nor_repeat(ikvd: Office) -> None:
    register = ikvd.register
    for number in range(3, 8):
        register.institution(f"451390000{number}", opened_on=date(2022, 9, number % 2 + 1))
        register.programme(f"451390000{number}", BASIC)
    found = lapses(register, size=100)
    assert len(found) == 6
    assert lapses(register, size=1) == found == lapses(register, size=4)
    assert [line.lapses_on for line in found] == sorted(line.lapses_on for line in found)
