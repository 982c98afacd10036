"""submitCorrections: results that are corrected, and why (rezultātu labojumi)."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from adapters.examining import SubmitExaminedResponse, submitted
from adapters.inquiry import Answer, Inquiry
from adapters.submitting import sender_of
from core.examinations.corrections import submit_corrections
from core.examinations.items import CorrectionItem

PERSONAL = True
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class SubmitCorrections:
    """The request: up to 1000 corrections."""

    batch_key: str
    items: list[CorrectionItem]
    dry_run: bool = False


class SubmitCorrectionsResponse(SubmitExaminedResponse):
    """The answer: what became of each item."""


def handle(session: Session, inquiry: Inquiry, request: SubmitCorrections) -> Answer:
    return submitted(request, submit_corrections(session, sender_of(inquiry), request.batch_key, request.items, request.dry_run))
