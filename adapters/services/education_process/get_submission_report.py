"""getSubmissionReport: what a system submitted, and what was refused (iesniegto ziņojumu pārskats)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from adapters.inquiry import DEFAULT_PAGE_SIZE, Answer, Inquiry
from adapters.serialiser import camel
from core.submissions.reports import Asked, Submission, report

PERSONAL = True
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class GetSubmissionReport:
    """The request: one message by its key, or messages of an operation and a time."""

    batch_key: str | None = None
    operation: str | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None
    cursor: str | None = None
    page_size: int = DEFAULT_PAGE_SIZE


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


class GetSubmissionReportResponse(NamedTuple):
    """The answer: messages, the refused items of one, the next page's cursor."""

    data_as_of: str
    submissions: Sequence[Submission]
    refusals: Sequence[ItemRefusal] | None
    next_cursor: str | None


def handle(session: Session, inquiry: Inquiry, request: GetSubmissionReport) -> Answer:
    asked = Asked(request.batch_key, request.operation, request.received_from, request.received_to)
    found = report(session, inquiry.client, asked, request.cursor, request.page_size)
    refusals = None
    if request.batch_key is not None:
        refusals = [ItemRefusal(request.batch_key, *entry[:4], list(fields(entry.item))) for entry in found.refused]
    response = GetSubmissionReportResponse(found.data_as_of, found.submissions, refusals, found.next_cursor)
    return Answer(response, found.persons, found.data_as_of)


def fields(item: Mapping[str, Any]) -> Iterator[ItemField]:
    """The values as messages write them: birthDate, identifier/value."""
    for name, value in item.items():
        text = ("true" if value else "false") if isinstance(value, bool) else str(value)
        yield ItemField("/".join(camel(part) for part in name.split("/")), text)
