"""The shapes of messages (ziņojumu uzbūve) as the schemas give them: what the serialiser and the decoder are made from.

Only the part of XML Schema that our contracts use is read: sequences of elements, named or inline types, restrictions, extensions, one
attribute `listVersion` on values of code lists. Anything else is refused when the program starts, so that nothing is half understood.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from lxml import etree

XS = "http://www.w3.org/2001/XMLSchema"
_XS = f"{{{XS}}}"


class UnreadableSchema(Exception):
    """A schema uses something that messages are not made of here."""


class Simple(NamedTuple):
    """A simple type: its XSD base, and the facets of every step of its restriction."""

    base: str
    patterns: tuple[str, ...] = ()
    enumeration: frozenset[str] | None = None
    min_length: int = 0
    max_length: int | None = None
    bounds: tuple[tuple[str, str], ...] = ()
    code_list: str | None = None


class Element(NamedTuple):
    """An element's place in its parent: name, how often, and either a simple type or the elements in it."""

    namespace: str
    name: str
    required: bool
    repeated: bool
    type: Simple | tuple[Element, ...]

    @property
    def tag(self) -> str:
        """The element's name as lxml writes it."""
        return f"{{{self.namespace}}}{self.name}"


class Shapes:
    """Every global element of a set of schemas, by its tag."""

    def __init__(self, schemas: Iterable[etree._Element]) -> None:
        self._globals: dict[tuple[str, str], tuple[etree._Element, str]] = {}
        for schema in schemas:
            namespace = schema.get("targetNamespace", "")
            for child in schema:
                if isinstance(child.tag, str) and (name := child.get("name")) is not None:
                    self._globals[(child.tag.removeprefix(_XS), f"{{{namespace}}}{name}")] = (child, namespace)

    def element(self, tag: str) -> Element:
        """The shape of a global element."""
        node, namespace = self._global("element", tag)
        return Element(namespace, node.get("name", ""), True, False, self._type_of(node, namespace))

    def _global(self, kind: str, tag: str) -> tuple[etree._Element, str]:
        try:
            return self._globals[(kind, tag)]
        except KeyError:
            raise UnreadableSchema(f"No {kind} {tag} in the schemas.") from None

    def _type_of(self, node: etree._Element, namespace: str) -> Simple | tuple[Element, ...]:
        if (name := node.get("type")) is not None:
            return self._named(_qualified(node, name))
        for child in node:
            if child.tag == f"{_XS}complexType":
                return self._complex(child, namespace)
            if child.tag == f"{_XS}simpleType":
                return self._simple(child)
        raise UnreadableSchema(f"The element {node.get('name')} has no type.")

    def _named(self, tag: str) -> Simple | tuple[Element, ...]:
        if tag.startswith(_XS):
            return Simple(tag.removeprefix(_XS))
        if ("complexType", tag) in self._globals:
            node, namespace = self._global("complexType", tag)
            return self._complex(node, namespace)
        return self._simple(self._global("simpleType", tag)[0])

    def _complex(self, node: etree._Element, namespace: str) -> Simple | tuple[Element, ...]:
        content = [child for child in node if isinstance(child.tag, str) and child.tag != f"{_XS}annotation"]
        if not content:
            return ()
        first = content[0]
        if first.tag == f"{_XS}sequence":
            return tuple(self._sequence(first, namespace))
        if first.tag == f"{_XS}simpleContent":
            return self._code_value(node, first)
        extension = first.find(f"{_XS}extension")
        if first.tag == f"{_XS}complexContent" and extension is not None:
            base = self._named(_qualified(extension, extension.get("base", "")))
            added = extension.find(f"{_XS}sequence")
            if not isinstance(base, Simple):
                return base + (() if added is None else tuple(self._sequence(added, namespace)))
        raise UnreadableSchema(f"The type {node.get('name')} is made of {etree.QName(first).localname}.")

    def _sequence(self, node: etree._Element, namespace: str) -> Iterable[Element]:
        for child in node:
            if not isinstance(child.tag, str) or child.tag == f"{_XS}annotation":
                continue
            if child.tag != f"{_XS}element":
                raise UnreadableSchema(f"A sequence holds {etree.QName(child).localname}.")
            required, repeated = child.get("minOccurs", "1") != "0", child.get("maxOccurs", "1") != "1"
            if (reference := child.get("ref")) is not None:
                yield self.element(_qualified(child, reference))._replace(required=required, repeated=repeated)
            else:
                yield Element(namespace, child.get("name", ""), required, repeated, self._type_of(child, namespace))

    def _code_value(self, node: etree._Element, content: etree._Element) -> Simple:
        extension = content.find(f"{_XS}extension")
        attributes = [] if extension is None else [child.get("name") for child in extension]
        code_list = node.find(f"{_XS}annotation/{_XS}appinfo/{{*}}codeList")
        if extension is None or attributes != ["listVersion"] or code_list is None:
            raise UnreadableSchema(f"The type {node.get('name')} is neither plain nor a value of a code list.")
        base = self._named(_qualified(extension, extension.get("base", "")))
        if not isinstance(base, Simple):
            raise UnreadableSchema(f"The type {node.get('name')} has no simple base.")
        return base._replace(code_list=(code_list.text or "").strip())

    def _simple(self, node: etree._Element) -> Simple:
        restriction = node.find(f"{_XS}restriction")
        if restriction is None:
            raise UnreadableSchema(f"The type {node.get('name')} is no restriction.")
        nested = restriction.find(f"{_XS}simpleType")
        base = self._simple(nested) if nested is not None else self._named(_qualified(restriction, restriction.get("base", "")))
        if not isinstance(base, Simple):
            raise UnreadableSchema(f"The type {node.get('name')} has no simple base.")
        return _restricted(base, restriction)


def _restricted(base: Simple, restriction: etree._Element) -> Simple:
    facets = [
        (etree.QName(child).localname, child.get("value", ""))
        for child in restriction
        if isinstance(child.tag, str) and child.get("value") is not None
    ]
    shape = base
    patterns = [value for name, value in facets if name == "pattern"]
    if patterns:  # Patterns of one step are alternatives; those of several steps hold together.
        shape = shape._replace(patterns=(*shape.patterns, "|".join(f"({pattern})" for pattern in patterns)))
    values = frozenset(value for name, value in facets if name == "enumeration")
    if values:
        shape = shape._replace(enumeration=values)
    for name, value in facets:
        if name in ("length", "minLength"):
            shape = shape._replace(min_length=max(shape.min_length, int(value)))
        if name in ("length", "maxLength"):
            shape = shape._replace(max_length=int(value) if shape.max_length is None else min(shape.max_length, int(value)))
        if name in ("minInclusive", "maxInclusive", "minExclusive", "maxExclusive", "totalDigits", "fractionDigits"):
            shape = shape._replace(bounds=(*shape.bounds, (name, value)))
    return shape


def _qualified(node: etree._Element, name: str) -> str:
    prefix, _, local = name.rpartition(":")
    return f"{{{node.nsmap.get(prefix or None, '')}}}{local}"
