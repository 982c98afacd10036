"""One request on its way in (pieprasījuma pieņemšana): from HTTP's bytes to a header and a decoded request, or the reason why not.

The rule: guard, parse, keep the header for the way back, read it, compare it with the body, let the schema judge the whole envelope,
decode. Each step may assume what the one before has proved.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from adapters import guard
from adapters.contracts import Contracts
from adapters.faults import BodyMissing, BodyNotOne, HeaderAndBodyDiffer, NotSoap, SchemaViolation, UnknownService
from adapters.multipart import soap_part
from adapters.operations import BoundOperation
from adapters.xroad import BODY, ENVELOPE, HEADER, Header, parse_header
from adapters.xroad_echo import BARE, Echo, echo, tolerate
from adapters.xroad_opening import marked, recall, remember

# What libxml2 says first: the element, and the kind of error; the rest of its message may quote the sender's value.
_ELEMENT = re.compile(r"Element '\{([^}]*)\}([^']*)'")
_WHAT = {
    "SCHEMAV_ELEMENT_CONTENT": "is not expected here, or something required is missing before it or in it",
    "SCHEMAV_CVC_ELT_1": "is not known to the contract",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": "has an attribute that it may not have",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_2": "has an attribute that it may not have",
    "SCHEMAV_CVC_COMPLEX_TYPE_4": "lacks a required attribute",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": "holds text between its elements",
    "SCHEMAV_CVC_ELT_3_1": "may not be nil",
}


class Exchange:
    """A request while it is answered: `echo` holds its header for the answer as soon as it could be read."""

    __slots__ = ("content_encoding", "content_type", "echo", "header", "known", "message", "operation", "outcome", "persons")

    def __init__(self, content_type: str | None, content_encoding: str | None) -> None:
        self.content_type, self.content_encoding = content_type, content_encoding
        self.echo: Echo = BARE
        self.header: Header | None = None
        self.operation: BoundOperation | None = None
        self.message: guard.Message | None = None
        self.outcome = ""
        # Whether a grant named the client, and how many people the answer is about.
        self.known, self.persons = False, 0

    def parse(self, body: bytes) -> None:
        """Bytes into an envelope that passed the guard."""
        if len(body) > guard.MAX_BYTES:
            raise guard.TooLarge()
        part, charset = soap_part(self.content_type, self.content_encoding, body)
        self.message = guard.parse(part, charset)
        if self.message.root.tag != ENVELOPE:
            raise NotSoap()

    def read(self, operations: dict[str, BoundOperation], provider: tuple[str | None, ...]) -> etree._Element:
        """The header, then the operation that header and body agree on; returns the body's element."""
        assert self.message is not None
        source, root, plain = self.message
        header, body = None, None
        for child in root:
            if child.tag == HEADER and header is None:
                header = child
            elif child.tag == BODY:
                if body is not None:
                    raise BodyMissing()
                body = child
        opening = recall(source) if plain else None
        self.echo = echo(source, root, header, plain=plain, opening=opening)
        if opening is not None:
            is_marked = marked(source, opening.length)
            self.header = parse_header(header, marked=is_marked, known=(opening.client, opening.service))
        else:
            is_marked = not plain or marked(source)
            self.header = parse_header(header, marked=is_marked)
            if plain and header is not None:
                remember(source, root, header, self.header)
        if body is None:
            raise BodyMissing()
        wrappers = [child for child in body if isinstance(child.tag, str)]
        if len(wrappers) != 1:
            raise BodyNotOne()
        service = self.header.service
        operation = operations.get(service.service_code or "")
        if operation is None or service.service_version != operation.operation.version or service[:4] != provider:
            raise UnknownService()
        [wrapper] = wrappers
        if wrapper.tag != operation.operation.request:
            raise HeaderAndBodyDiffer()
        if is_marked and header is not None:
            tolerate(header)
        self.operation = operation
        return wrapper

    def validate(self, contracts: Contracts, service: str) -> None:
        """The schema's judgement of the whole envelope, told without the sender's values."""
        schema = contracts.envelope_schema(service)
        assert self.message is not None
        if schema.validate(self.message.root):
            return
        errors: Any = schema.error_log
        error = errors[0]
        match = _ELEMENT.search(error.message)
        known = match is not None and contracts.knows(service, f"{{{match[1]}}}{match[2]}")
        element = f"The element {match[2]}" if known and match is not None else "An element"
        what = _WHAT.get(error.type_name, "does not have a value of its type")
        raise SchemaViolation(f"{element} {what}. The contract says what is allowed.")
