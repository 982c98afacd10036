"""answerInformationRequest: the applicant answers what was asked (atbilde uz informācijas pieprasījumu)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from adapters.licensing import Acted, act_once
from core.accreditation import completing
from core.accreditation.working import Clerk

PERSONAL = False
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class SentAnswer:
    """An answer to one question as it is sent."""

    awaited_id: int
    text: str


@dataclass(frozen=True, slots=True)
class AnswerInformationRequest:
    """The request: answers, each to its question."""

    batch_key: str
    proceeding_id: int
    answers: list[SentAnswer]
    on_date: date | None = None
    dry_run: bool = False


class AnswerInformationRequestResponse(Acted):
    """The answer: where the proceeding stands afterwards."""


def handle(session: Session, inquiry: Inquiry, request: AnswerInformationRequest) -> Answer:
    def work(by: Clerk) -> int:
        answers = [completing.Answer(answer.awaited_id, answer.text) for answer in request.answers]
        return completing.answer_information(session, by, request.proceeding_id, answers, request.on_date)

    return act_once(session, inquiry, "answerInformationRequest", request, AnswerInformationRequestResponse, work)
