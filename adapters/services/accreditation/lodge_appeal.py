"""lodgeAppeal: an appeal to the ministry, and its outcome (lēmuma apstrīdēšana)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from adapters.licensing import Acted, act_once
from core.accreditation.appealing import decide_appeal, lodge_appeal
from core.accreditation.working import Clerk

PERSONAL = False
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class LodgeAppeal:
    """The request: which decision, why; with an outcome it is what the ministry decided."""

    batch_key: str
    decision_id: int
    on_date: date | None = None
    reason: str | None = None
    outcome: str | None = None
    dry_run: bool = False


class LodgeAppealResponse(Acted):
    """The answer: where the proceeding stands afterwards."""


def handle(session: Session, inquiry: Inquiry, request: LodgeAppeal) -> Answer:
    def work(by: Clerk) -> int:
        if request.outcome is None:
            return lodge_appeal(session, by, request.decision_id, request.on_date, request.reason)
        return decide_appeal(session, by, request.decision_id, request.outcome, request.on_date, request.reason)

    return act_once(session, inquiry, "lodgeAppeal", request, LodgeAppealResponse, work)
