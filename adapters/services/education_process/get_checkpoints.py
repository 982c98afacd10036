"""getCheckpoints: rows and hashes to compare a copy with (kontrolpunkti), at a place in the change feed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from core.checkpoints import Checkpoint, checkpoints
from core.feed import followed

PERSONAL = False


@dataclass(frozen=True, slots=True)
class GetCheckpoints:
    """The request; without a cursor, the head of the feed."""

    municipality: str | None = None
    entity: str | None = None
    cursor: str | None = None


class GetCheckpointsResponse(NamedTuple):
    """The answer: where in the feed, and what a copy holds there."""

    data_as_of: str
    position: int
    cursor: str
    checkpoints: Sequence[Checkpoint]


def handle(session: Session, inquiry: Inquiry, request: GetCheckpoints) -> Answer:
    asked = followed(inquiry.grant.scope, inquiry.grant.rights, request.entity, request.municipality)
    return Answer(GetCheckpointsResponse(*checkpoints(session, asked, request.cursor)))
