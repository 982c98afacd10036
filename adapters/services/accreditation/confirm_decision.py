"""confirmDecision: another officer confirms a decision, or rejects it (lēmuma apstiprināšana)."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from adapters.licensing import Acted, act_once
from core.accreditation.confirming import confirm_decision
from core.accreditation.working import Clerk

PERSONAL = False
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class ConfirmDecision:
    """The request: which decision, and whether it is accepted."""

    batch_key: str
    decision_id: int
    accept: bool
    reason: str | None = None
    dry_run: bool = False


class ConfirmDecisionResponse(Acted):
    """The answer: where the proceeding stands afterwards."""


def handle(session: Session, inquiry: Inquiry, request: ConfirmDecision) -> Answer:
    def work(by: Clerk) -> int:
        return confirm_decision(session, by, request.decision_id, request.accept, request.reason)

    return act_once(session, inquiry, "confirmDecision", request, ConfirmDecisionResponse, work)
