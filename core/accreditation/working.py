"""Work on a proceeding (lietas kārtošana): who works on it, the proceeding locked, its next version, what happened.

Whoever works locks the proceeding before reading what is decided by: of two officers at once the second one decides by what the first one
did. Every step is a new version and an event with its author; nothing is overwritten.
"""

from datetime import date
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core.access import Right, Scope, ScopeKind
from core.accreditation.rules import application_kind
from core.accreditation.stages import Act, Stage, State, must_act
from core.connections import cursor, fetch_one
from core.errors import InvalidDay, NotTheAuthority, UnknownProceeding, UserRequired, VersionConflict
from core.reach import of_scope
from core.reading import check_day

OFFICIAL = frozenset((Right.AUTHORITY, Right.MINISTRY))


class Clerk(NamedTuple):
    """Who works on a proceeding (lietas kārtotājs): the X-Road client, its user, how far the grant reaches, the day."""

    client: str
    user: str | None
    scope: Scope
    rights: frozenset[str]
    today: date

    @property
    def authority(self) -> str:
        """The member whose system the client is: the numbers of decisions are unique within it."""
        return "/".join(self.client.split("/")[:3])

    def must_be_named(self) -> str:
        """The user; UserRequired without one, because a person's act is recorded."""
        if not self.user:
            raise UserRequired
        return self.user

    def must_be_authority(self) -> None:
        """Refuses who does not act as the authority."""
        self.must_be_named()
        if Right.AUTHORITY not in self.rights:
            raise NotTheAuthority

    def day(self, on: date | None, first: date | None = None) -> date:
        """The day of an act: the one that is said, not before `first` and not in the future; today when none is said.

        Only the authority and the ministry, to which things come on paper, say an earlier one: who applies, answers or appeals would
        otherwise choose the law and the time that it is judged by.
        """
        check_day(on)
        day = on or self.today
        if day > self.today or (first is not None and day < first):
            raise InvalidDay("An act is dated from the day of the one before it up to today.")
        if day < self.today and not self.rights & OFFICIAL:
            raise InvalidDay("Only the authority dates an act before today; anybody else's is dated today.")
        return day


class HeldProceeding(NamedTuple):
    """A proceeding as it is, locked (lieta darbā)."""

    id: int
    version: int
    kind: str
    recognition_id: int
    subject: str
    institution: str
    programme: str | None
    law: str
    applied_on: date
    stage: str
    submitted_on: date | None
    starts_on: date | None
    programme_name: str | None
    remark: str | None
    decision_id: int | None
    last_day: date
    lacks: bool
    asked: bool
    proposed: bool
    held: bool
    appealed: bool

    @property
    def state(self) -> State:
        """Where it is, as the law of stages sees it."""
        path = application_kind(self.kind, self.applied_on).path
        return State(path, Stage(self.stage), not self.lacks, self.asked, self.proposed, self.held, self.appealed)


LOCK = "SELECT p.id FROM proceeding p JOIN recognition r ON r.id = p.recognition_id WHERE p.id = %(id)s AND {reached} FOR UPDATE OF p"
HELD = """
SELECT p.id, v.id, p.application_kind, p.recognition_id, r.kind, r.institution, r.programme, p.law, p.applied_on, v.stage, v.submitted_on,
    v.starts_on, v.programme_name, v.remark, v.decision_id,
    (SELECT max(on_day) FROM proceeding_event e WHERE e.proceeding_id = p.id),
    EXISTS (SELECT FROM awaited a WHERE a.proceeding_id = p.id AND a.kind = 'item' AND a.received_on IS NULL),
    EXISTS (SELECT FROM awaited a WHERE a.proceeding_id = p.id AND a.kind = 'information' AND a.received_on IS NULL),
    d.id IS NOT NULL AND d.confirmed_at IS NULL AND d.rejected_at IS NULL, d.confirmed_at IS NOT NULL AND d.published_at IS NULL,
    EXISTS (SELECT FROM appeal a WHERE a.decision_id = d.id AND a.outcome IS NULL)
FROM proceeding p
JOIN recognition r ON r.id = p.recognition_id
JOIN proceeding_version v ON v.proceeding_id = p.id AND upper_inf(v.recorded)
LEFT JOIN decision d ON d.id = v.decision_id
WHERE p.id = %(id)s"""
NEXT = """
WITH closed AS (
    UPDATE proceeding_version SET recorded = tstzrange(lower(recorded), greatest(now(), lower(recorded) + interval '1 microsecond'))
    WHERE proceeding_id = %(id)s AND upper_inf(recorded) RETURNING upper(recorded) AS at)
INSERT INTO proceeding_version (proceeding_id, stage, must_act, starts_on, programme_name, remark, submitted_on, decision_id, recorded)
SELECT %(id)s, %(stage)s, %(must_act)s, %(starts_on)s, %(programme_name)s, %(remark)s, %(submitted_on)s, %(decision_id)s,
    tstzrange(coalesce((SELECT at FROM closed), now()), NULL)"""
TELL = """
INSERT INTO proceeding_event (proceeding_id, act, stage, on_day, client, user_id, note)
VALUES (%(id)s, %(act)s, %(stage)s, %(on)s, %(client)s, %(user)s, %(note)s)"""


@cache
def reached(kind: ScopeKind) -> str:
    """SQL for whether a scope reaches the institution of the subject `r`."""
    match kind:
        case ScopeKind.EVERYTHING:
            return "true"
        case ScopeKind.MUNICIPALITIES | ScopeKind.INSTITUTIONS:
            return f"coalesce({of_scope(kind, 'r.institution')}, false)"
        case _:
            return "false"


def held(session: Session, by: Clerk, proceeding_id: int, version: int | None = None) -> HeldProceeding:
    """The proceeding, locked against others and as the clerk saw it last; UnknownProceeding when there is none within the scope."""
    by.must_be_named()
    asked = {**by.scope.parameters, "id": proceeding_id, "on": by.today}
    if fetch_one(session, LOCK.format(reached=reached(by.scope.kind)), asked) is None:
        raise UnknownProceeding
    found = again(session, proceeding_id)
    if version is not None and version != found.version:
        raise VersionConflict
    return found


def again(session: Session, proceeding_id: int) -> HeldProceeding:
    """The proceeding, which the caller holds locked, as it is by now."""
    row = fetch_one(session, HELD, {"id": proceeding_id})
    assert row is not None, "the proceeding was locked, so it is there"
    return HeldProceeding(*row)


def move(session: Session, by: Clerk, of: HeldProceeding, act: Act, to: State, on: date, note: str | None = None, **said: Any) -> int:
    """The next version of a proceeding and the event that made it; `said` are the columns that are to be different. Returns its number."""
    kept = {name: getattr(of, name) for name in ("starts_on", "programme_name", "remark", "submitted_on", "decision_id")}
    begin(session, by, of.id, act, to, on, note, **{**kept, **said})
    return of.id


def begin(session: Session, by: Clerk, proceeding_id: int, act: Act, to: State, on: date, note: str | None, **said: Any) -> None:
    """A version of a proceeding, the first one or the next, and its event."""
    where = {"id": proceeding_id, "stage": to.stage.value}
    columns = dict.fromkeys(("starts_on", "programme_name", "remark", "submitted_on", "decision_id"))
    cursor(session).execute(NEXT, {**where, "must_act": must_act(to), **columns, **said})
    cursor(session).execute(TELL, {**where, "act": act.value, "on": on, "client": by.client, "user": by.user, "note": note})
