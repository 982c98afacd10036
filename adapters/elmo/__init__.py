"""A person's achievements as an ELMO document (EMREX ELMO 1.7): the European form of a transcript, one report an institution, signed.

The rule: it says what the register shows and nothing else. An institution stands under the name that it had at the time, so one that was
renamed has two reports; a description says in both languages what the form has no element for, an extension holds the register's codes.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.signer import XMLSigner

from adapters.elmo.nodes import Node, of_document, of_result, scales
from adapters.elmo.words import Words, scale
from adapters.signatures import ENVELOPED, EXCLUSIVE, signer
from core.achievements.shown import Achievements, AssignedIdentifier, Document, Result

ELMO, CODES = "https://github.com/emrex-eu/elmo-schemas/tree/v1", "http://viis.gov.lv/elmo/v1"
PREFIXES: Any = {None: ELMO, "viis": CODES}
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
COUNTRY = "LV"
# The register keeps no addresses of institutions' pages, and one is required: where institutions can be looked up.
INSTITUTIONS = "https://www.viis.gov.lv"
# Whose report it is when nothing is known: a document without a report is no ELMO document.
NOBODY = ("VIIS", "Valsts izglītības informācijas sistēma")
NUMBER, SYSTEM = "lv-registration-number", "lv-system"


def elmo(person: Achievements, data_as_of: str, country: str = COUNTRY) -> etree._Element:
    """The document without its signature; `data_as_of` is the instant at which it is true."""
    root = etree.Element(f"{{{ELMO}}}elmo", nsmap=PREFIXES)
    _put(root, "generatedDate", data_as_of)
    _learner(_put(root, "learner"), person)
    reports: dict[tuple[str, str], list[Node]] = {}
    for document in (Document(*line) for line in person.documents):
        reports.setdefault((document.institution, document.institution_name or document.institution), []).append(of_document(document))
    for result in (Result(*line) for line in person.exam_results):
        reports.setdefault((result.institution, result.institution_name or result.institution), []).append(of_result(result))
    for (number, name), nodes in reports.items() or [(NOBODY, [])]:
        _report(_put(root, "report"), number, name, country, nodes, data_as_of)
    return root


def signed_elmo(person: Achievements, data_as_of: str) -> bytes:
    """The document, signed as ELMO wants it: enveloped, the one reference with an empty URI, the certificate in it."""
    pair = signer().current()
    xml = XMLSigner(ENVELOPED, SignatureMethod.RSA_SHA256, DigestAlgorithm.SHA256, EXCLUSIVE)
    signed = xml.sign(elmo(person, data_as_of), key=pair.key, cert=[pair.certificate])
    return etree.tostring(signed, encoding="UTF-8", xml_declaration=True)


def _learner(learner: etree._Element, person: Achievements) -> None:
    if person.personal_code:
        _put(learner, "identifier", person.personal_code, type="nationalIdentifier")
    for former in person.former_personal_codes:
        _put(learner, "identifier", former, type="formerNationalIdentifier")
    for given in (AssignedIdentifier(*line) for line in person.identifiers):
        _put(learner, "identifier", given.value, type=f"lv-institution-{given.institution}")
    _put(learner, "givenNames", person.given_name or "")
    _put(learner, "familyName", person.surname or "")
    if person.birth_date:
        _put(learner, "bday", person.birth_date)


def _report(report: etree._Element, number: str, name: str, country: str, nodes: Sequence[Node], at: str) -> None:
    issuer = _put(report, "issuer")
    _put(issuer, "country", country)
    _put(issuer, "identifier", number, type=SYSTEM if number == NOBODY[0] else NUMBER)
    _say(issuer, "title", Words(name))
    _put(issuer, "url", INSTITUTIONS)
    for node in nodes:
        _node(_put(report, "learningOpportunitySpecification"), node)
    _put(report, "issueDate", at)
    for code in sorted(scales(nodes)):
        _say(_put(report, "gradingScheme", localId=code), "description", scale(code))


def _node(specification: etree._Element, node: Node) -> None:
    for kind, value in node.identifiers:
        _put(specification, "identifier", value, type=kind)
    _say(specification, "title", node.title)
    if node.kind:
        _put(specification, "type", node.kind)
    for description in node.descriptions:
        _say(specification, "description", description)
    _instance(_put(_put(specification, "specifies"), "learningOpportunityInstance"), node)
    for part in node.parts:
        _node(_put(_put(specification, "hasPart"), "learningOpportunitySpecification"), part)


def _instance(instance: etree._Element, node: Node) -> None:
    if node.on:
        _put(instance, "date", node.on)
    if node.school_year:
        _term(_put(instance, "academicTerm"), node.school_year)
    _put(instance, "status", node.status)
    for name, value in (("gradingSchemeLocalId", node.scale), ("resultLabel", node.label)):
        if value:
            _put(instance, name, value)
    for level in node.levels:
        placed = _put(instance, "level")
        _put(placed, "type", level.kind)
        _put(placed, "description", level.description.en or level.description.lv)
        _put(placed, "value", level.value)
    if node.language:
        _put(instance, "languageOfInstruction", node.language)
    if node.said:
        extension = _put(instance, "extension")
        for name, value in node.said:
            etree.SubElement(extension, f"{{{CODES}}}{name}").text = value


def _term(term: etree._Element, school_year: str) -> None:
    """A school year lasts from 1 September to 31 August."""
    first = int(school_year[:4])
    _say(term, "title", Words(f"{first}./{first + 1}. mācību gads", f"School year {school_year}"))
    _put(term, "start", date(first, 9, 1).isoformat())
    _put(term, "end", date(first + 1, 8, 31).isoformat())


def _say(parent: etree._Element, name: str, said: Words) -> None:
    for language, text in said._asdict().items():
        if text is not None:
            _put(parent, name, text).set(LANGUAGE, language)


def _put(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    placed = etree.SubElement(parent, f"{{{ELMO}}}{name}", attributes)
    placed.text = text
    return placed
