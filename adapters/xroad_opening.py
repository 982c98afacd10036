"""How a message begins (ziņojuma sākums): declaration, Envelope, Header, client and service, remembered by their bytes.

Whoever asks sends the same first kilobyte every time, up to the end of the service header; what follows (id, user, issue, body) is
new. Those bytes say who asks whom, where the header begins and which namespaces the envelope declares, so all of it is read once.
The rule: bytes are remembered only when nothing that follows can change what they say, and only when they hold nobody's data.
"""

from __future__ import annotations

from typing import NamedTuple

from lxml import etree

from adapters.xroad import XROAD, Header, Identifier

MOST_REMEMBERED, LONGEST_REMEMBERED = 512, 4096
# What client stacks add to headers, and the one header that does not go back.
MARKS = (b"mustUnderstand", b"actor", b"nil", b"encodingStyle")
_HASH = b"requestHash"
_END = b"service>"  # The service header's start tag ends with its objectType, so this is the end tag, whatever its prefix.


class Opening(NamedTuple):
    """What a message's first bytes say."""

    length: int
    client: Identifier
    service: Identifier
    header_at: int
    header_tag: bytes
    envelope: bytes
    soap: bytes


_openings: dict[bytes, Opening] = {}


def recall(source: bytes) -> Opening | None:
    """What is known of a plain message by how it begins."""
    end = source.find(_END)
    return _openings.get(source[: end + len(_END)]) if 0 < end < LONGEST_REMEMBERED else None


def remember(source: bytes, envelope: etree._Element, header: etree._Element, read: Header) -> None:
    """Keeps how a plain message begins, when client and service are its first two headers and its header was read without error."""
    key = source[: source.find(_END) + len(_END)]
    tag = tag_of(header)
    second = header[1]
    if (
        len(key) > LONGEST_REMEMBERED
        or (header[0].tag, second.tag) != (f"{{{XROAD}}}client", f"{{{XROAD}}}service")
        # An identifier holds no element but its parts, so one start tag and this end tag are the service header.
        or not key.endswith(b"</" + tag_of(second) + b">")
        or key.count(b"<" + tag_of(second)) != 1
        or key.count(b"<" + tag) != 1
        or marked(key)
        or _HASH in key
    ):
        return
    if len(_openings) >= MOST_REMEMBERED:
        _openings.clear()
    start, soap = start_tag(envelope)
    _openings[key] = Opening(len(key), read.client, read.service, key.find(b"<" + tag), tag, start, soap)


def marked(source: bytes, since: int = 0) -> bool:
    """Whether anything that client stacks add to headers can be in the message from `since` on."""
    understand, actor, nil, style = MARKS
    find = source.find
    return find(understand, since) >= 0 or find(actor, since) >= 0 or find(nil, since) >= 0 or find(style, since) >= 0


def header_borders(source: bytes, tag: bytes, header_at: int, since: int) -> tuple[int, int] | None:
    """Where the header begins and ends; None when a second element of its name leaves that in doubt, or a requestHash must go."""
    end = source.find(b"</" + tag, since)
    if end < 0 or source.find(_HASH, since, end) >= 0 or source.find(b"<" + tag, since) >= 0:
        return None
    return header_at, source.index(b">", end) + 1


def tag_of(element: etree._Element) -> bytes:
    """The element's name as it stands in its tags."""
    local = etree.QName(element).localname
    return f"{element.prefix}:{local}".encode() if element.prefix else local.encode()


def start_tag(envelope: etree._Element) -> tuple[bytes, bytes]:
    """The Envelope's start tag with every namespace it declared, and its prefix."""
    soap = f"{envelope.prefix}:" if envelope.prefix else ""
    declared = "".join(
        f' xmlns:{name}="{_attribute(uri)}"' if name else f' xmlns="{_attribute(uri)}"' for name, uri in envelope.nsmap.items()
    )
    return f"<{soap}Envelope{declared}>".encode(), soap.encode()


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
