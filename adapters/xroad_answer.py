"""What a consumer checks of an answer of X-Road message protocol 4.0 (atbildes pārbaude); no I/O.

The rule: an answer belongs to a request only when its wrapper is the request's with `Response`, client, service, id, userId, issue
and representedParty are the same (empty is not absent), and its requestHash is the digest of the bytes that were sent. A SOAP Fault
may come with any HTTP status and with a fault code that is no QName, in the spelling of X-Road before 7.8 or since.
"""

from __future__ import annotations

import base64
import hashlib
import re
from enum import Enum
from typing import NamedTuple

from lxml import etree

from adapters.xroad import (
    BODY,
    FAULT,
    HEADER,
    REQUEST_HASH,
    SOAP,
    Header,
    HeaderError,
    parse_header,
    text_of,
)

SHA512 = ("http://www.w3.org/2001/04/xmlenc#sha512", "SHA-512")
_DIGESTS = dict.fromkeys(SHA512, "sha512") | {
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    "SHA-256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "SHA-384": "sha384",
}
_SIX = ("client", "service", "id", "user_id", "issue", "represented_party")


class InconsistentAnswer(Exception):
    """The answer is not the answer to this request; `field` names the difference."""

    def __init__(self, field: str, why: str) -> None:
        self.field = field
        super().__init__(f"The answer does not belong to the request: {field} {why}.")


class HashPolicy(Enum):
    """Whether an answer must prove by requestHash which request it answers; a direct link has none (C16)."""

    REQUIRE = "require"
    IF_PRESENT = "if-present"
    OFF = "off"


class ReceivedFault(NamedTuple):
    """A SOAP Fault as it came; `code` is never resolved as a QName (C11)."""

    code: str
    text: str
    detail: str | None = None

    @property
    def theirs(self) -> bool:
        """True when a security server made it, and not the service behind it."""
        first, _, rest = plain_code(self.code).partition(".")
        return first in ("client", "server") and rest != "" and ".servicefailed" not in f".{rest}"


class BusinessFault(NamedTuple):
    """A refusal that stands in a normal answer."""

    code: str
    text: str


def plain_code(code: str) -> str:
    """A fault code in one spelling: Server.ServerProxy.AccessDenied and server.serverproxy.access_denied alike (C12)."""
    return code.strip().rpartition(":")[2].replace("_", "").lower()


def same_code(left: str, right: str) -> bool:
    """Whether two fault codes mean the same, in whichever spelling."""
    return plain_code(left) == plain_code(right)


def read_fault(envelope: etree._Element) -> ReceivedFault | None:
    """The SOAP Fault in an answer, whatever its HTTP status; None when there is none."""
    fault = envelope.find(f"{BODY}/{FAULT}")
    if fault is None:
        return None
    parts = {etree.QName(child).localname: child for child in fault if isinstance(child.tag, str)}
    detail = parts.get("detail")
    return ReceivedFault(
        text_of(parts["faultcode"]).strip() if "faultcode" in parts else "",
        text_of(parts["faultstring"]).strip() if "faultstring" in parts else "",
        None if detail is None else " ".join("".join(str(text) for text in detail.itertext()).split()) or None,
    )


def business_fault(wrapper: etree._Element) -> BusinessFault | None:
    """The refusal in a normal answer: fault/faultCode + faultString, or the two as direct children, in any namespace or case."""
    children = {_plain(child): child for child in wrapper if isinstance(child.tag, str)}
    if "fault" in children:
        children = {_plain(child): child for child in children["fault"] if isinstance(child.tag, str)}
    if "faultcode" not in children:
        return None
    text = children.get("faultstring")
    return BusinessFault(text_of(children["faultcode"]).strip(), "" if text is None else text_of(text).strip())


def _plain(element: etree._Element) -> str:
    return etree.QName(element).localname.lower()


def check_answer(sent: Header, envelope: etree._Element) -> etree._Element:
    """The wrapper of an answer that belongs to the request `sent`; faults are read before (`read_fault`)."""
    if envelope.tag != f"{{{SOAP}}}Envelope":
        raise InconsistentAnswer("Envelope", "is not SOAP 1.1")
    check_header(sent, envelope.find(HEADER))
    body = envelope.find(BODY)
    wrappers = [] if body is None else [child for child in body if isinstance(child.tag, str)]
    if len(wrappers) != 1:
        raise InconsistentAnswer("Body", "does not hold exactly one element")
    check_wrapper(sent, wrappers[0].tag)
    return wrappers[0]


def check_wrapper(sent: Header, tag: str) -> None:
    """The answer's wrapper is the request's with Response."""
    if etree.QName(tag).localname != f"{sent.service.service_code}Response":
        raise InconsistentAnswer("Body", "holds another element than the service's answer")


def check_header(sent: Header, header: etree._Element | None) -> None:
    """The answer's header has the six values of the request and a protocol version that we speak."""
    try:
        received = parse_header(header)
    except HeaderError as error:
        raise InconsistentAnswer(error.field or "Header", "is missing or not in order") from error
    for field in _SIX:
        if getattr(sent, field) != getattr(received, field):
            raise InconsistentAnswer(field, "differs")


def check_request_hash(sent: bytes, header: etree._Element | None, policy: HashPolicy = HashPolicy.IF_PRESENT) -> None:
    """The answer's requestHash is the digest of the bytes that were sent (C14 to C16); `sent` from `hashed_bytes`."""
    if policy is HashPolicy.OFF:
        return
    element = None if header is None else header.find(REQUEST_HASH)
    if element is None:
        if policy is HashPolicy.REQUIRE:
            raise InconsistentAnswer("requestHash", "is missing")
        return
    algorithm = _DIGESTS.get(element.get("algorithmId", SHA512[0]))
    if algorithm is None:
        raise InconsistentAnswer("requestHash", "is made by an unknown algorithm")
    try:
        received = base64.b64decode("".join(text_of(element).split()), validate=True)
    except ValueError as error:
        raise InconsistentAnswer("requestHash", "is not Base64") from error
    if received != hashlib.new(algorithm, sent).digest():
        raise InconsistentAnswer("requestHash", "differs")


def hashed_bytes(sent: bytes, content_type: str) -> bytes:
    """The bytes that a requestHash is made of: the whole entity, or of a multipart the first part's body as it stands (C15)."""
    if not content_type.strip().lower().startswith("multipart/"):
        return sent
    match = re.search(r'boundary\s*=\s*(?:"([^"]+)"|([^\s;]+))', content_type, re.IGNORECASE)
    if match is None:
        raise ValueError("A multipart message names its boundary.")
    delimiter = b"--" + (match[1] or match[2]).encode("ascii")
    start = 0 if sent.startswith(delimiter) else sent.index(b"\n" + delimiter) + 1
    blank = re.compile(rb"\r?\n\r?\n").search(sent, start)
    if blank is None:
        raise ValueError("The first part of a multipart message has no body.")
    end = sent.index(b"\n" + delimiter, blank.end() - 1)
    return sent[blank.end() : end - 1 if sent[end - 1 : end] == b"\r" else end]
