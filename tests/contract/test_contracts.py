"""The served contracts keep X-Road's rules for a WSDL (W1 to W16)."""

import re

import pytest
from lxml import etree

from adapters.contracts import Contracts, InvalidContract, Service, _refuse_repeated_codes, _service

WSDL, SOAP, XS = "{http://schemas.xmlsoap.org/wsdl/}", "{http://schemas.xmlsoap.org/wsdl/soap/}", "{http://www.w3.org/2001/XMLSchema}"
XROAD = "{http://x-road.eu/xsd/xroad.xsd}"
RESERVED = {
    "listclients", "listmethods", "allowedmethods", "getwsdl", "getopenapi", "getsecurityservermetrics",
    "getsecurityserveroperationaldata", "getsecurityserverhealthdata",
}  # fmt: skip
CONTRACTS = Contracts.load()
SERVICES = list(CONTRACTS.services.values())
EACH = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)


def served(service: Service) -> etree._Element:
    return etree.fromstring(CONTRACTS.document(service.name, "https://viis.example/xroad"))


def test_our_services_are_published_and_what_we_call_is_not():
    assert set(CONTRACTS.services) == {
        "education-process", "non-studying-children", "accreditation", "examinations", "achievements", "disclosures",
        "indicators",
    }  # fmt: skip
    assert set(CONTRACTS.services["education-process"].operations) == {
        "getPersonEducation", "listAffiliations", "getInstitution", "listInstitutions", "listCodes",
        "submitInstitutions", "submitAffiliations", "submitTeachingPosts", "submitEducationDocuments", "getSubmissionReport",
        "mergePersons", "separatePersons", "listEducationChanges", "getCheckpoints", "reportAbsence",
    }  # fmt: skip
    assert set(CONTRACTS.services["non-studying-children"].operations) == {
        "listCases", "getCase", "submitExemptions", "setSearchStatus", "recordMeasure", "offerHandOver", "answerHandOver",
        "checkPersons", "explainChild", "getCaseStatistics", "listAbsences",
    }  # fmt: skip
    assert set(CONTRACTS.services["examinations"].operations) == {
        "submitCandidates", "submitExamResults", "submitCorrections", "getExaminationSubmissionReport", "listExaminations",
        "listCandidates",
    }  # fmt: skip
    assert set(CONTRACTS.services["achievements"].operations) == {
        "getPersonAchievements", "getAchievementsBatch", "registerApplicants", "withdrawApplicants", "listAchievementChanges",
        "acknowledgeMessages", "listUnacknowledged", "getCompleteness",
    }  # fmt: skip
    assert set(CONTRACTS.services["disclosures"].operations) == {"listPersonDisclosures", "verifyDisclosureLog"}
    assert set(CONTRACTS.services["indicators"].operations) == {"getServiceIndicators"}
    assert set(CONTRACTS.services["accreditation"].operations) == {
        "getProgrammeStatus", "getInstitutionAccreditation", "listLicences", "listAccreditations",
        "submitLicenceApplication", "submitAccreditationApplication", "listProceedings", "getProceeding",
        "requestInformation", "answerInformationRequest", "returnApplication", "acceptApplication",
        "appointExperts", "recordVisit", "recordExpertReport", "submitComments",
        "proposeDecision", "confirmDecision", "confirmFlag", "lodgeAppeal", "listAccreditationChanges", "getAccreditationHorizon",
    }  # fmt: skip


@EACH
def test_the_binding_is_document_literal_over_http(service: Service):
    [binding] = served(service).iter(f"{SOAP}binding")
    assert dict(binding.attrib) == {"style": "document", "transport": "http://schemas.xmlsoap.org/soap/http"}
    for body in served(service).iter(f"{SOAP}body"):
        assert dict(body.attrib) == {"use": "literal"}
    assert {operation.get("soapAction") for operation in served(service).iter(f"{SOAP}operation")} == {""}


@EACH
def test_every_message_has_one_part_that_refers_to_an_element_with_a_sequence(service: Service):
    root = served(service)
    elements = {element.get("name"): element for element in root.iterfind(f"{WSDL}types/{XS}schema/{XS}element")}
    for message in root.iterfind(f"{WSDL}message"):
        if message.get("name") == "requestHeader":
            continue
        [part] = message
        name = part.get("element", "").rpartition(":")[2]
        assert elements[name].find(f"{XS}complexType/{XS}sequence") is not None
        assert message.get("name") != name, "some clients confuse a message and an element of one name"


@EACH
def test_messages_are_called_as_the_operation_and_with_response(service: Service):
    for code, operation in service.operations.items():
        assert operation.request == f"{{{service.namespace}}}{code}"
        assert operation.response == f"{{{service.namespace}}}{code}Response"
        assert not code.endswith("Response")


@EACH
def test_every_operation_has_a_version_and_titles_in_both_languages(service: Service):
    root = served(service)
    for operation in root.iterfind(f"{WSDL}binding/{WSDL}operation"):
        assert operation.findtext(f"{XROAD}version") == "v1"
    for operation in root.iterfind(f"{WSDL}portType/{WSDL}operation"):
        for name in ("title", "notes"):
            texts = operation.findall(f"{WSDL}documentation/{XROAD}{name}")
            assert [text.get("{http://www.w3.org/XML/1998/namespace}lang") for text in texts] == ["lv", "en"]
            assert all((text.text or "").strip() for text in texts)


@EACH
def test_the_header_is_bound_in_input_and_output_without_namespace_and_request_hash(service: Service):
    root = served(service)
    [header] = [message for message in root.iterfind(f"{WSDL}message") if message.get("name") == "requestHeader"]
    parts = {part.get("name"): part.get("element") for part in header}
    assert {"client", "service", "id", "userId", "issue", "protocolVersion"} <= set(parts)
    assert b"requestHash" not in etree.tostring(root)
    for way in [*root.iter(f"{WSDL}input"), *root.iter(f"{WSDL}output")]:
        bound = way.findall(f"{SOAP}header")
        if bound:
            assert {entry.get("part") for entry in bound} == set(parts)
            assert all(set(entry.attrib) == {"message", "part", "use"} and entry.get("use") == "literal" for entry in bound)
    assert sum(1 for _ in root.iter(f"{SOAP}header")) == 2 * len(parts) * len(service.operations)


@EACH
def test_the_address_is_the_configured_one(service: Service):
    [address] = served(service).iter(f"{SOAP}address")
    assert address.get("location") == f"https://viis.example/xroad/soap/{service.name}"


@EACH
def test_the_contract_is_one_file_that_needs_no_other(service: Service):
    root = served(service)
    assert not root.findall(f"{WSDL}import")
    inlined = {schema.get("targetNamespace") for schema in root.iter(f"{XS}schema")}
    assert len(inlined) == len(list(root.iter(f"{XS}schema"))), "schemas of one namespace are joined"
    for entry in [*root.iter(f"{XS}import"), *root.iter(f"{XS}include")]:
        assert "schemaLocation" not in entry.attrib
        assert entry.get("namespace") in inlined


@EACH
def test_the_contract_is_small_and_has_no_doctype(service: Service):
    document = CONTRACTS.document(service.name, "https://viis.example")
    assert b"<!DOCTYPE" not in document
    assert len(document) < 10 * 1024 * 1024
    assert document.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")


@EACH
def test_codes_and_versions_have_only_letters_digits_and_what_xroad_allows(service: Service):
    for operation in service.operations.values():
        assert re.fullmatch("[a-z][A-Za-z0-9]*", operation.code)
        assert re.fullmatch("v[0-9]+", operation.version)
        assert operation.code.lower() not in RESERVED


def test_a_code_and_version_in_two_contracts_is_found_at_start():
    [service] = SERVICES[:1]
    _refuse_repeated_codes(SERVICES)
    with pytest.raises(InvalidContract, match="W12"):
        _refuse_repeated_codes([service, service._replace(file="other.wsdl")])


def test_names_that_do_not_follow_the_rule_are_found_at_start():
    document = CONTRACTS.document("education-process", "https://viis.example")
    for wrong in (
        document.replace(b'element="tns:listCodesResponse"', b'element="tns:listCodesAnswer"'),
        document.replace(b"<xrd:version>v1</xrd:version>", b"", 1),
        document.replace(b'<wsdl:output message="tns:listCodesResponseMessage"/>', b""),
    ):
        assert wrong != document
        with pytest.raises(InvalidContract):
            _service(etree.fromstring(wrong), "changed.wsdl")


@EACH
def test_every_element_is_described_in_latvian_and_english(service: Service):
    undescribed = []
    for schema in served(service).iter(f"{XS}schema"):
        if "viis.gov.lv" not in schema.get("targetNamespace", ""):
            continue
        for element in schema.iter(f"{XS}element"):
            texts = element.findall(f"{XS}annotation/{XS}documentation")
            languages = [text.get("{http://www.w3.org/XML/1998/namespace}lang") for text in texts if (text.text or "").strip()]
            if sorted(map(str, languages)) != ["en", "lv"]:
                undescribed.append(element.get("name"))
    assert undescribed == []


@EACH
def test_client_stacks_find_nothing_that_they_cannot_read(service: Service):
    for schema in served(service).iter(f"{XS}schema"):
        assert schema.get("elementFormDefault") == "qualified"
        for forbidden in ("choice", "all", "any", "anyAttribute", "group", "attributeGroup", "list", "union"):
            if "viis.gov.lv" in schema.get("targetNamespace", ""):
                assert not list(schema.iter(f"{XS}{forbidden}"))
        for complex_type in schema.iter(f"{XS}complexType"):
            assert len(complex_type), "no empty type as a marker"


@EACH
def test_every_response_can_be_a_refusal_alone(service: Service):
    shapes = CONTRACTS.shapes(service.name)
    for operation in service.operations.values():
        children = shapes.element(operation.response).type
        assert "fault" in [child.name for child in children]
        assert not any(child.required for child in children)


def test_each_thread_compiles_a_schema_of_its_own():
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(3) as threads:
        schemas = list(threads.map(lambda _: CONTRACTS.envelope_schema("education-process"), range(3)))
    assert CONTRACTS.envelope_schema("education-process") not in schemas
    assert CONTRACTS.envelope_schema("education-process") is CONTRACTS.envelope_schema("education-process")
