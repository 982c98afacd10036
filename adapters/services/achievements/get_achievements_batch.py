"""getAchievementsBatch: achievements of up to a thousand applicants (pretendentu sasniegumi)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from adapters.naming import ApplicantName, named_or_nobody
from core.achievements.batch import Applicant, achievements_batch

PERSONAL = True


@dataclass(frozen=True, slots=True)
class GetAchievementsBatch:
    """The request: applicants."""

    applicants: list[ApplicantName]
    as_of: datetime | None = None


class GetAchievementsBatchResponse(NamedTuple):
    """The answer: each applicant with its own outcome."""

    data_as_of: str
    applicants: Sequence[Applicant]


def handle(session: Session, inquiry: Inquiry, request: GetAchievementsBatch) -> Answer:
    asked = [named_or_nobody(applicant) for applicant in request.applicants]
    batch = achievements_batch(session, inquiry.scope, inquiry.grant.rights, asked, request.as_of, inquiry.now, inquiry.today)
    return Answer(GetAchievementsBatchResponse(batch.data_as_of, batch.applicants), batch.persons, batch.data_as_of)
