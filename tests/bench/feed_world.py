"""A change feed as it stands after years: as many events as wanted for those who may hold everything, one for every entry.

Made in one statement from made-up learners, with the positions, contents and hashes that the sequencer and the writers give.
"""

from typing import Any

import psycopg

from adapters.embedded import Cluster
from tests.bench import place, schools

# Every third entry has a second audience: its learner lives in another municipality. Positions have no gap.
EVENTS = """
INSERT INTO feed_event (position, audience, institution, entity, entry_id, version, person_id, kind, changed_at, holders, foremost,
    held_before, hash, full_hash, content, health)
SELECT row_number() OVER (ORDER BY n, a.number), a.municipality, ip.institution, 'affiliation', n, n, i.person_id, 'upsert',
    now() - interval '1 hour', a.holders, a.number = 1, false, entry_hash('affiliation', n, v.content),
    entry_hash('affiliation', n, v.content || v.health), v.content, v.health
FROM generate_series(1::bigint, %(entries)s) n
JOIN identity i ON i.person_id = 1 + n %% %(people)s
JOIN person_profile p ON p.person_id = i.person_id
JOIN residence r ON r.person_id = i.person_id
JOIN institution_profile ip ON ip.institution = '41131' || lpad((n * 7919 %% %(schools)s)::text, 5, '0')
CROSS JOIN LATERAL (SELECT
    ARRAY[i.value, NULL, NULL, p.given_name, p.surname, p.born_on::text, ip.institution, 'true', (1 + n %% 9)::text, (1 + n %% 9) || '.a',
        '1', '1', 'AKT', '2024-09-01', NULL, '1-8/2024-' || n, NULL] AS content,
    ARRAY['21011111', NULL] AS health) v
CROSS JOIN LATERAL (
    SELECT h.municipality, row_number() OVER () AS number, array_agg(h.municipality) OVER () AS holders
    FROM (SELECT ip.municipality UNION SELECT r.municipality WHERE n %% 3 = 0) h) a"""
STATE = "UPDATE feed_state SET head = (SELECT max(position) FROM feed_event), complete = true, swept_on = CURRENT_DATE"
CHECKPOINTS = """
INSERT INTO checkpoint (audience, entity, position, rows, hash, full_hash)
SELECT who, entity, max(position), count(*), sum(hash), sum(full_hash) FROM (
    SELECT audience AS who, * FROM feed_event UNION ALL SELECT '*', * FROM feed_event WHERE foremost) e
GROUP BY who, entity"""


def database(running: Cluster, events: int) -> str:
    """The address of a register with such a feed, made once and kept."""
    world = schools.World(max(8_000, events // 8))

    def load(connection: "psycopg.Connection[Any]") -> None:
        schools.load(connection, world)
        connection.execute(EVENTS, {"entries": events, "people": world.people, "schools": world.schools})
        connection.execute(STATE)
        connection.execute(CHECKPOINTS)

    url = place.prepared(running, f"feed_{events}", f"a feed of {events:,} events", load)
    place.granted(url)
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(STATE)  # as of today: the sequencer has nothing to look at
    return url
