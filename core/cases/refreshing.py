"""The refresh (nemācošo bērnu reģistra aktualizācija): one set-based run over all children, repeatable, two at once are safe.

It opens a case for each child who is due one, closes those of children who are not, reopens what was closed, keeps the reason true, joins
the cases of records that became one person, and moves cases to the municipality that took over another one; then the clocks of the cases
(`core.cases.clocks`) are looked at. All of it is one transaction: an interrupted run has changed nothing and is run again. Readers are not
held up.
"""

import json
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.orm import Session, sessionmaker

from core.cases.clocks import escalate, fall_back, lapse, propose
from core.cases.due import DUE, SETTLED, parameters
from core.cases.writing import COLUMNS, change
from core.compulsory_age import rules_on
from core.connections import cursor
from core.reading import successors

ALONE = "SELECT pg_advisory_xact_lock(hashtext('viis refresh of non-studying children'))"
DONE = "SELECT counts FROM refresh_run WHERE quarter_on = %(quarter_on)s"
FIND = f"CREATE TEMPORARY TABLE due ON COMMIT DROP AS {DUE}"
KEYED = "ALTER TABLE due ADD PRIMARY KEY (person_id)"
STATISTICS = "ANALYZE due"
# The server plans the rest by what it believes of tables that were empty a moment ago: minutes instead of a second.
MANY, FRESH_STATISTICS = 1_000, "ANALYZE child_case, case_version, case_event"
HELD = "child_case c JOIN identity i ON i.id = c.identity_id JOIN case_version v ON v.case_id = c.id AND upper_inf(v.recorded)"

SUCCESSOR = successors("v.municipality", "%(on)s::date")
OFFERED = successors("v.offered_to", "%(on)s::date")
MOVED = f"""
SELECT v.case_id, {SUCCESSOR} AS municipality, v.municipality AS value,
    CASE WHEN {OFFERED} <> {SUCCESSOR} THEN {OFFERED} END AS offered_to,
    CASE WHEN {OFFERED} <> {SUCCESSOR} THEN v.offered_on END AS offered_on,
    CASE WHEN {OFFERED} <> {SUCCESSOR} THEN v.answer_by END AS answer_by
FROM case_version v
WHERE upper_inf(v.recorded) AND v.state = 'active' AND ({SUCCESSOR} <> v.municipality OR {OFFERED} <> v.offered_to)"""
# Of several active cases of one person the oldest one stays; the histories of all stay readable.
MERGED = f"""
SELECT case_id, 'closed' AS state, %(on)s::date AS closed_on, 'merged' AS closing, first AS merged_into, first::text AS value
FROM (
    SELECT c.id AS case_id, first_value(c.id) OVER (PARTITION BY i.person_id ORDER BY v.opened_on, c.id) AS first
    FROM {HELD} WHERE v.state = 'active') each
WHERE case_id <> first"""
NOT_DUE = f"""
SELECT DISTINCT i.person_id FROM {HELD}
WHERE v.state = 'active' AND NOT EXISTS (SELECT FROM due d WHERE d.person_id = i.person_id)"""
CLOSED = f"""
SELECT c.id AS case_id, 'closed' AS state, %(on)s::date AS closed_on, s.settled_by AS closing, s.settled_by AS value
FROM {HELD} JOIN ({SETTLED}) s ON s.person_id = i.person_id WHERE v.state = 'active'"""
# Also what went into another case: the child is in no school. A status that closed a case stands while the registers may confirm it.
REOPENED_VALUES = {
    **{"state": "'active'", "reason": "d.reason", "municipality": "d.municipality", "opened_on": "%(on)s::date"},
    **{name: f"NULL::{COLUMNS[name]}" for name in COLUMNS if name.startswith(("clos", "merged", "status", "offer", "answer", "settled"))},
}
REOPENED = f"""
SELECT DISTINCT ON (i.person_id) c.id AS case_id, {", ".join(f"{value} AS {name}" for name, value in REOPENED_VALUES.items())},
    d.reason AS value
FROM {HELD} JOIN due d ON d.person_id = i.person_id
WHERE v.state = 'closed' AND NOT EXISTS (
    SELECT FROM identity oi JOIN child_case oc ON oc.identity_id = oi.id
    JOIN case_version ov ON ov.case_id = oc.id AND upper_inf(ov.recorded)
    WHERE oi.person_id = d.person_id AND (
        ov.state = 'active' OR (ov.closing = 'statusClosed' AND ov.status_expires_on >= %(on)s::date)))
ORDER BY i.person_id, v.closing = 'merged', v.closed_on DESC, c.id DESC"""
# In no order that tells where a child lives: the numbers of cases are seen by those who may not know it.
OPENED = """
WITH opened AS (
    INSERT INTO child_case (identity_id)
    SELECT d.identity_id FROM due d
    WHERE NOT EXISTS (SELECT FROM identity i JOIN child_case c ON c.identity_id = i.id WHERE i.person_id = d.person_id)
    ORDER BY d.person_id RETURNING id, identity_id),
added AS (
    INSERT INTO case_version (case_id, municipality, state, reason, opened_on)
    SELECT o.id, d.municipality, 'active', d.reason, %(on)s::date FROM opened o JOIN due d USING (identity_id)
    RETURNING case_id, municipality, reason)
INSERT INTO case_event (case_id, kind, municipality, value, on_day)
SELECT case_id, 'opened', municipality, reason, %(on)s::date FROM added"""
REASON_CHANGED = f"""
SELECT c.id AS case_id, d.reason, d.reason AS value FROM {HELD} JOIN due d ON d.person_id = i.person_id
WHERE v.state = 'active' AND v.reason <> d.reason"""
SIZES = f"""
SELECT (SELECT count(*) FROM due), (SELECT count(*) FROM {HELD} WHERE v.state = 'active')"""
RECORD = "INSERT INTO refresh_run (on_day, quarter_on, counts) VALUES (%(on)s, %(quarter_on)s, %(counts)s::text::jsonb)"


class Refreshed(NamedTuple):
    """What a run did (aktualizācijas kopsavilkums): children without a school, cases by what became of them, active cases afterwards.

    `repeated` says that the statutory day had been fulfilled before, so nothing was done and the counts are those of then.
    """

    due: int
    opened: int
    reopened: int
    closed: int
    reason_changed: int
    moved: int
    merged: int
    active: int
    lapsed: int = 0
    offered: int = 0
    fallen_back: int = 0
    escalated: int = 0
    repeated: bool = False


def refresh(register: sessionmaker[Session], on: date, quarter_on: date | None = None) -> Refreshed:
    """Brings the cases to what holds on a day; a statutory day (`quarter_on`) is fulfilled once, however often it is asked for."""
    with register.begin() as session:
        run = cursor(session).execute
        run(ALONE)
        if quarter_on is not None and (done := run(DONE, {"quarter_on": quarter_on}).fetchone()) is not None:
            return Refreshed(**done[0], repeated=True)
        asked = parameters(on, rules_on(on))
        run(FIND, asked)
        run(KEYED)
        run(STATISTICS)
        refreshed = _change(session, asked)
        counts = {name: value for name, value in refreshed._asdict().items() if name != "repeated"}
        run(RECORD, {"on": on, "quarter_on": quarter_on, "counts": json.dumps(counts)})
    return refreshed


def _change(session: Session, asked: dict[str, Any]) -> Refreshed:
    run = cursor(session).execute
    moved = change(session, "moved", MOVED, ("municipality", "offered_to", "offered_on", "answer_by"), asked)
    merged = change(session, "merged", MERGED, ("state", "closed_on", "closing", "merged_into"), asked)
    persons = [person for (person,) in run(NOT_DUE, asked).fetchall()]
    closed = change(session, "closed", CLOSED, ("state", "closed_on", "closing"), {**asked, "persons": persons})
    reopened = change(session, "reopened", REOPENED, tuple(REOPENED_VALUES), asked)
    opened = run(OPENED, asked).rowcount
    if opened >= MANY:
        run(FRESH_STATISTICS)
    reason_changed = change(session, "reasonChanged", REASON_CHANGED, ("reason",), asked)
    due, active = run(SIZES).fetchone() or (0, 0)
    on = asked["on"]
    clocks = (lapse(session, on), propose(session, on), fall_back(session, on), escalate(session, on))
    return Refreshed(due, opened, reopened, closed, reason_changed, moved, merged, active, *clocks)
