"""Requests as what operations take (pieprasījumu dekodēšana): one reader for each message, made from the schema when the program starts.

The rule: the schema has accepted the message before, so a reader only turns text into values: white space collapsed, days as
`date`, instants as `datetime` in UTC. A day or an instant that the schema knows and Python does not, is refused in words.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args, get_origin, get_type_hints

from lxml import etree

from adapters.serialiser import camel
from adapters.shapes import Element, Simple
from adapters.xroad import text_of

Decode = Callable[[etree._Element], Any]
_INSTANT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?(?:Z|([+-])([0-9]{2}):([0-9]{2}))")


class DecoderMismatch(Exception):
    """A request class does not fit the schema; found when the program starts."""


class UnusableValue(Exception):
    """A value that the schema allows and nobody can use: a day of the year 20000; `element` names where."""

    def __init__(self, element: str) -> None:
        self.element = element
        super().__init__(f"The value of {element} is outside what this service can read.")


def compile_decoder(shape: Element, request: type[Any]) -> Decode:
    """The reader that makes a `request`, a frozen dataclass, from the element `shape`."""
    if isinstance(shape.type, Simple) or not dataclasses.is_dataclass(request):
        raise DecoderMismatch(f"{shape.name}: {request} is no dataclass, or the element holds no elements.")
    hints = get_type_hints(request)
    fields = {camel(field.name): field for field in dataclasses.fields(request)}
    readers: dict[str, tuple[str, Decode, bool]] = {}
    for child in shape.type:
        field = fields.pop(child.name, None)
        if field is None:
            raise DecoderMismatch(f"{request.__name__} has no field for {child.name}.")
        has_default = field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
        if not (child.required or child.repeated or has_default):
            raise DecoderMismatch(f"{request.__name__}.{field.name} has no default, and {child.name} is optional.")
        read, repeated = _reader(child, hints[field.name])
        readers[child.tag] = (field.name, read, repeated)
    if fields:
        raise DecoderMismatch(f"{request.__name__}: the schema of {shape.name} has no {', '.join(fields)}.")
    lists = [name for name, _, repeated in readers.values() if repeated]
    reader_of = readers.get

    def decode(element: etree._Element) -> Any:
        values: dict[str, Any] = {name: [] for name in lists}
        for child in element:
            reader = reader_of(child.tag)
            if reader is not None:  # Comments have a function for a tag.
                name, read, repeated = reader
                if repeated:
                    values[name].append(read(child))
                else:
                    values[name] = read(child)
        return request(**values)

    return decode


def _reader(child: Element, hint: Any) -> tuple[Decode, bool]:
    arguments = [argument for argument in get_args(hint) if argument is not type(None)]
    if type(None) in get_args(hint):
        if len(arguments) != 1:
            raise DecoderMismatch(f"{child.name}: a field is of one type, or of one type or None.")
        hint = arguments[0]
    if get_origin(hint) in (list, Sequence):
        item = get_args(hint)[0]
        if child.repeated:
            return _single(child, item), True
        if isinstance(child.type, Simple) or len(child.type) != 1 or not child.type[0].repeated:
            raise DecoderMismatch(f"{child.name} holds no list, and its field is one.")
        read = _single(child.type[0], item)
        return lambda element: [read(entry) for entry in element if isinstance(entry.tag, str)], False
    if child.repeated:
        raise DecoderMismatch(f"{child.name} is repeated, and its field is no list.")
    return _single(child, hint), False


def _single(child: Element, hint: Any) -> Decode:
    if not isinstance(child.type, Simple):
        return compile_decoder(child, hint)
    readers: dict[Any, Decode] = {str: _text, bool: _boolean, int: _integer, date: _day, datetime: _instant}
    if child.type.base in ("string", "normalizedString") and hint is str:
        return text_of
    if hint not in readers:
        raise DecoderMismatch(f"{child.name}: there is no reader for {hint}.")
    return readers[hint]


def _text(element: etree._Element) -> str:
    return " ".join((text_of(element) if len(element) else element.text or "").split())


def _boolean(element: etree._Element) -> bool:
    return text_of(element).strip() in ("true", "1")


def _integer(element: etree._Element) -> int:
    text = text_of(element).strip()
    if len(text) > 20:
        raise UnusableValue(etree.QName(element).localname)
    return int(text)


def _day(element: etree._Element) -> date:
    text = text_of(element).strip()
    try:
        return date.fromisoformat(text if len(text) == 10 else "")
    except ValueError:
        raise UnusableValue(etree.QName(element).localname) from None


def _instant(element: etree._Element) -> datetime:
    match = _INSTANT.fullmatch(text_of(element).strip())
    try:
        if match is None:
            raise ValueError
        day, hour, minute, second, fraction, sign, zone_hours, zone_minutes = match.groups()
        instant = datetime.fromisoformat(day).replace(tzinfo=UTC)
        # Added up, because the schema knows the hour 24.
        instant += timedelta(
            hours=int(hour), minutes=int(minute), seconds=int(second), microseconds=int((fraction or "0").ljust(6, "0")[:6])
        )
        offset = timedelta(hours=int(zone_hours or 0), minutes=int(zone_minutes or 0))
        return instant + offset if sign == "-" else instant - offset
    except (ValueError, OverflowError):
        raise UnusableValue(etree.QName(element).localname) from None
