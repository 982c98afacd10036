"""The header of a request that we send (X-Road pieprasījuma galvene); no I/O.

The rule: a new id for every message that leaves (C3), objectType by the parts that are there (C4), never a requestHash (C2).
"""

from __future__ import annotations

import uuid

from lxml import etree

from adapters.xroad import IDENTIFIERS, OBJECT_TYPE, PARTS, REPRESENTATION, SOAP, XROAD, Header, Identifier


def new_message_id() -> str:
    """A new id for one message; never used twice (C3)."""
    return str(uuid.uuid4())


def new_header(
    client: Identifier,
    service: Identifier,
    *,
    user_id: str | None = None,
    issue: str | None = None,
    represented_party: tuple[str | None, str] | None = None,
    security_server: Identifier | None = None,
) -> Header:
    """The header of a request to be sent, with an id of its own: call it once for each message that leaves."""
    return Header(client, service, new_message_id(), user_id, issue, represented_party, "4.0", security_server)


def header_elements(header: Header) -> list[etree._Element]:
    """The header's elements, for a client library that takes elements (zeep: `_soapheaders`)."""
    elements = [_element("client", header.client), _element("service", header.service), _simple("id", header.id)]
    if header.user_id is not None:
        elements.append(_simple("userId", header.user_id))
    if header.issue is not None:
        elements.append(_simple("issue", header.issue))
    elements.append(_simple("protocolVersion", header.protocol_version))
    if header.represented_party is not None:
        party = etree.Element(f"{{{REPRESENTATION}}}representedParty", nsmap={"repr": REPRESENTATION})
        for name, text in zip(("partyClass", "partyCode"), header.represented_party, strict=True):
            if text is not None:
                etree.SubElement(party, f"{{{REPRESENTATION}}}{name}").text = text
        elements.append(party)
    if header.security_server is not None:
        elements.append(_element("securityServer", header.security_server))
    return elements


def build_header(header: Header) -> str:
    """The whole soapenv:Header, for a request written by hand."""
    inside = "".join(etree.tostring(element, encoding="unicode") for element in header_elements(header))
    return f'<soapenv:Header xmlns:soapenv="{SOAP}">{inside}</soapenv:Header>'


def build_request(header: Header, body: str) -> bytes:
    """A whole request in UTF-8; `body` is the wrapper element as text."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<soapenv:Envelope xmlns:soapenv="{SOAP}">{build_header(header)}'
        f"<soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    ).encode()


def _simple(name: str, text: str) -> etree._Element:
    element = etree.Element(f"{{{XROAD}}}{name}", nsmap={"xrd": XROAD})
    element.text = text
    return element


def _element(name: str, identifier: Identifier) -> etree._Element:
    element = etree.Element(f"{{{XROAD}}}{name}", nsmap={"xrd": XROAD, "id": IDENTIFIERS})
    kind = "SUBSYSTEM" if identifier.subsystem_code else "MEMBER"
    if identifier.service_code is not None or identifier.server_code is not None:
        kind = "SERVICE" if identifier.service_code is not None else "SERVER"
    element.set(OBJECT_TYPE, kind)
    for tag, part in zip(PARTS, identifier, strict=True):
        if part is not None:
            etree.SubElement(element, tag).text = part
    return element
