"""submitEducationDocuments: issuers tell of documents on education (izglītības dokumentu iesniegšana)."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from adapters.submitting import SubmitItemsResponse, submit_items
from core.submissions.education_documents import EDUCATION_DOCUMENT, EducationDocumentItem

PERSONAL = True
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class SubmitEducationDocuments:
    """The request: up to 1000 items under the sender's key of the message."""

    batch_key: str
    items: list[EducationDocumentItem]
    dry_run: bool = False


class SubmitEducationDocumentsResponse(SubmitItemsResponse):
    """The answer: what became of each item."""


def handle(session: Session, inquiry: Inquiry, request: SubmitEducationDocuments) -> Answer:
    return submit_items(session, inquiry, EDUCATION_DOCUMENT, "submitEducationDocuments", request)
