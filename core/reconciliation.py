"""Where the list of children and the changes meet (saraksta un izmaiņu saskaņošana): the newer statement wins, differences are kept.

A list is as of an instant. A change says on which day it happened, not when it was recorded, which may be weeks later; but changes come in
the order of their recording, so none was recorded before the youngest day that stands before it: its `not_before`. A list is newer than a
change that was here before that instant, and than one whose `not_before` lies before the list's day. Otherwise the change is newer.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session, sessionmaker

from core.child_page import guardians_of
from core.child_rules import Arrived, Refused
from core.connections import cursor, fetch_all, fetch_one

RIGA = ZoneInfo("Europe/Riga")
# ChildRecord's fields after the code, in its order.
FIELDS = ("given_name", "surname", "born_on", "died_on", "status", "restricted", "municipality", "address", "resident_since")
# A list that says that it is of tomorrow is of now; a source whose clock is wrong must not make every change late for ever.
ANY_TOLD = "SELECT position FROM last_change LIMIT 1"
TOLD = """
SELECT l.code, l.position, c.received_at > list.as_of AND c.not_before >= (list.as_of AT TIME ZONE 'Europe/Riga')::date
FROM last_change l JOIN person_change c USING (position), (SELECT least(%(as_of)s, now()) AS as_of) AS list
WHERE l.code = ANY(%(codes)s::text[])"""
REGISTERED = """
SELECT i.value, i.person_id, i.current, p.given_name, p.surname, p.born_on::text, p.died_on::text, p.status, p.restricted,
    r.municipality, r.address, lower(r.valid)::text,
    (SELECT jsonb_agg(jsonb_build_array(g.kind, g.guardian_id, g.care_institution, lower(g.valid)::text))
        FROM guardianship g WHERE g.child_id = i.person_id AND upper_inf(g.recorded) AND upper_inf(g.valid))
FROM identity i JOIN person_profile p ON p.person_id = i.person_id AND upper_inf(p.recorded)
LEFT JOIN residence r ON r.person_id = i.person_id AND r.kind = 'declared' AND upper_inf(r.recorded) AND upper_inf(r.valid)
WHERE i.scheme = 'personal_code' AND i.issuer = '' AND i.value = ANY(%(codes)s::text[])"""
WHOSE = "SELECT value, person_id FROM identity WHERE scheme = 'personal_code' AND issuer = '' AND value = ANY(%(codes)s::text[])"
NAMED = """
INSERT INTO list_page (run_id, page, as_of, people) VALUES (%(run)s, %(page)s, least(%(as_of)s, now()), %(people)s::bigint[])
ON CONFLICT (run_id, page) DO UPDATE SET as_of = EXCLUDED.as_of, people = EXCLUDED.people
RETURNING (as_of AT TIME ZONE 'Europe/Riga')::date"""
DIFFERENCE = """
INSERT INTO reconciliation (run_id, person_id, field, last_position, list_as_of, taken) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (run_id, person_id, field) DO NOTHING"""
COUNT = "SELECT count(*), count(*) FILTER (WHERE taken = 'change') FROM reconciliation WHERE run_id = %(run)s"
LIST = "SELECT run_id, list_as_of, person_id, field, last_position, taken FROM reconciliation ORDER BY id"
LISTS = """
SELECT named.person, max(as_of) FROM list_page, unnest(people) AS named (person)
WHERE as_of >= %(since)s AND named.person = ANY(%(people)s) GROUP BY named.person"""


class ListTold(NamedTuple):
    """The instant as of which a list told of somebody (saraksta brīdis)."""

    as_of: datetime

    @property
    def day(self) -> date:
        """The day of the list in Latvia."""
        return self.as_of.astimezone(RIGA).date()

    def is_newer_than(self, received_at: datetime, not_before: date) -> bool:
        """Whether the list tells of a later state than a change does."""
        return received_at <= self.as_of or not_before < self.day


class Told(NamedTuple):
    """A child of the list of whom changes told (bērns ar izmaiņām): the last one, whether it is newer than the list, what differs."""

    entry: Arrived
    position: int
    newer: bool
    person_id: int
    fields: list[str]


class Reconciled(NamedTuple):
    """A page beside the changes (saskaņota lapa): whom the list is taken for, for how many a newer change stands, where both differ."""

    taken: list[Arrived]
    kept: int
    told: list[Told]


class Difference(NamedTuple):
    """A field in which a list and the changes differed (pretruna), without its values; `taken` says whose value stands."""

    run_id: int
    list_as_of: date | None
    person_id: int
    field: str
    last_position: int | None
    taken: str


def reconcile(session: Session, arrived: list[Arrived], as_of: datetime) -> Reconciled:
    """Compares a page with the register where changes told of its children; who has a newer change is left as the register has it."""
    if fetch_one(session, ANY_TOLD, {}) is None:
        return Reconciled(arrived, 0, [])
    named = [code for _, child in arrived for code in (child.personal_code, *child.former_codes) if code]
    last = {code: (position, newer) for code, position, newer in fetch_all(session, TOLD, {"codes": _array(named), "as_of": as_of})}
    if not last:
        return Reconciled(arrived, 0, [])
    told = _differing(session, [(entry, *max(found)) for entry in arrived if (found := [last[c] for c in _codes(entry) if c in last])])
    kept = {child.entry.position for child in told if child.newer}
    return Reconciled([entry for entry in arrived if entry.position not in kept], len(kept), told)


def note(session: Session, run: tuple[int, int], as_of: datetime, people: list[int], page: Reconciled, refused: Iterable[Refused]) -> None:
    """Keeps of whom a page told, and where it and the changes differed; `run` is the import's number and the page's."""
    run_id, number = run
    values = {"run": run_id, "page": number, "as_of": as_of, "people": _array(map(str, people))}
    row = fetch_one(session, NAMED, values)
    if page.told:
        dropped = {entry.position for entry in refused}
        rows = [
            (run_id, child.person_id, field, child.position, row and row[0], "change" if child.newer else "list")
            for child in page.told
            if child.entry.position not in dropped
            for field in child.fields
        ]
        if rows:
            cursor(session).executemany(DIFFERENCE, rows)


def counted(session: Session, run_id: int) -> tuple[int, int]:
    """How many differences an import found, and in how many a newer change stands."""
    found = fetch_one(session, COUNT, {"run": run_id})
    return (found[0], found[1]) if found else (0, 0)


def differences(register: sessionmaker[Session]) -> list[Difference]:
    """Every difference that was found (pretrunas)."""
    with register.begin() as session:
        return [Difference(*row) for row in fetch_all(session, LIST, {})]


def lists_that_named(session: Session, people: Collection[int], since: date) -> dict[int, ListTold]:
    """The newest list that told of each of these people, among those as of a day or later."""
    if not people:
        return {}
    # A night earlier than the day: it begins in Latvia before it begins in the database's time zone.
    found = fetch_all(session, LISTS, {"people": list(people), "since": datetime.combine(since, datetime.min.time(), RIGA)})
    return {person: ListTold(as_of) for person, as_of in found}


def instant(as_of: str | None, now: datetime) -> datetime:
    """As of when a page is (saraksta brīdis); now when it does not say."""
    try:
        said = datetime.fromisoformat(as_of or "")
    except ValueError:
        return now
    return said if said.tzinfo is not None else said.replace(tzinfo=RIGA)


def _differing(session: Session, told: list[tuple[Arrived, int, bool]]) -> list[Told]:
    guardians = [guardian.personal_code for (_, child), _, _ in told for guardian in child.guardians if guardian.personal_code]
    persons: dict[str, int] = dict.fromkeys(guardians, 0)
    persons.update(fetch_all(session, WHOSE, {"codes": _array(guardians)}))
    registered = {
        row[0]: row[1:] for row in fetch_all(session, REGISTERED, {"codes": _array(code for entry, _, _ in told for code in _codes(entry))})
    }
    found: list[Told] = []
    for entry, position, newer in told:
        known = next((registered[code] for code in _codes(entry) if code in registered), None)
        if known is not None:
            own = registered.get(entry.child.personal_code or "")
            fields = [] if own is not None and own[1] else ["personal_code"]
            fields += _fields(entry, known, persons)
            found.append(Told(entry, position, newer, known[0], fields))
    return found


def _fields(entry: Arrived, known: tuple[Any, ...], persons: dict[str, int]) -> list[str]:
    """The names of what is something else in the list than in the register."""
    fields = [name for name, said, held in zip(FIELDS, entry.child[1:10], known[2:11], strict=True) if said != held]
    said = set(guardians_of(entry.child, persons))
    return fields if said == {tuple(row) for row in known[11] or ()} else [*fields, "guardians"]


def _codes(entry: Arrived) -> tuple[str, ...]:
    return (entry.child.personal_code or "", *entry.child.former_codes)


def _array(values: Iterable[str]) -> str:
    """Checked to be digits: an array written as text is ten times faster made than by the driver."""
    return "{" + ",".join(values) + "}"
