"""What the stand-in answers: the contract's operations, in the envelope that a security server would hand on."""

import base64
import hashlib
import re
import time
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import NamedTuple
from xml.sax.saxutils import escape

from lxml import etree

from adapters.population_register import NAMESPACE
from adapters.population_register.stand_in.misbehaviour import Misbehaviour, Order, spoil_changes, spoil_children
from adapters.population_register.stand_in.world import World
from adapters.xroad import BODY, HEADER, SOAP, HeaderError, parse_header
from adapters.xroad_answer import SHA512

XML_TYPE = "text/xml; charset=UTF-8"
DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
LARGEST_PAGE, USUAL_PAGE = 5000, 1000


class Reply(NamedTuple):
    """One HTTP answer: its parts in order, and after how many bytes the connection breaks, if it does."""

    parts: list[bytes | memoryview]
    status: int = 200
    content_type: str = XML_TYPE
    break_after: int | None = None

    @property
    def length(self) -> int:
        return sum(len(part) for part in self.parts)


class Broken(Exception):
    """A request that the contract does not allow; becomes a Fault."""

    def __init__(self, code: str, text: str) -> None:
        self.code, self.text = code, text
        super().__init__(text)


class Cursor(NamedTuple):
    """A place in the list: the key of the last entry, and how many pages came before."""

    key: str = ""
    pages: int = 0

    def encoded(self) -> str:
        return base64.urlsafe_b64encode(f"{self.key}|{self.pages}".encode()).decode()

    @classmethod
    def decoded(cls, text: str | None) -> "Cursor | None":
        if text is None:
            return cls()
        try:
            key, _, pages = base64.urlsafe_b64decode(text.encode()).decode().rpartition("|")
            return cls(key, int(pages))
        except ValueError:
            return None


def reply_to(request: bytes, world: World, misbehaviour: Misbehaviour) -> Reply:
    """The answer to one request, as the contract says or as it was ordered to be wrong."""
    try:
        envelope = etree.fromstring(request, etree.XMLParser(resolve_entities=False, no_network=True))
        header = envelope.find(HEADER)
        if header is None:
            raise Broken("Client.MissingHeader", "There is no Header.")
        service = parse_header(header).service.service_code or ""
        wrapper = envelope.find(f"{BODY}/{{{NAMESPACE}}}{service}")
        if wrapper is None or service not in OPERATIONS:
            raise Broken("Client.InconsistentHeaders", "The body does not hold the element that the header names.")
        fields = {etree.QName(child).localname: (child.text or "").strip() for child in wrapper}
        cursor = Cursor.decoded(fields.get("cursor"))
        order = misbehaviour.take(cursor.pages + 1 if cursor and service == "listChildren" else None)
        way_back = with_hash(etree.tostring(header, encoding="UTF-8", xml_declaration=False, with_tail=False).decode(), request)
        if cursor is None:
            return _enveloped(way_back, service, [_refusal("R-0401", "The cursor is not one that was given for this question.")])
        inside = OPERATIONS[service](world, fields, cursor, order)
    except etree.XMLSyntaxError:
        return fault("Client.InvalidSoap", "The request is not well-formed XML.")
    except HeaderError as error:
        return fault("Client.MissingHeaderField", str(error))
    except Broken as error:
        return fault(error.code, error.text)
    return _enveloped(way_back, service, inside) if order is None else _spoilt(order, way_back, service, inside)


def fault(code: str, text: str, status: int = 200) -> Reply:
    """A SOAP Fault as a security server writes it: HTTP 200, an unprefixed code, a number to ask its administrator about."""
    body = (
        f'<soapenv:Envelope xmlns:soapenv="{SOAP}"><soapenv:Body><soapenv:Fault><faultcode>{escape(code)}</faultcode>'
        f"<faultstring>{escape(text)}</faultstring><detail><faultDetail>{uuid.uuid4()}</faultDetail></detail>"
        "</soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    )
    return Reply([DECLARATION, body.encode()], status)


Inside = list[bytes | memoryview]


def _get_person(world: World, fields: dict[str, str], cursor: Cursor, order: Order | None) -> Inside:
    code = fields.get("personalCode", "").replace("-", "")
    if not re.fullmatch(r"\d{11}", code, re.ASCII):
        return [_refusal("R-0301", "A personal code has eleven digits, with or without a hyphen after the sixth.")]
    entry = world.person(code)
    found = b"<found>false</found>" if entry is None else b"<found>true</found>" + b"<person>" + entry[7:-8] + b"</person>"
    return [_as_of(), found]


def _list_children(world: World, fields: dict[str, str], cursor: Cursor, order: Order | None) -> Inside:
    page = world.page(_day(fields, "bornFrom"), _day(fields, "bornTo"), cursor.key, _size(fields))
    entries: bytes | memoryview = page.fragment
    if order is not None and page.entries:
        first = page.entries.start
        entries = spoil_children(order, bytes(entries), world.entry(first), world.entry(first - 1) if first else b"")
    after = "" if page.last_key is None else Cursor(page.last_key, cursor.pages + 1).encoded()
    if order is not None and order.how == "same_cursor":
        after = cursor.encoded()
    head = _as_of() + f"<total>{page.total}</total><children>".encode()
    return [head, entries, b"</children>" + (f"<nextCursor>{after}</nextCursor>".encode() if after else b"")]


def _list_changes(world: World, fields: dict[str, str], cursor: Cursor, order: Order | None) -> Inside:
    found, last = world.changes(int(cursor.key or 0), _size(fields))
    after = Cursor(str(last), cursor.pages + 1)
    if order is not None and order.how == "same_cursor":
        after = cursor
    changes = b"<changes>" + b"".join(found) + b"</changes>"
    if order is not None and order.how == "change":
        changes = spoil_changes(order, changes)
    return [_as_of(), changes, f"<nextCursor>{after.encoded()}</nextCursor>".encode()]


OPERATIONS: dict[str, Callable[[World, dict[str, str], Cursor, Order | None], Inside]] = {
    "getPerson": _get_person,
    "listChildren": _list_children,
    "listPersonChanges": _list_changes,
}


def _day(fields: dict[str, str], name: str) -> str:
    try:
        return date.fromisoformat(fields.get(name, "")).isoformat()
    except ValueError:
        raise Broken("Client.InvalidBody", f"{name} is not a day.") from None


def _size(fields: dict[str, str]) -> int:
    size = fields.get("pageSize", str(USUAL_PAGE))
    if not size.isdecimal() or not 1 <= int(size) <= LARGEST_PAGE:
        raise Broken("Client.InvalidBody", f"pageSize is not between 1 and {LARGEST_PAGE}.")
    return int(size)


def _as_of() -> bytes:
    return f"<dataAsOf>{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}</dataAsOf>".encode()


def _refusal(code: str, text: str) -> bytes:
    types = "http://viis.gov.lv/xroad/types/v1"
    return f'<fault><faultCode xmlns="{types}">{code}</faultCode><faultString xmlns="{types}">{text}</faultString></fault>'.encode()


def with_hash(back: str, request: bytes) -> str:
    """requestHash directly after the id, with the id's prefix and attributes, as a security server inserts it (P7)."""
    digest = base64.b64encode(hashlib.sha512(request).digest()).decode()
    hashed = rf'\g<0><\g<1>requestHash\g<2> algorithmId="{SHA512[0]}">{digest}</\g<1>requestHash>'
    return re.sub(r"<([\w.-]+:|)id((?:\s[^>]*)?)>[^<]*</\1id>", hashed, back, count=1)


def _enveloped(back: str, service: str, inside: Inside, wrapper: str = "Response") -> Reply:
    head = f'<soapenv:Envelope xmlns:soapenv="{SOAP}">{back}<soapenv:Body><{service}{wrapper} xmlns="{NAMESPACE}">'
    end = f"</{service}{wrapper}></soapenv:Body></soapenv:Envelope>"
    return Reply([DECLARATION + head.encode(), *inside, end.encode()])


def _spoilt(order: Order, back: str, service: str, inside: Inside) -> Reply:
    reply = _enveloped(back, service, inside)
    match order.how:
        case "slow":
            time.sleep(order.seconds)
        case "fault":
            return fault(order.code, "Ordered misbehaviour.", order.status)
        case "refusal":
            return _enveloped(back, service, [_refusal("R-0403", "This combination of conditions cannot be answered.")])
        case "html":
            return Reply([b"<!DOCTYPE html><html><body><h1>Maintenance<br>page</h1></body></html>"], order.status, "text/html")
        case "empty":
            return Reply([b""], order.status)
        case "truncate":
            return reply._replace(parts=[b"".join(reply.parts)[: reply.length // 2]])
        case "drop":
            return reply._replace(break_after=reply.length // 2)
        case "header":
            return _enveloped(_with_other_header(order, back), service, inside)
        case "hash":
            other = "" if order.what == "missing" else r"\1AAAA\2"
            other_hash = re.sub(r"(<(?:[\w.-]+:)?requestHash[^>]*>)[^<]*(</(?:[\w.-]+:)?requestHash>)", other, back)
            return _enveloped(other_hash, service, inside)
        case "wrapper":
            return _enveloped(back, service, inside, "Reply")
        case "charset":
            return reply._replace(parts=[b"".join(reply.parts).decode().encode("cp1257", "replace")])
        case "dtd":
            parts = b"".join(reply.parts).split(b"?>", 1)
            return reply._replace(parts=[parts[0] + b'?><!DOCTYPE x [<!ENTITY e "entity">]>', parts[1]])
        case "content_type":
            return reply._replace(content_type="application/json")
    return reply


def _with_other_header(order: Order, back: str) -> str:
    element = rf"<((?:[\w.-]+:)?{order.field})(\s[^>]*)?>(.*?)</\1>"
    if order.what == "missing":
        return re.sub(element, "", back, count=1, flags=re.DOTALL)
    return re.sub(element, lambda found: re.sub(r">([^<>]+)<", ">other<", found[0], count=1), back, count=1, flags=re.DOTALL)
