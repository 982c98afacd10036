"""Appeals to the ministry (lēmuma apstrīdēšana): lodged by whom the decision is about, decided by the ministry; also when all is closed."""

from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from core.access import Right
from core.accreditation import publishing
from core.accreditation.clocks import months_after, next_working
from core.accreditation.rules import value
from core.accreditation.stages import Act, after
from core.accreditation.working import Clerk, held, move, reached
from core.connections import cursor, fetch_one
from core.errors import AppealNotPossible, InvalidQuestion, NoDecisionOpen, NotTheAuthority, UnknownDecision

RIGA = ZoneInfo("Europe/Riga")
ABOUT = """
SELECT d.proceeding_id, d.recognition_id, d.decided_on, d.published_at, d.published_at IS NOT NULL AND d.revoked_at IS NULL,
    (SELECT a.id FROM appeal a WHERE a.decision_id = d.id AND a.outcome IS NULL),
    (SELECT a.lodged_on FROM appeal a WHERE a.decision_id = d.id AND a.outcome IS NULL),
    EXISTS (SELECT FROM appeal a WHERE a.decision_id = d.id)
FROM decision d JOIN recognition r ON r.id = d.recognition_id WHERE d.id = %(decision)s AND {reached}"""
LODGE = """
INSERT INTO appeal (decision_id, lodged_on, reason, client, user_id) VALUES (%(decision)s, %(on)s, %(reason)s, %(client)s, %(user)s)"""
DECIDE = """
UPDATE appeal SET outcome = %(outcome)s, decided_on = %(on)s, decided_at = now(), outcome_reason = %(reason)s, outcome_client = %(client)s,
    outcome_user = %(user)s WHERE id = %(appeal)s"""


class Appealed(NamedTuple):
    """A decision as an appeal sees it (apstrīdētais lēmums)."""

    proceeding_id: int | None
    recognition_id: int
    decided_on: date
    published_at: datetime | None
    stands: bool
    appeal_id: int | None
    lodged_on: date | None
    was_appealed: bool


def lodge_appeal(session: Session, by: Clerk, decision_id: int, lodged_on: date | None, reason: str | None) -> int:
    """Lodges an appeal within its month; whatever was closed since does not stand in its way."""
    by.must_be_named()
    about = _about(session, by, decision_id)
    if about.proceeding_id is None or not about.stands:
        raise AppealNotPossible
    of = held(session, by, about.proceeding_id)
    about = _about(session, by, decision_id)
    # What the ministry has decided is for a court.
    if not about.stands or about.was_appealed or of.decision_id != decision_id:
        raise AppealNotPossible
    to = after(of.state, Act.APPEAL)
    assert about.published_at is not None, "a decision that stands was published"
    # What a flag held was not told to anybody before it was released.
    told_on = max(about.decided_on, about.published_at.astimezone(RIGA).date())
    on = by.day(lodged_on, about.decided_on)
    if on > next_working(months_after(told_on, value("APPEAL_MONTHS", about.decided_on))):
        raise AppealNotPossible("A decision is appealed within a month (Administratīvā procesa likums).")
    if not (reason or "").strip():
        raise InvalidQuestion("An appeal has a reason.")
    said = {"decision": decision_id, "on": on, "reason": reason, "client": by.client, "user": by.user}
    cursor(session).execute(LODGE, said)
    return move(session, by, of, Act.APPEAL, to, on, reason)


def decide_appeal(session: Session, by: Clerk, decision_id: int, outcome: str, on: date | None, reason: str | None) -> int:
    """Records what the ministry decided: the decision stands, or is undone, and then the authority decides again."""
    by.must_be_named()
    if Right.MINISTRY not in by.rights:
        raise NotTheAuthority
    about = _about(session, by, decision_id)
    if about.proceeding_id is None:
        raise AppealNotPossible
    of = held(session, by, about.proceeding_id)
    about = _about(session, by, decision_id)
    if about.appeal_id is None:
        raise NoDecisionOpen("There is no open appeal against this decision.")
    revoked = outcome == "revoked"
    to, day = after(of.state, Act.DECIDE_APPEAL, revoked=revoked), by.day(on, about.lodged_on)
    said = {"appeal": about.appeal_id, "outcome": outcome, "on": day, "reason": reason, "client": by.client, "user": by.user}
    cursor(session).execute(DECIDE, said)
    if revoked:
        publishing.revoke(session, about.recognition_id, decision_id)
    return move(session, by, of, Act.DECIDE_APPEAL, to, day, reason, **({"decision_id": None} if revoked else {}))


def _about(session: Session, by: Clerk, decision_id: int) -> Appealed:
    row = fetch_one(session, ABOUT.format(reached=reached(by.scope.kind)), {**by.scope.parameters, "decision": decision_id, "on": by.today})
    if row is None:
        raise UnknownDecision
    return Appealed(*row)
