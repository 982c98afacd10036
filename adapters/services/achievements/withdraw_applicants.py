"""withdrawApplicants: who applies no more (pretendentu atsaukšana)."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from adapters.applying import Applicants, ApplicantsResponse, registered
from adapters.inquiry import Answer, Inquiry
from adapters.naming import named_or_nobody
from adapters.submitting import sender_of
from core.achievements.applicants import withdraw_applicants

PERSONAL = True
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class WithdrawApplicants(Applicants):
    """The request: who applies no more."""


class WithdrawApplicantsResponse(ApplicantsResponse):
    """The answer: what became of each applicant."""


def handle(session: Session, inquiry: Inquiry, request: WithdrawApplicants) -> Answer:
    named = [named_or_nobody(applicant) for applicant in request.applicants]
    done = withdraw_applicants(session, sender_of(inquiry), request.batch_key, request.campaign, named, request.dry_run)
    return registered(request, done)
