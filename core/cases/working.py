"""Work on a case (lietas kārtošana): a search status with its evidence, a measure that was taken.

Whoever works on a case answers for it: the municipality whose it is, or IKVD. Every change is a new version and an event with its author.
"""

from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from core import codes
from core.access import Right, Scope, ScopeKind
from core.cases.clocks import DECLARED, escalate
from core.cases.reach import HIDDEN, NOW, sees
from core.cases.rules import CLOSED, JUSTIFIED, OPEN, case_rules, last_justified_day, status_classes
from core.cases.writing import Told, change_one, tell
from core.connections import fetch_one
from core.errors import (
    CaseClosed,
    EvidenceNeeded,
    InvalidDay,
    InvalidExpiry,
    NotResponsible,
    UnknownCase,
    UnknownCode,
    UserRequired,
    VersionConflict,
)

ATTEMPTS = 5


class Officer(NamedTuple):
    """Who works on a case (atbildīgais darbinieks): the X-Road client, its user, how far the grant reaches, the day."""

    client: str
    user: str | None
    scope: Scope
    rights: frozenset[str]
    today: date

    def told(self, note: str | None, on: date | None = None) -> Told:
        """What an event says of who did it."""
        return Told(on or self.today, self.client, self.user, note)


class HeldCase(NamedTuple):
    """The version of a case that holds, locked (spēkā esošā versija); `declared` is where the child lives.

    Of a `hidden` one no place may be told.
    """

    case_id: int
    version: int
    person_id: int
    municipality: str
    state: str
    opened_on: date
    status: str | None
    status_since: date | None
    status_confirmed_on: date | None
    status_expires_on: date | None
    status_evidence: str | None
    offered_to: str | None
    answer_by: date | None
    declared: str | None
    declared_residence: int | None
    hidden: bool


HELD = """
SELECT c.id, v.id, i.person_id, v.municipality, v.state, v.opened_on, v.status, v.status_since, v.status_confirmed_on, v.status_expires_on,
    v.status_evidence, v.offered_to, v.answer_by, d.municipality, d.residence, {hidden}
FROM child_case c {now} {declared}
JOIN case_version v ON v.case_id = c.id AND upper_inf(v.recorded)
WHERE c.id = %(case_id)s AND {sees} FOR UPDATE OF v"""


def held(session: Session, by: Officer, case_id: int) -> HeldCase:
    """The case, locked against others; UnknownCase when there is none that the officer may see."""
    if not by.user:
        raise UserRequired
    asked = {**by.scope.parameters, "case_id": case_id, "on": by.today, "restricted": Right.RESTRICTED in by.rights}
    statement = HELD.format(now=NOW, declared=DECLARED, hidden=HIDDEN, sees=sees(by.scope.kind, "v"))
    # Somebody else's change that is waited for leaves no row to this statement; the next one finds the version that it made.
    for _ in range(ATTEMPTS):
        if (row := fetch_one(session, statement, asked)) is not None:
            return HeldCase(*row)
    raise UnknownCase


def answered_for(session: Session, by: Officer, case_id: int, version: int | None) -> HeldCase:
    """The case, locked, when the officer answers for it, it is open, and it is as the officer saw it last."""
    case = held(session, by, case_id)
    if by.scope.kind is ScopeKind.MUNICIPALITIES and case.municipality not in by.scope.values:
        raise NotResponsible
    if case.state != "active":
        raise CaseClosed
    if version is not None and version != case.version:
        raise VersionConflict
    return case


class Evidence(NamedTuple):
    """What a status rests on (pamatojums): words, until when, a remark."""

    text: str | None
    expires_on: date | None
    note: str | None


def set_search_status(session: Session, by: Officer, case_id: int, version: int | None, status: str, evidence: Evidence) -> HeldCase:
    """Gives a case its search status (meklēšanas statuss); one of the class closed closes it. Returns what holds afterwards."""
    case = answered_for(session, by, case_id, version)
    meaning = status_classes().get(status)
    if meaning is None:
        raise UnknownCode("This is no search status that can be given; NAV stands for a case without one.")
    said = (evidence.text or "").strip() or None
    if said is None and meaning != OPEN and status != case.status:
        raise EvidenceNeeded
    # The same words again, or none, are a copy: nothing new was found, so neither the confirmation nor the expiry moves.
    copied = status == case.status and said in (None, case.status_evidence)
    expires_on = case.status_expires_on if copied else _expiry(status, meaning, evidence.expires_on, by.today)
    values = {
        "status": status,
        "status_class": OPEN if copied and expires_on is not None and expires_on < by.today else meaning,
        "status_since": case.status_since if status == case.status else by.today,
        "status_confirmed_on": case.status_confirmed_on if copied else by.today,
        "status_expires_on": expires_on,
        "status_evidence": case.status_evidence if copied else said,
    }
    if meaning == CLOSED:
        values |= {"state": "closed", "closing": "statusClosed", "closed_on": by.today}
    change_one(session, "status", case_id, values, status, by.told(evidence.note))
    escalate(session, by.today, case_id)
    return held(session, by, case_id)


def _expiry(status: str, meaning: str, asked: date | None, today: date) -> date | None:
    """Until when a status stands: what was said, within what its class allows; a closed one until the registers must confirm it."""
    rules = case_rules(today)
    if meaning == CLOSED:
        if asked is not None:
            raise InvalidExpiry("A status that closes the case has no expiry of its own.")
        return date.fromordinal(today.toordinal() + rules.closed_days)
    latest = last_justified_day(status, today, rules) if meaning == JUSTIFIED else None
    if asked is None:
        return latest
    if asked < today or (latest is not None and asked > latest):
        raise InvalidExpiry
    return asked


def record_measure(session: Session, by: Officer, case_id: int, measure: str, taken_on: date, note: str | None) -> HeldCase:
    """Records a measure that was taken (pasākums) on a day: a letter, a visit, an inquiry."""
    case = answered_for(session, by, case_id, None)
    if measure not in {row["code"] for row in codes.rows("case_measures")}:
        raise UnknownCode("This is no kind of measure.")
    if not case.opened_on - timedelta(days=365) <= taken_on <= by.today:
        raise InvalidDay(
            "A measure is recorded once it was taken, and belongs to this case: it was taken within a year before its opening."
        )
    tell(session, "measure", case_id, case.municipality, measure, by.told(note, taken_on))
    escalate(session, by.today, case_id)
    return case
