"""What a page changes in children whom the register knows (izmaiņas zināmu bērnu datos): profile, residence, guardians.

The page is copied into temporary tables and compared there. What differs is marked first and written afterwards, so an unchanged child
costs look-ups and no write. Who differs is locked and compared again: what is written rests on what nobody else is writing. Recorded time
is the transaction's; valid time is what the population register says.
"""

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.bulk_references import checked_as_sets
from core.people import ChildRecord, lock

SOURCE = "population-register"

TABLES = """
CREATE TEMPORARY TABLE IF NOT EXISTS arrived (
    person_id bigint, given_name text, surname text, born_on date, died_on date, status text, restricted boolean,
    municipality text, address text, resident_since date,
    new_profile boolean DEFAULT false, residence_from date) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS named_guardian (
    child_id bigint, kind text, guardian_id bigint, care_institution text, since date) ON COMMIT DELETE ROWS;
-- Every look-up goes to few rows of a large table by its index; the temporary tables have no statistics that would tell.
SET LOCAL random_page_cost = 1;
"""
COPY_CHILDREN = """COPY arrived (person_id, given_name, surname, born_on, died_on, status, restricted,
    municipality, address, resident_since) FROM STDIN"""
# Only who is locked is compared again, from the beginning.
ONLY_LOCKED = """
DELETE FROM arrived WHERE person_id <> ALL(:locked);
DELETE FROM named_guardian WHERE child_id <> ALL(:locked);
UPDATE arrived SET new_profile = false, residence_from = NULL WHERE new_profile OR residence_from IS NOT NULL"""
COPY_GUARDIANS = "COPY named_guardian (child_id, kind, guardian_id, care_institution, since) FROM STDIN"

MARK_PROFILES = """
UPDATE arrived a SET new_profile = true
WHERE NOT EXISTS (
    SELECT FROM person_profile p WHERE p.person_id = a.person_id AND upper_inf(p.recorded) AND p.source = :source
    AND (p.given_name, p.surname, p.born_on, p.died_on, p.status, p.restricted)
        IS NOT DISTINCT FROM (a.given_name, a.surname, a.born_on, a.died_on, a.status, a.restricted))
RETURNING person_id"""
# A clock that was put back must not make a range that ends before it begins.
CLOSED = "tstzrange(lower(x.recorded), greatest(now(), lower(x.recorded) + interval '1 microsecond'))"
CLOSE_PROFILES = f"""
UPDATE person_profile x SET recorded = {CLOSED}
FROM arrived a WHERE a.new_profile AND x.person_id = a.person_id AND upper_inf(x.recorded)"""
ADD_PROFILES = """
INSERT INTO person_profile (person_id, given_name, surname, born_on, died_on, status, restricted, source)
SELECT person_id, given_name, surname, born_on, died_on, status, restricted, :source FROM arrived WHERE new_profile"""

# A residence that differs holds from its day on: what was known from that day on is closed, what began before it ends the day before.
MARK_RESIDENCES = """
UPDATE arrived a SET residence_from = coalesce(a.resident_since, least(a.died_on, :today))
WHERE CASE WHEN a.resident_since IS NULL
    THEN EXISTS (
        SELECT FROM residence r WHERE r.person_id = a.person_id AND r.kind = 'declared' AND upper_inf(r.recorded) AND upper_inf(r.valid))
    ELSE NOT EXISTS (
        SELECT FROM residence r WHERE r.person_id = a.person_id AND r.kind = 'declared' AND upper_inf(r.recorded)
        AND r.valid = daterange(a.resident_since, NULL)
        -- Not by "=": a whole municipality must never look like a way to find one person.
        AND (r.municipality, r.address) IS NOT DISTINCT FROM (a.municipality, a.address))
    END
RETURNING person_id"""
END_RESIDENCES = f"""
WITH ended AS (
    UPDATE residence x SET recorded = {CLOSED}
    FROM arrived a WHERE a.residence_from IS NOT NULL AND x.person_id = a.person_id AND x.kind = 'declared'
        AND upper_inf(x.recorded) AND x.valid && daterange(a.residence_from, NULL)
    RETURNING x.person_id, x.municipality, x.address, lower(x.valid) AS since, a.residence_from)
INSERT INTO residence (person_id, kind, municipality, address, valid)
SELECT person_id, 'declared', municipality, address, daterange(since, residence_from) FROM ended WHERE since < residence_from"""
ADD_RESIDENCES = """
INSERT INTO residence (person_id, kind, municipality, address, valid)
SELECT person_id, 'declared', municipality, address, daterange(resident_since, NULL)
FROM arrived WHERE residence_from IS NOT NULL AND resident_since IS NOT NULL"""

MARK_GUARDIANSHIPS = """
SELECT n.child_id FROM named_guardian n
WHERE NOT EXISTS (
    SELECT FROM guardianship g WHERE g.child_id = n.child_id AND upper_inf(g.recorded) AND g.valid = daterange(n.since, NULL)
    AND (g.guardian_id, g.kind, g.care_institution) IS NOT DISTINCT FROM (n.guardian_id, n.kind, n.care_institution))
UNION
SELECT g.child_id FROM arrived a JOIN guardianship g ON g.child_id = a.person_id AND upper_inf(g.recorded) AND upper_inf(g.valid)
WHERE NOT EXISTS (
    SELECT FROM named_guardian n WHERE n.child_id = g.child_id AND n.since = lower(g.valid)
    AND (n.guardian_id, n.kind, n.care_institution) IS NOT DISTINCT FROM (g.guardian_id, g.kind, g.care_institution))"""
# Who is not named any more answered for the child until yesterday; who is named with another first day was recorded wrongly.
END_GUARDIANSHIPS = f"""
WITH ended AS (
    UPDATE guardianship x SET recorded = {CLOSED}
    FROM arrived a WHERE x.child_id = a.person_id AND upper_inf(x.recorded) AND upper_inf(x.valid)
        AND NOT EXISTS (
            SELECT FROM named_guardian g WHERE g.child_id = x.child_id AND g.since = lower(x.valid)
            AND (g.guardian_id, g.kind, g.care_institution) IS NOT DISTINCT FROM (x.guardian_id, x.kind, x.care_institution))
    RETURNING x.child_id, x.guardian_id, x.kind, x.care_institution, lower(x.valid) AS since),
kept AS (
    INSERT INTO guardianship (child_id, guardian_id, kind, care_institution, valid)
    SELECT child_id, guardian_id, kind, care_institution, daterange(since, :today) FROM ended e
    WHERE since < :today AND NOT EXISTS (
        SELECT FROM named_guardian g WHERE g.child_id = e.child_id
        AND (g.guardian_id, g.kind, g.care_institution) IS NOT DISTINCT FROM (e.guardian_id, e.kind, e.care_institution)))
SELECT count(*) FROM ended"""
ADD_GUARDIANSHIPS = """
INSERT INTO guardianship (child_id, guardian_id, kind, care_institution, valid)
SELECT n.child_id, n.guardian_id, n.kind, n.care_institution, daterange(n.since, NULL) FROM named_guardian n
WHERE NOT EXISTS (
    SELECT FROM guardianship g WHERE g.child_id = n.child_id AND upper_inf(g.recorded) AND g.valid = daterange(n.since, NULL)
    AND (g.guardian_id, g.kind, g.care_institution) IS NOT DISTINCT FROM (n.guardian_id, n.kind, n.care_institution))"""


class Known(NamedTuple):
    """A child whom the register knows: its person, what came, and its guardians as kind, person, care institution and first day."""

    person_id: int
    child: ChildRecord
    guardians: list[tuple[Any, ...]]


class Differing(NamedTuple):
    """In whom what came is something else than what the register holds, by what it is."""

    profiles: set[int]
    residences: set[int]
    guardianships: set[int]

    @property
    def people(self) -> set[int]:
        """All of them."""
        return self.profiles | self.residences | self.guardianships


def write_changes(session: Session, known: list[Known], today: date) -> set[int]:
    """Writes what differs and returns the people in whom something did."""
    if not known:
        return set()
    session.execute(text(TABLES))
    cursor = session.connection().connection.cursor()
    with cursor.copy(COPY_CHILDREN) as copy:
        for person, child, _ in known:
            copy.write_row((person, *child[1:10]))
    with cursor.copy(COPY_GUARDIANS) as copy:
        for person, _, guardians in known:
            for guardian in guardians:
                copy.write_row((person, *guardian))
    differing = _differing(session, today)
    if not differing.people:
        return set()
    lock(session, differing.people)
    for statement in ONLY_LOCKED.split(";"):
        session.execute(text(statement), {"locked": list(differing.people)})
    differing = _differing(session, today)
    touched = differing.people
    people = {guardian[1] for person, _, guardians in known if person in touched for guardian in guardians if guardian[1] is not None}
    places = {child.municipality for person, child, _ in known if person in differing.residences and child.municipality}
    if touched:
        with checked_as_sets(session, touched | people, places):
            _write(session, today, *differing)
    return touched


def _differing(session: Session, today: date) -> Differing:
    return Differing(
        set(session.execute(text(MARK_PROFILES), {"source": SOURCE}).scalars()),
        set(session.execute(text(MARK_RESIDENCES), {"today": today}).scalars()),
        set(session.execute(text(MARK_GUARDIANSHIPS)).scalars()),
    )


def _write(session: Session, today: date, profiles: set[int], residences: set[int], guardianships: set[int]) -> None:
    if profiles:
        session.execute(text(CLOSE_PROFILES))
        session.execute(text(ADD_PROFILES), {"source": SOURCE})
    if residences:
        session.execute(text(END_RESIDENCES))
        session.execute(text(ADD_RESIDENCES))
    if guardianships:
        session.execute(text(END_GUARDIANSHIPS), {"today": today})
        session.execute(text(ADD_GUARDIANSHIPS))
