"""acceptApplication: a complete application is taken into processing (pieņemšana izskatīšanai)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from adapters.licensing import Acted, act_once
from core.accreditation.completing import accept_application
from core.accreditation.working import Clerk

PERSONAL = False
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class AcceptApplication:
    """The request: which proceeding, as it was seen."""

    batch_key: str
    proceeding_id: int
    version: int | None = None
    on_date: date | None = None
    dry_run: bool = False


class AcceptApplicationResponse(Acted):
    """The answer: where the proceeding stands afterwards."""


def handle(session: Session, inquiry: Inquiry, request: AcceptApplication) -> Answer:
    def work(by: Clerk) -> int:
        return accept_application(session, by, request.proceeding_id, request.version, request.on_date)

    return act_once(session, inquiry, "acceptApplication", request, AcceptApplicationResponse, work)
