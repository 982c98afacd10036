"""What the operations share by which an office decides who is who: how persons are named, who decides, once per message."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from adapters.inquiry import Inquiry
from core.education import Named
from core.errors import InvalidQuestion, UserRequired
from core.identities import Decision
from core.personal_code import normalise
from core.submissions import Answered, Done, Sender, canonical, once


@dataclass(frozen=True, slots=True)
class AssignedIdentifier:
    """An identifier and the institution that assigned it."""

    institution: str
    value: str


@dataclass(frozen=True, slots=True)
class PersonReference:
    """By what a person is named: exactly one of personal code and identifier."""

    personal_code: str | None = None
    identifier: AssignedIdentifier | None = None

    def named(self) -> Named:
        """As core names a person."""
        match self.personal_code, self.identifier:
            case str() as code, None:
                return Named("personal_code", "", normalise(code))
            case None, AssignedIdentifier(institution, value):
                return Named("institution", institution, value)
            case _:
                raise InvalidQuestion("Name each person by exactly one of personalCode and identifier.")


def decide(session: Session, inquiry: Inquiry, operation: str, request: Any, work: Callable[[Decision], Done]) -> Answered:
    """Does what the officer decided, or answers as the first time; who decides has to be named."""
    if not inquiry.user:
        raise UserRequired
    by = Decision(inquiry.client, inquiry.user, inquiry.scope, inquiry.grant.rights, inquiry.today, request.reason)
    sender = Sender(inquiry.client, inquiry.user, inquiry.message_id, inquiry.scope, inquiry.now)
    return once(session, sender, operation, request.batch_key, canonical(request), lambda: work(by), request.dry_run)
