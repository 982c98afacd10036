"""What the operations on proceedings share (lietvedība): who works on one, once per message, where it stands afterwards, wire words."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from adapters.casework import wire_word
from adapters.inquiry import Answer, Inquiry
from adapters.submitting import sender_of
from core.accreditation.applying import ApplicationItem
from core.accreditation.proceedings import ProceedingLine
from core.accreditation.standing import DecisionState, standing
from core.accreditation.status import DecisionEntry
from core.accreditation.working import Clerk
from core.submissions import Done, canonical, once


class Acted(NamedTuple):
    """The answer to who worked on a proceeding: where it stands afterwards."""

    data_as_of: str
    repeated: bool
    proceeding_id: int
    version: int
    stage: str
    must_act: str
    due_on: str | None
    clock_stopped: bool
    missing: Sequence[str]
    decision: DecisionState | None


@dataclass(frozen=True, slots=True)
class SentItem:
    """An item of an application as it is sent."""

    code: str
    reference: str


def clerk_of(inquiry: Inquiry) -> Clerk:
    """Who works on a proceeding, as far as core has to know it."""
    return Clerk(inquiry.client, inquiry.user, inquiry.scope, inquiry.grant.rights, inquiry.today)


def act_once(
    session: Session, inquiry: Inquiry, operation: str, request: Any, response: type[Acted], work: Callable[[Clerk], int]
) -> Answer:
    """Does what the clerk does, or answers as the first time; `work` gives the number of the proceeding."""
    by = clerk_of(inquiry)

    def worked() -> Done:
        stands = standing(session, by, work(by))
        return Done(stands._replace(stage=wire_word(stands.stage)), received=1, accepted=1)

    done = once(session, sender_of(inquiry), operation, request.batch_key, canonical(request), worked, request.dry_run)
    return Answer(response(done.data_as_of, done.repeated, *done.answer), data_as_of=done.data_as_of)


def items_of(sent: Iterable[SentItem]) -> list[ApplicationItem]:
    """The items as core takes them."""
    return [ApplicationItem(item.code, item.reference) for item in sent]


def wire_proceeding(line: ProceedingLine) -> ProceedingLine:
    """A proceeding with the words of messages."""
    return line._replace(subject=wire_word(line.subject), stage=wire_word(line.stage))


def wire_decisions(decisions: Iterable[DecisionEntry]) -> list[DecisionEntry]:
    """Published decisions with the words of messages."""
    return [decision._replace(subject=wire_word(decision.subject)) for decision in decisions]
