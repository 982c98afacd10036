"""How a case changes (lietas versijas): the version that holds is closed, the next one added, and what happened is told, set by set.

Every change is a statement that selects `case_id`, the columns that are to be different, and `value` for the event. Nothing is overwritten:
what was known at an instant stays readable.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from core.connections import cursor

COLUMNS = (
    *("municipality", "state", "reason", "opened_on", "closed_on", "closing", "merged_into", "status", "status_since"),
    *("status_confirmed_on", "status_expires_on", "status_evidence"),
)
# A clock that was put back, or a second change in one transaction, must not make a range that ends before it begins.
CLOSED = "tstzrange(lower(v.recorded), greatest(now(), lower(v.recorded) + interval '1 microsecond'))"


def change(session: Session, kind: str, select: str, changed: tuple[str, ...], parameters: Mapping[str, Any]) -> int:
    """Gives each selected case its next version, and tells of it as an event of a kind; returns how many there were."""
    kept = ", ".join(f"n.{name}" if name in changed else f"closed.{name}" for name in COLUMNS)
    statement = f"""
WITH n AS ({select}),
closed AS (
    UPDATE case_version v SET recorded = {CLOSED} FROM n WHERE v.case_id = n.case_id AND upper_inf(v.recorded) RETURNING v.*),
added AS (
    INSERT INTO case_version (case_id, {", ".join(COLUMNS)}, recorded)
    SELECT n.case_id, {kept}, tstzrange(upper(closed.recorded), NULL) FROM n JOIN closed USING (case_id)
    RETURNING case_id, municipality)
INSERT INTO case_event (case_id, kind, municipality, value, on_day)
SELECT case_id, %(event_kind)s, added.municipality, n.value, %(on)s::date FROM added JOIN n USING (case_id)"""
    return cursor(session).execute(statement, {**parameters, "event_kind": kind}).rowcount
