"""getCaseStatistics: active cases in numbers (nemācošo bērnu statistika), per status, age group, municipality and statutory day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from core.cases.statistics import HonestyCount, StatusCount, statistics

PERSONAL = False
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class GetCaseStatistics:
    """The request: of one municipality or all that the rights reach, of today or of a statutory day."""

    municipality: str | None = None
    quarter_on: date | None = None


class GetCaseStatisticsResponse(NamedTuple):
    """The answer: the figures."""

    data_as_of: str
    on: str
    statuses: Sequence[StatusCount]
    honesty: Sequence[HonestyCount]


def handle(session: Session, inquiry: Inquiry, request: GetCaseStatistics) -> Answer:
    told = statistics(session, inquiry.scope, inquiry.grant.rights, request.municipality, request.quarter_on, inquiry.today)
    return Answer(GetCaseStatisticsResponse(*told), None, told.data_as_of)
