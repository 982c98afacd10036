"""How far a scope reaches (tiesību apjoms), as SQL: the same pieces for every query about people.

The pieces speak of person `p` (a person_profile row), of what is known of that person now, `known_now` (restricted, born_on, and the
municipality of the declared residence on the day), and of the parameters scope, on, today, restricted. Whose data somebody may see is
decided by what the register knows now, whatever instant the question asks for: what was once recorded wrongly gives no right, and a safe
address is safe in the past, too. It must not show by who is found, either: a restricted person is reached by residence only by those who
hold that right.
"""

from core.access import ScopeKind
from core.reading import with_predecessors

DECLARED_HERE = "(known_now.municipality = ANY(%(scope)s) AND (%(restricted)s OR NOT known_now.restricted))"
LISTED = "{0} IN (SELECT l.person_id FROM identity l WHERE l.scheme = 'personal_code' AND l.value = ANY(%(scope)s))"
# The person who asks, or a minor child for whom that person answers today: who once did learns nothing by asking about that day.
ONESELF_OR_WARD = """EXISTS (
        SELECT FROM identity me WHERE me.scheme = 'personal_code' AND me.value = ANY(%(scope)s) AND (
            me.person_id = p.person_id OR EXISTS (
                SELECT FROM guardianship g WHERE g.child_id = p.person_id AND g.guardian_id = me.person_id AND upper_inf(g.recorded)
                AND g.valid @> %(today)s::date AND known_now.born_on > %(today)s::date - interval '18 years')))"""


def reached(kind: ScopeKind) -> str:
    """Whether the scope reaches person `p` on the day `on`."""
    match kind:
        case ScopeKind.EVERYTHING:
            return "true"
        case ScopeKind.MUNICIPALITIES:
            return f"({DECLARED_HERE} OR {_learns_or_teaches_there(kind)})"
        case ScopeKind.INSTITUTIONS:
            return _learns_or_teaches_there(kind)
        case ScopeKind.PERSONS:
            return LISTED.format("p.person_id")
        case ScopeKind.OWN:
            return ONESELF_OR_WARD


def own_rows(kind: ScopeKind, institution: str) -> str:
    """Of somebody who only learns there, a municipality or an institution sees the rows of its own institutions."""
    match kind:
        case ScopeKind.INSTITUTIONS:
            return f"AND {of_scope(kind, institution)}"
        case ScopeKind.MUNICIPALITIES:
            return f"AND ({DECLARED_HERE} OR {of_scope(kind, institution)})"
        case _:
            return ""


def of_scope(kind: ScopeKind, institution: str) -> str:
    """Whether an institution belongs to a scope of institutions or municipalities; a closed one belongs where it last was."""
    if kind is ScopeKind.INSTITUTIONS:
        return f"{institution} = ANY(%(scope)s)"
    return f"""(
        SELECT sp.municipality FROM institution_profile sp
        WHERE sp.institution = {institution} AND upper_inf(sp.recorded) AND lower(sp.valid) <= %(on)s::date
        ORDER BY sp.valid DESC LIMIT 1) = ANY({with_predecessors("%(scope)s", "%(on)s::date")})"""


def _learns_or_teaches_there(kind: ScopeKind) -> str:
    return f"""EXISTS (
        SELECT FROM identity li CROSS JOIN LATERAL (
            SELECT a.institution FROM affiliation a
            WHERE a.identity_id = li.id AND upper_inf(a.recorded) AND a.status <> 'DUB' AND a.valid @> %(on)s::date
            UNION ALL
            SELECT t.institution FROM teaching_post t
            WHERE t.identity_id = li.id AND upper_inf(t.recorded) AND t.valid @> %(on)s::date) place
        WHERE li.person_id = p.person_id AND {of_scope(kind, "place.institution")})"""
