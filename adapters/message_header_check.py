"""What is wrong with an X-Road header, all at once (galvenes pārbaude): read, mend, read again, by the very rules of the boundary."""

from __future__ import annotations

import copy
from collections.abc import Iterator

from lxml import etree

from adapters import xroad
from adapters.message_words import Finding
from adapters.xroad import IDENTIFIERS, OBJECT_TYPE, REPRESENTATION, SECURITY_TOKEN, XROAD

_HOMES = dict.fromkeys(("client", "service", "id", "userId", "issue", "protocolVersion", "securityServer"), XROAD)
_HOMES |= {"representedParty": REPRESENTATION, "securityToken": SECURITY_TOKEN}
_KINDS = {"client": ("MEMBER", "SUBSYSTEM"), "service": ("SERVICE",), "securityServer": ("SERVER",)}
_PARTS = ["xRoadInstance", "memberClass", "memberCode"]
_MOST = 30
_WHOLE = (
    f'<h xmlns:x="{XROAD}" xmlns:i="{IDENTIFIERS}"><x:client i:objectType="MEMBER"><i:xRoadInstance>-</i:xRoadInstance>'
    "<i:memberClass>-</i:memberClass><i:memberCode>-</i:memberCode></x:client>"
    '<x:service i:objectType="SERVICE"><i:xRoadInstance>-</i:xRoadInstance><i:memberClass>-</i:memberClass>'
    "<i:memberCode>-</i:memberCode><i:serviceCode>-</i:serviceCode></x:service>"
    "<x:id>-</x:id><x:protocolVersion>4.0</x:protocolVersion></h>"
)


def header_findings(header: etree._Element | None, envelope: etree._Element) -> list[Finding]:
    """Everything that the message protocol forbids in this header."""
    if header is None:
        return [Finding.at(envelope, str(xroad.MissingHeader()))]
    elsewhere = dict(_elsewhere(header))
    return [*elsewhere.values(), *_by_the_boundary(header, set(elsewhere))]


def _elsewhere(header: etree._Element) -> Iterator[tuple[str, Finding]]:
    """Headers with a name of X-Road's in a namespace that is not its own."""
    for child in header.iterchildren(etree.Element):
        name = etree.QName(child)
        home = _HOMES.get(name.localname)
        if home is not None and name.namespace != home and header.find(f"{{{home}}}{name.localname}") is None:
            where = "another namespace" if name.namespace else "no namespace"
            yield name.localname, Finding.at(child, f"The header {name.localname} is in {where}. Expected: {home}.")


def _by_the_boundary(header: etree._Element, said: set[str]) -> Iterator[Finding]:
    mended = copy.deepcopy(header)
    for _ in range(_MOST):
        try:
            xroad.parse_header(mended)
            return
        except xroad.HeaderError as error:
            original = _element(header, error)
            if error.field not in said:
                said.add(error.field)
                yield Finding.at(header if original is None else original, _words(error, original))
            _mend(mended, error)


def _element(header: etree._Element, error: xroad.HeaderError) -> etree._Element | None:
    named = header.findall(f"{{{_HOMES.get(error.field, XROAD)}}}{error.field}") if error.field else []
    if isinstance(error, xroad.InvalidProtocolVersion):
        named = header.findall(f"{{{XROAD}}}protocolVersion")
    if not named:
        return None
    return named[-1] if isinstance(error, xroad.DuplicateField) else named[0]


def _words(error: xroad.HeaderError, element: etree._Element | None) -> str:
    """The boundary's sentence, and for an identifier what it lacks."""
    if not isinstance(error, xroad.InvalidIdentifier) or element is None:
        return str(error)
    kinds = _KINDS.get(error.field, ())
    kind = (element.get(OBJECT_TYPE) or "").strip()
    if kind not in kinds:
        lacks = "has no attribute objectType" if not element.get(OBJECT_TYPE) else "has another objectType"
        return f"The X-Road header {error.field} {lacks}. Expected: id:objectType={' or '.join(kinds)}, where id is {IDENTIFIERS}."
    if kind == "SUBSYSTEM" and element.find(f"{{{IDENTIFIERS}}}subsystemCode") is None:
        return "The X-Road header client is a SUBSYSTEM without subsystemCode. Expected: subsystemCode, or objectType MEMBER."
    needed = [*_PARTS, "serviceCode"] if error.field == "service" else _PARTS
    lacking = [part for part in needed if not (element.findtext(f"{{{IDENTIFIERS}}}{part}") or "").strip()]
    if lacking and error.field in ("client", "service"):
        return f"The X-Road header {error.field} lacks {', '.join(lacking)} (namespace {IDENTIFIERS})."
    return str(error)


def _mend(header: etree._Element, error: xroad.HeaderError) -> None:
    """Puts right what was found, in the copy, so that the next thing can be."""
    if isinstance(error, xroad.NotUnderstood):
        for child in header.iterchildren(etree.Element):
            child.attrib.pop(xroad.MUST_UNDERSTAND, "")
        return
    name = "protocolVersion" if isinstance(error, xroad.InvalidProtocolVersion) else error.field
    named = header.findall(f"{{{_HOMES.get(name, XROAD)}}}{name}")
    if isinstance(error, xroad.DuplicateField) and len(named) > 1:
        header.remove(named[-1])
        return
    for element in named:
        header.remove(element)
    whole = etree.fromstring(_WHOLE).find(f"{{{XROAD}}}{name}")
    if whole is not None:
        header.append(whole)
