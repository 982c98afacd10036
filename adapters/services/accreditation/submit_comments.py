"""submitComments: what the institution says of the draft report (viedoklis par ziņojuma projektu)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from adapters.licensing import Acted, act_once
from core.accreditation.evaluating import submit_comments
from core.accreditation.working import Clerk

PERSONAL = False
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class SubmitComments:
    """The request: which proceeding, and the comments."""

    batch_key: str
    proceeding_id: int
    comments: str
    on_date: date | None = None
    dry_run: bool = False


class SubmitCommentsResponse(Acted):
    """The answer: where the proceeding stands afterwards."""


def handle(session: Session, inquiry: Inquiry, request: SubmitComments) -> Answer:
    def work(by: Clerk) -> int:
        return submit_comments(session, by, request.proceeding_id, request.comments, request.on_date)

    return act_once(session, inquiry, "submitComments", request, SubmitCommentsResponse, work)
