"""Achievements as SQL (sasniegumu vaicājuma daļas): a document, a result and a person as JSON arrays in the order of `shown`.

One wording serves the answer about one person, the batch, the feed and the messages that are pushed. `at` is None for what is known now,
anything else for what was known at the instant of the read. Health data (the programme) needs its right: parameter health.
"""

from collections.abc import Callable

from core.achievements.confirming import not_confirmed_sql, words_sql
from core.reading import AT, INSTANT, known

Piece = Callable[[str], str]
# For statements that are given no day: the one that it is in Latvia when they are run.
DAY = "(now() AT TIME ZONE 'Europe/Riga')::date"


def by_the_clock(statement: str) -> str:
    """A statement that takes the day from the database instead of a parameter."""
    return statement.replace("%(today)s::date", DAY)


def everything(_: str) -> str:
    """No rows are left out."""
    return ""


def document_json(document: str, person: str, at: str | None = None) -> str:
    """SQL: a row of education_document as a Document; OFFSET 0 keeps what is costly from being worked out for each of its uses."""
    d, by, why = document, f"{document}_by", f"{document}_why"
    return f"""(SELECT json_build_array({d}.entry_id, {d}.id, {d}.document_type, {d}.series, {d}.number, {d}.issued_on, {d}.status,
        {d}.institution, {_name(f"{d}.institution", f"{d}.issued_on", at)}, CASE WHEN %(health)s THEN {d}.programme END,
        coalesce({d}.marks, '[]'),
        CASE WHEN {d}.replaces_number IS NOT NULL THEN json_build_array({d}.replaces_series, {d}.replaces_number) END,
        {by}.name, {why}.code IS NULL, {why}.code, {words_sql(f"{why}.code")})
        FROM (SELECT {_replaced_by(d, person, at)} AS name OFFSET 0) {by}
        CROSS JOIN LATERAL (SELECT {not_confirmed_sql(d, f"{by}.name IS NOT NULL", at)} AS code OFFSET 0) {why})"""


def result_json(result: str, examination: str, at: str | None = None) -> str:
    """SQL: a row of exam_result with its examination as a Result."""
    r, e = result, examination
    return f"""json_build_array({r}.entry_id, {r}.version, {_examination(e)}, {r}.institution,
        {_name(f"{r}.institution", f"coalesce({e}.held_on, lower({r}.recorded)::date)", at)}, {r}.outcome, {r}.scale, {r}.value, {r}.cefr,
        coalesce({r}.parts, '[]'), {r}.certificate, {r}.threshold, {r}.passed, {r}.reason, {INSTANT.format(f"{e}.published_at")})"""


def achievements_json(person: str, held: Piece, of_person: Piece, own: Piece = everything, at: str | None = None) -> str:
    """SQL: all of a person's achievements, as Achievements; `p` is the profile.

    `held` gives what stands for identities under an alias, `of_person` the condition under which such an identity is the person's, `own` a
    further condition on an institution. Which examinations a person has results of is an array, so that it is looked up by the person and
    never by all the results of an examination.
    """
    return f"""json_build_array(
        (SELECT c.value FROM {held("c")} WHERE {of_person("c")} AND c.scheme = 'personal_code' AND c.current),
        (SELECT coalesce(json_agg(c.value ORDER BY c.id), '[]') FROM {held("c")}
         WHERE {of_person("c")} AND c.scheme = 'personal_code' AND NOT c.current),
        (SELECT coalesce(json_agg(json_build_array(c.issuer, c.value) ORDER BY c.id), '[]') FROM {held("c")}
         WHERE {of_person("c")} AND c.scheme = 'institution' {own("c.issuer")}),
        p.given_name, p.surname, p.born_on,
        (SELECT coalesce(json_agg({document_json("d", person, at)} ORDER BY d.issued_on DESC, d.entry_id), '[]')
         FROM {held("di")} JOIN education_document d ON d.identity_id = di.id AND {known("d", at)}
         WHERE {of_person("di")} {own("d.institution")}),
        (SELECT coalesce(json_agg(line.shown ORDER BY line.year DESC, line.code, line.entry_id), '[]') FROM (
            SELECT {result_json("r", "e", at)} AS shown, e.school_year AS year, e.code, r.entry_id
            FROM {held("ri")} JOIN exam_result r ON r.identity_id = ri.id AND {known("r", at)}
            JOIN examination e ON e.id = r.examination_id WHERE {of_person("ri")} {own("r.institution")}
            UNION ALL
            SELECT {_awaited("k", "e", at)}, e.school_year, e.code, 0
            FROM {held("ki")} JOIN exam_candidate k ON k.identity_id = ki.id AND {known("k", at)} AND k.state = 'registered'
            JOIN examination e ON e.id = k.examination_id
            WHERE {of_person("ki")} {own("k.institution")} AND k.examination_id <> ALL (ARRAY(
                SELECT x.examination_id FROM {held("xi")} JOIN exam_result x ON x.identity_id = xi.id AND {known("x", at)}
                WHERE {of_person("xi")}))) line))"""


def _examination(e: str) -> str:
    return f"{e}.code, {e}.kind, {e}.subject, {e}.level, {e}.school_year, {e}.session, {e}.held_on"


def _awaited(candidate: str, e: str, at: str | None) -> str:
    """A candidate of whom no result was published: not yet received, which is no result at all."""
    k, published = candidate, f"{e}.published_at" if at is None else f"CASE WHEN {e}.published_at <= {AT} THEN {e}.published_at END"
    return f"""json_build_array(NULL, NULL, {_examination(e)}, {k}.institution,
        {_name(f"{k}.institution", f"coalesce({e}.held_on, lower({k}.recorded)::date)", at)}, 'notYetReceived', NULL, NULL, NULL,
        '[]'::json, NULL, NULL, NULL, NULL, {INSTANT.format(published)})"""


def _name(institution: str, day: str, at: str | None) -> str:
    """The name that an institution had on a day; its few versions are found by its number, which the tree of ranges does not beat."""
    return f"""(SELECT ip.name FROM institution_profile ip
        WHERE ip.institution = {institution} AND coalesce({known("ip", at)}, false) AND ip.valid @> {day} LIMIT 1)"""


def _replaced_by(d: str, person: str, at: str | None) -> str:
    """The document of the same person that was issued instead of this one."""
    return f"""(SELECT json_build_array(n.series, n.number) FROM identity ni JOIN education_document n ON n.identity_id = ni.id
        WHERE ni.person_id = {person} AND {known("n", at)} AND n.replaces_number = {d}.number
        AND n.replaces_series IS NOT DISTINCT FROM {d}.series AND n.id <> {d}.id
        ORDER BY n.issued_on DESC, n.id DESC LIMIT 1)"""
