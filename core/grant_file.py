"""What a grant is written as (piekļuves tiesību pieraksts): the entries of a TOML file, or what a command was given, and their form."""

import tomllib
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from sqlalchemy.dialects.postgresql import Range

from core.access import EVERYBODY, Right, ScopeKind
from core.errors import InvalidPersonalCode
from core.personal_code import normalise

Kind = TypeVar("Kind", bound=StrEnum)
# What a grant is made of; what is misspelt would give more or less than was meant.
TEXTS, LISTS, DAYS = ("client", "operation", "scope", "purpose", "legal_basis"), ("values", "rights", "fields"), ("valid_from", "valid_to")
NUMBERS = ("hidden_days",)
MOST_DAYS = 36_525  # a hundred years; more is a slip of the hand, and days without number are no instant
FORMS = {
    **dict.fromkeys(TEXTS, "a text"),
    **dict.fromkeys(LISTS, "a list of texts"),
    **dict.fromkeys(DAYS, "a day (2026-09-01)"),
    **dict.fromkeys(NUMBERS, f"a number of days from 1 to {MOST_DAYS}"),
}


class Wanted(NamedTuple):
    """A grant that somebody asks for (prasītā piekļuves tiesība); lists are in order, so that equal grants are equal."""

    client: str
    operation: str
    scope: str
    scope_values: tuple[str, ...]
    rights: tuple[str, ...]
    fields: tuple[str, ...] | None
    purpose: str
    legal_basis: str
    valid: Range[date]
    hidden_days: int | None = None
    allowed: tuple[str, ...] = ()


def read(path: Path) -> list[Wanted]:
    """The grants of a TOML file (`[[grant]]` tables), each operation of an entry by itself; ValueError says what is wrong with it."""
    return [wanted(one) for entry in _entries(path) for one in _by_operation(entry)]


def wanted(entry: dict[str, Any]) -> Wanted:
    """A grant from its parts by name; ValueError says what is wrong with them."""
    _check_form(entry)
    entry = entry | {name: entry[name].strip() for name in TEXTS}
    rights = [_one_of(Right, right, "right").value for right in entry.get("rights", [])]
    scope = _one_of(ScopeKind, entry["scope"], "scope")
    if entry["client"] == EVERYBODY and entry["operation"].endswith("*"):
        raise ValueError("a grant for everybody names its operation")
    if scope is ScopeKind.OWN and Right.RESTRICTED in rights:
        # Safe from whom? Often from the other parent, who asks by the same grant.
        raise ValueError("a grant about one's own holds no right to safe addresses")
    first, last = entry.get("valid_from"), entry.get("valid_to")
    if first is not None and last is not None and first > last:
        raise ValueError("a grant ends before it begins")
    fields = entry.get("fields")
    return Wanted(
        entry["client"],
        entry["operation"],
        scope.value,
        tuple(sorted(set(_values(scope, entry.get("values", []))))),
        tuple(sorted(set(rights))),
        None if fields is None else tuple(sorted(set(fields))),
        entry["purpose"],
        entry["legal_basis"],
        period(first, last),
        entry.get("hidden_days"),
    )


def period(first: date | None, last: date | None) -> Range[date]:
    """A period holds on its first and on its last day; written as the database gives it back."""
    return Range(first, None if last is None else date.fromordinal(last.toordinal() + 1), bounds="[)" if first is not None else "()")


def _one_of(kinds: type[Kind], written: str, what: str) -> Kind:
    try:
        return kinds(written)
    except ValueError:
        raise ValueError(f"there is no {what} {written}; there are {', '.join(kinds)}") from None


def _values(scope: ScopeKind, values: list[str]) -> list[str]:
    """Whom a scope names; what names nobody, or is named in vain, would give less or more than was meant."""
    match scope:
        case ScopeKind.EVERYTHING | ScopeKind.OWN if values:
            raise ValueError(f"the scope {scope} has no values")
        case ScopeKind.MUNICIPALITIES | ScopeKind.INSTITUTIONS if not values:
            raise ValueError(f"the scope {scope} lacks values: which {scope}")
        case ScopeKind.PERSONS:
            try:
                return [normalise(code) for code in values]
            except InvalidPersonalCode:
                raise ValueError("a value of the scope persons is not a personal code") from None
    return values


def _entries(path: Path) -> Iterable[dict[str, Any]]:
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("grant", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError("grants are written as [[grant]] tables")
    return entries


def _by_operation(entry: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """One grant for each operation that an entry names."""
    operations = entry.get("operation")
    if isinstance(operations, list):
        return [entry | {"operation": operation} for operation in operations]
    return [entry]


def _check_form(entry: dict[str, Any]) -> None:
    for name, value in entry.items():
        if name in TEXTS:
            right = isinstance(value, str)
        elif name in LISTS:
            right = isinstance(value, list) and all(isinstance(item, str) for item in value)
        elif name in DAYS:
            right = type(value) is date
        elif name in NUMBERS:
            right = type(value) is int and 0 < value <= MOST_DAYS
        else:
            raise ValueError(f"a grant has no {name}")
        if not right:
            raise ValueError(f"{name} is not {FORMS[name]}")
    missing = [name for name in TEXTS if not entry.get(name, "").strip()]
    if missing:
        raise ValueError(f"a grant lacks {', '.join(missing)}")
