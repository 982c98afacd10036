"""getProgrammeStatus, getPersonEducation and submitAffiliations say the same of a programme, whatever was decided."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from core.access import Right
from core.accreditation.lapsing import sweep_lapses
from core.accreditation.publishing import refold, subject
from core.accreditation.status import programme_status
from core.education import Affiliation, Named, person_education
from core.errors import ProgrammeNotLicensed
from core.submissions.known import RETIRED, Known, read
from tests.register import EVERYTHING, Register, days

NOW, TODAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC), date(2026, 11, 23)
SCHOOL, ANNA = "4513900001", "04051820016"
FIRST, DAYS, DAYS_OF_EACH = date(2019, 9, 1), (TODAY - date(2019, 9, 1)).days, 12
PROGRAMMES = [f"310{number}011" for number in range(16, 46)]
DECIDE = """
INSERT INTO decision (recognition_id, authority, number, outcome, status, decided_on, valid_from, valid_to, start_by, proposed_client,
    proposed_user, confirmed_at, confirmed_client, confirmed_user, published_at)
VALUES (:subject, 'IKVD', :number, :outcome, :status, :on, :first, :last, :start_by, 'IKVD', 'LV-1', now(), 'IKVD', 'LV-2', now())"""
OUTCOMES = {"licence": ("LIC", "ATT", "ANU"), "programme": ("6Y", "REF", "ANN"), "institution": ("2Y", "REF", "ANN")}


def chance_days(chance: Random, most: int) -> list[date]:
    return sorted(FIRST + timedelta(days=chance.randrange(DAYS)) for _ in range(chance.randint(0, most)))


def decide(register: Register, chance: Random, kind: str, programme: str | None) -> list[tuple[date, date]]:
    """A chain of decisions by chance, published; returns within which days teaching has to start."""
    starts = []
    with register.databases.register.begin() as session:
        key = subject(session, kind, SCHOOL, programme)
    for number, on in enumerate(chance_days(chance, 4)):
        outcome = chance.choice(("grant", "grant", "grant", "refuse", "annul"))
        granted = outcome == "grant"
        first = on + timedelta(days=chance.randrange(-20, 60))
        last = first + timedelta(days=chance.randrange(1, 900)) if granted and (kind != "licence" or chance.random() < 0.3) else None
        start_by = first + timedelta(days=365) if granted and kind == "licence" and chance.random() < 0.8 else None
        said = {"outcome": outcome, "status": OUTCOMES[kind][("grant", "refuse", "annul").index(outcome)], "start_by": start_by}
        register.execute(DECIDE, subject=key, number=f"{key}-{number}", on=on, first=first, last=last, **said)
        starts += [(first, start_by)] if start_by else []
    with register.databases.register.begin() as session:
        refold(session, key)
    return starts


@pytest.fixture
def school(register: Register) -> Register:
    """A school with programmes, in each of which somebody learns for single days; half of them start too late where they have to start."""
    chance = Random(1)
    register.codes()
    register.institution(SCHOOL)
    anna = register.person(ANNA)
    decide(register, chance, "institution", None)
    for number, programme in enumerate(PROGRAMMES):
        register.programme(SCHOOL, programme, licensed=False, valid=days("2010-01-01"))
        starts = decide(register, chance, "licence", programme)
        decide(register, chance, "programme", programme)
        for on in [FIRST + timedelta(days=chance.randrange(DAYS)) for _ in range(DAYS_OF_EACH)]:
            if number % 2 or not any(first <= on <= start_by for first, start_by in starts):
                register.learns(anna, SCHOOL, days(on.isoformat(), on.isoformat()), programme, status="IZB", main=False)
    return register


def refused(known: Known, programme: str, on: str) -> bool:
    try:
        known.check_programme(SCHOOL, programme, on)
    except ProgrammeNotLicensed:
        return True
    return False


def judgements(register: Register) -> Iterator[tuple[str, str, list[bool], list[bool]]]:
    """Of every day on which somebody learnt: the programme, whether it was licensed, and accredited, by each of those who say so."""
    with register.databases.register.begin() as session:
        asked = Named("personal_code", "", ANNA)
        _, found = person_education(session, EVERYTHING, frozenset((Right.HEALTH,)), asked, None, None, NOW, TODAY)
        assert found is not None
        known = read(session, TODAY, (RETIRED,), [(SCHOOL, programme) for programme in PROGRAMMES])
        for row in found.person.affiliations:
            line = Affiliation(*row)
            status = programme_status(session, SCHOOL, line.programme, date.fromisoformat(line.started_on), None, datetime.now(UTC), TODAY)
            licensed = [status.licensed, line.programme_licensed, not refused(known, line.programme, line.started_on)]
            yield line.programme, line.started_on, licensed, [status.accredited, line.programme_accredited]


def test_they_agree_on_every_day_before_the_sweep_and_after_it(school: Register) -> None:
    def told() -> list[tuple[str, str, list[bool], list[bool]]]:
        return list(judgements(school))

    before = told()
    assert len(before) > 250
    assert [day for day in before if len(set(day[2])) > 1 or len(set(day[3])) > 1] == []
    for said in (2, 3):
        assert {day[said][0] for day in before} == {True, False}, "chance gave days of both kinds"
    assert sweep_lapses(school.databases.register, TODAY) > 0
    assert told() == before
