"""Clocks of cases (lietu termiņi): what lapses, what falls back, what goes to IKVD because a step is late.

    lapse       a justified status whose expiry has passed justifies no more
    propose     the child is declared elsewhere now: the case is offered to that municipality
    fall_back   a hand-over that nobody answered in time ends: the case is the declared municipality's
    escalate    what is late, disputed or nobody's is marked for IKVD, and the mark goes when the step is done

Each is one statement over all cases; `escalate` is asked for a single case, too, by the same statement, after somebody has worked on it.
"""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from core.cases.rules import CLARIFYING, STEPS, case_rules
from core.cases.writing import change
from core.reading import successors

MAY_WORK = ["non-studying-children.setSearchStatus", "non-studying-children.**"]
# Without it what stands in parentheses is asked anew wherever it is named.
ONCE = "OFFSET 0"
# Where the child of case `c` is declared on the day, as `d`: the residence and its municipality.
DECLARED = f"""LEFT JOIN LATERAL (
    SELECT r.id AS residence, {successors("r.municipality", "%(on)s::date")} AS municipality FROM identity i
    JOIN residence r ON r.person_id = i.person_id AND r.kind = 'declared' AND upper_inf(r.recorded) AND r.valid @> %(on)s::date
    WHERE i.id = c.identity_id LIMIT 1 {ONCE}) d ON true"""
HELD = "child_case c JOIN case_version v ON v.case_id = c.id AND upper_inf(v.recorded) AND v.state = 'active'"
# Of a case's few events the last one; for ORDER BY … LIMIT 1 the server may go through the events of all cases from the end.
LAST = "(array_agg({0} ORDER BY e.id DESC))[1]"
NO_OFFER = "NULL::text AS offered_to, NULL::date AS offered_on, NULL::date AS answer_by"


def days(step: str, municipality: str) -> str:
    """SQL for the days that a municipality has for a step."""
    return f"""coalesce((SELECT cd.days FROM case_deadline cd
        WHERE cd.municipality = {municipality} AND cd.step = '{step}' AND upper_inf(cd.recorded)), %({step})s)"""


LAPSED = """
SELECT v.case_id, 'open'::text AS status_class, v.status AS value FROM case_version v
WHERE upper_inf(v.recorded) AND v.state = 'active' AND v.status_class = 'justified' AND v.status_expires_on < %(on)s::date"""
OFFER = ("offered_to", "offered_on", "answer_by")
# What municipalities agreed on or sent back stands until the child is declared anew.
PROPOSED = f"""
SELECT v.case_id, d.municipality AS offered_to, %(on)s::date AS offered_on,
    %(on)s::date + {days("handOver", "d.municipality")} AS answer_by, d.municipality AS value
FROM {HELD} {DECLARED}
WHERE v.offered_to IS NULL AND d.municipality <> v.municipality AND d.residence IS DISTINCT FROM v.settled_residence"""
# The register takes back what it offered by itself when the child is declared where the case is.
TAKEN_BACK = f"""
SELECT v.case_id, {NO_OFFER}, v.offered_to AS value FROM {HELD} {DECLARED}
WHERE v.offered_to IS NOT NULL AND d.municipality = v.municipality AND (
    SELECT {LAST.format("e.client IS NULL")} FROM case_event e WHERE e.case_id = c.id AND e.kind = 'offered')"""
FALLEN_BACK = f"""
SELECT v.case_id, coalesce(d.municipality, v.municipality) AS municipality, {NO_OFFER}, NULL::bigint AS settled_residence,
    coalesce(d.municipality, v.municipality) AS value
FROM {HELD} {DECLARED}
WHERE v.answer_by < %(on)s::date"""
# What is late, the gravest first; NULL when all is well.
LATE = f"""CASE
    WHEN v.municipality <> ALL (ARRAY(
        SELECT unnest(g.scope_values) FROM access_granted g
        WHERE upper_inf(g.recorded) AND g.scope = 'municipalities'
        AND g.operation = ANY(%(may_work)s) AND g.valid @> %(on)s::date)) THEN 'nobodyResponsible'
    WHEN v.settled_residence = d.residence AND v.municipality <> d.municipality AND (
        SELECT {LAST.format("e.kind")} FROM case_event e WHERE e.case_id = c.id AND e.kind IN ('accepted', 'returned')) = 'returned'
        THEN 'handOverReturned'
    WHEN (SELECT {LAST.format("e.kind")} FROM case_event e
        WHERE e.case_id = c.id AND (e.kind = 'fallback' OR e.client IS NOT NULL)) = 'fallback' THEN 'handOverUnanswered'
    WHEN v.status IS NULL AND %(on)s::date - v.opened_on > {days("firstStatus", "v.municipality")} THEN 'firstStatusLate'
    WHEN v.status = '{CLARIFYING}' AND %(on)s::date - v.status_since > {days("clarifying", "v.municipality")} THEN 'clarifyingTooLong'
    WHEN v.status_expires_on < %(on)s::date - {days("firstStatus", "v.municipality")} THEN 'renewalLate'
    END"""
ESCALATED = f"""
SELECT v.case_id, CASE WHEN late.why IS NOT NULL THEN %(on)s::date END AS escalated_on, late.why AS escalation, late.why AS value
FROM {HELD} {DECLARED} CROSS JOIN LATERAL (SELECT {LATE} AS why {ONCE}) late
WHERE v.escalation IS DISTINCT FROM late.why AND (%(case_id)s::bigint IS NULL OR c.id = %(case_id)s)
    AND {{0}}"""


def parameters(on: date) -> dict[str, Any]:
    """What the statements refer to."""
    rules = case_rules(on)
    usual = {step: getattr(rules, name.lower()) for step, name in STEPS.items()}
    return {"on": on, "case_id": None, "may_work": MAY_WORK, **usual}


def lapse(session: Session, on: date) -> int:
    """Justified statuses that have expired justify no more (statuss beidzies); returns how many."""
    return change(session, "statusLapsed", LAPSED, ("status_class",), parameters(on))


def propose(session: Session, on: date) -> int:
    """Offers each case whose child is declared in another municipality to that one (lietas nodošana); returns how many."""
    change(session, "offerWithdrawn", TAKEN_BACK, OFFER, parameters(on))
    return change(session, "offered", PROPOSED, OFFER, parameters(on))


def fall_back(session: Session, on: date) -> int:
    """Hand-overs that nobody answered in time end at the declared municipality; returns how many."""
    return change(session, "fallback", FALLEN_BACK, ("municipality", *OFFER, "settled_residence"), parameters(on))


def escalate(session: Session, on: date, case_id: int | None = None) -> int:
    """Marks what IKVD is to look at (eskalācija), and takes the mark away; returns how many were marked."""
    asked = {**parameters(on), "case_id": case_id}
    changed = ("escalated_on", "escalation")
    change(session, "escalationEnded", ESCALATED.format("v.escalation IS NOT NULL AND late.why IS NULL"), changed, asked)
    return change(session, "escalated", ESCALATED.format("late.why IS NOT NULL"), changed, asked)
