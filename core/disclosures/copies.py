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
STANDS = "SELECT outcome FROM disclosure WHERE operation = 'replica' AND message_id = %(name)s ORDER BY id DESC LIMIT 1"
HELD = f"""
WITH mine AS (
    SELECT %(person)s::bigint AS person_id
    UNION SELECT b.person_id FROM identity i JOIN identity_past b ON b.identity_id = i.id
    WHERE i.person_id = %(person)s AND NOT EXISTS (SELECT FROM identity o WHERE o.person_id = b.person_id)),
told AS (
    SELECT d.client, d.operation, min(d.disclosed_at) AS since, max(d.disclosed_at) AS last
    FROM disclosure d WHERE d.persons && ARRAY(SELECT person_id FROM mine) AND (d.hidden_until IS NULL OR d.hidden_until <= %(now)s)
    AND ((d.operation = ANY(%(following)s) AND d.outcome = 'ok') OR (d.operation = 'municipalFeed' AND d.outcome = 'copied'))
    GROUP BY 1, 2),
held AS (
    SELECT 0 AS rank, 'replica' AS kind, r.client AS holder, NULL AS name, 'everything' AS scope, min(r.disclosed_at) AS since,
        NULL::timestamptz AS last, r.purpose, r.legal_basis
    FROM (SELECT DISTINCT ON (message_id) * FROM disclosure WHERE operation = 'replica' ORDER BY message_id, id DESC) r
    WHERE r.outcome = 'copied' GROUP BY r.client, r.purpose, r.legal_basis
    UNION ALL
    SELECT 1, 'municipality', t.client, m.name_lv, 'municipalities', t.since, t.last, f.purpose, f.legal_basis
    FROM told t JOIN municipal_feed f ON t.client = 'municipal-feed/' || f.name AND f.removed_at IS NULL
    JOIN municipality m ON m.code = f.municipality
    WHERE EXISTS (SELECT FROM holding h WHERE h.municipality = f.municipality AND h.person_id = ANY(ARRAY(SELECT person_id FROM mine)))
    UNION ALL
    SELECT 2, 'feed', t.client, NULL, g.scope, t.since, t.last, g.purpose, g.legal_basis
    FROM told t LEFT JOIN LATERAL (
        SELECT g.scope, g.purpose, g.legal_basis FROM access_granted g
        WHERE upper_inf(g.recorded) AND g.client = t.client AND g.operation IN (t.operation, split_part(t.operation, '.', 1) || '.*',
            split_part(t.operation, '.', 1) || '.**') ORDER BY g.operation DESC LIMIT 1) g ON true
    WHERE t.operation = ANY(%(following)s))
SELECT kind, holder, name, scope, {INSTANT.format("since")}, {INSTANT.format("last")}, purpose, legal_basis
FROM held ORDER BY rank, since, holder"""


class Copy(NamedTuple):
    """A copy that somebody keeps (datu kopija): how, who, of whose data, since when, when it was last told, why."""

    kind: str
    holder: str | None
    name: str | None
    scope: str | None
    since: str
    last_told_at: str | None
    purpose: str | None
    legal_basis: str | None


def copies(session: Session, person: int, now: datetime, *, whole: bool) -> list[Copy]:
    """Every copy in which the person is; whose it is only when it may be told where the person lives or learns, or does not show."""
    rows = fetch_all(session, HELD, {"person": person, "now": now, "following": FOLLOWING})
    return [one if whole or is_of_the_state(one.holder or "") else _withheld(one) for one in (Copy(*row) for row in rows)]


def is_of_the_state(client: str) -> bool:
    """Whether a client says nothing of where somebody lives or learns: a member of the class GOV, or the register itself."""
    return client.split("/")[1:2] == ["GOV"] or client == OURSELVES


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


def _withheld(one: Copy) -> Copy:
    return one._replace(holder=None, name=None, scope=None, purpose=None, legal_basis=None)
