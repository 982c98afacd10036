"""Lapse (licences zaudēšana): a licence whose programme was not started within a year lapses by law, on its own day.

Reads know it on that day already. The sweep writes it down as a decision of the law, so that the chain and the change feed tell it; when a
school reports a start in time only afterwards, the lapse is undone, visibly.
"""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from core.accreditation import publishing
from core.accreditation.changes import tell
from core.accreditation.effect import started
from core.connections import fetch_all

LAW = "law"
MARK = f"""
UPDATE recognition_period q SET started = true FROM recognition r
WHERE r.id = q.recognition_id AND upper_inf(q.recorded) AND q.start_by IS NOT NULL AND NOT q.started
AND {started("r", "lower(q.valid)", "q.start_by")} RETURNING q.recognition_id"""
DUE = """
SELECT q.recognition_id, q.decision_id, q.start_by FROM recognition_period q
WHERE upper_inf(q.recorded) AND q.status = 'LIC' AND q.start_by < %(today)s AND NOT q.started
    AND coalesce(upper(q.valid) > q.start_by + 1, true)
ORDER BY q.recognition_id"""
STILL = """
SELECT FROM recognition_period q JOIN recognition r ON r.id = q.recognition_id
WHERE q.recognition_id = %(recognition)s AND q.decision_id = %(decision)s AND upper_inf(q.recorded) AND NOT q.started
AND coalesce(upper(q.valid) > q.start_by + 1, true)"""
LAPSE = """
INSERT INTO decision (recognition_id, authority, number, outcome, status, decided_on, valid_from, proposed_client, proposed_user,
    confirmed_at, confirmed_client, confirmed_user)
VALUES (%(recognition)s, %(law)s, %(number)s, 'lapse', 'ZAU', %(day)s, %(day)s, %(law)s, %(law)s, now(), %(law)s, %(law)s) RETURNING id"""
# Lapses of which a school has reported meanwhile that teaching had started in time. The number names the licence; what the lapse supersedes
# can be a later refusal. Lapses that somebody else decided are not the sweep's to undo.
UNDUE = f"""
SELECT d.recognition_id, d.id FROM decision d
JOIN decision licence ON licence.recognition_id = d.recognition_id AND d.number = licence.id || '-' || licence.start_by
JOIN recognition r ON r.id = d.recognition_id
WHERE d.outcome = 'lapse' AND d.authority = '{LAW}' AND d.revoked_at IS NULL
    AND {started("r", "licence.valid_from", "licence.start_by")}
ORDER BY d.recognition_id"""


def sweep_lapses(register: sessionmaker[Session], today: date) -> int:
    """Writes down the lapses up to today, and undoes those that were none; returns how many licences changed. Again changes nothing."""
    with register.begin() as session:
        # Copies hear that teaching started: nothing has to start any more.
        tell(session, [recognition for (recognition,) in fetch_all(session, MARK, {})])
        due, undue = fetch_all(session, DUE, {"today": today}), fetch_all(session, UNDUE, {})
    changed = 0
    for recognition, decision, start_by in due:
        with register.begin() as session:
            changed += _lapse(session, {"recognition": recognition, "decision": decision}, start_by)
    for recognition, decision in undue:
        with register.begin() as session:
            publishing.revoke(session, recognition, decision)
            changed += 1
    return changed


def _lapse(session: Session, about: dict[str, Any], start_by: date) -> int:
    publishing.lock(session, about["recognition"])
    if not fetch_all(session, STILL, about):
        return 0
    # The number names what lapsed; a lapse that was undone does not come back under the same number.
    number = f"{about['decision']}-{start_by.isoformat()}"
    day = date.fromordinal(start_by.toordinal() + 1)
    [(lapse,)] = fetch_all(session, LAPSE, {**about, "law": LAW, "number": number, "day": day})
    publishing.publish(session, about["recognition"], lapse)
    return 1
