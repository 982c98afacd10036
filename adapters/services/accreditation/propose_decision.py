"""proposeDecision: an officer proposes a decision (lēmuma projekts), for another one to confirm."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from adapters.licensing import Acted, act_once
from core.accreditation.proposing import Proposal, propose_decision
from core.accreditation.working import Clerk

PERSONAL = False
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class ProposeDecision:
    """The request: what is decided under which number, in a proceeding or about a decision."""

    batch_key: str
    outcome: str
    number: str
    proceeding_id: int | None = None
    decision_id: int | None = None
    version: int | None = None
    decided_on: date | None = None
    term: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    reason: str | None = None
    dry_run: bool = False


class ProposeDecisionResponse(Acted):
    """The answer: where the proceeding stands afterwards."""


def handle(session: Session, inquiry: Inquiry, request: ProposeDecision) -> Answer:
    def work(by: Clerk) -> int:
        proposal = Proposal(
            request.proceeding_id,
            request.decision_id,
            request.outcome,
            request.number,
            request.decided_on,
            request.term,
            request.valid_from,
            request.valid_to,
            request.reason,
        )
        return propose_decision(session, by, proposal, request.version)

    return act_once(session, inquiry, "proposeDecision", request, ProposeDecisionResponse, work)
