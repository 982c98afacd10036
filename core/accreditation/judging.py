"""A decision judged (lēmuma pārbaude): when it is proposed, and again when it is published, by what the register says then."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from core.accreditation import publishing
from core.accreditation.flagging import flag
from core.accreditation.folding import GOOD, Said
from core.accreditation.terms import TERM_MONTHS, Asked, Term, term
from core.accreditation.working import HeldProceeding
from core.connections import fetch_one
from core.errors import InvalidDay, UnlawfulTerm
from core.periods import Period

SAID = "SELECT outcome, decided_on, status, valid_from, valid_to, supersedes FROM decision WHERE id = %(decision)s"
LATER = """
SELECT id FROM decision WHERE recognition_id = %(recognition)s AND published_at IS NOT NULL AND revoked_at IS NULL
AND (decided_on > %(decided_on)s OR decided_on = %(decided_on)s AND coalesce(id > %(decision)s, false)) LIMIT 1"""


def judged(
    session: Session, of: HeldProceeding, asked: Asked, decision_id: int | None = None, about: int | None = None
) -> tuple[Term, list[Period[Said]]]:
    """What a decision would say of which days, and what the register says of them now; the subject is locked from here on.

    `about` is the decision that is extended or annulled without an application.
    """
    publishing.lock(session, of.recognition_id)
    said = {"recognition": of.recognition_id, "decided_on": asked.decided_on, "decision": decision_id}
    # Days follow decisions in the order of their days: one that is put before another would say nothing, or something else.
    if fetch_one(session, LATER, said) is not None:
        raise InvalidDay("A decision is not dated before one about the same that was published. It has to be proposed with another day.")
    periods = publishing.held(session, of.recognition_id).periods
    if about is not None:
        _check_governs(periods, about, asked.decided_on)
    return term(asked, of.subject == "licence", of.programme, periods, of.applied_on), periods


def judge_again(session: Session, of: HeldProceeding, decision_id: int) -> None:
    """Refuses what the law does not allow any more since it was proposed, and adds the flags that have come since then."""
    row = fetch_one(session, SAID, {"decision": decision_id})
    assert row is not None, "whoever confirms a decision has found it"
    outcome, decided_on, status, valid_from, valid_to, about = row
    asked = Asked(outcome, decided_on, status if status in TERM_MONTHS else None, None if outcome == "refuse" else valid_from, valid_to)
    made, periods = judged(session, of, asked, decision_id, about)
    flag(session, of, decision_id, asked, made, periods)


def _check_governs(periods: Sequence[Period[Said]], decision_id: int, on: date) -> None:
    """Refuses a decision that says nothing any more of a day and what comes after it."""
    if not any(period.said.decision_id == decision_id and period.said.status in GOOD and period.after > on for period in periods):
        raise UnlawfulTerm(
            "Only a decision by which something holds on that day, or will hold, is extended or annulled; others are superseded."
        )
