"""checkPersons: up to 3000 personal codes in five lists, by whether the duty to learn is fulfilled (personas kodu pārbaude)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from core.cases import check

PERSONAL = True
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class CheckPersons:
    """The request: codes, and the day."""

    personal_codes: list[str]
    on_date: date | None = None


class CheckPersonsResponse(NamedTuple):
    """The answer: each code in one of the lists."""

    data_as_of: str
    not_fulfilling: Sequence[str]
    fulfilling: Sequence[str]
    not_in_register: Sequence[str]
    outside_duty: Sequence[str]
    invalid: Sequence[str]


def handle(session: Session, inquiry: Inquiry, request: CheckPersons) -> Answer:
    on = request.on_date or inquiry.today
    checked = check(session, inquiry.scope, inquiry.grant.rights, request.personal_codes, on, inquiry.today)
    return Answer(CheckPersonsResponse(*checked[:-1]), checked.persons, checked.data_as_of)
