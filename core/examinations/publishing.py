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
from core.people import lock

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
# Everybody whom these results could mean, by their own names and by their candidates'.
MEANT = """
WITH named AS MATERIALIZED (
    SELECT i.id FROM held_result s JOIN identity i ON i.value = s.named_value AND i.scheme = s.named_scheme AND i.issuer = s.named_issuer
    WHERE upper_inf(s.recorded) AND {0}
    UNION SELECT i.id FROM held_result s JOIN exam_candidate k ON k.entry_id = s.candidate_entry AND upper_inf(k.recorded)
        JOIN identity i ON i.value = k.named_value AND i.scheme = k.named_scheme AND i.issuer = k.named_issuer
    WHERE upper_inf(s.recorded) AND {0})
SELECT i.person_id FROM named JOIN identity i ON i.id = named.id
UNION SELECT p.person_id FROM named JOIN identity_past p ON p.identity_id = named.id"""
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
# Results that nobody was found for, while nobody publishes their examinations: either of the two sees what the other one did.
UNMATCHED = """
SELECT h.entry_id FROM held_result h JOIN examination e ON e.id = h.examination_id
WHERE upper_inf(h.recorded) AND h.match <> 'matched' AND (
    EXISTS (SELECT FROM identity i WHERE i.value = h.named_value AND i.scheme = h.named_scheme AND i.issuer = h.named_issuer)
    OR EXISTS (SELECT FROM exam_candidate k WHERE k.entry_id = h.candidate_entry AND upper_inf(k.recorded) AND k.match = 'matched'))
ORDER BY e.id FOR SHARE OF e"""


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
    _match_again(session, "s.examination_id = %(examination)s", examination=examination)
    released = _release(session, "h.examination_id = %(examination)s", examination=examination)
    completing.tell(session, examination)
    return Published(code, len(released))


def release(session: Session, entries: Collection[int]) -> set[int]:
    """Publishes those of these results whose examination is published and whose person is known; gives their numbers."""
    return set(_release(session, "h.entry_id = ANY(%(entries)s)", entries=list(entries))) if entries else set()


def found_again(session: Session, candidates: Collection[int]) -> None:
    """These candidates were named anew: results that waited for them go on when they are found."""
    if candidates:
        waiting = f"s.match <> '{MATCHED}' AND s.candidate_entry = ANY(%(candidates)s)"
        release(session, _match_again(session, waiting, candidates=list(candidates)))


def look_again(session: Session) -> int:
    """Finds whom candidates and results name, where codes became known or went to somebody else since; gives how many were found."""
    candidates = len(cursor(session).execute(CANDIDATES_AGAIN).fetchall())
    entries = [entry for (entry,) in cursor(session).execute(UNMATCHED).fetchall()]
    if not entries:
        return candidates
    found_now = _match_again(session, "s.entry_id = ANY(%(entries)s)", entries=entries)
    release(session, entries)
    return candidates + len(found_now)


def _match_again(session: Session, which: str, **values: Any) -> list[int]:
    """Whom results name is decided when everybody whom they could mean is locked: a code that moves meanwhile takes no result along."""
    run = cursor(session).execute
    lock(session, {person for (person,) in run(MEANT.format(which), values).fetchall()})
    return [entry for (entry,) in run(MATCH_AGAIN.format(which), values).fetchall()]


def _release(session: Session, which: str, **values: Any) -> list[int]:
    entries = [entry for (entry,) in cursor(session).execute(RELEASE.format(which), values).fetchall()]
    if entries:
        telling.new_results(session, entries)
    return entries
