"""verifyDisclosureLog: proves that the journal was not altered between two places (žurnāla pārbaude)."""

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.disclosures.signing import trusts
from adapters.inquiry import Answer, Inquiry
from adapters.signatures import signer
from core.disclosures.verifying import verify
from core.reading import instant

PERSONAL = False
DATABASE = "register"
MOST = 100_000


@dataclass(frozen=True, slots=True)
class VerifyDisclosureLog:
    """The request: two places."""

    from_place: int | None = None
    to_place: int | None = None


class Checkpoint(NamedTuple):
    """What stands for removed rows."""

    place: int
    hash: str
    rows: int
    before: str


class VerifyDisclosureLogResponse(NamedTuple):
    """The answer: whether all is as it was, or the first place that is not."""

    data_as_of: str
    whole: bool
    from_place: int
    to_place: int
    rows: int
    wrong_place: int | None
    wrong_kind: str | None
    head_place: int
    head_hash: str
    checkpoint: Checkpoint | None


def handle(session: Session, inquiry: Inquiry, request: VerifyDisclosureLog) -> Answer:
    found = verify(session, request.from_place, request.to_place, trusted=trusts(signer()), most=MOST)
    begun = found.checkpoint
    response = VerifyDisclosureLogResponse(
        data_as_of=instant(inquiry.now),
        whole=found.wrong is None,
        from_place=found.first,
        to_place=found.last,
        rows=found.last - found.first + 1,
        wrong_place=found.wrong.place if found.wrong else None,
        wrong_kind=found.wrong.kind if found.wrong else None,
        head_place=found.head.place,
        head_hash=found.head.chain_hash.hex(),
        checkpoint=Checkpoint(begun.place, begun.chain_hash.hex(), begun.rows, instant(begun.before)) if begun else None,
    )
    return Answer(response)
