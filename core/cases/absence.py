"""Unexcused absence beyond the legal limit (neattaisnoti kavējumi), told by a school to the municipality where the child is declared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import NamedTuple

from sqlalchemy.orm import Session

from core import paging
from core.access import Right, Scope, ScopeKind
from core.cases.reach import HIDDEN
from core.cases.rules import case_rules
from core.cases.shown import AT_TEXT, CODE
from core.cases.writing import Told, tell
from core.connections import fetch_all, fetch_one
from core.education import Named
from core.errors import InvalidAbsence, UnknownPerson, UserRequired
from core.identity_history import declared_now
from core.reading import AT, INSTANT
from core.submissions import Done, Sender
from core.submissions.known import check_institution, within

# The learner of the institution in the whole period, by the code or the identifier that names the child.
LEARNER = f"""
SELECT i.id, i.person_id, p.born_on, home.municipality, (
    SELECT c.id FROM child_case c JOIN identity ci ON ci.id = c.identity_id
    JOIN case_version v ON v.case_id = c.id AND upper_inf(v.recorded)
    WHERE ci.person_id = p.person_id AND v.state = 'active' LIMIT 1)
FROM identity i JOIN person_profile p ON p.person_id = i.person_id AND upper_inf(p.recorded)
{declared_now("home")}
WHERE i.scheme = %(scheme)s AND i.issuer = %(issuer)s AND i.value = %(value)s AND EXISTS (
    SELECT FROM identity li JOIN affiliation a ON a.identity_id = li.id
    WHERE li.person_id = i.person_id AND a.institution = %(institution)s AND upper_inf(a.recorded) AND a.status <> 'DUB'
    AND a.valid && daterange(%(absent_from)s, %(absent_to)s, '[]'))"""
ADD = """
INSERT INTO absence_report (identity_id, institution, municipality, absent_from, absent_to, lessons, days, note, client, user_id)
VALUES (%(identity)s, %(institution)s, %(municipality)s, %(absent_from)s, %(absent_to)s, %(lessons)s, %(days)s, %(note)s, %(client)s,
    %(user)s) RETURNING id"""


@dataclass(frozen=True, slots=True)
class AbsenceSaid:
    """What a school tells (ziņojums par kavējumiem): where, in which days, how many unexcused lessons or, at 5 and 6 years, days."""

    institution: str
    absent_from: date
    absent_to: date
    lessons: int | None
    days: int | None
    note: str | None


class AbsenceLine(NamedTuple):
    """A report as a line of a municipality's list (ziņojums)."""

    report_id: int
    personal_code: str | None
    given_name: str
    surname: str
    birth_date: str | None
    municipality: str | None
    institution: str | None
    absent_from: str
    absent_to: str
    lessons: int | None
    days: int | None
    note: str | None
    reported_at: str


class AbsencesPage(NamedTuple):
    """One page (lapa): the instant it is true at, its reports, whose they are, the cursor of the next page."""

    data_as_of: str
    absences: Sequence[AbsenceLine]
    persons: list[int]
    next_cursor: str | None


def report_absence(session: Session, sender: Sender, child: Named, said: AbsenceSaid) -> Done:
    """Records what the school tells; to be called as the work of `core.submissions.once`."""
    if not sender.user:
        raise UserRequired
    check_institution(within(session, sender.scope, sender.today, [said.institution]), said.institution)
    _check_period(said, sender.today)
    values = {name: getattr(said, name) for name in said.__slots__} | {"client": sender.client, "user": sender.user, "on": sender.today}
    found = fetch_one(session, LEARNER, {**values, **child._asdict()})
    if found is None:
        raise UnknownPerson("No learner of this institution in this period is known by this code or identifier.")
    identity, person, born_on, municipality, case_id = found
    _check_limit(said, born_on)
    report = fetch_one(session, ADD, {**values, "identity": identity, "municipality": municipality})
    assert report is not None, "an insert returns its row"
    if case_id is not None:
        tell(session, "absence", case_id, municipality, str(report[0]), Told(said.absent_to, sender.client, sender.user, said.note))
    return Done([report[0], municipality is not None], [person], received=1, accepted=1)


def _check_period(said: AbsenceSaid, today: date) -> None:
    if not said.absent_from <= said.absent_to <= today:
        raise InvalidAbsence
    rules = case_rules(said.absent_to)
    if rules.semester_of(said.absent_from) != rules.semester_of(said.absent_to):
        raise InvalidAbsence("Absence is counted within one semester.")


def _check_limit(said: AbsenceSaid, born_on: date | None) -> None:
    """Days for the youngest, lessons for everybody else; what does not exceed the limit is not told."""
    rules = case_rules(said.absent_to)
    # The age is that of the calendar year, as the duty's beginning is.
    by_days = born_on is not None and said.absent_to.year - born_on.year <= rules.absence_days_age
    match said.lessons, said.days, by_days:
        case None, int(days), True if days >= rules.absence_days:
            return
        case int(lessons), None, False if lessons > rules.absence_lessons:
            return
    raise InvalidAbsence(
        f"Reported are at least {rules.absence_days} days of a child up to {rules.absence_days_age} years, and more than "
        f"{rules.absence_lessons} lessons in a semester of an older one; exactly one of both is given."
    )


def list_absences(session: Session, scope: Scope, rights: frozenset[str], cursor: str | None, size: int, now: datetime) -> AbsencesPage:
    """What schools told a municipality, or all, in the order in which it came."""
    question, as_of, after = ("listAbsences", scope), None, 0
    if cursor is not None:
        as_of, after = paging.begun(question, cursor, now)
    values = {**scope.parameters, "as_of": as_of, "after": after, "limit": size + 1, "restricted": Right.RESTRICTED in rights}
    rows = fetch_all(session, _page(scope.kind), values)
    if not rows:
        return AbsencesPage(fetch_all(session, f"SELECT {AT_TEXT}", values)[0][0], [], [], None)
    lines, data_as_of = rows[:size], rows[0][0]
    more = paging.give(question, [data_as_of, lines[-1][2]]) if len(rows) > size else None
    return AbsencesPage(data_as_of, [AbsenceLine(*line[2:]) for line in lines], list(dict.fromkeys(line[1] for line in lines)), more)


@cache
def _page(kind: ScopeKind) -> str:
    match kind:
        case ScopeKind.EVERYTHING:
            mine = "true"
        case ScopeKind.MUNICIPALITIES:
            mine = f"a.municipality = ANY(%(scope)s) AND NOT {HIDDEN}"
        case _:
            mine = "false"
    # A school tells the place as well as a municipality does.
    place, school = (f"CASE WHEN NOT {HIDDEN} THEN {column} END" for column in ("a.municipality", "a.institution"))
    return f"""
SELECT {AT_TEXT}, p.person_id, a.id, {CODE}, p.given_name, p.surname, p.born_on::text, {place}, {school}, a.absent_from::text,
    a.absent_to::text, a.lessons, a.days, CASE WHEN NOT {HIDDEN} THEN a.note END, {INSTANT.format("a.reported_at")}
FROM absence_report a JOIN identity i ON i.id = a.identity_id
JOIN person_profile p ON p.person_id = i.person_id AND upper_inf(p.recorded)
WHERE a.id > %(after)s AND a.reported_at <= {AT} AND {mine} ORDER BY a.id LIMIT %(limit)s"""
