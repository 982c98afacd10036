"""Statistics of cases (nemācošo bērnu statistika): per status, age group and municipality, of today or of a statutory day.

Of a statutory day they tell what was known when the register was brought up to date for it. Small numbers are withheld from those without
that right, together with what would give them away.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core.access import Right, Scope, ScopeKind
from core.cases.reach import HIDDEN, NOW
from core.cases.rules import NO_STATUS, case_rules
from core.cases.shown import AT_TEXT, HONESTY, case_parameters
from core.cases.small_numbers import withheld
from core.connections import fetch_all, fetch_one
from core.errors import InvalidQuestion, UnknownMunicipality
from core.reading import INSTANT, known_at

NATION = ""
# The versions of a run are as old as its transaction, but for those that came after another one in it.
LAST = INSTANT.format("(ran_at + interval '1 millisecond')")
RAN_AT = f"SELECT {LAST} FROM refresh_run WHERE quarter_on = %(quarter_on)s"
AGE_GROUP = """CASE WHEN age < 7 THEN '5-6' WHEN age < 13 THEN '7-12' WHEN age < 16 THEN '13-15' ELSE '16-17' END"""
COUNTS = f"""
SELECT v.municipality, coalesce(v.status, '{NO_STATUS}'), {AGE_GROUP}, {HONESTY}, {HIDDEN}, count(*)
FROM case_version v JOIN child_case c ON c.id = v.case_id {NOW}
CROSS JOIN LATERAL (SELECT extract(year FROM age(%(on)s::date, p.born_on)) AS age) years
WHERE {known_at("v")} AND v.state = 'active' AND (%(places)s::text[] IS NULL OR v.municipality = ANY(%(places)s))
GROUP BY 1, 2, 3, 4, 5"""


class StatusCount(NamedTuple):
    """Cases with a status in an age group (skaits pa statusiem); without a municipality the nation's, without a count it is withheld."""

    municipality: str | None
    status: str
    age_group: str
    cases: int | None
    withheld: bool | None


class HonestyCount(NamedTuple):
    """Cases by how much their status says (skaits pēc statusa godīguma)."""

    municipality: str | None
    honesty: str
    cases: int | None
    withheld: bool | None


class Statistics(NamedTuple):
    """The figures (statistika), the instant at which they are true, the day on which they count."""

    data_as_of: str
    on: str
    statuses: Sequence[StatusCount]
    honesty: Sequence[HonestyCount]


def statistics(
    session: Session, scope: Scope, rights: frozenset[str], municipality: str | None, quarter_on: date | None, today: date
) -> Statistics:
    """The active cases in numbers: of a scope's municipalities, of one of them, or of all with the nation's totals."""
    if scope.kind not in (ScopeKind.EVERYTHING, ScopeKind.MUNICIPALITIES):
        places: list[str] | None = []
    elif scope.kind is ScopeKind.MUNICIPALITIES:
        places = [place for place in scope.values if municipality in (None, place)]
    else:
        places = None if municipality is None else [municipality]
    asked: dict[str, Any] = {**case_parameters(rights, None, quarter_on or today), "places": places, "municipality": municipality}
    asked["as_of"] = _ran_at(session, quarter_on) if quarter_on else None
    found = fetch_one(session, f"SELECT {AT_TEXT}, EXISTS (SELECT FROM municipality WHERE code = %(municipality)s)", asked)
    assert found is not None, "a statement without conditions has a row"
    if municipality is not None and not found[1]:
        raise UnknownMunicipality
    statuses, honesty = _count(fetch_all(session, COUNTS, {**asked, "as_of": found[0]}), with_nation=places is None)
    hidden: set[Any] = set()
    if Right.SMALL_NUMBERS not in rights:
        hidden = withheld({**statuses, **honesty}, _sums(statuses, honesty, with_nation=places is None), case_rules(today).small_number)
    return Statistics(
        found[0],
        asked["on"].isoformat(),
        [StatusCount(key[0] or None, key[1], key[2], *_shown(key, count, hidden)) for key, count in sorted(statuses.items())],
        [HonestyCount(key[0] or None, key[1], *_shown(key, count, hidden)) for key, count in sorted(honesty.items())],
    )


def _ran_at(session: Session, quarter_on: date) -> str:
    found = fetch_one(session, RAN_AT, {"quarter_on": quarter_on})
    if found is None:
        raise InvalidQuestion("The register was not brought up to date for this day; statutory days are 30 January, April, July, October.")
    return str(found[0])


def _count(rows: Sequence[tuple[Any, ...]], *, with_nation: bool) -> tuple[Counter[tuple[str, ...]], Counter[tuple[str, ...]]]:
    """The cells by municipality, and the nation's under no name; whose place may not be told counts for the nation alone."""
    statuses: Counter[tuple[str, ...]] = Counter()
    honesty: Counter[tuple[str, ...]] = Counter()
    for municipality, status, age_group, honest, nowhere, count in rows:
        for place in ([] if nowhere else [municipality]) + ([NATION] if with_nation else []):
            statuses[place, status, age_group] += count
            honesty[place, honest] += count
    return statuses, honesty


def _sums(statuses: Counter[tuple[str, ...]], honesty: Counter[tuple[str, ...]], *, with_nation: bool) -> list[tuple[Any, Any]]:
    """Which sums of cells are known to be equal."""
    both = [*statuses, *honesty]
    # A place's cases split by status and age, and split by honesty, are as many.
    sums: list[tuple[Any, Any]] = [
        ([key for key in statuses if key[0] == place], [key for key in honesty if key[0] == place])
        for place in sorted({key[0] for key in both})
    ]
    if with_nation:
        sums += [([key for key in cells if key[0] and key[1:] == total[1:]], [total]) for cells in (statuses, honesty)
                 for total in cells if not total[0]]  # fmt: skip
    return sums


def _shown(key: tuple[str, ...], count: int, hidden: set[Any]) -> tuple[int | None, bool | None]:
    return (None, True) if key in hidden else (count, None)
