"""What the operations on cases share (lietu kārtošana): who works on a case, once per message, what the case is afterwards, wire words."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from adapters.submitting import sender_of
from core.cases.shown import CaseEvent, CaseLine
from core.cases.working import HeldCase, Officer
from core.submissions import Done, canonical, once

_capital = re.compile("_([a-z])")
_small = re.compile("([A-Z])")
TELL_A_REASON = frozenset(("opened", "reopened", "reasonChanged"))


class Worked(NamedTuple):
    """The answer to who worked on a case: what holds of it afterwards."""

    data_as_of: str
    repeated: bool
    case_id: int
    version: int
    state: str
    municipality: str | None
    status: str | None
    status_expires_on: str | None
    offered_to: str | None
    answer_by: str | None


def work_once(
    session: Session, inquiry: Inquiry, operation: str, request: Any, response: type[Worked], work: Callable[[Officer], HeldCase]
) -> Answer:
    """Does what the officer decided, or answers as the first time."""
    by = Officer(inquiry.client, inquiry.user, inquiry.scope, inquiry.grant.rights, inquiry.today)

    def worked() -> Done:
        case = work(by)
        place = (None, None, None) if case.hidden else (case.municipality, case.offered_to, _text(case.answer_by))
        status = (case.status, _text(case.status_expires_on))
        return Done([case.case_id, case.version, case.state, place[0], *status, *place[1:]], [case.person_id], received=1, accepted=1)

    done = once(session, sender_of(inquiry), operation, request.batch_key, canonical(request), worked, request.dry_run)
    return Answer(response(done.data_as_of, done.repeated, *done.answer), done.persons, done.data_as_of)


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def wire_word(word: str) -> str:
    """A word of the register as messages write it: never_enrolled is neverEnrolled."""
    return _capital.sub(lambda found: found[1].upper(), word)


def register_word(word: str | None) -> str | None:
    """A word of a message as the register writes it."""
    return None if word is None else _small.sub(lambda found: f"_{found[1].lower()}", word)


def wire_line(line: CaseLine) -> CaseLine:
    """A case with the words of messages."""
    return line._replace(reason=wire_word(line.reason))


def wire_event(event: CaseEvent) -> CaseEvent:
    """An event with the words of messages."""
    return event._replace(value=wire_word(event.value)) if event.value and event.kind in TELL_A_REASON else event
