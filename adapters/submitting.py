"""What the operations that take items share (vienību iesniegšana): who sends, and the answer with what became of each item."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from core.submissions import Sender
from core.submissions.items import Entity
from core.submissions.message import Outcome, Submitted, submit


class SubmitItems(Protocol):
    """A request with items."""

    @property
    def batch_key(self) -> str:
        """The sender's key of the message."""

    @property
    def items(self) -> Sequence[object]:
        """The items in their order."""

    @property
    def dry_run(self) -> bool:
        """Whether nothing is to be written."""


class SubmitItemsResponse(NamedTuple):
    """The answer: how many items became what, and what became of each."""

    data_as_of: str
    batch_key: str
    dry_run: bool
    repeated: bool
    received: int
    accepted: int
    unchanged: int
    rejected: int
    outcomes: Sequence[Outcome]


def sender_of(inquiry: Inquiry) -> Sender:
    """Who sends, as far as the register has to know it."""
    return Sender(inquiry.client, inquiry.user, inquiry.message_id, inquiry.scope, inquiry.now)


def submitted(request: SubmitItems, done: Submitted) -> Answer:
    """The answer to a request with items."""
    response = SubmitItemsResponse(done.data_as_of, request.batch_key, request.dry_run, *done[1:-1])
    return Answer(response, done.persons, done.data_as_of)


def submit_items(session: Session, inquiry: Inquiry, entity: Entity, operation: str, request: SubmitItems) -> Answer:
    """Items about people: judged and written, or only judged."""
    done = submit(session, sender_of(inquiry), entity, operation, request.batch_key, request.items, request.dry_run)
    return submitted(request, done)
