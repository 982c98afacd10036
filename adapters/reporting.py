"""What a system submitted (iesniegto ziņojumu pārskats): the same report in each service that takes submissions."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from adapters.serialiser import camel
from core.submissions.reports import Asked, Submission, report


class ReportRequest(Protocol):
    """A request for a report."""

    @property
    def batch_key(self) -> str | None:
        """One message by its key."""

    @property
    def operation(self) -> str | None:
        """Messages of this operation."""

    @property
    def received_from(self) -> datetime | None:
        """Messages from this instant on."""

    @property
    def received_to(self) -> datetime | None:
        """Messages before this instant."""

    @property
    def cursor(self) -> str | None:
        """The place after the page before."""

    @property
    def page_size(self) -> int:
        """How many lines a page has."""


class ItemField(NamedTuple):
    """A value of a refused item, by its name in the message."""

    name: str
    value: str


class ItemRefusal(NamedTuple):
    """A refused item as it was sent."""

    batch_key: str
    position: int
    sender_key: str | None
    code: str
    reason: str
    fields: list[ItemField]


class ReportResponse(NamedTuple):
    """The answer: messages, the refused items of one, the next page's cursor."""

    data_as_of: str
    submissions: Sequence[Submission]
    refusals: Sequence[ItemRefusal] | None
    next_cursor: str | None


def reported(session: Session, inquiry: Inquiry, request: ReportRequest) -> Answer:
    """The report on what the client that asks has sent."""
    asked = Asked(request.batch_key, request.operation, request.received_from, request.received_to)
    found = report(session, inquiry.client, asked, request.cursor, request.page_size)
    refusals = None
    if request.batch_key is not None:
        refusals = [ItemRefusal(request.batch_key, *entry[:4], list(fields(entry.item))) for entry in found.refused]
    return Answer(ReportResponse(found.data_as_of, found.submissions, refusals, found.next_cursor), found.persons, found.data_as_of)


def fields(item: Mapping[str, Any]) -> Iterator[ItemField]:
    """The values as messages write them: birthDate, identifier/value."""
    for name, value in item.items():
        text = ("true" if value else "false") if isinstance(value, bool) else str(value)
        yield ItemField("/".join(camel(part) for part in name.split("/")), text)
