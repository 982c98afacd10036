"""submitLicenceApplication: an institution applies for a licence of a programme (pieteikums programmas licencei)."""

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
class SubmitLicenceApplication:
    """The request: what is applied for, with its items; a draft or a returned one by its proceeding."""

    batch_key: str
    kind: str
    institution: str
    programme: str
    programme_name: str
    starts_on: date
    items: list[SentItem]
    applied_on: date | None = None
    remark: str | None = None
    proceeding_id: int | None = None
    version: int | None = None
    draft: bool = False
    dry_run: bool = False


class SubmitLicenceApplicationResponse(Acted):
    """The answer: where the proceeding stands afterwards."""


def handle(session: Session, inquiry: Inquiry, request: SubmitLicenceApplication) -> Answer:
    def work(by: Clerk) -> int:
        application = Application(
            request.kind,
            request.institution,
            request.programme,
            request.programme_name,
            request.starts_on,
            request.applied_on,
            request.remark,
            items_of(request.items),
        )
        return submit_application(session, by, application, request.proceeding_id, request.version, request.draft)

    return act_once(session, inquiry, "submitLicenceApplication", request, SubmitLicenceApplicationResponse, work)
