"""Made-up schools and learners for measuring what is submitted: the same for the same number, people in the register, affiliations not yet.

A learner has an open main affiliation, an earlier one that ended, and every second one learns some art beside it: 2.5 affiliations each.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

import psycopg

from adapters.embedded import Cluster
from tests.bench import nation, place

BASIC, ARTS = "21011111", "20V21211"
FIRST_BORN, DAYS = date(2018, 1, 1), 1461
LEARNERS_A_SCHOOL = 150
COLUMNS = {
    "institution": "registration_number",
    "institution_profile": "institution, name, type_code, kind_code, subordination_code, legal_status_code, municipality, valid, recorded",
    "programme": "institution, code",
    "programme_profile": "institution, code, name, lki_level, valid, recorded",
    "recognition": "id, kind, institution, programme",
    "decision": (
        "id, recognition_id, authority, number, outcome, status, decided_on, valid_from, proposed_client, proposed_user, confirmed_at, "
        "confirmed_client, confirmed_user, published_at"
    ),
    "recognition_period": "recognition_id, decision_id, status, valid, recorded",
    "person": "id",
    "identity": "person_id, scheme, value",
    "person_profile": "person_id, given_name, surname, born_on, restricted, source",
    "residence": "person_id, kind, municipality, address, valid",
}
KNOWN = '["2020-01-01 00:00:00+00",)'


class Item(NamedTuple):
    """One affiliation as a school's system knows it."""

    sender_key: str
    personal_code: str
    institution: str
    programme: str
    main: bool
    class_level: str | None
    class_group: str | None
    study_form: str
    language: str
    status: str
    started_on: str
    ended_on: str | None
    start_order: str
    end_order: str | None
    end_reason: str | None


class World(NamedTuple):
    """A country of this many learners."""

    people: int

    @property
    def schools(self) -> int:
        return max(20, self.people // LEARNERS_A_SCHOOL)

    @property
    def affiliations(self) -> int:
        return self.people * 5 // 2

    def in_order(self) -> list[int]:
        """The numbers of all affiliations, each school's together as its system would send them."""
        return sorted(range(self.affiliations), key=lambda number: (self._place(number), number))

    def item(self, number: int) -> Item:
        """One affiliation."""
        turn, person = divmod(number, self.people)
        key, code, place = f"L-{number:08d}", personal_code(person), school(self._place(number))
        if turn == 0:
            level = str(1 + person % 9)
            now = ("AKT", "2024-09-01", None, f"1-8/2024-{person}", None, None)
            return Item(key, code, place, BASIC, True, level, f"{level}.{'abcd'[person % 4]}", "1", "1", *now)
        if turn == 1:
            ended = ("IZB", "2021-09-01", "2024-08-31", f"1-8/2021-{person}", f"1-9/2024-{person}", "02")
            return Item(key, code, place, BASIC, True, "1", "1.a", "1", "1", *ended)
        return Item(key, code, place, ARTS, False, None, None, "1", "2", "AKT", "2025-09-01", None, f"2-1/2025-{person}", None, None)

    def _place(self, number: int) -> int:
        turn, person = divmod(number, self.people)
        home = _spread(person, self.schools)
        return home if turn == 0 else (home + 7) % self.schools if turn == 1 else home // 10 * 10


def changed(item: Item) -> Item:
    """The same affiliation in another group."""
    return item._replace(class_group=f"{item.class_level or 'M'}.z")


def school(number: int) -> str:
    """Its registration number."""
    return f"41131{number:05d}"


@cache
def _day(number: int) -> date:
    return FIRST_BORN + timedelta(days=number)


def personal_code(person: int) -> str:
    """A code that was never issued."""
    return nation.personal_code(_day(person % DAYS), person // DAYS)


def _spread(number: int, into: int) -> int:
    return (number * 2_654_435_761 >> 7) % into


def _municipality(number: int) -> str:
    return nation.MUNICIPALITIES[0 if number % 3 == 0 else number % len(nation.MUNICIPALITIES)]


def database(running: Cluster, people: int) -> str:
    """The name of a database with the people, their homes and the schools of such a world; made once and kept."""
    name = f"licensed_schools_{people}"
    place.prepared(running, name, f"{people:,} learners and their schools", lambda connection: load(connection, World(people)))
    return name


def load(connection: "psycopg.Connection[tuple[object, ...]]", world: World) -> None:
    """Writes people, homes and schools into an empty register."""
    rows = _school_rows(world) | _licence_rows(world) | _people_rows(world)
    for table, columns in COLUMNS.items():
        with connection.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in rows[table]:
                copy.write_row(row)
    for table in ("person", "recognition", "decision"):
        connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")
    # A register that never had a feed gets it from what is there, when it is brought up to date.
    connection.execute("UPDATE feed_state SET complete = false")


def _school_rows(world: World) -> dict[str, Iterator[Sequence[object]]]:
    numbers = range(world.schools)
    profile = ("13", "V2", "90", "JS01")
    return {
        "institution": ((school(number),) for number in numbers),
        "institution_profile": (
            (school(number), f"{number}. vidusskola", *profile, _municipality(number), "[2010-01-01,)", KNOWN) for number in numbers
        ),
        "programme": ((school(number), code) for number in numbers for code in (BASIC, ARTS)),
        "programme_profile": (
            (school(number), code, name, level, "[2010-01-01,)", KNOWN)
            for number in numbers
            for code, name, level in ((BASIC, "Pamatizglītības programma", "2"), (ARTS, "Mūzikas un mākslas pamati", None))
        ),
    }


def _licence_rows(world: World) -> dict[str, Iterator[Sequence[object]]]:
    """A licence for each programme, from the day on which it is offered."""
    programmes = ((school(number), code) for number in range(world.schools) for code in (BASIC, ARTS))
    licences = [(key, *programme) for key, programme in enumerate(programmes, 1)]
    since, known, officer = "2010-01-01", "2020-01-01 00:00:00+00", "LV-DEV/GOV/IKVD/bench"
    by = (officer, "LV-1", known, officer, "LV-2", known)
    return {
        "recognition": ((key, "licence", place, code) for key, place, code in licences),
        "decision": ((key, key, "LV-DEV/GOV/IKVD", f"V-{key}", "grant", "LIC", since, since, *by) for key, _, _ in licences),
        "recognition_period": ((key, key, "LIC", "[2010-01-01,)", KNOWN) for key, _, _ in licences),
    }


def _people_rows(world: World) -> dict[str, Iterator[Sequence[object]]]:
    people = range(world.people)
    given, surnames = nation.GIVEN, nation.SURNAMES
    return {
        "person": ((person + 1,) for person in people),
        "identity": ((person + 1, "personal_code", personal_code(person)) for person in people),
        "person_profile": (
            (person + 1, given[person % 12], surnames[person // 12 % 11], _day(person % DAYS), person % 500 == 7, "population_register")
            for person in people
        ),
        # Seven of ten learn where they live.
        "residence": (
            (
                person + 1,
                "declared",
                _municipality(_spread(person, world.schools) + (1 if person % 10 < 3 else 0)),
                f"Brīvības iela {person % 300} - {person % 80}",
                "[2022-01-01,)",
            )
            for person in people
        ),
    }
