"""What getPersonEducation reads: identities, both times, scope, rights."""

from datetime import UTC, date, datetime

import pytest

from core.access import Right, Scope, ScopeKind
from core.education import Found, Named, person_education
from core.errors import InvalidDay
from tests.register import EVERYTHING, MADONA, RIGA, VARAKLANI, Register, days, since

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
ANNA, ANNAS_OLD, PETERIS = "04051820016", "32000000019", "05061820014"
SCHOOL, OTHER_SCHOOL = "4513900001", "3013900002"


def ask(
    register: Register, value: str, scope: Scope = EVERYTHING, rights: set[Right] | None = None, on: date | None = None, **more: object
) -> Found | None:
    as_of, today = more.get("as_of"), more.get("today", TODAY)
    named = more.get("named") or Named("personal_code", "", value)
    with register.databases.replica.begin() as session:
        return person_education(session, scope, frozenset(rights or ()), named, on, as_of, NOW, today)[1]


def in_municipality(*codes: str) -> Scope:
    return Scope(ScopeKind.MUNICIPALITIES, codes)


def test_every_code_ever_held_finds_the_person_and_the_current_one_is_shown(register: Register) -> None:
    register.person(ANNA, former=(ANNAS_OLD,))
    for code in (ANNA, ANNAS_OLD):
        found = ask(register, code)
        assert found is not None
        assert (found.person.personal_code, found.person.former_personal_codes) == (ANNA, [ANNAS_OLD])


def test_a_person_without_a_code_is_found_by_what_the_institution_assigned(register: Register) -> None:
    school = register.institution(SCHOOL)
    person = register.person(None, given_name="Olena")
    register.identifier(person, school, "BK-17")
    found = ask(register, "", named=Named("institution", school, "BK-17"))
    assert found is not None
    assert found.person.given_name == "Olena"
    assert found.person.identifiers == [[school, "BK-17"]]
    assert ask(register, "", named=Named("institution", OTHER_SCHOOL, "BK-17")) is None


def test_history_shows_all_affiliations_and_a_day_only_those_that_hold_on_its_first_and_last_day(register: Register) -> None:
    school, person = register.institution(SCHOOL), register.person(ANNA)
    register.learns(person, school, days("2024-09-01", "2025-05-31"), status="IZB", end_reason="02")
    register.learns(person, school, days("2025-09-01"), class_level="2")
    assert [a[10] for a in ask(register, ANNA).person.affiliations] == ["2025-09-01", "2024-09-01"]
    assert [a[11] for a in ask(register, ANNA, on=date(2025, 5, 31)).person.affiliations] == ["2025-05-31"]
    assert ask(register, ANNA, on=date(2025, 6, 1)).person.affiliations == []
    assert [a[5] for a in ask(register, ANNA, on=date(2025, 9, 1)).person.affiliations] == ["2"]


def test_a_record_in_error_is_not_an_affiliation(register: Register) -> None:
    school, person = register.institution(SCHOOL), register.person(ANNA)
    register.learns(person, school, status="DUB")
    assert ask(register, ANNA).person.affiliations == []


def test_as_of_answers_what_was_known_then_and_not_what_is_known_now(register: Register) -> None:
    school, person = register.institution(SCHOOL), register.person(ANNA)
    corrected_at = datetime(2026, 3, 1, tzinfo=UTC)
    register.learns(person, school, class_level="1", recorded=since(datetime(2025, 9, 1, tzinfo=UTC), corrected_at))
    register.learns(person, school, class_level="2", recorded=since(corrected_at))
    assert [a[5] for a in ask(register, ANNA).person.affiliations] == ["2"]
    assert [a[5] for a in ask(register, ANNA, as_of=datetime(2026, 2, 1, tzinfo=UTC)).person.affiliations] == ["1"]
    assert ask(register, ANNA, as_of=datetime(2025, 8, 1, tzinfo=UTC)).person.affiliations == []


def test_an_instant_ahead_and_a_day_out_of_range_are_refused(register: Register) -> None:
    with pytest.raises(InvalidDay):
        ask(register, ANNA, as_of=datetime(2027, 1, 1, tzinfo=UTC))
    with pytest.raises(InvalidDay):
        ask(register, ANNA, on=date(1899, 12, 31))


def test_an_old_affiliation_keeps_the_name_that_the_institution_had(register: Register) -> None:
    register.institution(SCHOOL, "Vecā pamatskola", valid=days("2010-01-01", "2022-08-31"))
    register.institution(SCHOOL, "Jaunā vidusskola", valid=days("2022-09-01"))
    person = register.person(ANNA)
    register.learns(person, SCHOOL, days("2021-09-01", "2022-05-31"), status="IZB")
    register.learns(person, SCHOOL, days("2022-09-01"))
    assert [a[1] for a in ask(register, ANNA).person.affiliations] == ["Jaunā vidusskola", "Vecā pamatskola"]


def test_a_teacher_has_posts_with_their_load(register: Register) -> None:
    school, person = register.institution(SCHOOL), register.person(ANNA, born_on=date(1980, 1, 1))
    register.teaches(person, school, load="0.750")
    assert ask(register, ANNA).person.teaching_posts == [[school, "Rīgas 1. vidusskola", "Skolotājs", "0.750", "2020-09-01", None]]


def test_outside_the_scope_a_person_is_answered_like_one_who_is_not_there(register: Register) -> None:
    school = register.institution(SCHOOL, municipality=RIGA)
    person = register.person(ANNA)
    register.lives(person, RIGA)
    register.learns(person, school)
    assert ask(register, ANNA, in_municipality(MADONA)) is None
    assert ask(register, ANNA, Scope(ScopeKind.INSTITUTIONS, (OTHER_SCHOOL,))) is None
    assert ask(register, ANNA, Scope(ScopeKind.PERSONS, (PETERIS,))) is None
    assert ask(register, PETERIS) is None


def test_a_municipality_sees_all_of_who_is_declared_there_and_its_own_rows_of_who_only_learns_there(register: Register) -> None:
    here, there = register.institution(SCHOOL, municipality=RIGA), register.institution(OTHER_SCHOOL, municipality=MADONA)
    person = register.person(ANNA)
    register.lives(person, MADONA)
    register.learns(person, here, days("2025-09-01"))
    register.learns(person, there, days("2024-09-01", "2025-05-31"), status="IZB")
    assert [a[0] for a in ask(register, ANNA, in_municipality(MADONA)).person.affiliations] == [here, there]
    assert [a[0] for a in ask(register, ANNA, in_municipality(RIGA)).person.affiliations] == [here]
    assert [a[0] for a in ask(register, ANNA, Scope(ScopeKind.INSTITUTIONS, (here,))).person.affiliations] == [here]


def test_a_merged_municipality_is_reached_by_its_successor_from_the_day_of_the_merger(register: Register) -> None:
    person = register.person(ANNA)
    register.lives(person, VARAKLANI)
    merged, before = date(2025, 7, 1), date(2025, 6, 30)
    assert ask(register, ANNA, in_municipality(MADONA), on=merged).person.municipality == MADONA
    assert ask(register, ANNA, in_municipality(MADONA), on=before) is None
    assert ask(register, ANNA, in_municipality(VARAKLANI), on=before).person.municipality == VARAKLANI
    assert ask(register, ANNA, in_municipality(VARAKLANI), on=merged) is None


def test_a_restricted_person_shows_no_municipality_and_is_not_found_by_it_without_the_right(register: Register) -> None:
    school = register.institution(SCHOOL, municipality=MADONA)
    person = register.person(ANNA, restricted=True)
    register.lives(person, RIGA)
    register.learns(person, school)
    assert ask(register, ANNA).person.municipality is None
    assert ask(register, ANNA, rights={Right.RESTRICTED}).person.municipality == RIGA
    assert ask(register, ANNA, in_municipality(RIGA)) is None
    assert ask(register, ANNA, in_municipality(RIGA), {Right.RESTRICTED}).person.municipality == RIGA
    assert ask(register, ANNA, in_municipality(MADONA)).person.municipality is None


def test_health_shows_only_by_its_right(register: Register) -> None:
    school, person = register.institution(SCHOOL), register.person(ANNA)
    register.learns(person, school, days("2024-09-01", "2025-05-31"), programme="21015611", status="IZB", end_reason="10")
    hidden, shown = ask(register, ANNA).person.affiliations[0], ask(register, ANNA, rights={Right.HEALTH}).person.affiliations[0]
    assert (hidden[2], hidden[3], hidden[14]) == (None, None, None)
    assert (shown[2], shown[14]) == ("21015611", "10")


def test_without_the_right_to_health_nobodys_programme_is_shown_so_that_its_absence_tells_nothing(register: Register) -> None:
    school, person = register.institution(SCHOOL), register.person(ANNA)
    register.learns(person, school, days("2024-09-01", "2025-05-31"), programme="21011111", status="IZB", end_reason="02")
    [row] = ask(register, ANNA).person.affiliations
    assert (row[2], row[3], row[14]) == (None, None, None)


def test_a_person_asks_about_oneself_and_a_minor_child_and_about_nobody_else(register: Register) -> None:
    parent, child = register.person(PETERIS, born_on=date(1985, 1, 1)), register.person(ANNA, born_on=date(2018, 5, 4))
    stranger = register.person("06071820012")
    register.guardian(child, parent, days("2018-05-04"))
    own = Scope(ScopeKind.OWN, (PETERIS,))
    assert ask(register, PETERIS, own).person_id == parent
    assert ask(register, ANNA, own).person_id == child
    assert ask(register, "06071820012", own) is None
    assert stranger
    assert ask(register, PETERIS, Scope(ScopeKind.OWN, (ANNA,))) is None
    assert ask(register, ANNA, own, today=date(2036, 5, 3)).person_id == child
    assert ask(register, ANNA, own, today=date(2036, 5, 4)) is None


def test_who_no_longer_answers_for_a_child_learns_nothing_by_asking_about_a_day_or_an_instant_before(register: Register) -> None:
    parent, child = register.person(PETERIS, born_on=date(1985, 1, 1)), register.person(ANNA, born_on=date(2018, 5, 4))
    register.guardian(child, parent, days("2018-05-04", "2026-08-31"))
    own = Scope(ScopeKind.OWN, (PETERIS,))
    assert ask(register, ANNA, own, today=date(2026, 8, 31)).person_id == child
    assert ask(register, ANNA, own, today=date(2026, 9, 1)) is None
    assert ask(register, ANNA, own, on=date(2025, 9, 1)) is None
    register.execute("UPDATE guardianship SET valid = daterange('2018-05-04', NULL)")
    correct(register, "guardianship", "2026-10-01")
    assert ask(register, ANNA, own, as_of=datetime(2026, 9, 1, tzinfo=UTC)) is None


def test_a_child_of_29_february_is_of_age_on_1_march_of_a_common_year(register: Register) -> None:
    parent, child = register.person(PETERIS, born_on=date(1985, 1, 1)), register.person(ANNA, born_on=date(2020, 2, 29))
    register.guardian(child, parent, days("2020-02-29"))
    own = Scope(ScopeKind.OWN, (PETERIS,))
    assert ask(register, ANNA, own, today=date(2038, 2, 28)).person_id == child
    assert ask(register, ANNA, own, today=date(2038, 3, 1)) is None


def test_what_was_once_recorded_wrongly_gives_a_municipality_no_right(register: Register) -> None:
    person = register.person(ANNA)
    register.lives(person, RIGA)
    correct(register, "residence", "2026-10-01")
    register.lives(person, MADONA, recorded=since(datetime(2026, 10, 1, tzinfo=UTC)))
    before = datetime(2026, 9, 1, tzinfo=UTC)
    assert ask(register, ANNA, in_municipality(RIGA), as_of=before) is None
    assert ask(register, ANNA, in_municipality(MADONA), as_of=before).person.municipality == RIGA


def test_a_safe_address_is_not_shown_by_asking_what_was_known_before_it_was_safe(register: Register) -> None:
    person = register.person(ANNA)
    register.lives(person, RIGA)
    correct(register, "person_profile", "2026-10-01")
    register.execute(
        "INSERT INTO person_profile (person_id, given_name, surname, born_on, restricted, source, recorded)"
        " SELECT person_id, given_name, surname, born_on, true, source, tstzrange(upper(recorded), NULL) FROM person_profile"
    )
    before = datetime(2026, 9, 1, tzinfo=UTC)
    assert ask(register, ANNA, as_of=before).person.municipality is None
    assert ask(register, ANNA, rights={Right.RESTRICTED}, as_of=before).person.municipality == RIGA
    assert ask(register, ANNA, in_municipality(RIGA), as_of=before) is None


def test_a_school_that_went_to_another_municipality_is_no_longer_the_first_ones(register: Register) -> None:
    school = register.institution(SCHOOL, municipality=RIGA, valid=days("2010-01-01", "2025-08-31"))
    register.institution(SCHOOL, municipality=MADONA, valid=days("2025-09-01"))
    register.learns(register.person(ANNA), school, days("2024-09-01"))
    assert ask(register, ANNA, in_municipality(RIGA)) is None
    assert ask(register, ANNA, in_municipality(MADONA)).person_id
    assert ask(register, ANNA, in_municipality(RIGA), on=date(2025, 8, 31)).person_id
    assert ask(register, ANNA, in_municipality(MADONA), on=date(2025, 8, 31)) is None


def test_the_rows_of_a_closed_school_stay_those_of_the_municipality_that_had_it(register: Register) -> None:
    closed = register.institution(SCHOOL, municipality=RIGA, valid=days("2010-01-01", "2025-08-31"))
    open_now, person = register.institution(OTHER_SCHOOL, municipality=RIGA), register.person(ANNA)
    register.learns(person, closed, days("2024-09-01", "2025-05-31"), status="IZB")
    register.learns(person, open_now, days("2025-09-01"))
    assert [a[0] for a in ask(register, ANNA, in_municipality(RIGA)).person.affiliations] == [open_now, closed]


def correct(register: Register, table: str, on: str) -> None:
    """Closes what a table's rows say: from that instant on the register knows better."""
    register.execute(f"UPDATE {table} SET recorded = tstzrange(lower(recorded), CAST(:at AS timestamptz))", at=f"{on}T00:00:00Z")
