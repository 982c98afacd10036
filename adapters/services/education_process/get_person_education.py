"""getPersonEducation: one person's status, affiliations and teaching posts (personas izglītības dati)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from core import representation
from core.education import Named, Person, person_education
from core.errors import InvalidQuestion
from core.personal_code import normalise

PERSONAL = True


@dataclass(frozen=True, slots=True)
class AssignedIdentifier:
    """An identifier and the institution that assigned it."""

    institution: str
    value: str


@dataclass(frozen=True, slots=True)
class OnBehalfOf:
    """In which capacity, and by whose personal code."""

    capacity: str
    personal_code: str | None = None


@dataclass(frozen=True, slots=True)
class GetPersonEducation:
    """The request: exactly one of personal code and identifier."""

    personal_code: str | None = None
    identifier: AssignedIdentifier | None = None
    on_date: date | None = None
    as_of: datetime | None = None
    on_behalf_of: OnBehalfOf | None = None

    def named(self) -> Named:
        """How the asker names the person."""
        match self.personal_code, self.identifier:
            case str() as code, None:
                return Named("personal_code", "", normalise(code))
            case None, AssignedIdentifier(institution, value):
                return Named("institution", institution, value)
            case _:
                raise InvalidQuestion("Name the person by exactly one of personalCode and identifier.")


class GetPersonEducationResponse(NamedTuple):
    """The answer: a person, or found=false."""

    data_as_of: str
    found: bool
    person: Person | None


def handle(session: Session, inquiry: Inquiry, request: GetPersonEducation) -> Answer:
    data_as_of, found = person_education(
        session, inquiry.scope, inquiry.grant.rights, request.named(), request.on_date, request.as_of, inquiry.now, inquiry.today
    )
    behalf = None
    if request.on_behalf_of is not None:
        code = request.on_behalf_of.personal_code
        asker = normalise(code) if code else None
        for subject in found.persons if found else [None]:
            behalf = representation.confirm(session, inquiry.scope, request.on_behalf_of.capacity, asker, subject, inquiry.today)
    response = GetPersonEducationResponse(data_as_of, found is not None, found.person if found else None)
    return Answer(response, found.persons if found else [], data_as_of, behalf)
