"""How far a scope reaches (tiesību apjoms), as SQL: the same pieces for every query about people.

The pieces speak of person `p` (a person_profile row), of `home.municipality` (where the person's declared residence is on the day) and of
the parameters scope, on, restricted. A safe address must not show by who is found, either: a restricted person is reached by residence only
by those who hold that right.
"""

from core.access import ScopeKind
from core.reading import known, with_predecessors

DECLARED_HERE = "(home.municipality = ANY(%(scope)s) AND (%(restricted)s OR NOT p.restricted))"
LISTED = "p.person_id IN (SELECT l.person_id FROM identity l WHERE l.scheme = 'personal_code' AND l.value = ANY(%(scope)s))"


def reached(kind: ScopeKind, at: str | None) -> str:
    """Whether the scope reaches person `p` on the day `on`."""
    match kind:
        case ScopeKind.EVERYTHING:
            return "true"
        case ScopeKind.MUNICIPALITIES:
            return f"({DECLARED_HERE} OR {_learns_or_teaches_there(kind, at)})"
        case ScopeKind.INSTITUTIONS:
            return _learns_or_teaches_there(kind, at)
        case ScopeKind.PERSONS:
            return LISTED
        case ScopeKind.OWN:
            return _oneself_or_ward(at)


def own_rows(kind: ScopeKind, institution: str, at: str | None = None) -> str:
    """Of somebody who only learns there, a municipality or an institution sees the rows of its own institutions."""
    match kind:
        case ScopeKind.INSTITUTIONS:
            return f"AND {of_scope(kind, institution, at)}"
        case ScopeKind.MUNICIPALITIES:
            return f"AND ({DECLARED_HERE} OR {of_scope(kind, institution, at)})"
        case _:
            return ""


def of_scope(kind: ScopeKind, institution: str, at: str | None) -> str:
    """Whether an institution belongs to a scope of institutions or municipalities."""
    if kind is ScopeKind.INSTITUTIONS:
        return f"{institution} = ANY(%(scope)s)"
    return f"""EXISTS (
        SELECT FROM institution_profile sp WHERE sp.institution = {institution} AND {known("sp", at)}
        AND sp.municipality = ANY({with_predecessors("%(scope)s", "%(on)s::date")}))"""


def _learns_or_teaches_there(kind: ScopeKind, at: str | None) -> str:
    return f"""EXISTS (
        SELECT FROM identity li CROSS JOIN LATERAL (
            SELECT a.institution FROM affiliation a
            WHERE a.identity_id = li.id AND {known("a", at)} AND a.status <> 'DUB' AND a.valid @> %(on)s::date
            UNION ALL
            SELECT t.institution FROM teaching_post t
            WHERE t.identity_id = li.id AND {known("t", at)} AND t.valid @> %(on)s::date) place
        WHERE li.person_id = p.person_id AND {of_scope(kind, "place.institution", at)})"""


def _oneself_or_ward(at: str | None) -> str:
    """The person who asks, or a minor child for whom that person answers on the day."""
    return f"""EXISTS (
        SELECT FROM identity me WHERE me.scheme = 'personal_code' AND me.value = ANY(%(scope)s) AND (
            me.person_id = p.person_id OR EXISTS (
                SELECT FROM guardianship g WHERE g.child_id = p.person_id AND g.guardian_id = me.person_id AND {known("g", at)}
                AND g.valid @> %(on)s::date AND p.born_on > %(on)s::date - interval '18 years')))"""
