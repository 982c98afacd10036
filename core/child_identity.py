"""Whose a child's codes are (personas kodi, kas mainīti): corrected, corrected back, two codes of one person, somebody else's.

Nearly every child is found by one code that is current; the others are settled here, one by one. The population register is believed
about its own people only as far as its record is consistent: who is told from the register apart by nothing but a code is not overwritten.
"""

from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.child_rules import Arrived, Refused
from core.errors import CodeOfAnother

HELD = """
SELECT i.value, i.person_id, p.source = 'population-register' AS confirmed, p.given_name, p.born_on::text AS born_on,
    (SELECT value FROM identity c WHERE c.person_id = i.person_id AND c.current AND c.scheme = 'personal_code') AS current_code
FROM identity i LEFT JOIN person_profile p ON p.person_id = i.person_id AND upper_inf(p.recorded)
WHERE i.scheme = 'personal_code' AND i.issuer = '' AND i.value = ANY(:codes)"""
MOVE = """
WITH moved AS (UPDATE identity SET person_id = :keeper, current = current AND scheme <> 'personal_code'
    WHERE person_id = :other RETURNING id)
INSERT INTO identity_move (identity_id, from_person_id, to_person_id, reason)
SELECT id, :other, :keeper, 'two codes of one person in the population register' FROM moved"""
CLOSE_PROFILE = """
UPDATE person_profile SET recorded = tstzrange(lower(recorded), greatest(now(), lower(recorded) + interval '1 microsecond'))
WHERE person_id = :other AND upper_inf(recorded)"""

RETIRE = """
UPDATE identity SET current = false
WHERE person_id = ANY(:people) AND scheme = 'personal_code' AND current AND value <> ALL(:codes)"""
RENEW = """
UPDATE identity SET current = true
WHERE value = ANY(:codes) AND scheme = 'personal_code' AND issuer = '' AND NOT current RETURNING person_id"""
ADD = """
INSERT INTO identity (person_id, scheme, value, current)
SELECT person, 'personal_code', code, is_current
FROM unnest(CAST(:people AS bigint[]), CAST(:codes AS text[]), CAST(:currents AS boolean[])) AS added (person, code, is_current)
ON CONFLICT (value, scheme, issuer) DO NOTHING RETURNING person_id"""


class Held(NamedTuple):
    """A code that the register knows: whose it is, whether the population register confirmed that person, and who it is."""

    value: str
    person_id: int
    confirmed: bool | None
    given_name: str | None
    born_on: str | None
    current_code: str | None


class Code(NamedTuple):
    """A code that is in the register: whose it is, and whether it is that person's code of today."""

    person_id: int
    current: bool


class Settled(NamedTuple):
    """The children of a page whose codes need more than a look-up: their persons by position, as far as known, and who was merged."""

    children: list[Arrived]
    keepers: dict[int, int]
    merged: set[int]


def settle(session: Session, arrived: list[Arrived], known: dict[str, Code]) -> tuple[Settled, list[Refused]]:
    """Finds the person of every child that names former codes or a code that is former here, or refuses the child."""
    settled, refused = Settled([], {}, set()), list[Refused]()
    contested = [entry for entry in arrived if entry.child.former_codes or _is_former(entry.child.personal_code, known)]
    if not contested:
        return settled, refused
    codes = [code for _, child in contested for code in (child.personal_code, *child.former_codes)]
    held: dict[str, Held] = {row.value: Held(*row) for row in session.execute(text(HELD), {"codes": codes})}
    taken: set[int] = set()
    for entry in contested:
        mine = [held[code] for code in (entry.child.personal_code or "", *entry.child.former_codes) if code in held]
        people = {code.person_id for code in mine}
        keeper = _keeper(entry, mine) if taken.isdisjoint(people) else None
        if mine and keeper is None:
            refused.append(Refused(*entry, CodeOfAnother()))
            continue
        taken |= people
        settled.children.append(entry)
        if keeper is not None:
            settled.keepers[entry.position] = keeper
            settled.merged.update(_merge(session, keeper, people - {keeper}))
    return settled, refused


def take_over_codes(session: Session, settled: Settled, persons: dict[str, int]) -> set[int]:
    """Gives the settled children the codes that the population register names; returns the people in whom that changed something."""
    if not settled.children:
        return set()
    codes = [child.personal_code or "" for _, child in settled.children]
    session.execute(text(RETIRE), {"people": [persons[code] for code in codes], "codes": codes})
    touched = settled.merged | set(session.execute(text(RENEW), {"codes": codes}).scalars())
    added: list[tuple[int, str, bool]] = []
    for _, child in settled.children:
        code = child.personal_code or ""
        added += [(persons[code], code, True)] + [(persons[code], former, False) for former in child.former_codes]
    people, values, currents = (list(column) for column in zip(*added, strict=True))
    return touched | set(session.execute(text(ADD), {"people": people, "codes": values, "currents": currents}).scalars())


def _is_former(code: str | None, known: dict[str, Code]) -> bool:
    found = known.get(code or "")
    return found is not None and not found.current


def _keeper(entry: Arrived, mine: list[Held]) -> int | None:
    """The person that the child is, or None when one of the codes is somebody else's."""
    child = entry.child
    named = {child.personal_code, *child.former_codes}
    # A code that we know as current and that the record does not name belongs to somebody whom the record does not mean.
    if any(code.current_code is not None and code.current_code not in named for code in mine):
        return None
    confirmed = {code.person_id for code in mine if code.confirmed}
    if len(confirmed) > 1:
        return None
    own = next((code for code in mine if code.value == child.personal_code), None)
    if own is None or not own.confirmed:
        for code in mine:
            if code.confirmed and code.given_name != child.given_name and code.born_on != child.born_on:
                return None
    if confirmed:
        return confirmed.pop()
    return own.person_id if own is not None else min((code.person_id for code in mine), default=None)


def _merge(session: Session, keeper: int, others: set[int]) -> set[int]:
    """Two records of one person become one: pointers move, nothing else is rewritten."""
    for other in others:
        session.execute(text(MOVE), {"keeper": keeper, "other": other})
        session.execute(text(CLOSE_PROFILE), {"other": other})
    return {keeper} if others else set()
