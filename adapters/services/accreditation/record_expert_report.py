"""recordExpertReport: the report of the experts, its draft and then the final one (ekspertu ziņojums)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from adapters.licensing import Acted, act_once
from core.accreditation.evaluating import record_expert_report
from core.accreditation.working import Clerk

PERSONAL = False
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class RecordExpertReport:
    """The request: which proceeding, as it was seen, and the report."""

    batch_key: str
    proceeding_id: int
    final: bool
    report: str
    version: int | None = None
    on_date: date | None = None
    dry_run: bool = False


class RecordExpertReportResponse(Acted):
    """The answer: where the proceeding stands afterwards."""


def handle(session: Session, inquiry: Inquiry, request: RecordExpertReport) -> Answer:
    def work(by: Clerk) -> int:
        return record_expert_report(session, by, request.proceeding_id, request.version, request.final, request.report, request.on_date)

    return act_once(session, inquiry, "recordExpertReport", request, RecordExpertReportResponse, work)
