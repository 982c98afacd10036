"""What days change in the feed (plūsma un dienas): residences and successions that begin or end by themselves, and events that are too old.

Nobody writes anything when a residence that was told long ago begins today. So on each day those whom the days since the last look concern
are looked at again; looking twice changes nothing. Where the last look was for a day that has not come (a clock went ahead and was put
back), those whom the days up to that one concern are looked at again as well, for the day that it is.
"""

from collections.abc import Callable
from datetime import date, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from core.changes import entries_changed, institutions_changed, people_changed
from core.changes_wanted import WANTED
from core.people import lock

AT_ONCE = 1000
SWEPT = text("SELECT swept_on FROM feed_state")
# A day that has begun since the caller looked at the clock is no day that has not come.
AHEAD = text("""
SELECT swept_on FROM feed_state WHERE swept_on > greatest(:day, (clock_timestamp() AT TIME ZONE 'Europe/Riga')::date)""")
SET_SWEPT = text("UPDATE feed_state SET swept_on = :day")
WHO_MOVES = text("""
SELECT DISTINCT person_id FROM residence WHERE kind = 'declared' AND upper_inf(recorded)
AND ((lower(valid) > :since AND lower(valid) <= :until) OR (upper(valid) > :since AND upper(valid) <= :until)) ORDER BY person_id""")
# What an institution is changes with its profile, or with the municipality that another one took over.
WHICH_INSTITUTIONS = text("""
SELECT DISTINCT p.institution FROM institution_profile p WHERE upper_inf(p.recorded)
AND ((lower(p.valid) > :since AND lower(p.valid) <= :until) OR p.municipality = ANY(:moved)) ORDER BY p.institution""")
TAKEN_OVER = text("""
SELECT s.predecessor FROM municipality_succession s JOIN checkpoint c ON c.audience = s.predecessor
WHERE s.since <= :day GROUP BY s.predecessor HAVING sum(c.rows) > 0""")
# What a succession has moved before its day is with the successor.
TOO_EARLY = text("SELECT predecessor, successor FROM municipality_succession WHERE since > :day AND since <= :until")
HELD_THERE = text(
    "SELECT DISTINCT person_id, entry_id, entity FROM holding WHERE municipality = ANY(:there) ORDER BY person_id, entry_id, entity"
)
LOCK_INSTITUTIONS = text("SELECT count(*) FROM (SELECT FROM institution WHERE registration_number = ANY(:numbers) FOR UPDATE) AS held")

# An event is needed by its audience while it is an upsert and the newest one there, by those who hold everything likewise. An old one that
# nobody needs goes, and so does the news that something is gone; whoever has not read it by then has to begin again.
JUDGED = """
WITH standing AS (
    SELECT position, audience, foremost, changed_at < :before AS old, kind = 'upsert'
            AND lead(position) OVER (PARTITION BY entity, entry_id, audience ORDER BY position) IS NULL AS needed_there,
        kind = 'upsert' AND foremost
            AND position = max(position) FILTER (WHERE foremost) OVER (PARTITION BY entity, entry_id) AS needed_by_all
    FROM feed_event)
"""
SHORTEN = text(f"""
{JUDGED},
gone AS (
    DELETE FROM feed_event e USING standing s WHERE e.position = s.position AND s.old AND NOT s.needed_there AND NOT s.needed_by_all
    RETURNING e.position),
narrowed AS (
    UPDATE feed_event e SET audience = CASE WHEN s.needed_there THEN e.audience ELSE '' END, foremost = s.needed_by_all FROM standing s
    WHERE e.position = s.position AND s.old AND s.needed_there <> s.needed_by_all
        AND (NOT s.needed_there AND s.audience <> '' OR NOT s.needed_by_all AND s.foremost)
    RETURNING e.position),
changed AS (SELECT position FROM gone UNION ALL SELECT position FROM narrowed)
UPDATE feed_state SET floor = greatest(floor, changed.last), generation = generation + 1
FROM (SELECT max(position) AS last, count(*) AS number FROM changed) changed
WHERE changed.number > 0 RETURNING changed.number""")


def sweep(
    register: sessionmaker[Session],
    day: date,
    since: date | None = None,
    between: Callable[[], object] = lambda: None,
    until: date | None = None,
) -> int:
    """Looks at everybody whom the days after `since` up to `day` concern; returns how many people and institutions that were.

    Without `since` it is the day of the last sweep. Where that one, or `until`, lies after `day`, the days up to then concern as well.
    `between` is called after each portion, so that nobody waits for a long sweep.
    """
    with register.begin() as session:
        swept_on = session.scalar(SWEPT) or day - timedelta(days=1)
        days = {"since": since or min(swept_on, day), "day": day, "until": max(day, swept_on, until or day)}
        taken_over = list(session.scalars(TAKEN_OVER, days))
        too_early = session.execute(TOO_EARLY, days).all()
        moved = taken_over + [predecessor for predecessor, _ in too_early]
        institutions = list(session.scalars(WHICH_INSTITUTIONS, {**days, "moved": moved}))
        people = list(session.scalars(WHO_MOVES, days))
        there = taken_over + [successor for _, successor in too_early]
        held = session.execute(HELD_THERE, {"there": there}).all() if there else []
    for number in institutions:
        with register.begin() as session:
            session.execute(LOCK_INSTITUTIONS, {"numbers": [number]})
            institutions_changed(session, [number], day)
        between()
    for start in range(0, len(people), AT_ONCE):
        portion = people[start : start + AT_ONCE]
        with register.begin() as session:
            lock(session, portion)
            people_changed(session, portion, day)
        between()
    for start in range(0, len(held), AT_ONCE):
        entries = held[start : start + AT_ONCE]
        with register.begin() as session:
            lock(session, {person for person, _, _ in entries if person is not None})
            for entity in WANTED:
                entries_changed(session, entity, [entry for _, entry, kind in entries if kind == entity], day)
        between()
    with register.begin() as session:
        session.execute(SET_SWEPT, {"day": day})
    return len(people) + len(institutions)


def shorten(session: Session, before: date) -> int:
    """Takes out of the feed what was written before a day and is superseded; returns how many events that touched.

    What is left holds the newest event of every entry, so a reader that begins with nothing still gets a complete copy.
    """
    session.execute(text("SET LOCAL work_mem = '128MB'"))
    return int(session.scalar(SHORTEN, {"before": before}) or 0)
