"""Whose a child's codes are (personas kodi, kas mainīti): corrected, corrected back, two codes of one person, somebody else's.

Nearly every child is found by one code that is current; the others are settled here, one by one. The population register is believed
about its own people only as far as its record is consistent: who is told from the register apart by nothing but a code is not overwritten.
What an office has separated is not joined again.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.changes import key_changed
from core.child_codes import Held, exchanged, held_codes, pairs
from core.child_rules import Arrived, Refused
from core.errors import CodeOfAnother, NotOnePerson
from core.identities.merging import check_one_person, join
from core.people import lock

TWO_CODES = "two codes of one person in the population register"
TO_BE_DECIDED = (
    "This child and another one on the page have exchanged codes; it is not sure who is who, or education data was reported under a code. "
    "An office has to decide: separatePersons."
)

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


class Code(NamedTuple):
    """A code that is in the register: whose it is, and whether it is that person's code of today."""

    person_id: int
    current: bool


class KeyChange(NamedTuple):
    """That somebody is known by another code now (koda maiņa), to be told to whoever holds a copy."""

    kind: str
    person_id: int
    before: str | None
    after: str | None


class Settled(NamedTuple):
    """The children of a page whose codes need more than a look-up: their persons by position, who got other codes, what is to be told."""

    children: list[Arrived]
    keepers: dict[int, int]
    moved: set[int]
    told: list[KeyChange]


def settle(session: Session, arrived: list[Arrived], known: dict[str, Code]) -> tuple[Settled, list[Refused]]:
    """Finds the person of every child that names former codes or a code that is former here, or refuses the child."""
    settled, refused = Settled([], {}, set(), []), list[Refused]()
    contested = [entry for entry in arrived if entry.child.former_codes or _is_former(entry.child.personal_code, known)]
    if not contested:
        return settled, refused
    codes = [code for entry in contested for code in _codes(entry)]
    lock(session, {known[code].person_id for code in codes if code in known})
    held = held_codes(session, codes)
    sure, unsure = _exchange(session, contested, held, settled)
    if settled.moved:
        held = held_codes(session, codes)
    taken: set[int] = set()
    for entry in contested:
        mine = _mine(entry, held, only_own=entry.position in sure)
        people = {code.person_id for code in mine}
        try:
            if entry.position in unsure:
                raise CodeOfAnother(TO_BE_DECIDED)
            keeper = _keeper(entry, mine) if taken.isdisjoint(people) else None
            if mine and keeper is None:
                raise CodeOfAnother
            if keeper is not None and len(people) > 1:
                check_one_person(session, keeper, people - {keeper})
        except (CodeOfAnother, NotOnePerson) as refusal:
            refused.append(Refused(*entry, refusal))
            continue
        taken |= people
        settled.children.append(entry)
        if keeper is not None:
            settled.keepers[entry.position] = keeper
            _join(session, settled, keeper, entry, mine)
    return settled, refused


def take_over_codes(session: Session, settled: Settled, persons: dict[str, int]) -> set[int]:
    """Gives the settled children the codes that the population register names; returns the people in whom that changed something."""
    if not settled.children:
        return set()
    codes = [child.personal_code or "" for _, child in settled.children]
    session.execute(text(RETIRE), {"people": [persons[code] for code in codes], "codes": codes})
    touched = settled.moved | set(session.execute(text(RENEW), {"codes": codes}).scalars())
    added: list[tuple[int, str, bool]] = []
    for _, child in settled.children:
        code = child.personal_code or ""
        added += [(persons[code], code, True)] + [(persons[code], former, False) for former in child.former_codes]
    people, values, currents = (list(column) for column in zip(*added, strict=True))
    touched |= set(session.execute(text(ADD), {"people": people, "codes": values, "currents": currents}).scalars())
    for change in settled.told:
        key_changed(session, *change)
    return touched


def _is_former(code: str | None, known: dict[str, Code]) -> bool:
    found = known.get(code or "")
    return found is not None and not found.current


def _codes(entry: Arrived) -> tuple[str, ...]:
    return (entry.child.personal_code or "", *entry.child.former_codes)


def _exchange(session: Session, contested: list[Arrived], held: dict[str, Held], settled: Settled) -> tuple[set[int], set[int]]:
    """Exchanges the codes of two children where that is sure; the positions of those who have their own code now, and of those not sure."""
    sure, unsure = set[int](), set[int]()
    for one, other in pairs(contested):
        first, second = held.get(one.child.personal_code or ""), held.get(other.child.personal_code or "")
        if first is None and second is None:
            continue
        both = {one.position, other.position}
        if first and second and first.fits(one) and second.fits(other) and not first.fits(other):
            sure |= both
        elif (had := exchanged(session, one, other, held)) is not None:
            sure |= both
            mine, theirs = had
            settled.moved.update((mine.person_id, theirs.person_id))
            settled.told.append(KeyChange("keyChange", mine.person_id, mine.value, theirs.value))
            settled.told.append(KeyChange("keyChange", theirs.person_id, theirs.value, mine.value))
        else:
            unsure |= both
    return sure, unsure


def _mine(entry: Arrived, held: dict[str, Held], *, only_own: bool) -> list[Held]:
    """What the register knows of the child's codes, without former ones that were taken from this person by a decision."""
    own = held.get(entry.child.personal_code or "")
    if own is not None and only_own:
        return [own]
    found = [held[code] for code in _codes(entry) if code in held]
    return found if own is None or not own.fits(entry) else [code for code in found if not code.is_apart_from(own)]


def _keeper(entry: Arrived, mine: Sequence[Held]) -> int | None:
    """The person that the child is, or None when one of the codes is somebody else's."""
    child = entry.child
    named = {child.personal_code, *child.former_codes}
    # A code that we know as current and that the record does not name belongs to somebody whom the record does not mean.
    if any(code.current_code is not None and code.current_code not in named for code in mine):
        return None
    confirmed = {code.person_id for code in mine if code.confirmed}
    if len(confirmed) > 1 or any(code.is_apart_from(mine[0]) for code in mine):
        return None
    own = next((code for code in mine if code.value == child.personal_code), None)
    if own is None or not own.confirmed:
        for code in mine:
            if code.confirmed and code.given_name != child.given_name and code.born_on != child.born_on:
                return None
    if confirmed:
        return confirmed.pop()
    return own.person_id if own is not None else min((code.person_id for code in mine), default=None)


def _join(session: Session, settled: Settled, keeper: int, entry: Arrived, mine: Sequence[Held]) -> None:
    """What other records hold of the child's codes becomes the one person's, and everybody hears by which code that is known."""
    after = entry.child.personal_code
    before = {code.person_id: code.current_code for code in mine}
    others = before.keys() - {keeper}
    if others:
        join(session, keeper, others, TWO_CODES)
        settled.moved.add(keeper)
    if before[keeper] != after:
        settled.told.append(KeyChange("keyChange", keeper, before[keeper], after))
    settled.told.extend(KeyChange("merge", keeper, before[other], after) for other in sorted(others) if before[other] != after)
