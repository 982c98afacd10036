"""confirmFlag: a publication that a high flag holds is released (brīdinājuma apstiprināšana)."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from adapters.licensing import Acted, act_once
from core.accreditation.confirming import confirm_flag
from core.accreditation.working import Clerk

PERSONAL = False
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class ConfirmFlag:
    """The request: which flag of which decision."""

    batch_key: str
    decision_id: int
    rule: str
    dry_run: bool = False


class ConfirmFlagResponse(Acted):
    """The answer: where the proceeding stands afterwards."""


def handle(session: Session, inquiry: Inquiry, request: ConfirmFlag) -> Answer:
    def work(by: Clerk) -> int:
        return confirm_flag(session, by, request.decision_id, request.rule)

    return act_once(session, inquiry, "confirmFlag", request, ConfirmFlagResponse, work)
