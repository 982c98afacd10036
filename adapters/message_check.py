"""What in an envelope breaks the contract, in words (ziņojuma pārbaude): for people who write senders, never in the way of a request.

The rule: everything that can be found in one reading is said at once, with its line and its place; what was sent is named by its
elements and never repeated, for it may be somebody's personal code.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from adapters import guard
from adapters.contracts import Contracts, Operation, Service
from adapters.message_header_check import header_findings
from adapters.message_words import Finding, SchemaReader, masked
from adapters.xroad import BODY, ENVELOPE, FAULT, HEADER, IDENTIFIERS, SOAP, XROAD
from adapters.xroad_echo import tolerate

SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
_HINTS = {
    "EntityRef": "In text, & is written &amp; and < is written &lt;.",
    "Entity '": "XML knows only &amp; &lt; &gt; &quot; and &apos;; write other letters as they are, in UTF-8.",
    "encoding": "Save the file in UTF-8, or name its encoding in the XML declaration.",
    "Opening and ending tag mismatch": "Each element ends with its own name, the innermost first.",
}


class Meant(NamedTuple):
    """What the element in the Body is: a request or an answer of an operation."""

    service: Service
    operation: Operation
    answer: bool

    @property
    def words(self) -> str:
        kind = "an answer" if self.answer else "a request"
        return f"{kind} of {self.operation.code} {self.operation.version} ({self.service.name})"


class Verdict(NamedTuple):
    """What the message is, as far as it can be told, and everything that is wrong with it, in the order of its lines."""

    what: str
    findings: list[Finding]


class Check:
    """Judges envelopes by the contracts, of one service or of all."""

    def __init__(self, contracts: Contracts, service: str | None = None) -> None:
        self._contracts = contracts
        self._services = [entry for entry in contracts.services.values() if service in (None, entry.name)]
        self._readers: dict[str, SchemaReader] = {}

    def verdict(self, content: bytes) -> Verdict:
        """The judgement of a file's bytes."""
        root, findings = _parsed(content)
        if root is None:
            return Verdict("", findings)
        if root.tag != ENVELOPE:
            return Verdict("", [*findings, _not_an_envelope(root)])
        header, bodies = root.find(HEADER), root.findall(BODY)
        findings += header_findings(header, root)
        if len(bodies) != 1:
            findings.append(Finding.at(root, f"The Envelope has {len(bodies)} elements Body; it needs exactly one."))
            return Verdict("", _sorted(findings))
        wrapper, more = self._wrapper(bodies[0])
        findings += more
        meant = None if wrapper is None else self._meant(wrapper, findings)
        if wrapper is not None and wrapper.tag == FAULT:
            findings += self._by_schema(root, header, self._services[0], findings)
            return Verdict("a SOAP Fault", _sorted(findings))
        if meant is not None and wrapper is not None:
            findings += _agreement(header, meant)
            if wrapper.tag in (meant.operation.request, meant.operation.response):
                findings += self._by_schema(root, header, meant.service, findings)
        return Verdict("" if meant is None else meant.words, _sorted(findings))

    def _wrapper(self, body: etree._Element) -> tuple[etree._Element | None, list[Finding]]:
        elements = [child for child in body if isinstance(child.tag, str)]
        if len(elements) == 1:
            return elements[0], []
        text = f"The Body has {len(elements)} elements; it needs exactly one, the request or its answer."
        for extra in elements[1:]:
            body.remove(extra)
        return (elements[0] if elements else None), [Finding.at(body, text)]

    def _meant(self, wrapper: etree._Element, findings: list[Finding]) -> Meant | None:
        """The operation of the element in the Body; a wrong namespace is said and put right, so that the rest can be judged."""
        if wrapper.tag == FAULT:
            return None
        name = etree.QName(wrapper)
        known = {}
        for service in self._services:
            for operation in service.operations.values():
                known[operation.request] = Meant(service, operation, False)
                known[operation.response] = Meant(service, operation, True)
        if wrapper.tag in known:
            return known[wrapper.tag]
        for tag, meant in known.items():
            if etree.QName(tag).localname == name.localname:
                where = "no namespace" if not name.namespace else "another namespace"
                text = f"{name.localname} is in {where}. Expected: the namespace {meant.service.namespace}, for it and for what is in it."
                findings.append(Finding.at(wrapper, text))
                _rename(wrapper, name.namespace, meant.service.namespace)
                return meant
        # Of the service that the namespace names; of all when it names none of them.
        own = [tag for tag in known if etree.QName(tag).namespace == name.namespace]
        names = sorted({etree.QName(tag).localname for tag in own or known})
        near = difflib.get_close_matches(name.localname, names, 1, 0.5)
        hint = f"Perhaps {near[0]} is meant." if near else f"There are: {', '.join(n for n in names if not n.endswith('Response'))}."
        findings.append(Finding.at(wrapper, f"There is no operation {masked(name.localname)}. {hint}"))
        return None

    def _by_schema(self, root: etree._Element, header: etree._Element | None, service: Service, said: list[Finding]) -> Iterator[Finding]:
        if header is not None:
            tolerate(header)
        spoken = [finding.path for finding in said if finding.path.startswith("Envelope/Header/")]
        if service.name not in self._readers:
            self._readers[service.name] = SchemaReader(self._contracts.schemas(service.name))
        for finding in self._readers[service.name].findings(root):
            # Of a header, its own rules have said it better.
            if not any(f"{finding.path}/".startswith(f"{path}/") for path in spoken):
                yield finding


def _parsed(content: bytes) -> tuple[etree._Element | None, list[Finding]]:
    try:
        message = guard.parse(content)
    except guard.NotWellFormed as error:
        return None, [_syntax(content, error)]
    except guard.NotAccepted as error:
        return None, [Finding(_line_of(content, error), "", str(error))]
    try:
        # The same once more from the file's own bytes: the guard drops the declaration, and lines move.
        return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True)), []
    except (etree.XMLSyntaxError, ValueError):
        return message.root, []


def _syntax(content: bytes, error: guard.NotWellFormed) -> Finding:
    cause = error.__cause__
    if not content.strip():
        return Finding(0, "", "The file is empty. Expected: a SOAP 1.1 envelope.")
    if isinstance(cause, etree.XMLSyntaxError) and cause.msg:
        hint = next((hint for mark, hint in _HINTS.items() if mark in cause.msg), "")
        said = re.sub(r", line \d+, column \d+.*", "", cause.msg)
        return Finding(cause.lineno or 0, "", f"The message is not well-formed XML: {masked(said)}. {hint}".rstrip())
    return Finding(getattr(cause, "lineno", 0), "", str(error))


def _line_of(content: bytes, error: guard.NotAccepted) -> int:
    mark = {guard.HasDoctype: b"<!DOCTYPE", guard.HasInstruction: b"<?"}.get(type(error))
    at = -1 if mark is None else content.find(mark, content.find(b"?>") + 2 if content.startswith(b"<?xml") else 0)
    return 0 if at < 0 else content.count(b"\n", 0, at) + 1


def _not_an_envelope(root: etree._Element) -> Finding:
    name = etree.QName(root)
    if name.namespace == SOAP_12:
        return Finding.at(root, f"The message is SOAP 1.2. X-Road speaks SOAP 1.1: the namespace of Envelope is {SOAP}.")
    if name.localname == "Envelope":
        return Finding.at(root, f"The Envelope is in another namespace. Expected: {SOAP}.")
    text = "The root element is not Envelope. Expected: the whole SOAP message, with Envelope, Header and Body."
    return Finding.at(root, text)


def _rename(wrapper: etree._Element, wrong: str | None, right: str) -> None:
    for element in list(wrapper.iter(etree.Element)):
        name = etree.QName(element)
        if name.namespace == wrong:
            element.tag = f"{{{right}}}{name.localname}"


def _agreement(header: etree._Element | None, meant: Meant) -> Iterator[Finding]:
    """Whether the service in the header is the operation in the Body."""
    service = None if header is None else header.find(f"{{{XROAD}}}service")
    if service is None:
        return
    for part, expected in (("serviceCode", meant.operation.code), ("serviceVersion", meant.operation.version)):
        element = service.find(f"{{{IDENTIFIERS}}}{part}")
        if element is None:
            yield Finding.at(service, f"The X-Road header service has no {part}. The element in the Body means {expected}.")
        elif (element.text or "").strip() != expected:
            yield Finding.at(element, f"The {part} in the header is not that of the element in the Body. Expected: {expected}.")


def _sorted(findings: list[Finding]) -> list[Finding]:
    return sorted(dict.fromkeys(findings), key=lambda finding: finding.line)
