"""What the examinations system sends (pārbaudījumu sistēmas ziņojumi): examinations, candidates, results, corrections, and the answer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from core.errors import InvalidItem, RepeatedKey
from core.personal_code import normalise
from core.submissions.items import AssignedIdentifier, Name, is_day

__all__ = ["AssignedIdentifier", "Name"]
ACCEPTED, UNCHANGED, REJECTED = "accepted", "unchanged", "rejected"


@dataclass(slots=True, kw_only=True)
class ExaminationItem:
    """An examination (valsts pārbaudījums), as its system describes it; without `publish_at` results stay held."""

    code: str
    kind: str
    subject: str
    level: str
    school_year: str
    session: str
    held_on: str | None = None
    publish_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class CandidateItem:
    """A candidate (kārtotājs) of an examination, named so that the register can find whom it means; withdrawn when nobody will sit."""

    sender_key: str
    examination: str
    personal_code: str | None = None
    identifier: AssignedIdentifier | None = None
    given_name: str
    surname: str
    birth_date: str | None = None
    institution: str
    withdrawn: bool = False


@dataclass(slots=True, kw_only=True)
class PartItem:
    """A part of an examination (pārbaudījuma daļa), in percent."""

    name: str
    percent: str


@dataclass(slots=True, kw_only=True)
class ResultItem:
    """A result (rezultāts): of which candidate, or of whom where none was announced, and what came of it."""

    sender_key: str
    examination: str
    candidate: str | None = None
    personal_code: str | None = None
    identifier: AssignedIdentifier | None = None
    given_name: str
    surname: str
    birth_date: str | None = None
    institution: str
    outcome: str
    scale: str | None = None
    value: str | None = None
    cefr_level: str | None = None
    parts: list[PartItem] | None = None
    certificate_number: str | None = None


@dataclass(slots=True, kw_only=True)
class CorrectionItem:
    """A correction (labojums) of a result: what it says from now on, and why."""

    sender_key: str
    expected_version: int | None = None
    reason: str
    outcome: str
    scale: str | None = None
    value: str | None = None
    cefr_level: str | None = None
    parts: list[PartItem] | None = None
    certificate_number: str | None = None


class Outcome(NamedTuple):
    """What became of an item (iznākums); `match` says whether the register knows whom it names, `published` whether it can be read."""

    position: int
    sender_key: str
    outcome: str
    entry_id: int | None = None
    version: int | None = None
    match: str | None = None
    published: bool | None = None
    code: str | None = None
    reason: str | None = None


class Submitted(NamedTuple):
    """What became of a message, now or the first time that it came."""

    data_as_of: str
    repeated: bool
    received: int
    accepted: int
    unchanged: int
    rejected: int
    outcomes: Sequence[Outcome]
    persons: Sequence[int]


def name_of(item: Any) -> Name:
    """How a person is named: by exactly one of code and identifier."""
    if (item.personal_code is None) == (item.identifier is None):
        raise InvalidItem("Name the person by exactly one of personalCode and identifier.")
    if item.personal_code is None:
        return Name("institution", item.identifier.institution, item.identifier.value)
    return Name("personal_code", "", normalise(item.personal_code))


def check_named(item: Any) -> None:
    """Refuses an item that does not say who it is about."""
    name_of(item)
    if not item.given_name.strip() or not item.surname.strip():
        raise InvalidItem("A given name and a surname are needed: they say whether the code is that of the person meant.")
    if item.birth_date and not is_day(item.birth_date):
        raise InvalidItem("The birth date is no day.")


class Keys:
    """One item for a key in one message."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def check(self, key: str) -> None:
        """Refuses a key that an earlier item had."""
        if key in self._seen:
            raise RepeatedKey
        self._seen.add(key)


def body(*parts: Any) -> bytes:
    """What a message says, the same bytes for the same content."""
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"), default=_plain).encode()


def _plain(value: Any) -> Any:
    if hasattr(value, "__slots__"):
        return [getattr(value, field) for field in value.__slots__]
    return value.isoformat() if isinstance(value, datetime) else str(value)
