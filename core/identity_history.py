"""Who held an identity at an instant (identitāšu vēsture): pieces of SQL for questions about what was known then.

`identity` says whose a code or an identifier is now, `identity_past` whose it was before; what was not in the register at the instant was
not known. Whose data may be seen is decided by what is known now: an answer of then can be about several people of now, because records
were merged, separated or swapped since, and then everyone of them must be within reach.
"""

from core.access import ScopeKind
from core.reach import reached
from core.reading import AT, successors

# Asked once a statement: whether any identity was somebody else's at the instant. Later pages of a list ask about a moment ago, when
# none was, and must cost no more than the first one.
OTHERWISE = f"(SELECT EXISTS (SELECT FROM identity_past WHERE upper(recorded) > {AT}))"
# The person `whose` identity `i` was at the instant; a row of `identity_past` exists when that was otherwise than now.
WHOSE_THEN = f"""CROSS JOIN LATERAL (
        SELECT CASE WHEN {OTHERWISE} THEN coalesce((
            SELECT ip.person_id FROM identity_past ip WHERE ip.identity_id = i.id AND ip.recorded @> {AT}), i.person_id)
        ELSE i.person_id END AS person_id) whose"""


def held_then(person: str) -> str:
    """The identities of a person at the instant, and whose each is now."""
    return f"""(
        SELECT h.id, h.scheme, h.issuer, h.value, h.current, h.person_id AS person_now FROM identity h
        WHERE h.person_id = {person} AND h.created_at <= {AT}
        AND NOT EXISTS (SELECT FROM identity_past hp WHERE hp.identity_id = h.id AND hp.recorded @> {AT})
        UNION ALL
        SELECT h.id, h.scheme, h.issuer, h.value, hp.current, h.person_id
        FROM identity_past hp JOIN identity h ON h.id = hp.identity_id
        WHERE hp.person_id = {person} AND hp.recorded @> {AT})"""


def people_now(person: str) -> str:
    """Whom the data of a person of then is about now: the person, unless merged into another one, and who holds the identities now."""
    return f"""(
        SELECT {person} AS person_id WHERE {is_somebody(person)}
        UNION SELECT n.person_now FROM {held_then(person)} n)"""


def is_somebody(person: str) -> str:
    """Whether a person holds any identity now; who was merged into another one does not."""
    return f"EXISTS (SELECT FROM identity s WHERE s.person_id = {person})"


def declared_now(name: str) -> str:
    """Where the declared residence of person `p` is on the day, as the register knows it now."""
    return f"""LEFT JOIN LATERAL (
        SELECT {successors("r.municipality", "%(on)s::date")} AS municipality FROM residence r
        WHERE r.person_id = p.person_id AND r.kind = 'declared' AND upper_inf(r.recorded) AND r.valid @> %(on)s::date) {name} ON true"""


def known_now(kind: ScopeKind, person: str) -> str:
    """What is known now of those whom the data of a person of then is about: one restricted person makes all of it restricted."""
    return f"""CROSS JOIN LATERAL (
        SELECT array_agg(s.person_id ORDER BY s.person_id <> {person}, s.person_id) AS persons,
            bool_and(p.id IS NOT NULL AND coalesce({reached(kind)}, false)) AS reached,
            bool_or(coalesce(p.restricted, true)) AS restricted,
            CASE WHEN count(home_now.municipality) = count(*) AND min(home_now.municipality) = max(home_now.municipality)
                THEN min(home_now.municipality) END AS municipality
        FROM {people_now(person)} s
        LEFT JOIN person_profile p ON p.person_id = s.person_id AND upper_inf(p.recorded)
        {declared_now("home_now")}
        CROSS JOIN LATERAL (SELECT p.restricted, p.born_on, home_now.municipality) known_now) known_now"""


def reached_now(kind: ScopeKind, person: str) -> str:
    """Whether the scope reaches a person by what is known now."""
    return f"""EXISTS (
        SELECT FROM person_profile p
        {declared_now("home_now")}
        CROSS JOIN LATERAL (SELECT p.restricted, p.born_on, home_now.municipality) known_now
        WHERE p.person_id = {person} AND upper_inf(p.recorded) AND {reached(kind)})"""
