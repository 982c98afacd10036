"""What listAffiliations reads: order, pages that hold together while data changes, scope."""

from datetime import UTC, date, datetime

import pytest

from core import paging
from core.access import Scope, ScopeKind
from core.errors import InvalidCursor, InvalidQuestion, UnknownInstitution, UnknownMunicipality
from core.learners import Asked, LearnersPage, learners_page
from tests.register import EVERYTHING, MADONA, RIGA, VARAKLANI, Register, days, since

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
SCHOOL, OTHER_SCHOOL = "3013900002", "4513900001"
IN_SCHOOL = Asked(SCHOOL, None, TODAY, None)


def page(
    register: Register, asked: Asked = IN_SCHOOL, cursor: str | None = None, size: int = 100, scope: Scope = EVERYTHING
) -> LearnersPage:
    with register.databases.replica.begin() as session:
        return learners_page(session, scope, frozenset(), asked, cursor, size, datetime.now(UTC))


def code(number: int) -> str:
    return f"0405182{number:04d}"


def all_pages(register: Register, asked: Asked, size: int, scope: Scope = EVERYTHING) -> list[tuple]:
    lines, cursor = [], None
    while True:
        one = page(register, asked, cursor, size, scope)
        lines += one.learners
        if (cursor := one.next_cursor) is None:
            return lines


def test_learners_stand_in_the_order_of_the_latvian_alphabet(register: Register) -> None:
    register.institution(SCHOOL)
    in_order = ["Āboliņš", "Abols", "Cērps", "Čaks", "Ēvele", "Ezis", "Gals", "Ģirts", "Iva", "Īve", "Kalns", "Ķēniņš", "Zars", "Žagars"]
    for number, surname in reversed(list(enumerate(in_order))):
        register.learns(register.person(code(number), surname=surname, given_name="Jānis"), SCHOOL)
    assert [line[3] for line in page(register).learners] == in_order


def test_pages_neither_skip_nor_repeat(register: Register) -> None:
    register.institution(SCHOOL)
    for number in range(7):
        register.learns(register.person(code(number), surname=f"Ozols{number % 3}"), SCHOOL)
    assert sorted(line[0] for line in all_pages(register, IN_SCHOOL, 2)) == [code(number) for number in range(7)]
    assert page(register, size=7).next_cursor is None


def test_later_pages_show_what_was_known_when_the_first_one_was_read(register: Register) -> None:
    register.institution(SCHOOL)
    persons = [register.person(code(number), surname=f"Uzvārds{number}") for number in range(4)]
    for person in persons:
        register.learns(person, SCHOOL)
    first = page(register, size=2)
    # Afterwards the first learner is renamed to the end of the list, the last one leaves, and a new one comes at the end.
    register.execute(
        "WITH old AS (UPDATE person_profile SET recorded = tstzrange(lower(recorded), now()) WHERE person_id = :p RETURNING *)"
        " INSERT INTO person_profile (person_id, given_name, surname, born_on, source, recorded)"
        " SELECT person_id, given_name, 'Žagars', born_on, source, tstzrange(now(), NULL) FROM old",
        p=persons[0],
    )
    register.execute("UPDATE affiliation SET recorded = tstzrange(lower(recorded), now()) WHERE id = (SELECT max(id) FROM affiliation)")
    register.learns(register.person(code(9), surname="Žīgurs"), SCHOOL, recorded=since(datetime.now(UTC)))
    second = page(register, cursor=first.next_cursor, size=2)
    assert [line[0] for line in [*first.learners, *second.learners]] == [code(number) for number in range(4)]
    assert (second.next_cursor, second.data_as_of) == (None, first.data_as_of)
    assert [line[3] for line in page(register).learners] == ["Uzvārds1", "Uzvārds2", "Žagars", "Žīgurs"]


def test_a_municipality_lists_its_institutions_one_after_the_other(register: Register) -> None:
    register.institution(SCHOOL, municipality=MADONA)
    register.institution(OTHER_SCHOOL, municipality=VARAKLANI)
    register.institution("2713900003", municipality=RIGA)
    for number, school in enumerate([SCHOOL, OTHER_SCHOOL, SCHOOL, OTHER_SCHOOL, "2713900003"]):
        register.learns(register.person(code(number), surname=f"Ozols{9 - number}"), school)
    lines = all_pages(register, Asked(None, MADONA, TODAY, None), 1)
    assert [(line[5], line[3]) for line in lines] == [
        (SCHOOL, "Ozols7"),
        (SCHOOL, "Ozols9"),
        (OTHER_SCHOOL, "Ozols6"),
        (OTHER_SCHOOL, "Ozols8"),
    ]


def test_a_cursor_is_refused_when_it_was_made_up_or_given_for_another_question(register: Register) -> None:
    register.institution(SCHOOL)
    register.institution(OTHER_SCHOOL)
    for number in range(3):
        register.learns(register.person(code(number)), SCHOOL)
    given = page(register, size=1).next_cursor
    assert given is not None
    for made_up in ("", "x", "AAAA", given[:-2] + "AA", "ķ" * 8):
        with pytest.raises(InvalidCursor):
            page(register, cursor=made_up)
    with pytest.raises(InvalidCursor):
        page(register, Asked(OTHER_SCHOOL, None, TODAY, None), cursor=given)
    with pytest.raises(InvalidCursor):
        page(register, cursor=given, scope=Scope(ScopeKind.MUNICIPALITIES, (RIGA,)))


def test_a_cursor_whose_seal_was_made_up_too_is_refused_and_never_fails(register: Register) -> None:
    register.institution(SCHOOL)
    question = ("listAffiliations", *IN_SCHOOL, EVERYTHING)
    instant = "2026-01-01T00:00:00.000000Z"
    for position in (
        ["soon", 1],
        ["2999-01-01T00:00:00.000000Z", 1],
        ["2026-02-30T00:00:00.000000Z", 1],
        [instant, 10**400],
        [instant, "1"],
        [instant, True],
        [],
    ):
        with pytest.raises(InvalidCursor):
            page(register, cursor=paging.give(question, position))
    assert page(register, cursor=paging.give(question, [instant, 10**15])).learners == []


def test_a_place_that_does_not_exist_is_refused_and_an_empty_one_is_an_empty_page(register: Register) -> None:
    register.institution(SCHOOL)
    assert page(register).learners == []
    with pytest.raises(UnknownInstitution):
        page(register, Asked("9999999999", None, TODAY, None))
    with pytest.raises(UnknownMunicipality):
        page(register, Asked(None, VARAKLANI, TODAY, None))
    with pytest.raises(InvalidQuestion):
        page(register, Asked(SCHOOL, RIGA, TODAY, None))
    with pytest.raises(InvalidQuestion):
        page(register, Asked(None, None, TODAY, None))


def test_of_another_municipalitys_school_only_the_declared_children_are_seen_and_restricted_ones_are_not(register: Register) -> None:
    register.institution(SCHOOL, municipality=MADONA)
    for number, restricted in enumerate([False, True, False]):
        person = register.person(code(number), restricted=restricted)
        register.lives(person, RIGA if number < 2 else MADONA)
        register.learns(person, SCHOOL)
    riga = Scope(ScopeKind.MUNICIPALITIES, (RIGA,))
    assert [line[0] for line in page(register, scope=riga).learners] == [code(0)]
    assert len(page(register, scope=Scope(ScopeKind.MUNICIPALITIES, (MADONA,))).learners) == 3
    assert page(register, scope=Scope(ScopeKind.INSTITUTIONS, (OTHER_SCHOOL,))).learners == []


def test_who_is_seen_of_another_municipalitys_school_is_decided_by_what_is_known_now(register: Register) -> None:
    register.institution(SCHOOL, municipality=MADONA)
    for number in range(3):
        person = register.person(code(number))
        register.lives(person, RIGA)
        register.learns(person, SCHOOL)
    corrected = datetime(2026, 10, 1, tzinfo=UTC)
    # The first never lived there, and the address of the second is safe now.
    register.execute(
        "UPDATE residence SET recorded = tstzrange(lower(recorded), :at) WHERE id = (SELECT min(id) FROM residence)", at=corrected
    )
    register.execute(
        "WITH old AS (UPDATE person_profile SET recorded = tstzrange(lower(recorded), :at) WHERE person_id = :p RETURNING *)"
        " INSERT INTO person_profile (person_id, given_name, surname, born_on, restricted, source, recorded)"
        " SELECT person_id, given_name, surname, born_on, true, source, tstzrange(:at, NULL) FROM old",
        at=corrected,
        p=register.execute("SELECT person_id FROM identity WHERE value = :code", code=code(1))[0][0],
    )
    before = Asked(SCHOOL, None, TODAY, datetime(2026, 9, 1, tzinfo=UTC))
    assert [line[0] for line in page(register, before, scope=Scope(ScopeKind.MUNICIPALITIES, (RIGA,))).learners] == [code(2)]


def test_a_learner_without_a_code_stands_with_the_identifier(register: Register) -> None:
    register.institution(SCHOOL)
    person = register.person(None, surname="Ševčenko")
    register.identifier(person, SCHOOL, "BK-17")
    register.learns(person, SCHOOL, days("2026-09-01"))
    assert page(register).learners[0][:2] == (None, [SCHOOL, "BK-17"])
