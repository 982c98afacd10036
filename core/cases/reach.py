"""Who sees a case (lietas redzamība): the municipality that answers for it, and the one it is offered to; IKVD sees all.

Whose case somebody may see is decided by what is known now. A case outside the scope is answered exactly like one that does not exist. A
child with a safe address is on a municipality's list only for those who hold that right; to others the register does not say where.
"""

from core.access import ScopeKind

# Of a case `c` the person and the version that holds now, whatever instant is asked about.
NOW = """JOIN identity i ON i.id = c.identity_id
    JOIN person_profile p ON p.person_id = i.person_id AND upper_inf(p.recorded)"""
HIDDEN = "(p.restricted AND NOT %(restricted)s)"


def sees(kind: ScopeKind, version: str) -> str:
    """Whether the scope reaches a version of a case of the person `p`."""
    match kind:
        case ScopeKind.EVERYTHING:
            return "true"
        case ScopeKind.MUNICIPALITIES:
            return f"(({version}.municipality = ANY(%(scope)s) OR {version}.offered_to = ANY(%(scope)s)) AND NOT {HIDDEN})"
        case _:
            return "false"
