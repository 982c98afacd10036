"""submitInstitutions: institutions, their programmes and reorganisations, from a day on (izglītības iestāžu dati)."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from adapters.submitting import SubmitItemsResponse, sender_of, submitted
from core.submissions.institution_items import InstitutionItem
from core.submissions.institutions import submit_institutions

PERSONAL = False
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class SubmitInstitutions:
    """The request: up to 1000 institutions under the sender's key of the message."""

    batch_key: str
    items: list[InstitutionItem]
    dry_run: bool = False


class SubmitInstitutionsResponse(SubmitItemsResponse):
    """The answer: what became of each item."""


def handle(session: Session, inquiry: Inquiry, request: SubmitInstitutions) -> Answer:
    return submitted(request, submit_institutions(session, sender_of(inquiry), request.batch_key, request.items, request.dry_run))
