"""Corrections that nobody has acknowledged yet (neapliecināti labojumi): who was told, of what, since when."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from core import paging
from core.access import Scope, ScopeKind
from core.achievements.recalling import CODE, IDENTIFIER, RECALLED
from core.achievements.shown import AssignedIdentifier
from core.connections import fetch_all
from core.errors import InvalidCursor, NotGranted
from core.reading import INSTANT

PAGE = f"""
SELECT {INSTANT.format("now()")}, found.* FROM (VALUES (1)) one LEFT JOIN LATERAL (
    SELECT rr.id, i.person_id, rr.message_id, rr.client, rr.via, r.id, {CODE}, {IDENTIFIER}, r.entity, r.entry_id,
        coalesce(ro.version, do_.id), coalesce(rn.version, dn.id), r.reason, {INSTANT.format("r.corrected_at")},
        {INSTANT.format("rr.told_at")}, CASE rr.outcome WHEN 'rejected' THEN 'rejected' ELSE 'open' END, rr.note
    FROM {RECALLED}
    WHERE rr.outcome IS DISTINCT FROM 'accepted' AND rr.id > %(after)s AND (%(client)s::text IS NULL OR rr.client = %(client)s)
    ORDER BY rr.id LIMIT %(limit)s) found ON true"""


class Unacknowledged(NamedTuple):
    """A correction that waits for its acknowledgement (neapliecināts labojums)."""

    message_id: str
    client: str
    via: str
    correction_id: int
    personal_code: str | None
    identifier: AssignedIdentifier | None
    entity: str
    entry_id: int
    old_version: int
    new_version: int | None
    reason: str
    corrected_at: str
    told_at: str
    state: str
    note: str | None


class UnacknowledgedPage(NamedTuple):
    """One page (lapa), the oldest first, whose data it is, and the cursor of the next one."""

    data_as_of: str
    persons: list[int]
    messages: Sequence[Unacknowledged]
    next_cursor: str | None


def unacknowledged_page(session: Session, scope: Scope, client: str | None, cursor: str | None, size: int) -> UnacknowledgedPage:
    """What a client has to acknowledge, or what all have to (None)."""
    if scope.kind is ScopeKind.OWN:
        raise NotGranted("Who asks about oneself is not told of whom else the same system asked about.")
    question, after = ("listUnacknowledged", client), 0
    if cursor is not None:
        match paging.take(question, cursor):
            case [int() as after]:
                pass
            case _:
                raise InvalidCursor
    rows = fetch_all(session, PAGE, {"client": client, "after": after, "limit": size + 1})
    lines = [row for row in rows if row[1] is not None][:size]
    more = paging.give(question, [lines[-1][1]]) if len(rows) > size else None
    return UnacknowledgedPage(rows[0][0], sorted({row[2] for row in lines}), [Unacknowledged(*row[3:]) for row in lines], more)
