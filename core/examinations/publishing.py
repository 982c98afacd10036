"""Publication of results (rezultātu publicēšana): an event of its own, at its instant, in one transaction with all that follows from it.

Held results become rows that are read, with their positions in the feed and the messages to those who registered the applicants. Before
that nothing of them stands in any table that a replica has.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core.achievements import completing, telling
from core.connections import cursor
from core.examinations.matching import MATCHED, decided, found

CANDIDATE = (
    "examination_id, institution, state, named_scheme, named_issuer, named_value, given_name, surname, birth_date, sender, sender_key"
)
SAID = (
    "outcome, scale, value, cefr, parts, certificate, threshold, passed, version, reason, sender, sender_key, examination_id, institution"
)
_JOINS, _IDENTITY, _MATCH = decided("s", "k")
# Codes are corrected while results wait, so whom each one names is decided again.
MATCH_AGAIN = f"""
UPDATE held_result h SET identity_id = d.identity_id, match = d.match FROM (
    SELECT s.id, {_IDENTITY} AS identity_id, {_MATCH} AS match
    FROM held_result s LEFT JOIN exam_candidate k ON k.entry_id = s.candidate_entry AND upper_inf(k.recorded) {_JOINS}
    WHERE upper_inf(s.recorded) AND {{0}}) d
WHERE d.id = h.id AND (h.identity_id, h.match) IS DISTINCT FROM (d.identity_id, d.match) RETURNING h.entry_id"""
RELEASE = f"""
WITH moved AS (
    UPDATE held_result h SET recorded = tstzrange(lower(h.recorded), greatest(now(), lower(h.recorded) + interval '1 microsecond'))
    FROM examination e
    WHERE e.id = h.examination_id AND e.published_at IS NOT NULL AND upper_inf(h.recorded) AND h.match = '{MATCHED}' AND {{0}}
    RETURNING h.entry_id, h.identity_id, h.candidate_entry, {", ".join(f"h.{column}" for column in SAID.split(", "))})
INSERT INTO exam_result (entry_id, identity_id, candidate_entry, {SAID})
SELECT entry_id, identity_id, candidate_entry, {SAID} FROM moved ORDER BY entry_id RETURNING entry_id"""
DUE = """
SELECT id, code FROM examination WHERE published_at IS NULL AND publish_at <= %(now)s ORDER BY publish_at, id LIMIT 1 FOR UPDATE"""
PUBLISH = "UPDATE examination SET published_at = now() WHERE id = %(id)s"
# A candidate's next version says whom the register takes it for now. Looked at are those whom nobody was found for, and those whose code
# went to somebody else since they were announced.
CANDIDATES_AGAIN = f"""
WITH looked AS MATERIALIZED (
    SELECT c.id FROM exam_candidate c WHERE upper_inf(c.recorded) AND c.match <> '{MATCHED}'
    UNION SELECT c.id FROM identity_past past JOIN exam_candidate c ON c.identity_id = past.identity_id
        AND upper_inf(c.recorded) AND upper(past.recorded) > lower(c.recorded)),
again AS MATERIALIZED (
    SELECT c.id, who.identity_id FROM looked JOIN exam_candidate c ON c.id = looked.id {found("c")}
    WHERE who.match = '{MATCHED}' AND who.identity_id IS DISTINCT FROM c.identity_id),
closed AS (
    UPDATE exam_candidate c SET recorded = tstzrange(lower(c.recorded), greatest(now(), lower(c.recorded) + interval '1 microsecond'))
    FROM again WHERE c.id = again.id AND upper_inf(c.recorded) RETURNING c.*, again.identity_id AS found)
INSERT INTO exam_candidate (entry_id, identity_id, match, {CANDIDATE}, recorded)
SELECT entry_id, found, '{MATCHED}', {CANDIDATE}, tstzrange(upper(recorded), NULL) FROM closed RETURNING entry_id"""
UNMATCHED = """
SELECT entry_id FROM held_result h JOIN identity i ON i.value = h.named_value AND i.scheme = h.named_scheme AND i.issuer = h.named_issuer
WHERE upper_inf(h.recorded) AND h.match <> 'matched'"""


class Published(NamedTuple):
    """An examination whose results were published (publicēts pārbaudījums), and how many."""

    code: str
    results: int


def publish_next(session: Session, now: datetime) -> Published | None:
    """Publishes the examination whose instant came first; None when no instant has come. Call it again until then."""
    run = cursor(session).execute
    due = run(DUE, {"now": now}).fetchone()
    if due is None:
        return None
    examination, code = due
    run(PUBLISH, {"id": examination})
    run(MATCH_AGAIN.format("s.examination_id = %(examination)s"), {"examination": examination})
    released = _release(session, "h.examination_id = %(examination)s", examination=examination)
    completing.tell(session, examination)
    return Published(code, len(released))


def release(session: Session, entries: Collection[int]) -> set[int]:
    """Publishes those of these results whose examination is published and whose person is known; gives their numbers."""
    return set(_release(session, "h.entry_id = ANY(%(entries)s)", entries=list(entries))) if entries else set()


def found_again(session: Session, candidates: Collection[int]) -> None:
    """These candidates were named anew: results that waited for them go on when they are found."""
    if candidates:
        waiting = {"candidates": list(candidates)}
        again = MATCH_AGAIN.format(f"s.match <> '{MATCHED}' AND s.candidate_entry = ANY(%(candidates)s)")
        release(session, [entry for (entry,) in cursor(session).execute(again, waiting).fetchall()])


def look_again(session: Session) -> int:
    """Finds whom candidates and results name, where codes became known or went to somebody else since; gives how many were found."""
    candidates = len(cursor(session).execute(CANDIDATES_AGAIN).fetchall())
    entries = [entry for (entry,) in cursor(session).execute(UNMATCHED).fetchall()]
    if not entries:
        return candidates
    results = cursor(session).execute(MATCH_AGAIN.format("s.entry_id = ANY(%(entries)s)"), {"entries": entries}).fetchall()
    release(session, [entry for (entry,) in results])
    return candidates + len(results)


def _release(session: Session, which: str, **values: Any) -> list[int]:
    entries = [entry for (entry,) in cursor(session).execute(RELEASE.format(which), values).fetchall()]
    if entries:
        telling.new_results(session, entries)
    return entries
