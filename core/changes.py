"""Who may hold what, and what changed (izmaiņu reģistrēšana): written in the transaction of whoever changed it.

Whoever writes says what it touched, and nothing else: what copies should hold is computed from the register, compared with what they hold,
and the difference is written to `holding` and, as events, to `change`. Saying it twice changes nothing.

The rule of those who write about people: first lock their persons (`core.people.lock`), then read what is decided by, in later statements.
Whoever changes an institution's municipality or name locks its row in `institution` FOR UPDATE. So two writers about the same entry come
one after the other, the second one sees what the first one wrote, and their events have that order.
"""

from collections.abc import Callable, Collection, Iterator
from datetime import date
from functools import cache

from sqlalchemy.orm import Session

from core import feeds
from core.changes_difference import EVENT, WANTED_ROWS, difference
from core.changes_wanted import EVERY_ENTRY, INSTITUTION_MUNICIPALITY, TABLES, TODAY, WANTED, entries_of, profile
from core.connections import cursor
from core.people import lock
from core.reading import successors

AT_ONCE = 5000
# The day in Latvia by the clock of the database at this moment: a transaction, or what a caller takes for today, may be older than the day.
DAY = "day AS MATERIALIZED (SELECT greatest(%(today)s::date, (clock_timestamp() AT TIME ZONE 'Europe/Riga')::date) AS today)"

ENTRIES_OF_PEOPLE = entries_of("= ANY(%(people)s)")
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
# Whose code an entry had before a separation is another person's: told to those alone whose copies have the entry under that code.
KEY_EVENT = f"""
WITH rows AS (
    SELECT h.municipality, h.institution FROM ({ENTRIES_OF_PEOPLE}) e JOIN holding h ON (h.entry_id, h.entity) = (e.entry_id, e.entity)
    WHERE %(kind)s <> 'separate' OR h.content[1] IS NOT DISTINCT FROM %(before)s),
municipalities AS (SELECT coalesce(array_agg(DISTINCT municipality), '{{}}') AS holders FROM rows),
audiences AS (SELECT DISTINCT municipality AS audience, true AS first FROM rows UNION ALL SELECT DISTINCT institution, false FROM rows)
INSERT INTO change (audience, entity, person_id, kind, holders, foremost, held_before, content)
SELECT audience, 'person', %(person)s, %(kind)s, holders, first AND row_number() OVER (ORDER BY first DESC, audience) = 1, false,
    ARRAY[%(now)s, %(before)s]::text[]
FROM audiences CROSS JOIN municipalities ORDER BY first DESC, audience"""

# Where nothing was told yet, the positions are given at once: nobody else can have written in between.
STATE = "SELECT complete FROM feed_state FOR UPDATE"
NOTHING_TOLD = "SELECT NOT EXISTS (SELECT FROM holding) AND NOT EXISTS (SELECT FROM change) AND NOT EXISTS (SELECT FROM feed_event)"
TELL = f"""
INSERT INTO feed_event (position, {EVENT})
SELECT (SELECT head FROM feed_state) + row_number() OVER (ORDER BY kind.place, h.entry_id, h.municipality), h.municipality, h.institution,
    h.entity, h.entry_id, h.version, h.person_id, 'upsert', array_agg(h.municipality) OVER (PARTITION BY kind.place, h.entry_id),
    row_number() OVER (PARTITION BY kind.place, h.entry_id ORDER BY h.municipality) = 1, false, h.hash, h.full_hash, NULL, NULL,
    h.content, h.health
FROM holding h JOIN unnest(%(entities)s::text[]) WITH ORDINALITY kind(entity, place) ON kind.entity = h.entity"""
COUNT = """
INSERT INTO checkpoint (audience, entity, position, rows, hash, full_hash)
SELECT a.audience, e.entity, max(e.position), count(*), sum(e.hash), sum(e.full_hash)
FROM feed_event e CROSS JOIN LATERAL (SELECT e.audience UNION ALL SELECT '*' WHERE e.foremost) a(audience) GROUP BY 1, 2"""
COMPLETE = f"""
WITH {DAY}
UPDATE feed_state SET complete = true, swept_on = {TODAY}, head = greatest(head, (SELECT max(position) FROM feed_event))"""


def entries_changed(session: Session, entity: str, entry_ids: Collection[int], today: date | None = None) -> None:
    """What was said of these entries changed, or they came to be, or are gone; `today` may be a later day than the one that it is."""
    session.flush()
    for entries in _portions(entry_ids):
        _refresh(session, entity, entries, today)


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

    Everybody who holds an entry that is the person's now is told the code of now and the code of before; of a separation, who holds it
    under the code of before. Call it when the codes have moved and before `people_changed`: a copy hears of the codes first, and of the
    entries then.
    """
    cursor(session).execute(KEY_EVENT, {"people": [person_id], "person": person_id, "kind": kind, "now": after, "before": before})


def untold(session: Session) -> int | None:
    """How many entries there are in a register in which nobody told what changed; None where `rebuild` was done."""
    execute = cursor(session).execute
    if execute(STATE).fetchall() == [(True,)]:
        return None
    [(entries,)] = execute(f"SELECT count(*) FROM ({' UNION ALL '.join(EVERY_ENTRY.values())}) AS every").fetchall()
    return int(entries)


def rebuild(session: Session, progress: Callable[[int], None] = lambda more: None, today: date | None = None) -> None:
    """Makes copies of all that the register holds, for one in which nobody told what changed; writers wait meanwhile.

    `progress` is told how many more entries were looked at.
    """
    session.flush()
    execute = cursor(session).execute
    execute("LOCK TABLE holding IN SHARE ROW EXCLUSIVE MODE")
    execute(STATE)
    empty = execute(NOTHING_TOLD).fetchall() == [(True,)]
    held = "" if empty else " UNION SELECT entry_id FROM holding WHERE entity = %(entity)s"
    for entity in WANTED:
        found = execute(EVERY_ENTRY[entity] + held, {"entity": entity}).fetchall()
        for portion in _portions([entry for (entry,) in found]):
            if empty:
                execute(_fill(entity), {"entries": portion, "today": today})
            else:
                _refresh(session, entity, portion, today)
            progress(len(portion))
    if empty:
        execute(TELL, {"entities": list(WANTED)})
        execute(COUNT)
    execute(COMPLETE, {"today": today})
    execute("ANALYZE holding, feed_event")


def _changed(session: Session, touched: Collection[tuple[str, int]], today: date | None) -> None:
    for entity in WANTED:
        entries_changed(session, entity, [entry for kind, entry in touched if kind == entity], today)


def _portions(ids: Collection[int]) -> Iterator[list[int]]:
    ordered = sorted(set(ids))
    for start in range(0, len(ordered), AT_ONCE):
        yield ordered[start : start + AT_ONCE]


def _refresh(session: Session, entity: str, entries: Collection[int], today: date | None) -> None:
    copied = cursor(session).execute(_told(entity), {"entries": entries, "today": today}).fetchall()
    if copied:
        feeds.disclose(session, copied)


@cache
def _told(entity: str) -> str:
    """The difference, written; gives whose rows go into municipalities' own copies by that."""
    return f"""
{_entry(entity)},
{difference(entity)},
written AS (
    INSERT INTO change ({EVENT}) SELECT {EVENT} FROM event ORDER BY entry_id, audience RETURNING audience, kind, person_id)
SELECT f.name, f.purpose, f.legal_basis, array_agg(DISTINCT w.person_id) FROM written w JOIN municipal_feed f ON f.municipality = w.audience
WHERE f.removed_at IS NULL AND w.kind = 'upsert' AND w.person_id IS NOT NULL GROUP BY f.name"""


@cache
def _fill(entity: str) -> str:
    return f"""
{_entry(entity)},
{WANTED_ROWS}
INSERT INTO holding (entry_id, entity, municipality, institution, version, person_id, hash, full_hash, content, health)
SELECT entry_id, '{entity}', municipality, institution, version, person_id, hash, full_hash, content, health FROM wanted"""


def _entry(entity: str) -> str:
    return f"""
WITH touched AS MATERIALIZED (SELECT unnest(%(entries)s::bigint[]) AS entry_id),
{DAY},
{WANTED[entity]}"""
