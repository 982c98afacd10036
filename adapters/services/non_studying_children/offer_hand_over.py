"""offerHandOver: a case is offered to another municipality (lietas nodošana)."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from adapters.casework import Worked, work_once
from adapters.inquiry import Answer, Inquiry
from core.cases.handing_over import offer
from core.cases.working import HeldCase, Officer

PERSONAL = True
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class OfferHandOver:
    """The request: which case, as it was seen, to whom, why."""

    batch_key: str
    case_id: int
    municipality: str
    reason: str
    version: int | None = None
    dry_run: bool = False


class OfferHandOverResponse(Worked):
    """The answer: the case afterwards."""


def handle(session: Session, inquiry: Inquiry, request: OfferHandOver) -> Answer:
    def work(by: Officer) -> HeldCase:
        return offer(session, by, request.case_id, request.version, request.municipality, request.reason)

    return work_once(session, inquiry, "offerHandOver", request, OfferHandOverResponse, work)
