"""Helpers of the tests about merging and separating people: officers, what the register says of everybody, and copies that follow."""

from collections import defaultdict
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy.orm import Session
from stdnum.lv import pvn

from core import changes, feed, identities
from core.access import Right, Scope, ScopeKind
from core.education import Named
from core.feed_events import ChangeEvent
from core.identities import Asked, Decision, Merged, Separated
from core.sequencer import move
from core.submissions import Done, Sender, once
from tests.register import EVERYTHING, Register

Result = TypeVar("Result")
TODAY = date(2026, 11, 24)
OFFICER = Decision("LV-DEV/GOV/IZM/allservices", "LV-officer-1", EVERYTHING, frozenset(), TODAY, "Divi kodi vienam bērnam")
FIRST_DAY = date(2020, 1, 1)

STATE = {
    "identity": "SELECT value, issuer, person_id, current FROM identity",
    "profile": "SELECT person_id, given_name, surname, born_on, died_on, status, restricted, source FROM person_profile "
    "WHERE upper_inf(recorded)",
    "residence": "SELECT person_id, kind, municipality, address, valid::text FROM residence WHERE upper_inf(recorded)",
    "guardianship": "SELECT child_id, guardian_id, care_institution, kind, valid::text FROM guardianship WHERE upper_inf(recorded)",
    "holding": "SELECT entity, entry_id, municipality, institution, version, person_id, content, health FROM holding",
}
ROWS = ("affiliation", "teaching_post", "education_document")
GROUPS_THEN = """
SELECT i.value, i.issuer, coalesce(p.person_id, i.person_id), coalesce(p.current, i.current) FROM identity i
LEFT JOIN identity_past p ON p.identity_id = i.id AND p.recorded @> CAST(:at AS timestamptz)"""


def code(number: int) -> str:
    """A code that was never issued."""
    digits = f"04051820{number:02d}" if number < 100 else f"0505182{number:03d}"
    return digits + pvn.calc_check_digit_pers(digits)


def named(name: str, institution: str = "") -> Named:
    """A person by code, or by an institution's identifier."""
    return Named("institution", institution, name) if institution else Named("personal_code", "", name)


def merge(register: Register, keep: Named, other: Named, by: Decision = OFFICER) -> Merged:
    return _decided(register, by, lambda session: identities.merge(session, by, keep, other))


def separate(register: Register, *asked: Asked, by: Decision = OFFICER) -> Separated:
    return _decided(register, by, lambda session: identities.separate(session, by, asked))


def _decided(register: Register, by: Decision, decide: Callable[[Session], Result]) -> Result:
    """What was decided, within the frame of every message that writes: who meets another writer decides again."""
    results = []

    def work() -> Done:
        results.append(decide(session))
        return Done([])

    with register.databases.register.begin() as session:
        sender = Sender(by.client, by.user, "message-1", by.scope, datetime.now(UTC))
        once(session, sender, "decide", uuid4().hex, b"", work)
    return results[-1]


def back(*names: Named) -> list[Asked]:
    return [Asked(name) for name in names]


def state(register: Register) -> dict[str, list[Any]]:
    """Everything that is said now, whatever its rows are numbered."""
    said = {name: sorted(map(tuple, map(_comparable, register.execute(statement)))) for name, statement in STATE.items()}
    return said | {table: register.execute(f"SELECT * FROM {table} ORDER BY id") for table in ROWS}


def _comparable(row: Collection[Any]) -> list[str]:
    return [str(value) for value in row]


def now(register: Register) -> datetime:
    return register.execute("SELECT clock_timestamp()")[0][0]


def groups(register: Register, at: datetime | None = None) -> list[tuple[Any, ...]]:
    """Who held which identity, now or at an instant, by the history that the database keeps."""
    return sorted(map(tuple, register.execute(GROUPS_THEN, at=at or datetime.now(UTC) + timedelta(days=1))))


def follow(register: Register, *scope: str) -> list[ChangeEvent]:
    """Every event of a municipality, or of everything, numbered first."""
    with register.databases.register_engine.begin() as connection:
        move(connection)
    whose = Scope(ScopeKind.MUNICIPALITIES, scope) if scope else EVERYTHING
    asked, cursor, events, more = feed.followed(whose, frozenset({Right.HEALTH}), None, None), None, [], True
    with register.databases.replica.begin() as session:
        while more:
            page = feed.events_page(session, asked, cursor, 100)
            cursor, more = page.next_cursor, page.more
            events += [ChangeEvent(*event) for event in page.events]
    return events


def copy_of(events: Collection[ChangeEvent]) -> dict[tuple[str, int], Any]:
    """What a copy holds that applied these events; key events change no entry."""
    held: dict[tuple[str, int], Any] = {}
    for event in events:
        match event.kind:
            case "upsert":
                held[event.entity, event.entry_id] = (event.version, _content(event))
            case "remove" | "lostAccess":
                held.pop((event.entity, event.entry_id), None)
    return held


def _content(event: ChangeEvent) -> list[Any]:
    [content] = [value for value in event[6:11] if value is not None]
    return list(content)


def holding(register: Register, *municipality: str) -> dict[tuple[str, int], Any]:
    """What the register says that a municipality, or everybody together, holds."""
    where = "municipality = ANY(:scope) OR municipality = 'public'" if municipality else "true"
    rows = register.execute(
        f"SELECT DISTINCT entity, entry_id, version, content, health FROM holding WHERE {where}", scope=list(municipality)
    )
    return {(entity, entry): (version, [*content, *(health or [])]) for entity, entry, version, content, health in rows}


def told_everything(register: Register) -> None:
    """Nothing is left to be told: whoever looks at all people again finds no difference."""
    with register.databases.register.begin() as session:
        people = [row[0] for row in register.execute("SELECT id FROM person")]
        before = register.execute("SELECT count(*) FROM change")
        changes.people_changed(session, people, TODAY)
    assert register.execute("SELECT count(*) FROM change") == before


def days_covered(register: Register, table: str, *key: str) -> dict[tuple[Any, ...], set[int]]:
    """For each key the days on which something holds, counted up to some years ahead."""
    covered: dict[tuple[Any, ...], set[int]] = defaultdict(set)
    columns = ", ".join(key)
    for *found, first, after in register.execute(f"SELECT {columns}, lower(valid), upper(valid) FROM {table} WHERE upper_inf(recorded)"):
        begins, ends = (first - FIRST_DAY).days, 3000 if after is None else (after - FIRST_DAY).days
        covered[tuple(found)].update(range(begins, ends))
    return covered
