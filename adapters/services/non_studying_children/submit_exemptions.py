"""submitExemptions: municipalities tell who is exempt from the duty to learn (atbrīvojumi no obligātās izglītības)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from adapters.submitting import sender_of
from core.cases.exempting import ExemptionItem, ExemptionOutcome, submit_exemptions
from core.submissions import canonical, once

PERSONAL = True
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class SubmitExemptions:
    """The request: up to 1000 items under the sender's key of the message."""

    batch_key: str
    items: list[ExemptionItem]
    dry_run: bool = False


class SubmitExemptionsResponse(NamedTuple):
    """The answer: what became of each item."""

    data_as_of: str
    batch_key: str
    dry_run: bool
    repeated: bool
    received: int
    accepted: int
    unchanged: int
    rejected: int
    outcomes: Sequence[ExemptionOutcome]


def handle(session: Session, inquiry: Inquiry, request: SubmitExemptions) -> Answer:
    sender = sender_of(inquiry)
    done = once(
        session,
        sender,
        "submitExemptions",
        request.batch_key,
        canonical(request),
        lambda: submit_exemptions(session, sender, inquiry.grant.rights, request.items),
        request.dry_run,
    )
    response = SubmitExemptionsResponse(done.data_as_of, request.batch_key, request.dry_run, done.repeated, *done.answer)
    return Answer(response, done.persons, done.data_as_of)
