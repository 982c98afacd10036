"""Proposed decisions (lēmuma projekti): an officer says what is to hold from when, under which number; somebody else confirms it."""

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core.accreditation import publishing
from core.accreditation.flagging import flag
from core.accreditation.judging import judged
from core.accreditation.opening import check_none_open, open_proceeding
from core.accreditation.rules import application_kind
from core.accreditation.stages import Act, Stage, State, after
from core.accreditation.terms import Asked, Term
from core.accreditation.working import Clerk, HeldProceeding, again, begin, held, move, reached
from core.connections import fetch_one
from core.errors import InvalidQuestion, NumberTaken, UnknownDecision

EXTEND, ANNUL, REFUSE = "extend", "annul", "refuse"
# Which decisions an application can lead to.
OUTCOMES = {"EXTENSION": (EXTEND, REFUSE), "ANNULMENT": (ANNUL,)}
USUAL = ("grant", REFUSE)
NUMBERED = """
SELECT id, proceeding_id, recognition_id, outcome, status, decided_on, valid_from, valid_to FROM decision
WHERE (authority, number) = (%(authority)s, %(number)s) AND rejected_at IS NULL"""
NEW = """
INSERT INTO decision (recognition_id, proceeding_id, authority, number, outcome, status, decided_on, valid_from, valid_to, start_by, reason,
    supersedes, proposed_client, proposed_user)
VALUES (%(recognition)s, %(proceeding)s, %(authority)s, %(number)s, %(outcome)s, %(status)s, %(decided_on)s, %(valid_from)s, %(valid_to)s,
    %(start_by)s, %(reason)s, %(about)s, %(client)s, %(user)s) RETURNING id"""
ABOUT = """
SELECT d.recognition_id, r.kind FROM decision d JOIN recognition r ON r.id = d.recognition_id
WHERE d.id = %(decision)s AND d.published_at IS NOT NULL AND d.revoked_at IS NULL AND {reached}"""


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
    asked = Asked(proposal.outcome, decided_on, proposal.term, proposal.valid_from, proposal.valid_to)
    made, periods = judged(session, of, asked, about=proposal.decision_id)
    row = fetch_one(session, NEW, _values(by, of, proposal, decided_on, made))
    assert row is not None, "INSERT … RETURNING gives the row"
    flag(session, of, row[0], asked, made, periods)
    return move(session, by, of, Act.PROPOSE, to, decided_on, proposal.reason, decision_id=row[0])


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
    check_none_open(session, recognition, (kind,))
    on = by.day(proposal.decided_on)
    if kind == "EXTENSION" and subject == "programme":
        application_kind("PROGRAMME", on)  # What ended is not extended either: it holds to the day on its sheet.
    number = open_proceeding(session, by, kind, recognition, subject, on)
    begin(session, by, number, Act.ACCEPT, State("short", Stage.ACCEPTED, complete=True), on, None, submitted_on=on)
    return again(session, number)


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
        "about": proposal.decision_id,
        "client": by.client,
        "user": by.user,
    }
