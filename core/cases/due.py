"""The rules of `core.compulsory_age` as SQL (obligātā vecuma bērni, kuri nemācās): for the whole nation at once, or for some persons.

    facts of a child                          what becomes of them
    alive, of age, declared residence         `CHILD`: the duty holds by age and residence
    document, exemption, affiliation          `SETTLED`: what settles the matter, tried in this order
    none of them                              the child is due a case, for a reason (`REASON`)

A property test proves that this and the pure functions agree; whoever changes one changes the other.
"""

from datetime import date
from typing import Any

from core.compulsory_age import DutyRules, born_between
from core.reading import successors

# An affiliation whose programme counts; kinds with a letter (V, T, P) do not.
COUNTS = "a.status <> 'DUB' AND left(a.programme, 2) = ANY(%(kinds)s) AND substr(a.programme, 3, 1) BETWEEN '0' AND '9'"
# Since when studies are suspended: since the register stopped knowing anything else, or all along.
SUSPENDED_ON = """coalesce((
        SELECT max(upper(o.recorded) AT TIME ZONE 'Europe/Riga')::date FROM affiliation o
        WHERE o.identity_id = a.identity_id AND o.entry_id = a.entry_id
            AND o.status <> 'APT' AND lower(o.recorded) < lower(a.recorded)), lower(a.valid))"""
TOO_LONG = f"(a.status = 'APT' AND %(on)s::date - {SUSPENDED_ON} > %(suspended_days)s)"
BEGUN = "upper_inf(a.recorded) AND lower(a.valid) <= %(on)s::date"
THERE = "a.valid @> %(on)s::date"

# Sets of persons, each read once: a hash of them is what the nation is compared with.
ENROLLED_PERSONS = f"""
    SELECT i.person_id FROM affiliation a JOIN identity i ON i.id = a.identity_id
    WHERE upper_inf(a.recorded) AND {THERE} AND {COUNTS} AND NOT {TOO_LONG}"""
# The same without those whose studies are suspended: a question inside the condition would keep the server from reading in parallel.
LEARNING_PERSONS = f"""
    SELECT i.person_id FROM affiliation a JOIN identity i ON i.id = a.identity_id
    WHERE upper_inf(a.recorded) AND {THERE} AND {COUNTS} AND a.status <> 'APT'"""
DOCUMENTED_PERSONS = """
    SELECT i.person_id FROM education_document d JOIN identity i ON i.id = d.identity_id
    WHERE upper_inf(d.recorded) AND d.document_type = ANY(%(documents)s) AND d.issued_on <= %(on)s::date AND d.status <> 'annulled'"""
EXEMPT_PERSONS = """
    SELECT i.person_id FROM exemption e JOIN identity i ON i.id = e.identity_id
    WHERE upper_inf(e.recorded) AND e.valid @> %(on)s::date"""

CHILD = f"""
    SELECT p.person_id, p.born_on, {successors("r.municipality", "%(on)s::date")} AS municipality
    FROM person_profile p
    JOIN residence r ON r.person_id = p.person_id AND r.kind = 'declared' AND upper_inf(r.recorded) AND r.valid @> %(on)s::date
    WHERE upper_inf(p.recorded) AND p.born_on BETWEEN %(born_from)s AND %(born_to)s
        AND p.status <> 'deceased' AND (p.died_on IS NULL OR p.died_on > %(on)s::date)"""

REASON = f"""
    SELECT CASE
        WHEN bool_or({COUNTS} AND {THERE} AND {TOO_LONG}) THEN 'suspended_too_long'
        WHEN bool_or({COUNTS}) THEN
            CASE WHEN (array_agg(a.end_reason ORDER BY coalesce(upper(a.valid), 'infinity') DESC, lower(a.valid) DESC,
                coalesce(a.end_reason, '') = '02' DESC) FILTER (WHERE {COUNTS}))[1] = '02'
            THEN 'transfer_unconfirmed' ELSE 'left_unknown' END
        WHEN bool_or(a.status <> 'DUB') THEN 'non_qualifying_only'
        ELSE 'never_enrolled' END AS reason,
        coalesce(bool_or({COUNTS} AND {THERE} AND a.status = 'APT' AND NOT {TOO_LONG}), false) AS suspended_in_time
    FROM identity i JOIN affiliation a ON a.identity_id = i.id
    WHERE i.person_id = child.person_id AND {BEGUN}"""

# The children who are due a case on the day, with the code that the case hangs on.
DUE = f"""
WITH child AS ({CHILD})
SELECT child.person_id, named.identity_id, child.municipality, why.reason
FROM child
CROSS JOIN LATERAL (
    SELECT i.id AS identity_id FROM identity i WHERE i.person_id = child.person_id
    ORDER BY i.scheme = 'personal_code' DESC, i.current DESC, i.id LIMIT 1) named
CROSS JOIN LATERAL ({REASON}) why
WHERE NOT EXISTS (SELECT FROM ({LEARNING_PERSONS}) x WHERE x.person_id = child.person_id) AND NOT why.suspended_in_time
    AND NOT EXISTS (SELECT FROM ({DOCUMENTED_PERSONS}) x WHERE x.person_id = child.person_id)
    AND NOT EXISTS (SELECT FROM ({EXEMPT_PERSONS}) x WHERE x.person_id = child.person_id)"""

# What settled the matter of persons who are due none, tried in the order of the rules; all of them are few.
SETTLED = f"""
SELECT w.person_id, CASE
    WHEN p.status = 'deceased' OR p.died_on <= %(on)s::date THEN 'died'
    WHEN p.born_on IS NULL OR p.born_on NOT BETWEEN %(born_from)s AND %(born_to)s THEN 'dutyEnded'
    WHEN NOT EXISTS (
        SELECT FROM residence r WHERE r.person_id = w.person_id AND r.kind = 'declared' AND upper_inf(r.recorded)
        AND r.valid @> %(on)s::date) THEN 'emigrated'
    WHEN w.person_id IN ({DOCUMENTED_PERSONS}) THEN 'documented'
    WHEN w.person_id IN ({EXEMPT_PERSONS}) THEN 'exempt'
    ELSE 'enrolled' END AS settled_by
FROM unnest(%(persons)s::bigint[]) w (person_id) LEFT JOIN person_profile p ON p.person_id = w.person_id AND upper_inf(p.recorded)"""


def parameters(on: date, rules: DutyRules) -> dict[str, Any]:
    """What the statements refer to."""
    born_from, born_to = born_between(on, rules)
    return {
        "on": on,
        "born_from": born_from,
        "born_to": born_to,
        "kinds": sorted(rules.qualifying_kinds),
        "documents": sorted(rules.basic_documents),
        "suspended_days": rules.suspended_days,
    }
