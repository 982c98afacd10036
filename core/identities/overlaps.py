"""Main affiliations that a merge made overlap (piederību pārklāšanās): work for people, never a lost row.

One identity never has two main affiliations at a time, but the identities of one person may: each sender told the truth as it knew it.
Nothing is kept of this: an overlap is there as long as the rows say so, and goes when a sender corrects them or the persons are separated.
"""

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core.connections import cursor

PAIRS = """
FROM identity i JOIN identity j ON j.person_id = i.person_id AND j.id > i.id
JOIN affiliation a ON a.identity_id = i.id AND upper_inf(a.recorded) AND a.main AND a.status <> 'DUB'
JOIN affiliation b ON b.identity_id = j.id AND upper_inf(b.recorded) AND b.main AND b.status <> 'DUB' AND b.valid && a.valid"""
COUNT = f"SELECT count(*) {PAIRS} WHERE i.person_id = %(person)s"
LIST = f"""
SELECT i.person_id, lower(a.valid * b.valid), upper(a.valid * b.valid) - 1, a.entry_id, a.institution, a.sender, a.sender_key,
    b.entry_id, b.institution, b.sender, b.sender_key
{PAIRS} ORDER BY i.person_id, lower(a.valid * b.valid), a.entry_id, b.entry_id"""


class Told(NamedTuple):
    """One of two affiliations: its number, where it is, and under which key its sender knows it."""

    entry_id: int
    institution: str
    sender: str
    sender_key: str


class Overlapping(NamedTuple):
    """Two main affiliations of one person on the same days (pārklāšanās), without naming the person."""

    person_id: int
    first_day: str
    last_day: str | None
    one: Told
    other: Told


def count_overlaps(session: Session, person: int) -> int:
    """How many pairs of a person's main affiliations overlap."""
    [number] = cursor(session).execute(COUNT, {"person": person}).fetchone() or (0,)
    return int(number)


def overlaps(session: Session) -> list[Overlapping]:
    """Every pair in the register, by person and day."""
    return [_pair(*row) for row in cursor(session).execute(LIST)]


def _pair(person: int, first: date, last: date | None, *both: Any) -> Overlapping:
    return Overlapping(person, first.isoformat(), last.isoformat() if last else None, Told(*both[:4]), Told(*both[4:]))
