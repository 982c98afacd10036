"""What is said of a merged person, carried to the one who stays (pārņemtie ieraksti): profile, residences, guardianships; and given back.

These rows hang on the person, not on an identity. A merge closes those of the merged person and says them again of the one who stays, for
the days on which nothing of the kind is said of that one: who stays is believed first, nothing is lost. Each row that was closed and each
that was given is kept in `carried_row`, so undoing the merge closes what was given and says again what was closed.
"""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from core.connections import cursor

# A clock that was put back, or a transaction that began before the one it waited for, must make no range that ends before it begins.
CLOSED = "tstzrange(lower(x.recorded), greatest(now(), lower(x.recorded) + interval '1 microsecond'))"
PROFILE = "given_name, surname, born_on, died_on, status"
COLUMNS = {
    "person_profile": f"person_id, {PROFILE}, restricted, source",
    "residence": "person_id, kind, municipality, address, valid",
    "guardianship": "child_id, guardian_id, care_institution, kind, valid",
}

CLOSE_PROFILE = f"UPDATE person_profile x SET recorded = {CLOSED} WHERE person_id = %(merged)s AND upper_inf(recorded) RETURNING id"
# Who has no profile, as most guardians, gets that of the other record. A safe address is safe whichever of the records said it.
GIVE_PROFILE = f"""
WITH own AS (
    UPDATE person_profile x SET recorded = {CLOSED}
    WHERE person_id = %(kept)s AND upper_inf(recorded) AND NOT restricted
        AND EXISTS (SELECT FROM person_profile t WHERE t.id = %(taken)s AND t.restricted)
    RETURNING *),
said AS (
    SELECT {PROFILE}, source, id AS instead_of, upper(recorded) AS since, true AS restricted FROM own
    UNION ALL
    SELECT {PROFILE}, source, id, upper(recorded), restricted FROM person_profile t
    WHERE t.id = %(taken)s AND NOT EXISTS (SELECT FROM person_profile k WHERE k.person_id = %(kept)s AND upper_inf(k.recorded))),
given AS (
    INSERT INTO person_profile (person_id, {PROFILE}, source, restricted, recorded)
    SELECT %(kept)s, {PROFILE}, source, restricted, tstzrange(greatest(now(), since), NULL) FROM said RETURNING id)
INSERT INTO carried_row (merge_id, entity, taken_id, given_id)
SELECT %(merge)s, 'person_profile', instead_of, given.id FROM said, given
UNION ALL
SELECT %(merge)s, 'person_profile', %(taken)s, NULL WHERE NOT EXISTS (SELECT FROM said WHERE instead_of = %(taken)s)"""
CARRY_RESIDENCES = f"""
WITH taken AS (
    UPDATE residence x SET recorded = {CLOSED} WHERE person_id = %(merged)s AND upper_inf(recorded)
    RETURNING id, kind, municipality, address, valid),
own AS (SELECT kind, range_agg(valid) AS days FROM residence WHERE person_id = %(kept)s AND upper_inf(recorded) GROUP BY kind),
part AS MATERIALIZED (
    SELECT nextval('residence_id_seq') AS id, t.id AS taken_id, t.kind, t.municipality, t.address, free AS valid
    FROM taken t LEFT JOIN own USING (kind) CROSS JOIN LATERAL unnest(datemultirange(t.valid) - coalesce(own.days, '{{}}')) free),
given AS (
    INSERT INTO residence (id, person_id, kind, municipality, address, valid)
    SELECT id, %(kept)s, kind, municipality, address, valid FROM part)
INSERT INTO carried_row (merge_id, entity, taken_id, given_id)
SELECT %(merge)s, 'residence', t.id, p.id FROM taken t LEFT JOIN part p ON p.taken_id = t.id"""
CARRY_GUARDIANSHIPS = f"""
WITH taken AS (
    UPDATE guardianship x SET recorded = {CLOSED} WHERE %(merged)s IN (child_id, guardian_id) AND upper_inf(recorded)
    RETURNING id, kind, care_institution, valid, CASE WHEN child_id = %(merged)s THEN %(kept)s ELSE child_id END AS child_id,
        CASE WHEN guardian_id = %(merged)s THEN %(kept)s ELSE guardian_id END AS guardian_id),
part AS MATERIALIZED (
    SELECT nextval('guardianship_id_seq') AS id, t.id AS taken_id, t.child_id, t.guardian_id, t.care_institution, t.kind, free AS valid
    FROM taken t CROSS JOIN LATERAL unnest(datemultirange(t.valid) - coalesce((
        SELECT range_agg(o.valid) FROM guardianship o WHERE o.child_id = t.child_id AND upper_inf(o.recorded)
        AND (o.guardian_id, o.care_institution, o.kind) IS NOT DISTINCT FROM (t.guardian_id, t.care_institution, t.kind)), '{{}}')) free),
given AS (
    INSERT INTO guardianship (id, child_id, guardian_id, care_institution, kind, valid)
    SELECT id, child_id, guardian_id, care_institution, kind, valid FROM part)
INSERT INTO carried_row (merge_id, entity, taken_id, given_id)
SELECT %(merge)s, 'guardianship', t.id, p.id FROM taken t LEFT JOIN part p ON p.taken_id = t.id"""

# What a merge gave may have been carried on by later ones. What was said anew since then stays.
TAKE_BACK = f"""
WITH RECURSIVE given (id) AS (
    SELECT given_id FROM carried_row WHERE merge_id = %(merge)s AND entity = '{{0}}' AND given_id IS NOT NULL
    UNION
    SELECT c.given_id FROM given g JOIN carried_row c ON c.taken_id = g.id AND c.entity = '{{0}}' AND c.given_id IS NOT NULL)
UPDATE {{0}} x SET recorded = {CLOSED} FROM given g WHERE x.id = g.id AND upper_inf(x.recorded) RETURNING x.id"""
# Of what was closed, that counts which was the merged person's own: a row that somebody gave who has left since went with that one.
OWN = """
NOT EXISTS (
    SELECT FROM carried_row c JOIN person_merge m ON m.id = c.merge_id AND m.undone_at IS NOT NULL
    WHERE c.entity = '{0}' AND c.given_id = x.id {1})"""
REOPEN_PROFILES = f"""
SELECT x.id FROM carried_row t JOIN person_profile x ON x.id = t.taken_id
WHERE t.merge_id = %(merge)s AND t.entity = 'person_profile' AND (x.person_id = %(merged)s OR t.given_id = ANY(%(taken_back)s))
AND NOT EXISTS (SELECT FROM person_profile o WHERE o.person_id = x.person_id AND upper_inf(o.recorded))
AND {OWN.format("person_profile", "AND (SELECT y.person_id FROM person_profile y WHERE y.id = c.taken_id) <> x.person_id")}"""
REOPEN = """
SELECT DISTINCT x.id FROM carried_row t JOIN {0} x ON x.id = t.taken_id WHERE t.merge_id = %(merge)s AND t.entity = '{0}' AND {1}"""
# The row is the same again: whatever gave it gave this one.
SAY_AGAIN = """
WITH again AS MATERIALIZED (
    SELECT x.*, nextval('{0}_id_seq') AS fresh FROM {0} x WHERE x.id = ANY(%(rows)s)),
said AS (
    INSERT INTO {0} (id, {1}, recorded) SELECT fresh, {1}, tstzrange(greatest(now(), upper(recorded)), NULL) FROM again)
UPDATE carried_row c SET given_id = again.fresh FROM again WHERE c.entity = '{0}' AND c.given_id = again.id"""
# The other party of a guardianship may be merged itself by now: then it is said of the one who stays, as that merge would have done.
SAY_GUARDIANSHIPS_OF_THOSE_WHO_STAY = f"""
WITH moved AS MATERIALIZED (
    SELECT x.*, m.id AS merge_id, m.kept_person_id, m.merged_person_id, nextval('guardianship_id_seq') AS fresh
    FROM guardianship x JOIN person_merge m ON m.undone_at IS NULL AND m.merged_person_id IN (x.child_id, x.guardian_id)
    WHERE upper_inf(x.recorded) AND %(merged)s IN (x.child_id, x.guardian_id) AND m.merged_person_id <> %(merged)s),
closed AS (UPDATE guardianship x SET recorded = {CLOSED} FROM moved WHERE x.id = moved.id),
given AS (
    INSERT INTO guardianship (id, child_id, guardian_id, care_institution, kind, valid)
    SELECT fresh, CASE WHEN child_id = merged_person_id THEN kept_person_id ELSE child_id END,
        CASE WHEN guardian_id = merged_person_id THEN kept_person_id ELSE guardian_id END, care_institution, kind, valid
    FROM moved)
INSERT INTO carried_row (merge_id, entity, taken_id, given_id) SELECT merge_id, 'guardianship', id, fresh FROM moved RETURNING id"""


def carry(session: Session, merge: int, kept: int, merged: int) -> None:
    """Closes what is said of the merged person, and says of the one who stays what nothing is said of there."""
    run, named = cursor(session).execute, {"merge": merge, "kept": kept, "merged": merged}
    closed = run(CLOSE_PROFILE, named).fetchone()
    if closed is not None:
        run(GIVE_PROFILE, {**named, "taken": closed[0]})
    run(CARRY_RESIDENCES, named)
    run(CARRY_GUARDIANSHIPS, named)


def give_back(session: Session, merge: int, merged: int) -> None:
    """Closes what the merge gave, and says again of the merged person what the merge closed."""
    run, named = cursor(session).execute, {"merge": merge, "merged": merged}
    taken_back = {table: [row[0] for row in run(TAKE_BACK.format(table), named)] for table in COLUMNS}
    profiles = run(REOPEN_PROFILES, {**named, "taken_back": taken_back["person_profile"]}).fetchall()
    _say_again(session, "person_profile", profiles)
    for table in ("residence", "guardianship"):
        _say_again(session, table, run(REOPEN.format(table, OWN.format(table, "")), named).fetchall())
    while run(SAY_GUARDIANSHIPS_OF_THOSE_WHO_STAY, named).fetchall():
        pass


def _say_again(session: Session, table: str, rows: Iterable[tuple[int]]) -> None:
    closed = [row[0] for row in rows]
    if closed:
        cursor(session).execute(SAY_AGAIN.format(table, COLUMNS[table]), {"rows": closed})
