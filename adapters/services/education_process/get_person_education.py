"""getPersonEducation: one person's status, affiliations and teaching posts (personas izglītības dati)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from adapters.naming import AssignedIdentifier, OnBehalfOf, behalf_of, named
from core.education import Person, person_education

PERSONAL = True


@dataclass(frozen=True, slots=True)
class GetPersonEducation:
    """The request: exactly one of personal code and identifier."""

    personal_code: str | None = None
    identifier: AssignedIdentifier | None = None
    on_date: date | None = None
    as_of: datetime | None = None
    on_behalf_of: OnBehalfOf | None = None


class GetPersonEducationResponse(NamedTuple):
    """The answer: a person, or found=false."""

    data_as_of: str
    found: bool
    person: Person | None


def handle(session: Session, inquiry: Inquiry, request: GetPersonEducation) -> Answer:
    who = named(request.personal_code, request.identifier)
    data_as_of, found = person_education(
        session, inquiry.scope, inquiry.grant.rights, who, request.on_date, request.as_of, inquiry.now, inquiry.today
    )
    persons = found.persons if found else []
    behalf = behalf_of(session, inquiry, request.on_behalf_of, persons)
    response = GetPersonEducationResponse(data_as_of, found is not None, found.person if found else None)
    return Answer(response, persons, data_as_of, behalf)
