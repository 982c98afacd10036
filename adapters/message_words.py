"""What the schema forbids, in words (shēmas pārkāpumi vārdos): by the xmlschema library, whose errors know what was expected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import xmlschema
from lxml import etree
from xmlschema.validators.exceptions import XMLSchemaChildrenValidationError, XMLSchemaValidationError

from adapters.xroad import SOAP

XML = "http://www.w3.org/XML/1998/namespace"
_DIGITS = re.compile(r"\d{6}-?\d{5}|\d{5,}")
_FORMS = {"date": "a day such as 2026-09-01", "dateTime": "an instant in UTC such as 2026-09-01T08:00:00Z", "boolean": "true or false"}


class Finding(NamedTuple):
    """One thing that is wrong: on which line (0: of the whole), in which element, and what it is."""

    line: int
    path: str
    text: str

    @classmethod
    def at(cls, element: etree._Element, text: str) -> Finding:
        """Something wrong with this element."""
        line: Any = element.sourceline
        return cls(line or 0, masked(place(element)), text)


def masked(text: str) -> str:
    """A text that may hold a piece of the message, without numbers that may be somebody's code."""
    return _DIGITS.sub("…", text)


def place(element: etree._Element) -> str:
    """Where an element is, by local names: Envelope/Body/listCodes/pageSize; a repeated one has its number."""
    steps = []
    node: etree._Element | None = element
    while node is not None:
        step = etree.QName(node).localname
        parent = node.getparent()
        alike = [] if parent is None else [child for child in parent if child.tag == node.tag]
        steps.append(f"{step}[{alike.index(node) + 1}]" if len(alike) > 1 else step)
        node = parent
    return "/".join(reversed(steps))


class SchemaReader:
    """The schemas of a service, as xmlschema reads them; takes most of a second, so it is made when a message is checked."""

    def __init__(self, schemas: Mapping[str, bytes]) -> None:
        # xmlschema knows the namespace xml by itself.
        others = [source for namespace, source in schemas.items() if namespace not in (SOAP, XML)]
        self._schema = xmlschema.XMLSchema10(schemas[SOAP], build=False, allow="none")
        for source in others:
            self._schema.add_schema(source)
        self._schema.build()

    def findings(self, root: etree._Element) -> Iterator[Finding]:
        """What the schema forbids: of each element one thing of a kind."""
        said = set()
        for error in self._schema.iter_errors(root):
            element: Any = error.elem
            if element is None:
                continue
            finding = self._finding(error, element)
            if (element, finding.text) not in said:
                said.add((element, finding.text))
                yield finding

    def _finding(self, error: XMLSchemaValidationError, element: Any) -> Finding:
        name = etree.QName(element).localname
        reason = str(error.reason or "")
        if isinstance(error, XMLSchemaChildrenValidationError):
            return self._children(error, element, name)
        if "nillable" in reason:
            return Finding.at(element, f"{name} may not be nil. Leave it out when it has no value.")
        if "character data" in reason:
            return Finding.at(element, f"{name} holds text between its elements, which may not be there.")
        if "attribute" in reason:
            return Finding.at(element, self._attributes(error, element, name))
        if element.get("{http://www.w3.org/2001/XMLSchema-instance}nil") in ("true", "1"):
            return Finding.at(element, f"{name} may not be nil. Leave it out when it has no value.")
        declared = self._declared(element)
        if declared is None:
            return Finding.at(element, f"{name} is not known to the contract.")
        empty = "is empty" if not (element.text or "").strip() else "does not have a value of its type"
        return Finding.at(element, f"{name} {empty}. Expected: {_expected(declared)}.")

    def _children(self, error: XMLSchemaChildrenValidationError, element: Any, name: str) -> Finding:
        allowed = list(self._allowed(element))
        expected = [str(entry.local_name) for entry in error.expected or () if entry.local_name]
        child: Any = error.invalid_child
        if child is None:
            missing = expected[0] if expected else "something"
            return Finding.at(element, f"{name} is not complete: {missing} is missing.")
        called = etree.QName(child).localname
        same = [tag for tag in allowed if etree.QName(tag).localname == called]
        if child.tag in allowed:
            earlier = [sibling for sibling in child.itersiblings(preceding=True) if sibling.tag == child.tag]
            if earlier:
                most = next((entry.max_occurs for entry in _content(self._declared(element)) if entry.name == child.tag), None)
                often = f"more than {most:,} times".replace(",", " ") if most is not None and most > 1 else "more than once"
                return Finding.at(child, f"{called} stands in {name} {often}.")
            before = f" before it, {expected[0]} is missing;" if expected else ""
            return Finding.at(child, f"{called} stands in the wrong place:{before} the order in {name} is {_listed(allowed)}.")
        if same:
            return Finding.at(child, f"{called} is in {_namespace(child)}. Expected: the namespace {etree.QName(same[0]).namespace}.")
        holds = f"It may hold, in this order: {_listed(allowed)}." if allowed else "It holds no elements."
        return Finding.at(child, f"An element that {name} does not have. {holds}")

    def _allowed(self, element: Any) -> Iterator[str]:
        yield from (str(entry.name) for entry in _content(self._declared(element)) if entry.name)

    def _attributes(self, error: XMLSchemaValidationError, element: Any, name: str) -> str:
        declared = self._declared(element)
        attributes = {} if declared is None else dict(declared.attributes)
        missing = [
            etree.QName(key).localname for key, entry in attributes.items() if key and entry.use == "required" and key not in element.attrib
        ]
        if missing:
            return f"{name} lacks the attribute {_listed(missing)}" + _of_namespace(attributes, missing) + "."
        unknown = [
            key
            for key in element.attrib
            if key not in attributes and not str(key).startswith("{http://www.w3.org/2001/XMLSchema-instance}")
        ]
        if unknown:
            return f"{name} has an attribute that it may not have." + (f" It has: {_listed(attributes)}." if attributes else "")
        return f"An attribute of {name} does not have a value that the contract allows."

    def _declared(self, element: Any) -> Any:
        """The declaration of an element: a global one, or found from the nearest global one downwards."""
        chain: list[str] = []
        node = element
        while node is not None:
            known: Any = self._schema.maps.elements.get(node.tag)
            # In the Body the wrapper is global; in the header each child is.
            if known is not None and (node.getparent() is None or etree.QName(node.getparent()).namespace == SOAP):
                for tag in reversed(chain):
                    known = next((entry for entry in _content(known) if entry.name == tag), None)
                return known
            chain.append(node.tag)
            node = node.getparent()
        return None


def _content(declared: Any) -> Iterator[Any]:
    """The elements that a declared one may hold, in order; none for simple content."""
    content: Any = getattr(getattr(declared, "type", None), "content", None)
    if hasattr(content, "iter_elements"):
        yield from content.iter_elements()


def _expected(declared: Any) -> str:
    """What an element may hold, from its type: the form, then what the contract says of the type in English."""
    kind = declared.type if declared.type.is_simple() else declared.type.content
    described = _english(declared.type.annotations) or _english(getattr(declared, "annotations", ()))
    rule = _rule(kind)
    return f"{rule} ({described.rstrip('.')})" if described else rule


def _rule(kind: Any) -> str:
    primitive = str(getattr(getattr(kind, "primitive_type", None), "local_name", ""))
    if kind.enumeration:
        return f"one of {', '.join(map(str, kind.enumeration))}"
    if primitive in _FORMS:
        return _FORMS[primitive]
    low, high = kind.min_value, kind.max_value
    if primitive == "decimal" and (low is not None or high is not None):
        return f"a number from {low} to {high}"
    if kind.patterns is not None:
        return f"a text of the form {' or '.join(kind.patterns.regexps)}"
    if kind.max_length is not None:
        return f"a text of {kind.min_length or 0} to {kind.max_length} characters"
    return f"a value of the type {primitive or 'text'}"


def _english(annotations: Iterable[Any]) -> str:
    for annotation in annotations:
        for entry in annotation.documentation:
            if entry.get(f"{{{XML}}}lang", "en") == "en" and entry.text:
                return " ".join(entry.text.split())
    return ""


def _listed(tags: Iterable[str]) -> str:
    return ", ".join(etree.QName(tag).localname for tag in tags)


def _namespace(element: Any) -> str:
    return "another namespace" if etree.QName(element).namespace else "no namespace"


def _of_namespace(attributes: Mapping[str, Any], missing: list[str]) -> str:
    namespaces = {etree.QName(key).namespace for key in attributes if key and etree.QName(key).localname in missing} - {None}
    return f" (in the namespace {namespaces.pop()})" if namespaces else ""
