"""Identities on their way from person to person (identitāšu pārcelšana): where they came from, and where they are put.

What a merge moved is remembered as long as it lasts: one merge upon another, like a pile. Going back takes off everything down to the merge
that is undone; what somebody moved by decision begins anew with the person it was given to.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from core.connections import cursor
from core.identities.carrying import give_back
from core.identities.named import Identity, held_by

MOVES = """
SELECT v.identity_id, v.from_person_id = m.merged_person_id, v.merge_id, m.merged_person_id, v.was_current
FROM identity_move v LEFT JOIN person_merge m ON m.id = v.merge_id WHERE v.identity_id = ANY(%(identities)s) ORDER BY v.id"""
STILL_MERGED = "SELECT id, kept_person_id FROM person_merge WHERE merged_person_id = %(person)s AND undone_at IS NULL"
UNDO = "UPDATE person_merge SET undone_at = now() WHERE id = %(merge)s"
# No two codes of one person may be current, not even between two rows of one statement.
CLEAR = "UPDATE identity SET current = false WHERE id = ANY(%(identities)s) AND scheme = 'personal_code' AND current"
PUT = """
UPDATE identity i SET person_id = n.person_id, current = n.current
FROM unnest(%(identities)s::bigint[], %(people)s::bigint[], %(currents)s::boolean[]) AS n (id, person_id, current)
WHERE i.id = n.id AND (i.person_id, i.current) <> (n.person_id, n.current)"""
RECORD = """
INSERT INTO identity_move (identity_id, from_person_id, to_person_id, merge_id, was_current, reason, client, user_id)
SELECT n.*, %(reason)s, %(client)s, %(user)s
FROM unnest(%(identities)s::bigint[], %(before)s::bigint[], %(after)s::bigint[], %(merges)s::bigint[], %(currents)s::boolean[]) n"""


class Came(NamedTuple):
    """How an identity came to whoever holds it: by which merge, from whom, and whether it was the code of that person's day."""

    merge_id: int
    person_id: int
    was_current: bool


class Move(NamedTuple):
    """An identity and where it goes; `merge_id` is the merge by which it had come, when it goes back."""

    identity: Identity
    to: int
    was_current: bool
    merge_id: int | None = None


def came_by(session: Session, identities: Collection[int]) -> dict[int, list[Came]]:
    """The merges by which identities came to their persons, the first one first."""
    came: dict[int, list[Came]] = {identity: [] for identity in identities}
    for identity, forward, merge, person, was_current in cursor(session).execute(MOVES, {"identities": list(identities)}):
        if merge is None:
            came[identity].clear()
        elif forward:
            came[identity].append(Came(merge, person, was_current))
        else:
            while came[identity] and came[identity].pop().merge_id != merge:
                pass
    return came


def way_back(session: Session, came: Came, holder: int) -> tuple[int, int | None]:
    """To whom an identity goes back, and the merge that this undoes: who was merged into somebody else meanwhile stays there."""
    first = _merged_into(session, came.person_id)
    last = first
    while last is not None and (further := _merged_into(session, last[1])) is not None:
        last = further
    if first is None or last is None:
        return came.person_id, None
    return (came.person_id, first[0]) if last[1] == holder else (last[1], None)


def undo(session: Session, merge: int, merged: int) -> None:
    """The merged person is somebody again, with all that was said of it."""
    cursor(session).execute(UNDO, {"merge": merge})
    give_back(session, merge, merged)


def exchange(session: Session, one: int, other: int, codes: Collection[str], reason: str) -> None:
    """Two persons get each other's codes among these."""
    held = held_by(session, [one, other])
    swapped = {one: other, other: one}
    moves = [Move(entry, swapped[entry.person_id], entry.current) for entry in held if entry.is_code and entry.value in codes]
    put(session, settle(held, moves), moves, reason)


def settle(known: Iterable[Identity], moves: Sequence[Move]) -> list[Identity]:
    """Whose each identity is after the moves, and whether it is the code of the day: each person who has codes has exactly one.

    That is the person's own code of the day when it stays, else the latest of those that come as such, else the latest of all.
    """
    moved = {move.identity.id: move for move in moves}
    after = [entry._replace(person_id=moved[entry.id].to) if entry.id in moved else entry for entry in known]
    chosen: dict[int, int] = {}
    for person in {entry.person_id for entry in after}:
        codes = [entry for entry in after if entry.person_id == person and entry.is_code]
        if codes:
            chosen[person] = max(codes, key=lambda entry: (_claim(entry, moved.get(entry.id)), entry.created_at, entry.id)).id
    return [entry._replace(current=chosen[entry.person_id] == entry.id) if entry.is_code else entry for entry in after]


def put(
    session: Session, settled: Iterable[Identity], moves: Sequence[Move], reason: str, client: str | None = None, user: str | None = None
) -> None:
    """Writes whose the identities are from now on, which codes are current, and what moved by whose decision."""
    run, entries = cursor(session).execute, list(settled)
    identities = [entry.id for entry in entries]
    run(CLEAR, {"identities": [entry.id for entry in entries if not entry.current]})
    run(CLEAR, {"identities": [move.identity.id for move in moves]})
    run(PUT, {"identities": identities, "people": [e.person_id for e in entries], "currents": [e.current for e in entries]})
    moved = {
        "identities": [move.identity.id for move in moves],
        "before": [move.identity.person_id for move in moves],
        "after": [move.to for move in moves],
        "merges": [move.merge_id for move in moves],
        "currents": [move.identity.current for move in moves],
    }
    run(RECORD, {**moved, "reason": reason, "client": client, "user": user})


def _claim(entry: Identity, move: Move | None) -> int:
    """How much a code has to be the one of the day: it is already, it comes as such, neither."""
    if move is None:
        return 2 if entry.current else 0
    return 1 if move.was_current else 0


def _merged_into(session: Session, person: int) -> tuple[int, int] | None:
    found = cursor(session).execute(STILL_MERGED, {"person": person}).fetchone()
    return None if found is None else (found[0], found[1])
