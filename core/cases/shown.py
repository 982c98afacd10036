"""What is shown of a case (lietas izklāsts), as messages need it: the same line in the list and on the case itself, and its SQL.

The SQL speaks of the version `v` of the case `c` as it was known, of the person `p` as known now, and of the parameters on, restricted and
those of `core.cases.clocks`. Of a child with a safe address nothing that tells a place is shown without that right: no municipality, no
address, no words or names of those who worked on the case.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from core.access import Right
from core.cases.clocks import days, parameters
from core.cases.reach import HIDDEN
from core.cases.rules import CLARIFYING, case_rules
from core.reading import AT, INSTANT
from core.submissions.batches import RIGA


class CaseLine(NamedTuple):
    """A case as a line of the list (lietas rinda): the child, whose case it is, why, its status and how honest that is, what is due."""

    case_id: int
    version: int
    personal_code: str | None
    given_name: str
    surname: str
    birth_date: str | None
    municipality: str | None
    offered_to: str | None
    answer_by: str | None
    state: str
    reason: str
    opened_on: str
    closed_on: str | None
    closing: str | None
    status: str | None
    status_class: str | None
    status_since: str | None
    status_confirmed_on: str | None
    status_expires_on: str | None
    honesty: str | None
    due_on: str | None
    escalation: str | None
    escalated_on: str | None
    last_measure_on: str | None


class CaseEvent(NamedTuple):
    """Something that happened in a case (lietas notikums)."""

    case_id: int
    kind: str
    at: str
    on_day: str | None
    municipality: str | None
    value: str | None
    note: str | None
    client: str | None
    user_id: str | None


class Absence(NamedTuple):
    """What a school told of unexcused absence (neattaisnoti kavējumi), in lessons or in days."""

    report_id: int
    institution: str
    absent_from: str
    absent_to: str
    lessons: int | None
    days: int | None
    note: str | None
    reported_at: str


class Case(NamedTuple):
    """One case (nemācošā bērna lieta) with its history; that of cases that went into it is in it."""

    line: CaseLine
    evidence: str | None
    address: str | None
    merged_into: int | None
    events: Sequence[CaseEvent]
    absences: Sequence[Absence]


NONE, EXPIRED, TOO_LONG, COPIED, FRESH = "noStatus", "expired", "clarifyingTooLong", "copied", "current"
# How much a status says (statusa godīgums): without one, and with one that only stands there, nobody knows more than before.
HONESTY = f"""CASE WHEN v.state = 'closed' THEN NULL WHEN v.status IS NULL THEN '{NONE}'
    WHEN v.status_expires_on < %(on)s::date THEN '{EXPIRED}'
    WHEN v.status = '{CLARIFYING}' AND %(on)s::date - v.status_since > {days("clarifying", "v.municipality")} THEN '{TOO_LONG}'
    WHEN %(on)s::date - v.status_confirmed_on > %(unchanged_days)s THEN '{COPIED}'
    ELSE '{FRESH}' END"""
DUE_ON = f"""CASE WHEN v.state = 'closed' THEN NULL
    WHEN v.status IS NULL THEN v.opened_on + {days("firstStatus", "v.municipality")}
    WHEN v.status = '{CLARIFYING}' THEN v.status_since + {days("clarifying", "v.municipality")}
    ELSE v.status_expires_on END"""
CODE = """(SELECT code.value FROM identity code
    WHERE code.person_id = p.person_id AND code.scheme = 'personal_code' AND code.current LIMIT 1)"""
LINE = f"""v.case_id, v.id, {CODE}, p.given_name, p.surname, p.born_on::text,
    CASE WHEN NOT {HIDDEN} THEN v.municipality END, CASE WHEN NOT {HIDDEN} THEN v.offered_to END, v.answer_by::text,
    v.state, v.reason, v.opened_on::text, v.closed_on::text, v.closing, v.status, v.status_class, v.status_since::text,
    v.status_confirmed_on::text, v.status_expires_on::text, {HONESTY}, ({DUE_ON})::text, v.escalation, v.escalated_on::text,
    (SELECT max(m.on_day)::text FROM case_event m WHERE m.case_id = v.case_id AND m.kind = 'measure' AND m.at <= {AT})"""
LINE_WIDTH = len(CaseLine._fields)
AT_TEXT = f"(SELECT {INSTANT.format(AT)})"


def case_parameters(rights: frozenset[str], as_of: datetime | None, today: date) -> dict[str, Any]:
    """What this SQL refers to; what was late is seen from the day that is asked about."""
    on = today if as_of is None else as_of.astimezone(RIGA).date()
    return {**parameters(on), "unchanged_days": case_rules(on).unchanged_days, "restricted": Right.RESTRICTED in rights}
