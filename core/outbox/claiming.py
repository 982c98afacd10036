"""Messages that are to be delivered (piegādājamie ziņojumi): claimed in portions by several programs, marked in portions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core.connections import cursor
from core.outbox.disclosing import RECEIVING, disclose
from core.reading import INSTANT

# How often a message is claimed before somebody has to look at it.
MOST_ATTEMPTS = 12
# The end of the claim is what a claimed message is known by: whoever comes back after it has nothing to say any more. A message that is
# claimed is due again at that end, so the next claim does not come across it.
CLAIM = f"""
WITH due AS MATERIALIZED (
    SELECT m.id FROM outbox_message m
    WHERE m.state = 'waiting' AND m.due_at <= now() AND (m.person_id IS NULL OR NOT EXISTS (
        SELECT FROM outbox_message e
        WHERE e.client = m.client AND e.person_id = m.person_id AND e.id < m.id AND e.state IN ('waiting', 'dead')))
    AND (m.person_id IS NULL OR m.client IN (SELECT client {RECEIVING}))
    ORDER BY m.due_at, m.id LIMIT %(most)s FOR UPDATE OF m SKIP LOCKED),
claimed AS (
    UPDATE outbox_message m SET attempts = m.attempts + 1, leased_until = now() + %(lease)s * interval '1 second',
        due_at = now() + %(lease)s * interval '1 second' FROM due WHERE m.id = due.id RETURNING m.*)
SELECT id, message_id, kind, client, campaign, {INSTANT.format("created_at")}, content, attempts, leased_until, person_id, now()
FROM claimed ORDER BY id"""
# A receipt counts whoever brings it, also after the claim has ended: the receiver has the message. Not one of what stood in it before a
# repair, which has another id.
DONE = """
WITH told AS (
    SELECT * FROM unnest(%(ids)s::text[], %(outcomes)s::text[], %(instants)s::text[]) AS t (message_id, outcome, received_at)),
done AS (
    UPDATE outbox_message m SET state = 'done', ended_at = now(), leased_until = NULL, failure = NULL,
        receipt = json_build_array(t.outcome, t.received_at, NULL)
    FROM told t WHERE m.message_id = t.message_id AND m.state IN ('waiting', 'dead') RETURNING m.message_id, m.kind),
answered AS (
    UPDATE recall_recipient rr SET outcome = 'accepted', answered_at = now(), note = NULL
    FROM done d WHERE d.kind = 'correction' AND rr.message_id = d.message_id AND rr.outcome IS DISTINCT FROM 'accepted')
SELECT count(*) FROM done"""
# A wait that doubles with every attempt; half of it by chance, so that what failed together does not come back together.
FAILED = """
UPDATE outbox_message m SET leased_until = NULL, failure = f.failure, attempts = m.attempts - (NOT f.counted)::int,
    state = CASE WHEN f.dead OR (f.counted AND m.attempts >= %(most)s) THEN 'dead' ELSE 'waiting' END,
    ended_at = CASE WHEN f.dead OR (f.counted AND m.attempts >= %(most)s) THEN now() END,
    due_at = CASE WHEN f.failure IS NULL THEN now()
        ELSE now() + least(3600, %(pause)s * power(2, m.attempts)) * (0.5 + 0.5 * random()) * interval '1 second' END
FROM unnest(%(ids)s::bigint[], %(until)s::timestamptz[], %(failures)s::text[], %(counted)s::boolean[], %(dead)s::boolean[])
    AS f (id, until, failure, counted, dead)
WHERE m.id = f.id AND m.leased_until = f.until AND m.state = 'waiting' RETURNING m.message_id, m.kind, m.state, m.failure"""
REJECTED = """
UPDATE recall_recipient SET outcome = 'rejected', answered_at = now(), note = 'rejected by the receiver'
WHERE message_id = ANY(%(ids)s) AND outcome IS DISTINCT FROM 'accepted'"""


class Claimed(NamedTuple):
    """A message that this program may send until `until` (paņemts ziņojums)."""

    id: int
    message_id: str
    kind: str
    client: str
    campaign: str | None
    created_at: str
    content: Any
    attempts: int
    until: datetime


class Receipt(NamedTuple):
    """The receiver has a message (apliecinājums): accepted, or duplicate when it had it before."""

    message: Claimed
    outcome: str
    received_at: str


class Failure(NamedTuple):
    """A message that was not delivered (nepiegādāts ziņojums).

    `why` is a code, never words of the receiver, which may quote the message; None gives the message back as if it had not been claimed.
    What is not `counted` does not bring the message nearer to its end; `dead` ends it at once, `rejected` because the receiver said no.
    """

    message: Claimed
    why: str | None
    counted: bool = True
    dead: bool = False
    rejected: bool = False


def claim(session: Session, most: int, lease: float) -> list[Claimed]:
    """The messages that are due, at most so many, for so many seconds; of each client and person the first one only.

    What is about people waits while its receiver has no grant by which it would register them.

    Those about people are recorded as disclosures with their first claim: what is not committed is not sent.
    """
    rows = cursor(session).execute(CLAIM, {"most": most, "lease": lease}).fetchall()
    messages = [Claimed(*row[:-2]) for row in rows]
    of_people = zip(messages, (row[-2] for row in rows), strict=True)
    told = [(one.client, one.message_id, person, one.created_at) for one, person in of_people if person is not None and one.attempts == 1]
    if told:
        disclose(session, told, rows[0][-1])
    return messages


def delivered(session: Session, receipts: Sequence[Receipt]) -> int:
    """Receipts of a portion: the messages are done, and corrections among them are acknowledged; gives how many are done now."""
    if not receipts:
        return 0
    columns = {
        "ids": [one.message.message_id for one in receipts],
        "outcomes": [one.outcome for one in receipts],
        "instants": [one.received_at for one in receipts],
    }
    row = cursor(session).execute(DONE, columns).fetchone()
    return int(row[0]) if row else 0


def failed(session: Session, failures: Sequence[Failure], pause: float = 2.0, most: int = MOST_ATTEMPTS) -> list[str]:
    """What a portion's failures lead to: sent again later, or dead; gives the ids of messages that are dead now."""
    if not failures:
        return []
    columns = {
        "ids": [one.message.id for one in failures],
        "until": [one.message.until for one in failures],
        "failures": [one.why for one in failures],
        "counted": [one.counted and one.why is not None for one in failures],
        "dead": [one.dead for one in failures],
    }
    ended = cursor(session).execute(FAILED, {**columns, "pause": pause, "most": most}).fetchall()
    dead = [message for message, _, state, _ in ended if state == "dead"]
    refused = {one.message.message_id for one in failures if one.rejected}
    if corrections := [message for message, kind, state, _ in ended if kind == "correction" and state == "dead" and message in refused]:
        cursor(session).execute(REJECTED, {"ids": corrections})
    return dead
