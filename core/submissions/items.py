"""Items of a message (iesniegtās vienības): what every kind has in common, and how an item is written down for comparing and for COPY.

Values are text as they came: days as YYYY-MM-DD, absent ones None or empty, which is the same.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core.errors import InvalidItem, InvalidPeriod, InvalidPersonalCode
from core.reading import FIRST_DAY, LAST_DAY
from core.submissions.known import Known

# XML cannot carry these, so no value holds one of them.
BETWEEN_VALUES, BETWEEN_ITEMS = "\x1f", "\x1e"
_EARLIEST, _LATEST = FIRST_DAY.isoformat(), LAST_DAY.isoformat()
_personal_code = re.compile(r"[0-9]{6}-?[0-9]{5}").fullmatch
_needs_escaping = re.compile(r"[\\\r\n]").search
_ESCAPES = str.maketrans({"\\": "\\\\", "\r": "\\r", "\n": "\\n"})


@dataclass(frozen=True, slots=True)
class AssignedIdentifier:
    """An identifier and the institution that assigned it (iestādes piešķirts identifikators)."""

    institution: str
    value: str


# Items are not frozen: a message has a thousand of them, and making frozen ones takes four times as long.
@dataclass(slots=True, kw_only=True)
class Item:
    """What every item says (vienība): its key, the version that its sender knows, the person, the institution."""

    sender_key: str
    entry_id: int | None = None
    expected_version: int | None = None
    personal_code: str | None = None
    identifier: AssignedIdentifier | None = None
    given_name: str | None = None
    surname: str | None = None
    birth_date: str | None = None
    institution: str


class Name(NamedTuple):
    """What a sender names a person by (identitāte)."""

    scheme: str
    issuer: str
    value: str


class Offer(NamedTuple):
    """A programme of an institution on a day (piedāvātā programma)."""

    institution: str
    programme: str
    on: str


class Changed(NamedTuple):
    """What a message changed (izmaiņas): entries that are new, and versions that hold no more with what holds instead, if anything does."""

    new: Sequence[int]
    replaced: Sequence[tuple[int, int | None]]


@dataclass(frozen=True, eq=False)
class Entity:
    """A kind of entry that is submitted: its name in the change feed, its table, the values of a version, the rules on one item.

    `texts` gives an item's values in the order of `columns`, for which `check_form` makes sure that they are of their types. `check` raises
    the rule that an item breaks by itself. `offer` is what the institution must offer on which day; `kept` is SQL for: all of that is as
    it was. `main` is SQL for: version `t` takes part in the rule of one main affiliation at a time.
    `withdrawable` says that entries can be withdrawn, and that the table keeps who did. `tell` tells of what changed whoever follows it
    otherwise than by the change feed.
    """

    name: str
    table: str
    columns: Mapping[str, str]
    lists: tuple[str, ...]
    texts: Callable[[Any], tuple[str, ...]]
    check_form: Callable[[Any], None]
    check: Callable[[Any, Known], None]
    offer: Callable[[Any], Offer] | None = None
    kept: str = "true"
    main: str | None = None
    is_main: Callable[[Any], bool] = lambda _: False
    withdrawable: bool = False
    is_withdrawn: Callable[[Any], bool] = lambda _: False
    tell: Callable[[Session, Changed], None] | None = None


def name_of(item: Item) -> Name:
    """How the person is named; what is not one name becomes one that is nobody's, and is refused by `check_item`."""
    code, identifier = item.personal_code, item.identifier
    if identifier is None:
        return Name("personal_code", "", (code or "").replace("-", ""))
    if code is None:
        return Name("institution", identifier.institution, identifier.value)
    return Name("both", identifier.institution, code + BETWEEN_ITEMS + identifier.value)


def line(entity: Entity, position: int, item: Item) -> str:
    """An item as one line: its place, what every item says, its values."""
    return BETWEEN_VALUES.join(
        (
            str(position),
            item.sender_key,
            *name_of(item),
            item.given_name or "",
            item.surname or "",
            item.birth_date or "",
            "" if item.entry_id is None else str(item.entry_id),
            "" if item.expected_version is None else str(item.expected_version),
            "t" if entity.is_withdrawn(item) else "",
            *entity.texts(item),
        )
    )


LINE_COLUMNS = {
    "position": "int",
    "sender_key": "text",
    "scheme": "text",
    "issuer": "text",
    "value": "text",
    "given_name": "text",
    "surname": "text",
    "born_on": "text",
    "entry_id": "bigint",
    "expected_version": "bigint",
    "withdrawn": "boolean",
}


def copied(line: str) -> str:
    """A line as COPY reads it."""
    return line.translate(_ESCAPES) if _needs_escaping(line) else line


def check_item(item: Item, today: date) -> None:
    """Raises the rule that an item of any kind breaks by itself."""
    if item.personal_code is None:
        if item.identifier is None:
            raise InvalidItem("Name the person by exactly one of personalCode and identifier.")
    elif item.identifier is not None:
        raise InvalidItem("Name the person by exactly one of personalCode and identifier.")
    elif not _personal_code(item.personal_code):
        raise InvalidPersonalCode
    if item.birth_date and not (is_day(item.birth_date) and _EARLIEST <= item.birth_date <= today.isoformat()):
        raise InvalidItem("The birth date is no day, lies in the future or before 1900.")


def check_period(first: str, last: str | None) -> None:
    """Raises when a period is none that the register covers."""
    if not is_day(first) or not _EARLIEST <= first <= _LATEST:
        raise InvalidPeriod
    if last and not (is_day(last) and first <= last <= _LATEST):
        raise InvalidPeriod


@lru_cache(maxsize=20_000)
def is_day(text: str) -> bool:
    """Whether a text is a day as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def as_sent(item: Item) -> dict[str, Any]:
    """What an item said, by its elements' paths, without what it left out."""
    values: dict[str, Any] = {}
    for field in fields(item):
        value = getattr(item, field.name)
        if value != field.default:
            values |= _said(field.name, value)
    return values


def _said(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, list):
        return {path: said for number, part in enumerate(value, 1) for path, said in _said(f"{name}/{number}", part).items()}
    if is_dataclass(value):
        return {f"{name}/{field.name}": said for field in fields(value) if (said := getattr(value, field.name)) is not None}
    return {name: value}
