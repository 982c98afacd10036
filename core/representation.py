"""On whose behalf somebody asks (pārstāvība): oneself, one's child on that day, or an office doing its duty."""

from datetime import date

from sqlalchemy.orm import Session

from core.database import fetch_one
from core.education import Named
from core.errors import InvalidQuestion, RepresentationUnknown

HOLDS = """
SELECT FROM identity subject JOIN identity asker ON asker.scheme = 'personal_code' AND asker.value = %(asker)s
WHERE subject.value = %(value)s AND subject.scheme = %(scheme)s AND subject.issuer = %(issuer)s AND CASE %(capacity)s
    WHEN 'self' THEN subject.person_id = asker.person_id
    ELSE EXISTS (
        SELECT FROM guardianship g JOIN person_profile p ON p.person_id = g.child_id AND upper_inf(p.recorded)
        WHERE g.child_id = subject.person_id AND g.guardian_id = asker.person_id AND upper_inf(g.recorded)
        AND g.valid @> %(today)s::date AND p.born_on > %(today)s::date - interval '18 years') END
"""


def confirm(session: Session, capacity: str, asker: str | None, named: Named, today: date) -> str:
    """What the disclosure says of it; refuses what the register cannot confirm today, whoever is or is not in it."""
    if capacity == "office":
        return "office"
    if asker is None:
        raise InvalidQuestion("The personal code of the one on whose behalf it is asked is needed for self and guardian.")
    parameters = {**named._asdict(), "asker": asker, "capacity": capacity, "today": today}
    if fetch_one(session, HOLDS, parameters) is None:
        raise RepresentationUnknown
    return f"{capacity}:{asker}"
