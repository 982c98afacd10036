"""An answer of listChildren read as a stream: whose it is, what it refuses, its children one by one.

The rule: the body decides, never the HTTP status; header, wrapper and requestHash are checked before the first child is believed; a
child that breaks the schema is still a record, for core to refuse it and keep its neighbours.
"""

import contextlib
from typing import NamedTuple

from lxml import etree
from requests import Response

from adapters.population_register import NAMESPACE
from adapters.population_register.errors import (
    AnotherAnswer,
    ContractBroken,
    CutShort,
    ForbiddenDoctype,
    GatewayFailed,
    NotAllowed,
    NotSoap,
    NotWellFormed,
    OurFault,
    Refused,
    ServerFault,
)
from adapters.population_register.records import CHILD, child_record
from adapters.population_register.stream import Stream
from adapters.xroad import ENVELOPE, HEADER, Header
from adapters.xroad_answer import (
    HashPolicy,
    InconsistentAnswer,
    ReceivedFault,
    business_fault,
    check_answer,
    check_request_hash,
    plain_code,
    read_fault,
)
from core.people import ChildPage, ChildRecord, CursorForgotten, SourceFailed
from core.person_changes import ChangePage, PersonChangeRecord

XML_TYPES = ("text/xml", "application/xml", "application/soap+xml")
CHANGES, CHANGE, POSITION, KIND, OCCURRED_ON, PERSON, NEXT_CURSOR = (
    f"{{{NAMESPACE}}}{name}" for name in ("changes", "change", "position", "kind", "occurredOn", "person", "nextCursor")
)
# Faults that say how X-Road is set up: the next attempt would be answered the same.
LASTING = frozenset(["accessdenied", "unknownservice", "servicedisabled", "servicetype", "unknownmember", "invalidsecurityserver"]) | {
    "sslauthenticationfailed"
}


class Sent(NamedTuple):
    """What was sent: the header, the very bytes, and how strictly requestHash is compared."""

    header: Header
    message: bytes
    policy: HashPolicy


def read_children(response: Response, sent: Sent) -> ChildPage:
    """One page, or the SourceFailed that says what is wrong with the answer."""
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type not in XML_TYPES:
        raise GatewayFailed() if response.status_code >= 502 else NotSoap()
    stream = Stream(response)
    children: list[ChildRecord] = []
    checked = False
    events = etree.iterparse(
        stream, tag=CHILD, resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True, collect_ids=False
    )
    try:
        for _, element in events:
            if not checked:
                checked_wrapper(element.getroottree().getroot(), sent)
                checked = True
            children.append(child_record(element))
            element.clear()
    except etree.XMLSyntaxError as error:
        raise broken(stream, response.status_code) from error
    envelope = events.root
    if envelope is None:
        raise broken(stream, response.status_code)
    return _page(checked_wrapper(envelope, sent), children)


def read_changes(response: Response, sent: Sent) -> ChangePage:
    """One page of listPersonChanges, read whole: changes are few beside the list; a person that breaks the schema is still a record."""
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type not in XML_TYPES:
        raise GatewayFailed() if response.status_code >= 502 else NotSoap()
    stream = Stream(response)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        envelope = etree.parse(stream, parser).getroot()  # type: ignore[arg-type]
    except etree.XMLSyntaxError as error:
        raise broken(stream, response.status_code) from error
    wrapper = checked_wrapper(envelope, sent, "listPersonChangesResponse")
    _raise_refusal(wrapper)
    if wrapper.find(CHANGES) is None:
        raise ContractBroken("The answer of the population register holds no list of changes.")
    return ChangePage([_change(element) for element in wrapper.iter(CHANGE)], wrapper.findtext(NEXT_CURSOR, "").strip() or None)


def _change(element: etree._Element) -> PersonChangeRecord:
    position, person = (element.findtext(POSITION) or "").strip(), element.find(PERSON)
    if not (position.isascii() and position.isdecimal() and len(position) < 19) or person is None:
        raise ContractBroken("A change of the population register has no position or no person.")
    kind, occurred_on = (element.findtext(name) for name in (KIND, OCCURRED_ON))
    return PersonChangeRecord(int(position), kind or "", occurred_on, child_record(person))


def broken(stream: Stream, status: int) -> SourceFailed:
    """What it means that the XML could not be read: nothing came, not all came, or it is no XML."""
    if stream.looks_like_html or not stream.received:
        return GatewayFailed() if status >= 502 else NotSoap()
    return CutShort() if stream.cut_short else NotWellFormed()


def checked_wrapper(
    envelope: etree._Element, sent: Sent, answer: str = "listChildrenResponse", namespace: str = NAMESPACE
) -> etree._Element:
    """The wrapper of an answer that is ours; raises what it is otherwise."""
    if envelope.getroottree().docinfo.doctype:  # type: ignore[attr-defined]
        raise ForbiddenDoctype() if envelope.tag == ENVELOPE else NotSoap()
    if envelope.tag != ENVELOPE:
        raise NotSoap()
    fault = read_fault(envelope)
    if fault is not None:
        raise _failure(fault)
    try:
        wrapper = check_answer(sent.header, envelope)
        check_request_hash(sent.message, envelope.find(HEADER), sent.policy)
    except InconsistentAnswer as error:
        raise AnotherAnswer(f"{error} Nothing of it was taken.") from error
    if wrapper.tag != f"{{{namespace}}}{answer}":
        raise AnotherAnswer("The answer's element has another namespace than the contract's. Nothing of it was taken.")
    return wrapper


def _failure(fault: ReceivedFault) -> SourceFailed:
    """A Fault as an error: theirs in passing, theirs for good, or ours. Its words may quote our message, so only its code is told."""
    code = fault.code if fault.code.isprintable() and len(fault.code) <= 100 else "unreadable"
    number = f" Its number for the security server's administrator is {fault.detail}." if fault.detail and len(fault.detail) <= 50 else ""
    parts = plain_code(fault.code).split(".")
    if parts[0] == "client":
        return OurFault(f"Our message was refused with the fault {code}.{number} The contract or our X-Road identifier does not fit.")
    if not LASTING.isdisjoint(parts):
        return NotAllowed(f"X-Road does not let the message through: {code}.{number} Check access rights and identifiers.")
    return ServerFault(f"The population register or X-Road on the way failed with {code}.{number}")


def _raise_refusal(wrapper: etree._Element) -> None:
    refusal = business_fault(wrapper)
    if refusal is not None:
        if refusal.code == "R-0401":
            raise CursorForgotten()
        raise Refused(f"The population register refuses to answer: {refusal.code[:20]}.")


def _page(wrapper: etree._Element, children: list[ChildRecord]) -> ChildPage:
    _raise_refusal(wrapper)
    found = {etree.QName(child).localname: (child.text or "").strip() for child in wrapper}
    if "children" not in found:
        raise ContractBroken("The answer of the population register holds no list of children.")
    total = None
    with contextlib.suppress(KeyError):
        if not found["total"].isdecimal():
            raise ContractBroken("The answer of the population register holds a total that is no number.")
        total = int(found["total"])
    return ChildPage(children, found.get("nextCursor") or None, found.get("dataAsOf") or None, total)
