"""Items of submitInstitutions (iestāžu vienības), and what the register holds of the same institutions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from core.errors import InvalidPeriod
from core.periods import Period, day_after
from core.reading import FIRST_DAY, LAST_DAY
from core.submissions.items import is_day


@dataclass(frozen=True, slots=True)
class Predecessor:
    """An institution that another one continues (reorganizācija)."""

    institution: str
    kind: str
    since: str


@dataclass(frozen=True, slots=True)
class OfferedProgramme:
    """A programme and the days on which it is offered (izglītības programma); what it is called then."""

    code: str
    name: str
    offered_from: str
    lki_level: str | None = None
    offered_to: str | None = None

    @property
    def after(self) -> date:
        """The day before which it ends."""
        return day_after(day(self.offered_to) if self.offered_to else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionItem:
    """What a sender says of an institution from a day on (iestādes dati); days are text as they came.

    Predecessors, when given, are all of them. Programmes are those that something is said of: for the days of each, and nothing stays
    behind these days of an offer that they meet.
    """

    registration_number: str
    valid_from: str
    name: str
    type: str
    sender_key: str | None = None
    expected_version: int | None = None
    kind: str | None = None
    subordination: str | None = None
    legal_status: str | None = None
    municipality: str | None = None
    address: str | None = None
    postcode: str | None = None
    opened_on: str | None = None
    closed_on: str | None = None
    predecessors: Sequence[Predecessor] | None = None
    programmes: Sequence[OfferedProgramme] | None = None


class Profile(NamedTuple):
    """What is said of an institution for a period, in the order of the columns."""

    name: str
    type_code: str
    kind_code: str | None
    subordination_code: str | None
    legal_status_code: str | None
    municipality: str | None
    address: str | None
    postcode: str | None
    opened_on: date | None
    closed_on: date | None


class Offer(NamedTuple):
    """What a programme is called for a period in which it is offered, and the level that it leads to."""

    name: str
    lki_level: str | None


class Succession(NamedTuple):
    """How and since when an institution continues another one, and the row that says so."""

    kind: str
    since: date
    key: int | None = None


@dataclass(slots=True)
class Held:
    """What the register holds of one institution now."""

    profiles: list[Period[Profile]] = field(default_factory=list)
    predecessors: dict[str, Succession] = field(default_factory=dict)
    offers: dict[str, list[Period[Offer]]] = field(default_factory=dict)


class Change(NamedTuple):
    """What an item changes: the keys of rows that no longer hold, and rows to add."""

    closed_profiles: list[int]
    profiles: list[Period[Profile]]
    closed_predecessors: list[int]
    predecessors: dict[str, Succession]
    closed_offers: list[int]
    offers: list[tuple[str, Period[Offer]]]

    def __bool__(self) -> bool:
        return any(self)


def day(text: str) -> date:
    """A day of an item, refused when the register does not cover it."""
    if not is_day(text) or not FIRST_DAY <= (found := date.fromisoformat(text)) <= LAST_DAY:
        raise InvalidPeriod("The days lie between 1900 and 2199.")
    return found


def tidy(value: str | None) -> str | None:
    """A text without white space around it; an empty one is none."""
    return " ".join(value.split()) or None if value else None


def as_sent(item: InstitutionItem) -> dict[str, Any]:
    """What an item said, without what it did not say; what stands in lists is named by its place."""
    said = {name: getattr(item, name) for name in item.__dataclass_fields__ if name not in ("predecessors", "programmes")}
    lists: Mapping[str, Sequence[Predecessor | OfferedProgramme]] = {
        "predecessor": item.predecessors or (),
        "programme": item.programmes or (),
    }
    for name, ones in lists.items():
        for place, one in enumerate(ones, 1):
            said |= {f"{name}s/{name}[{place}]/{part}": getattr(one, part) for part in one.__dataclass_fields__}
    return {name: value for name, value in said.items() if value is not None}
