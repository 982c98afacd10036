"""Twenty writers with random long transactions, a sequencer that is killed again and again, and one reader: the reader's copies end equal.

python -m tests.bench.feed_race --seconds 60
"""

import argparse
import random
import signal
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from psycopg.errors import DeadlockDetected
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from adapters.children import end_child
from core.access import Scope, ScopeKind
from core.changes import entries_changed, institutions_changed, people_changed, rebuild
from core.checkpoints import checkpoints
from core.database import Databases
from core.feed import events_page, followed
from core.people import lock
from tests.following import held, numbered, pending, until
from tests.register import MADONA, RIGA, Register
from tests.viis import start_viis

WRITERS, PEOPLE = 20, 300
PLACES = (RIGA, MADONA, "0003000")
SCHOOLS = [f"41131000{number:02}" for number in range(6)]
READERS = {
    "everything": (Scope(ScopeKind.EVERYTHING), ()),
    "one municipality": (Scope(ScopeKind.MUNICIPALITIES, (RIGA,)), (RIGA, "public")),
    "two municipalities": (Scope(ScopeKind.MUNICIPALITIES, (RIGA, MADONA)), (RIGA, MADONA, "public")),
}
NEW_VERSION = """
WITH closed AS (
    UPDATE affiliation SET recorded = tstzrange(lower(recorded), clock_timestamp(), '[]') WHERE id = (
        SELECT a.id FROM affiliation a JOIN identity i ON i.id = a.identity_id
        WHERE i.person_id = :person AND upper_inf(a.recorded) ORDER BY random() LIMIT 1)
    RETURNING *)
INSERT INTO affiliation (entry_id, identity_id, institution, programme, main, class_group, study_form, language, status, sender,
    sender_key, valid, recorded)
SELECT entry_id, identity_id, :school, programme, main, :value, study_form, language, :status, sender, sender_key, valid,
    tstzrange(upper(recorded), NULL) FROM closed RETURNING entry_id"""
ENROL = """
INSERT INTO affiliation (identity_id, institution, programme, main, study_form, language, status, sender, sender_key, valid)
SELECT id, :school, '21011111', false, '1', '1', 'AKT', 'race', gen_random_uuid()::text, '[2025-09-01,)' FROM identity
WHERE person_id = :person RETURNING entry_id"""
MOVE = "UPDATE residence SET municipality = :place WHERE person_id = :person"
RENAME = "UPDATE person_profile SET given_name = :value, restricted = :chance < 0.2 WHERE person_id = :person"


@dataclass
class Race:
    """What is going on, and what was counted of it."""

    register: Register
    until: float
    counts: Counter[str] = field(default_factory=Counter)
    errors: list[BaseException] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return time.monotonic() >= self.until or bool(self.errors)

    def write(self, seed: int) -> None:
        """One writer, until the race is over."""
        chance = random.Random(seed)
        while not self.over:
            try:
                with self.register.databases.register() as session:
                    _write(session, chance)
                    if chance.random() < 0.1:
                        time.sleep(chance.random() * 1.5)
                    if chance.random() < 0.1:
                        session.rollback()
                        self.counts["taken back"] += 1
                    else:
                        session.commit()
                        self.counts["committed"] += 1
            except (DeadlockDetected, OperationalError) as error:
                # A school's move and a writer about its people may meet; whoever is told so does it again.
                if not isinstance(getattr(error, "orig", error), DeadlockDetected):
                    raise
                self.counts["met"] += 1

    def read(self, readers: "list[Reader]", seed: int) -> None:
        """The one reader, who keeps a copy for each scope."""
        chance = random.Random(seed)
        while not self.over:
            for reader in readers:
                reader.page(chance.randint(1, 300))

    def kill(self, url: str, folder: str, seed: int) -> None:
        """A sequencer that is killed with -9 after a while, and another one, and another one."""
        chance = random.Random(seed)
        while not self.over:
            sequencer = start_viis("sequencer", VIIS_REGISTER_URL=url, VIIS_DATA=folder)
            head = self._head()
            while not self.over and self._head() == head:
                time.sleep(0.02)
            time.sleep(chance.random())
            sequencer.send_signal(signal.SIGKILL)
            sequencer.wait()
            self.counts["killed"] += 1

    def _head(self) -> int:
        return int(self.register.execute("SELECT head FROM feed_state")[0][0])


@dataclass
class Reader:
    """A copy, read within this process."""

    databases: Databases
    scope: Scope
    entries: dict[tuple[str, int], tuple[int, list[str]]] = field(default_factory=dict)
    cursor: str | None = None
    last: int = 0
    pages: int = 0

    def page(self, size: int) -> bool:
        """Applies one page; returns whether there is more."""
        asked = followed(self.scope, frozenset({"health"}), None, None)
        with self.databases.reading() as session:
            page = events_page(session, asked, self.cursor, size)
        for event in page.events:
            assert event[0] > self.last, "a position came twice, or after a later one"
            self.last = event[0]
            _apply(self.entries, event)
        self.cursor = page.next_cursor
        self.pages += 1
        return page.more

    def proved(self) -> bool:
        asked = followed(self.scope, frozenset({"health"}), None, None)
        with self.databases.reading() as session:
            points = checkpoints(session, asked, self.cursor).points
        counted = Counter(entity for entity, _ in self.entries)
        return {point.entity: point.rows for point in points} == dict(counted)


def race(url: str, seconds: float, seed: int = 1) -> Counter[str]:
    """Runs it on an empty register and compares; returns what was counted."""
    databases = Databases(url, url, connections=WRITERS + 4)
    register = Register(databases)
    try:
        _fill(register)
        running = Race(register, time.monotonic() + seconds)
        readers = [Reader(databases, scope) for scope, _ in READERS.values()]
        with tempfile.TemporaryDirectory() as folder:
            jobs: list[tuple[Any, ...]] = [(running.write, seed * 1000 + number) for number in range(WRITERS)]
            jobs += [(running.read, readers, seed), (running.kill, url, folder, seed)]
            _together(running, jobs)
            last = start_viis("sequencer", VIIS_REGISTER_URL=url, VIIS_DATA=folder)
            try:
                until(lambda: register.execute("SELECT count(*) FROM change") == [(0,)])
            finally:
                end_child(last)
        _compare(register, readers)
        running.counts["events"] = int(register.execute("SELECT count(*) FROM feed_event")[0][0])
        running.counts["pages"] = sum(reader.pages for reader in readers)
        return running.counts
    finally:
        databases.close()


def _fill(register: Register) -> None:
    for number in SCHOOLS:
        register.institution(number)
        register.programme(number, "21011111")
    for number in range(PEOPLE):
        person = register.person(f"0405182{number:04}")
        register.lives(person, PLACES[number % 3])
        register.learns(person, SCHOOLS[number % 6], main=False)
    with register.databases.register.begin() as session:
        rebuild(session)


def _write(session: Session, chance: random.Random) -> None:
    """What one transaction does: a school moves, or something about one to three people."""
    if chance.random() < 0.03:
        number = chance.choice(SCHOOLS)
        session.execute(text("SELECT FROM institution WHERE registration_number = :number FOR UPDATE"), {"number": number})
        moved = text("UPDATE institution_profile SET municipality = :place WHERE institution = :number")
        session.execute(moved, {"place": chance.choice(PLACES), "number": number})
        institutions_changed(session, [number])
        return
    people = chance.sample(range(1, PEOPLE + 1), chance.randint(1, 3))
    lock(session, people)
    entries: list[int] = []
    for person in people:
        values = {
            "person": person,
            "school": chance.choice(SCHOOLS),
            "place": chance.choice(PLACES),
            "value": f"V{chance.random():.9f}",
            "status": chance.choice(("AKT", "AKT", "AKT", "DUB")),
            "chance": chance.random(),
        }
        statement = chance.choice((NEW_VERSION, NEW_VERSION, ENROL, MOVE, RENAME))
        done = session.execute(text(statement), values)
        entries += done.scalars().all() if done.returns_rows else []
    entries_changed(session, "affiliation", entries)
    people_changed(session, people)


def _together(running: Race, jobs: list[tuple[Any, ...]]) -> None:
    def kept(job: Any, *arguments: Any) -> None:
        try:
            job(*arguments)
        except BaseException as error:
            running.errors.append(error)

    threads = [threading.Thread(target=kept, args=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if running.errors:
        raise running.errors[0]


def _compare(register: Register, readers: list[Reader]) -> None:
    for (name, (_, audiences)), reader in zip(READERS.items(), readers, strict=True):
        while reader.page(1000):
            pass
        assert reader.entries == held(register, *audiences), f"the copy of {name} differs"
        assert reader.proved() or len(audiences) > 2
    positions = register.execute("SELECT count(*), min(position), max(position), (SELECT head FROM feed_state) FROM feed_event")
    [(count, first, last, head)] = positions
    assert (count, first, last) == (head, 1, head), "positions are not consecutive"
    # Whatever was told one by one is what comparing everything finds.
    with register.databases.register.begin() as session:
        rebuild(session)
    assert pending(register) == []
    numbered(register)


def _apply(entries: dict[tuple[str, int], tuple[int, list[str]]], event: Any) -> None:
    kind, entity, entry = event[2], event[3], event[4]
    if kind == "upsert":
        content = next(values for values in event[6:11] if values is not None)
        entries[entity, entry] = (event[5], [value or "" for value in content])
    else:
        entries.pop((entity, entry), None)


def main() -> None:
    """A minute of it, on a database of its own."""
    from tests.bench import place

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    wish = parser.parse_args()
    with place.cluster() as running:
        empty = place.prepared(running, "empty", "an empty register", lambda connection: None)
        counts = race(place.copied(running, empty.rpartition("/")[2], "race"), wish.seconds, wish.seed)
    print("Equal, row for row. " + ", ".join(f"{number} {what}" for what, number in sorted(counts.items())) + ".")


if __name__ == "__main__":
    main()
