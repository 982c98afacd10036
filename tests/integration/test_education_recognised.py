"""getPersonEducation on licences and accreditations: whether a programme was licensed and accredited on the row's last day."""

from datetime import UTC, date, datetime

import pytest

from core.access import Right, Scope, ScopeKind
from core.education import Named, person_education
from tests.contract.asking import answered, asking
from tests.integration.test_operations import service
from tests.posting import post
from tests.register import EVERYTHING, RIGA, Register, days

NOW, TODAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC), date(2026, 11, 23)
ANNA, SCHOOL, BASIC = "04051820016", "4513900001", "21011111"
FINISHED = {"status": "IZB", "end_reason": "02"}


def recognised(
    register: Register,
    on: date | None = None,
    as_of: datetime | None = None,
    today: date = TODAY,
    scope: Scope = EVERYTHING,
    rights: frozenset[str] = frozenset((Right.HEALTH,)),
) -> list[tuple[bool, bool]]:
    """Whether each programme was licensed and accredited, the newest affiliation first."""
    with register.databases.replica.begin() as session:
        found = person_education(session, scope, rights, Named("personal_code", "", ANNA), on, as_of, NOW, today)[1]
    assert found is not None
    return [(row[15], row[16]) for row in found.person.affiliations]


@pytest.fixture
def anna(register: Register) -> int:
    register.institution(SCHOOL)
    return register.person(ANNA)


def test_without_any_record_nothing_is_licensed_or_accredited(register, anna):
    register.programme(SCHOOL, BASIC, licensed=False)
    register.learns(anna, SCHOOL, programme=BASIC)
    assert recognised(register) == [(False, False)]


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2024-12-31", (False, False)),
        ("2025-01-01", (True, False)),
        ("2025-01-31", (True, False)),
        ("2025-02-01", (True, True)),
        ("2026-01-31", (True, True)),
        ("2026-02-01", (True, False)),
        ("2026-08-31", (True, False)),
        ("2026-09-01", (False, False)),
    ],
)
def test_an_affiliation_that_goes_on_is_judged_on_the_day_that_is_asked_about(register, anna, on, expected):
    register.programme(SCHOOL, BASIC, licence=days("2025-01-01", "2026-08-31"))
    register.accreditation(SCHOOL, days("2025-02-01", "2026-01-31"), "2Y")
    register.learns(anna, SCHOOL, programme=BASIC)
    assert recognised(register, date.fromisoformat(on)) == [expected]
    assert recognised(register, today=date.fromisoformat(on)) == [expected]


def test_an_affiliation_that_ended_keeps_what_held_on_its_last_day(register, anna):
    register.programme(SCHOOL, BASIC, licence=days("2020-01-01", "2025-05-31"))
    register.accreditation(SCHOOL, days("2023-01-01", "2025-05-30"))
    register.learns(anna, SCHOOL, days("2023-09-01", "2024-05-31"), BASIC, **FINISHED)
    register.learns(anna, SCHOOL, days("2024-09-01", "2025-05-31"), BASIC, **FINISHED)
    register.learns(anna, SCHOOL, days("2025-09-01"), BASIC)
    assert recognised(register) == [(False, False), (True, False), (True, True)]


@pytest.mark.parametrize(
    ("last", "of_its_own", "of_the_institution"), [("2022-08-10", True, False), ("2022-08-11", True, True), ("2023-05-31", False, True)]
)
def test_the_institution_counts_from_11_august_2022_and_the_programme_as_long_as_its_term(
    register, anna, last, of_its_own, of_the_institution
):
    register.learns(anna, SCHOOL, days("2020-09-01", last), BASIC, **FINISHED)
    other = "4513900002"
    register.institution(other)
    register.learns(anna, other, days("2019-09-01", last), BASIC, main=False, **FINISHED)
    register.accreditation(SCHOOL, days("2018-01-01", "2022-12-31"), programme=BASIC)
    register.accreditation(SCHOOL, days("2018-01-01", "2022-12-31"), programme="31016011")
    register.accreditation(other, days("2018-01-01", "2024-12-31"))
    assert recognised(register) == [(True, of_its_own), (True, of_the_institution)]


@pytest.mark.parametrize("status", ["REF", "ANN", "EXP"])
def test_a_refusal_or_an_annulment_is_no_accreditation(register, anna, status):
    register.learns(anna, SCHOOL, programme=BASIC)
    register.accreditation(SCHOOL, days("2020-01-01"), status)
    assert recognised(register) == [(True, False)]


def test_an_examination_centre_and_another_programme_accredit_nothing(register, anna):
    register.learns(anna, SCHOOL, programme=BASIC)
    register.accreditation(SCHOOL, days("2020-01-01"))
    register.execute("UPDATE recognition SET kind = 'examination_centre' WHERE kind = 'institution'")
    register.accreditation(SCHOOL, days("2020-01-01"), programme="31016011")
    assert recognised(register) == [(True, False)]


def test_a_licence_that_was_not_started_in_time_has_lapsed(register, anna):
    register.programme(SCHOOL, BASIC, licence=days("2025-01-01"))
    register.learns(anna, SCHOOL, days("2026-09-01"), BASIC)
    assert recognised(register) == [(True, False)]
    register.execute("UPDATE recognition_period SET start_by = '2025-12-31'")
    assert recognised(register) == [(False, False)]
    assert recognised(register, date(2026, 9, 1)) == [(False, False)]
    register.execute("UPDATE recognition_period SET started = true")
    assert recognised(register) == [(True, False)]
    register.execute("UPDATE recognition_period SET started = false")
    other = register.person("05061820014")
    register.learns(other, SCHOOL, days("2025-12-31", "2026-01-31"), BASIC, **FINISHED)
    assert recognised(register) == [(True, False)]
    register.execute("UPDATE recognition_period SET start_by = '2026-11-23'")
    assert recognised(register) == [(True, False)]


def test_what_was_known_then_is_answered_as_of_then(register, anna):
    register.learns(anna, SCHOOL, programme=BASIC)
    register.accreditation(SCHOOL, days("2024-01-01", "2029-12-31"))
    corrected = datetime(2026, 3, 1, tzinfo=UTC)
    register.execute("UPDATE recognition_period SET recorded = tstzrange(lower(recorded), :at)", at=corrected)
    assert recognised(register) == [(False, False)]
    assert recognised(register, as_of=datetime(2026, 2, 1, tzinfo=UTC)) == [(True, True)]
    assert recognised(register, as_of=datetime(2026, 4, 1, tzinfo=UTC)) == [(False, False)]


def test_before_the_day_by_which_to_start_nobody_knew_that_a_licence_would_lapse(register, anna):
    register.programme(SCHOOL, BASIC, licence=days("2025-01-01"))
    register.learns(anna, SCHOOL, days("2026-09-01"), BASIC)
    register.execute("UPDATE recognition_period SET start_by = '2025-12-31'")
    expected = {datetime(2025, 12, 31, 21, 59, tzinfo=UTC): (True, False), datetime(2025, 12, 31, 22, tzinfo=UTC): (False, False)}
    assert {as_of: recognised(register, date(2026, 9, 1), as_of)[0] for as_of in expected} == expected


def test_who_may_not_see_the_programme_is_told_whether_it_was_recognised(register, anna):
    register.lives(anna, RIGA)
    register.learns(anna, SCHOOL, programme=BASIC)
    register.accreditation(SCHOOL, days("2024-01-01", "2029-12-31"))
    assert recognised(register, rights=frozenset(), scope=Scope(ScopeKind.MUNICIPALITIES, (RIGA,))) == [(True, True)]


@pytest.mark.parametrize(
    ("fields", "shown"), [(None, ["true", "true"]), (["person/affiliations/affiliation/programmeAccredited"], [None, "true"])]
)
def test_the_answer_holds_both_at_its_end_and_a_grant_of_some_fields_gives_those(register, databases, anna, fields, shown):
    register.grant(fields=fields)
    register.learns(anna, SCHOOL, days("2024-09-01"), BASIC)
    register.accreditation(SCHOOL, days("2024-01-01", "2199-12-31"))
    answer = answered(post(service(databases), asking("getPersonEducation", f"<e:personalCode>{ANNA}</e:personalCode>")))
    row = answer.find("{*}person/{*}affiliations/{*}affiliation")
    assert [row.findtext(f"{{*}}{name}") for name in ("programmeLicensed", "programmeAccredited")] == shown
    assert row[-1].tag.endswith("programmeAccredited")
