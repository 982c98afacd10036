"""The way back of a request's header (galvenes atgriešana): every byte of it, in its order; no I/O.

The rule: the answer carries the whole Header subtree of its request (PR-MESS 2.2), all but requestHash. The header's own bytes are
taken when their borders are certain, which costs nothing; otherwise the parsed subtree is written out.
"""

from __future__ import annotations

import copy
from typing import NamedTuple

from lxml import etree

from adapters.xroad import NAMESPACES, NIL, REQUEST_HASH, SOAP


def tolerate(header: etree._Element) -> None:
    """Take out of a parsed header what client stacks add and the schema does not hold; only after the echo was made.

    JAX-WS sends unset headers as nil; Axis and gSOAP put mustUnderstand and actor on X-Road's headers.
    """
    for child in list(header):
        attributes = child.attrib
        if not isinstance(child.tag, str) or not attributes or etree.QName(child).namespace not in NAMESPACES:
            continue
        if attributes.get(NIL) in ("true", "1"):
            header.remove(child)
            continue
        for attribute in [attribute for attribute in attributes if str(attribute).startswith(f"{{{SOAP}}}")]:
            del attributes[attribute]


class Echo(NamedTuple):
    """A header on its way back: the answer's start up to its Body, SOAP's prefix in it, and its end."""

    start: bytes
    prefix: bytes
    end: bytes


BARE = Echo(f'<soapenv:Envelope xmlns:soapenv="{SOAP}">'.encode(), b"soapenv:", b"</soapenv:Envelope>")


_openings: dict[bytes, tuple[bytes, bytes]] = {}
_MOST_REMEMBERED, _LONGEST_REMEMBERED = 512, 2048


def echo(source: bytes, envelope: etree._Element, header: etree._Element | None, *, plain: bool) -> Echo:
    """The answer's envelope with the request's header in it, as it was sent; `source` is the envelope in UTF-8.

    In a plain message (no comments, no CDATA) the header is cut out of the bytes; in others the parsed subtree is written out.
    """
    if header is None:
        return BARE
    borders = _borders(source, header) if plain else None
    if borders is None:
        opening, soap = _opening(envelope)
        return Echo(opening + _serialised(header), soap, b"</" + soap + b"Envelope>")
    start, end = borders
    before = source[:start]  # The XML declaration and the Envelope's start tag: the same in all messages of one client.
    known = _openings.get(before)
    if known is None:
        known = _opening(envelope)
        if len(_openings) >= _MOST_REMEMBERED:
            _openings.clear()
        if len(before) <= _LONGEST_REMEMBERED:
            _openings[before] = known
    opening, soap = known
    return Echo(opening + source[start:end], soap, b"</" + soap + b"Envelope>")


def _opening(envelope: etree._Element) -> tuple[bytes, bytes]:
    """The Envelope's start tag with every namespace it declared, and its prefix."""
    soap = f"{envelope.prefix}:" if envelope.prefix else ""
    declared = "".join(
        f' xmlns:{name}="{_attribute(uri)}"' if name else f' xmlns="{_attribute(uri)}"' for name, uri in envelope.nsmap.items()
    )
    return f"<{soap}Envelope{declared}>".encode(), soap.encode()


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def _borders(source: bytes, header: etree._Element) -> tuple[int, int] | None:
    """Where the header begins and ends; None when a second element of its name leaves that in doubt, or a requestHash must go."""
    name = (f"{header.prefix}:Header" if header.prefix else "Header").encode()
    start = source.find(b"<" + name)
    end = source.find(b"</" + name, start)
    if end < 0 or b"requestHash" in source or source.find(b"<" + name, start + 1) >= 0:
        return None
    return start, source.index(b">", end) + 1


def _serialised(header: etree._Element) -> bytes:
    if header.find(REQUEST_HASH) is not None:
        header = copy.deepcopy(header)
        for request_hash in header.findall(REQUEST_HASH):
            _remove_keeping_space(header, request_hash)
    return etree.tostring(header, encoding="unicode", with_tail=False).encode()


def _remove_keeping_space(header: etree._Element, child: etree._Element) -> None:
    before, tail = child.getprevious(), child.tail or ""
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        header.text = (header.text or "") + tail
    header.remove(child)
