"""The rules on items (vienību pārbaude): what an item breaks by itself, and what it breaks by what the register holds."""

from collections.abc import Sequence
from typing import Any

from core.errors import RepeatedKey, UnknownEntry, UnknownPerson, VersionConflict
from core.submissions.batches import Sender
from core.submissions.items import Entity, Item, Offer, check_item
from core.submissions.known import Known
from core.submissions.lookup import Row, Withdrawn


class Forms:
    """What is looked at before anything is looked up: one item for a key, values of their types."""

    def __init__(self, entity: Entity) -> None:
        self._entity = entity
        self._keys: set[str] = set()

    def check(self, _: int, item: Item) -> None:
        """Raises the rule that the item breaks."""
        if item.sender_key in self._keys:
            raise RepeatedKey
        self._keys.add(item.sender_key)
        self._entity.check_form(item)


class Rules:
    """What an item that would change something has to keep."""

    def __init__(self, sender: Sender, entity: Entity, known: Known) -> None:
        self._sender, self._entity, self._known = sender, entity, known
        self._offered: set[Offer] = set()

    def check(self, _: int, item: Any) -> None:
        """Raises the rule that the item breaks whatever the register holds of it."""
        check_item(item, self._sender.today)
        self._entity.check(item, self._known)

    def check_row(self, item: Any, row: Row, withdrawn: Withdrawn | None) -> None:
        """Raises the rule that the item breaks by the version that it replaces or brings back, by the offer, by the person."""
        if withdrawn is None:
            self._check_version(item, row)
        else:
            self._check_withdrawn(item, withdrawn)
        if self._entity.is_withdrawn(item):
            return
        offer = self._entity.offer(item) if self._entity.offer and not row.kept else None
        if offer is not None and offer not in self._offered:
            self._known.check_programme(*offer)
            self._offered.add(offer)
        self._check_person(item, row)

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
        if expected != row.id and (expected is not None or not own or row.author is not None or row.by_number):
            raise VersionConflict

    def _check_withdrawn(self, item: Item, withdrawn: Withdrawn) -> None:
        """Whether the sender knows which version another client withdrew."""
        if item.entry_id is not None and item.entry_id != withdrawn.entry_id:
            raise UnknownEntry
        if item.expected_version != withdrawn.id:
            raise VersionConflict(f"Another client withdrew the entry. With the expected version {withdrawn.id} it is entered again.")

    def _check_person(self, item: Item, row: Row) -> None:
        """A person who has no record needs names; an identifier that nobody has yet needs an institution that the sender may name."""
        if row.recorded:
            return
        if not (item.given_name or "").strip() or not (item.surname or "").strip():
            raise UnknownPerson
        if row.person_id is None and item.identifier is not None:
            self._known.check_institution(item.identifier.institution)


def repeated_entries(entries: Sequence[tuple[int, int | None]]) -> list[int]:
    """The positions of items that stand for an entry for which an earlier one stands: by its number, under another key."""
    seen, repeated = set[int](), []
    for position, entry in sorted(entries):
        if entry in seen:
            repeated.append(position)
        elif entry is not None:
            seen.add(entry)
    return repeated
