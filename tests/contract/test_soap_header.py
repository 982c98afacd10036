"""The header comes back, and what is wrong with one is told (P2 to P5, P7 to P11), as a security server would see it over HTTP."""

import pytest
from lxml import etree

from tests.contract.asking import CLIENT, HEADERS, LIST_CODES, SOAP, answered, envelope, fault, header_of, service, valid
from tests.serving import Served
from tests.unit.headers import ID, SERVICE, VERSION

# P2, P3, P4, P7, P8: the header comes back.

ODD = (
    "\n    <!-- first -->",
    VERSION, '<c:trace xmlns:c="urn:c" c:a="1">\n <c:b/> <c:b></c:b></c:trace>', CLIENT, "<xrd:issue/>", service("listCodes"),
    "<xrd:userId>\n LV1 </xrd:userId>", "<xrd:id>a &amp; b</xrd:id>", "<xrd:xml><![CDATA[<a>]]></xrd:xml>",
    "<repr:representedParty><repr:partyClass>COM</repr:partyClass><repr:partyCode>X</repr:partyCode></repr:representedParty>",
)  # fmt: skip


def test_the_whole_header_comes_back_in_its_order(served: Served):
    request = envelope(*ODD)
    reply = served.post(request)
    answered(reply)
    assert header_of(reply.body) == header_of(request)


def test_the_whole_header_comes_back_on_faults_too(served: Served):
    for request in (envelope(*ODD, body=LIST_CODES.replace("class_levels", "/")), envelope(*ODD[:-1], ODD[-1] * 2)):
        reply = served.post(request)
        assert fault(reply) in ("F-0401", "F-0303")
        assert header_of(reply.body) == header_of(request)


def test_an_empty_issue_comes_back_empty(served: Served):
    root = valid(served.post(envelope(*HEADERS, "<xrd:issue/>")))
    assert root.find(f"{SOAP}Header/{{*}}issue") is not None


def test_a_request_hash_is_ignored_and_does_not_come_back(served: Served):
    reply = served.post(envelope(CLIENT, SERVICE, "<xrd:requestHash>eA==</xrd:requestHash>", ID, VERSION))
    answered(reply)
    assert header_of(reply.body) == header_of(envelope(*HEADERS))


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ((SERVICE, ID, VERSION), "F-0302"),
        ((CLIENT, ID, VERSION), "F-0302"),
        ((CLIENT, SERVICE, VERSION), "F-0302"),
        ((CLIENT, SERVICE, ID), "F-0302"),
        ((*HEADERS, ID), "F-0303"),
        ((*HEADERS, CLIENT), "F-0303"),
        ((CLIENT.replace("SUBSYSTEM", "MEMBER"), SERVICE, ID, VERSION), "F-0304"),
        ((CLIENT.replace(' id:objectType="SUBSYSTEM"', ""), SERVICE, ID, VERSION), "F-0304"),
        ((CLIENT, SERVICE.replace('"SERVICE"', '"SUBSYSTEM"'), ID, VERSION), "F-0304"),
        ((CLIENT, SERVICE, ID, VERSION.replace("4.0", "3.1")), "F-0305"),
        ((CLIENT, SERVICE, f"<xrd:id>{'x' * 300}</xrd:id>", VERSION), "F-0306"),
        ((*HEADERS, '<a xmlns="urn:a" soapenv:mustUnderstand="1"/>'), "F-0307"),
        ((CLIENT.replace("<id:memberClass>GOV</id:memberClass><id:memberCode>IZM</id:memberCode>",
                         "<id:memberCode>IZM</id:memberCode><id:memberClass>GOV</id:memberClass>"), SERVICE, ID, VERSION), "F-0401"),
    ],
)  # fmt: skip
def test_a_header_that_breaks_the_protocol_is_refused_by_its_code(served: Served, headers: tuple[str, ...], code: str):
    assert fault(served.post(envelope(*headers))) == code


def test_what_must_be_understood_and_is_not_has_soaps_own_fault_code(served: Served):
    reply = served.post(envelope(*HEADERS, '<a xmlns="urn:a" soapenv:mustUnderstand="1"/>'))
    assert reply.text("faultcode") == "s:MustUnderstand"


# P5, P9, P10 and what client stacks add.


@pytest.mark.parametrize(
    "more",
    [
        '<xrd:securityServer id:objectType="SERVER"><id:xRoadInstance>LV-DEV</id:xRoadInstance><id:memberClass>GOV</id:memberClass>'
        "<id:memberCode>IZM</id:memberCode><id:serverCode>ss1</id:serverCode></xrd:securityServer>",
        '<ext:securityToken tokenType="urn:ietf:params:oauth:token-type:jwt">a.b.c</ext:securityToken>',
        '<ext:securityToken ext:tokenType="urn:ietf:params:oauth:token-type:jwt">a.b.c</ext:securityToken>',
        "<repr:representedParty><repr:partyCode>X</repr:partyCode></repr:representedParty>",
        '<w:Security xmlns:w="urn:wss" soapenv:mustUnderstand="0"><w:deep><w:deeper/></w:deep></w:Security>',
        '<xrd:issue xsi:nil="true"/><xrd:userId xsi:nil="1"/><repr:representedParty xsi:nil="true"/>',
        '<xrd:issue soapenv:mustUnderstand="0" soapenv:actor="">a</xrd:issue>',
        '<xrd:userId soapenv:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/" xsi:type="xs:string" xmlns:xs="http://www.w3.org/2001/XMLSchema">a</xrd:userId>',
    ],
    ids=["securityServer", "token", "token with prefix", "party", "another's", "nil of JAX-WS", "marks of Axis", "encodingStyle"],
)
def test_optional_headers_are_accepted_and_come_back_exactly(served: Served, more: str):
    request = envelope(*HEADERS, more)
    reply = served.post(request)
    root = etree.fromstring(reply.body)
    assert reply.status == 200, reply.body
    assert header_of(etree.tostring(root)) == header_of(request)


def test_a_required_header_may_carry_the_marks_of_axis(served: Served):
    marked = [header.replace(" id:", ' soapenv:mustUnderstand="1" soapenv:actor="" id:', 1) for header in (CLIENT, SERVICE)]
    reply = served.post(envelope(*marked, ID.replace("<xrd:id", '<xrd:id soapenv:mustUnderstand="1"'), VERSION))
    assert reply.status == 200


def test_encoding_style_on_the_envelope_is_tolerated_and_never_answered(served: Served):
    style = ' soapenv:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"'
    reply = served.post(envelope(attributes=style))
    answered(reply)
    assert b"encodingStyle" not in reply.body


def test_a_schema_location_in_a_message_is_never_followed(served: Served):
    answered(served.post(envelope(attributes=' xsi:schemaLocation="urn:a http://127.0.0.1:9/a.xsd"')))


@pytest.mark.parametrize("version", ["4.0", "4.5", "4.x"])
def test_every_protocol_version_4_is_answered(served: Served, version: str):
    answered(served.post(envelope(CLIENT, SERVICE, ID, VERSION.replace("4.0", version))))
