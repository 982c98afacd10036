"""reportAbsence: a school tells the municipality of unexcused absence beyond the legal limit (neattaisnoti kavējumi)."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.deciding import AssignedIdentifier, PersonReference
from adapters.inquiry import Answer, Inquiry
from adapters.submitting import sender_of
from core.cases.absence import AbsenceSaid, report_absence
from core.submissions import Done, canonical, once

PERSONAL = True
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class ReportAbsence:
    """The request: where, who, in which days, how many lessons or days."""

    batch_key: str
    institution: str
    absent_from: date
    absent_to: date
    personal_code: str | None = None
    identifier: AssignedIdentifier | None = None
    lessons: int | None = None
    days: int | None = None
    note: str | None = None
    dry_run: bool = False


class ReportAbsenceResponse(NamedTuple):
    """The answer: the number of the report, and whether a municipality gets it."""

    data_as_of: str
    repeated: bool
    report_id: int | None
    delivered: bool


def handle(session: Session, inquiry: Inquiry, request: ReportAbsence) -> Answer:
    child, sender = PersonReference(request.personal_code, request.identifier).named(), sender_of(inquiry)
    said = AbsenceSaid(request.institution, request.absent_from, request.absent_to, request.lessons, request.days, request.note)

    def work() -> Done:
        return report_absence(session, sender, child, said)

    done = once(session, sender, "reportAbsence", request.batch_key, canonical(request), work, request.dry_run)
    report_id = None if request.dry_run else done.answer[0]
    return Answer(ReportAbsenceResponse(done.data_as_of, done.repeated, report_id, done.answer[1]), done.persons, done.data_as_of)
