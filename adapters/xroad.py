"""The header of X-Road message protocol 4.0 (X-Road ziņojuma galvene), read and written; no I/O.

The rule: a request names client, service, id and protocolVersion 4.x, each known header at most once; an answer carries the
whole header of its request, unchanged: order, white space, empty and unknown headers, all but requestHash, which belongs
to the security server. `xroad_echo.py` sends it back, `xroad_request.py` writes a new one, `xroad_answer.py` checks an answer's.
"""

from __future__ import annotations

from typing import NamedTuple

from lxml import etree

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
XROAD = "http://x-road.eu/xsd/xroad.xsd"
IDENTIFIERS = "http://x-road.eu/xsd/identifiers"
REPRESENTATION = "http://x-road.eu/xsd/representation.xsd"
SECURITY_TOKEN = "http://x-road.eu/xsd/security-token.xsd"  # noqa: S105 - a namespace, not a secret
XSI = "http://www.w3.org/2001/XMLSchema-instance"

ENVELOPE, HEADER, BODY, FAULT = (f"{{{SOAP}}}{name}" for name in ("Envelope", "Header", "Body", "Fault"))
REQUEST_HASH = f"{{{XROAD}}}requestHash"
OBJECT_TYPE = f"{{{IDENTIFIERS}}}objectType"
MUST_UNDERSTAND, ACTOR = f"{{{SOAP}}}mustUnderstand", f"{{{SOAP}}}actor"
NIL = f"{{{XSI}}}nil"
NEXT_ACTOR = "http://schemas.xmlsoap.org/soap/actor/next"
LONGEST_ID = 255  # The security servers keep it in a column of this size.
LONGEST_TEXT = 1024


# HeaderError                what is wrong with a header; theirs to mend
# ├── MissingHeader          there is no Header
# ├── MissingField           a header that every message must have is not there
# ├── DuplicateField         a known header, or a part of an identifier, stands there twice
# ├── InvalidIdentifier      an identifier without objectType, with the wrong one, or with a part that cannot be
# ├── InvalidProtocolVersion not 4.x
# ├── TooLong                a value longer than X-Road keeps
# └── NotUnderstood          an unknown header that must be understood
class HeaderError(Exception):
    """A request's header breaks the message protocol; `field` names where, the text never repeats a value."""

    text = "The X-Road header is not in order."

    def __init__(self, field: str = "") -> None:
        self.field = field
        super().__init__(self.text.format(field=field))


class MissingHeader(HeaderError):
    """There is no SOAP Header."""

    text = "The SOAP Header is missing. Every X-Road message carries client, service, id and protocolVersion in it."


class MissingField(HeaderError):
    """A header that every message must have is absent, empty or nil."""

    text = "The X-Road header {field} is missing or empty."


class DuplicateField(HeaderError):
    """A known header stands there more than once."""

    text = "The X-Road header {field} stands there more than once."


class InvalidIdentifier(HeaderError):
    """An identifier that names nobody."""

    text = "The X-Road header {field} is not an identifier of the kind that its place needs: see id:objectType and its parts."


class InvalidProtocolVersion(HeaderError):
    """A message protocol that we do not speak."""

    text = "The X-Road header protocolVersion names another protocol; this service speaks 4.x. Send 4.0."


class TooLong(HeaderError):
    """A value longer than X-Road keeps."""

    text = "The X-Road header {field} is too long."


class NotUnderstood(HeaderError):
    """A header that we do not know, although its sender demands that we do (SOAP 1.1, 4.2.3)."""

    text = "A header marked mustUnderstand is not known here."


class Identifier(NamedTuple):
    """Who or what in X-Road (X-Road identifikators): a member, its subsystem, a service, a server."""

    instance: str
    member_class: str
    member_code: str
    subsystem_code: str | None = None
    service_code: str | None = None
    service_version: str | None = None
    server_code: str | None = None

    @property
    def path(self) -> str:
        """The identifier in one line: LV-DEV/GOV/IZM/viis."""
        return "/".join([part for part in self if part is not None])

    @classmethod
    def from_path(cls, path: str) -> Identifier:
        """A member, or a subsystem, from one line: LV-DEV/GOV/IZM/viis."""
        parts = path.split("/")
        if len(parts) not in (3, 4) or not all(parts):
            raise ValueError("An X-Road client is written as instance/class/member or instance/class/member/subsystem.")
        return cls(*parts)

    def service(self, code: str, version: str | None) -> Identifier:
        """A service of this subsystem."""
        return self._replace(service_code=code, service_version=version)


class Header(NamedTuple):
    """What a header says. None is absent; an empty text is empty, which X-Road takes for something else."""

    client: Identifier
    service: Identifier
    id: str
    user_id: str | None = None
    issue: str | None = None
    represented_party: tuple[str | None, str] | None = None
    protocol_version: str = "4.0"
    security_server: Identifier | None = None

    @property
    def on_behalf_of(self) -> str | None:
        """Whom the asker represents, in one line: class/code, or the code alone."""
        party = self.represented_party
        return None if party is None else "/".join(part for part in party if part)


PARTS = {f"{{{IDENTIFIERS}}}{name}": place for place, name in enumerate(
    ("xRoadInstance", "memberClass", "memberCode", "subsystemCode", "serviceCode", "serviceVersion", "serverCode")
)}  # fmt: skip
_KNOWN = {f"{{{XROAD}}}{name}": name for name in ("client", "service", "id", "userId", "issue", "protocolVersion", "securityServer")}
_KNOWN[f"{{{REPRESENTATION}}}representedParty"] = "representedParty"
_KNOWN[f"{{{SECURITY_TOKEN}}}securityToken"] = "securityToken"
NAMESPACES = frozenset((XROAD, REPRESENTATION, SECURITY_TOKEN))
# Only these characters would make two identifiers look like one in a path or a log line.
_FORBIDDEN = frozenset("/\\\x7f") | {chr(code) for code in range(32)}


def text_of(element: etree._Element) -> str:
    """The text of an element without child elements; comments in it are left out, not what stands after them."""
    if not len(element):
        return element.text or ""
    return (element.text or "") + "".join(child.tail or "" for child in element)


def parse_header(header: etree._Element | None, *, marked: bool = True, known: tuple[Identifier, Identifier] | None = None) -> Header:
    """What the header says, or the HeaderError that tells what is wrong with it.

    `marked` is False when no attribute in the message can matter here (nil, mustUnderstand); `known` is who asks whom when the
    first two headers were read before (`xroad_opening.py`).
    """
    if header is None:
        raise MissingHeader()
    found: dict[str, etree._Element] = {}
    for child in header:
        tag = child.tag
        name = _KNOWN.get(tag)
        if marked and isinstance(tag, str) and child.attrib:
            if name is None:
                _refuse_unless_optional(child, tag)
            elif child.get(NIL) in ("true", "1"):
                continue
        if name is not None:
            if name in found:
                raise DuplicateField(name)
            found[name] = child
    for name in ("client", "service", "id", "protocolVersion"):
        if name not in found:
            raise MissingField(name)
    version = text_of(found["protocolVersion"]).strip()
    if not version.startswith("4."):
        raise InvalidProtocolVersion()
    message_id = text_of(found["id"])
    if not message_id.strip():
        raise MissingField("id")
    if len(message_id) > LONGEST_ID:
        raise TooLong("id")
    client, service = known or (
        _identifier(found["client"], "client", ("MEMBER", "SUBSYSTEM")),
        _identifier(found["service"], "service", ("SERVICE",)),
    )
    server = found.get("securityServer")
    party = found.get("representedParty")
    return Header(
        client,
        service,
        message_id,
        _text(found, "userId"),
        _text(found, "issue"),
        None if party is None else _party(party),
        version,
        None if server is None else _identifier(server, "securityServer", ("SERVER",)),
    )


def _refuse_unless_optional(child: etree._Element, tag: str) -> None:
    if child.get(MUST_UNDERSTAND) not in ("1", "true") or child.get(ACTOR, "") not in ("", NEXT_ACTOR):
        return
    if tag != REQUEST_HASH:
        raise NotUnderstood()


def _text(found: dict[str, etree._Element], name: str) -> str | None:
    element = found.get(name)
    if element is None:
        return None
    text = text_of(element)
    if len(text) > LONGEST_TEXT:
        raise TooLong(name)
    return text


def _identifier(element: etree._Element, name: str, object_types: tuple[str, ...]) -> Identifier:
    kind = (element.get(OBJECT_TYPE) or "").strip()
    if kind not in object_types:
        raise InvalidIdentifier(name)
    parts: list[str | None] = [None] * 7
    for child in element:
        tag = child.tag
        if not isinstance(tag, str):
            continue
        place = PARTS.get(tag)
        if place is None:
            raise InvalidIdentifier(name)
        if parts[place] is not None:
            raise DuplicateField(name)
        if any(isinstance(inner.tag, str) for inner in child):
            raise InvalidIdentifier(name)
        part = text_of(child).strip()
        if not part or not _FORBIDDEN.isdisjoint(part) or len(part) > LONGEST_ID:
            raise InvalidIdentifier(name)
        parts[place] = part
    instance, member_class, member_code, subsystem, service, version, server = parts
    if instance is None or member_class is None or member_code is None:
        raise InvalidIdentifier(name)
    if (kind == "SERVICE") != (service is not None) or (kind == "SERVER") != (server is not None):
        raise InvalidIdentifier(name)
    # An identifier of a member with a subsystem, or of a subsystem without one, could pass for another client.
    if (kind == "MEMBER" and subsystem is not None) or (kind == "SUBSYSTEM" and subsystem is None):
        raise InvalidIdentifier(name)
    return Identifier(instance, member_class, member_code, subsystem, service, version, server)


def _party(element: etree._Element) -> tuple[str | None, str]:
    parts: dict[str, str] = {}
    for child in element:
        if isinstance(child.tag, str):
            if child.tag in parts:
                raise DuplicateField("representedParty")
            parts[child.tag] = text_of(child)
    code = parts.get(f"{{{REPRESENTATION}}}partyCode")
    if not code or not code.strip():
        raise InvalidIdentifier("representedParty")
    if any(len(part) > LONGEST_ID for part in parts.values()):
        raise TooLong("representedParty")
    return parts.get(f"{{{REPRESENTATION}}}partyClass"), code
