"""Where a proceeding stands (lietas stāvoklis), as whoever just worked on it is told: stage, who must act, the clock, the decision."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core.accreditation.clocks import Clock, Pause, accreditation_clock, licence_clock
from core.accreditation.working import OFFICIAL, Clerk
from core.connections import fetch_one


class Flag(NamedTuple):
    """A flag of a decision (brīdinājums)."""

    rule: str
    severity: str
    confirmed: bool


class DecisionState(NamedTuple):
    """A decision in a proceeding (lēmums lietā): proposed, held by a flag, published, rejected or revoked."""

    decision_id: int
    number: str
    state: str
    flags: Sequence[Flag]


class Standing(NamedTuple):
    """What whoever worked on a proceeding is told."""

    proceeding_id: int
    version: int
    stage: str
    must_act: str
    due_on: str | None
    clock_stopped: bool
    missing: Sequence[str]
    decision: DecisionState | None


# What an applicant is not told of yet, only those are who decide.
PUBLIC = ("published", "revoked")
# The state of decision `d` in words.
STATE = """CASE WHEN d.rejected_at IS NOT NULL THEN 'rejected' WHEN d.revoked_at IS NOT NULL THEN 'revoked'
    WHEN d.published_at IS NOT NULL THEN 'published' WHEN d.confirmed_at IS NOT NULL THEN 'held' ELSE 'proposed' END"""
FLAGS = """(SELECT coalesce(json_agg(json_build_array(f.rule, f.severity, f.confirmed_at IS NOT NULL) ORDER BY f.severity, f.rule), '[]')
    FROM decision_flag f WHERE f.decision_id = d.id)"""
PAUSES = """(SELECT coalesce(json_agg(json_build_array(a.asked_on, a.received_on)), '[]') FROM awaited a
    WHERE a.proceeding_id = p.id AND a.kind = 'information')"""
STANDING = f"""
SELECT v.id, v.stage, v.must_act, r.kind, v.submitted_on, {PAUSES},
    (SELECT coalesce(json_agg(a.code ORDER BY a.id), '[]') FROM awaited a
     WHERE a.proceeding_id = p.id AND a.kind = 'item' AND a.received_on IS NULL),
    d.id, d.number, {STATE}, {FLAGS}, d.decided_on
FROM proceeding p JOIN recognition r ON r.id = p.recognition_id
JOIN proceeding_version v ON v.proceeding_id = p.id AND upper_inf(v.recorded)
LEFT JOIN LATERAL (SELECT * FROM decision d WHERE d.proceeding_id = p.id ORDER BY d.id DESC LIMIT 1) d ON true
WHERE p.id = %(id)s"""


def standing(session: Session, by: Clerk, proceeding_id: int) -> Standing:
    """Where a proceeding that the clerk has just worked on stands now."""
    row = fetch_one(session, STANDING, {"id": proceeding_id})
    assert row is not None, "whoever worked on it knows that it is there"
    version, stage, must_act, subject, submitted_on, pauses, missing, decision, number, state, flags, decided_on = row
    clock = clock_of(subject, stage, submitted_on, pauses, by.today, decided_on)
    if not by.rights & OFFICIAL and state not in PUBLIC:
        decision = None
    made = None if decision is None else DecisionState(decision, number, state, [Flag(*flag) for flag in flags])
    due_on = clock.due_on.isoformat() if clock and clock.due_on else None
    return Standing(proceeding_id, version, stage, must_act, due_on, bool(clock and clock.stopped), missing, made)


def clock_of(
    subject: str, stage: str, submitted_on: date | None, pauses: Sequence[Any], today: date, decided_on: date | None = None
) -> Clock | None:
    """The clock of a proceeding; a draft and a returned application have none, and one that is decided stands where it was decided."""
    if submitted_on is None or stage in ("draft", "returned"):
        return None
    stops = [Pause(date.fromisoformat(asked), date.fromisoformat(answered) if answered else None) for asked, answered in pauses]
    clock = licence_clock if subject == "licence" else accreditation_clock
    return clock(submitted_on, stops, today, decided_on if stage == "decided" else None)
