"""One page of children written to the register (bērnu saraksta lapa), set by set: COPY into temporary tables, then a few statements.

Statements come in the order in which they run. What is new or different is marked on the temporary rows first and written afterwards, so
an unchanged child costs three look-ups and no write. Recorded time is the transaction's; valid time is what the population register says.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.child_identity import settle, take_over_codes
from core.child_rules import Arrived, Refused

SOURCE = "population-register"

TABLES = """
CREATE TEMPORARY TABLE IF NOT EXISTS arrived (
    position int, code text, given_name text, surname text, born_on date, died_on date, status text, restricted boolean,
    municipality text, address text, resident_since date,
    person_id bigint, code_is_current boolean, created boolean DEFAULT false, new_profile boolean DEFAULT false,
    residence_from date) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS arrived_guardian (
    position int, kind text, code text, care_institution text, since date) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS named_guardian (
    child_id bigint, created boolean, guardian_id bigint, kind text, care_institution text, since date) ON COMMIT DELETE ROWS;
-- Every look-up goes to few rows of a large table by its index; the temporary tables have no statistics that would tell.
SET LOCAL random_page_cost = 1;
SET LOCAL jit = off;
"""
COPY_CHILDREN = """COPY arrived (position, code, given_name, surname, born_on, died_on, status, restricted,
    municipality, address, resident_since) FROM STDIN"""
COPY_GUARDIANS = "COPY arrived_guardian (position, kind, code, care_institution, since) FROM STDIN"

FIND_PEOPLE = """
UPDATE arrived a SET person_id = i.person_id, code_is_current = i.current
FROM identity i WHERE i.value = a.code AND i.scheme = 'personal_code' AND i.issuer = ''"""
MAKE_IDS = """
UPDATE arrived SET person_id = nextval('person_id_seq'), created = true, new_profile = true,
    residence_from = resident_since
WHERE person_id IS NULL"""
MAKE_PEOPLE = "INSERT INTO person (id) SELECT person_id FROM arrived WHERE created"
MAKE_IDENTITIES = """
INSERT INTO identity (person_id, scheme, value) SELECT person_id, 'personal_code', code FROM arrived WHERE created"""

MARK_PROFILES = """
UPDATE arrived a SET new_profile = true
WHERE NOT a.created AND NOT EXISTS (
    SELECT FROM person_profile p WHERE p.person_id = a.person_id AND upper_inf(p.recorded) AND p.source = :source
    AND (p.given_name, p.surname, p.born_on, p.died_on, p.status, p.restricted)
        IS NOT DISTINCT FROM (a.given_name, a.surname, a.born_on, a.died_on, a.status, a.restricted))
RETURNING person_id"""
# A clock that was put back must not make a range that ends before it begins.
CLOSED = "tstzrange(lower(x.recorded), greatest(now(), lower(x.recorded) + interval '1 microsecond'))"
CLOSE_PROFILES = f"""
UPDATE person_profile x SET recorded = {CLOSED}
FROM arrived a WHERE a.new_profile AND NOT a.created AND x.person_id = a.person_id AND upper_inf(x.recorded)"""
ADD_PROFILES = """
INSERT INTO person_profile (person_id, given_name, surname, born_on, died_on, status, restricted, source)
SELECT person_id, given_name, surname, born_on, died_on, status, restricted, :source FROM arrived WHERE new_profile"""

# A residence that differs holds from its day on: what was known from that day on is closed, what began before it ends the day before.
MARK_RESIDENCES = """
UPDATE arrived a SET residence_from = coalesce(a.resident_since, least(a.died_on, :today))
WHERE NOT a.created AND CASE WHEN a.resident_since IS NULL
    THEN EXISTS (
        SELECT FROM residence r WHERE r.person_id = a.person_id AND r.kind = 'declared' AND upper_inf(r.recorded) AND upper_inf(r.valid))
    ELSE NOT EXISTS (
        SELECT FROM residence r WHERE r.person_id = a.person_id AND r.kind = 'declared' AND upper_inf(r.recorded)
        AND r.valid = daterange(a.resident_since, NULL) AND r.municipality = a.municipality AND r.address IS NOT DISTINCT FROM a.address)
    END
RETURNING person_id"""
END_RESIDENCES = f"""
WITH ended AS (
    UPDATE residence x SET recorded = {CLOSED}
    FROM arrived a WHERE a.residence_from IS NOT NULL AND NOT a.created AND x.person_id = a.person_id AND x.kind = 'declared'
        AND upper_inf(x.recorded) AND x.valid && daterange(a.residence_from, NULL)
    RETURNING x.person_id, x.municipality, x.address, lower(x.valid) AS since, a.residence_from)
INSERT INTO residence (person_id, kind, municipality, address, valid)
SELECT person_id, 'declared', municipality, address, daterange(since, residence_from) FROM ended WHERE since < residence_from"""
ADD_RESIDENCES = """
INSERT INTO residence (person_id, kind, municipality, address, valid)
SELECT person_id, 'declared', municipality, address, daterange(resident_since, NULL)
FROM arrived WHERE residence_from IS NOT NULL AND resident_since IS NOT NULL"""

MAKE_GUARDIANS = """
WITH fresh AS (
    SELECT code, nextval('person_id_seq') AS id
    FROM (SELECT DISTINCT code FROM arrived_guardian g WHERE code IS NOT NULL AND NOT EXISTS (
        SELECT FROM identity i WHERE i.value = g.code AND i.scheme = 'personal_code' AND i.issuer = '')) AS unknown),
people AS (INSERT INTO person (id) SELECT id FROM fresh)
INSERT INTO identity (person_id, scheme, value) SELECT id, 'personal_code', code FROM fresh"""
FIND_GUARDIANS = """
INSERT INTO named_guardian SELECT a.person_id, a.created, i.person_id, g.kind, g.care_institution, g.since
FROM arrived_guardian g JOIN arrived a USING (position)
LEFT JOIN identity i ON i.value = g.code AND i.scheme = 'personal_code' AND i.issuer = ''"""
# Who is not named any more answered for the child until yesterday; who is named with another first day was recorded wrongly.
END_GUARDIANSHIPS = f"""
WITH ended AS (
    UPDATE guardianship x SET recorded = {CLOSED}
    FROM arrived a WHERE NOT a.created AND x.child_id = a.person_id AND upper_inf(x.recorded) AND upper_inf(x.valid)
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
SELECT child_id FROM ended"""
ADD_GUARDIANSHIPS = """
INSERT INTO guardianship (child_id, guardian_id, kind, care_institution, valid)
SELECT n.child_id, n.guardian_id, n.kind, n.care_institution, daterange(n.since, NULL) FROM named_guardian n
WHERE n.created = :created AND (n.created OR NOT EXISTS (
    SELECT FROM guardianship g WHERE g.child_id = n.child_id AND upper_inf(g.recorded) AND g.valid = daterange(n.since, NULL)
    AND (g.guardian_id, g.kind, g.care_institution) IS NOT DISTINCT FROM (n.guardian_id, n.kind, n.care_institution)))"""


class Written(NamedTuple):
    """What one page did: how many children were new, different, the same; and whom the register's own rules refused."""

    created: int
    changed: int
    unchanged: int
    refused: list[Refused]


def write_page(session: Session, arrived: list[Arrived], today: date) -> Written:
    """Writes the children of one page that passed the rules; nothing is written for a child that is the same."""
    session.execute(text(TABLES))
    _copy(session, COPY_CHILDREN, ((position, *child[:10]) for position, child in arrived))
    session.execute(text(FIND_PEOPLE))
    contest, refused = settle(session, arrived)
    _copy(session, COPY_GUARDIANS, _guardian_rows(arrived, {entry.position for entry in refused}))
    created = _count(session, MAKE_IDS)
    session.execute(text(MAKE_PEOPLE))
    session.execute(text(MAKE_IDENTITIES))
    touched = take_over_codes(session, contest)
    touched |= _write_profiles(session) | _write_residences(session, today) | _write_guardianships(session, today)
    changed = len(touched)
    return Written(created, changed, len(arrived) - len(refused) - created - changed, refused)


def _write_profiles(session: Session) -> set[int]:
    parameters = {"source": SOURCE}
    touched = set(session.execute(text(MARK_PROFILES), parameters).scalars())
    if touched:
        session.execute(text(CLOSE_PROFILES))
    session.execute(text(ADD_PROFILES), parameters)
    return touched


def _write_residences(session: Session, today: date) -> set[int]:
    touched = set(session.execute(text(MARK_RESIDENCES), {"today": today}).scalars())
    if touched:
        session.execute(text(END_RESIDENCES))
    session.execute(text(ADD_RESIDENCES))
    return touched


def _write_guardianships(session: Session, today: date) -> set[int]:
    session.execute(text(MAKE_GUARDIANS))
    session.execute(text(FIND_GUARDIANS))
    touched = set(session.execute(text(END_GUARDIANSHIPS), {"today": today}).scalars())
    session.execute(text(ADD_GUARDIANSHIPS), {"created": True})
    touched.update(session.execute(text(f"{ADD_GUARDIANSHIPS} RETURNING child_id"), {"created": False}).scalars())
    return touched


def _count(session: Session, statement: str) -> int:
    return int(session.execute(text(statement)).rowcount)  # type: ignore[attr-defined]


def _copy(session: Session, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    cursor = session.connection().connection.cursor()
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _guardian_rows(arrived: list[Arrived], refused: set[int]) -> Iterable[tuple[Any, ...]]:
    """Each guardian of each child once; a guardian named twice answers since the earlier day."""
    for position, child in arrived:
        if position in refused:
            continue
        guardians = child.guardians
        if len(guardians) > 1 and len({guardian[:3] for guardian in guardians}) < len(guardians):
            earliest = {guardian[:3]: guardian for guardian in sorted(guardians, key=lambda one: one.since or "", reverse=True)}
            guardians = tuple(earliest.values())
        for guardian in guardians:
            yield (position, *guardian)
