"""Rows as COPY takes them (teksta formāts): one line a row, tabs between values, \\N for none."""

from collections.abc import Iterator
from datetime import date, timedelta

from adapters.demo.institutions import Institution, municipality_periods
from adapters.demo.offers import (
    BASIC_MINORITY,
    LKI_LEVELS,
    NAMES,
    PRESCHOOL_MINORITY,
    SECONDARY_EVENING,
    SECONDARY_OLD,
    TYPES,
)
from adapters.demo.periods import Period

NONE = r"\N"
SENDER = "LV-DEV/EDU/SCHOOL/system"
LEGAL_STATUSES = {"90": "JS01", "80": "JS02", "00": "JS05"}
LAST_DAYS = {
    BASIC_MINORITY: date(2025, 8, 31),
    PRESCHOOL_MINORITY: date(2025, 8, 31),
    SECONDARY_OLD: date(2022, 8, 31),
    SECONDARY_EVENING: date(2022, 8, 31),
}
GROUPS = "abcd"


def period(first: date, last: date | None) -> str:
    """A period that holds on its first and its last day."""
    return f"[{first},{last}]" if last else f"[{first},)"


def known_since(day: date, today: date) -> str:
    """The recorded range of a row that was sent a few days after a day, and never in the future."""
    return f'["{min(day + timedelta(days=4), today - timedelta(days=1))} 06:00:00+00",)'


def known_between(day: date, until: date, today: date) -> tuple[str, str]:
    """The recorded ranges of a row and of the correction that followed it."""
    known, corrected = min(day + timedelta(days=4), today - timedelta(days=3)), min(until + timedelta(days=9), today - timedelta(days=1))
    return f'["{known} 06:00:00+00","{corrected} 06:00:00+00")', f'["{corrected} 06:00:00+00",)'


def institution(school: Institution) -> str:
    """A row of `institution`."""
    return f"{school.number}\n"


def profiles(school: Institution, today: date) -> Iterator[str]:
    """Rows of `institution_profile` without their ids: one a name and a municipality."""
    subordination = school.number[4:6]
    fixed = f"{school.type_code}\t{TYPES[school.type_code].kind}\t{subordination}\t{LEGAL_STATUSES[subordination]}"
    where = f"{school.address}\t{school.address[-7:]}\t{school.opened_on}\t{school.closed_on or NONE}"
    for municipality, first, last in municipality_periods(school):
        for name, since, until in _names(school, first, last):
            recorded = known_since(since, today)
            yield f"{school.number}\t{name}\t{fixed}\t{municipality}\t{where}\t{period(since, until)}\t{recorded}\n"


def _names(school: Institution, first: date, last: date | None) -> Iterator[tuple[str, date, date | None]]:
    renamed_on = school.renamed_on
    if school.former_name is None or renamed_on is None or renamed_on <= first or (last and renamed_on > last):
        yield school.name, first, last
        return
    yield school.former_name, first, renamed_on - timedelta(days=1)
    yield school.name, renamed_on, last


def successions(school: Institution, today: date) -> Iterator[str]:
    """Rows of `institution_succession` without their ids."""
    if school.closed_on is not None and school.succession is not None:
        since = school.closed_on + timedelta(days=1)
        for heir in school.heirs:
            yield f"{school.number}\t{heir.number}\t{school.succession}\t{since}\t{known_since(since, today)}\n"


def offered(school: Institution) -> Iterator[tuple[str, date | None]]:
    """What an institution offers from its first day on, and until when; some kinds of programme ended by law."""
    for code in TYPES[school.type_code].programmes:
        last = min((day for day in (LAST_DAYS.get(code), school.closed_on) if day), default=None)
        if last is None or last >= school.opened_on:
            yield code, last


def programmes(school: Institution, today: date) -> Iterator[str]:
    """Rows of `programme_profile` without their numbers."""
    for code, last in offered(school):
        valid, recorded = period(school.opened_on, last), known_since(school.opened_on, today)
        yield f"{school.number}\t{code}\t{NAMES[code]}\t{LKI_LEVELS.get(code[:2], NONE)}\t{valid}\t{recorded}\n"


def affiliation(key: int, identity: int, row: Period, recorded: str, sender_key: str) -> str:
    """A row of `affiliation`."""
    level = row.level
    group = f"{level}.{GROUPS[identity % 4]}" if level and level[0] not in "PK" else NONE
    end_order = f"1-9/{row.last:%Y}-{key % 997 + 1}" if row.reason and row.last else NONE
    return (
        f"{key}\t{key}\t{identity}\t{row.institution.number}\t{row.programme}\t{'t' if row.main else 'f'}\t{level or NONE}\t{group}\t"
        f"{row.programme[7]}\t{row.programme[6]}\t{row.status}\t1-8/{row.first.year}-{key % 991 + 1}\t{end_order}\t{row.reason or NONE}\t"
        f"{SENDER}\t{sender_key}\t{period(row.first, row.last)}\t{recorded}\n"
    )
