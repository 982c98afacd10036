"""Whom a candidate or a result names (personu atpazīšana): the code finds a person, and the names say whether that is who is meant.

Months lie between an application and its result, and codes are corrected and swapped meanwhile. So a code alone decides nothing: its
holder must be called as was said. When the holder is called otherwise, and somebody who held the code before is called so, it is that one.
Whoever is not found with certainty is work for somebody, and no loss.
"""

MATCHED, UNKNOWN, DIFFERS = "matched", "unknown", "differs"


def same_person(profile: str, named: str) -> str:
    """SQL: whether a profile is that of who was named: the given name agrees, and the surname or, after a change of it, the birth date."""
    return f"""(latvian_fold({profile}.given_name) = latvian_fold({named}.given_name)
        AND coalesce({profile}.born_on = {named}.birth_date, true)
        AND (latvian_fold({profile}.surname) = latvian_fold({named}.surname) OR {profile}.born_on = {named}.birth_date))"""


def found(named: str, alias: str = "who") -> str:
    """SQL: a lateral join that gives `identity_id`, `person_id` and `match` for who is named by the columns of `named`.

    These are named_scheme, named_issuer, named_value, given_name, surname, birth_date.
    """
    return f"""CROSS JOIN LATERAL (
        SELECT coalesce(now_held.identity_id, once_held.identity_id) AS identity_id,
            coalesce(now_held.person_id, once_held.person_id) AS person_id,
            CASE WHEN now_held.identity_id IS NOT NULL OR once_held.identity_id IS NOT NULL THEN '{MATCHED}'
                WHEN code.id IS NULL THEN '{UNKNOWN}' ELSE '{DIFFERS}' END AS match
        FROM (VALUES (1)) one
        LEFT JOIN identity code ON code.value = {named}.named_value AND code.scheme = {named}.named_scheme
            AND code.issuer = {named}.named_issuer
        LEFT JOIN LATERAL (
            SELECT code.id AS identity_id, code.person_id FROM person_profile p
            WHERE p.person_id = code.person_id AND upper_inf(p.recorded) AND {same_person("p", named)} LIMIT 1) now_held ON true
        LEFT JOIN LATERAL (
            SELECT held.id AS identity_id, held.person_id
            FROM identity_past past
            JOIN person_profile q ON q.person_id = past.person_id AND upper_inf(q.recorded) AND {same_person("q", named)}
            CROSS JOIN LATERAL (
                SELECT i.id, i.person_id FROM identity i WHERE i.person_id = past.person_id
                ORDER BY i.scheme = 'personal_code' AND i.current DESC, i.id LIMIT 1) held
            WHERE past.identity_id = code.id AND past.person_id <> code.person_id
            ORDER BY upper(past.recorded) DESC LIMIT 1) once_held ON now_held.identity_id IS NULL) {alias}"""


def decided(named: str, candidate: str) -> tuple[str, str, str]:
    """SQL: joins, the identity and the match for a result that is `named` by itself and perhaps by an announced `candidate`.

    Both must mean one person. A result whose own code leads nowhere is its candidate's when it bears that person's name.
    """
    joins = f"""{found(named, "by_itself")} {found(candidate, "by_candidate")}
        LEFT JOIN LATERAL (
            SELECT true AS so FROM person_profile cp
            WHERE cp.person_id = by_candidate.person_id AND upper_inf(cp.recorded) AND {same_person("cp", named)} LIMIT 1) called ON true"""
    conflict = f"""(by_itself.match = '{MATCHED}' AND by_candidate.match = '{MATCHED}' AND by_itself.person_id <> by_candidate.person_id)"""
    identity = (
        f"""CASE WHEN NOT {conflict} THEN coalesce(by_itself.identity_id, CASE WHEN called.so THEN by_candidate.identity_id END) END"""
    )
    match = f"""CASE WHEN {identity} IS NOT NULL THEN '{MATCHED}' WHEN by_itself.match = '{UNKNOWN}' AND by_candidate.match <> '{MATCHED}'
        THEN '{UNKNOWN}' ELSE '{DIFFERS}' END"""
    return joins, identity, match
