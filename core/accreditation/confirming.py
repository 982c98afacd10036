"""Confirmation (lēmuma apstiprināšana): by another officer than the one who proposed; then published, unless a high flag holds it."""

from typing import NamedTuple

from sqlalchemy.orm import Session

from core.accreditation import publishing
from core.accreditation.flagging import confirmed, unconfirmed
from core.accreditation.judging import judge_again
from core.accreditation.stages import Act, after
from core.accreditation.working import Clerk, held, move
from core.connections import cursor, fetch_one
from core.errors import InvalidQuestion, NoDecisionOpen, SameOfficer, UnknownDecision

MADE = """
SELECT d.proceeding_id, d.authority, d.proposed_client, d.proposed_user, d.confirmed_at IS NOT NULL, d.confirmed_client, d.confirmed_user
FROM decision d WHERE d.id = %(decision)s"""
CONFIRM = "UPDATE decision SET confirmed_at = now(), confirmed_client = %(client)s, confirmed_user = %(user)s WHERE id = %(decision)s"
# Whoever had confirmed what a flag held stays readable in the history of the proceeding.
REJECT = """
UPDATE decision SET rejected_at = now(), confirmed_at = NULL, confirmed_client = NULL, confirmed_user = NULL WHERE id = %(decision)s"""


class MadeDecision(NamedTuple):
    """A decision and who made it (lēmums un tā pieņēmēji)."""

    proceeding_id: int
    authority: str
    proposed_client: str
    proposed_user: str
    confirmed: bool
    confirmed_client: str | None
    confirmed_user: str | None


def confirm_decision(session: Session, by: Clerk, decision_id: int, accept: bool, reason: str | None) -> int:
    """Confirms a proposed decision, which is published then, or rejects it, also while a flag holds it; never who proposed it."""
    by.must_be_authority()
    made = made_decision(session, by, decision_id)
    of = held(session, by, made.proceeding_id)
    made = made_decision(session, by, decision_id)
    if made.confirmed and accept and (made.confirmed_client, made.confirmed_user) == (by.client, by.user):
        return of.id
    if of.decision_id != decision_id or not (of.proposed or (of.held and not accept)):
        raise NoDecisionOpen
    check_other(by, made)
    said = {"decision": decision_id, "client": by.client, "user": by.user}
    if not accept:
        if not (reason or "").strip():
            raise InvalidQuestion("A decision is rejected with a reason.")
        cursor(session).execute(REJECT, said)
        return move(session, by, of, Act.REJECT, after(of.state, Act.REJECT), by.today, reason, decision_id=None)
    judge_again(session, of, decision_id)
    cursor(session).execute(CONFIRM, said)
    high = unconfirmed(session, decision_id)
    if not high:
        publishing.publish(session, of.recognition_id, decision_id)
    return move(session, by, of, Act.CONFIRM, after(of.state, Act.CONFIRM, held=high), by.today, reason)


def confirm_flag(session: Session, by: Clerk, decision_id: int, rule: str) -> int:
    """Confirms a high flag (brīdinājuma apstiprināšana); with the last one the decision is published."""
    by.must_be_authority()
    of = held(session, by, made_decision(session, by, decision_id).proceeding_id)
    made = made_decision(session, by, decision_id)
    if of.decision_id != decision_id:
        raise NoDecisionOpen
    to = after(of.state, Act.CONFIRM_FLAG)
    check_other(by, made)
    if not confirmed(session, decision_id, rule, by.client, by.must_be_named()):
        raise NoDecisionOpen("There is no such flag of this decision that holds its publication.")
    judge_again(session, of, decision_id)
    if unconfirmed(session, decision_id):
        to = to._replace(held=True)
    else:
        publishing.publish(session, of.recognition_id, decision_id)
    return move(session, by, of, Act.CONFIRM_FLAG, to, by.today, rule)


def made_decision(session: Session, by: Clerk, decision_id: int) -> MadeDecision:
    """A decision of the clerk's own authority that was made in a proceeding; UnknownDecision for any other."""
    row = fetch_one(session, MADE, {"decision": decision_id})
    if row is None or row[0] is None or row[1] != by.authority:
        raise UnknownDecision
    return MadeDecision(*row)


def check_other(by: Clerk, made: MadeDecision) -> None:
    """Refuses who proposed the decision: client and user are compared."""
    if (made.proposed_client, made.proposed_user) == (by.client, by.user):
        raise SameOfficer
