"""separatePersons: codes and identifiers that do not belong to one person go to whom they belong (personu nodalīšana)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.deciding import PersonReference, decide
from adapters.inquiry import Answer, Inquiry
from core.identities import Asked, Decision, KnownAs, separate
from core.submissions import Done

PERSONAL = True
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class PersonMove:
    """One identity that goes, and the person to whom, unless it goes back or to a new person."""

    person: PersonReference
    into: PersonReference | None = None


@dataclass(frozen=True, slots=True)
class SeparatePersons:
    """The request: all moves or none, and why."""

    batch_key: str
    moves: list[PersonMove]
    reason: str
    dry_run: bool = False


class SeparatePersonsResponse(NamedTuple):
    """The answer: everybody concerned, each with code, former codes and identifiers."""

    data_as_of: str
    repeated: bool
    persons: Sequence[KnownAs]


def handle(session: Session, inquiry: Inquiry, request: SeparatePersons) -> Answer:
    asked = [Asked(move.person.named(), move.into.named() if move.into else None) for move in request.moves]

    def work(by: Decision) -> Done:
        separated = separate(session, by, asked)
        return Done(separated.known_as, separated.people, received=len(asked), accepted=len(asked))

    done = decide(session, inquiry, "separatePersons", request, work)
    return Answer(SeparatePersonsResponse(done.data_as_of, done.repeated, done.answer), done.persons, done.data_as_of)
