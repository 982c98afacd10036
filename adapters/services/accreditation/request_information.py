"""requestInformation: the authority asks the applicant; the clock stands until the answer (informācijas pieprasījums)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from adapters.licensing import Acted, act_once
from core.accreditation.completing import request_information
from core.accreditation.working import Clerk

PERSONAL = False
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class RequestInformation:
    """The request: what is asked in which proceeding, and by when it is to be answered."""

    batch_key: str
    proceeding_id: int
    questions: list[str]
    version: int | None = None
    due_on: date | None = None
    on_date: date | None = None
    dry_run: bool = False


class RequestInformationResponse(Acted):
    """The answer: where the proceeding stands afterwards."""


def handle(session: Session, inquiry: Inquiry, request: RequestInformation) -> Answer:
    def work(by: Clerk) -> int:
        return request_information(session, by, request.proceeding_id, request.version, request.questions, request.due_on, request.on_date)

    return act_once(session, inquiry, "requestInformation", request, RequestInformationResponse, work)
