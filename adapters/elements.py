"""Elements with a simple value (elementi ar vērtību): checked, escaped, and remembered whole.

The rule: a value is checked against its type before it is written the first time; what may be a personal code is never remembered.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from adapters.shapes import Simple
from adapters.values import check, compiled

REMEMBERED = 4096
REMEMBERED_DAYS = 20_000  # Fifty years: dates are the commonest values of all.
_PERSONAL_CODE = re.compile("[0-9]{6}-?[0-9]{5}")
LONGEST_REMEMBERED = 1000
_PLAIN_INSTANT = re.compile("[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9][.][0-9]{6}Z")
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# The same and the characters that stand for something in XML: few texts hold any of them.
_SPECIAL = re.compile("[^\t\n\u0020-%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Words with nothing in them that is escaped, and with no white space that a schema would collapse.
_WORDS = re.compile("[\\w./-]+(?: [\\w./-]+)*")


class UnsendableValue(ValueError):
    """A value that the schema forbids; `element` names where, the value itself is not repeated."""

    def __init__(self, element: str) -> None:
        self.element = element
        super().__init__(f"The schema forbids the value of {element}.")


def escape(text: str) -> str:
    """Text as element content; control characters that XML cannot carry are refused, not dropped."""
    if _SPECIAL.search(text) is None:
        return text
    if _FORBIDDEN.search(text) is not None:
        raise ValueError("Text holds a character that XML cannot carry.")
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


class Elements(dict[Any, bytes]):
    """Whole elements by value: each value is checked once, and forgotten with all others when there are too many."""

    def __init__(self, opening: str, closing: str, name: str, simple: Simple, required: bool) -> None:
        super().__init__()
        self._opening, self._closing, self._name, self._simple, self._required = opening, closing, name, simple, required
        self._most = REMEMBERED_DAYS if simple.base == "date" else REMEMBERED
        plain = simple.base in ("string", "token") and simple.enumeration is None and not simple.patterns
        self._letters = range(simple.min_length, (simple.max_length or 10_000) + 1) if plain else range(0)

    def __missing__(self, value: Any) -> bytes:
        if value is None and not self._required:
            element = b""
        elif type(value) is str and len(value) in self._letters and (value.isalnum() or _WORDS.fullmatch(value) is not None):
            element = f"{self._opening}{value}{self._closing}".encode()
        else:
            element = f"{self._opening}{_checked(value, self._simple, self._name)}{self._closing}".encode()
        if type(value) is str and _PERSONAL_CODE.fullmatch(value) is not None:
            return element
        if len(self) >= self._most:
            self.clear()
        self[value] = element
        return element


def _checked(value: object, simple: Simple, name: str) -> str:
    try:
        return escape(check(value, simple))
    except ValueError:
        raise UnsendableValue(name) from None


def unremembered(opening: str, closing: str, name: str, simple: Simple) -> Callable[[Any], bytes]:
    """For values that never come again: instants, numbers of entries, cursors."""
    if simple.base == "dateTime" and all(compiled(pattern).fullmatch("2026-09-01T08:15:30.123456Z") for pattern in simple.patterns):

        def instant(value: Any) -> bytes:
            # The commonest form at once: a day that every month has, microseconds, UTC.
            if type(value) is str and _PLAIN_INSTANT.fullmatch(value) is not None:
                return f"{opening}{value}{closing}".encode()
            return f"{opening}{_checked(value, simple, name)}{closing}".encode()

        return instant
    if simple == Simple("long"):
        bare = f"{opening}%d{closing}".encode()

        def number(value: Any) -> bytes:
            if type(value) is int and -(2**63) <= value < 2**63:
                return bare % value
            return f"{opening}{_checked(value, simple, name)}{closing}".encode()

        return number
    return lambda value: f"{opening}{_checked(value, simple, name)}{closing}".encode()
