"""explainChild: why a child is or is not in the register (skaidrojums par bērnu): each rule, its data, its outcome."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.casework import wire_word
from adapters.inquiry import Answer, Inquiry
from core.cases import Rule, explain
from core.cases.wording import Said

PERSONAL = True
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class ExplainChild:
    """The request: a child, a day, an instant of knowledge."""

    personal_code: str
    on_date: date | None = None
    as_of: datetime | None = None


class ExplainChildResponse(NamedTuple):
    """The answer: what the rules say, or found=false."""

    data_as_of: str
    found: bool
    due: bool | None
    settled_by: str | None
    reason: str | None
    reason_in_words: Said | None
    rules: Sequence[Rule]


def handle(session: Session, inquiry: Inquiry, request: ExplainChild) -> Answer:
    on, rights = request.on_date or inquiry.today, inquiry.grant.rights
    data_as_of, found = explain(session, inquiry.scope, rights, request.personal_code, on, request.as_of, inquiry.now, inquiry.today)
    if found is None:
        return Answer(ExplainChildResponse(data_as_of, False, None, None, None, None, []), [], data_as_of)
    settled_by, reason = (None if word is None else wire_word(word) for word in (found.settled_by, found.reason))
    rules = [rule._replace(name=wire_word(rule.name)) for rule in found.rules]
    response = ExplainChildResponse(data_as_of, True, reason is not None, settled_by, reason, found.reason_in_words, rules)
    return Answer(response, found.persons, data_as_of)
