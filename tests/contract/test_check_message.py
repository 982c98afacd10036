"""viis check-message: what it says to the people who write senders."""

import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree
from typer.testing import CliRunner

from adapters.cli import build
from adapters.contracts import Contracts
from adapters.message_check import Check, Finding
from adapters.message_words import SchemaReader
from adapters.web.example import envelope

SERVICE = "education-process"
NAMESPACE = "http://viis.gov.lv/xroad/education-process/v1"
SAMPLES = Path(__file__).parent / "samples"
CHECK = Check(Contracts.load())
CODE = "04051820016"


def findings(message: str | bytes) -> list[Finding]:
    return CHECK.verdict(message.encode() if isinstance(message, str) else message).findings


def one(message: str | bytes) -> Finding:
    found = findings(message)
    assert len(found) == 1, found
    return found[0]


def asking(operation: str, content: str = "") -> str:
    return envelope(SERVICE, operation, content)


def run(file: Path, *more: str) -> tuple[int, str]:
    result = CliRunner().invoke(build(["check-message"]), ["check-message", str(file), *more])
    return result.exit_code, result.output


def test_a_message_in_order_ends_with_zero_and_says_what_it_is():
    assert run(SAMPLES / "getPersonEducation.request.xml")[1].endswith("a request of getPersonEducation v1 (education-process).\n")
    code, output = run(SAMPLES / "listCodes.response.xml", "--service", SERVICE)
    assert (code, output.split(": ")[1]) == (0, "an answer of listCodes v1 (education-process).\n")


def test_a_message_that_breaks_the_contract_ends_with_one_and_says_where(tmp_path: Path):
    file = tmp_path / "lappuse.xml"
    file.write_text(asking("listCodes", "\n<e:pageSize>0</e:pageSize>\n<e:pageSise>1</e:pageSise>"))
    code, output = run(file)
    assert code == 1
    assert "breaks the contract in 2 places" in output
    assert "line 2  Envelope/Body/listCodes/pageSize" in output
    assert "line 3  Envelope/Body/listCodes/pageSise" in output
    assert "a number from 1 to 1000" in output


@pytest.mark.parametrize(("arguments", "words"), [(["nav.xml"], "cannot be read"), ([__file__, "--service", "nav"], "education-process")])
def test_a_file_that_cannot_be_read_and_a_service_that_is_not_there_end_with_two(tmp_path: Path, arguments: list[str], words: str):
    command = [sys.executable, "-m", "adapters.cli", "check-message", *arguments]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env={"PYTHONPATH": str(root)}, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_several_things_are_said_at_once_in_the_order_of_the_lines():
    message = asking("getPersonEducation", "\n<e:personalCode>1</e:personalCode>\n<e:onDate>31.12.2025</e:onDate>\n<e:asOf>vakar</e:asOf>")
    found = findings(message.replace("<xrd:id>example-1</xrd:id>", ""))
    assert [finding.line for finding in found] == [1, 2, 3, 4]
    assert [finding.path.rpartition("/")[2] for finding in found] == ["Header", "personalCode", "onDate", "asOf"]
    assert "such as 2026-09-01" in found[2].text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("<e:asOf>2026-01-01T00:00:00Z</e:asOf><e:onDate>2026-01-01</e:onDate>", "wrong place: the order in getPersonEducation is"),
        ("<e:onDate>2026-01-01</e:onDate><e:onDate>2026-01-02</e:onDate>", "more than once"),
        ("<e:name>Anna</e:name>", "It may hold, in this order: personalCode, identifier, onDate, asOf, onBehalfOf"),
        ("<e:identifier><e:institution>3013900101</e:institution></e:identifier>", "not complete: value is missing"),
        ("<personalCode/>", "no namespace. Expected: the namespace http://viis.gov.lv/xroad/education-process/v1"),
        ("<e:onBehalfOf><e:capacity>self</e:capacity></e:onBehalfOf>", "Expected: the namespace http://viis.gov.lv/xroad/types/v1"),
        ('<e:onDate xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/>', "may not be nil"),
        ("<e:onDate></e:onDate>", "onDate is empty. Expected: a day"),
        ('<e:onDate kind="day">2026-01-01</e:onDate>', "an attribute that it may not have"),
        ("text", "text between its elements"),
    ],
)
def test_what_the_schema_forbids_is_said_in_words(content: str, words: str):
    assert words in one(asking("getPersonEducation", content)).text


def test_an_answer_without_the_version_of_a_code_list_lacks_an_attribute():
    answer = asking("getPersonEducationResponse", "<e:person><e:municipality>0001000</e:municipality></e:person>")
    answer = answer.replace("<id:serviceCode>getPersonEducationResponse", "<id:serviceCode>getPersonEducation")
    assert one(answer).text == "municipality lacks the attribute listVersion."


def test_an_unknown_operation_is_answered_by_the_nearest():
    assert one(asking("getPersonsEducation")).text.endswith("Perhaps getPersonEducation is meant.")
    assert "There are: getCheckpoints, getInstitution, getPersonEducation" in one(asking("dropTables")).text


def test_a_wrong_namespace_is_said_once_and_the_rest_is_still_judged():
    first, second = findings(asking("listCodes", "<e:pageSize>x</e:pageSize>").replace(f"{NAMESPACE}", "http://viis.gov.lv/v1"))
    assert f"Expected: the namespace {NAMESPACE}" in first.text
    assert second.path.endswith("listCodes/pageSize")


def test_service_and_body_must_agree():
    message = asking("listCodes").replace("<id:serviceCode>listCodes", "<id:serviceCode>listInstitutions")
    code, version = findings(message.replace("<id:serviceVersion>v1", "<id:serviceVersion>v2"))
    assert code.text.endswith("Expected: listCodes.")
    assert version.text.endswith("Expected: v1.")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("<xrd:protocolVersion>4.0</xrd:protocolVersion>", "", "protocolVersion is missing"),
        ("<xrd:protocolVersion>4.0", "<xrd:protocolVersion>3.1", "names another protocol"),
        (
            '<xrd:client id:objectType="SUBSYSTEM">',
            "<xrd:client>",
            "has no attribute objectType. Expected: id:objectType=MEMBER or SUBSYSTEM",
        ),
        ('objectType="SERVICE"', 'objectType="SERVER"', "another objectType. Expected: id:objectType=SERVICE"),
        ("<id:subsystemCode>allservices</id:subsystemCode>", "", "SUBSYSTEM without subsystemCode"),
        ("<id:memberClass>GOV</id:memberClass>", "", "lacks memberClass"),
        ("<xrd:userId>", "<xrd:issue/><xrd:issue/><xrd:userId>", "issue stands there more than once"),
        ("<xrd:userId>", '<a xmlns="b" s:mustUnderstand="1"/><xrd:userId>', "mustUnderstand"),
        ("<xrd:id>example-1", f"<xrd:id>{'x' * 256}", "id is too long"),
        ("<xrd:id>example-1</xrd:id>", '<id xmlns="">1</id>', "The header id is in no namespace. Expected: http://x-road.eu/xsd/xroad.xsd"),
    ],
)
def test_what_is_wrong_with_the_header_is_said(old: str, new: str, words: str):
    message = asking("listCodes").replace(old, new, 1)
    assert words in one(message).text


def test_everything_wrong_with_a_header_is_said_at_once():
    header = '<xrd:client id:objectType="SERVICE"/><xrd:client/><xrd:protocolVersion>5</xrd:protocolVersion>'
    message = asking("listCodes")
    start, end = message.index("<s:Header>"), message.index("</s:Header>")
    texts = " ".join(finding.text for finding in findings(message[:start] + "<s:Header>" + header + message[end:]))
    for words in ("service is missing", "id is missing", "client stands there more than once", "another protocol"):
        assert words in texts


def test_a_message_without_header_or_with_two_bodies_or_requests_is_told_so():
    message = asking("listCodes")
    start, end = message.index("<s:Header>"), message.index("</s:Header>") + len("</s:Header>")
    assert "The SOAP Header is missing" in one(message[:start] + message[end:]).text
    assert "exactly one, the request" in one(message.replace("</s:Body>", "<e:listCodes/></s:Body>")).text
    assert "The Envelope has 2 elements Body" in one(message.replace("</s:Envelope>", "<s:Body/></s:Envelope>")).text
    assert "The Body has 0 elements" in one(message.replace("<e:listCodes></e:listCodes>", "")).text


@pytest.mark.parametrize(
    ("message", "line", "words"),
    [
        (f'<?xml version="1.0"?>\n<!DOCTYPE x>\n{asking("listCodes")}', 2, "DOCTYPE"),
        (asking("listCodes", "\n<e:list>a & b</e:list>"), 2, "& is written &amp;"),
        (asking("listCodes", "\n&nbsp;"), 2, "XML knows only &amp;"),
        (asking("listCodes").replace("</e:listCodes>", ""), 1, "Each element ends with its own name"),
        ("", 0, "empty"),
        ("POST /soap HTTP/1.1", 1, "not well-formed"),
        (
            asking("listCodes").replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"),
            1,
            "SOAP 1.2",
        ),
        (f'<listCodes xmlns="{NAMESPACE}"/>', 1, "The root element is not Envelope"),
        (asking("listCodes").encode("utf-16-le")[:-1], 0, "encoding"),
    ],
    ids=["doctype", "ampersand", "entity", "tags", "empty", "http", "soap 1.2", "no envelope", "half a letter"],
)
def test_what_is_no_envelope_is_told_so(message: str | bytes, line: int, words: str):
    found = one(message)
    assert words in found.text
    assert found.line == line


def test_what_client_stacks_add_breaks_nothing():
    """JAX-WS sends unset headers as nil, gSOAP and Axis mark headers, SOAP::Lite names an encoding style."""
    nil = '<xrd:issue xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/>'
    message = asking("listCodes").replace("<xrd:userId>", f'{nil}<xrd:userId s:mustUnderstand="0" s:actor="">')
    message = message.replace("<s:Envelope ", '<s:Envelope s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/" ')
    assert findings(message) == []


def test_a_fault_of_ours_is_in_order():
    fault = "<s:Fault><faultcode>s:Client</faultcode><faultstring>F-0401: …</faultstring></s:Fault>"
    verdict = CHECK.verdict(asking("listCodes").replace("<e:listCodes></e:listCodes>", fault).encode())
    assert verdict == ("a SOAP Fault", [])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "windows-1257"])
def test_the_encoding_of_the_file_moves_no_line(encoding: str):
    declared = "" if encoding == "utf-8-sig" else f'<?xml version="1.0" encoding="{encoding}"?>\n\n'
    message = declared + asking("listInstitutions", f"\n<e:namePart>{'ā' * 401}</e:namePart>")
    found = one(message.encode(encoding))
    assert found.line == (2 if encoding == "utf-8-sig" else 4)
    assert "0 to 400 characters" in found.text


@pytest.mark.parametrize(
    "content",
    [
        f"<e:personalCode>{CODE}x</e:personalCode>",
        f"<e:c{CODE}/>",
        f'<e:personalCode c{CODE}="{CODE}">{CODE}</e:personalCode>',
        f"<e:personalCode>{CODE}</e:c{CODE}>",
        f"<e:personalCode>&c{CODE};</e:personalCode>",
        f"{CODE}",
        f"<e:onBehalfOf><e:capacity>{CODE}</e:capacity></e:onBehalfOf>",
    ],
)
def test_no_personal_code_is_repeated(tmp_path: Path, content: str):
    file = tmp_path / "message.xml"
    file.write_text(asking("getPersonEducation", content))
    code, output = run(file)
    assert code == 1
    assert CODE not in output


def test_no_personal_code_of_a_wrong_operation_or_header_is_repeated():
    message = asking("listCodes").replace("<e:listCodes></e:listCodes>", f"<e:c{CODE}/>").replace("example-1", CODE)
    message = message.replace("serviceCode>listCodes", f"serviceCode>{CODE}")
    assert CODE not in str(findings(message))


ITEM = "<e:item><e:registrationNumber>3013900101</e:registrationNumber><e:validFrom>2026-09-01</e:validFrom><e:name>Ķipars</e:name>\
<e:type>13</e:type></e:item>"


@pytest.mark.parametrize(
    ("element", "words"),
    [
        (
            f"<e:submitInstitutions><e:batchKey>b</e:batchKey><e:items>{ITEM * 1001}</e:items></e:submitInstitutions>",
            "more than 1 000 times",
        ),
        ("<e:submitInstitutions><e:batchKey>b</e:batchKey><e:items/></e:submitInstitutions>", "items is not complete: item is missing"),
        (f"<e:submitInstitutions><e:batchKey/><e:items>{ITEM}</e:items></e:submitInstitutions>", "a text of 1 to 100 characters"),
        ("<e:listEducationChanges><e:entity>school</e:entity></e:listEducationChanges>", "one of affiliation, teachingPost, "),
    ],
    ids=["too many", "none", "an empty key", "an unknown entity"],
)
def test_limits_of_lists_keys_and_enumerations_are_said_in_words(element: str, words: str):
    """Of the schema alone, whether or not there is such an operation."""
    reader = SchemaReader(Contracts.load().schemas(SERVICE))
    [found] = reader.findings(etree.fromstring(asking("listCodes").replace("<e:listCodes></e:listCodes>", element)))
    assert words in found.text
