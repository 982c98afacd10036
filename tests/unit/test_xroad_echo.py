"""The header goes back as it came (P2, P3, P7, P8, P20)."""

import pytest
from lxml import etree

from adapters.guard import parse
from adapters.xroad_echo import BARE, echo, tolerate
from tests.unit.headers import CLIENT, ID, SERVICE, VERSION, envelope

CUSTOM = '<x:a xmlns:x="urn:x" b=\'1 &lt; "2"\'>\n\t<x:c/>  <x:c></x:c>&#13;&amp;</x:a>'


def answered(request: bytes) -> bytes:
    source, root, plain = parse(request)
    header = next((child for child in root if str(child.tag).endswith("}Header")), None)
    start, prefix, end = echo(source, root, header, plain=plain)
    return start + b"<" + prefix + b"Body/>" + end


def canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", with_comments=True)


@pytest.mark.parametrize(
    "headers",
    [
        (CLIENT, SERVICE, ID, VERSION),
        (VERSION, CUSTOM, "\n  ", ID, SERVICE, "<xrd:issue/>", CLIENT, CUSTOM),
        (CLIENT, SERVICE, "<xrd:id>\n m-1 </xrd:id>", VERSION, "<xrd:userId></xrd:userId>"),
        (CLIENT, SERVICE, ID, VERSION, "<!-- a comment -->", "<xrd:xml><![CDATA[<a><b>1</b></a>]]></xrd:xml>"),
        (CLIENT, SERVICE, ID, VERSION, '<w:Header xmlns:w="urn:w">&#257;</w:Header>', '<soapenv:Header xmlns:soapenv="urn:mine"/>'),
    ],
    ids=["plain", "order and white space", "values", "comment and CDATA", "elements called Header"],
)
def test_the_whole_subtree_comes_back(headers: tuple[str, ...]):
    request = envelope(*headers)
    answer = etree.fromstring(answered(request))
    assert canonical(answer[0]) == canonical(etree.fromstring(request)[0])


def test_the_headers_bytes_come_back_untouched():
    request = envelope(CLIENT, CUSTOM, SERVICE, ID, "\r\n", VERSION)
    start, end = request.index(b"<soapenv:Header>"), request.index(b"<soapenv:Body>")
    assert request[start:end] in answered(request)


def test_cdata_and_comments_come_back_as_they_were():
    answer = answered(envelope(CLIENT, SERVICE, ID, VERSION, "<!-- c --><xrd:xml><![CDATA[<a/>]]></xrd:xml>"))
    assert b"<!-- c --><xrd:xml><![CDATA[<a/>]]></xrd:xml>" in answer


def test_a_request_hash_does_not_go_back_and_the_rest_does():
    request = envelope(" ", "<xrd:requestHash>eA==</xrd:requestHash>", "\n", CLIENT, SERVICE, ID, VERSION, "<xrd:requestHash/>", "\t")
    without = envelope(" ", "\n", CLIENT, SERVICE, ID, VERSION, "\t")
    assert canonical(etree.fromstring(answered(request))[0]) == canonical(etree.fromstring(without)[0])


def test_prefixes_that_only_values_use_are_still_declared():
    request = envelope(CLIENT, SERVICE, ID, VERSION, '<v xsi:type="my:type">my:value</v>', attributes=' xmlns:my="urn:my"')
    value = etree.fromstring(answered(request))[0][-1]
    assert value.nsmap["my"] == "urn:my"


@pytest.mark.parametrize("prefix", ["S", "SOAP-ENV", ""])
def test_any_prefix_of_the_envelope_is_kept(prefix: str):
    name, declared = (f"{prefix}:", f"xmlns:{prefix}") if prefix else ("", "xmlns")
    soap = "http://schemas.xmlsoap.org/soap/envelope/"
    inside = f'<{name}Header><a xmlns="">1</a></{name}Header><{name}Body/>'
    request = f'<{name}Envelope {declared}="{soap}">{inside}</{name}Envelope>'
    answer = etree.fromstring(answered(request.encode()))
    assert [child.tag for child in answer] == [
        "{http://schemas.xmlsoap.org/soap/envelope/}Header",
        "{http://schemas.xmlsoap.org/soap/envelope/}Body",
    ]


def test_a_namespace_with_signs_of_xml_survives():
    request = envelope(CLIENT, SERVICE, ID, VERSION, attributes=" xmlns:q='urn:a?b=1&amp;c=2'")
    assert etree.fromstring(answered(request)).nsmap["q"] == "urn:a?b=1&c=2"


def test_without_a_header_the_envelope_is_bare():
    request = b'<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body/></S:Envelope>'
    assert answered(request) == BARE.start + b"<soapenv:Body/>" + BARE.end


def test_an_empty_header_comes_back_empty():
    request = b'<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Header/><S:Body/></S:Envelope>'
    assert b"<S:Header" in answered(request)


def test_what_client_stacks_add_is_taken_out_for_the_schema_only():
    marked = CLIENT.replace("<xrd:client", '<xrd:client soapenv:mustUnderstand="0" soapenv:actor=""')
    nil = '<xrd:issue xsi:nil="true"/><repr:representedParty xsi:nil="1"/><n:mine xmlns:n="urn:n" soapenv:mustUnderstand="0"/>'
    root = etree.fromstring(envelope(marked, SERVICE, ID, nil, VERSION))
    tolerate(root[0])
    assert [etree.QName(child).localname for child in root[0]] == ["client", "service", "id", "mine", "protocolVersion"]
    assert dict(root[0][0].attrib) == {"{http://x-road.eu/xsd/identifiers}objectType": "SUBSYSTEM"}
    assert len(root[0][3].attrib) == 1
