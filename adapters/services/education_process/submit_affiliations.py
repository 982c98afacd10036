"""submitAffiliations: schools tell who learns with them, from when, until when and how (piederību iesniegšana)."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from adapters.submitting import SubmitItemsResponse, submit_items
from core.submissions.affiliations import AFFILIATION, AffiliationItem

PERSONAL = True
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class SubmitAffiliations:
    """The request: up to 1000 items under the sender's key of the message."""

    batch_key: str
    items: list[AffiliationItem]
    dry_run: bool = False


class SubmitAffiliationsResponse(SubmitItemsResponse):
    """The answer: what became of each item."""


def handle(session: Session, inquiry: Inquiry, request: SubmitAffiliations) -> Answer:
    return submit_items(session, inquiry, AFFILIATION, "submitAffiliations", request)
