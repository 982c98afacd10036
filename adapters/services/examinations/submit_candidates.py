"""submitCandidates: who will sit examinations, months ahead (kārtotāju iesniegšana)."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from adapters.examining import SubmitExaminedResponse, submitted
from adapters.inquiry import Answer, Inquiry
from adapters.submitting import sender_of
from core.examinations.candidates import submit_candidates
from core.examinations.items import CandidateItem, ExaminationItem

PERSONAL = True
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class SubmitCandidates:
    """The request: examinations that it describes, and up to 1000 candidates."""

    batch_key: str
    items: list[CandidateItem]
    examinations: list[ExaminationItem] | None = None
    dry_run: bool = False


class SubmitCandidatesResponse(SubmitExaminedResponse):
    """The answer: what became of each item."""


def handle(session: Session, inquiry: Inquiry, request: SubmitCandidates) -> Answer:
    return submitted(
        request,
        submit_candidates(session, sender_of(inquiry), request.batch_key, request.examinations or [], request.items, request.dry_run),
    )
