"""How a case changes (lietas versijas): the version that holds is closed, the next one added, and what happened is told, set by set.

Every change is a statement that selects `case_id`, the columns that are to be different, and `value` for the event. Nothing is overwritten:
what was known at an instant stays readable.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core.connections import cursor

COLUMNS = {
    **{"municipality": "text", "state": "text", "reason": "text", "opened_on": "date", "closed_on": "date", "closing": "text"},
    **{"merged_into": "bigint", "status": "text", "status_class": "text", "status_since": "date", "status_confirmed_on": "date"},
    **{"status_expires_on": "date", "status_evidence": "text", "offered_to": "text", "offered_on": "date", "answer_by": "date"},
    **{"settled_residence": "bigint", "escalated_on": "date", "escalation": "text"},
}
# A case that is closed is on its way to nobody, and nobody's late.
ENDED = ("offered_to", "offered_on", "answer_by", "settled_residence", "escalated_on", "escalation")
# A clock that was put back, or a second change in one transaction, must not make a range that ends before it begins.
CLOSED = "tstzrange(lower(v.recorded), greatest(now(), lower(v.recorded) + interval '1 microsecond'))"
TELL = """
INSERT INTO case_event (case_id, kind, municipality, client, user_id, value, on_day, note)
VALUES (%(case_id)s, %(kind)s, %(municipality)s, %(client)s, %(user)s, %(value)s, %(on)s, %(note)s)"""


class Told(NamedTuple):
    """What an event says of itself (notikums): who did it, on which day, in what words; nobody is the register itself."""

    on: date
    client: str | None = None
    user: str | None = None
    note: str | None = None


def change(
    session: Session, kind: str, select: str, changed: tuple[str, ...], parameters: Mapping[str, Any], told: Told | None = None
) -> int:
    """Gives each selected case its next version, and tells of it as an event of a kind; returns how many there were."""
    ended = "CASE WHEN n.state = 'active' THEN closed.{0} END" if "state" in changed else "closed.{0}"
    kept = ", ".join(f"n.{name}" if name in changed else (ended if name in ENDED else "closed.{0}").format(name) for name in COLUMNS)
    statement = f"""
WITH n AS ({select}),
closed AS (
    UPDATE case_version v SET recorded = {CLOSED} FROM n WHERE v.case_id = n.case_id AND upper_inf(v.recorded) RETURNING v.*),
added AS (
    INSERT INTO case_version (case_id, {", ".join(COLUMNS)}, recorded)
    SELECT n.case_id, {kept}, tstzrange(upper(closed.recorded), NULL) FROM n JOIN closed USING (case_id)
    RETURNING case_id, municipality)
INSERT INTO case_event (case_id, kind, municipality, client, user_id, value, on_day, note)
SELECT case_id, %(event_kind)s, added.municipality, %(event_client)s, %(event_user)s, n.value, %(event_on)s::date, %(event_note)s
FROM added JOIN n USING (case_id)"""
    said = told or Told(parameters["on"])
    event = {"event_kind": kind, "event_client": said.client, "event_user": said.user, "event_on": said.on, "event_note": said.note}
    return cursor(session).execute(statement, {**parameters, **event}).rowcount


def change_one(session: Session, kind: str, case_id: int, values: Mapping[str, Any], value: str | None, told: Told) -> None:
    """Gives one case, whose current version the caller holds locked, its next version."""
    columns = ", ".join(f"%({name})s::{COLUMNS[name]} AS {name}" for name in values)
    select = f"SELECT %(case_id)s::bigint AS case_id, {columns}, %(value)s::text AS value"
    if change(session, kind, select, tuple(values), {**values, "case_id": case_id, "value": value}, told) != 1:
        raise AssertionError("the version was locked, so it is there")


def tell(session: Session, kind: str, case_id: int, municipality: str, value: str | None, told: Told) -> None:
    """An event that changes nothing in what holds."""
    said = {"on": told.on, "client": told.client, "user": told.user, "note": told.note}
    cursor(session).execute(TELL, {**said, "case_id": case_id, "kind": kind, "municipality": municipality, "value": value})
