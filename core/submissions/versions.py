"""Versions of entries (ierakstu versijas): what stood is closed in recorded time, what holds now is added; nothing is overwritten."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import NamedTuple

from sqlalchemy.orm import Session

from core.connections import cursor
from core.submissions.items import Entity

# A clock that was put back, or a transaction that began before the one it waited for, must make no range that ends before it begins.
CLOSE = """
UPDATE {0} SET recorded = tstzrange(lower(recorded), greatest(now(), lower(recorded) + interval '1 microsecond')) WHERE id = ANY(%(ids)s)"""
WITHDRAW = CLOSE.replace(" WHERE", ", withdrawn_by = %(by)s WHERE")


class Version(NamedTuple):
    """A version to be written: of an item at its place, hanging on an identity, instead of another version when there is one."""

    position: int
    identity_id: int
    entry_id: int | None
    instead_of: int | None


class Written(NamedTuple):
    """A version that was written: its number, and that of its entry."""

    version: int
    entry_id: int


def close(session: Session, entity: Entity, ids: Collection[int]) -> None:
    """These versions hold no more."""
    if ids:
        cursor(session).execute(CLOSE.format(entity.table), {"ids": list(ids)})


def withdraw(session: Session, entity: Entity, sender: str, ids: Collection[int]) -> None:
    """These versions hold no more, and none comes after them: the sender withdrew their entries."""
    if ids:
        cursor(session).execute(WITHDRAW.format(entity.table), {"ids": list(ids), "by": sender})


def add(session: Session, entity: Entity, sender: str, added: Sequence[Version]) -> dict[int, Written]:
    """New versions with the values that were sent, by the items' positions; a version of somebody else's entry says who wrote it."""
    if not added:
        return {}
    positions, identities, entries, instead = (list(column) for column in zip(*added, strict=True))
    values = {"sender": sender, "positions": positions, "identities": identities, "entries": entries, "instead": instead}
    rows = cursor(session).execute(_add(entity), values).fetchall()
    return {position: Written(version, entry) for position, version, entry in rows}


@cache
def _add(entity: Entity) -> str:
    columns = ", ".join(entity.columns)
    sent = ", ".join(f"s.{column}" for column in entity.columns)
    return f"""
WITH chosen AS MATERIALIZED (
    SELECT c.position, nextval('{entity.table}_id_seq') AS id, coalesce(c.entry_id, nextval('{entity.table}_entry')) AS entry_id,
        c.identity_id, c.instead_of
    FROM unnest(%(positions)s::int[], %(identities)s::bigint[], %(entries)s::bigint[], %(instead)s::bigint[])
        AS c (position, identity_id, entry_id, instead_of)),
added AS (
    INSERT INTO {entity.table} (id, entry_id, identity_id, {columns}, sender, sender_key, author, recorded)
    SELECT c.id, c.entry_id, c.identity_id, {sent}, coalesce(o.sender, %(sender)s), coalesce(o.sender_key, s.sender_key),
        CASE WHEN o.sender <> %(sender)s THEN %(sender)s END, tstzrange(greatest(now(), upper(o.recorded)), NULL)
    FROM chosen c JOIN sent_{entity.table} s ON s.position = c.position
    LEFT JOIN LATERAL (SELECT o.sender, o.sender_key, o.recorded FROM {entity.table} o WHERE o.id = c.instead_of LIMIT 1) o ON true
    ORDER BY c.position)
SELECT position, id, entry_id FROM chosen"""
