"""Two records of one person become one, and what does not belong to one person is separated; told to whoever keeps a copy."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from typer.testing import CliRunner

from adapters.cli import build
from core import changes
from core.access import Right, Scope, ScopeKind
from core.education import Person, person_education
from core.errors import NotGranted, NotOnePerson, NotSeparable, UnknownPerson
from core.identities import Asked, overlaps
from tests.integration.identities import (
    OFFICER,
    TODAY,
    back,
    code,
    copy_of,
    follow,
    holding,
    merge,
    named,
    now,
    separate,
    state,
    told_everything,
)
from tests.register import EVERYTHING, MADONA, RIGA, Register, days

SCHOOL, MADONAS = "4313100001", "4313100002"
A, B, C, D = (code(number) for number in (1, 2, 3, 4))


@pytest.fixture(autouse=True)
def schools(register: Register) -> None:
    register.institution(SCHOOL)
    register.institution(MADONAS, "Madonas vidusskola", MADONA)


def tell(register: Register) -> None:
    """What was built is told to copies."""
    with register.databases.register.begin() as session:
        changes.rebuild(session, today=TODAY)


def education(register: Register, name: str, as_of: datetime | None = None) -> Person | None:
    with register.databases.replica.begin() as session:
        now = datetime.now(UTC) + timedelta(seconds=1)
        found = person_education(session, EVERYTHING, frozenset({Right.RESTRICTED}), named(name), TODAY, as_of, now, TODAY)[1]
        return None if found is None else found.person


def known_by(register: Register, name: str) -> tuple[str | None, list[str], str | None]:
    """Code of today, former codes and given name of whoever a code finds."""
    person = education(register, name)
    assert person is not None, "every code finds somebody"
    return person.personal_code, person.former_personal_codes, person.given_name


def homes(register: Register, person: int) -> list[tuple[str, str]]:
    where = "SELECT municipality, valid::text FROM residence WHERE person_id = :person AND upper_inf(recorded) ORDER BY valid"
    return [tuple(row) for row in register.execute(where, person=person)]


def guardians(register: Register) -> list[tuple[int, int]]:
    return sorted(map(tuple, register.execute("SELECT child_id, guardian_id FROM guardianship WHERE upper_inf(recorded)")))


def key_events(register: Register, *scope: str) -> list[tuple[str, str | None, str | None]]:
    """Kind, code now and code before of what was told about codes."""
    return [(event.kind, event.personal_code, event.personal_code_before) for event in follow(register, *scope) if event.entity == "person"]


def test_after_a_merge_both_codes_find_one_person_with_all_rows(register):
    kept, merged = register.person(A, "Anna"), register.person(B, "Ance")
    register.learns(kept, SCHOOL, days("2020-09-01", "2024-05-31"))
    register.learns(merged, MADONAS)
    done = merge(register, named(A), named(B))
    assert (done.known_as.personal_code, done.known_as.former_personal_codes, done.overlaps) == (A, [B], 0)
    assert known_by(register, A) == known_by(register, B) == (A, [B], "Anna")
    with register.databases.replica.begin() as session:
        found = person_education(session, EVERYTHING, frozenset(), named(B), None, None, datetime.now(UTC), TODAY)[1]
    assert [row[0] for row in found.person.affiliations] == [MADONAS, SCHOOL]


def test_what_was_known_before_a_merge_and_before_its_separation_can_still_be_asked_for(register):
    register.person(A, "Anna")
    register.person(B, "Ance")
    apart = now(register)
    merge(register, named(A), named(B))
    together = now(register)
    separate(register, *back(named(B)))
    assert (education(register, B, apart).personal_code, education(register, B, apart).given_name) == (B, "Ance")
    assert (education(register, B, together).personal_code, education(register, B, together).given_name) == (A, "Anna")
    assert known_by(register, B) == (B, [], "Ance")


def test_to_merge_those_who_are_one_already_changes_nothing(register):
    register.person(A)
    register.person(B)
    merge(register, named(A), named(B))
    before = state(register)
    done = merge(register, named(B), named(A))
    assert (done.changed, done.known_as.personal_code) == (False, A)
    assert state(register) == before


def test_who_had_no_code_takes_over_that_of_the_merged_record(register):
    kept, merged = register.person(None, "Anna"), register.person(B, "Ance")
    register.identifier(kept, SCHOOL, "A-7")
    register.learns(kept, SCHOOL)
    register.learns(merged, MADONAS, main=False)
    tell(register)
    before = state(register)
    merge(register, named("A-7", SCHOOL), named(B))
    assert known_by(register, B) == (B, [], "Anna")
    assert key_events(register) == [("merge", B, None)]
    separate(register, *back(named(B)))
    assert state(register) == before


def test_a_person_without_a_code_joins_the_person_with_the_code_once_there_is_one(register):
    pupil, recorded = register.person(None, "Ance"), register.person(A, "Anna")
    register.identifier(pupil, SCHOOL, "A-7")
    register.learns(pupil, SCHOOL)
    register.lives(recorded, RIGA)
    tell(register)
    merge(register, named(A), named("A-7", SCHOOL))
    [event] = [event for event in follow(register, RIGA) if event.entity == "affiliation"][1:]
    assert event.affiliation[:4] == [A, None, None, "Anna"]


def test_a_guardian_of_whom_only_the_code_was_known_gets_the_profile_of_the_other_record_and_loses_it_again(register):
    parent = register.person(A)
    register.person(B, "Zane")
    register.execute("DELETE FROM person_profile WHERE person_id = :parent", parent=parent)
    before = state(register)
    merge(register, named(A), named(B))
    assert known_by(register, A) == (A, [B], "Zane")
    separate(register, *back(named(B)))
    assert state(register) == before


def test_the_keeper_s_home_is_believed_and_the_other_s_fills_the_days_without_one(register):
    kept, merged = register.person(A), register.person(B)
    register.lives(kept, RIGA, days("2024-01-01"))
    register.lives(merged, MADONA, days("2018-05-04"))
    before = state(register)
    merge(register, named(A), named(B))
    assert homes(register, kept) == [(MADONA, "[2018-05-04,2024-01-01)"), (RIGA, "[2024-01-01,)")]
    assert homes(register, merged) == []
    separate(register, *back(named(B)))
    assert state(register) == before


def test_a_safe_address_stays_safe_whichever_record_said_so(register):
    kept = register.person(A)
    register.person(B, restricted=True)
    register.lives(kept, MADONA)
    register.learns(kept, SCHOOL)
    tell(register)
    assert ("affiliation", 1) in copy_of(follow(register, MADONA))
    before = state(register)
    merge(register, named(A), named(B))
    assert register.execute("SELECT restricted FROM person_profile WHERE person_id = :kept AND upper_inf(recorded)", kept=kept) == [(True,)]
    assert ("affiliation", 1) not in copy_of(follow(register, MADONA))
    separate(register, *back(named(B)))
    assert state(register) == before


def test_where_a_person_with_a_safe_address_once_was_is_not_read_from_events_of_the_merged_record(register):
    register.person(A, restricted=True)
    merged = register.person(B, "Ance")
    register.lives(merged, MADONA)
    register.learns(merged, SCHOOL)
    tell(register)
    merge(register, named(A), named(B))
    assert [(event.kind, event.affiliation) for event in follow(register, MADONA) if event.entity == "affiliation"] == [
        ("lostAccess", None)
    ]
    assert key_events(register, MADONA) == []


def test_what_happened_to_the_keeper_meanwhile_stays_when_the_records_are_separated(register):
    kept, merged = register.person(A), register.person(B)
    register.lives(merged, MADONA)
    merge(register, named(A), named(B))
    register.execute(
        "UPDATE residence SET recorded = tstzrange(lower(recorded), now()) WHERE person_id = :kept AND upper_inf(recorded)", kept=kept
    )
    register.lives(kept, RIGA, days("2026-01-01"))
    separate(register, *back(named(B)))
    assert homes(register, kept) == [(RIGA, "[2026-01-01,)")]
    assert homes(register, merged) == [(MADONA, "[2018-05-04,)")]


def test_guardians_of_either_record_answer_for_the_one_child_and_are_apart_again(register):
    kept, merged, mother, father = (register.person(name) for name in (A, B, C, D))
    register.guardian(kept, mother)
    register.guardian(merged, mother)
    register.guardian(merged, father)
    before = state(register)
    merge(register, named(A), named(B))
    assert guardians(register) == [(kept, mother), (kept, father)]
    separate(register, *back(named(B)))
    assert state(register) == before


def test_a_child_and_who_answers_for_it_are_not_one_person(register):
    child, mother = register.person(A), register.person(B)
    register.guardian(child, mother)
    before = state(register)
    for names in ((named(A), named(B)), (named(B), named(A)), (named(A), named(A))):
        with pytest.raises(NotOnePerson):
            merge(register, *names)
    assert state(register) == before


def test_a_guardianship_follows_both_parties_however_they_are_merged_and_separated(register):
    child, again, mother, twice = (register.person(name) for name in (A, B, C, D))
    register.guardian(again, twice)
    before = state(register)
    merge(register, named(C), named(D))
    merge(register, named(A), named(B))
    assert guardians(register) == [(child, mother)]
    separate(register, *back(named(D)))
    assert guardians(register) == [(child, twice)]
    separate(register, *back(named(B)))
    assert guardians(register) == [(again, twice)]
    assert state(register) == before


def test_who_came_through_two_merges_goes_back_alone_or_with_all_that_came(register):
    first, second, third = (register.person(name) for name in (A, B, C))
    register.lives(first, MADONA)
    alone = state(register)
    merge(register, named(B), named(A))
    joined = state(register)
    merge(register, named(C), named(B))
    assert homes(register, third) == [(MADONA, "[2018-05-04,)")]
    separate(register, *back(named(A), named(B)))
    assert state(register) == joined
    merge(register, named(C), named(B))
    separate(register, *back(named(A)))
    assert (homes(register, first), homes(register, third)) == ([(MADONA, "[2018-05-04,)")], [])
    separate(register, *back(named(B)))
    assert (homes(register, second), state(register)) == ([], alone)


def test_a_code_that_was_left_behind_follows_its_person_who_was_merged_elsewhere_since(register):
    register.person(A, "Anna")
    both = register.person(B, "Ance", former=(C,))
    other = register.person(D, "Ilze")
    merge(register, named(A), named(B))
    assert separate(register, *back(named(B))).people[1] == both
    merge(register, named(D), named(B))
    assert separate(register, *back(named(C))).people[1] == other
    assert known_by(register, C) == (D, [B, C], "Ilze")


def test_a_code_that_came_by_no_merge_goes_to_a_new_person_with_a_copy_of_the_profile(register):
    person = register.person(A, "Anna", former=(B, C), restricted=True)
    register.identifier(person, SCHOOL, "A-7")
    done = separate(register, *back(named(B), named("A-7", SCHOOL)))
    assert len(set(done.people)) == 2
    assert [known.personal_code for known in done.known_as] == [A, B]
    assert done.known_as[1].identifiers == [[SCHOOL, "A-7"]]
    assert known_by(register, B) == (B, [], "Anna")
    assert register.execute("SELECT restricted, source FROM person_profile WHERE person_id = :new", new=done.people[1]) == [
        (True, "separation")
    ]


def test_when_the_code_of_the_day_goes_the_latest_of_those_that_stay_takes_its_place(register):
    register.person(A, "Anna", former=(B, C))
    separate(register, *back(named(A)))
    assert known_by(register, B) == known_by(register, C) == (C, [B], "Anna")


def test_swapped_codes_are_mended_by_one_message_and_rows_follow_their_code(register):
    anna, bruno = register.person(A, "Anna"), register.person(B, "Bruno")
    register.learns(anna, SCHOOL)
    tell(register)
    before = now(register)
    done = separate(register, Asked(named(A), named(B)), Asked(named(B), named(A)))
    assert done.people == [anna, bruno]
    assert (known_by(register, A), known_by(register, B)) == ((A, [], "Bruno"), (B, [], "Anna"))
    assert [row[0] for row in education(register, A).affiliations] == [SCHOOL]
    assert education(register, A, before).given_name == "Anna"
    assert key_events(register) == [("keyChange", A, B)]
    assert [event.affiliation[3] for event in follow(register) if event.entity == "affiliation"] == ["Anna", "Bruno"]


def test_one_code_goes_to_a_person_who_is_named_and_keeps_the_own_code(register):
    register.person(A, "Anna", former=(B,))
    register.person(C, "Ilze")
    separate(register, Asked(named(B), named(C)))
    assert known_by(register, B) == (C, [B], "Ilze")


def test_whose_an_entry_was_before_is_told_to_nobody_who_holds_other_entries_only(register):
    register.person(A, "Anna")
    bruno, pupil = register.person(B, "Bruno"), register.person(None)
    register.identifier(pupil, SCHOOL, "A-7")
    register.learns(pupil, SCHOOL)
    register.learns(bruno, MADONAS, main=False)
    merge(register, named(A), named("A-7", SCHOOL))
    tell(register)
    separate(register, Asked(named("A-7", SCHOOL), named(B)))
    assert key_events(register, RIGA) == [("separate", B, A)]
    assert key_events(register, MADONA) == []


@pytest.mark.parametrize(
    "asked",
    [
        [Asked(named(A))],
        [Asked(named(A)), Asked(named(B))],
        [Asked(named(A), named(C)), Asked(named(B), named(C))],
        [Asked(named(A), named(B))],
        [Asked(named(B)), Asked(named(B))],
        [Asked(named(B)), Asked(named(A), named(A))],
    ],
)
def test_nobody_is_left_without_an_identity_and_nothing_moves_when_one_move_cannot_be_done(register, asked):
    register.person(A, former=(B,) if len(asked) > 1 or asked[0].into else ())
    register.person(C)
    before = state(register)
    with pytest.raises(NotSeparable):
        separate(register, *asked)
    assert state(register) == before


def test_overlapping_main_affiliations_stay_and_are_shown_until_somebody_settles_them(register):
    kept, merged = register.person(A), register.person(B)
    register.learns(kept, SCHOOL, days("2024-09-01"))
    register.learns(merged, MADONAS, days("2025-09-01", "2026-05-31"))
    register.learns(merged, MADONAS, main=False)
    assert merge(register, named(A), named(B)).overlaps == 1
    assert merge(register, named(A), named(B)).overlaps == 1
    with register.databases.register.begin() as session:
        [pair] = overlaps(session)
    assert (pair.person_id, pair.first_day, pair.last_day) == (kept, "2025-09-01", "2026-05-31")
    assert (pair.one.institution, pair.other.institution, pair.other.sender) == (SCHOOL, MADONAS, "LV-DEV/EDU/SCHOOL/system")
    separate(register, *back(named(B)))
    with register.databases.register.begin() as session:
        assert overlaps(session) == []


def test_the_keeper_lists_overlaps_without_naming_anybody(register, database_url, monkeypatch, tmp_path):
    monkeypatch.setenv("VIIS_REGISTER_URL", database_url)
    monkeypatch.setenv("VIIS_DATA", str(tmp_path / "var"))
    run = partial(CliRunner().invoke, build(["overlaps"]), ["overlaps"])
    assert run().stdout.splitlines()[-1] == "No main affiliations of one person overlap."
    register.learns(register.person(A, "Annija"), SCHOOL, sender_key="first-key")
    register.learns(register.person(B), MADONAS, sender_key="other-key")
    merge(register, named(A), named(B))
    listed = run().stdout
    assert all(part in listed for part in (SCHOOL, MADONAS, "first-key", "other-key", "2024-09-01"))
    assert not any(part in listed for part in (A, B, "Annija"))


def test_copies_hear_of_the_codes_first_and_of_the_entries_then(register):
    kept, merged = register.person(A, "Anna"), register.person(B, "Ance")
    register.lives(kept, RIGA)
    register.learns(kept, SCHOOL)
    register.learns(merged, MADONAS)
    tell(register)
    begun = len(follow(register))
    merge(register, named(A), named(B))
    merged_events = follow(register)[begun:]
    assert [(event.kind, event.entity) for event in merged_events] == [("merge", "person"), ("upsert", "affiliation")]
    assert (merged_events[0].personal_code, merged_events[0].personal_code_before) == (A, B)
    assert merged_events[1].affiliation[:4] == [A, None, None, "Anna"]
    separate(register, *back(named(B)))
    apart = follow(register)[begun + 2 :]
    assert [(event.kind, event.entity) for event in apart] == [("separate", "person"), ("upsert", "affiliation")]
    assert (apart[0].personal_code, apart[0].personal_code_before) == (B, A)
    assert apart[1].affiliation[:4] == [B, None, None, "Ance"]
    # Riga came to hold the other's row by the residence, and lost it again.
    assert [event.kind for event in follow(register, RIGA) if event.entity == "affiliation"] == ["upsert", "upsert", "lostAccess"]
    for scope in ((), (RIGA,), (MADONA,)):
        assert copy_of(follow(register, *scope)) == holding(register, *scope)
    told_everything(register)


def test_who_decided_and_why_is_kept_with_every_move(register):
    register.person(A)
    register.person(B)
    merge(register, named(A), named(B))
    separate(register, *back(named(B)))
    rows = register.execute("SELECT reason, client, user_id, was_current, merge_id FROM identity_move ORDER BY id")
    assert [tuple(row) for row in rows] == [
        (OFFICER.reason, OFFICER.client, OFFICER.user, True, 1),
        (OFFICER.reason, OFFICER.client, OFFICER.user, False, 1),
    ]


def of(kind: ScopeKind, *values: str) -> Scope:
    return Scope(kind, values)


@pytest.mark.parametrize(
    "scope",
    [of(ScopeKind.INSTITUTIONS, SCHOOL), of(ScopeKind.MUNICIPALITIES, RIGA), of(ScopeKind.PERSONS, A)],
)
def test_persons_outside_the_scope_are_answered_like_persons_who_are_not_there(register, scope):
    inside, outside = register.person(A), register.person(B, former=(C,))
    register.learns(inside, SCHOOL)
    register.learns(outside, MADONAS)
    before, by = state(register), OFFICER._replace(scope=scope)
    told = set()
    for names in ((named(A), named(B)), (named(B), named(A)), (named(A), named(D)), (named(D), named(A))):
        with pytest.raises(UnknownPerson) as refused:
            merge(register, *names, by)
        told.add(str(refused.value))
    for asked in (Asked(named(C)), Asked(named(D)), Asked(named(C), named(A)), Asked(named(A), named(C))):
        with pytest.raises(UnknownPerson) as refused:
            separate(register, asked, by=by)
        told.add(str(refused.value))
    assert len(told) == 1
    assert state(register) == before


def test_a_scope_that_reaches_both_may_merge_them(register):
    for name in (A, B):
        register.learns(register.person(name), SCHOOL)
    assert merge(register, named(A), named(B), OFFICER._replace(scope=of(ScopeKind.INSTITUTIONS, SCHOOL))).changed


def test_a_school_is_not_shown_the_identifiers_that_other_institutions_assigned(register):
    person = register.person(A, former=(B,))
    register.learns(person, SCHOOL)
    register.identifier(person, SCHOOL, "S-1")
    register.identifier(person, MADONAS, "M-1")
    done = separate(register, Asked(named(B)), by=OFFICER._replace(scope=of(ScopeKind.INSTITUTIONS, SCHOOL)))
    assert done.known_as[0].identifiers == [[SCHOOL, "S-1"]]


def test_nobody_decides_on_one_s_own_behalf(register):
    register.guardian(register.person(A), register.person(B))
    with pytest.raises(NotGranted):
        merge(register, named(A), named(B), OFFICER._replace(scope=of(ScopeKind.OWN, B)))
