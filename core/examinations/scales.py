"""Scales of marks and results (vērtējumu skalas): which values each one has. The scale is a part of the value.

Values stand in one way only: a percentage without needless zeros, a letter in upper case, a mark without leading zeros.
"""

import re
from decimal import Decimal

from core.errors import InvalidResult

PERCENT, LETTERS, CEFR, TEN_POINT = "PCT", "AF", "CEFR", "M10"
LEVELS = ("A1", "A2", "B1", "B2", "C1", "C2")
_VALUES = {
    LETTERS: tuple("ABCDEF"),
    CEFR: LEVELS,
    TEN_POINT: tuple(str(mark) for mark in range(1, 11)),
    "STAP": ("S", "T", "A", "P"),
    "INI": ("i", "ni"),
}
# These say by themselves why there is no value.
WITHOUT_VALUE = frozenset(("NV", "A"))
_percentage = re.compile(r"(?:100(?:\.0{1,2})?|[0-9]{1,2}(?:\.[0-9]{1,2})?)").fullmatch


def percentage(text: str) -> Decimal:
    """A percentage from 0 to 100 with at most two decimal places; InvalidResult for anything else."""
    if not _percentage(text):
        raise InvalidResult("A percentage lies between 0 and 100 and has at most two decimal places.")
    return Decimal(text)


def written(scale: str, value: str | None) -> str | None:
    """A value of a scale as the register writes it; InvalidResult when the scale has no such value."""
    if scale in WITHOUT_VALUE:
        if value is not None:
            raise InvalidResult("This scale has no values.")
        return None
    if value is None:
        raise InvalidResult("A scale needs a value.")
    if scale == PERCENT:
        return plain(percentage(value))
    if value not in _VALUES.get(scale, ()):
        raise InvalidResult("The scale has no such value.")
    return value


def plain(number: Decimal) -> str:
    """A percentage without needless zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
