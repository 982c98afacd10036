"""The grants of the made-up nation (izmēģinājuma piekļuves tiesības), proposed and confirmed by two made-up users."""

from importlib.resources import as_file, files

from sqlalchemy import text
from sqlalchemy.orm import Session

from adapters.allow_list import published
from core import grant_file, granting
from core.granting import User

SCHOOL_SYSTEM = "LV-DEV/EDU/SCHOOL/system"
MAKER, CHECKER = User("LV-demo-maker", "demo"), User("LV-demo-checker", "demo")
# The school with most learners now stands for "a school" of the file.
ONE_SCHOOL = text("""
SELECT institution FROM affiliation WHERE upper_inf(recorded) AND valid @> current_date AND main
GROUP BY institution ORDER BY count(*) DESC, institution LIMIT 1
""")
# Who proposed before changes needed two users stands there as a program.
BY_USERS = text("SELECT EXISTS (SELECT FROM access_change WHERE outcome = 'confirmed' AND proposed_by NOT IN (:maker, 'viis access-load'))")


def load_unless_changed(session: Session) -> bool:
    """Makes them the only ones, unless users have changed rights: what two of them decided, no start of a program takes back."""
    if session.scalar(BY_USERS, {"maker": MAKER.name}):
        return False
    load_grants(session)
    return True


def load_grants(session: Session) -> int:
    """Makes the grants for trying everything the only ones of the register; returns how many there are."""
    with as_file(files(__package__) / "grants.toml") as path:
        wanted = grant_file.read(path)
    school = tuple(session.scalars(ONE_SCHOOL))
    wanted = [one._replace(scope_values=school) if one.client == SCHOOL_SYSTEM else one for one in wanted]
    changes = granting.propose_all(session, [published().written(one) for one in wanted], MAKER)
    granting.confirm(session, changes, CHECKER)
    return len(wanted)
