"""appointExperts: the commission is appointed, each member without a conflict of interest (ekspertu komisija)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from adapters.licensing import Acted, act_once
from core.accreditation.evaluating import AppointedExpert, appoint_experts
from core.accreditation.working import Clerk

PERSONAL = False
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class SentExpert:
    """A member of the commission as it is sent."""

    name: str
    head: bool
    conflict_of_interest: bool
    declared_on: date


@dataclass(frozen=True, slots=True)
class AppointExperts:
    """The request: which proceeding, as it was seen, and the members with what they declared."""

    batch_key: str
    proceeding_id: int
    experts: list[SentExpert]
    version: int | None = None
    on_date: date | None = None
    dry_run: bool = False


class AppointExpertsResponse(Acted):
    """The answer: where the proceeding stands afterwards."""


def handle(session: Session, inquiry: Inquiry, request: AppointExperts) -> Answer:
    def work(by: Clerk) -> int:
        experts = [AppointedExpert(one.name, one.head, one.conflict_of_interest, one.declared_on) for one in request.experts]
        return appoint_experts(session, by, request.proceeding_id, request.version, experts, request.on_date)

    return act_once(session, inquiry, "appointExperts", request, AppointExpertsResponse, work)
