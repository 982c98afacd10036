"""Completeness (pieteikuma pilnīgums): back to the applicant with what is missing, or into processing; questions stop the clock."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from core.accreditation.clocks import working_day_after
from core.accreditation.rules import value
from core.accreditation.stages import Act, after
from core.accreditation.working import Clerk, again, held, move
from core.connections import cursor
from core.errors import InvalidDay, InvalidQuestion, NoDecisionOpen

ASK = """
INSERT INTO awaited (proceeding_id, kind, question, asked_on, due_on) VALUES (%(id)s, 'information', %(question)s, %(on)s, %(due_on)s)"""
ANSWER = """
UPDATE awaited SET received_on = %(on)s, answer = %(answer)s
WHERE id = %(awaited)s AND proceeding_id = %(id)s AND kind = 'information' AND received_on IS NULL"""


class Answer(NamedTuple):
    """An answer to one question (atbilde uz informācijas pieprasījumu)."""

    awaited_id: int
    text: str


def return_application(session: Session, by: Clerk, proceeding_id: int, version: int | None, reason: str) -> int:
    """Sends the application back to the applicant (atgriešana), in words."""
    by.must_be_authority()
    of = held(session, by, proceeding_id, version)
    if not reason.strip():
        raise InvalidQuestion("An application is returned with a reason.")
    return move(session, by, of, Act.RETURN, after(of.state, Act.RETURN), by.day(None, of.last_day), reason)


def accept_application(session: Session, by: Clerk, proceeding_id: int, version: int | None, on: date | None) -> int:
    """Takes a complete application into processing (pieņemšana izskatīšanai)."""
    by.must_be_authority()
    of = held(session, by, proceeding_id, version)
    return move(session, by, of, Act.ACCEPT, after(of.state, Act.ACCEPT), by.day(on, of.last_day))


def request_information(
    session: Session, by: Clerk, proceeding_id: int, version: int | None, questions: Sequence[str], due_on: date | None, on: date | None
) -> int:
    """Asks the applicant (informācijas pieprasījums), question by question; from the day after, the clock stands still."""
    by.must_be_authority()
    of = held(session, by, proceeding_id, version)
    to, day = after(of.state, Act.REQUEST_INFORMATION), by.day(on, of.last_day)
    if not questions or any(not question.strip() for question in questions):
        raise InvalidQuestion("A request for information has at least one question, and each of them has words.")
    due = due_on or working_day_after(day, value("ANSWER_DAYS", of.applied_on))
    if due <= day:
        raise InvalidDay("An answer is due on a day after that of the question.")
    for question in questions:
        cursor(session).execute(ASK, {"id": of.id, "question": question, "on": day, "due_on": due})
    return move(session, by, of, Act.REQUEST_INFORMATION, to, day, "\n".join(questions))


def answer_information(session: Session, by: Clerk, proceeding_id: int, answers: Sequence[Answer], on: date | None) -> int:
    """The applicant answers (atbilde); when nothing is waited for any more, the clock goes on."""
    of = held(session, by, proceeding_id)
    to, day = after(of.state, Act.ANSWER_INFORMATION), by.day(on, of.last_day)
    for answer in answers:
        said = {"id": of.id, "awaited": answer.awaited_id, "on": day, "answer": answer.text.strip()}
        if not said["answer"] or cursor(session).execute(ANSWER, said).rowcount != 1:
            raise NoDecisionOpen("Each answer has words and is to a question of this proceeding that has none yet.")
    to = to._replace(asked=again(session, of.id).asked)
    return move(session, by, of, Act.ANSWER_INFORMATION, to, day)
