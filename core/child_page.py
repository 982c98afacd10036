"""One page of children written to the register (bērnu saraksta lapa), set by set.

One look-up finds whom the register knows by any code on the page. Who is new goes by COPY straight into the tables; who is known goes by
COPY into temporary ones and is compared there (`core.child_changes`). What one child costs does not depend on how many there are.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.bulk_references import checked_as_sets
from core.changes import people_changed
from core.child_changes import SOURCE, Known, write_changes
from core.child_identity import Code, settle, take_over_codes
from core.child_rules import Arrived, Refused
from core.identities import keep_at_rest
from core.people import ChildRecord, GuardianRecord

FIND = """
SELECT value, person_id, current FROM identity
WHERE scheme = 'personal_code' AND issuer = '' AND value = ANY(%s::text[])"""
NEW_IDS = "SELECT array_agg(nextval('person_id_seq')) FROM generate_series(1, :count)"
COPY_PEOPLE = "COPY person (id) FROM STDIN"
COPY_IDENTITIES = "COPY identity (person_id, scheme, value) FROM STDIN"
COPY_PROFILES = "COPY person_profile (person_id, given_name, surname, born_on, died_on, status, restricted, source) FROM STDIN"
COPY_RESIDENCES = "COPY residence (person_id, kind, municipality, address, valid) FROM STDIN"
COPY_GUARDIANSHIPS = "COPY guardianship (child_id, kind, guardian_id, care_institution, valid) FROM STDIN"


class Written(NamedTuple):
    """What one page did: how many children were new, different, the same; whom the register's own rules refused; who they are here."""

    created: int
    changed: int
    unchanged: int
    refused: list[Refused]
    people: list[int]


class Placed(NamedTuple):
    """A child and the person that it is in the register."""

    person_id: int
    child: ChildRecord


def write_page(session: Session, arrived: list[Arrived], today: date) -> Written:
    """Writes the children of one page that passed the rules; nothing is written for a child that is the same."""
    # No code goes from one person to another while a page is written.
    keep_at_rest(session)
    known = _known(session, _codes(arrived))
    settled, refused = settle(session, arrived, known)
    dropped = {entry.position for entry in refused}
    taken = [entry for entry in arrived if entry.position not in dropped]
    persons = {code: found.person_id for code, found in known.items()}
    persons.update((child.personal_code or "", settled.keepers[position]) for position, child in taken if position in settled.keepers)
    new_codes = _new_codes(taken, persons)
    persons.update(zip(new_codes, _new_ids(session, len(new_codes)), strict=True))
    placed = [Placed(persons[child.personal_code or ""], child) for _, child in taken]
    made = {persons[code] for code in new_codes}
    fresh = [entry for entry in placed if entry.person_id in made]
    old = [Known(entry.person_id, entry.child, list(guardians_of(entry.child, persons))) for entry in placed if entry.person_id not in made]
    with checked_as_sets(session, _referred(fresh, persons) - made, {child.municipality for _, child in fresh if child.municipality}):
        # A parent may be new on this page as well: people first, then what is said of them.
        _copy(session, COPY_PEOPLE, ((person,) for person in sorted(made)))
        _copy(session, COPY_IDENTITIES, ((persons[code], "personal_code", code) for code in new_codes))
        _write_fresh(session, fresh, persons)
    touched = (take_over_codes(session, settled, persons) - made) | write_changes(session, old, today)
    # Who is new has no entries that anybody could hold.
    people_changed(session, touched)
    return Written(len(fresh), len(touched), len(placed) - len(fresh) - len(touched), refused, [entry.person_id for entry in placed])


def _write_fresh(session: Session, fresh: list[Placed], persons: dict[str, int]) -> None:
    _copy(session, COPY_PROFILES, ((person, *child[1:7], SOURCE) for person, child in fresh))
    residences = ((person, "declared", *child[7:9], f"[{child.resident_since},)") for person, child in fresh if child.resident_since)
    _copy(session, COPY_RESIDENCES, residences)
    named = ((person, guardian) for person, child in fresh for guardian in guardians_of(child, persons))
    _copy(session, COPY_GUARDIANSHIPS, ((person, kind, who, home, f"[{since},)") for person, (kind, who, home, since) in named))


def _referred(placed: list[Placed], persons: dict[str, int]) -> set[int]:
    return {persons[guardian.personal_code] for _, child in placed for guardian in child.guardians if guardian.personal_code}


def _codes(arrived: list[Arrived]) -> list[str]:
    """Every code that the page names, of children and of guardians, of today and of former times."""
    codes: set[str | None] = set()
    for _, child in arrived:
        codes.add(child.personal_code)
        codes.update(child.former_codes)
        codes.update(guardian.personal_code for guardian in child.guardians)
    return [code for code in codes if code is not None]


def _known(session: Session, codes: list[str]) -> dict[str, Code]:
    """Whose the codes are; by the driver itself, since a page names thousands and SQLAlchemy makes an object of each row."""
    cursor = session.connection().connection.cursor()
    # Checked to be digits: an array written as text is ten times faster made than by the driver.
    cursor.execute(FIND, ("{" + ",".join(codes) + "}",))
    return {value: Code(person_id, current) for value, person_id, current in cursor.fetchall()}


def _new_codes(taken: list[Arrived], persons: dict[str, int]) -> list[str]:
    """The codes for which a person has to be made: children whom nobody knows, then their guardians; each once."""
    children = (child.personal_code for _, child in taken)
    guardians = (guardian.personal_code for _, child in taken for guardian in child.guardians)
    return [code for code in dict.fromkeys(chain(children, guardians)) if code is not None and code not in persons]


def _new_ids(session: Session, count: int) -> list[int]:
    return list(session.scalar(text(NEW_IDS), {"count": count}) or [])


def guardians_of(child: ChildRecord, persons: dict[str, int]) -> Iterator[tuple[Any, ...]]:
    """Each guardian of a child once: kind, person, care institution, since; who is named twice answers since the earlier day."""
    guardians: Iterable[GuardianRecord] = child.guardians
    if len(child.guardians) > 1 and len({guardian[:3] for guardian in guardians}) < len(child.guardians):
        latest_first = sorted(guardians, key=lambda guardian: guardian.since or "", reverse=True)
        guardians = {guardian[:3]: guardian for guardian in latest_first}.values()
    for kind, code, institution, since in guardians:
        if kind == "care_institution":
            yield kind, None, institution, since
        else:
            yield kind, persons[code or ""], None, since


def _copy(session: Session, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    cursor = session.connection().connection.cursor()
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
