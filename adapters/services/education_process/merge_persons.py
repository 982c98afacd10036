"""mergePersons: two records of one human being become one person (personu apvienošana)."""

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.deciding import PersonReference, decide
from adapters.inquiry import Answer, Inquiry
from core.identities import Decision, merge
from core.submissions import Done

PERSONAL = True
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class MergePersons:
    """The request: who stays, whose record is joined to it, and why."""

    batch_key: str
    keep: PersonReference
    merge: PersonReference
    reason: str
    dry_run: bool = False


class MergePersonsResponse(NamedTuple):
    """The answer: by what the person is known now, and how many main affiliations overlap."""

    data_as_of: str
    repeated: bool
    personal_code: str | None
    former_personal_codes: list[str]
    overlaps: int


def handle(session: Session, inquiry: Inquiry, request: MergePersons) -> Answer:
    keep, other = request.keep.named(), request.merge.named()

    def work(by: Decision) -> Done:
        person, known_as, overlaps, changed = merge(session, by, keep, other)
        answer = [known_as.personal_code, known_as.former_personal_codes, overlaps]
        return Done(answer, [person], received=1, accepted=int(changed), unchanged=int(not changed))

    done = decide(session, inquiry, "mergePersons", request, work)
    return Answer(MergePersonsResponse(done.data_as_of, done.repeated, *done.answer), done.persons, done.data_as_of)
