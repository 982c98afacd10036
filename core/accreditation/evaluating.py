"""Evaluation (vērtēšana): the commission without conflicts of interest, its visit and report, and what the institution says of it."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from core.accreditation.clocks import working_day_after
from core.accreditation.rules import value
from core.accreditation.stages import Act, Stage, after
from core.accreditation.working import Clerk, HeldProceeding, held, move
from core.connections import cursor, fetch_one
from core.errors import ConflictOfInterest, InvalidQuestion, WrongStage

DISMISS = """
UPDATE expert SET recorded = tstzrange(lower(recorded), greatest(now(), lower(recorded) + interval '1 microsecond'))
WHERE proceeding_id = %(id)s AND upper_inf(recorded)"""
APPOINT = "INSERT INTO expert (proceeding_id, name, head, declared_on) VALUES (%(id)s, %(name)s, %(head)s, %(declared_on)s)"
AWAIT = "INSERT INTO awaited (proceeding_id, kind, asked_on, due_on) VALUES (%(id)s, %(kind)s, %(on)s, %(due_on)s)"
RECEIVE = """
UPDATE awaited SET received_on = %(on)s, answer = %(answer)s WHERE proceeding_id = %(id)s AND kind = %(kind)s AND received_on IS NULL"""
WAITS = "SELECT due_on FROM awaited WHERE proceeding_id = %(id)s AND kind = 'comments' AND received_on IS NULL"


class AppointedExpert(NamedTuple):
    """A member of the commission (eksperts) with the declaration on conflicts of interest."""

    name: str
    head: bool
    conflict_of_interest: bool
    declared_on: date


def appoint_experts(
    session: Session, by: Clerk, proceeding_id: int, version: int | None, experts: Sequence[AppointedExpert], on: date | None
) -> int:
    """Appoints the commission (ekspertu komisija) with one head, or another one in its place."""
    by.must_be_authority()
    of = held(session, by, proceeding_id, version)
    to, day = after(of.state, Act.APPOINT_EXPERTS), by.day(on, of.last_day)
    names = [expert.name.strip().casefold() for expert in experts]
    if [expert.head for expert in experts].count(True) != 1 or "" in names or len(set(names)) != len(names):
        raise InvalidQuestion("A commission has members with names, each once, and exactly one of them is its head.")
    if any(expert.conflict_of_interest for expert in experts):
        raise ConflictOfInterest
    if any(expert.declared_on > day for expert in experts):
        raise ConflictOfInterest("Each expert declares before being appointed that there is no conflict of interest.")
    run = cursor(session).execute
    run(DISMISS, {"id": of.id})
    for expert in experts:
        run(APPOINT, {"id": of.id, "name": expert.name.strip(), "head": expert.head, "declared_on": expert.declared_on})
    if of.stage == Stage.ACCEPTED:
        run(AWAIT, {"id": of.id, "kind": "visit", "on": day, "due_on": None})
    return move(session, by, of, Act.APPOINT_EXPERTS, to, day)


def record_visit(session: Session, by: Clerk, proceeding_id: int, version: int | None, visited_on: date, note: str | None) -> int:
    """Records that the commission was there (vizīte iestādē); its report is due from then."""
    by.must_be_authority()
    of = held(session, by, proceeding_id, version)
    to, day = after(of.state, Act.RECORD_VISIT), by.day(visited_on, of.last_day)
    _received(session, of, "visit", day, note)
    due_on = working_day_after(day, value("REPORT_DAYS", of.applied_on))
    cursor(session).execute(AWAIT, {"id": of.id, "kind": "report", "on": day, "due_on": due_on})
    return move(session, by, of, Act.RECORD_VISIT, to, day, note)


def record_expert_report(
    session: Session, by: Clerk, proceeding_id: int, version: int | None, final: bool, report: str, on: date | None
) -> int:
    """Records the draft of the report (ziņojuma projekts), then the report itself, once the institution commented or had its time."""
    by.must_be_authority()
    of = held(session, by, proceeding_id, version)
    act = Act.PUBLISH_REPORT if final else Act.DRAFT_REPORT
    to, day = after(of.state, act), by.day(on, of.last_day)
    if not report.strip():
        raise InvalidQuestion("A report has words, or names the document that it stands in.")
    if final:
        waits = fetch_one(session, WAITS, {"id": of.id})
        if waits is not None and day <= waits[0]:
            raise WrongStage(
                "The report becomes final when the institution has commented, or its time to comment is over (MK 618/2020; MK 325/2024)."
            )
    else:
        _received(session, of, "report", day, report)
        due_on = working_day_after(day, value("COMMENT_DAYS", of.applied_on))
        cursor(session).execute(AWAIT, {"id": of.id, "kind": "comments", "on": day, "due_on": due_on})
    return move(session, by, of, act, to, day, report)


def submit_comments(session: Session, by: Clerk, proceeding_id: int, comments: str, on: date | None) -> int:
    """What the institution says of the draft (viedoklis par ziņojuma projektu)."""
    of = held(session, by, proceeding_id)
    to, day = after(of.state, Act.COMMENT), by.day(on, of.last_day)
    if not comments.strip():
        raise InvalidQuestion("Comments have words.")
    _received(session, of, "comments", day, comments)
    return move(session, by, of, Act.COMMENT, to, day, comments)


def _received(session: Session, of: HeldProceeding, kind: str, day: date, answer: str | None) -> None:
    cursor(session).execute(RECEIVE, {"id": of.id, "kind": kind, "on": day, "answer": answer})
