"""What a copy is compared with (kontrolpunkti): rows and hashes, at the head of the feed or at a reader's place in it.

The totals are kept for the head; what happened behind a place is taken off again, so a reader need not hurry to compare.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core import paging
from core.access import ScopeKind
from core.connections import fetch_all
from core.errors import InvalidCursor, InvalidQuestion, Unavailable, UnknownMunicipality
from core.feed import Followed, Place, narrow, place_of
from core.reading import INSTANT

STATEMENT = f"""
WITH later AS (
    SELECT a.audience, e.entity, count(*) FILTER (WHERE e.kind = 'upsert') - count(*) FILTER (WHERE a.before) AS rows,
        coalesce(sum(CASE WHEN %(health)s THEN e.full_hash ELSE e.hash END) FILTER (WHERE e.kind = 'upsert'), 0)
            - coalesce(sum(CASE WHEN %(health)s THEN e.before_full_hash ELSE e.before_hash END) FILTER (WHERE a.before), 0) AS hash
    FROM feed_event e CROSS JOIN LATERAL (
        SELECT e.audience, e.held_before UNION ALL SELECT '*', e.before_hash IS NOT NULL WHERE e.foremost) a(audience, before)
    WHERE e.position > %(position)s AND a.audience = ANY(%(audiences)s) AND (e.kind = 'upsert' OR a.before)
        AND e.kind IN ('upsert', 'remove', 'lostAccess')
    GROUP BY 1, 2),
point AS (
    SELECT c.audience, c.entity, c.rows - coalesce(l.rows, 0) AS rows,
        CASE WHEN %(health)s THEN c.full_hash ELSE c.hash END - coalesce(l.hash, 0) AS hash
    FROM checkpoint c LEFT JOIN later l ON (l.audience, l.entity) = (c.audience, c.entity)
    WHERE c.audience = ANY(%(audiences)s) AND (%(entity)s::text IS NULL OR c.entity = %(entity)s))
SELECT (SELECT {INSTANT.format("data_instant()")}), s.head, s.floor, s.generation,
    %(municipality)s::text IS NULL OR EXISTS (SELECT FROM municipality WHERE code = %(municipality)s),
    nullif(nullif(p.audience, '*'), 'public'), p.entity, p.rows, p.hash
FROM feed_state s LEFT JOIN point p ON p.rows > 0 ORDER BY p.audience, p.entity"""
STATE = 5  # columns of the statement that are about the feed


class Checkpoint(NamedTuple):
    """How many rows a copy holds, and the sum of their hashes (kontrolpunkts)."""

    municipality: str | None
    entity: str
    rows: int
    hash: str


class Checkpoints(NamedTuple):
    """The checkpoints of what may be followed, when and where in the feed they hold."""

    data_as_of: str
    position: int
    cursor: str
    points: Sequence[Checkpoint]


def checkpoints(session: Session, asked: Followed, cursor: str | None) -> Checkpoints:
    """What the copy of a reader at this cursor holds, or one at the head of the feed; an entity without rows has no checkpoint."""
    place = None if cursor is None else _place(asked, cursor)
    parameters = {
        "position": 2**62 if place is None else place.position,
        "audiences": _audiences(asked),
        "entity": asked.entity,
        "health": asked.health,
        "municipality": asked.municipality,
    }
    rows: Sequence[Any] = fetch_all(session, STATEMENT, parameters)
    data_as_of, head, floor, generation, known = rows[0][:STATE]
    if not known:
        raise UnknownMunicipality
    if place is not None and place.position > head:
        raise Unavailable("This copy of the register has not come as far as the cursor. Ask again in a moment.")
    if place is not None and place.position < floor:
        raise InvalidQuestion("The feed was shortened behind this cursor. Follow it to its end, then compare.")
    position = head if place is None else place.position
    given = paging.give(asked.question, [head, generation]) if cursor is None else cursor
    found = [row[STATE:] for row in rows if row[STATE + 1] is not None]
    points = [Checkpoint(municipality, entity, number, f"{int(total) % 2**64:016x}") for municipality, entity, number, total in found]
    return Checkpoints(data_as_of, position, given, points)


def _place(asked: Followed, cursor: str) -> Place:
    """A cursor of the whole feed tells the place of one kind of entry as well."""
    try:
        return place_of(asked, cursor)
    except InvalidCursor:
        return place_of(asked._replace(entity=None), cursor)


def _audiences(asked: Followed) -> list[str]:
    scope = narrow(asked)
    match scope.kind:
        case ScopeKind.EVERYTHING:
            return ["*"]
        case ScopeKind.MUNICIPALITIES:
            return [*scope.values, "public"]
        case _:
            # An institution's entries are no partition of their own: it compares them with listAffiliations.
            return ["public"]
