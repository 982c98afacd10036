"""Two records of one human being become one person (personu apvienošana): pointers move, nothing is rewritten."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy.orm import Session

from core import changes
from core.connections import cursor
from core.education import Named
from core.errors import NotOnePerson
from core.identities.carrying import carry
from core.identities.named import Decision, KnownAs, find, known_as
from core.identities.overlaps import count_overlaps

BEGIN = "INSERT INTO person_merge (kept_person_id, merged_person_id) VALUES (%(kept)s, %(merged)s) RETURNING id"
# Who has no code takes over that of the other record; whoever has one keeps it.
MOVE = """
WITH before AS (SELECT id, current FROM identity WHERE person_id = %(merged)s),
moved AS (
    UPDATE identity SET person_id = %(kept)s, current = current AND (scheme <> 'personal_code' OR NOT EXISTS (
        SELECT FROM identity k WHERE k.person_id = %(kept)s AND k.scheme = 'personal_code' AND k.current))
    WHERE person_id = %(merged)s RETURNING id)
INSERT INTO identity_move (identity_id, from_person_id, to_person_id, merge_id, was_current, reason, client, user_id)
SELECT id, %(merged)s, %(kept)s, %(merge)s, before.current, %(reason)s, %(client)s, %(user)s FROM moved JOIN before USING (id)"""
# Messages about a person go in their order, also those that were written when the person was two.
ONE_QUEUE = "UPDATE outbox_message SET person_id = %(kept)s WHERE person_id = %(merged)s AND state IN ('waiting', 'dead')"
ANSWERS_FOR = """
SELECT FROM guardianship WHERE child_id = ANY(%(people)s) AND guardian_id = ANY(%(people)s) AND upper_inf(recorded) LIMIT 1"""
CODE = "SELECT value FROM identity WHERE person_id = %(person)s AND scheme = 'personal_code' AND current"


class Merged(NamedTuple):
    """The person after a merge: by what it is known, and how many pairs of its main affiliations overlap."""

    person_id: int
    known_as: KnownAs
    overlaps: int
    changed: bool


def merge(session: Session, by: Decision, keep: Named, merge: Named) -> Merged:
    """Makes one person of two; when they are one already, nothing changes."""
    if keep == merge:
        raise NotOnePerson("The same code or identifier is named twice.")
    found = find(session, by, [keep, merge])
    kept, merged = found[keep].person_id, found[merge].person_id
    if kept != merged:
        check_one_person(session, kept, {merged})
        before = code_of_today(session, kept), code_of_today(session, merged)
        join(session, kept, {merged}, by.reason, by.client, by.user)
        now = code_of_today(session, kept)
        if now is not None:
            changes.key_changed(session, "merge", kept, before[1] if before[1] != now else before[0], now)
        changes.people_changed(session, [kept], by.today)
    [known] = known_as(session, by, [kept])
    return Merged(kept, known, count_overlaps(session, kept), kept != merged)


def check_one_person(session: Session, kept: int, others: Collection[int]) -> None:
    """Refuses to merge two of whom one is recorded as answering for the other."""
    if cursor(session).execute(ANSWERS_FOR, {"people": [kept, *others]}).fetchone() is not None:
        raise NotOnePerson("One of these persons answers for the other: they are not one person.")


def join(session: Session, kept: int, others: Collection[int], reason: str, client: str | None = None, user: str | None = None) -> None:
    """Moves the identities of other persons to the one who stays, with all that is said of them; the caller tells of it."""
    run = cursor(session).execute
    for merged in sorted(others):
        named = {"kept": kept, "merged": merged, "reason": reason, "client": client, "user": user}
        [number] = run(BEGIN, named).fetchone() or (0,)
        run(MOVE, {**named, "merge": number})
        carry(session, number, kept, merged)
        run(ONE_QUEUE, named)


def code_of_today(session: Session, person: int) -> str | None:
    """The personal code that is a person's now."""
    found = cursor(session).execute(CODE, {"person": person}).fetchone()
    return None if found is None else found[0]
