"""The rules of licensing and accreditation as data (licencēšanas un akreditācijas noteikumi): what held on a day, its name and source."""

import re
from datetime import date
from functools import cache
from typing import NamedTuple

from core import codes
from core.errors import KindEnded, RetiredProgramme, UnknownCode

LICENCE = "licence"


class ApplicationKind(NamedTuple):
    """A kind of application (pieteikuma veids): what it is about, and whether its path is short or leads past a commission (full)."""

    code: str
    subject: str
    path: str
    source: str


def application_kind(code: str, on: date) -> ApplicationKind:
    """The kind of application on a day; KindEnded by the name of its rule when there was none then."""
    row = _kinds().get(code)
    if row is None:
        raise UnknownCode("The code list application_kinds does not hold this kind.")
    if not codes.holds(row, on):
        days = f"from {_day(row['valid_from'])}" if row["valid_from"] > on.isoformat() else f"up to {_day(row['valid_to'])}"
        raise KindEnded(f"This kind of application there is {days} only: {row['name_en']} ({row['source']}).")
    return ApplicationKind(code, row["subject"], row["path"], row["source"])


def required_items(kind: str, on: date) -> list[str]:
    """What an application of a kind needs on a day (nepieciešamie dokumenti), in the order of the list."""
    return [row["code"] for row in _rows("application_items") if kind in row["kinds"].split() and codes.holds(row, on)]


def item_codes(kind: str) -> frozenset[str]:
    """What an application of a kind can hold, by any law."""
    return frozenset(row["code"] for row in _rows("application_items") if kind in row["kinds"].split())


def value(code: str, on: date) -> int:
    """A number of `proceeding_rules` on a day."""
    return int(_value(code, on))


def law(subject: str, on: date) -> str:
    """The regulation by which a proceeding about a subject is judged that was applied for on a day."""
    return _value("LICENCE_LAW" if subject == LICENCE else "ACCREDITATION_LAW", on)


def check_classification(code: str, on: date) -> None:
    """Refuses a programme code that the classification of education had ended before a day, by the name of the rule."""
    for row in _rows("retired_programme_codes"):
        if row["valid_to"] < on.isoformat() and re.fullmatch(row["code"], code):
            raise RetiredProgramme(f"This programme code had ended by {_day(row['valid_to'])}: {row['name_en']} ({row['source']}).")


def _value(code: str, on: date) -> str:
    for row in _rows("proceeding_rules"):
        if row["code"] == code and codes.holds(row, on):
            return row["value"]
    raise AssertionError(f"no value of {code} holds on {on}")


@cache
def _kinds() -> dict[str, dict[str, str]]:
    return {row["code"]: row for row in _rows("application_kinds")}


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    return tuple(codes.rows(name))


def _day(day: str) -> str:
    return f"{date.fromisoformat(day):%d.%m.%Y}"
