"""Decisions (lēmumi): proposed by one officer, confirmed by another; then published, unless a high flag holds the publication."""

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core.accreditation import publishing
from core.accreditation.flagging import confirmed, flag, unconfirmed
from core.accreditation.rules import law
from core.accreditation.stages import Act, Stage, State, after
from core.accreditation.terms import Asked, Term, term
from core.accreditation.working import Clerk, HeldProceeding, again, begin, held, move, reached
from core.connections import cursor, fetch_one
from core.errors import InvalidQuestion, NoDecisionOpen, NumberTaken, ProceedingOpen, SameOfficer, UnknownDecision

EXTEND, ANNUL, REFUSE = "extend", "annul", "refuse"
# Which decisions an application can lead to.
OUTCOMES = {"EXTENSION": (EXTEND, REFUSE), "ANNULMENT": (ANNUL,)}
USUAL = ("grant", REFUSE)
NUMBERED = """
SELECT id, proceeding_id, recognition_id, outcome, status, decided_on, valid_from, valid_to FROM decision
WHERE (authority, number) = (%(authority)s, %(number)s) AND rejected_at IS NULL"""
NEW = """
INSERT INTO decision (recognition_id, proceeding_id, authority, number, outcome, status, decided_on, valid_from, valid_to, start_by, reason,
    proposed_client, proposed_user)
VALUES (%(recognition)s, %(proceeding)s, %(authority)s, %(number)s, %(outcome)s, %(status)s, %(decided_on)s, %(valid_from)s, %(valid_to)s,
    %(start_by)s, %(reason)s, %(client)s, %(user)s) RETURNING id"""
ABOUT = """
SELECT d.recognition_id, r.kind FROM decision d JOIN recognition r ON r.id = d.recognition_id
WHERE d.id = %(decision)s AND d.published_at IS NOT NULL AND d.revoked_at IS NULL AND {reached}"""
OPEN = """
SELECT p.id FROM proceeding p JOIN proceeding_version v ON v.proceeding_id = p.id AND upper_inf(v.recorded)
WHERE p.recognition_id = %(recognition)s AND p.application_kind = %(kind)s AND v.stage <> 'decided' LIMIT 1"""
BEGIN = """
INSERT INTO proceeding (application_kind, recognition_id, law, applied_on, client, user_id)
VALUES (%(kind)s, %(recognition)s, %(law)s, %(on)s, %(client)s, %(user)s) RETURNING id"""
MADE = """
SELECT d.proceeding_id, d.authority, d.proposed_client, d.proposed_user, d.confirmed_at IS NOT NULL, d.confirmed_client, d.confirmed_user
FROM decision d WHERE d.id = %(decision)s"""
CONFIRM = "UPDATE decision SET confirmed_at = now(), confirmed_client = %(client)s, confirmed_user = %(user)s WHERE id = %(decision)s"
REJECT = "UPDATE decision SET rejected_at = now() WHERE id = %(decision)s"


class Proposal(NamedTuple):
    """What an officer proposes to decide (lēmuma projekts): in a proceeding, or about a decision that is to be extended or annulled."""

    proceeding_id: int | None
    decision_id: int | None
    outcome: str
    number: str
    decided_on: date | None
    term: str | None
    valid_from: date | None
    valid_to: date | None
    reason: str | None


class MadeDecision(NamedTuple):
    """A decision and who made it (lēmums un tā pieņēmēji)."""

    proceeding_id: int
    authority: str
    proposed_client: str
    proposed_user: str
    confirmed: bool
    confirmed_client: str | None
    confirmed_user: str | None


def propose_decision(session: Session, by: Clerk, proposal: Proposal, version: int | None) -> int:
    """Proposes a decision under its number; the same again changes nothing. Returns the number of the proceeding."""
    by.must_be_authority()
    if (proposal.proceeding_id is None) == (proposal.decision_id is None):
        raise InvalidQuestion("A decision is proposed in a proceeding, or about one decision that is extended or annulled.")
    if proposal.outcome in (ANNUL, REFUSE) and not (proposal.reason or "").strip():
        raise InvalidQuestion("A refusal and an annulment have a reason.")
    # The same number again is the same decision, or none; the proceeding is locked by then.
    if proposal.proceeding_id is not None:
        of = held(session, by, proposal.proceeding_id)
        if (done := _same(session, by, proposal, of.recognition_id)) is not None:
            return done
        of = held(session, by, of.id, version)
    else:
        recognition, subject = _about(session, by, proposal)
        publishing.lock(session, recognition)
        if (done := _same(session, by, proposal, recognition)) is not None:
            return done
        of = _opened(session, by, proposal, recognition, subject)
    return _proposed(session, by, of, proposal)


def _proposed(session: Session, by: Clerk, of: HeldProceeding, proposal: Proposal) -> int:
    to, decided_on = after(of.state, Act.PROPOSE), by.day(proposal.decided_on, of.last_day)
    if proposal.outcome not in OUTCOMES.get(of.kind, USUAL):
        raise InvalidQuestion("This kind of application does not lead to such a decision.")
    publishing.lock(session, of.recognition_id)
    now = publishing.held(session, of.recognition_id)
    asked = Asked(proposal.outcome, decided_on, proposal.term, proposal.valid_from, proposal.valid_to)
    made = term(asked, of.subject == "licence", of.programme, now.periods, of.applied_on)
    row = fetch_one(session, NEW, _values(by, of, proposal, decided_on, made))
    assert row is not None, "INSERT … RETURNING gives the row"
    flag(session, of, row[0], asked, made, now.periods)
    return move(session, by, of, Act.PROPOSE, to, decided_on, proposal.reason, decision_id=row[0])


def confirm_decision(session: Session, by: Clerk, decision_id: int, accept: bool, reason: str | None) -> int:
    """Confirms a proposed decision, which is published then, or rejects it; never who proposed it."""
    by.must_be_authority()
    made = made_decision(session, by, decision_id)
    of = held(session, by, made.proceeding_id)
    made = made_decision(session, by, decision_id)
    if made.confirmed and accept and (made.confirmed_client, made.confirmed_user) == (by.client, by.user):
        return of.id
    if of.decision_id != decision_id or not of.proposed:
        raise NoDecisionOpen
    check_other(by, made)
    said = {"decision": decision_id, "client": by.client, "user": by.user}
    if not accept:
        if not (reason or "").strip():
            raise InvalidQuestion("A decision is rejected with a reason.")
        cursor(session).execute(REJECT, said)
        return move(session, by, of, Act.REJECT, after(of.state, Act.REJECT), by.today, reason, decision_id=None)
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


def _same(session: Session, by: Clerk, proposal: Proposal, recognition: int) -> int | None:
    """The proceeding of the very same decision, when there is one under this number; NumberTaken when it is another one."""
    row = fetch_one(session, NUMBERED, {"authority": by.authority, "number": proposal.number.strip()})
    if row is None:
        return None
    _, proceeding, about, outcome, status, decided_on, valid_from, valid_to = row
    said = [
        (recognition, about),
        (proposal.outcome, outcome),
        (proposal.proceeding_id or proceeding, proceeding),
        (proposal.term or status, status),
        (proposal.decided_on or decided_on, decided_on),
        (proposal.valid_from or valid_from, valid_from),
        (proposal.valid_to or valid_to, valid_to),
    ]
    if proceeding is None or any(asked != made for asked, made in said):
        raise NumberTaken
    return int(proceeding)


def _about(session: Session, by: Clerk, proposal: Proposal) -> tuple[int, str]:
    asked = {**by.scope.parameters, "decision": proposal.decision_id, "on": by.today}
    row = fetch_one(session, ABOUT.format(reached=reached(by.scope.kind)), asked)
    if row is None:
        raise UnknownDecision
    if proposal.outcome not in (ANNUL, EXTEND):
        raise InvalidQuestion("Without a proceeding only an annulment or an extension is proposed.")
    return row[0], row[1]


def _opened(session: Session, by: Clerk, proposal: Proposal, recognition: int, subject: str) -> HeldProceeding:
    """A proceeding that the authority begins itself, ready for its decision."""
    kind = "ANNULMENT" if proposal.outcome == ANNUL else "EXTENSION"
    if fetch_one(session, OPEN, {"recognition": recognition, "kind": kind}) is not None:
        raise ProceedingOpen
    on = by.day(proposal.decided_on)
    said = {"kind": kind, "recognition": recognition, "law": law(subject, on), "on": on, "client": by.client, "user": by.user}
    row = fetch_one(session, BEGIN, said)
    assert row is not None, "INSERT … RETURNING gives the row"
    begin(session, by, row[0], Act.ACCEPT, State("short", Stage.ACCEPTED, complete=True), on, None, submitted_on=on)
    return again(session, row[0])


def _values(by: Clerk, of: HeldProceeding, proposal: Proposal, decided_on: date, made: Term) -> dict[str, Any]:
    return {
        **made._asdict(),
        "recognition": of.recognition_id,
        "proceeding": of.id,
        "authority": by.authority,
        "number": proposal.number.strip(),
        "outcome": proposal.outcome,
        "decided_on": decided_on,
        "reason": proposal.reason,
        "client": by.client,
        "user": by.user,
    }
