"""One proceeding with everything (lieta ar vēsturi): what is waited for and came, the commission, decisions, what happened."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from core.accreditation.proceedings import FROM, LINE, VISIBLE, ProceedingLine, line_of, visible
from core.accreditation.stages import Act
from core.accreditation.standing import FLAGS, PUBLIC, STATE, Flag
from core.accreditation.working import OFFICIAL, Clerk, reached
from core.connections import fetch_all
from core.reading import AT, INSTANT, check_as_of, known_at


class AwaitedLine(NamedTuple):
    """What is waited for, received or overdue (gaidāmais)."""

    awaited_id: int
    kind: str
    code: str | None
    question: str | None
    asked_on: str
    due_on: str | None
    received_on: str | None
    state: str
    answer: str | None


class ExpertLine(NamedTuple):
    """A member of the commission (eksperts)."""

    name: str
    head: bool
    declared_on: str


class DecisionLine(NamedTuple):
    """A decision in the proceeding (lēmums lietā) and who made it."""

    decision_id: int
    number: str
    outcome: str
    status: str
    decided_on: str
    valid_from: str
    valid_to: str | None
    state: str
    reason: str | None
    proposed_by: str | None
    confirmed_by: str | None
    flags: Sequence[Flag]


class EventLine(NamedTuple):
    """What happened (lietas notikums)."""

    at: str
    act: str
    stage: str
    on_day: str
    client: str
    user_id: str | None
    note: str | None


class ProceedingDetail(NamedTuple):
    """A proceeding with its history (lietas izklāsts)."""

    line: ProceedingLine
    starts_on: str | None
    remark: str | None
    awaited: Sequence[AwaitedLine]
    experts: Sequence[ExpertLine]
    decisions: Sequence[DecisionLine]
    events: Sequence[EventLine]


ONE = f"""
SELECT {INSTANT.format(AT)}, found.*
FROM (VALUES (1)) one LEFT JOIN LATERAL (
    SELECT {LINE}, v.starts_on::text, v.remark,
        (SELECT coalesce(json_agg(json_build_array(a.id, a.kind, a.code, a.question, a.asked_on, a.due_on, a.received_on,
                CASE WHEN a.received_on IS NOT NULL THEN 'received' WHEN a.due_on < %(on)s::date THEN 'overdue' ELSE 'waiting' END,
                a.answer) ORDER BY a.id), '[]')
         FROM awaited a WHERE a.proceeding_id = p.id),
        (SELECT coalesce(json_agg(json_build_array(x.name, x.head, x.declared_on) ORDER BY x.head DESC, x.id), '[]')
         FROM expert x WHERE x.proceeding_id = p.id AND {known_at("x")}),
        (SELECT coalesce(json_agg(json_build_array(d.id, d.number, d.outcome, d.status, d.decided_on, d.valid_from, d.valid_to, {STATE},
                d.reason, d.proposed_client || ' ' || d.proposed_user, d.confirmed_client || ' ' || d.confirmed_user, {FLAGS})
            ORDER BY d.id), '[]')
         FROM decision d WHERE d.proceeding_id = p.id AND d.proposed_at <= {AT}),
        (SELECT coalesce(json_agg(json_build_array({INSTANT.format("e.at")}, e.act, e.stage, e.on_day, e.client, e.user_id, e.note)
            ORDER BY e.id), '[]')
         FROM proceeding_event e WHERE e.proceeding_id = p.id AND e.at <= {AT})
    {FROM}
    WHERE p.id = %(id)s AND {{reached}} AND {VISIBLE}) found ON true"""
REST = 6  # columns behind the line


# What an officer does before a decision is published.
INTERNAL = frozenset(act.value for act in (Act.PROPOSE, Act.CONFIRM, Act.REJECT, Act.CONFIRM_FLAG))


def get_proceeding(
    session: Session, by: Clerk, proceeding_id: int, as_of: datetime | None, now: datetime
) -> tuple[str, ProceedingDetail | None]:
    """When the data is true, and the proceeding, or None when the scope reaches none; asOf shows stage, commission and history as known.

    Who applied is not told what is only proposed, nor which officers decided.
    """
    check_as_of(as_of, now)
    statement = ONE.format(reached=reached(by.scope.kind))
    asked = {**visible(by), "id": proceeding_id, "on": by.today, "as_of": as_of}
    [(data_as_of, *row)] = fetch_all(session, statement, asked)
    if row[0] is None:
        return data_as_of, None
    starts_on, remark, awaited, experts, decisions, events = row[-REST:]
    made = [DecisionLine._make((*line[:-1], [Flag(*flag) for flag in line[-1]])) for line in decisions]
    told = [EventLine(*event) for event in events]
    if not by.rights & OFFICIAL:
        made = [line._replace(proposed_by=None, confirmed_by=None, flags=[]) for line in made if line.state in PUBLIC]
        told = [line if line.client == by.client else line._replace(user_id=None) for line in told if line.act not in INTERNAL]
    detail = ProceedingDetail(line_of(row[:-REST], by.today), starts_on, remark, awaited, experts, made, told)
    return data_as_of, detail
