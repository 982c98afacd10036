"""Values of simple types (vienkāršo tipu vērtības): whether a value that we send is what its type allows.

The rule: the check is the schema's own, made from its facets, and stricter in one thing: white space that the schema would
collapse is refused.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from elementpath.regex import translate_pattern

from adapters.shapes import Simple

_INSTANT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?")
_INTEGER = re.compile(r"[+-]?[0-9]{1,25}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,25}(?:\.[0-9]{0,25})?|\.[0-9]{1,25})")
_TEXT = ("string", "normalizedString", "token", "anyURI", "NCName")
_NCNAME = re.compile(r"[^\W\d][\w.\-]*")
_LEAST = {"int": -(2**31), "long": -(2**63), "short": -(2**15), "nonNegativeInteger": 0, "positiveInteger": 1}
_MOST = {"int": 2**31 - 1, "long": 2**63 - 1, "short": 2**15 - 1}


def check(value: object, simple: Simple) -> str:
    """The value as its type writes it; ValueError when the type forbids it."""
    text = _form(value, simple.base)
    if simple.enumeration is not None and text not in simple.enumeration:
        raise ValueError("Not one of the values.")
    if len(text) < simple.min_length or (simple.max_length is not None and len(text) > simple.max_length):
        raise ValueError("Too short or too long.")
    for pattern in simple.patterns:
        if compiled(pattern).fullmatch(text) is None:
            raise ValueError("Not of the form.")
    for name, bound in simple.bounds:
        if not _BOUNDS[name](Decimal(text), bound):
            raise ValueError("Out of range.")
    return text


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of XML Schema as one of Python's."""
    return re.compile(translate_pattern(pattern, back_references=False, lazy_quantifiers=False, anchors=False))


def _form(value: object, base: str) -> str:
    if base == "boolean":
        if value is True or value is False:
            return "true" if value else "false"
        if value in ("true", "false"):  # a copy's values are texts already
            return str(value)
        raise ValueError("Neither true nor false.")
    if isinstance(value, int) and not isinstance(value, bool) and base not in (*_TEXT, "date", "dateTime"):
        value = str(value)
    if not isinstance(value, str):
        raise ValueError("Not a text.")
    check_form = _FORMS.get(base)
    if check_form is None:
        raise ValueError(f"Values of {base} are not sent.")
    check_form(value)
    return value


def _text(value: str) -> None:
    del value  # Every text is a string; what XML cannot carry is refused when it is escaped.


def _normalized(value: str) -> None:
    if "\n" in value or "\r" in value or "\t" in value:
        raise ValueError("Line ends and tabs are not allowed.")


def _token(value: str) -> None:
    _normalized(value)
    if value != value.strip(" ") or "  " in value:
        raise ValueError("White space that would be lost.")


def _ncname(value: str) -> None:
    if _NCNAME.fullmatch(value) is None:
        raise ValueError("Not a name.")


def _day(value: str) -> None:
    if len(value) != 10 or not value.isascii():
        raise ValueError("Not a day.")
    if date.fromisoformat(value).isoformat() != value:
        raise ValueError("Not a day.")


def _instant(value: str) -> None:
    match = _INSTANT.fullmatch(value)
    if match is None:
        raise ValueError("Not an instant.")
    datetime.fromisoformat(match[1])


def _base64(value: str) -> None:
    a2b_base64(value, strict_mode=True)


def _decimal(value: str) -> None:
    if _DECIMAL.fullmatch(value) is None:
        raise ValueError("Not a number.")


def _integer(base: str) -> Callable[[str], None]:
    least, most = _LEAST.get(base), _MOST.get(base)

    def form(value: str) -> None:
        if _INTEGER.fullmatch(value) is None:
            raise ValueError("Not a whole number.")
        if (least is not None and int(value) < least) or (most is not None and int(value) > most):
            raise ValueError("Out of range.")

    return form


_FORMS: dict[str, Callable[[str], None]] = {
    "string": _text,
    "normalizedString": _normalized,
    "token": _token,
    "anyURI": _token,
    "NCName": _ncname,
    "date": _day,
    "dateTime": _instant,
    "decimal": _decimal,
    "base64Binary": _base64,
    **{base: _integer(base) for base in ("integer", "int", "long", "short", "nonNegativeInteger", "positiveInteger")},
}


def _digits(number: Decimal) -> tuple[int, int]:
    exponent = number.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    fraction = max(0, -exponent)
    return len(number.normalize().as_tuple().digits) + max(0, exponent), fraction


_BOUNDS: dict[str, Callable[[Decimal, str], bool]] = {
    "minInclusive": lambda number, bound: number >= Decimal(bound),
    "maxInclusive": lambda number, bound: number <= Decimal(bound),
    "minExclusive": lambda number, bound: number > Decimal(bound),
    "maxExclusive": lambda number, bound: number < Decimal(bound),
    "totalDigits": lambda number, bound: _digits(number)[0] <= int(bound),
    "fractionDigits": lambda number, bound: _digits(number)[1] <= int(bound),
}
