"""Messages that somebody has to look at (nepiegādājamie ziņojumi): read, repaired, sent again or dropped."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core.connections import cursor, fetch_all, fetch_one
from core.outbox.disclosing import RECEIVING

COUNTS = f"""
SELECT client, kind, count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state = 'dead'),
    count(*) FILTER (WHERE state = 'done'), count(*) FILTER (WHERE state = 'dropped'),
    to_char(min(created_at) FILTER (WHERE state IN ('waiting', 'dead')) AT TIME ZONE 'Europe/Riga', 'DD.MM.YYYY HH24:MI:SS'),
    CASE WHEN bool_or(state = 'waiting' AND person_id IS NOT NULL) AND client NOT IN (SELECT client {RECEIVING}) THEN 'no right'
        ELSE coalesce((array_agg(failure ORDER BY due_at DESC) FILTER (WHERE state = 'waiting' AND failure IS NOT NULL))[1], '') END
FROM outbox_message GROUP BY 1, 2 ORDER BY 1, 2"""
DEAD = """
SELECT d.id, d.message_id, d.kind, d.client, to_char(d.created_at AT TIME ZONE 'Europe/Riga', 'DD.MM.YYYY HH24:MI:SS'), d.attempts,
    coalesce(d.failure, ''), (SELECT count(*) FROM outbox_message w
        WHERE w.client = d.client AND w.person_id = d.person_id AND w.id > d.id AND w.state = 'waiting')
FROM outbox_message d WHERE d.state = 'dead' ORDER BY d.id LIMIT %(most)s"""
ONE = """
SELECT id, message_id, kind, client, campaign, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), content, attempts,
    state, coalesce(failure, ''), person_id FROM outbox_message WHERE id = %(id)s"""
AGAIN = """
UPDATE outbox_message SET state = 'waiting', attempts = 0, due_at = now(), leased_until = NULL, ended_at = NULL, failure = NULL
WHERE state = 'dead' AND (%(every)s OR id = ANY(%(ids)s)) RETURNING id"""
# What was sent once under an id may have arrived: another content needs another id, or it would be a duplicate that nobody reads.
REPAIR = """
WITH repaired AS (
    UPDATE outbox_message m SET content = %(content)s::json, message_id = gen_random_uuid()::text, attempts = 0, due_at = now(),
        leased_until = NULL, ended_at = NULL, failure = NULL, state = 'waiting'
    FROM (SELECT id, message_id FROM outbox_message WHERE id = %(id)s AND state = 'dead' FOR UPDATE) before
    WHERE m.id = before.id RETURNING m.id, before.message_id AS before, m.message_id AS now),
recalled AS (UPDATE recall_recipient rr SET message_id = r.now FROM repaired r WHERE rr.message_id = r.before)
SELECT id FROM repaired"""
DROP = """
UPDATE outbox_message SET state = 'dropped', ended_at = now(), leased_until = NULL, failure = left(%(why)s, 500)
WHERE id = %(id)s AND state = 'dead' RETURNING id"""


class Counted(NamedTuple):
    """How many messages of a kind a client has (ziņojumu skaits), since when the oldest is not delivered, and why one waits lately."""

    client: str
    kind: str
    waiting: int
    dead: int
    done: int
    dropped: int
    oldest: str | None
    failure: str


class DeadLetter(NamedTuple):
    """A message that is not sent any more (nepiegādājams ziņojums), and how many wait behind it."""

    id: int
    message_id: str
    kind: str
    client: str
    created_at: str
    attempts: int
    failure: str
    behind: int


class Kept(NamedTuple):
    """A message with what it says (ziņojums ar saturu): personal data."""

    id: int
    message_id: str
    kind: str
    client: str
    campaign: str | None
    created_at: str
    content: Any
    attempts: int
    state: str
    failure: str
    person_id: int | None


def counts(session: Session) -> list[Counted]:
    """How the outbox stands, by client and kind."""
    return [Counted(*row) for row in fetch_all(session, COUNTS, {})]


def dead(session: Session, most: int = 1000) -> list[DeadLetter]:
    """What somebody has to look at, the oldest first."""
    return [DeadLetter(*row) for row in fetch_all(session, DEAD, {"most": most})]


def kept(session: Session, number: int) -> Kept | None:
    """One message."""
    row = fetch_one(session, ONE, {"id": number})
    return None if row is None else Kept(*row)


def again(session: Session, numbers: Sequence[int] | None) -> list[int]:
    """Sends dead messages again as they are, under their ids; None: all of them."""
    found = cursor(session).execute(AGAIN, {"every": numbers is None, "ids": list(numbers or ())}).fetchall()
    return sorted(number for (number,) in found)


def repair(session: Session, number: int, content: Any) -> bool:
    """Sends a dead message again with another content, under a new id; False when it is not dead."""
    written = json.dumps(content, ensure_ascii=False)
    return cursor(session).execute(REPAIR, {"id": number, "content": written}).fetchone() is not None


def drop(session: Session, number: int, why: str) -> bool:
    """Gives a dead message up, so that those behind it go on; False when it is not dead."""
    return cursor(session).execute(DROP, {"id": number, "why": why}).fetchone() is not None
