"""submitExamResults: results, held until their publication (rezultātu iesniegšana)."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from adapters.examining import SubmitExaminedResponse, submitted
from adapters.inquiry import Answer, Inquiry
from adapters.submitting import sender_of
from core.examinations.items import ExaminationItem, ResultItem
from core.examinations.results import submit_results

PERSONAL = True
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class SubmitExamResults:
    """The request: examinations that it describes, and up to 1000 results."""

    batch_key: str
    items: list[ResultItem]
    examinations: list[ExaminationItem] | None = None
    dry_run: bool = False


class SubmitExamResultsResponse(SubmitExaminedResponse):
    """The answer: what became of each item."""


def handle(session: Session, inquiry: Inquiry, request: SubmitExamResults) -> Answer:
    return submitted(
        request, submit_results(session, sender_of(inquiry), request.batch_key, request.examinations or [], request.items, request.dry_run)
    )
