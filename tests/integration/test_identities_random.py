"""Whatever is merged, separated and swapped: no row is lost, every code finds one person, and copies stay equal."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from sqlalchemy import text

from core import changes
from core.education import Named
from core.errors import NotOnePerson, NotSeparable
from core.identities import Asked
from core.model import Affiliation, EducationDocument, Guardianship, Identity, Person, PersonProfile, Residence, TeachingPost
from tests.integration.identities import (
    FIRST_DAY,
    ROWS,
    TODAY,
    back,
    code,
    copy_of,
    days_covered,
    follow,
    groups,
    holding,
    merge,
    now,
    separate,
    state,
    told_everything,
)
from tests.register import LONG_AGO, MADONA, RIGA, Register, days, since

SCHOOLS = ("4313100001", "4313100002", "4313100003")
PEOPLE, STEPS = 8, 14


class World:
    """A few people with whatever people have, and what happens to them."""

    def __init__(self, register: Register, seed: int) -> None:
        self.register, self.random = register, Random(seed)
        self.names: list[Named] = []
        for number, municipality in zip(SCHOOLS, (RIGA, MADONA, RIGA), strict=True):
            register.institution(number, municipality=municipality)
            register.programme(number, "21011111")
        with register.databases.register.begin() as session:
            people = [Person() for _ in range(PEOPLE)]
            session.add_all(people)
            session.flush()
            ids = [person.id for person in people]
            for number, person in enumerate(ids):
                session.add_all(self._said(person, ids))
                held = self._identities(number, person)
                session.add_all(held)
                session.flush()
                self.names += [Named(entry.scheme, entry.issuer, entry.value) for entry in held]
                session.add_all(row for entry in held for row in self._rows(entry.id))
            session.flush()
            session.execute(text("UPDATE feed_state SET complete = true"))
            changes.institutions_changed(session, SCHOOLS, TODAY)
            changes.people_changed(session, ids, TODAY)

    def _identities(self, number: int, person: int) -> list[Identity]:
        codes = self.random.choice((0, 1, 1, 1, 2))
        others = self.random.randint(0 if codes else 1, 1)
        kept = {"person_id": person, "created_at": LONG_AGO}
        return [
            *(Identity(scheme="personal_code", issuer="", value=code(3 * number + n), current=n == 0, **kept) for n in range(codes)),
            *(Identity(scheme="institution", issuer=SCHOOLS[0], value=f"A-{number}", current=True, **kept) for _ in range(others)),
        ]

    def _said(self, person: int, people: list[int]) -> Iterable[object]:
        chance, recorded = self.random.random, since(LONG_AGO)
        if chance() < 0.85:
            names = {"given_name": self.random.choice(("Anna", "Jānis", "Ilze")), "surname": f"B{person}"}
            yield PersonProfile(person_id=person, restricted=chance() < 0.2, source="institution", recorded=recorded, **names)
        moments = sorted(self.random.sample(range(2500), 4))
        for first, last in pairwise(moments):
            if chance() < 0.5:
                where = {"municipality": self.random.choice((RIGA, MADONA)), "kind": self.random.choice(("declared", "stated"))}
                yield Residence(person_id=person, valid=self._period(first, last), recorded=recorded, **where)
        if chance() < 0.6:
            yield Residence(person_id=person, kind="declared", municipality=RIGA, valid=self._period(moments[-1]), recorded=recorded)
        for guardian in self.random.sample([other for other in people if other > person], k=min(1, len([o for o in people if o > person]))):
            yield Guardianship(child_id=person, guardian_id=guardian, kind="parent", valid=self._period(moments[0]), recorded=recorded)
        if chance() < 0.2:
            kept = {"care_institution": "Bērnunams", "kind": "care_institution"}
            yield Guardianship(child_id=person, valid=self._period(moments[1], moments[2]), recorded=recorded, **kept)

    def _rows(self, identity: int) -> Iterable[object]:
        number, recorded = self.random.randrange, since(LONG_AGO)
        sent = {"identity_id": identity, "sender": "S", "recorded": recorded}
        if number(3):
            place = {"institution": self.random.choice(SCHOOLS), "programme": "21011111", "status": "AKT"}
            kept = {"main": True, "study_form": "1", "language": "1", "valid": days("2026-09-01"), "sender_key": f"A{identity}"}
            yield Affiliation(**sent, **place, **kept)
        if not number(3):
            place = {"institution": self.random.choice(SCHOOLS), "valid": days("2025-09-01"), "sender_key": f"T{identity}"}
            yield TeachingPost(**sent, **place, post="Skolotājs", load="1.000")
        if not number(3):
            place = {"institution": self.random.choice(SCHOOLS), "document_type": "APV", "number": str(identity), "status": "valid"}
            yield EducationDocument(**sent, **place, issued_on=TODAY, sender_key=f"D{identity}")

    def _period(self, first: int, last: int | None = None) -> Any:
        ends = None if last is None else (FIRST_DAY + timedelta(last - 1)).isoformat()
        return days((FIRST_DAY + timedelta(first)).isoformat(), ends)

    def persons(self) -> dict[int, list[Named]]:
        """Whom there is, by the identities that each holds."""
        held: dict[int, list[Named]] = defaultdict(list)
        for person, *name in self.register.execute("SELECT person_id, scheme, issuer, value FROM identity ORDER BY id"):
            held[person].append(Named(*name))
        return held


@pytest.fixture(params=range(8))
def world(register: Register, request: pytest.FixtureRequest) -> World:
    return World(register, request.param)


def test_merging_and_separating_again_in_the_other_order_leaves_everything_as_it_was(world: World) -> None:
    register, pile = world.register, []
    while len(held := world.persons()) > 2 and len(pile) < 5:
        kept, merged = world.random.sample(sorted(held), 2)
        before = state(register)
        try:
            merge(register, held[kept][0], held[merged][-1])
        except NotOnePerson:
            assert state(register) == before
            if world.random.random() < 0.1:
                break
            continue
        assert state(register) != before
        pile.append((before, held[merged]))
    for before, brought in reversed(pile):
        separate(register, *back(*brought))
        assert state(register) == before


def test_whatever_is_decided_nothing_is_lost_and_everybody_is_found(world: World) -> None:
    register = world.register
    rows = {table: register.execute(f"SELECT * FROM {table} ORDER BY id") for table in ROWS}
    known = []
    for _ in range(STEPS):
        known.append((now(register), groups(register)))
        step(world)
        check_people(register)
        assert {table: register.execute(f"SELECT * FROM {table} ORDER BY id") for table in ROWS} == rows
        for at, then in known:
            assert groups(register, at) == then
    told_everything(register)
    for scope in ((), (RIGA,), (MADONA,)):
        events = follow(register, *scope)
        assert copy_of(events) == holding(register, *scope)


def step(world: World) -> None:
    """One decision, whatever comes to the officer's mind; what is refused changes nothing."""
    register, held = world.register, world.persons()
    one, other = world.random.sample(sorted(held), 2)
    before = state(register)
    try:
        match world.random.choice(("merge", "merge", "back", "some", "swap", "into")):
            case "merge":
                merge_and_check(world, held, one, other)
            case "back":
                separate(register, *back(*world.random.sample(held[one], world.random.randint(1, len(held[one])))))
            case "some":
                separate(register, *back(world.random.choice(world.names)))
            case "swap":
                separate(register, Asked(held[one][0], held[other][0]), Asked(held[other][0], held[one][0]))
            case "into":
                separate(register, Asked(held[one][-1], held[other][0]))
    except (NotOnePerson, NotSeparable):
        assert state(register) == before


def merge_and_check(world: World, held: dict[int, list[Named]], kept: int, merged: int) -> None:
    """What was said of either is said of the one who stays, for the same days."""
    homes = days_covered(world.register, "residence", "person_id", "kind")
    answers = days_covered(world.register, "guardianship", "child_id", "guardian_id", "care_institution", "kind")
    safe = {person for (person,) in world.register.execute("SELECT person_id FROM person_profile WHERE restricted AND upper_inf(recorded)")}
    merge(world.register, held[kept][0], held[merged][0])
    same = {merged: kept}
    for before, table, key in (
        (homes, "residence", ("person_id", "kind")),
        (answers, "guardianship", ("child_id", "guardian_id", "care_institution", "kind")),
    ):
        expected: dict[tuple[Any, ...], set[int]] = defaultdict(set)
        for found, on in before.items():
            expected[tuple(same.get(part, part) for part in found)] |= on
        assert days_covered(world.register, table, *key) == expected
    if safe & {kept, merged}:
        assert world.register.execute("SELECT restricted FROM person_profile WHERE person_id = :p AND upper_inf(recorded)", p=kept) == [
            (True,)
        ]


def check_people(register: Register) -> None:
    """Every identity belongs to one person, who with codes has one of today; nothing is said of whom nobody can name."""
    codes = "count(*) FILTER (WHERE scheme = 'personal_code')"
    current = "count(*) FILTER (WHERE scheme = 'personal_code' AND current)"
    people = register.execute(f"SELECT person_id, {codes}, {current} FROM identity GROUP BY 1")
    assert all(now_current == min(number, 1) for _, number, now_current in people)
    named_people = {person for person, *_ in people}
    for column, table in (
        ("person_id", "person_profile"),
        ("person_id", "residence"),
        ("child_id", "guardianship"),
        ("guardian_id", "guardianship"),
    ):
        said = register.execute(f"SELECT DISTINCT {column} FROM {table} WHERE upper_inf(recorded) AND {column} IS NOT NULL")
        assert {person for (person,) in said} <= named_people
    twice = """SELECT FROM residence a JOIN residence b ON b.person_id = a.person_id AND b.id > a.id AND b.valid && a.valid
        WHERE upper_inf(a.recorded) AND upper_inf(b.recorded) AND a.kind = 'declared' AND b.kind = 'declared'"""
    assert register.execute(twice) == []
    assert register.execute("SELECT FROM guardianship WHERE child_id = guardian_id AND upper_inf(recorded)") == []
