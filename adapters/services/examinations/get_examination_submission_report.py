"""getExaminationSubmissionReport: what the examinations system submitted, and what was refused (iesniegto ziņojumu pārskats)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from adapters.inquiry import DEFAULT_PAGE_SIZE, Answer, Inquiry
from adapters.reporting import ReportResponse, reported

PERSONAL = True
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class GetExaminationSubmissionReport:
    """The request: one message by its key, or messages of an operation and a time."""

    batch_key: str | None = None
    operation: str | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None
    cursor: str | None = None
    page_size: int = DEFAULT_PAGE_SIZE


class GetExaminationSubmissionReportResponse(ReportResponse):
    """The answer: messages, the refused items of one, the next page's cursor."""


def handle(session: Session, inquiry: Inquiry, request: GetExaminationSubmissionReport) -> Answer:
    return reported(session, inquiry, request)
