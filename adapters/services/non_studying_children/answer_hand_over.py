"""answerHandOver: a case that was offered is accepted or sent back (atbilde uz lietas nodošanu)."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from adapters.casework import Worked, work_once
from adapters.inquiry import Answer, Inquiry
from core.cases.handing_over import answer
from core.cases.working import HeldCase, Officer

PERSONAL = True
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class AnswerHandOver:
    """The request: which case, as it was seen, whether it is accepted, why."""

    batch_key: str
    case_id: int
    accept: bool
    version: int | None = None
    reason: str | None = None
    dry_run: bool = False


class AnswerHandOverResponse(Worked):
    """The answer: the case afterwards."""


def handle(session: Session, inquiry: Inquiry, request: AnswerHandOver) -> Answer:
    def work(by: Officer) -> HeldCase:
        return answer(session, by, request.case_id, request.version, request.accept, request.reason)

    return work_once(session, inquiry, "answerHandOver", request, AnswerHandOverResponse, work)
