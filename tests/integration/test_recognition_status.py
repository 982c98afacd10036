"""Whether a programme is licensed and an institution accredited: on any day, as known at any instant, also under old numbers."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.accreditation.institution_status import InstitutionAccreditation, institution_accreditation
from core.accreditation.lapsing import sweep_lapses
from core.accreditation.status import ProgrammeStatus, programme_status
from core.errors import InvalidDay
from tests.integration.licensing import ON, OTHER, PROGRAMME, SCHOOL, Office, office
from tests.register import Register, days

NOW = datetime.now(UTC)


@pytest.fixture
def ikvd(register: Register) -> Office:
    return office(register)


def status(ikvd: Office, on: date, as_of: datetime | None = None, institution: str = SCHOOL, today: date | None = None) -> ProgrammeStatus:
    with ikvd.register.databases.replica.begin() as session:
        now = datetime.now(UTC)
        return programme_status(session, institution, PROGRAMME, on, as_of, now, today or max(on, now.date()))


def accreditation(ikvd: Office, on: date, number: str = SCHOOL) -> InstitutionAccreditation:
    with ikvd.register.databases.replica.begin() as session:
        return institution_accreditation(session, number, on, None, datetime.now(UTC), ON)


def test_the_answer_changes_on_the_day_from_which_the_licence_holds(ikvd: Office) -> None:
    assert not status(ikvd, ON).found
    then = datetime.now(UTC)
    ikvd.decided(ikvd.accepted(), valid_from=date(2026, 9, 1))
    before, first = status(ikvd, date(2026, 8, 31)), status(ikvd, date(2026, 9, 1))
    assert (before.found, before.licensed, before.licence) == (True, False, None)
    assert not status(ikvd, date(2026, 9, 1), as_of=then).found
    assert (first.found, first.licensed, first.recognised) == (True, True, False)
    assert first.licence[:4] == ["LIC", "2026-09-01", None, "2027-09-01"]
    assert [decision[4:7] for decision in first.decisions] == [["V-1", "grant", "LIC"]]
    assert [decision[4] for decision in before.decisions] == ["V-1"], "what is decided for days to come is public"


def test_a_document_is_recognised_when_programme_and_institution_both_are(ikvd: Office) -> None:
    ikvd.decided(ikvd.accepted())
    ikvd.decided(ikvd.evaluated(), term="2Y", number="A-1")
    known = status(ikvd, date(2028, 3, 1), today=ON)
    assert (known.licensed, known.accredited, known.recognised) == (True, True, True)
    assert known.institution_accreditation[:3] == ["2Y", "2026-03-02", "2028-03-01"]
    after = status(ikvd, date(2028, 3, 2), today=ON)
    assert (after.licensed, after.accredited, after.recognised) == (True, False, False)
    assert after.institution_accreditation[0] == "EXP"


def test_a_programme_accredited_before_the_change_of_law_answers_to_its_last_day(ikvd: Office) -> None:
    then = ikvd.at(date(2021, 3, 1))
    then.decided(then.evaluated("PROGRAMME"), term="6Y", number="A-1")
    for on, accredited in ((date(2021, 3, 1), True), (date(2027, 2, 28), True), (date(2027, 3, 1), False)):
        known = status(ikvd, on)
        assert (known.found, known.accredited, known.programme_accreditation[0]) == (True, accredited, "6Y" if accredited else "EXP")


def test_an_institution_accredits_its_programmes_only_since_the_change_of_law(ikvd: Office) -> None:
    then = ikvd.at(date(2021, 3, 1))
    then.decided(then.evaluated(), term="6Y", number="A-1")
    assert [status(ikvd, on).accredited for on in (date(2022, 8, 10), date(2022, 8, 11))] == [False, True]


def test_what_was_known_before_a_decision_stays_readable(ikvd: Office) -> None:
    granted = ikvd.decided(ikvd.accepted())
    then = datetime.now(UTC)
    annulled = ikvd.decided(None, "annul", decision_id=granted, number="V-2")
    now = status(ikvd, ON)
    assert (now.licensed, now.licence[0]) == (False, "ANU")
    assert [(decision[0], decision[11]) for decision in now.decisions] == [(annulled, granted), (granted, None)]
    known = status(ikvd, ON, as_of=then)
    assert (known.licensed, [decision[0] for decision in known.decisions]) == (True, [granted])
    ikvd.appeal(annulled)
    assert status(ikvd, ON).decisions[0][13] == [[ON.isoformat(), None, None]]
    ikvd.decide(annulled, "revoked")
    undone = status(ikvd, ON)
    assert (undone.licensed, undone.decisions[0][12] is not None, undone.decisions[0][13][0][1]) == (True, True, "revoked")


def test_what_is_proposed_held_or_rejected_is_nowhere(ikvd: Office) -> None:
    number = ikvd.accepted()
    proposed = ikvd.propose(number, valid_from=ON - timedelta(days=1)).decision
    assert proposed is not None
    for step in (lambda: None, lambda: ikvd.confirm(proposed.decision_id)):
        step()
        known = status(ikvd, ON)
        assert (known.found, known.decisions) == (False, [])


def test_a_licence_that_was_not_started_has_lapsed_before_the_sweep_and_after_it(ikvd: Office) -> None:
    then = ikvd.at(date(2024, 9, 1))
    then.decided(then.accepted(), valid_from=date(2024, 9, 1))
    days_ = (date(2025, 9, 1), date(2025, 9, 2))
    assert [status(ikvd, on, today=date(2025, 9, 1)).licensed for on in days_] == [True, True], "whether it will start is not known yet"
    for _ in range(2):
        assert [(status(ikvd, on).licensed, status(ikvd, on).licence[0]) for on in days_] == [(True, "LIC"), (False, "ZAU")]
        sweep_lapses(ikvd.register.databases.register, date(2026, 1, 1))
    ikvd.register.programme(SCHOOL, PROGRAMME, licensed=False)
    ikvd.register.learns(ikvd.register.person("04051820016"), SCHOOL, days("2025-08-20"), programme=PROGRAMME)
    sweep_lapses(ikvd.register.databases.register, date(2026, 1, 1))
    assert status(ikvd, days_[1]).licensed
    assert status(ikvd, days_[1]).licence[3] is None


def test_before_the_day_by_which_to_start_nobody_knew_that_a_licence_would_lapse(ikvd: Office) -> None:
    ikvd.register.licence(SCHOOL, PROGRAMME, days("2024-09-01"))
    ikvd.register.execute("UPDATE recognition_period SET start_by = '2025-09-01'")
    on, then = date(2025, 9, 15), datetime(2025, 8, 31, 12, tzinfo=UTC)
    assert [status(ikvd, on, as_of).licence[0] for as_of in (None, then)] == ["ZAU", "LIC"]
    with ikvd.register.databases.replica.begin() as session:
        known = institution_accreditation(session, SCHOOL, on, then, datetime.now(UTC), date(2026, 3, 2))
    assert known.programmes[0][2:4] == [True, "LIC"]


def test_an_institution_that_merged_answers_under_its_old_number_and_names_who_continues_it(ikvd: Office) -> None:
    ikvd.decided(ikvd.evaluated(), term="2Y", number="A-1")
    ikvd.register.execute("UPDATE institution_profile SET closed_on = '2026-08-31' WHERE institution = :s", s=SCHOOL)
    ikvd.register.succession(SCHOOL, OTHER, "2026-09-01")
    old, heir = accreditation(ikvd, date(2026, 9, 1)), accreditation(ikvd, date(2026, 9, 1), OTHER)
    assert (old.found, old.open, old.accredited) == (True, False, True)
    assert [line[:2] for line in old.successors] == [[OTHER, "Rīgas 1. vidusskola"]]
    assert old.successors[0][4:] == [False, None]
    assert [line[0] for line in heir.predecessors] == [SCHOOL]
    assert status(ikvd, date(2026, 9, 1)).successors[0][0] == OTHER
    assert not accreditation(ikvd, ON, "4513900099").found


def test_a_renamed_institution_has_the_name_of_the_day(ikvd: Office) -> None:
    ikvd.register.execute("UPDATE institution_profile SET valid = daterange('2015-09-01', '2026-09-01') WHERE institution = :s", s=SCHOOL)
    ikvd.register.institution(SCHOOL, name="Rīgas Jaunā vidusskola", valid=days("2026-09-01"))
    names = [accreditation(ikvd, on).name for on in (date(2014, 1, 1), date(2026, 8, 31), date(2026, 9, 1))]
    assert names == ["Rīgas 1. vidusskola", "Rīgas 1. vidusskola", "Rīgas Jaunā vidusskola"]


def test_an_institution_shows_its_programmes_and_its_examination_centre(ikvd: Office) -> None:
    ikvd.decided(ikvd.accepted())
    ikvd.decided(ikvd.evaluated("EXAM_CENTRE"), term="6Y", number="A-1")
    known = accreditation(ikvd, ON)
    assert known.programmes == [[PROGRAMME, None, True, "LIC", "2026-03-02", None, False]]
    assert known.examination_centre[0] == "6Y"
    assert {decision[1] for decision in known.decisions} == {"licence", "examinationCentre"}


def test_an_institution_shows_a_programme_that_it_offers_without_a_licence(ikvd: Office) -> None:
    ikvd.register.programme(SCHOOL, PROGRAMME, "Pamatprogramma", licensed=False, valid=days("2026-09-01", "2027-08-31"))
    shown = [[PROGRAMME, "Pamatprogramma", False, None, None, None, False]]
    assert [accreditation(ikvd, date(year, month, 1)).programmes for year, month in ((2026, 8), (2026, 9), (2027, 9))] == [[], shown, []]
    ikvd.decided(ikvd.accepted(), valid_from=date(2027, 1, 1))
    assert accreditation(ikvd, date(2026, 9, 1)).programmes == shown
    assert accreditation(ikvd, date(2027, 1, 1)).programmes[0][2:5] == [True, "LIC", "2027-01-01"]


def test_days_that_the_register_does_not_cover_are_refused(ikvd: Office) -> None:
    with pytest.raises(InvalidDay):
        status(ikvd, date(1899, 1, 1))
    with pytest.raises(InvalidDay):
        status(ikvd, ON, as_of=NOW + timedelta(days=1))
