"""Who holds a copy of a person's data (datu kopijas), since when and why: entries that stand, beside what was told at an instant.

A municipality's own database holds what `holding` says it may, whoever follows a change feed what its pages gave it. The replication
database is the register's own and holds everything: it stands in the journal under the register's name since it was set up.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from sqlalchemy.orm import Session

from core.connections import fetch_all
from core.disclosure import INSERT, Disclosure, parameters
from core.reading import INSTANT

Execute = Callable[[str, Mapping[str, Any]], "psycopg.Cursor[Any]"]
OURSELVES, REPLICA, COPIED, ENDED = "VIIS", "replica", "copied", "ended"
PURPOSE, BASIS = "replication database of the register (replikācijas datubāze)", "MK 276/2019"
FOLLOWING = ["education-process.listEducationChanges", "achievements.listAchievementChanges"]
# A member of the class GOV, or the register itself: that it was told says nothing of where somebody lives or learns.
OF_THE_STATE = f"(split_part({{0}}, '/', 2) = 'GOV' OR {{0}} = '{OURSELVES}')"
STANDS = "SELECT outcome FROM disclosure WHERE operation = 'replica' AND message_id = %(name)s ORDER BY id DESC LIMIT 1"
# Whatever stands before a place and has not ended, once more as it was.
STAND_AGAIN = """
INSERT INTO disclosure (disclosed_at, message_id, client, operation, purpose, legal_basis, outcome, persons, row_hash)
SELECT d.disclosed_at, d.message_id, d.client, d.operation, d.purpose, d.legal_basis, d.outcome, d.persons, d.row_hash
FROM (SELECT DISTINCT ON (message_id) * FROM disclosure WHERE operation = 'replica' ORDER BY message_id, id DESC) d
JOIN disclosure_seal s ON s.disclosure_id = d.id WHERE d.outcome = 'copied' AND s.place <= %(place)s"""
# Whose rows are the person's: the person's own for ever; of another record, what was told while an identity of the person belonged to it
# (and a minute more, for answers that were under way), or all of it when nobody else ever was part of it.
WHOSE = """mine AS (
    SELECT %(person)s::bigint AS person_id, NULL::tstzrange AS during
    UNION ALL
    SELECT b.person_id, CASE WHEN EXISTS (
            SELECT FROM identity o WHERE o.person_id = b.person_id
            UNION ALL SELECT FROM identity_past ob JOIN identity o ON o.id = ob.identity_id
            WHERE ob.person_id = b.person_id AND o.person_id <> %(person)s)
        THEN tstzrange(lower(b.recorded), upper(b.recorded) + interval '1 minute') END
    FROM identity i JOIN identity_past b ON b.identity_id = i.id AND b.person_id <> i.person_id WHERE i.person_id = %(person)s)"""
ABOUT = """d.persons && ARRAY(SELECT person_id FROM mine)
    AND EXISTS (SELECT FROM mine m WHERE m.person_id = ANY(d.persons) AND (m.during IS NULL OR d.disclosed_at <@ m.during))"""
HELD = f"""
WITH {WHOSE},
told AS (
    SELECT d.client, d.operation, min(d.disclosed_at) AS since, max(d.disclosed_at) AS last
    FROM disclosure d WHERE {ABOUT} AND (d.hidden_until IS NULL OR d.hidden_until <= %(now)s)
    AND ((d.operation = ANY(%(following)s) AND d.outcome = 'ok') OR (d.operation = 'municipalFeed' AND d.outcome = 'copied'))
    GROUP BY 1, 2),
held AS (
    SELECT 0 AS rank, 'replica' AS kind, r.client AS holder, NULL AS name, 'everything' AS scope, min(r.disclosed_at) AS since,
        NULL::timestamptz AS last, r.purpose, r.legal_basis
    FROM (SELECT DISTINCT ON (message_id) * FROM disclosure WHERE operation = 'replica' ORDER BY message_id, id DESC) r
    WHERE r.outcome = 'copied' GROUP BY r.client, r.purpose, r.legal_basis
    UNION ALL
    SELECT 1, 'municipality', 'municipal-feed/' || f.name, m.name_lv, 'municipalities', coalesce(t.since, f.added_at), t.last,
        f.purpose, f.legal_basis
    FROM municipal_feed f JOIN municipality m ON m.code = f.municipality LEFT JOIN told t ON t.client = 'municipal-feed/' || f.name
    WHERE f.removed_at IS NULL
    AND EXISTS (SELECT FROM holding h WHERE h.municipality = f.municipality
        AND h.person_id = ANY(ARRAY(SELECT person_id FROM mine WHERE during IS NULL)))
    UNION ALL
    SELECT 2, 'feed', t.client, NULL, g.scope, t.since, t.last, g.purpose, g.legal_basis
    FROM told t LEFT JOIN LATERAL (
        SELECT g.scope, g.purpose, g.legal_basis FROM access_granted g
        WHERE upper_inf(g.recorded) AND g.client = t.client AND g.operation IN (t.operation, split_part(t.operation, '.', 1) || '.*',
            split_part(t.operation, '.', 1) || '.**') ORDER BY g.operation DESC LIMIT 1) g ON true
    WHERE t.operation = ANY(%(following)s))
SELECT kind, holder, name, scope, {INSTANT.format("since")}, {INSTANT.format("last")}, purpose, legal_basis
FROM held WHERE %(whole)s OR {OF_THE_STATE.format("holder")} ORDER BY rank, since, holder"""


class Copy(NamedTuple):
    """A copy that somebody keeps (datu kopija): how, who, of whose data, since when, when it was last told, why."""

    kind: str
    holder: str
    name: str | None
    scope: str | None
    since: str
    last_told_at: str | None
    purpose: str | None
    legal_basis: str | None


def copies(session: Session, person: int, now: datetime, *, whole: bool) -> list[Copy]:
    """Every copy in which the person is; unless `whole`, those alone that do not tell where the person lives or learns."""
    return [Copy(*row) for row in fetch_all(session, HELD, {"person": person, "now": now, "following": FOLLOWING, "whole": whole})]


def stand(execute: Execute, name: str, now: datetime) -> None:
    """Writes into the journal that this replica holds a copy of everything, unless that stands there; before it is filled."""
    _change(execute, name, now, COPIED)


def end(execute: Execute, name: str, now: datetime) -> None:
    """Writes into the journal that this replica was given up."""
    _change(execute, name, now, ENDED)


def _change(execute: Execute, name: str, now: datetime, to: str) -> None:
    message = f"replica/{name}"
    found = execute(STANDS, {"name": message}).fetchone()
    if (found[0] if found else ENDED) != to:
        row = Disclosure(now, message, OURSELVES, None, None, None, REPLICA, PURPOSE, BASIS, None, to, [])
        execute(INSERT, parameters(row))
