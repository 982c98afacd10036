"""acknowledgeMessages: a client says of messages that it took them, or why not (ziņojumu apliecināšana)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from adapters.submitting import sender_of
from core.achievements.acknowledging import Receipt, ReceiptOutcome, acknowledge

PERSONAL = False
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class SentReceipt:
    """A receipt as it is sent."""

    message_id: str
    outcome: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class AcknowledgeMessages:
    """The request: up to 1000 receipts."""

    batch_key: str
    receipts: list[SentReceipt]
    dry_run: bool = False


class AcknowledgeMessagesResponse(NamedTuple):
    """The answer: what became of each receipt."""

    data_as_of: str
    batch_key: str
    dry_run: bool
    repeated: bool
    received: int
    accepted: int
    unchanged: int
    rejected: int
    outcomes: Sequence[ReceiptOutcome]


def handle(session: Session, inquiry: Inquiry, request: AcknowledgeMessages) -> Answer:
    receipts = [Receipt(one.message_id, one.outcome, one.note) for one in request.receipts]
    done = acknowledge(session, sender_of(inquiry), request.batch_key, receipts, request.dry_run)
    response = AcknowledgeMessagesResponse(done.data_as_of, request.batch_key, request.dry_run, *done[1:])
    return Answer(response, data_as_of=done.data_as_of)
