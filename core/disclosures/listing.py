"""What a person is shown of the journal (personas datu izsniegšanas pārskats): who was told, when, why; never what was told.

Rows name persons by number, so whoever is one person now is shown what was told of each record that became part of it, and of a record that
it was part of for a time, what was told in that time. What the law hides still is not there, and leaves no gap, no count and no cursor.
Nor is what would tell where somebody with a safe address is: one row tells of many people, and each of them is shown its instant.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core import paging
from core.access import Right, Scope, ScopeKind
from core.connections import fetch_all, fetch_one
from core.disclosures.copies import ABOUT, OF_THE_STATE, WHOSE, Copy, copies
from core.disclosures.words import Told, told
from core.errors import InvalidQuestion
from core.identity_history import declared_now
from core.reach import reached
from core.reading import INSTANT

MINE = f"""
WITH {WHOSE},
shown AS (
    SELECT d.* FROM disclosure d
    WHERE {ABOUT} AND d.outcome IN ('ok', 'copied')
    AND (d.hidden_until IS NULL OR d.hidden_until <= %(now)s)
    AND (%(whole)s OR {OF_THE_STATE.format("d.client")})
    AND (%(since)s::timestamptz IS NULL OR d.disclosed_at >= %(since)s)
    AND (%(until)s::timestamptz IS NULL OR d.disclosed_at < %(until)s))"""
ENTRIES = f"""{MINE}
SELECT {INSTANT.format("disclosed_at")}, id, client, operation, purpose, legal_basis, on_behalf_of, cardinality(persons), message_id
FROM shown WHERE %(before)s::timestamptz IS NULL OR (disclosed_at, id) < (%(before)s, %(before_id)s)
ORDER BY disclosed_at DESC, id DESC LIMIT %(limit)s OFFSET %(offset)s"""
TOTAL = f"{MINE} SELECT count(*) FROM shown"
# What was removed ends where a checkpoint says; the first place is the oldest that is left.
START = """
SELECT coalesce((SELECT max(before) FROM disclosure_checkpoint), (
    SELECT d.disclosed_at FROM disclosure_seal s JOIN disclosure d ON d.id = s.disclosure_id ORDER BY s.place LIMIT 1))"""
CAPACITIES = ("self", "guardian", "office")


class Entry(NamedTuple):
    """One answer about the person (izsniegšanas ieraksts): when, how, to whom, by which operation, why, for whom, about how many."""

    disclosed_at: str
    kind: str
    client: str
    operation: str
    action: str
    action_en: str
    purpose: str
    legal_basis: str
    capacity: str | None
    persons: int
    message_id: str


class Subject(NamedTuple):
    """Whose entries they are (datu subjekts); `whole` says whether all of them may be shown, whomever they were given to."""

    person_id: int
    whole: bool


class Asked(NamedTuple):
    """Which entries are asked for: those of a period."""

    since: datetime | None = None
    until: datetime | None = None


class Entries(NamedTuple):
    """One page of entries, the newest first, who holds a copy, and the cursor of the next page."""

    entries: Sequence[Entry]
    copies: Sequence[Copy]
    next_cursor: str | None


def subject(session: Session, scope: Scope, rights: frozenset[str], code: str, today: date) -> Subject | None:
    """The person of this code within the scope, or None.

    Who was told of a person with a safe address would tell where it is: what municipalities and schools were told, only that person itself,
    asking by the scope `own`, and those with the right are shown.
    """
    own = scope.values[0] if scope.kind is ScopeKind.OWN else None
    asking = {**scope.parameters, "code": code, "own": own, "on": today, "today": today, "restricted": Right.RESTRICTED in rights}
    found = fetch_one(session, _subject(scope.kind), asking)
    return None if found is None else Subject(found[0], not found[1] or Right.RESTRICTED in rights or found[2])


def entries(session: Session, whose: Subject, asked: Asked, cursor: str | None, size: int, now: datetime) -> Entries:
    """One page, the newest first; copies stand on the first one."""
    question = ("listPersonDisclosures", whose.person_id, *(None if at is None else at.timestamp() for at in asked))
    before, before_id = paging.begun(question, cursor, now) if cursor is not None else (None, None)
    rows = fetch_all(
        session, ENTRIES, {**_asking(whose, asked, now), "before": before, "before_id": before_id, "limit": size + 1, "offset": 0}
    )
    more = paging.give(question, [rows[size - 1][0], rows[size - 1][1]]) if len(rows) > size else None
    held = copies(session, whose.person_id, now, whole=whose.whole) if cursor is None else []
    return Entries([_entry(row) for row in rows[:size]], held, more)


def counted(session: Session, whose: Subject, asked: Asked, skipped: int, size: int, now: datetime) -> tuple[int, list[Entry]]:
    """How many entries there are, and some of them behind the first ones, the newest first."""
    asking = _asking(whose, asked, now)
    [[total]] = fetch_all(session, TOTAL, asking)
    rows = fetch_all(session, ENTRIES, {**asking, "before": None, "before_id": None, "limit": size, "offset": skipped})
    return total, [_entry(row) for row in rows]


def period_start(session: Session) -> datetime | None:
    """Since when the journal has entries; None while it is empty."""
    found = fetch_one(session, START, {})
    return None if found is None else found[0]


def _asking(whose: Subject, asked: Asked, now: datetime) -> dict[str, object]:
    if asked.since is not None and asked.until is not None and asked.since > asked.until:
        raise InvalidQuestion("The period ends before it begins.")
    return {"person": whose.person_id, "whole": whose.whole, "now": now, "since": asked.since, "until": asked.until}


def _entry(row: Sequence[Any]) -> Entry:
    at, _, client, operation, purpose, legal_basis, behalf, persons, message_id = row
    how: Told = told(operation, persons)
    words = (behalf or "").replace("claimed ", "").split("; ")[-1].partition(":")[0]
    capacity = words if words in CAPACITIES else None
    return Entry(at, how.kind, client, operation, how.action, how.action_en, purpose, legal_basis, capacity, persons, message_id)


@cache
def _subject(kind: ScopeKind) -> str:
    return f"""
SELECT p.person_id, p.restricted, EXISTS (
    SELECT FROM identity me WHERE me.scheme = 'personal_code' AND me.value = %(own)s AND me.person_id = p.person_id)
FROM identity i JOIN person_profile p ON p.person_id = i.person_id AND upper_inf(p.recorded)
{declared_now("home")}
CROSS JOIN LATERAL (SELECT p.restricted, p.born_on, home.municipality) known_now
WHERE i.scheme = 'personal_code' AND i.value = %(code)s AND {reached(kind)}"""
