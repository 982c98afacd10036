"""What a consumer checks of an answer (C10 to C16, C24)."""

import base64
import hashlib

import pytest
from lxml import etree

from adapters.xroad import Header
from adapters.xroad_answer import (
    HashPolicy,
    InconsistentAnswer,
    business_fault,
    check_answer,
    check_request_hash,
    hashed_bytes,
    read_fault,
    same_code,
)
from adapters.xroad_request import new_header
from tests.unit.headers import CLIENT, ID, LIST_CODES, SCHOOLS, SERVICE, VERSION, envelope, header

PARTY = "<repr:representedParty><repr:partyCode>P</repr:partyCode></repr:representedParty>"
USER, ISSUE = "<xrd:userId>LV1</xrd:userId>", "<xrd:issue/>"
SENT = Header(SCHOOLS, LIST_CODES, "m-1", "LV1", "", (None, "P"))
ANSWER = '<a:listCodesResponse xmlns:a="urn:a"><a:ok>1</a:ok></a:listCodesResponse>'


def answer(*headers: str, body: str = ANSWER) -> etree._Element:
    return etree.fromstring(envelope(*(headers or (CLIENT, SERVICE, ID, USER, ISSUE, PARTY, VERSION)), body=body))


def test_an_answer_with_the_same_six_values_belongs_to_the_request():
    assert check_answer(SENT, answer()).tag == "{urn:a}listCodesResponse"


@pytest.mark.parametrize(
    ("field", "headers"),
    [
        ("id", (CLIENT, SERVICE, "<xrd:id>m-2</xrd:id>", USER, ISSUE, PARTY, VERSION)),
        ("client", (CLIENT.replace("schools", "children"), SERVICE, ID, USER, ISSUE, PARTY, VERSION)),
        ("service", (CLIENT, SERVICE.replace(">v1<", ">v2<"), ID, USER, ISSUE, PARTY, VERSION)),
        ("user_id", (CLIENT, SERVICE, ID, "<xrd:userId>LV2</xrd:userId>", ISSUE, PARTY, VERSION)),
        ("user_id", (CLIENT, SERVICE, ID, ISSUE, PARTY, VERSION)),
        ("issue", (CLIENT, SERVICE, ID, USER, PARTY, VERSION)),
        ("represented_party", (CLIENT, SERVICE, ID, USER, ISSUE, VERSION)),
        ("represented_party", (CLIENT, SERVICE, ID, USER, ISSUE, PARTY.replace(">P<", ">Q<"), VERSION)),
    ],
)
def test_each_of_the_six_values_must_be_the_same_and_empty_is_not_absent(field: str, headers: tuple[str, ...]):
    with pytest.raises(InconsistentAnswer) as found:
        check_answer(SENT, answer(*headers))
    assert found.value.field == field


@pytest.mark.parametrize(
    "wrong",
    [
        answer(body=ANSWER.replace("listCodesResponse", "listCodes")),
        answer(body=ANSWER * 2),
        answer(body=""),
        answer(CLIENT, SERVICE, USER, ISSUE, PARTY, VERSION),
        answer(CLIENT, SERVICE, ID, USER, ISSUE, PARTY, VERSION.replace("4.0", "3.1")),
        etree.fromstring('<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"/>'),
        etree.fromstring("<html/>"),
    ],
    ids=["wrapper", "two", "none", "no id", "protocol", "SOAP 1.2", "HTML"],
)
def test_what_is_no_answer_to_the_request_is_refused(wrong: etree._Element):
    with pytest.raises(InconsistentAnswer):
        check_answer(SENT, wrong)


def hashed(sent: bytes, algorithm: str | None = "http://www.w3.org/2001/04/xmlenc#sha512", digest: str = "sha512") -> etree._Element:
    value = base64.encodebytes(hashlib.new(digest, sent).digest()).decode()
    named = "" if algorithm is None else f' algorithmId="{algorithm}"'
    return header(CLIENT, SERVICE, ID, f"<xrd:requestHash{named}>\n {value} </xrd:requestHash>", VERSION)


@pytest.mark.parametrize("algorithm", ["http://www.w3.org/2001/04/xmlenc#sha512", "SHA-512", None])
def test_the_digest_of_the_sent_bytes_proves_the_answer(algorithm: str | None):
    check_request_hash(b"\xef\xbb\xbf<a/>\n", hashed(b"\xef\xbb\xbf<a/>\n", algorithm), HashPolicy.REQUIRE)
    with pytest.raises(InconsistentAnswer, match="requestHash differs"):
        check_request_hash(b"<a/>\n", hashed(b"\xef\xbb\xbf<a/>\n", algorithm))


def test_other_known_digests_are_compared_and_unknown_ones_refused():
    check_request_hash(b"a", hashed(b"a", "http://www.w3.org/2001/04/xmlenc#sha256", "sha256"))
    with pytest.raises(InconsistentAnswer, match="unknown algorithm"):
        check_request_hash(b"a", hashed(b"a", "http://www.w3.org/2000/09/xmldsig#sha1", "sha1"))


def test_whether_a_hash_must_be_there_is_a_policy():
    bare = header(CLIENT, SERVICE, ID, VERSION)
    check_request_hash(b"a", bare, HashPolicy.IF_PRESENT)
    check_request_hash(b"b", hashed(b"a"), HashPolicy.OFF)
    for missing in (bare, None):
        with pytest.raises(InconsistentAnswer, match="missing"):
            check_request_hash(b"a", missing, HashPolicy.REQUIRE)


def test_a_hash_that_is_not_base64_is_refused():
    with pytest.raises(InconsistentAnswer, match="Base64"):
        check_request_hash(b"a", header("<xrd:requestHash>*</xrd:requestHash>"))


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_of_a_multipart_message_the_first_parts_body_is_hashed(end: bytes):
    sent = end.join([b"--b", b"Content-Type: text/xml", b"", b"<a>\n\n</a>", b"--b", b"Content-Type: text/plain", b"", b"x", b"--b--", b""])
    assert hashed_bytes(sent, 'multipart/related; boundary="b"; type="text/xml"') == b"<a>\n\n</a>"
    assert hashed_bytes(b"<a/>", "text/xml") == b"<a/>"


@pytest.mark.parametrize(("kind", "sent"), [("multipart/related", b"--b"), ("multipart/related; boundary=b", b"--b\r\nA: b\r\n--b--")])
def test_a_multipart_message_without_a_body_has_no_hash(kind: str, sent: bytes):
    with pytest.raises(ValueError, match="multipart"):
        hashed_bytes(sent, kind)


def test_a_fault_is_read_with_or_without_header_and_its_code_is_no_qname():
    inside = (
        "<soapenv:Fault><faultcode>Server.ClientProxy.NetworkError</faultcode><faultstring> Not <![CDATA[reached]]> </faultstring>"
        '<detail><f:faultDetail xmlns:f="urn:f">5c1f</f:faultDetail></detail></soapenv:Fault>'
    )
    for fault in (answer(body=inside), etree.fromstring(envelope(body=inside))):
        read = read_fault(fault)
        assert read == ("Server.ClientProxy.NetworkError", "Not reached", "5c1f")
        assert read is not None
        assert read.theirs


def test_a_fault_of_the_service_itself_is_not_the_security_servers():
    for code in ("soapenv:Server", "Server.ServerProxy.ServiceFailed.SomethingOfTheirs", "server.serverproxy.service_failed.x"):
        read = read_fault(answer(body=f"<soapenv:Fault><faultcode>{code}</faultcode><faultstring/></soapenv:Fault>"))
        assert read is not None
        assert not read.theirs


def test_an_answer_without_a_fault_has_none():
    assert read_fault(answer()) is None
    assert read_fault(answer(body="<soapenv:Fault/>")) == ("", "", None)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Client.InvalidSoap", "client.invalid_soap"),
        ("Server.ServerProxy.ServiceFailed.HttpError", "server.serverproxy.service_failed.http_error"),
        ("soapenv:Server.ClientProxy.IOError", "server.clientproxy.io_error"),
    ],
)
def test_both_spellings_of_a_fault_code_mean_the_same(old: str, new: str):
    assert same_code(old, new)
    assert not same_code(old, "client.missing_header")


@pytest.mark.parametrize(
    "inside",
    [
        "<fault><faultCode>R-1</faultCode><faultString>No</faultString></fault>",
        '<x:fault xmlns:x="urn:x"><x:FaultCode> R-1 </x:FaultCode><x:faultString>No</x:faultString></x:fault>',
        "<faultcode>R-1</faultcode><faultstring>No</faultstring>",
    ],
)
def test_a_refusal_in_a_normal_answer_is_found_in_both_forms(inside: str):
    assert business_fault(etree.fromstring(f"<r>{inside}</r>")) == ("R-1", "No")


def test_a_normal_answer_is_no_refusal():
    assert business_fault(etree.fromstring("<r><a/><fault/></r>")) is None
    assert business_fault(etree.fromstring("<r><faultCode>R-1</faultCode></r>")) == ("R-1", "")


def test_a_new_header_never_repeats_an_id_and_so_an_old_answer_never_fits():
    with pytest.raises(InconsistentAnswer):
        check_answer(new_header(SCHOOLS, LIST_CODES, user_id="LV1", issue="", represented_party=(None, "P")), answer())
