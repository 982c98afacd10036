"""getPersonAchievements: documents with marks and examination results of one person (personas sasniegumi)."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from adapters.key_pairs import NoPair, UnreadablePair
from adapters.naming import AssignedIdentifier, OnBehalfOf, behalf_of, named
from core.achievements.person import NamedDocument, person_achievements
from core.achievements.shown import Achievements
from core.education import Named
from core.errors import InvalidQuestion, Unavailable

PERSONAL = True
UNSIGNED = "No key can sign the ELMO document now; without format the answer is given. Tell the service's keeper."


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """The series and number of a document."""

    number: str
    series: str | None = None


@dataclass(frozen=True, slots=True)
class GetPersonAchievements:
    """The request: exactly one of personal code, identifier and document."""

    personal_code: str | None = None
    identifier: AssignedIdentifier | None = None
    document: DocumentNumber | None = None
    on_behalf_of: OnBehalfOf | None = None
    as_of: datetime | None = None
    format: str | None = None

    def named(self) -> Named | NamedDocument:
        """How the asker names the person."""
        if self.document is None:
            return named(self.personal_code, self.identifier)
        if self.personal_code is not None or self.identifier is not None:
            raise InvalidQuestion("Name the person by exactly one of personalCode, identifier and document.")
        return NamedDocument(self.document.series, self.document.number)


class GetPersonAchievementsResponse(NamedTuple):
    """The answer: a person, or found=false; the ELMO document when it was asked for."""

    data_as_of: str
    found: bool
    person: Achievements | None
    elmo: str | None


def handle(session: Session, inquiry: Inquiry, request: GetPersonAchievements) -> Answer:
    rights = inquiry.grant.rights
    data_as_of, found = person_achievements(session, inquiry.scope, rights, request.named(), request.as_of, inquiry.now, inquiry.today)
    persons = found.persons if found else []
    behalf = behalf_of(session, inquiry, request.on_behalf_of, persons)
    person = found.person if found else None
    response = GetPersonAchievementsResponse(data_as_of, found is not None, person, _elmo(request.format, person, data_as_of))
    return Answer(response, persons, data_as_of, behalf)


def _elmo(asked: str | None, person: Achievements | None, data_as_of: str) -> str | None:
    if asked is None or person is None:
        return None
    from adapters.elmo import signed_elmo

    try:
        return b64encode(signed_elmo(person, data_as_of)).decode()
    except (NoPair, UnreadablePair) as error:
        raise Unavailable(UNSIGNED) from error
