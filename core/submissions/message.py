"""A message of items (vienību ziņojums) judged and written: in one transaction, set by set, whatever the number of its items.

Each item becomes accepted, unchanged or rejected; a rejected one is kept with its reason and holds up no other. What is the same costs a
look-up. The people of all others are locked before anything is decided about them, so of two senders who write about one person at once
the second one decides by what the first one wrote.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core.changes import entries_changed, people_changed
from core.errors import Overlap, Refusal, RepeatedKey, UnknownEntry, UnknownPerson, VersionConflict
from core.people import lock
from core.submissions import known, lookup, newcomers, overlaps, versions
from core.submissions.batches import Done, RefusedItem, Sender, once
from core.submissions.items import BETWEEN_ITEMS, Entity, Item, Name, Offer, as_sent, check_item, line, name_of
from core.submissions.lookup import Row
from core.submissions.newcomers import Newcomer
from core.submissions.overlaps import FOR_EVER, Move, Span
from core.submissions.versions import Version, Written

ACCEPTED, UNCHANGED, REJECTED = "accepted", "unchanged", "rejected"


class Outcome(NamedTuple):
    """What became of an item (iznākums)."""

    position: int
    sender_key: str | None
    outcome: str
    entry_id: int | None
    version: int | None
    code: str | None
    reason: str | None


class Submitted(NamedTuple):
    """What became of a message, now or the first time that it came; from then, the outcomes are lists instead of tuples."""

    data_as_of: str
    repeated: bool
    received: int
    accepted: int
    unchanged: int
    rejected: int
    outcomes: Sequence[Outcome]
    persons: Sequence[int]


def submit(
    session: Session, sender: Sender, entity: Entity, operation: str, batch_key: str, items: Sequence[Any], dry_run: bool = False
) -> Submitted:
    """Judges and writes the items, or only judges them; the same message again is answered as the first time."""
    lookup.prepare(session, entity)
    lines = [line(entity, position, item) for position, item in enumerate(items, 1)]

    def work() -> Done:
        return _Message(session, sender, entity, items, lines, dry_run).done()

    answered = once(session, sender, operation, batch_key, BETWEEN_ITEMS.join(lines).encode(), work, dry_run)
    received, accepted, unchanged, rejected, outcomes = answered.answer
    return Submitted(answered.data_as_of, answered.repeated, received, accepted, unchanged, rejected, outcomes, answered.persons)


class _Message:
    """The items on their way: refused ones with their refusal, the rows of the others, what is to be written."""

    def __init__(
        self, session: Session, sender: Sender, entity: Entity, items: Sequence[Item], lines: Sequence[str], dry_run: bool
    ) -> None:
        self._session, self._sender, self._entity, self._dry_run = session, sender, entity, dry_run
        self._items, self._lines = items, lines
        self._refused: dict[int, Refusal] = {}
        self._rows: dict[int, Row] = {}
        self._writing: dict[int, Row] = {}
        self._recorded: set[int] = set()

    def done(self) -> Done:
        """All of it."""
        self._known = self._read_known()
        self._each(range(1, len(self._items) + 1), self._check())
        taken = [position for position in range(1, len(self._items) + 1) if position not in self._refused]
        lookup.send(self._session, self._entity, [self._lines[position - 1] for position in taken])
        with lookup.by_index(self._session):
            self._find(taken)
            self._each(sorted(self._rows), self._check_entries())
            self._each([position for position, row in self._rows.items() if not row.same and position not in self._refused], self._judge())
            self._settle_overlaps()
            entered = self._enter_people()
            written = self._write(entered)
        self._tell(written)
        return self._answer(written, entered)

    def _each(self, positions: Iterable[int], check: Callable[[int, Item], None]) -> None:
        for position in positions:
            try:
                check(position, self._items[position - 1])
            except Refusal as refusal:
                self._refused[position] = refusal

    def _read_known(self) -> known.Known:
        institutions = {item.institution for item in self._items}
        institutions |= {item.identifier.institution for item in self._items if item.identifier}
        offer = self._entity.offer
        programmes = {offer(item)[:2] for item in self._items} if offer else set()
        return known.read(self._session, self._sender.scope, self._sender.today, self._entity.lists, institutions, programmes)

    def _check(self) -> Callable[[int, Item], None]:
        """The rules on an item by itself, and on two of one key."""
        keys, today = set[str](), self._sender.today

        def check(position: int, item: Item) -> None:
            if item.sender_key in keys:
                raise RepeatedKey
            keys.add(item.sender_key)
            check_item(item, self._known, today)
            self._entity.check(item, self._known)

        return check

    def _find(self, positions: Sequence[int]) -> None:
        """Looks up all items, and those that are not the same again once their people are locked."""
        self._rows = {row.position: row for row in self._look_up(positions)}
        looked = [position for position, row in self._rows.items() if not row.same]
        locked: set[int] = set()
        while people := {person for position in looked for person in self._people(position)} - locked:
            lock(self._session, people)
            locked |= people
            self._rows.update((row.position, row) for row in self._look_up(looked))

    def _look_up(self, positions: Sequence[int]) -> list[Row]:
        rows = lookup.find(self._session, self._entity, self._sender.client, positions)
        numbered = [row.position for row in rows if row.id is None and self._items[row.position - 1].entry_id is not None]
        if numbered:
            by_number = {
                row.position: row for row in lookup.find(self._session, self._entity, self._sender.client, numbered, by_number=True)
            }
            rows = [by_number.get(row.position, row) for row in rows]
        return [row._replace(same=False) if self._entity.is_withdrawn(self._items[row.position - 1]) else row for row in rows]

    def _people(self, position: int) -> set[int]:
        row = self._rows[position]
        return {person for person in (row.person_id, row.held_by) if person is not None}

    def _check_entries(self) -> Callable[[int, Item], None]:
        """Two items may stand for one entry without having one key: by its number."""
        entries = set[int]()

        def check(position: int, _: Item) -> None:
            entry = self._rows[position].entry_id
            if entry in entries:
                raise RepeatedKey("Another item of this message stands for the same entry; the first one was judged.")
            if entry is not None:
                entries.add(entry)

        return check

    def _judge(self) -> Callable[[int, Item], None]:
        """The rules on an item that would change something: the version that it replaces, the offer, the person."""
        offered = set[Offer]()
        places = {row.institution for row in self._rows.values() if row.institution and row.institution not in self._known.institutions}
        if places:
            self._known.institutions.update(known.within(self._session, self._sender.scope, self._sender.today, places))

        def judge(position: int, item: Item) -> None:
            row = self._rows[position]
            self._check_version(item, row)
            if self._entity.is_withdrawn(item):
                if row.id is None:
                    return
            else:
                offer = self._entity.offer(item) if self._entity.offer and not row.kept else None
                if offer is not None and offer not in offered:
                    self._known.check_programme(*offer)
                    offered.add(offer)
                self._check_person(item, row)
            self._writing[position] = row

        return judge

    def _check_version(self, item: Item, row: Row) -> None:
        """Whose version the item would replace, and whether its sender knows it."""
        expected, own = item.expected_version, row.sender == self._sender.client
        if item.entry_id is not None and item.entry_id != row.entry_id:
            raise UnknownEntry
        if row.id is None:
            if expected is not None:
                raise VersionConflict("Nothing was recorded under this key.")
            return
        if not own and not self._known.institutions.get(row.institution or "", False):
            raise UnknownEntry
        if expected != row.id and (expected is not None or not own or row.author is not None):
            raise VersionConflict

    def _check_person(self, item: Item, row: Row) -> None:
        """A person who has no record needs names; an identifier of one's own institution needs that institution, too."""
        if row.recorded:
            return
        if not (item.given_name or "").strip() or not (item.surname or "").strip():
            raise UnknownPerson
        if row.person_id is None and item.identifier is not None:
            self._known.check_institution(item.identifier.institution)

    def _settle_overlaps(self) -> None:
        if not self._entity.main:
            return
        moves = [move for move in map(self._move, self._writing.values()) if move.new or move.old]
        looked = [(move.position, move.new.person) for move in moves if move.new and isinstance(move.new.person, int)]
        for position in overlaps.refused(moves, lookup.meeting(self._session, looked)):
            self._refused[position] = Overlap()
            del self._writing[position]

    def _move(self, row: Row) -> Move:
        item: Any = self._items[row.position - 1]
        if not self._entity.is_main(item):
            return Move(row.position, row.entry_id, row.main, None)
        after = (date.fromisoformat(item.ended_on) + timedelta(1)).isoformat() if item.ended_on else FOR_EVER
        name = name_of(item)
        return Move(row.position, row.entry_id, row.main, Span(row.person_id or name, item.started_on, after, row.identity_id or name))

    def _enter_people(self) -> dict[Name, Newcomer]:
        named: dict[Name, Item] = {}
        unrecorded: dict[int, Item] = {}
        for position, row in self._writing.items():
            item = self._items[position - 1]
            if self._entity.is_withdrawn(item):
                continue
            if row.person_id is None:
                named.setdefault(name_of(item), item)
            elif not row.recorded:
                unrecorded.setdefault(row.person_id, item)
        newcomers.record(self._session, self._sender.client, unrecorded)
        self._recorded = set(unrecorded)
        return newcomers.enter(self._session, self._sender.client, named)

    def _write(self, entered: Mapping[Name, Newcomer]) -> dict[int, Written]:
        versions.close(self._session, self._entity, [row.id for row in self._writing.values() if row.id is not None])
        added = []
        for position, row in self._writing.items():
            item = self._items[position - 1]
            if not self._entity.is_withdrawn(item):
                identity = entered[name_of(item)].identity_id if row.identity_id is None else row.identity_id
                added.append(Version(position, identity, row.entry_id, row.id))
        return versions.add(self._session, self._entity, self._sender.client, added)

    def _tell(self, written: Mapping[int, Written]) -> None:
        """Who holds copies is told of the entries, and of people who got their names now."""
        gone = {row.entry_id for row in self._writing.values() if row.entry_id is not None}
        entries_changed(self._session, self._entity.name, gone | {version.entry_id for version in written.values()}, self._sender.today)
        people_changed(self._session, self._recorded, self._sender.today)

    def _answer(self, written: Mapping[int, Written], entered: Mapping[Name, Newcomer]) -> Done:
        outcomes = [self._outcome(position, item, written.get(position)) for position, item in enumerate(self._items, 1)]
        kinds = Counter(outcome.outcome for outcome in outcomes)
        counts = (len(outcomes), kinds[ACCEPTED], kinds[UNCHANGED], kinds[REJECTED])
        people = {row.person_id for row in self._rows.values() if row.person_id is not None}
        if not self._dry_run:
            people |= {newcomer.person_id for newcomer in entered.values()}
        refused = [
            RefusedItem(position, self._items[position - 1].sender_key, refusal, as_sent(self._items[position - 1]))
            for position, refusal in sorted(self._refused.items())
        ]
        return Done([*counts, outcomes], sorted(people), *counts[:3], refused)

    def _outcome(self, position: int, item: Item, written: Written | None) -> Outcome:
        refusal = self._refused.get(position)
        if refusal is not None:
            return Outcome(position, item.sender_key, REJECTED, None, None, refusal.code, str(refusal))
        row = self._rows[position]
        if position not in self._writing:
            return Outcome(position, item.sender_key, UNCHANGED, row.entry_id, row.id, None, None)
        if written is None or self._dry_run:
            # A trial leaves no version, and no entry that was not there before.
            return Outcome(position, item.sender_key, ACCEPTED, row.entry_id, None, None, None)
        return Outcome(position, item.sender_key, ACCEPTED, written.entry_id, written.version, None, None)
