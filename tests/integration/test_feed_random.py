"""Whatever writers do in whatever order, and whenever it is numbered, read and shortened: a reader's copy is what it may hold.

What may be held is worked out once more here, in plain Python from the rows of the register.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from core.changes import entries_changed, institutions_changed, key_changed, people_changed
from core.feed_days import shorten
from core.people import lock
from tests.following import Copy, Refused, held, numbered, told
from tests.posting import application
from tests.register import MADONA, RIGA, Register

SCHOOLS = ("4113100001", "4113100002", "4113100003")
PLACES = (RIGA, MADONA, "0003000", None)
CODES = ("04051820219", "04051820227", "04051820008", "04051820016")
SPARE = ("16071920001", "16071920002")
CLIENTS = {
    "LV-DEV/GOV/IZM/all": ("everything", []),
    "LV-DEV/MUN/RIGA/schools": ("municipalities", [RIGA]),
    "LV-DEV/MUN/TWO/schools": ("municipalities", [RIGA, MADONA]),
    "LV-DEV/EDU/ONE/system": ("institutions", [SCHOOLS[0]]),
    "LV-DEV/EDU/TWO/system": ("institutions", list(SCHOOLS[:2])),
}
COPIED = "entry_id, identity_id, institution, programme, main, study_form, language, status, sender, sender_key, valid"

person, school, place, reader = st.integers(0, 3), st.integers(0, 2), st.sampled_from(PLACES), st.sampled_from(sorted(CLIENTS))
STEPS = st.one_of(
    st.tuples(st.just("moves"), person, place),
    st.tuples(st.just("restricted"), person, st.booleans()),
    st.tuples(st.just("renamed"), person, st.sampled_from(("Anna", "Ieva"))),
    st.tuples(st.just("enrolled"), person, school),
    st.tuples(st.just("teaches"), person, school),
    st.tuples(st.just("transferred"), person, school),
    st.tuples(st.just("in_error"), person, st.booleans()),
    st.tuples(st.just("withdrawn"), person, st.just(None)),
    st.tuples(st.just("school_moves"), school, place),
    st.tuples(st.just("recoded"), person, st.integers(0, 1)),
    st.tuples(st.just("merged"), person, person),
    st.tuples(st.just("numbered"), st.just(0), st.just(None)),
    st.tuples(st.just("shortened"), st.just(0), st.just(None)),
    st.tuples(st.just("read"), reader, st.integers(1, 7)),
)


class World:
    """Four people and three schools, and the writers who write about them."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self._clear()
        for number in SCHOOLS:
            register.institution(number)
        self.people = [register.person(code) for code in CODES]
        told(register)

    def _clear(self) -> None:
        self._register.execute(
            "TRUNCATE person, identity, identity_past, identity_move, person_profile, residence, affiliation, teaching_post, "
            "institution, institution_profile, programme, programme_profile, holding, change, feed_event, checkpoint "
            "RESTART IDENTITY CASCADE"
        )
        self._register.execute("UPDATE feed_state SET head = 0, floor = 0, generation = 0, complete = false")

    def write(self, step: str, which: int, value: Any) -> None:
        with self._register.databases.register.begin() as session:
            if step == "school_moves":
                self._school_moves(session, SCHOOLS[which], value)
                return
            one = self.people[which]
            lock(session, self.people)
            entries: set[tuple[str, int]] = getattr(self, f"_{step}")(session, one, value) or set()
            for entity, entry in entries:
                entries_changed(session, entity, [entry])
            people_changed(session, self.people)
            if step == "recoded":
                key_changed(session, "keyChange", one, None, SPARE[value])

    def _school_moves(self, session: Session, number: str, municipality: str | None) -> None:
        run(session, "SELECT FROM institution WHERE registration_number = %s FOR UPDATE", number)
        run(session, "UPDATE institution_profile SET municipality = %s WHERE institution = %s", municipality, number)
        institutions_changed(session, [number])

    def _moves(self, session: Session, one: int, municipality: str | None) -> None:
        run(
            session,
            "UPDATE residence SET recorded = tstzrange(lower(recorded), now(), '[]') WHERE person_id = %s AND upper_inf(recorded)",
            one,
        )
        if municipality:
            kept = "INSERT INTO residence (person_id, kind, municipality, valid) VALUES (%s, 'declared', %s, '[2020-01-01,)')"
            run(session, kept, one, municipality)

    def _restricted(self, session: Session, one: int, value: bool) -> None:
        run(session, "UPDATE person_profile SET restricted = %s WHERE person_id = %s", value, one)

    def _renamed(self, session: Session, one: int, name: str) -> None:
        run(session, "UPDATE person_profile SET given_name = %s WHERE person_id = %s", name, one)

    def _enrolled(self, session: Session, one: int, which: int) -> None:
        run(session, "INSERT INTO programme VALUES (%s, '21011111') ON CONFLICT DO NOTHING", SCHOOLS[which])
        run(
            session,
            "INSERT INTO affiliation (identity_id, institution, programme, main, study_form, language, status, sender, sender_key, valid) "
            "SELECT min(id), %s, '21011111', false, '1', '1', 'AKT', 's', gen_random_uuid()::text, '[2025-09-01,)' FROM identity "
            "WHERE person_id = %s HAVING count(*) > 0",
            SCHOOLS[which],
            one,
        )

    def _teaches(self, session: Session, one: int, which: int) -> None:
        run(
            session,
            "INSERT INTO teaching_post (identity_id, institution, post, load, sender, sender_key, valid) "
            "SELECT min(id), %s, 'Skolotājs', 1, 's', gen_random_uuid()::text, '[2025-09-01,)' FROM identity "
            "WHERE person_id = %s HAVING count(*) > 0",
            SCHOOLS[which],
            one,
        )

    def _transferred(self, session: Session, one: int, which: int) -> set[tuple[str, int]]:
        return self._new_version(session, one, "institution", SCHOOLS[which])

    def _in_error(self, session: Session, one: int, value: bool) -> set[tuple[str, int]]:
        return self._new_version(session, one, "status", "DUB" if value else "AKT")

    def _new_version(self, session: Session, one: int, column: str, value: str) -> set[tuple[str, int]]:
        """A correction as it is written: the newest row of the person closes, a version with the same entry follows."""
        if column == "institution":
            run(session, "INSERT INTO programme VALUES (%s, '21011111') ON CONFLICT DO NOTHING", value)
        changed = COPIED.replace(column, "%s")
        found = run(
            session,
            "UPDATE affiliation SET recorded = tstzrange(lower(recorded), now(), '[]') WHERE id = (SELECT max(a.id) FROM affiliation a "
            "JOIN identity i ON i.id = a.identity_id WHERE i.person_id = %s AND upper_inf(a.recorded)) RETURNING id, entry_id",
            one,
        )
        for before, _ in found:
            run(session, f"INSERT INTO affiliation ({COPIED}) SELECT {changed} FROM affiliation WHERE id = %s", value, before)
        return {("affiliation", entry) for _, entry in found}

    def _withdrawn(self, session: Session, one: int, _value: None) -> set[tuple[str, int]]:
        found = run(
            session,
            "UPDATE teaching_post t SET recorded = tstzrange(lower(t.recorded), now(), '[]') FROM identity i WHERE i.id = t.identity_id "
            "AND i.person_id = %s AND upper_inf(t.recorded) RETURNING t.entry_id",
            one,
        )
        return {("teachingPost", entry) for (entry,) in found}

    def _recoded(self, session: Session, one: int, which: int) -> None:
        if run(session, "SELECT FROM identity WHERE value = %s AND person_id <> %s", SPARE[which], one):
            return
        run(session, "UPDATE identity SET current = false WHERE person_id = %s", one)
        run(
            session,
            "INSERT INTO identity (person_id, scheme, value) VALUES (%s, 'personal_code', %s) "
            "ON CONFLICT (value, scheme, issuer) DO UPDATE SET current = true",
            one,
            SPARE[which],
        )

    def _merged(self, session: Session, one: int, other: int) -> None:
        """The second one's codes become former codes of the first one; merging with oneself gives a code of one's own back."""
        another = self.people[other]
        if another != one:
            run(session, "UPDATE identity SET person_id = %s, current = false WHERE person_id = %s", one, another)


def run(session: Session, statement: str, *values: Any) -> list[Any]:
    result = session.connection().exec_driver_sql(statement, values)
    return result.all() if result.returns_rows else []


def expected(register: Register) -> set[tuple[str, int, str]]:
    """Who may hold which entry about people, by the rows of the register."""
    living: dict[int, set[str]] = {}
    for person_id, municipality in register.execute(
        "SELECT r.person_id, r.municipality FROM residence r JOIN person_profile p ON p.person_id = r.person_id "
        "WHERE upper_inf(r.recorded) AND NOT p.restricted"
    ):
        living.setdefault(person_id, set()).add(municipality)
    there = dict(tuple(row) for row in register.execute("SELECT institution, municipality FROM institution_profile"))
    found = set()
    for entity, table in (("affiliation", "affiliation"), ("teachingPost", "teaching_post")):
        status = "a.status" if entity == "affiliation" else "''"
        for entry, institution, person_id, in_state in register.execute(
            f"SELECT a.entry_id, a.institution, i.person_id, {status} FROM {table} a JOIN identity i ON i.id = a.identity_id "
            "WHERE upper_inf(a.recorded)"
        ):
            if in_state != "DUB":
                holders = {there[institution], *living.get(person_id, set())} - {None}
                found |= {(entity, entry, holder) for holder in holders or {""}}
    return found


@pytest.fixture
def app(register: Register) -> Iterator[Any]:
    for client, (scope, values) in CLIENTS.items():
        register.grant(client, scope=scope, scope_values=values, rights=["health"])
    return application(register.databases)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=5, max_size=40))
def test_a_copy_is_always_what_its_reader_may_hold(register, app, steps):
    world = World(register)
    copies = {client: Copy(app, client) for client in CLIENTS}
    for step, which, value in steps:
        match step:
            case "numbered":
                numbered(register)
            case "shortened":
                register.execute("UPDATE feed_event SET changed_at = now() - interval '40 days'")
                with register.databases.register.begin() as session:
                    shorten(session, run(session, "SELECT current_date - 30")[0][0])
            case "read":
                _read(copies[which], value)
            case _:
                world.write(step, which, value)
    numbered(register)
    assert {(entity, entry, holder) for entity, entry, holder in _holding(register)} == expected(register)
    for client, (scope, values) in CLIENTS.items():
        copy, fresh = copies[client], Copy(app, client)
        _read(copy, 5)
        fresh.follow()
        if scope == "institutions":
            of_scope = {
                key for key, (_, content) in held(register).items() if key[0] == "institution" or _institution(key, content) in values
            }
            of_scope |= {key for key in held(register) if key[0] == "programme"}
            assert set(copy.entries) == set(fresh.entries) == of_scope
        else:
            audiences = [*values, "public"] if values else []
            assert copy.entries == fresh.entries == held(register, *audiences)
        if scope == "everything" or (scope == "municipalities" and len(values) == 1):
            assert copy.proved()


def _read(copy: Copy, size: int) -> None:
    try:
        copy.follow(size)
    except Refused as refusal:
        assert str(refusal) == "R-0404"  # noqa: PT017 - any other refusal is a mistake
        copy.begin_again()
        copy.follow(size)


def _holding(register: Register) -> list[tuple[str, int, str]]:
    rows = register.execute("SELECT entity, entry_id, municipality FROM holding WHERE municipality <> 'public'")
    return [tuple(row) for row in rows]


def _institution(key: tuple[str, int], content: list[str]) -> str | None:
    return content[6] if key[0] in ("affiliation", "teachingPost") else None
