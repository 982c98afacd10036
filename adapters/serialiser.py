"""Answers as XML (atbilžu serializācija): one function for each message, made from the schema when the program starts.

The rule: what the schema forbids is never sent. The function unpacks plain rows and joins bytes; a value's whole element comes out of
a bounded memory of values that were already found right, so a repeated code, day or name costs one look-up. A personal code is
checked directly each time and never remembered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from types import CodeType
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

from adapters.elements import LONGEST_REMEMBERED, Elements, UnsendableValue, escape, unremembered
from adapters.shapes import Element, Simple

Serialise = Callable[[tuple[Any, ...]], bytes]


class SerialiserMismatch(Exception):
    """A response class does not fit the schema; found when the program starts."""


def paths(shape: Element) -> frozenset[str]:
    """Every element that a grant can name or leave out, as a path below the response: person/birthDate."""
    found: set[str] = set()

    def walk(element: Element, above: str) -> None:
        for child in () if isinstance(element.type, Simple) else element.type:
            path = f"{above}{child.name}"
            found.add(path)
            walk(child, f"{path}/")

    walk(shape, "")
    return frozenset(found)


def allowed(shape: Element, fields: Collection[str] | None = None) -> frozenset[str]:
    """Every path that answers may hold by the list of a grant, or by a grant without a list: what the schema has now, and no more.

    What is on the list brings what stands above it and what the schema requires in it. Plain elements directly in the response (dataAsOf,
    nextCursor) and its fault say nothing about anybody and always stay.
    """
    found: set[str] = set()

    def walk(element: Element, above: str) -> None:
        for child in () if isinstance(element.type, Simple) else element.type:
            path = f"{above}{child.name}"
            plain = (not above and isinstance(child.type, Simple)) or path == "fault" or above == "fault/"
            if fields is None or plain or child.required or child.repeated or _names(fields, path):
                found.add(path)
                walk(child, f"{path}/")

    walk(shape, "")
    return frozenset(found)


def _names(fields: Collection[str], path: str) -> bool:
    return path in fields or any(field.startswith(f"{path}/") for field in fields)


def compile_serialiser(
    shape: Element, response: type[tuple[Any, ...]], list_versions: Mapping[str, str], fields: frozenset[str] | None = None
) -> Serialise:
    """The function that writes a `response` as the element `shape`.

    `fields` are the paths that a grant allows, as `allowed` gives them: an optional element that is not among them is left out.
    """
    source = _Source(shape, list_versions, fields)
    return source.compiled(response)


class _Piece(NamedTuple):
    """A part of an element: either text that is always the same, or an expression that gives bytes."""

    text: str
    constant: bool = False


class _Source:
    """The generated functions of one message, and the names they use.

    Each is `join((c1, c2[v1], …))` over what stands between rows of unpacked values: constants, and elements by value.
    """

    def __init__(self, shape: Element, list_versions: Mapping[str, str], fields: frozenset[str] | None) -> None:
        self._shape, self._list_versions, self._fields = shape, list_versions, fields
        self._prefixes = {shape.namespace: ""}
        self._names: dict[str, Any] = {"bad": _bad, "join": b"".join}
        self._count = 0

    def compiled(self, response: type[tuple[Any, ...]]) -> Serialise:
        if isinstance(self._shape.type, Simple):
            raise SerialiserMismatch(f"{self._shape.name} is not an element with elements.")
        inside, target = self._content(self._shape, response, "")
        declared = "".join(f' xmlns:{prefix}="{uri}"' if prefix else f' xmlns="{uri}"' for uri, prefix in self._prefixes.items())
        name = self._shape.name
        pieces = [_Piece(f"<{name}{declared}>", True), *inside, _Piece(f"</{name}>", True)]
        serialise: Serialise = self._names[self._function(f"return {self._joined(pieces)}", "row", f"{target} = row\n    ")]
        return serialise

    def _name(self, value: Any) -> str:
        self._count += 1
        name = f"c{self._count}"
        self._names[name] = value
        return name

    def _variable(self) -> str:
        self._count += 1
        return f"v{self._count}"

    def _joined(self, pieces: list[_Piece]) -> str:
        """The pieces as one expression; constants that stand side by side become one."""
        parts: list[str] = []
        constant = ""
        for piece in [*pieces, _Piece("")]:
            if piece.constant:
                constant += piece.text
                continue
            if constant:
                parts.append(self._name(constant.encode()))
                constant = ""
            if piece.text:
                parts.append(piece.text)
        return f"join(({', '.join(parts)},))"

    def _function(self, body: str, argument: str, before: str = "") -> str:
        """A function with every name that it uses bound as a default: a local look-up each."""
        used = {name: value for name, value in self._names.items() if re.search(rf"\b{name}\b", body)}
        source = f"def made({argument}, {', '.join(f'{name}={name}' for name in used)}):\n    {before}{body}\n"
        namespace = dict(used)
        exec(_code(source, f"<serialiser of {self._shape.name}>"), namespace)  # noqa: S102 - made of schema names only
        return self._name(namespace["made"])

    def _content(self, element: Element, row: Any, path: str) -> tuple[list[_Piece], str]:
        """What stands in an element, and the variables that its row is unpacked into."""
        if not (isinstance(row, type) and issubclass(row, tuple) and hasattr(row, "_fields")):
            raise SerialiserMismatch(f"{path or element.name}: {row} is no NamedTuple.")
        hints = get_type_hints(row)
        fields: dict[str, str] = {camel(field): field for field in row._fields}
        variables = {field: self._variable() for field in row._fields}
        pieces: list[_Piece] = []
        assert not isinstance(element.type, Simple)
        for child in element.type:
            field = fields.pop(child.name, None)
            if field is None:
                if child.required:
                    raise SerialiserMismatch(f"{row.__name__} has no field for {path}{child.name}.")
                continue
            if self._granted(child, f"{path}{child.name}"):
                pieces += self._element(child, hints[field], variables[field], f"{path}{child.name}")
        if fields:
            raise SerialiserMismatch(f"{row.__name__}: the schema of {path or element.name} has no {', '.join(fields)}.")
        return pieces, f"[{', '.join(variables.values())}]"

    def _granted(self, child: Element, path: str) -> bool:
        return self._fields is None or child.required or path in self._fields

    def _tags(self, element: Element) -> tuple[str, str]:
        prefix = self._prefixes.setdefault(element.namespace, f"n{len(self._prefixes)}")
        name = f"{prefix}:{element.name}" if prefix else element.name
        return f"<{name}>", f"</{name}>"

    def _element(self, child: Element, hint: Any, variable: str, path: str) -> list[_Piece]:
        hint, optional = _without_none(hint)
        if not child.required and not child.repeated:
            optional = True  # The schema permits absence, so None is never wrong.
        elif optional and child.required:
            raise SerialiserMismatch(f"{path} is required, and its field may be None.")
        if get_origin(hint) in (list, Sequence):
            return [self._list(child, get_args(hint)[0], variable, optional, path)]
        if child.repeated:
            raise SerialiserMismatch(f"{path} is repeated, and its field is no list.")
        if isinstance(child.type, Simple):
            return self._simple(child, child.type, variable, not optional, path)
        inside, target = self._content(child, hint, f"{path}/")
        opening, closing = self._tags(child)
        pieces = [_Piece(opening, True), *inside, _Piece(closing, True)]
        function = self._function(f"return {self._joined(pieces)}", "row", f"{target} = row\n    ")
        return [_Piece(f"b'' if {variable} is None else {function}({variable})" if optional else f"{function}({variable})")]

    def _list(self, child: Element, item: Any, variable: str, optional: bool, path: str) -> _Piece:
        around = ("", "")
        if not child.repeated:  # affiliations/affiliation*: the field is called by the wrapper, its items by what is in it.
            if isinstance(child.type, Simple) or len(child.type) != 1 or not child.type[0].repeated:
                raise SerialiserMismatch(f"{path} holds no list, and its field is one.")
            around = self._tags(child)
            child = child.type[0]
            path = f"{path}/{child.name}"
        value = self._variable()
        if isinstance(child.type, Simple):
            pieces, target = self._simple(child, child.type, value, True, path), value
        else:
            inside, target = self._content(child, item, f"{path}/")
            opening, closing = self._tags(child)
            pieces = [_Piece(opening, True), *inside, _Piece(closing, True)]
        items = f"join([{self._joined(pieces)} for {target} in rows])"
        whole = self._joined([_Piece(around[0], True), _Piece(items), _Piece(around[1], True)]) if around[0] else items
        least = f"if not rows: bad('{path}')\n    " if child.required else ""
        function = self._function(f"return {whole}", "rows", least)
        return _Piece(f"b'' if {variable} is None else {function}({variable})" if optional else f"{function}({variable})")

    def _simple(self, child: Element, simple: Simple, variable: str, required: bool, path: str) -> list[_Piece]:
        opening, closing = self._tags(child)
        if simple.code_list is not None:
            try:
                version = self._list_versions[simple.code_list]
            except KeyError:
                raise SerialiserMismatch(f"{path}: no version of the code list {simple.code_list}.") from None
            opening = f'{opening[:-1]} listVersion="{escape(version)}">'
        if simple.patterns == ("([0-9]{11})",) and simple.code_list is None:
            test = f"len({variable}) == 11 and {variable}.isdigit() and {variable}.isascii()"
            if required:
                return [_Piece(opening, True), _Piece(f"{variable}.encode() if {test} else bad('{path}')"), _Piece(closing, True)]
            first, last = self._name(opening.encode()), self._name(closing.encode())
            return [_Piece(f"b'' if {variable} is None else {first} + {variable}.encode() + {last} if {test} else bad('{path}')")]
        # Bytes are whole documents about people, however short the schema lets them be.
        if simple.base not in ("dateTime", "long", "base64Binary") and (simple.max_length or 0) <= LONGEST_REMEMBERED:
            return [_Piece(f"{self._name(Elements(opening, closing, child.name, simple, required))}[{variable}]")]
        function = self._name(unremembered(opening, closing, child.name, simple))
        return [_Piece(f"{function}({variable})" if required else f"b'' if {variable} is None else {function}({variable})")]


def _bad(path: str) -> bytes:
    raise UnsendableValue(path)


def _without_none(hint: Any) -> tuple[Any, bool]:
    arguments = get_args(hint)
    if type(None) not in arguments:
        return hint, False
    rest = [argument for argument in arguments if argument is not type(None)]
    if len(rest) != 1:
        raise SerialiserMismatch(f"A field is {hint}, and only one type or None is possible.")
    return rest[0], True


def camel(name: str) -> str:
    """A field's name as the messages write it: birth_date is birthDate. A last underscore, which Python's own words need, is dropped."""
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


class FaultElement(NamedTuple):
    """The refusal in an answer (atteikums)."""

    fault_code: str
    fault_string: str


@cache
def _code(source: str, name: str) -> CodeType:
    """The code of a function, compiled once: a grant that shows few fields shares most of them with one that shows all."""
    return compile(source, name, "exec")
