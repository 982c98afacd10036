"""Envelopes, services, faults and refusals (P1, P6, P13, P25 to P36), as a security server would see them over HTTP."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from lxml import etree

from adapters import guard
from tests.contract.asking import (
    CLIENT,
    HEADERS,
    LIST_CODES,
    NAMESPACE,
    PERSONAL_CODE,
    SOAP,
    answered,
    asking,
    envelope,
    fault,
    header_of,
    service,
    valid,
)
from tests.serving import Served
from tests.unit.headers import ID, NAMESPACES, SERVICE, VERSION

# P1: SOAP 1.1, one Envelope, one Body, one element in it.


def test_another_root_or_soap_1_2_is_refused(served: Served):
    assert fault(served.post("<html/>")) == "F-0206"
    reply = served.post(envelope().replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"))
    assert fault(reply) == "F-0206"
    assert reply.text("faultcode") == "s:VersionMismatch"


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (f"<soapenv:Envelope {NAMESPACES}><soapenv:Header>{''.join(HEADERS)}</soapenv:Header></soapenv:Envelope>", "F-0207"),
        (envelope(more=f"<soapenv:Body>{LIST_CODES}</soapenv:Body>"), "F-0207"),
        (envelope(body=""), "F-0208"),
        (envelope(body=LIST_CODES * 2), "F-0208"),
        (envelope(body="text"), "F-0208"),
        (envelope(body=f"text{LIST_CODES}"), "F-0401"),
        (envelope(more="<a/>"), "F-0401"),
        (envelope(more=f"<soapenv:Header>{''.join(HEADERS)}</soapenv:Header>"), "F-0401"),
        (f"<soapenv:Envelope {NAMESPACES}><soapenv:Body>{LIST_CODES}</soapenv:Body></soapenv:Envelope>", "F-0301"),
        (envelope(body="<soapenv:Fault><faultcode>a</faultcode><faultstring/></soapenv:Fault>"), "F-0308"),
    ],
    ids=["no body", "two bodies", "empty", "two elements", "text", "text beside", "after the body", "two headers", "no header", "a fault"],
)
def test_an_envelope_has_one_header_and_one_body_with_one_element(served: Served, request_: str, code: str):
    assert fault(served.post(request_)) == code


# P6, P13: what is asked and what is answered.


@pytest.mark.parametrize("operation", ["getPersonEducation", "listAffiliations", "getInstitution", "listInstitutions", "listCodes"])
def test_the_answer_is_called_as_the_service_with_response(served: Served, operation: str):
    inside = "<e:registrationNumber>4312100001</e:registrationNumber>" if operation == "getInstitution" else ""
    assert answered(served.post(asking(operation, inside))).tag == f"{{{NAMESPACE}}}{operation}Response"


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ((CLIENT, service("listInstitutions"), ID, VERSION), LIST_CODES, "F-0308"),
        (HEADERS, LIST_CODES.replace(NAMESPACE, "urn:other"), "F-0308"),
        (HEADERS, LIST_CODES.replace("listCodes", "listCodesResponse"), "F-0308"),
        ((CLIENT, service("dropTables"), ID, VERSION), f'<e:dropTables xmlns:e="{NAMESPACE}"/>', "F-0309"),
        ((CLIENT, service("listCodes", "v2"), ID, VERSION), LIST_CODES, "F-0309"),
        ((CLIENT, SERVICE.replace("<id:serviceVersion>v1</id:serviceVersion>", ""), ID, VERSION), LIST_CODES, "F-0309"),
    ],
    ids=["another operation", "another namespace", "the answer's name", "unknown", "another version", "no version"],
)
def test_header_and_body_name_one_known_service(served: Served, headers: tuple[str, ...], body: str, code: str):
    assert fault(served.post(envelope(*headers, body=body))) == code


def test_an_unknown_address_is_a_fault_with_the_header_in_it(served: Served):
    reply = served.post(envelope(), path="/soap/other")
    assert fault(reply) == "F-0309"
    assert header_of(reply.body) == header_of(envelope())


# P25, P26, P27: faults, refusals, and nothing found.


def test_a_fault_carries_code_words_and_message_id(served: Served):
    reply = served.post(asking("listCodes", "<e:list>Not A Name</e:list>"))
    assert fault(reply) == "F-0401"
    found = etree.fromstring(reply.body).find(f"{SOAP}Body/{SOAP}Fault")
    assert [child.tag for child in found] == ["faultcode", "faultstring", "detail"]
    assert found.findtext("detail/{*}faultDetail/{*}messageId") == "m-1"
    prefix, _, local = (found.findtext("faultcode") or "").partition(":")
    assert (found[0].nsmap[prefix], local) == ("http://schemas.xmlsoap.org/soap/envelope/", "Client")
    assert "element list" in (found.findtext("faultstring") or "")


def test_a_refusal_is_a_normal_answer_with_nothing_but_the_refusal(served: Served):
    wrapper = answered(served.post(asking("listCodes", "<e:list>no_such_list</e:list>")))
    assert [etree.QName(child).localname for child in wrapper] == ["fault"]
    assert re.fullmatch("R-[0-9]{4}", wrapper[0][0].text)
    assert wrapper[0][1].text
    assert "no_such_list" not in wrapper[0][1].text


def test_nothing_found_is_an_answer_that_holds_something(served: Served):
    wrapper = answered(served.post(asking("getPersonEducation", f"<e:personalCode>{PERSONAL_CODE}</e:personalCode>")))
    assert wrapper.findtext("{*}found") == "false"
    assert re.fullmatch(r"[0-9T:.-]+Z", wrapper.findtext("{*}dataAsOf") or "")


@pytest.mark.parametrize(
    ("operation", "inside", "named"),
    [
        ("getPersonEducation", "<e:personalCode>040518-2000</e:personalCode>", "personalCode"),
        ("getPersonEducation", "<e:personalCode>0405182000A</e:personalCode>", "personalCode"),
        ("getPersonEducation", f"<e:personalCode>{PERSONAL_CODE}</e:personalCode><e:onDate>2026-02-30</e:onDate>", "onDate"),
        ("getPersonEducation", f"<e:personalCode>{PERSONAL_CODE}</e:personalCode><e:onDate>2026-02-03Z</e:onDate>", "onDate"),
        ("getPersonEducation", f"<e:personalCode>{PERSONAL_CODE}</e:personalCode><e:asOf>2026-02-03T25:00:00Z</e:asOf>", "asOf"),
        ("listCodes", "<e:pageSize>0</e:pageSize>", "pageSize"),
        ("listCodes", "<e:pageSize>10000</e:pageSize>", "pageSize"),
        ("listCodes", "<e:pageSize>1e3</e:pageSize>", "pageSize"),
        ("listCodes", "<e:list>a</e:list><e:list>b</e:list>", "list"),
        ("listCodes", "<e:pageSize>1</e:pageSize><e:list>a</e:list>", "list"),
        ("listCodes", '<e:list xsi:nil="true"/>', "list"),
        ("listCodes", '<e:list href="#1">a</e:list>', "list"),
        ("listCodes", "<e:p04051820008/>", "An element"),
        ("getInstitution", "", "getInstitution"),
    ],
)
def test_what_the_schema_forbids_is_named_and_not_repeated(served: Served, operation: str, inside: str, named: str):
    reply = served.post(asking(operation, inside))
    assert fault(reply) == "F-0401"
    text = reply.text("faultstring") or ""
    assert named in text
    for value in ("0405182000", "2026-02", "10000", "1e3"):
        assert value not in text


def test_an_instant_of_the_hour_24_is_no_trouble(served: Served):
    asked = f"<e:personalCode>{PERSONAL_CODE}</e:personalCode><e:asOf>2026-02-03T24:00:00Z</e:asOf>"
    assert answered(served.post(asking("getPersonEducation", asked))).findtext("{*}found") == "false"


def test_a_cursor_that_was_made_up_is_a_refusal(served: Served):
    wrapper = answered(served.post(asking("listInstitutions", "<e:cursor>b3BhcXVl</e:cursor>")))
    assert wrapper.findtext("{*}fault/{*}faultCode") == "R-0401"


def test_no_answer_tells_of_python_sql_or_files(served: Served):
    for request in (envelope(body="<a>"), asking("listCodes", "<e:cursor>'; DROP TABLE person; --</e:cursor>"), "\x00", "<a" * 10):
        reply = served.post(request)
        valid(reply)
        for trace in (b"Traceback", b".py", b"psycopg", b"lxml", b"SELECT", b"Error:"):
            assert trace not in reply.body


# P15, P30, P33 to P35.


def test_the_same_id_twice_is_answered_twice(served: Served):
    assert answered(served.post(envelope())).tag == answered(served.post(envelope())).tag


def test_the_contract_is_served_by_a_plain_get(served: Served):
    reply = served.request("GET", f"{served.path}?wsdl")
    assert (reply.status, reply.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    assert len(reply.body) < guard.MAX_BYTES
    assert reply.root.tag == "{http://schemas.xmlsoap.org/wsdl/}definitions"


def test_every_operation_of_the_metadata_is_left_to_the_security_server(served: Served):
    for code in ("listMethods", "allowedMethods", "getWsdl"):
        headers = CLIENT, SERVICE.replace("listCodes", code).replace("<id:serviceVersion>v1</id:serviceVersion>", ""), ID, VERSION
        assert fault(served.post(envelope(*headers, body=f"<xrd:{code}/>"))) == "F-0309"


def test_neither_codes_users_nor_tokens_get_into_the_log(served: Served):
    secret = f'<ext:securityToken tokenType="urn:a">token-{PERSONAL_CODE}</ext:securityToken><xrd:userId>LV{PERSONAL_CODE}</xrd:userId>'
    asked = f"<e:personalCode>{PERSONAL_CODE}</e:personalCode>"
    for request in (
        asking("getPersonEducation", asked, [secret]),
        asking("getPersonEducation", asked + "<e:onDate>x</e:onDate>", [secret]),
        envelope(*HEADERS, secret, body=f"<a>{PERSONAL_CODE}"),
        envelope(CLIENT, SERVICE, secret),
    ):
        served.post(request)
    log = served.log.read_text()
    assert PERSONAL_CODE not in log
    assert "F-0401" in log


def test_requests_at_the_same_time_never_hear_of_each_other(served: Served):
    wrong = {"pageSize": "<e:pageSize>0</e:pageSize>", "onDate": "<e:onDate>x</e:onDate>", "cursor": "<e:cursor><e:a/></e:cursor>"}

    def ask(named: str) -> tuple[str, str]:
        return named, served.post(asking("listCodes", wrong[named])).text("faultstring") or ""

    with ThreadPoolExecutor(4) as threads:
        for named, text in threads.map(ask, list(wrong) * 20):
            assert f"element {named} " in text
