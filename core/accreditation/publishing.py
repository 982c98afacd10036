"""Publication (publiskošana): the days of the public register follow its decisions, in the transaction of whoever changed them."""

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core.accreditation.changes import tell
from core.accreditation.folding import Made, Said, fold
from core.connections import cursor, fetch_all
from core.periods import EVER, FOR_EVER, Period, difference, period_of

LOCK = "SELECT id FROM recognition WHERE id = %(id)s FOR UPDATE"
FIND = """
SELECT id FROM recognition
WHERE (kind, institution) = (%(kind)s, %(institution)s) AND programme IS NOT DISTINCT FROM %(programme)s FOR UPDATE"""
NEW = """
INSERT INTO recognition (kind, institution, programme) VALUES (%(kind)s, %(institution)s, %(programme)s) ON CONFLICT DO NOTHING"""
MADE = """
SELECT id, outcome, status, decided_on, valid_from, valid_to, start_by FROM decision
WHERE recognition_id = %(id)s AND published_at IS NOT NULL AND revoked_at IS NULL"""
HELD = """
SELECT lower(valid), upper(valid), status, decision_id, start_by, id, started FROM recognition_period
WHERE recognition_id = %(id)s AND upper_inf(recorded)"""
# A clock that was put back, or a second change in one transaction, must not make a range that ends before it begins.
CLOSE = """
UPDATE recognition_period SET recorded = tstzrange(lower(recorded), greatest(now(), lower(recorded) + interval '1 microsecond'))
WHERE id = ANY(%(keys)s) RETURNING upper(recorded)"""
ADD = """
INSERT INTO recognition_period (recognition_id, status, decision_id, start_by, started, valid, recorded)
VALUES (%(id)s, %(status)s, %(decision_id)s, %(start_by)s, %(started)s, daterange(%(first)s, %(after)s), tstzrange(%(since)s, NULL))"""
NOW = "SELECT now()"
PUBLISH = """
UPDATE decision SET published_at = now(), supersedes = (
    SELECT before.id FROM decision before WHERE before.recognition_id = decision.recognition_id AND before.published_at IS NOT NULL
    AND before.revoked_at IS NULL ORDER BY before.decided_on DESC, before.id DESC LIMIT 1)
WHERE id = %(decision)s RETURNING recognition_id"""
REVOKE = "UPDATE decision SET revoked_at = now() WHERE id = %(decision)s RETURNING recognition_id"


class HeldPeriods(NamedTuple):
    """What the register says now of the days of a subject, and which decisions' licences have started."""

    periods: list[Period[Said]]
    started: frozenset[int]


def subject(session: Session, kind: str, institution: str, programme: str | None) -> int:
    """The number of what is licensed or accredited, locked against others; a new one when there is none yet."""
    named = {"kind": kind, "institution": institution, "programme": programme}
    if not (found := fetch_all(session, FIND, named)):
        cursor(session).execute(NEW, named)
        found = fetch_all(session, FIND, named)
    return int(found[0][0])


def lock(session: Session, recognition_id: int) -> None:
    """Nobody else changes what holds of this subject until the transaction ends."""
    cursor(session).execute(LOCK, {"id": recognition_id})


def publish(session: Session, recognition_id: int, decision_id: int) -> None:
    """Publishes a decision: it supersedes the one that governed before, and the days follow."""
    lock(session, recognition_id)
    cursor(session).execute(PUBLISH, {"decision": decision_id})
    refold(session, recognition_id)


def revoke(session: Session, recognition_id: int, decision_id: int) -> None:
    """Undoes a decision: it stays readable, and the days are what they would be without it."""
    lock(session, recognition_id)
    cursor(session).execute(REVOKE, {"decision": decision_id})
    refold(session, recognition_id)


def held(session: Session, recognition_id: int) -> HeldPeriods:
    """What the register says now."""
    rows = fetch_all(session, HELD, {"id": recognition_id})
    periods = [
        Period(*period_of(first, after), Said(status, decision, start_by), key) for first, after, status, decision, start_by, key, _ in rows
    ]
    return HeldPeriods(sorted(periods, key=lambda period: period.first), frozenset(row[3] for row in rows if row[6]))


def refold(session: Session, recognition_id: int) -> None:
    """Brings the days of a subject, which the caller holds locked, to what its decisions say, and tells of it."""
    now = held(session, recognition_id)
    wanted = fold(Made(*row) for row in fetch_all(session, MADE, {"id": recognition_id}))
    closed, added = difference(now.periods, wanted)
    run = cursor(session).execute
    rows: list[tuple[Any, ...]] = run(CLOSE, {"keys": closed}).fetchall() if closed else run(NOW).fetchall()
    since = max(row[0] for row in rows)
    for period in added:
        said = period.said
        started = said.decision_id in now.started
        run(ADD, {"id": recognition_id, **said._asdict(), "started": started, "since": since, **_days(period)})
    tell(session, [recognition_id])


def _days(period: Period[Said]) -> dict[str, date | None]:
    return {"first": None if period.first == EVER else period.first, "after": None if period.after == FOR_EVER else period.after}
