"""What a message's items are in the register (vienību meklēšana): their lines in a temporary table, the people they name, their entries."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple

from sqlalchemy.orm import Session

from core.connections import cursor
from core.submissions.items import BETWEEN_VALUES, LINE_COLUMNS, Entity, copied
from core.submissions.overlaps import Span

# Each look-up is of a thousand rows in a large table, by its index: one by one, as LATERAL … LIMIT says it. A plan that was made while the
# table was empty is kept when it is not any more, and must not read all of it.
BY_INDEX, AS_USUAL = "SET LOCAL enable_seqscan = off", "SET LOCAL enable_seqscan = on"
UNTIL = "coalesce(upper(t.valid)::text, 'infinity')"
MEETING = """
SELECT a.entry_id, looked.person_id, a.first, a.after, i.id
FROM unnest(%(positions)s::int[], %(people)s::bigint[]) AS looked (position, person_id)
JOIN sent_affiliation s ON s.position = looked.position
CROSS JOIN LATERAL (SELECT i.id FROM identity i WHERE i.person_id = looked.person_id OFFSET 0) i
CROSS JOIN LATERAL (
    SELECT a.entry_id, lower(a.valid)::text AS first, coalesce(upper(a.valid)::text, 'infinity') AS after FROM affiliation a
    WHERE a.identity_id = i.id AND a.valid && s.valid AND upper_inf(a.recorded) AND a.main AND a.status <> 'DUB' OFFSET 0) a"""


class Held(NamedTuple):
    """The version that an item's key stands for: whose entry it is, and whether it says the very same."""

    position: int
    entry_id: int
    id: int
    person_id: int
    same: bool


class Row(NamedTuple):
    """An item in the register: whom it names, and the version that it would replace.

    `person_id` is None when nobody has this code or identifier; `recorded` says whether the person has a profile. `id` is None when the
    item's key, or its number, stands for nothing. `same` says that the version holds the very values; `kept`, that nothing is new in what
    its institution offers; `main` is its period when it takes part in the rule of one main affiliation; `by_number`, that the item's key
    stands for nothing, and its number for this version.
    """

    position: int
    identity_id: int | None
    person_id: int | None
    recorded: bool
    id: int | None
    entry_id: int | None
    sender: str | None
    author: str | None
    institution: str | None
    held_by: int | None
    held_identity: int | None
    same: bool
    kept: bool
    main_first: str | None
    main_after: str | None
    by_number: bool

    @property
    def main(self) -> Span | None:
        """The main affiliation that the version is."""
        if self.main_first is None or self.main_after is None:
            return None
        return Span(self.held_by, self.main_first, self.main_after, self.held_identity)


class Withdrawn(NamedTuple):
    """The last version under an item's key, whose entry another client withdrew."""

    position: int
    id: int
    entry_id: int


@contextmanager
def by_index(session: Session) -> Iterator[None]:
    """Inside, statements look rows up by indexes, whatever the sizes of tables were when they were planned."""
    cursor(session).execute(BY_INDEX)
    yield
    cursor(session).execute(AS_USUAL)


def prepare(session: Session, entity: Entity) -> None:
    """Makes sure of the temporary table, which a connection keeps; its rows go when a transaction ends."""
    session.connection().exec_driver_sql(_table(entity))


def send(session: Session, entity: Entity, lines: Iterable[str]) -> None:
    """The lines into the temporary table."""
    with cursor(session).copy(_copy(entity)) as copy:
        copy.write("".join([copied(line) + "\n" for line in lines]))


def find(session: Session, entity: Entity, sender: str, positions: Collection[int], *, by_number: bool = False) -> list[Row]:
    """The items at these positions: by their sender's key, or by the number of the entry."""
    rows = cursor(session).execute(_find(entity, by_number), {"sender": sender, "positions": list(positions)}).fetchall()
    return [Row(*row) for row in rows]


def held(session: Session, entity: Entity, sender: str) -> list[Held]:
    """The current versions that the items' keys stand for, and whether they say what was sent."""
    return [Held(*row) for row in cursor(session).execute(_held(entity), {"sender": sender}).fetchall()]


def withdrawn(session: Session, entity: Entity, sender: str, positions: Collection[int]) -> dict[int, Withdrawn]:
    """By position, what another client withdrew last under the keys of these items, for which no version is current."""
    if not positions or not entity.withdrawable:
        return {}
    rows = cursor(session).execute(_withdrawn(entity), {"sender": sender, "positions": list(positions)}).fetchall()
    return {row[0]: Withdrawn(*row) for row in rows}


def named(session: Session, entity: Entity, positions: Collection[int]) -> set[int]:
    """The people whom the items at these positions name."""
    return {person for (person,) in cursor(session).execute(_named(entity), {"positions": list(positions)}).fetchall()}


def meeting(session: Session, looked: Collection[tuple[int, int]]) -> dict[int, Span]:
    """The main affiliations, by entry, that the periods of these items meet; an item is given by its position and its person."""
    if not looked:
        return {}
    positions, people = zip(*looked, strict=True)
    rows = cursor(session).execute(MEETING, {"positions": list(positions), "people": list(people)}).fetchall()
    return {entry: Span(person, first, after, identity) for entry, person, first, after, identity in rows}


@cache
def _table(entity: Entity) -> str:
    columns = ", ".join(f"{name} {kind}" for name, kind in (LINE_COLUMNS | dict(entity.columns)).items())
    return f"CREATE TEMPORARY TABLE IF NOT EXISTS sent_{entity.table} ({columns}) ON COMMIT DELETE ROWS"


@cache
def _copy(entity: Entity) -> str:
    return f"COPY sent_{entity.table} FROM STDIN (DELIMITER E'\\x{ord(BETWEEN_VALUES):02x}', NULL '')"


@cache
def _held(entity: Entity) -> str:
    mine = ", ".join(f"t.{column}" for column in entity.columns)
    sent = ", ".join(f"s.{column}" for column in entity.columns)
    return f"""
SELECT s.position, t.entry_id, t.id, h.person_id, s.withdrawn IS NULL AND coalesce(s.entry_id = t.entry_id, true)
    AND (h.value, h.scheme, h.issuer, {mine}) IS NOT DISTINCT FROM (s.value, s.scheme, coalesce(s.issuer, ''), {sent})
FROM sent_{entity.table} s
CROSS JOIN LATERAL (
    SELECT * FROM {entity.table} t WHERE t.sender = %(sender)s AND t.sender_key = s.sender_key AND upper_inf(t.recorded) LIMIT 1) t
CROSS JOIN LATERAL (SELECT * FROM identity h WHERE h.id = t.identity_id LIMIT 1) h"""


@cache
def _withdrawn(entity: Entity) -> str:
    # What the sender withdrew itself after that makes the other one's withdrawal a thing of the past.
    return f"""
SELECT s.position, t.id, t.entry_id FROM sent_{entity.table} s
CROSS JOIN LATERAL (
    SELECT t.id, t.entry_id, t.withdrawn_by FROM {entity.table} t
    WHERE t.sender = %(sender)s AND t.sender_key = s.sender_key AND t.withdrawn_by IS NOT NULL ORDER BY t.id DESC LIMIT 1) t
WHERE s.position = ANY(%(positions)s) AND t.withdrawn_by <> %(sender)s"""


@cache
def _named(entity: Entity) -> str:
    return f"""
SELECT i.person_id FROM sent_{entity.table} s
CROSS JOIN LATERAL (
    SELECT i.person_id FROM identity i
    WHERE i.value = s.value AND i.scheme = s.scheme AND i.issuer = coalesce(s.issuer, '') LIMIT 1) i
WHERE s.position = ANY(%(positions)s)"""


@cache
def _find(entity: Entity, by_number: bool) -> str:
    key = "t.entry_id = s.entry_id" if by_number else "t.sender = %(sender)s AND t.sender_key = s.sender_key"
    mine = ", ".join(f"t.{column}" for column in entity.columns)
    sent = ", ".join(f"s.{column}" for column in entity.columns)
    first, after = "NULL", "NULL"
    if entity.main:
        first, after = (f"CASE WHEN {entity.main} THEN {day} END" for day in ("lower(t.valid)::text", UNTIL))
    return f"""
SELECT s.position, i.id, i.person_id, p.there IS NOT NULL, t.id, t.entry_id, t.sender, t.author, t.institution, h.person_id, t.identity_id,
    t.id IS NOT NULL AND s.withdrawn IS NULL AND coalesce(s.entry_id = t.entry_id, true)
        AND (t.identity_id, {mine}) IS NOT DISTINCT FROM (i.id, {sent}),
    t.id IS NOT NULL AND coalesce({entity.kept}, false), {first}, {after}, {by_number}
FROM sent_{entity.table} s
LEFT JOIN LATERAL (
    SELECT i.id, i.person_id FROM identity i
    WHERE i.value = s.value AND i.scheme = s.scheme AND i.issuer = coalesce(s.issuer, '') LIMIT 1) i ON true
LEFT JOIN LATERAL (SELECT true AS there FROM person_profile p WHERE p.person_id = i.person_id AND upper_inf(p.recorded) LIMIT 1) p ON true
LEFT JOIN LATERAL (SELECT * FROM {entity.table} t WHERE {key} AND upper_inf(t.recorded) LIMIT 1) t ON true
LEFT JOIN LATERAL (SELECT h.person_id FROM identity h WHERE h.id = t.identity_id LIMIT 1) h ON true
WHERE s.position = ANY(%(positions)s)"""
