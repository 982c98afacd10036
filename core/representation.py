"""On whose behalf somebody asks (pārstāvība): oneself, one's child on that day, or an office doing its duty."""

from datetime import date

from sqlalchemy.orm import Session

from core.access import Scope, ScopeKind
from core.connections import fetch_one
from core.errors import InvalidQuestion, RepresentationUnknown

HOLDS = """
SELECT FROM identity asker WHERE asker.scheme = 'personal_code' AND asker.value = %(asker)s
AND (%(user)s::text[] IS NULL OR asker.person_id IN (
    SELECT me.person_id FROM identity me WHERE me.scheme = 'personal_code' AND me.value = ANY(%(user)s)))
AND CASE %(capacity)s
    WHEN 'self' THEN asker.person_id = %(subject)s
    ELSE EXISTS (
        SELECT FROM guardianship g JOIN person_profile p ON p.person_id = g.child_id AND upper_inf(p.recorded)
        WHERE g.child_id = %(subject)s AND g.guardian_id = asker.person_id AND upper_inf(g.recorded)
        AND g.valid @> %(today)s::date AND p.born_on > %(today)s::date - interval '18 years') END
"""


def confirm(session: Session, scope: Scope, capacity: str, asker: str | None, subject: int | None, today: date) -> str:
    """What the disclosure says of it; refuses what the register cannot confirm today.

    `subject` is the person within the scope, or None: outside it nobody is confirmed to be anybody's child, or else a refusal would tell
    who is in the register. Who asks about what is one's `own` asks for oneself, never as an office or as somebody else.
    """
    own = scope.kind is ScopeKind.OWN
    if capacity == "office" and not own:
        return "office"
    if asker is None and capacity != "office":
        raise InvalidQuestion("The personal code of the one on whose behalf it is asked is needed for self and guardian.")
    parameters = {
        "asker": asker,
        "capacity": capacity,
        "subject": subject,
        "user": list(scope.values) if own else None,
        "today": today,
    }
    if subject is None or capacity == "office" or fetch_one(session, HOLDS, parameters) is None:
        raise RepresentationUnknown
    return f"{capacity}:{asker}"
