"""Who may hold what, and what changed (izmaiņu reģistrēšana): written in the transaction of whoever changed it.

Whoever writes says what it touched, and nothing else: what copies should hold is computed from the register, compared with what they hold,
and the difference is written to `holding` and, as events, to `change`. Saying it twice changes nothing.

The rule of those who write about people: first lock their persons (`core.people.lock`), then read what is decided by, in later statements.
Whoever changes an institution's municipality or name locks its row in `institution` FOR UPDATE. So two writers about the same entry come
one after the other, the second one sees what the first one wrote, and their events have that order.
"""

from collections.abc import Collection, Iterator
from datetime import date
from functools import cache

from sqlalchemy.orm import Session

from core.changes_wanted import INSTITUTION_MUNICIPALITY, TABLES, TODAY, WANTED, profile
from core.connections import cursor
from core.people import lock
from core.reading import successors

AT_ONCE = 5000
# The day in Latvia, by the clock of the database at this moment: a transaction may be older than the day.
DAY = "day AS MATERIALIZED (SELECT coalesce(%(today)s::date, (clock_timestamp() AT TIME ZONE 'Europe/Riga')::date) AS today)"
EVENT = """audience, institution, entity, entry_id, version, person_id, kind, holders, foremost, held_before, hash, full_hash,
    before_hash, before_full_hash, content, health"""

ENTRIES_OF_PEOPLE = " UNION ALL ".join(
    f"SELECT '{entity}' AS entity, a.entry_id FROM identity i JOIN {table} a ON a.identity_id = i.id AND upper_inf(a.recorded) "
    "WHERE i.person_id = ANY(%(people)s)"
    for entity, table in TABLES.items()
)
PROGRAMMES = "SELECT DISTINCT entry_id FROM programme_profile WHERE institution = ANY(%(institutions)s)"
# Institutions of which copies have another municipality than the register.
MOVED = f"""
WITH {DAY}
SELECT n.number FROM unnest(%(institutions)s::text[]) n(number)
LEFT JOIN holding h ON h.entity = 'institution' AND h.entry_id = n.number::bigint
LEFT JOIN LATERAL ({profile("n.number")}) ip ON true
WHERE h.entry_id IS NULL OR h.content[{INSTITUTION_MUNICIPALITY}] IS DISTINCT FROM {successors("ip.municipality", TODAY)}"""
ENTRIES_THERE = " UNION ALL ".join(
    f"SELECT '{entity}' AS entity, a.entry_id, i.person_id FROM {table} a JOIN identity i ON i.id = a.identity_id "
    "WHERE a.institution = ANY(%(institutions)s) AND upper_inf(a.recorded)"
    for entity, table in TABLES.items()
)
KEY_EVENT = f"""
WITH rows AS (
    SELECT h.municipality, h.institution FROM ({ENTRIES_OF_PEOPLE}) e JOIN holding h ON (h.entry_id, h.entity) = (e.entry_id, e.entity)),
municipalities AS (SELECT coalesce(array_agg(DISTINCT municipality), '{{}}') AS holders FROM rows),
audiences AS (SELECT DISTINCT municipality AS audience, true AS first FROM rows UNION ALL SELECT DISTINCT institution, false FROM rows)
INSERT INTO change (audience, entity, person_id, kind, holders, foremost, held_before, content)
SELECT audience, 'person', %(person)s, %(kind)s, holders, first AND row_number() OVER (ORDER BY first DESC, audience) = 1, false,
    ARRAY[%(now)s, %(before)s]::text[]
FROM audiences CROSS JOIN municipalities ORDER BY first DESC, audience"""


def entries_changed(session: Session, entity: str, entry_ids: Collection[int], today: date | None = None) -> None:
    """What was said of these entries changed, or they came to be, or are gone; `today` is the day in Latvia when left out."""
    statement = _refresh(entity)
    session.flush()
    for entries in _portions(entry_ids):
        cursor(session).execute(statement, {"entries": entries, "today": today})


def people_changed(session: Session, person_ids: Collection[int], today: date | None = None) -> None:
    """What is known of these people changed, or where they live, or by which code: all their entries are looked at."""
    session.flush()
    for people in _portions(person_ids):
        _changed(session, cursor(session).execute(ENTRIES_OF_PEOPLE, {"people": people}).fetchall(), today)


def institutions_changed(session: Session, numbers: Collection[str], today: date | None = None) -> None:
    """What is said of these institutions or of their programmes changed; who moved takes the entries of its people along."""
    asked = {"institutions": sorted(set(numbers)), "today": today}
    session.flush()
    execute = cursor(session).execute
    moved = [number for (number,) in execute(MOVED, asked).fetchall()]
    entries_changed(session, "institution", [int(number) for number in numbers], today)
    entries_changed(session, "programme", [entry for (entry,) in execute(PROGRAMMES, asked).fetchall()], today)
    if moved:
        there = {"institutions": moved}
        lock(session, {person for _, _, person in execute(ENTRIES_THERE, there).fetchall()})
        _changed(session, [row[:2] for row in execute(ENTRIES_THERE, there).fetchall()], today)


def key_changed(session: Session, kind: str, person_id: int, before: str | None, after: str | None) -> None:
    """A person's code became another one (keyChange), two records became one (merge) or one became two (separate).

    Everybody who holds an entry of the person is told the code of now and the code of before; call it after `people_changed`.
    """
    cursor(session).execute(KEY_EVENT, {"people": [person_id], "person": person_id, "kind": kind, "now": after, "before": before})


def _changed(session: Session, touched: Collection[tuple[str, int]], today: date | None) -> None:
    for entity in WANTED:
        entries_changed(session, entity, [entry for kind, entry in touched if kind == entity], today)


def _portions(ids: Collection[int]) -> Iterator[list[int]]:
    ordered = sorted(set(ids))
    for start in range(0, len(ordered), AT_ONCE):
        yield ordered[start : start + AT_ONCE]


@cache
def _refresh(entity: str) -> str:
    return f"""
WITH touched AS MATERIALIZED (SELECT unnest(%(entries)s::bigint[]) AS entry_id),
{DAY},
{WANTED[entity]},
{difference(entity)}
INSERT INTO change ({EVENT}) SELECT {EVENT} FROM event ORDER BY entry_id, audience"""


def difference(entity: str) -> str:
    """What follows `entry`: writes to `holding` what is wanted, and gives what that changes as `event`.

    The event of an entry's change that those get who may hold everything is an upsert, or a removal when nobody holds it any more.
    """
    return f"""
held AS MATERIALIZED (SELECT h.* FROM touched t JOIN holding h ON h.entry_id = t.entry_id AND h.entity = '{entity}'),
before AS MATERIALIZED (SELECT DISTINCT ON (entry_id) entry_id, institution, hash, full_hash FROM held ORDER BY entry_id),
wanted AS (
    SELECT e.entry_id, m.municipality, e.institution, e.version, e.person_id, e.hash, coalesce(e.full_hash, e.hash) AS full_hash,
        e.content, e.health, e.holders
    FROM entry e CROSS JOIN LATERAL unnest(e.holders) AS m(municipality)),
different AS MATERIALIZED (
    SELECT w.*, h.entry_id IS NOT NULL AS held_before,
        h.entry_id IS NULL OR (w.version, w.institution, w.content, w.health)
            IS DISTINCT FROM (h.version, h.institution, h.content, h.health) AS told
    FROM wanted w LEFT JOIN held h ON (h.entry_id, h.municipality) = (w.entry_id, w.municipality)
    WHERE h.entry_id IS NULL OR (w.version, w.institution, w.person_id, w.content, w.health)
        IS DISTINCT FROM (h.version, h.institution, h.person_id, h.content, h.health)),
lost AS MATERIALIZED (
    SELECT h.entry_id, h.municipality, h.person_id, e.entry_id IS NULL AS gone, coalesce(e.institution, h.institution) AS institution,
        coalesce(e.version, h.version) AS version, e.hash, e.full_hash, coalesce(e.holders, '{{}}') AS holders
    FROM held h LEFT JOIN entry e ON e.entry_id = h.entry_id
    WHERE e.entry_id IS NULL OR h.municipality <> ALL (e.holders)),
put AS (
    INSERT INTO holding AS x (entry_id, entity, municipality, institution, version, person_id, hash, full_hash, content, health)
    SELECT entry_id, '{entity}', municipality, institution, version, person_id, hash, full_hash, content, health FROM different
    ON CONFLICT (entry_id, entity, municipality) DO UPDATE SET institution = excluded.institution, version = excluded.version,
        person_id = excluded.person_id, hash = excluded.hash, full_hash = excluded.full_hash, content = excluded.content,
        health = excluded.health),
taken AS (
    DELETE FROM holding x USING lost l WHERE (x.entry_id, x.entity, x.municipality) = (l.entry_id, '{entity}', l.municipality)),
told AS (
    SELECT d.municipality AS audience, d.institution, d.entry_id, d.version, d.person_id, 'upsert' AS kind, d.holders, true AS worth,
        d.held_before, d.hash, d.full_hash, d.content, d.health
    FROM different d WHERE d.told
    UNION ALL
    SELECT l.municipality, l.institution, l.entry_id, l.version, l.person_id, CASE WHEN l.gone THEN 'remove' ELSE 'lostAccess' END,
        l.holders, l.gone, true, l.hash, coalesce(l.full_hash, l.hash), NULL, NULL
    FROM lost l
    UNION ALL
    -- The institution that had the entry before is told, too; it is none of those whose holdings are counted.
    SELECT b.institution, e.institution, e.entry_id, e.version, e.person_id, 'lostAccess', e.holders, false, false, e.hash,
        coalesce(e.full_hash, e.hash), NULL, NULL
    FROM entry e JOIN before b ON b.entry_id = e.entry_id AND b.institution <> e.institution),
event AS (
    SELECT t.*, '{entity}' AS entity, b.hash AS before_hash, b.full_hash AS before_full_hash,
        t.worth AND row_number() OVER (PARTITION BY t.entry_id ORDER BY t.worth DESC, t.audience) = 1 AS foremost
    FROM told t LEFT JOIN before b ON b.entry_id = t.entry_id)"""
