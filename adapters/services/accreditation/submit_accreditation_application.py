"""submitAccreditationApplication: an institution applies for an accreditation (pieteikums akreditācijai), or for a longer term."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from adapters.licensing import Acted, SentItem, act_once, items_of
from core.accreditation.applying import Application, submit_application
from core.accreditation.working import Clerk

PERSONAL = False
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class SubmitAccreditationApplication:
    """The request: what is applied for, with its items; a draft or a returned one by its proceeding."""

    batch_key: str
    kind: str
    institution: str
    items: list[SentItem]
    programme: str | None = None
    applied_on: date | None = None
    remark: str | None = None
    proceeding_id: int | None = None
    version: int | None = None
    draft: bool = False
    dry_run: bool = False


class SubmitAccreditationApplicationResponse(Acted):
    """The answer: where the proceeding stands afterwards."""


def handle(session: Session, inquiry: Inquiry, request: SubmitAccreditationApplication) -> Answer:
    def work(by: Clerk) -> int:
        items = items_of(request.items)
        application = Application(
            request.kind, request.institution, request.programme, None, None, request.applied_on, request.remark, items
        )
        return submit_application(session, by, application, request.proceeding_id, request.version, request.draft)

    return act_once(session, inquiry, "submitAccreditationApplication", request, SubmitAccreditationApplicationResponse, work)
