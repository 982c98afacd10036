"""A made-up nation to try everything on (izdomāta tauta): nobody in it exists, and no code in it can be anybody's."""

from datetime import date, datetime
from importlib.resources import as_file, files
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Select, insert, select, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from adapters.demo.loading import Loaded, RegisterNotEmpty, load, write_population_register
from adapters.demo.nation import Nation
from adapters.demo.progress import reporting
from core import access
from core.database import Databases
from core.model import AccessGrant, Institution, InstitutionProfile

__all__ = ["Loaded", "RegisterNotEmpty", "load_grants", "make_nation", "sample_person"]

FOLDER = "population-register"
SCHOOL_SYSTEM = "LV-DEV/EDU/SCHOOL/system"
# A child of school age who learns now, with several affiliations; one who came with the population register's list if there is any.
SAMPLE_PERSON = text("""
SELECT i.value
  FROM person_profile p
  JOIN identity i ON i.person_id = p.person_id AND i.scheme = 'personal_code' AND i.current
  JOIN affiliation a ON a.identity_id = i.id AND upper_inf(a.recorded) AND a.status <> 'DUB'
  LEFT JOIN residence r ON r.person_id = p.person_id AND r.kind = 'declared' AND upper_inf(r.recorded) AND upper_inf(r.valid)
 WHERE upper_inf(p.recorded) AND NOT p.restricted AND p.status = 'resident'
   AND p.born_on BETWEEN DATE '2017-07-01' AND DATE '2018-06-30'
 GROUP BY i.value, p.person_id
HAVING bool_or(a.main AND a.status = 'AKT') AND count(DISTINCT a.id) >= 4
 ORDER BY count(r.id) = 0, count(DISTINCT a.institution) DESC, i.value
 LIMIT 1
""")


def today_in_latvia() -> date:
    """The calendar day in Latvia."""
    return datetime.now(ZoneInfo("Europe/Riga")).date()


def make_nation(databases: Databases, data: Path, people: int, seed: int, *, today: date | None = None) -> Loaded | None:
    """Fills an empty register and writes the population register's files; a register that holds something keeps it, and gets the files."""
    nation = Nation(people, seed, today or today_in_latvia())
    with reporting(people) as progress:
        try:
            return load(databases.register, nation, data / FOLDER, progress)
        except RegisterNotEmpty:
            write_population_register(nation, data / FOLDER, progress)
            return None


def load_grants(session: Session) -> None:
    """Gives the made-up clients their rights, unless somebody has loaded grants already."""
    if session.scalar(select(select(AccessGrant.id).exists())):
        return
    with as_file(files("adapters") / "demo_grants.toml") as path:
        access.load(session, path)
    school = session.scalar(_first_school())
    if school is not None:
        session.execute(
            insert(AccessGrant).values(
                client=SCHOOL_SYSTEM,
                operation="education-process.*",
                scope="institutions",
                scope_values=[school],
                purpose="Izglītības iestādes izglītojamo uzskaite",
                legal_basis="MK 2019. gada 25. jūnija noteikumi Nr. 276",
                valid=Range(None, None),
            )
        )


def _first_school() -> Select[str]:
    """A secondary school in Riga that teaches: the one whose system asks in the made-up country."""
    profile = InstitutionProfile
    return (
        select(Institution.registration_number)
        .join(profile, profile.institution == Institution.registration_number)
        .where(Institution.closed_on.is_(None), profile.type_code == "13", profile.municipality == "0001000")
        .order_by(Institution.registration_number)
        .limit(1)
    )


def sample_person(session: Session) -> str:
    """A made-up child's personal code that shows much when asked for; never a restricted person's."""
    code: str | None = session.execute(SAMPLE_PERSON).scalar()
    if code is None:
        raise LookupError("The register holds no made-up child to show. Load the made-up nation first: viis demo-data")
    return code
