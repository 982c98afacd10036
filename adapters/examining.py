"""What the operations of the examinations system share (pārbaudījumu ziņojumi): the answer with what became of each item."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from adapters.inquiry import Answer
from core.examinations.items import Outcome, Submitted


class SubmitExamined(Protocol):
    """A request with items."""

    @property
    def batch_key(self) -> str:
        """The sender's key of the message."""

    @property
    def dry_run(self) -> bool:
        """Whether nothing is to be written."""


class SubmitExaminedResponse(NamedTuple):
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


def submitted(request: SubmitExamined, done: Submitted) -> Answer:
    """The answer to a request with items."""
    response = SubmitExaminedResponse(done.data_as_of, request.batch_key, request.dry_run, *done[1:-1])
    return Answer(response, done.persons, done.data_as_of)
