"""How a request names a person (personas norādīšana), and on whose behalf it is made."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from adapters.inquiry import Inquiry
from core import representation
from core.education import Named
from core.errors import InvalidPersonalCode, InvalidQuestion
from core.personal_code import normalise


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
class ApplicantName:
    """An applicant: a personal code, or an identifier."""

    personal_code: str | None = None
    identifier: AssignedIdentifier | None = None


def named(code: str | None, identifier: AssignedIdentifier | None) -> Named:
    """The person by exactly one of code and identifier."""
    match code, identifier:
        case str(), None:
            return Named("personal_code", "", normalise(code))
        case None, AssignedIdentifier(institution, value):
            return Named("institution", institution, value)
        case _:
            raise InvalidQuestion("Name the person by exactly one of personalCode and identifier.")


def named_or_nobody(applicant: ApplicantName) -> Named | None:
    """An applicant among many; None for one who is not named in a valid way, which is an outcome and no refusal of the others."""
    try:
        return named(applicant.personal_code, applicant.identifier)
    except (InvalidPersonalCode, InvalidQuestion):
        return None


def behalf_of(session: Session, inquiry: Inquiry, said: OnBehalfOf | None, persons: Sequence[int]) -> str | None:
    """What the disclosure says of whom the asker stands for, confirmed for everybody whose data is in the answer."""
    behalf = None
    if said is not None:
        asker = normalise(said.personal_code) if said.personal_code else None
        subjects: Sequence[int | None] = persons or [None]
        for subject in subjects:
            behalf = representation.confirm(session, inquiry.scope, said.capacity, asker, subject, inquiry.today)
    return behalf
