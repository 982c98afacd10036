"""Acknowledgements (apliecinājumi): a client says of each message that it took it, or why not."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from core.connections import cursor
from core.errors import AlreadyAnswered, Refusal, RepeatedKey, UnknownCode, UnknownMessage
from core.examinations.items import ACCEPTED, REJECTED, UNCHANGED, body
from core.submissions import Done, RefusedItem, Sender, once

OUTCOMES = (ACCEPTED, REJECTED)
# A correction that was recalled by a message, or by an event of the feed; or a message that tells of a person.
HELD = """
SELECT rr.message_id, rr.outcome, rr.note, true FROM recall_recipient rr
WHERE rr.client = %(client)s AND rr.message_id = ANY(%(ids)s) FOR UPDATE"""
MESSAGES = """
SELECT m.message_id, CASE m.state WHEN 'done' THEN 'accepted' END FROM outbox_message m
WHERE m.client = %(client)s AND m.message_id = ANY(%(ids)s) FOR UPDATE"""
ANSWER = """
UPDATE recall_recipient rr SET outcome = a.outcome, note = a.note, answered_at = now()
FROM unnest(%(ids)s::text[], %(outcomes)s::text[], %(notes)s::text[]) AS a (message_id, outcome, note)
WHERE rr.client = %(client)s AND rr.message_id = a.message_id"""
# Who acknowledges a message has it, whatever became of the receipt; who rejects it gets it again only when somebody has looked at it.
END = """
UPDATE outbox_message m SET state = CASE a.outcome WHEN 'accepted' THEN 'done' ELSE 'dead' END, ended_at = now(),
    receipt = CASE a.outcome WHEN 'accepted' THEN json_build_array(a.outcome, NULL, a.note) END,
    failure = CASE a.outcome WHEN 'rejected' THEN 'rejected by the receiver' END
FROM unnest(%(ids)s::text[], %(outcomes)s::text[], %(notes)s::text[]) AS a (message_id, outcome, note)
WHERE m.client = %(client)s AND m.message_id = a.message_id AND m.state IN ('waiting', 'dead')"""


class Receipt(NamedTuple):
    """What a client says of a message (apliecinājums): accepted, or rejected and why."""

    message_id: str
    outcome: str
    note: str | None


class ReceiptOutcome(NamedTuple):
    """What became of a receipt (iznākums)."""

    position: int
    message_id: str
    outcome: str
    code: str | None
    reason: str | None


class Acknowledged(NamedTuple):
    """What became of a message of receipts, now or the first time that it came."""

    data_as_of: str
    repeated: bool
    received: int
    accepted: int
    unchanged: int
    rejected: int
    outcomes: Sequence[ReceiptOutcome]


def acknowledge(session: Session, sender: Sender, batch_key: str, receipts: Sequence[Receipt], dry_run: bool = False) -> Acknowledged:
    """Records receipts; one that was accepted stays it, one that was rejected can still be accepted."""

    def work() -> Done:
        return _recorded(session, sender, receipts)

    answered = once(session, sender, "acknowledgeMessages", batch_key, body([list(one) for one in receipts]), work, dry_run)
    received, accepted, unchanged, rejected, outcomes = answered.answer
    return Acknowledged(answered.data_as_of, answered.repeated, received, accepted, unchanged, rejected, outcomes)


def _recorded(session: Session, sender: Sender, receipts: Sequence[Receipt]) -> Done:
    run, asked = cursor(session).execute, {"client": sender.client, "ids": [one.message_id for one in receipts]}
    held = {message: (outcome, note) for message, outcome, note, _ in run(HELD, asked).fetchall()}
    known = {message: (outcome, None) for message, outcome in run(MESSAGES, asked).fetchall()} | held
    taken: dict[str, Receipt] = {}
    lines, refused = [], []
    for position, one in enumerate(receipts, 1):
        try:
            outcome = _judged(one, known, taken)
        except Refusal as refusal:
            lines.append(ReceiptOutcome(position, one.message_id, REJECTED, refusal.code, str(refusal)))
            refused.append(RefusedItem(position, one.message_id, refusal, {name: said for name, said in one._asdict().items() if said}))
        else:
            lines.append(ReceiptOutcome(position, one.message_id, outcome, None, None))
    if taken:
        ids, outcomes, notes = (list(column) for column in zip(*taken.values(), strict=True))
        for statement in (ANSWER, END):
            run(statement, {"client": sender.client, "ids": ids, "outcomes": outcomes, "notes": notes})
    counts = [len(lines), *(sum(line.outcome == kind for line in lines) for kind in (ACCEPTED, UNCHANGED, REJECTED))]
    return Done([*counts, lines], (), counts[0], counts[1], counts[2], refused)


def _judged(one: Receipt, known: dict[str, tuple[str | None, str | None]], taken: dict[str, Receipt]) -> str:
    if one.outcome not in OUTCOMES:
        raise UnknownCode("A message is accepted or rejected.")
    if one.message_id not in known:
        raise UnknownMessage
    if one.message_id in taken:
        raise RepeatedKey
    before = known[one.message_id]
    if before[0] == one.outcome and (one.outcome == ACCEPTED or before[1] == one.note):
        return UNCHANGED
    if before[0] == ACCEPTED:
        raise AlreadyAnswered
    taken[one.message_id] = one
    return ACCEPTED
