"""What the register knows of codes, institutions and programmes that a message names, read once for all its items."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import NamedTuple

from sqlalchemy.orm import Session

from core.access import Scope, ScopeKind
from core.accreditation.effect import LICENSED, not_started
from core.connections import cursor
from core.errors import OutsideScope, ProgrammeNotLicensed, RetiredProgramme, UnknownCode, UnknownInstitution, UnknownProgramme
from core.reach import of_scope

RETIRED = "retired_programme_codes"
ALWAYS = ("", "infinity")

CODES = """
SELECT v.list, v.code, coalesce(lower(v.valid)::text, ''), coalesce(upper(v.valid)::text, 'infinity')
FROM code_value v JOIN code_list l ON l.name = v.list AND l.version = v.version
WHERE v.list = ANY(%(lists)s) AND l.valid @> %(today)s::date"""
# When programmes are offered, and when they are licensed: a licence whose teaching did not start in time has lapsed.
PROGRAMMES = f"""
WITH named AS (SELECT * FROM unnest(%(institutions)s::text[], %(codes)s::text[]) AS named (institution, code))
SELECT false, p.institution, p.code, coalesce(lower(p.valid)::text, ''), coalesce(upper(p.valid)::text, 'infinity')
FROM named JOIN programme_profile p ON p.institution = named.institution AND p.code = named.code AND upper_inf(p.recorded)
UNION ALL
SELECT true, r.institution, r.programme, coalesce(lower(l.valid)::text, ''),
    coalesce(least(upper(l.valid), CASE WHEN {not_started("r", "l", "%(today)s::date")} THEN l.start_by + 1 END)::text, 'infinity')
FROM named JOIN recognition r ON r.institution = named.institution AND r.programme = named.code AND r.kind = 'licence'
JOIN recognition_period l ON l.recognition_id = r.id AND upper_inf(l.recorded) AND l.status = '{LICENSED}'"""

Days = tuple[str, str]  # from a day on, and before another


class Known(NamedTuple):
    """What items are judged by: codes by list, institutions and whether the sender may submit for them, offers and licences by days."""

    codes: Mapping[str, Mapping[str, Days]]
    institutions: dict[str, bool]
    programmes: Mapping[tuple[str, str], list[Days]]
    licences: Mapping[tuple[str, str], list[Days]]

    def check_institution(self, number: str) -> None:
        """Raises when there is no such institution, or the sender may not submit for it."""
        check_institution(self.institutions, number)

    def check_code(self, code_list: str, code: str | None, first: str, last: str | None) -> None:
        """Raises when a code is given and the list holds it on no day of a period."""
        if code:
            days = self.codes[code_list].get(code)
            if days is None or (days is not ALWAYS and (days[1] <= first or (last or "infinity") < days[0])):
                raise UnknownCode(f"The code list {code_list} does not hold this code in this period.")

    def check_programme(self, institution: str, code: str, on: str) -> None:
        """Raises when the institution does not offer the programme on a day, its code had ended by then, or it is not licensed."""
        if not _any_holds(self.programmes.get((institution, code), ()), on):
            raise UnknownProgramme
        if self.is_retired(code, on):
            raise RetiredProgramme
        if not _any_holds(self.licences.get((institution, code), ()), on):
            raise ProgrammeNotLicensed

    def is_retired(self, code: str, on: str) -> bool:
        """Whether a programme code had ended by a day; the list RETIRED has to be among those that were read."""
        return any(after <= on and _pattern(retired).fullmatch(code) for retired, (_, after) in self.codes[RETIRED].items())


def read(
    session: Session,
    today: date,
    lists: Iterable[str],
    programmes: Iterable[tuple[str, str]] = (),
    institutions: dict[str, bool] | None = None,
) -> Known:
    """What the register knows of these lists and programmes; the institutions are what `within` gave."""
    run = cursor(session).execute
    codes: dict[str, dict[str, Days]] = {name: {} for name in lists}
    for name, code, first, after in run(CODES, {"lists": list(codes), "today": today}):
        codes[name][code] = ALWAYS if (first, after) == ALWAYS else (first, after)
    offered: dict[tuple[str, str], list[Days]] = {}
    licensed: dict[tuple[str, str], list[Days]] = {}
    pairs = list(programmes)
    if pairs:
        named = {"institutions": [institution for institution, _ in pairs], "codes": [code for _, code in pairs], "today": today}
        for licence, institution, code, first, after in run(PROGRAMMES, named):
            (licensed if licence else offered).setdefault((institution, code), []).append((first, after))
    return Known(codes, institutions or {}, offered, licensed)


def _any_holds(periods: Iterable[Days], on: str) -> bool:
    return any(first <= on < after for first, after in periods)


def check_institution(institutions: Mapping[str, bool], number: str) -> None:
    """Raises when an institution is not among those that there are, or the sender may not submit for it."""
    if not institutions.get(number, False):
        raise OutsideScope if number in institutions else UnknownInstitution


def within(session: Session, scope: Scope, today: date, institutions: Iterable[str]) -> dict[str, bool]:
    """The institutions among these that there are, and whether the scope reaches them."""
    parameters = {**scope.parameters, "on": today, "institutions": list(institutions)}
    return dict(cursor(session).execute(_within(scope.kind), parameters).fetchall())


@cache
def _within(kind: ScopeKind) -> str:
    match kind:
        case ScopeKind.EVERYTHING:
            reached = "true"
        case ScopeKind.MUNICIPALITIES | ScopeKind.INSTITUTIONS:
            reached = of_scope(kind, "i.registration_number")
        case _:
            reached = "false"  # Who may see persons may not write for institutions.
    return (
        f"SELECT i.registration_number, coalesce({reached}, false) FROM institution i WHERE i.registration_number = ANY(%(institutions)s)"
    )


@cache
def _pattern(retired: str) -> re.Pattern[str]:
    """A dot stands for any character."""
    return re.compile(retired)
