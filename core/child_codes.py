"""Codes of a page that need more than a look-up (strīdīgi personas kodi): whose they are, and exchanged between two children.

Codes of two children are exchanged when their records, on one page, each name the other's code as their own former one. That is done only
where nothing depends on it: both are children of the population register whose names and birth dates say who is who, and nothing about
education was reported under either code. Rows follow their code, so otherwise an office has to decide whose they are (separatePersons).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.child_rules import Arrived, are_exchanged
from core.identities.moves import exchange

HELD = """
SELECT i.value, i.person_id, p.source = 'population-register' AS confirmed, p.given_name, p.surname, p.born_on::text AS born_on,
    (SELECT value FROM identity c WHERE c.person_id = i.person_id AND c.current AND c.scheme = 'personal_code') AS current_code,
    ARRAY(SELECT o.person_id FROM identity_past o WHERE o.identity_id = i.id AND o.person_id <> i.person_id) AS once_of,
    EXISTS (SELECT FROM affiliation a WHERE a.identity_id = i.id AND upper_inf(a.recorded))
        OR EXISTS (SELECT FROM teaching_post t WHERE t.identity_id = i.id AND upper_inf(t.recorded))
        OR EXISTS (SELECT FROM education_document d WHERE d.identity_id = i.id AND upper_inf(d.recorded))
        OR EXISTS (SELECT FROM exam_result r WHERE r.identity_id = i.id AND upper_inf(r.recorded))
        OR EXISTS (SELECT FROM applicant n WHERE n.identity_id = i.id AND n.withdrawn_at IS NULL) AS reported
FROM identity i LEFT JOIN person_profile p ON p.person_id = i.person_id AND upper_inf(p.recorded)
WHERE i.scheme = 'personal_code' AND i.issuer = '' AND i.value = ANY(:codes)"""
EXCHANGED = "codes of two children exchanged in the population register"


class Held(NamedTuple):
    """A code that the register knows: whose it is and was, whether the population register confirmed that person, and who it is."""

    value: str
    person_id: int
    confirmed: bool | None
    given_name: str | None
    surname: str | None
    born_on: str | None
    current_code: str | None
    once_of: Sequence[int]
    reported: bool

    def is_apart_from(self, other: "Held") -> bool:
        """Whether two persons hold them of whom one held the other's before: somebody has decided that they are two."""
        return self.person_id != other.person_id and (self.person_id in other.once_of or other.person_id in self.once_of)

    def fits(self, entry: Arrived) -> bool:
        """Whether a record may tell of the person who holds it, whose surname may have changed."""
        return (self.given_name, self.born_on) == (entry.child.given_name, entry.child.born_on)

    def is_held_by(self, entry: Arrived) -> bool:
        """Whether a record tells of the person who holds it, by all that is known of a person but codes."""
        child = entry.child
        return (self.given_name, self.surname, self.born_on) == (child.given_name, child.surname, child.born_on)


def held_codes(session: Session, codes: Iterable[str]) -> dict[str, Held]:
    """Those among these codes that the register knows."""
    return {row.value: Held(*row) for row in session.execute(text(HELD), {"codes": list(codes)})}


def pairs(contested: Sequence[Arrived]) -> list[tuple[Arrived, Arrived]]:
    """Records of two children of whom each names the other's code as the former one."""
    by_code = {entry.child.personal_code: entry for entry in contested}
    named = [(entry, by_code.get(entry.child.former_codes[0])) for entry in contested if len(entry.child.former_codes) == 1]
    return [(one, other) for one, other in named if other and one.position < other.position and are_exchanged(one.child, other.child)]


def exchanged(session: Session, one: Arrived, other: Arrived, held: Mapping[str, Held]) -> tuple[Held, Held] | None:
    """Exchanges the codes of two children, each with the code that it had; None when it is not sure that they were exchanged."""
    mine, theirs = held.get(other.child.personal_code or ""), held.get(one.child.personal_code or "")
    if mine is None or theirs is None or not _sure(one, other, mine, theirs):
        return None
    exchange(session, mine.person_id, theirs.person_id, (mine.value, theirs.value), EXCHANGED)
    return mine, theirs


def _sure(one: Arrived, other: Arrived, mine: Held, theirs: Held) -> bool:
    told_apart = mine.is_held_by(one) and theirs.is_held_by(other) and not mine.is_held_by(other)
    return told_apart and all(code.confirmed and code.current_code == code.value and not code.reported for code in (mine, theirs))
