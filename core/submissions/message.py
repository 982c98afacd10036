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
from core.errors import Overlap, Refusal, RepeatedKey
from core.people import lock
from core.submissions import known, lookup, newcomers, overlaps, versions
from core.submissions.batches import Done, RefusedItem, Sender, once
from core.submissions.items import BETWEEN_ITEMS, Changed, Entity, Item, Name, as_sent, line, name_of
from core.submissions.judging import Forms, Rules, repeated_entries
from core.submissions.lookup import Held, Row, Withdrawn
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
    """The items on their way: refused ones with their refusal, those that are the same, the rows of the others, what is to be written."""

    def __init__(
        self, session: Session, sender: Sender, entity: Entity, items: Sequence[Item], lines: Sequence[str], dry_run: bool
    ) -> None:
        self._session, self._sender, self._entity, self._dry_run = session, sender, entity, dry_run
        self._items, self._lines = items, lines
        self._refused: dict[int, Refusal] = {}
        self._same: dict[int, Held] = {}
        self._rows: dict[int, Row] = {}
        self._withdrawn: dict[int, Withdrawn] = {}
        self._writing: dict[int, Row] = {}
        self._taken: list[int] = []
        self._recorded: set[int] = set()
        self._held_by: dict[int, int] = {}
        self._institutions: dict[str, bool] = {}

    def done(self) -> Done:
        """All of it."""
        with lookup.by_index(self._session):
            self._send()
            different = self._compare()
            if different:
                self._judge(different)
                self._settle_overlaps()
            entered = self._enter_people()
            written = self._write(entered)
        self._tell(written)
        return self._answer(written, entered)

    def _each(self, positions: Iterable[int], check: Callable[[int, Item], None]) -> list[int]:
        """The positions whose items a check lets through; the others are refused."""
        passed = []
        for position in positions:
            try:
                check(position, self._items[position - 1])
            except Refusal as refusal:
                self._refused[position] = refusal
            else:
                passed.append(position)
        return passed

    def _send(self) -> None:
        """The lines of items that can be compared at all, for institutions that the sender may submit for."""
        named = {item.institution for item in self._items}
        named |= {item.identifier.institution for item in self._items if item.identifier}
        self._institutions = known.within(self._session, self._sender.scope, self._sender.today, named)
        self._taken = self._each(range(1, len(self._items) + 1), Forms(self._entity).check)
        if not all(self._institutions.get(item.institution, False) for item in self._items):
            self._taken = self._each(self._taken, lambda _, item: known.check_institution(self._institutions, item.institution))
        lookup.send(self._session, self._entity, [self._lines[position - 1] for position in self._taken])

    def _compare(self) -> list[int]:
        """Those that are not the same as what is held under their keys, and break no rule by themselves."""
        held = lookup.held(self._session, self._entity, self._sender.client)
        self._same = {one.position: one for one in held if one.same}
        self._held_by = {one.position: one.person_id for one in held if not one.same}
        return [position for position in self._taken if position not in self._same]

    def _judge(self, different: list[int]) -> None:
        """The rules, with the people locked before anything is decided about them."""
        rules = Rules(self._sender, self._entity, self._read_known(different))
        self._find(self._each(different, rules.check))
        entries = [(position, row.entry_id) for position, row in self._rows.items()]
        for position in repeated_entries([*entries, *((position, one.entry_id) for position, one in self._same.items())]):
            self._refused[position] = RepeatedKey("Another item of this message stands for the same entry; the first one was judged.")
        changing = [position for position, row in self._rows.items() if not row.same and position not in self._refused]
        for position in self._each(
            changing, lambda position, item: rules.check_row(item, self._rows[position], self._withdrawn.get(position))
        ):
            row = self._rows[position]
            if row.id is not None or not self._entity.is_withdrawn(self._items[position - 1]):
                self._writing[position] = row

    def _read_known(self, positions: Iterable[int]) -> known.Known:
        offer = self._entity.offer
        programmes = {offer(self._items[position - 1])[:2] for position in positions} if offer else set()
        return known.read(self._session, self._sender.today, self._entity.lists, programmes, self._institutions)

    def _find(self, positions: Sequence[int]) -> None:
        """What the register holds of these items, read when all their people are locked."""
        if not positions:
            return
        people = lookup.named(self._session, self._entity, positions)
        people |= {self._held_by[position] for position in positions if position in self._held_by}
        locked: set[int] = set()
        while not self._rows or not people <= locked:
            lock(self._session, people - locked)
            locked |= people
            self._rows = {row.position: row for row in self._look_up(positions)}
            # Whoever was merged while we waited is somebody else now.
            people = {person for row in self._rows.values() for person in (row.person_id, row.held_by) if person is not None}
        again = [place for place, row in self._rows.items() if row.id is None and not self._entity.is_withdrawn(self._items[place - 1])]
        self._withdrawn = lookup.withdrawn(self._session, self._entity, self._sender.client, again)
        places = {row.institution for row in self._rows.values() if row.institution} - set(self._institutions)
        if places:
            self._institutions.update(known.within(self._session, self._sender.scope, self._sender.today, places))

    def _look_up(self, positions: Sequence[int]) -> list[Row]:
        rows = lookup.find(self._session, self._entity, self._sender.client, positions)
        numbered = [row.position for row in rows if row.id is None and self._items[row.position - 1].entry_id is not None]
        if numbered:
            found = lookup.find(self._session, self._entity, self._sender.client, numbered, by_number=True)
            by_number = {row.position: row for row in found}
            rows = [by_number.get(row.position, row) for row in rows]
        return rows

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
        replaced, gone, added = list[int](), list[int](), list[Version]()
        for position, row in self._writing.items():
            item = self._items[position - 1]
            withdrawn = self._entity.is_withdrawn(item)
            if row.id is not None:
                (gone if withdrawn else replaced).append(row.id)
            if not withdrawn:
                identity = entered[name_of(item)].identity_id if row.identity_id is None else row.identity_id
                added.append(Version(position, identity, row.entry_id, row.id))
        versions.close(self._session, self._entity, replaced)
        versions.withdraw(self._session, self._entity, self._sender.client, gone)
        return versions.add(self._session, self._entity, self._sender.client, added)

    def _tell(self, written: Mapping[int, Written]) -> None:
        """Who holds copies is told of the entries, and of people who got their names now."""
        gone = {row.entry_id for row in self._writing.values() if row.entry_id is not None}
        entries_changed(self._session, self._entity.name, gone | {version.entry_id for version in written.values()}, self._sender.today)
        people_changed(self._session, self._recorded, self._sender.today)
        if self._entity.tell is not None and self._writing:
            new = [version.entry_id for position, version in written.items() if self._writing[position].id is None]
            versions_of = {position: version.version for position, version in written.items()}
            replaced = [(row.id, versions_of.get(position)) for position, row in self._writing.items() if row.id is not None]
            self._entity.tell(self._session, Changed(new, replaced))

    def _answer(self, written: Mapping[int, Written], entered: Mapping[Name, Newcomer]) -> Done:
        outcomes = [self._outcome(position, item, written.get(position)) for position, item in enumerate(self._items, 1)]
        kinds = Counter(outcome.outcome for outcome in outcomes)
        counts = (len(outcomes), kinds[ACCEPTED], kinds[UNCHANGED], kinds[REJECTED])
        people = {row.person_id for row in self._rows.values() if row.person_id is not None}
        people |= {one.person_id for one in self._same.values()}
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
        same = self._same.get(position)
        if same is not None:
            return Outcome(position, item.sender_key, UNCHANGED, same.entry_id, same.id, None, None)
        row = self._rows[position]
        if position not in self._writing:
            return Outcome(position, item.sender_key, UNCHANGED, row.entry_id, row.id, None, None)
        if written is None or self._dry_run:
            # A trial leaves no version, and no entry that was not there before.
            return Outcome(position, item.sender_key, ACCEPTED, row.entry_id, None, None, None)
        return Outcome(position, item.sender_key, ACCEPTED, written.entry_id, written.version, None, None)
