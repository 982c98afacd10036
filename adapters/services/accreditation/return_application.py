"""returnApplication: an application goes back to the applicant (pieteikuma atgriešana)."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from adapters.licensing import Acted, act_once
from core.accreditation.completing import return_application
from core.accreditation.working import Clerk

PERSONAL = False
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class ReturnApplication:
    """The request: which proceeding, as it was seen, and why."""

    batch_key: str
    proceeding_id: int
    reason: str
    version: int | None = None
    dry_run: bool = False


class ReturnApplicationResponse(Acted):
    """The answer: where the proceeding stands afterwards."""


def handle(session: Session, inquiry: Inquiry, request: ReturnApplication) -> Answer:
    def work(by: Clerk) -> int:
        return return_application(session, by, request.proceeding_id, request.version, request.reason)

    return act_once(session, inquiry, "returnApplication", request, ReturnApplicationResponse, work)
