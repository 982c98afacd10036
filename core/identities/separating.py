"""Identities that do not belong to one person are separated (personu nodalīšana): also what undoes a merge, and mends swapped codes.

An identity that came by a merge goes back to the person it came from. What came together through several merges goes back as far as all of
it moves: to undo the last of them is to name everything that it brought. Whoever goes back is again what was closed. Other identities go
to a new person, those of one message and one person to the same; it gets a copy of the profile, since nothing else is known of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from core import changes
from core.connections import cursor
from core.education import Named
from core.errors import NotSeparable
from core.identities.carrying import PROFILE
from core.identities.moves import Move, came_by, put, settle, undo, way_back
from core.identities.named import Decision, Identity, KnownAs, find, held_by, known_as
from core.people import lock

NEW_PERSON = "INSERT INTO person DEFAULT VALUES RETURNING id"
COPY_PROFILE = f"""
INSERT INTO person_profile (person_id, {PROFILE}, restricted, source)
SELECT %(new)s, {PROFILE}, restricted, 'separation' FROM person_profile WHERE person_id = %(old)s AND upper_inf(recorded)"""


class Asked(NamedTuple):
    """An identity that is to go: to the person whom another one names, or, without, back or to a new person."""

    who: Named
    into: Named | None = None


class Separated(NamedTuple):
    """Everybody concerned, after the separation: first those from whom something went."""

    people: list[int]
    known_as: list[KnownAs]


def separate(session: Session, by: Decision, asked: Sequence[Asked]) -> Separated:
    """Moves each identity where it belongs, all of them or none."""
    found = find(session, by, list({name for one in asked for name in one if name is not None}))
    if len({one.who for one in asked}) < len(asked):
        raise NotSeparable("The same code or identifier is named twice.")
    leaving = [found[one.who] for one in asked]
    if any(one.into and found[one.into].person_id == found[one.who].person_id for one in asked):
        raise NotSeparable("A code or identifier belongs already to the person that it shall go to.")
    back, undone = _going_back(session, [found[one.who] for one in asked if one.into is None])
    known = held_by(session, {entry.person_id for entry in found.values()} | {move.to for move in back.values()})
    _check_that_somebody_stays(known, leaving, [found[one.into].person_id for one in asked if one.into])
    moves = [Move(found[one.who], found[one.into].person_id, found[one.who].current) for one in asked if one.into]
    moves += back.values()
    gone = {move.identity.id for move in moves}
    moves += _to_new_people(session, [entry for entry in leaving if entry.id not in gone])
    people = list(dict.fromkeys([entry.person_id for entry in leaving] + [move.to for move in moves]))
    settled = settle([entry for entry in known if entry.person_id in people], moves)
    put(session, settled, moves, by.reason, by.client, by.user)
    for merge, merged in undone.items():
        undo(session, merge, merged)
    _tell(session, people, known, settled, moves)
    changes.people_changed(session, people, by.today)
    return Separated(people, known_as(session, by, people))


def _going_back(session: Session, leaving: Sequence[Identity]) -> tuple[dict[int, Move], dict[int, int]]:
    """Those who came by a merge, by identity, and the merges that are undone, each with the person who was merged."""
    back: dict[int, Move] = {}
    undone: dict[int, int] = {}
    held = held_by(session, {entry.person_id for entry in leaving})
    came, going = came_by(session, [entry.id for entry in held]), {entry.id for entry in leaving}
    # What each merge brought to a person, as far as that person still holds it.
    brought: dict[tuple[int, int], set[int]] = {}
    for entry in held:
        for one in came[entry.id]:
            brought.setdefault((entry.person_id, one.merge_id), set()).add(entry.id)
    for entry in leaving:
        if came[entry.id]:
            whole = (one for one in reversed(came[entry.id]) if brought[entry.person_id, one.merge_id] <= going)
            source = next(whole, came[entry.id][0])
            to, merge = way_back(session, source, entry.person_id)
            back[entry.id] = Move(entry, to, source.was_current, source.merge_id)
            if merge is not None:
                undone[merge] = to
    lock(session, {move.to for move in back.values()})
    return back, undone


def _check_that_somebody_stays(known: Iterable[Identity], leaving: Sequence[Identity], arriving: Sequence[int]) -> None:
    """Refuses to leave a person without any identity: nobody could be found by what is said of it."""
    going = {entry.id for entry in leaving}
    stays = {entry.person_id for entry in known if entry.id not in going} | set(arriving)
    if any(entry.person_id not in stays for entry in leaving):
        raise NotSeparable("No code or identifier would stay with this person. To make two records one person, merge them.")


def _to_new_people(session: Session, leaving: Sequence[Identity]) -> list[Move]:
    new: dict[int, int] = {}
    for person in dict.fromkeys(entry.person_id for entry in leaving):
        [new[person]] = cursor(session).execute(NEW_PERSON).fetchone() or (0,)
        cursor(session).execute(COPY_PROFILE, {"old": person, "new": new[person]})
    return [Move(entry, new[entry.person_id], entry.current) for entry in leaving]


def _tell(session: Session, people: Sequence[int], known: Sequence[Identity], settled: Iterable[Identity], moves: Sequence[Move]) -> None:
    """Whose code became another one, and under which code entries go on that had another person's until now."""
    before, after = _codes(known), _codes(settled)
    somebody = {entry.person_id for entry in known}
    for person in people:
        if person in somebody and before.get(person) != after.get(person):
            changes.key_changed(session, "keyChange", person, before.get(person), after.get(person))
        for left in dict.fromkeys(before.get(move.identity.person_id) for move in moves if move.to == person):
            if left != after.get(person):
                changes.key_changed(session, "separate", person, left, after.get(person))


def _codes(entries: Iterable[Identity]) -> Mapping[int, str]:
    """The code of the day by person."""
    return {entry.person_id: entry.value for entry in entries if entry.is_code and entry.current}
