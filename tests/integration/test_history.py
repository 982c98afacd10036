"""What was known then: each reading operation after a correction, a merge, a separation and a swap of codes."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.access import Right, Scope, ScopeKind
from core.education import Found, Named, person_education
from core.institutions import Asked as AskedInstitutions
from core.institutions import Institution, institution, institutions_page
from core.learners import Asked, LearnersPage, learners_page
from tests.register import EVERYTHING, MADONA, RIGA, Register, days, since

TODAY = date(2026, 11, 24)
CORRECTED = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
BEFORE = CORRECTED - timedelta(days=1)
ANNA, PETERIS, OLD_CODE = "04051820016", "04051820008", "04051820219"
SCHOOL, OTHER = "3013900002", "4513900001"
FIRST, THEN = since(datetime(2026, 9, 1, tzinfo=UTC), CORRECTED), since(CORRECTED)


def person(
    register: Register, code: str, as_of: datetime | None = None, scope: Scope = EVERYTHING, on: date | None = None, *rights: Right
) -> Found | None:
    with register.databases.replica.begin() as session:
        named = Named("personal_code", "", code)
        return person_education(session, scope, frozenset(rights), named, on, as_of, datetime.now(UTC), TODAY)[1]


def learners(
    register: Register,
    as_of: datetime | None = None,
    scope: Scope = EVERYTHING,
    cursor: str | None = None,
    size: int = 100,
    **asked: object,
) -> LearnersPage:
    question = Asked(**{"institution": SCHOOL, "municipality": None, "on": TODAY, **asked, "as_of": as_of})
    with register.databases.replica.begin() as session:
        return learners_page(session, scope, frozenset(), question, cursor, size, datetime.now(UTC))


def school(register: Register, as_of: datetime | None = None, on: date = TODAY, number: str = SCHOOL) -> Institution | None:
    with register.databases.replica.begin() as session:
        return institution(session, number, on, as_of, datetime.now(UTC))[1]


def schools(register: Register, as_of: datetime | None = None, on: date = TODAY, **asked: object) -> list[str]:
    question = AskedInstitutions(**{"municipality": None, "type": None, "name_part": None, "on": on, **asked, "as_of": as_of})
    with register.databases.replica.begin() as session:
        return [line[1] for line in institutions_page(session, question, None, 100, datetime.now(UTC)).institutions]


def corrected(register: Register, table: str) -> None:
    """What a table says so far holds no longer: it was corrected."""
    register.execute(f"UPDATE {table} SET recorded = tstzrange(lower(recorded), :at) WHERE upper_inf(recorded)", at=CORRECTED)


def moved(register: Register, code: str, person: int, current: bool = True) -> datetime:
    """Gives an identity to a person; returns an instant at which that was not so yet."""
    [[instant]] = register.execute("SELECT now() - interval '1 microsecond'")
    register.execute(
        "UPDATE identity SET person_id = :person, current = :current WHERE value = :code", code=code, person=person, current=current
    )
    return instant


def two_learners(register: Register) -> tuple[int, int]:
    register.institution(SCHOOL, "Rīgas skola")
    register.institution(OTHER, "Madonas skola", MADONA)
    anna, peteris = register.person(ANNA, "Anna", "Bērziņa"), register.person(PETERIS, "Pēteris", "Ozols")
    register.learns(anna, SCHOOL)
    register.learns(peteris, OTHER)
    register.lives(anna, RIGA)
    register.lives(peteris, MADONA)
    return anna, peteris


def test_a_correction_of_today_leaves_what_was_known_yesterday_for_every_day(register: Register) -> None:
    anna, _ = two_learners(register)
    corrected(register, "affiliation")
    register.learns(anna, SCHOOL, days("2023-09-01", "2025-05-31"), class_level="5", status="IZB", recorded=THEN)
    register.learns(anna, SCHOOL, days("2025-09-01"), class_level="6", recorded=THEN)
    assert [row[5] for row in person(register, ANNA).person.affiliations] == ["6", "5"]
    assert [row[5] for row in person(register, ANNA, BEFORE).person.affiliations] == ["1"]
    assert [row[5] for row in person(register, ANNA, on=date(2025, 5, 31)).person.affiliations] == ["5"]
    assert [row[5] for row in person(register, ANNA, BEFORE, on=date(2025, 8, 1)).person.affiliations] == ["1"]
    assert person(register, ANNA, BEFORE, on=date(2024, 8, 31)).person.affiliations == []
    assert [line[8] for line in learners(register).learners] == ["6"]
    assert [line[8] for line in learners(register, BEFORE).learners] == ["1"]
    assert [line[8] for line in learners(register, on=date(2025, 5, 31)).learners] == ["5"]
    assert [line[8] for line in learners(register, BEFORE, on=date(2025, 8, 1)).learners] == ["1"]


def test_names_residence_and_posts_are_those_known_then(register: Register) -> None:
    anna, _ = two_learners(register)
    register.teaches(anna, SCHOOL)
    for table in ("person_profile", "residence", "teaching_post"):
        corrected(register, table)
    register.execute(
        "INSERT INTO person_profile (person_id, given_name, surname, born_on, source, recorded)"
        " SELECT person_id, given_name, 'Kalniņa', born_on, source, tstzrange(upper(recorded), NULL) FROM person_profile"
    )
    register.lives(anna, MADONA, recorded=THEN)
    now, then = person(register, ANNA).person, person(register, ANNA, BEFORE).person
    assert (now.surname, now.municipality, len(now.teaching_posts)) == ("Kalniņa", MADONA, 0)
    assert (then.surname, then.municipality, len(then.teaching_posts)) == ("Bērziņa", RIGA, 1)
    assert learners(register, BEFORE).learners[0][3] == "Bērziņa"


def test_the_name_of_the_institution_and_of_the_programme_are_those_known_then(register: Register) -> None:
    two_learners(register)
    for table in ("institution_profile", "programme_profile"):
        corrected(register, table)
    register.institution(SCHOOL, "Rīgas Jaunā skola", recorded=THEN)
    register.programme(SCHOOL, "21011111", "Pamatizglītība", recorded=THEN)
    now = person(register, ANNA, None, EVERYTHING, None, Right.HEALTH).person.affiliations[0]
    then = person(register, ANNA, BEFORE, EVERYTHING, None, Right.HEALTH).person.affiliations[0]
    assert (now[1], now[3]) == ("Rīgas Jaunā skola", "Pamatizglītība")
    assert (then[1], then[3]) == ("Rīgas skola", "Programma")


def test_a_programme_that_was_renamed_keeps_its_name_for_who_learnt_it_before(register: Register) -> None:
    register.institution(SCHOOL)
    register.programme(SCHOOL, "21011111", "Vecā programma", days("2015-09-01", "2024-08-31"))
    register.programme(SCHOOL, "21011111", "Jaunā programma", days("2024-09-01"))
    anna = register.person(ANNA)
    register.learns(anna, SCHOOL, days("2013-09-01", "2015-05-31"), status="IZB")
    register.learns(anna, SCHOOL, days("2022-09-01", "2024-05-31"), status="IZB")
    register.learns(anna, SCHOOL, days("2024-09-01"))
    rows = person(register, ANNA, None, EVERYTHING, None, Right.HEALTH).person.affiliations
    assert [row[3] for row in rows] == ["Jaunā programma", "Vecā programma", "Jaunā programma"]


def test_before_a_merge_there_were_two_people_each_with_its_own_rows_and_codes(register: Register) -> None:
    anna, _ = two_learners(register)
    before = moved(register, PETERIS, anna, current=False)
    merged = person(register, PETERIS)
    assert (merged.person_id, merged.person.personal_code, merged.person.former_personal_codes) == (anna, ANNA, [PETERIS])
    assert {row[0] for row in merged.person.affiliations} == {SCHOOL, OTHER}
    then = person(register, PETERIS, before)
    assert (then.person.given_name, then.person.personal_code, then.person.former_personal_codes) == ("Pēteris", PETERIS, [])
    assert [row[0] for row in then.person.affiliations] == [OTHER]
    assert then.persons == [anna], "whom it is about now"
    other = person(register, ANNA, before)
    assert (other.person.given_name, other.person.former_personal_codes) == ("Anna", [])
    assert [row[0] for row in other.person.affiliations] == [SCHOOL]
    assert [line[:4] for line in learners(register, before, institution=OTHER).learners] == [(PETERIS, None, "Pēteris", "Ozols")]
    assert [line[:4] for line in learners(register, institution=OTHER).learners] == [(ANNA, None, "Anna", "Bērziņa")]


def test_after_a_merge_what_is_known_now_decides_who_may_see_what_was_known_before(register: Register) -> None:
    anna, peteris = two_learners(register)
    before = moved(register, PETERIS, anna, current=False)
    assert person(register, PETERIS, before, Scope(ScopeKind.MUNICIPALITIES, (RIGA,))).person.given_name == "Pēteris"
    assert person(register, PETERIS, before, Scope(ScopeKind.PERSONS, (ANNA,))).person.given_name == "Pēteris"
    register.execute("UPDATE person_profile SET restricted = true WHERE person_id = :anna", anna=anna)
    assert person(register, PETERIS, before).person.municipality is None
    assert person(register, PETERIS, before, EVERYTHING, None, Right.RESTRICTED).person.municipality == MADONA
    assert peteris not in person(register, PETERIS, before).persons


def test_an_identity_that_was_separated_shows_in_the_past_to_those_only_who_reach_everybody_it_was_taken_for(register: Register) -> None:
    anna, peteris = two_learners(register)
    moved(register, PETERIS, anna, current=False)
    together = moved(register, PETERIS, peteris)
    then = person(register, ANNA, together)
    assert {row[0] for row in then.person.affiliations} == {SCHOOL, OTHER}
    assert (then.person.former_personal_codes, then.persons) == ([PETERIS], [anna, peteris])
    assert person(register, ANNA, together, Scope(ScopeKind.MUNICIPALITIES, (RIGA,))) is None
    assert person(register, ANNA, together, Scope(ScopeKind.MUNICIPALITIES, (RIGA, MADONA))) is not None
    assert person(register, ANNA, together, Scope(ScopeKind.PERSONS, (ANNA,))) is None
    assert person(register, ANNA, together, Scope(ScopeKind.OWN, (ANNA,))) is None
    assert person(register, ANNA, None, Scope(ScopeKind.OWN, (ANNA,))).person.given_name == "Anna"
    in_other = {"institution": OTHER}
    assert [line[:3] for line in learners(register, together, **in_other).learners] == [(ANNA, None, "Anna")]
    assert sorted(learners(register, together, **in_other).persons) == [anna, peteris]
    assert learners(register, together, Scope(ScopeKind.INSTITUTIONS, (OTHER,)), **in_other).learners == []
    assert learners(register, together, Scope(ScopeKind.INSTITUTIONS, (OTHER, SCHOOL)), **in_other).learners != []
    assert learners(register, together, Scope(ScopeKind.PERSONS, (PETERIS,)), **in_other).learners == []


def test_one_safe_address_among_those_it_is_about_now_hides_the_municipality_of_then(register: Register) -> None:
    anna, peteris = two_learners(register)
    moved(register, PETERIS, anna, current=False)
    together = moved(register, PETERIS, peteris)
    assert person(register, ANNA, together).person.municipality == RIGA
    register.execute("UPDATE person_profile SET restricted = true WHERE person_id = :person", person=peteris)
    assert person(register, ANNA, together).person.municipality is None
    assert person(register, ANNA).person.municipality == RIGA
    reaching_both = Scope(ScopeKind.MUNICIPALITIES, (RIGA, MADONA))
    register.execute("UPDATE affiliation SET valid = '[2020-01-01,2020-01-02)' WHERE institution = :other", other=OTHER)
    assert person(register, ANNA, together, reaching_both) is None
    assert person(register, ANNA, together, reaching_both, None, Right.RESTRICTED) is not None


def test_swapped_codes_find_in_the_past_whom_they_found_then(register: Register) -> None:
    anna, peteris = two_learners(register)
    before = moved(register, ANNA, peteris, current=False)
    moved(register, PETERIS, anna, current=True)
    register.execute("UPDATE identity SET current = true WHERE value = :code", code=ANNA)
    assert (person(register, ANNA).person.given_name, person(register, PETERIS).person.given_name) == ("Pēteris", "Anna")
    then = person(register, ANNA, before)
    assert (then.person.given_name, then.person.personal_code, then.person.former_personal_codes) == ("Anna", ANNA, [])
    assert [row[0] for row in then.person.affiliations] == [SCHOOL]


def test_a_corrected_code_is_current_from_its_correction_on(register: Register) -> None:
    register.institution(SCHOOL)
    anna = register.person(OLD_CODE)
    register.learns(anna, SCHOOL)
    before = moved(register, OLD_CODE, anna, current=False)
    register.execute("INSERT INTO identity (person_id, scheme, value) VALUES (:anna, 'personal_code', :code)", anna=anna, code=ANNA)
    now, then = person(register, OLD_CODE).person, person(register, OLD_CODE, before).person
    assert (now.personal_code, now.former_personal_codes) == (ANNA, [OLD_CODE])
    assert (then.personal_code, then.former_personal_codes) == (OLD_CODE, [])
    assert person(register, ANNA, before) is None, "a code that nobody had yet"
    assert ([line[0] for line in learners(register).learners], [line[0] for line in learners(register, before).learners]) == (
        [ANNA],
        [OLD_CODE],
    )


def test_pages_go_on_as_they_began_when_people_are_merged_between_them(register: Register) -> None:
    register.institution(SCHOOL)
    people = [register.person(f"0405182{number:04d}", "Anna", surname) for number, surname in enumerate(["Āboliņa", "Kalniņa", "Zariņa"])]
    for one in people:
        register.learns(one, SCHOOL)
    first = learners(register, size=1)
    moved(register, "04051820002", people[0], current=False)
    second = learners(register, size=1, cursor=first.next_cursor)
    third = learners(register, size=1, cursor=second.next_cursor)
    assert [line[3] for page in (first, second, third) for line in page.learners] == ["Āboliņa", "Kalniņa", "Zariņa"]
    assert (third.learners[0][0], third.next_cursor) == ("04051820002", None)
    assert [line[3] for line in learners(register).learners] == ["Āboliņa", "Āboliņa", "Kalniņa"]


def test_a_closure_is_known_from_the_day_it_was_recorded_and_holds_from_the_day_it_says(register: Register) -> None:
    register.institution(SCHOOL, "Vecā skola", recorded=FIRST)
    register.institution(SCHOOL, "Vecā skola", closed_on=date(2026, 10, 31), recorded=THEN)
    now, then = school(register), school(register, BEFORE)
    assert (now.open, now.closed_on, then.open, then.closed_on) == (False, "2026-10-31", True, None)
    assert school(register, on=date(2026, 10, 31)).open
    assert (schools(register), schools(register, BEFORE), schools(register, on=date(2026, 10, 31))) == ([], ["Vecā skola"], ["Vecā skola"])
    assert school(register, datetime(2026, 8, 1, tzinfo=UTC)) is None


def test_an_institution_that_opens_later_is_not_open_yet(register: Register) -> None:
    register.institution(SCHOOL, "Jaunā skola", opened_on=date(2026, 12, 1))
    assert not school(register).open
    assert (schools(register), schools(register, on=date(2026, 12, 1))) == ([], ["Jaunā skola"])


def test_names_municipalities_and_reorganisations_are_those_known_then(register: Register) -> None:
    register.institution(OTHER)
    register.institution(SCHOOL, "Nepareizs nosaukums", RIGA, recorded=FIRST)
    register.institution(SCHOOL, "Pareizs nosaukums", MADONA, recorded=THEN)
    register.succession(OTHER, SCHOOL, "2020-09-01", kind="division", recorded=FIRST)
    register.succession(OTHER, SCHOOL, "2020-09-01", recorded=THEN)
    now, then = school(register), school(register, BEFORE)
    assert (now.name, now.other_names, now.municipality) == ("Pareizs nosaukums", [], MADONA)
    assert (then.name, then.other_names, then.municipality) == ("Nepareizs nosaukums", [], RIGA)
    assert (now.predecessors, then.predecessors) == ([[OTHER, "merger", "2020-09-01"]], [[OTHER, "division", "2020-09-01"]])
    assert school(register, BEFORE, number=OTHER).successors == [[SCHOOL, "division", "2020-09-01"]]
    assert schools(register, municipality=MADONA) == ["Pareizs nosaukums"]
    assert schools(register, BEFORE, municipality=MADONA) == []
    assert schools(register, BEFORE, name_part="nepareizs") == ["Nepareizs nosaukums"]


def test_programmes_are_those_known_then_on_the_day(register: Register) -> None:
    register.institution(SCHOOL)
    register.programme(SCHOOL, "21011111", "Viens", days("2020-09-01"), recorded=FIRST)
    register.programme(SCHOOL, "21011111", "Viens", days("2020-09-01", "2025-08-31"), recorded=THEN)
    register.programme(SCHOOL, "21011111", "Divi", days("2025-09-01"), recorded=THEN)

    def names(as_of: datetime | None, on: date) -> list[str]:
        return [line[1] for line in school(register, as_of, on).programmes]

    assert (names(None, TODAY), names(None, date(2025, 8, 31))) == (["Divi"], ["Viens"])
    assert (names(BEFORE, TODAY), names(BEFORE, date(2020, 8, 31))) == (["Viens"], [])


@pytest.mark.parametrize("kind", list(ScopeKind))
def test_a_question_about_now_is_answered_alike_as_of_now_whatever_the_scope(register: Register, kind: ScopeKind) -> None:
    anna, _ = two_learners(register)
    register.teaches(anna, OTHER)
    moved(register, PETERIS, anna, current=False)
    values = {ScopeKind.MUNICIPALITIES: (MADONA,), ScopeKind.INSTITUTIONS: (SCHOOL,), ScopeKind.PERSONS: (PETERIS,), ScopeKind.OWN: (ANNA,)}
    scope = Scope(kind, values.get(kind, ()))
    now = datetime.now(UTC)
    for code in (ANNA, PETERIS):
        found, then = person(register, code, None, scope), person(register, code, now, scope)
        assert (found and found.person, found and found.persons) == (then and then.person, then and then.persons)
    for number in (SCHOOL, OTHER):
        assert learners(register, None, scope, institution=number)[1:] == learners(register, now, scope, institution=number)[1:]
