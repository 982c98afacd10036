"""The way back of a request's header (galvenes atgriešana): every byte of it, in its order; no I/O.

The rule: the answer carries the whole Header subtree of its request (PR-MESS 2.2), all but requestHash. The header's own bytes are
taken when their borders are certain, which costs nothing; otherwise the parsed subtree is written out.
"""

from __future__ import annotations

import copy
from typing import NamedTuple

from lxml import etree

from adapters.xroad import NAMESPACES, NIL, REQUEST_HASH, SOAP
from adapters.xroad_opening import Opening, header_borders, start_tag, tag_of


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


def echo(source: bytes, envelope: etree._Element, header: etree._Element | None, *, plain: bool, opening: Opening | None = None) -> Echo:
    """The answer's envelope with the request's header in it, as it was sent; `source` is the envelope in UTF-8.

    In a plain message (no comments, no CDATA) the header is cut out of the bytes; in others the parsed subtree is written out.
    """
    if header is None:
        return BARE
    borders = None
    if opening is not None:
        start, soap = opening.envelope, opening.soap
        borders = header_borders(source, opening.header_tag, opening.header_at, opening.length)
    else:
        start, soap = start_tag(envelope)
        if plain:
            tag = tag_of(header)
            header_at = source.find(b"<" + tag)
            borders = header_borders(source, tag, header_at, header_at + 1)
    kept = source[borders[0] : borders[1]] if borders is not None else _serialised(header)
    return Echo(start + kept, soap, b"</" + soap + b"Envelope>")


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
