"""The contract of the population register: valid, documented, and what really travels obeys it, in both directions."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests
import zeep
from lxml import etree

from adapters.contracts import called
from adapters.population_register import CONTRACT, NAMESPACE, PROVIDER
from adapters.xroad import BODY, FAULT, SOAP, Identifier, parse_header
from adapters.xroad_request import build_request, header_elements, new_header
from tests.population_register import BORN, US, StandIn, child, children, process, stand_in

__all__ = ["process", "stand_in"]
XS = "http://www.w3.org/2001/XMLSchema"
XSD = Path(called(CONTRACT)).parent.parent / "xsd"
WSDL = etree.parse(called(CONTRACT)).getroot()
OPERATIONS = ("getPerson", "listChildren", "listPersonChanges")


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    """The schema of whole envelopes of this contract."""
    places = {SOAP: "soap-envelope.xsd", NAMESPACE: "population-register.xsd", "http://x-road.eu/xsd/xroad.xsd": "xroad.xsd"}
    imports = "".join(f'<xs:import namespace="{namespace}" schemaLocation="{XSD / file}"/>' for namespace, file in places.items())
    return etree.XMLSchema(etree.fromstring(f'<xs:schema xmlns:xs="{XS}">{imports}</xs:schema>'))


@pytest.fixture
def plain(stand_in: StandIn) -> Iterator[Any]:
    """zeep as anybody would use it, with nothing of ours around it."""
    transport = zeep.Transport(timeout=5, operation_timeout=5)
    client = zeep.Client(called(CONTRACT), transport=transport)
    yield client.create_service(f"{{{NAMESPACE}}}PopulationRegisterBinding", stand_in.url)
    transport.session.close()


def headers(operation: str) -> list[etree._Element]:
    return header_elements(new_header(Identifier.from_path(US), Identifier.from_path(PROVIDER).service(operation, "v1")))


def post(stand_in: StandIn, operation: str, inside: str) -> etree._Element:
    header = new_header(Identifier.from_path(US), Identifier.from_path(PROVIDER).service(operation, "v1"), issue="", user_id="LV1")
    message = build_request(header, f'<{operation} xmlns="{NAMESPACE}">{inside}</{operation}>')
    answer = requests.post(stand_in.url, message, headers={"Content-Type": "text/xml; charset=utf-8"}, timeout=5)
    assert answer.headers["Content-Type"] == "text/xml; charset=UTF-8"
    return etree.fromstring(answer.content)


def test_every_element_and_type_says_in_latvian_and_english_what_it_is() -> None:
    root = etree.parse(XSD / "population-register.xsd").getroot()
    named = root.findall(f".//{{{XS}}}element[@name]") + root.findall(f".//{{{XS}}}simpleType[@name]")
    for entry in named + root.findall(f".//{{{XS}}}complexType[@name]"):
        said = [
            (note.get("{http://www.w3.org/XML/1998/namespace}lang"), (note.text or "").strip())
            for note in entry.findall(f"{{{XS}}}annotation/{{{XS}}}documentation")
        ]
        assert [language for language, _ in said] == ["lv", "en"], entry.get("name")
        assert all(words for _, words in said), entry.get("name")


def test_the_contract_says_what_a_contract_over_x_road_says() -> None:
    soap, wsdl, xrd = "http://schemas.xmlsoap.org/wsdl/soap/", "http://schemas.xmlsoap.org/wsdl/", "http://x-road.eu/xsd/xroad.xsd"
    bound = WSDL.findall(f"{{{wsdl}}}binding/{{{wsdl}}}operation")
    assert tuple(entry.get("name") for entry in bound) == OPERATIONS
    for entry in bound:
        assert entry.findtext(f"{{{xrd}}}version") == "v1"
        assert entry.find(f"{{{soap}}}operation").get("soapAction") == ""
        assert entry.find(f"{{{soap}}}operation").get("style") == "document"
    for entry in WSDL.findall(f"{{{wsdl}}}portType/{{{wsdl}}}operation/{{{wsdl}}}documentation"):
        assert len(entry.findall(f"{{{xrd}}}title")) == len(entry.findall(f"{{{xrd}}}notes")) == 2


def test_what_our_client_sends_and_what_it_is_answered_obey_the_schema(stand_in: StandIn, schema: etree.XMLSchema) -> None:
    stand_in.tells(
        *children(12),
        child(number=20, former_codes=["14051970017"], residence=None, guardians=[], status="deceased", died_on="2026-01-02"),
        child(number=21, guardians=[{"kind": "care_institution", "care_institution": "Bērnu nams <1>", "from": "2020-01-01"}]),
    )
    with closing(stand_in.client(page_size=10)) as client:
        travelled: list[bytes] = []
        post_message = client._transport.post

        def keep(*arguments: Any) -> requests.Response:
            response = post_message(*arguments)
            travelled.append(bytes(response.request.body))
            travelled.append(requests.post(stand_in.url, response.request.body, timeout=5).content)
            return response

        client._transport.post = keep  # type: ignore[method-assign]
        assert sum(len(page.children) for page in client.pages(*BORN, None)) == 14
    assert len(travelled) == 4
    for message in travelled:
        schema.assertValid(etree.fromstring(message))


@pytest.mark.parametrize(
    ("operation", "inside"),
    [
        ("getPerson", f"<personalCode>{child()['code']}</personalCode>"),
        ("getPerson", "<personalCode>000000-00000</personalCode>"),
        ("listChildren", "<bornFrom>2019-01-01</bornFrom><bornTo>2019-12-31</bornTo>"),
        ("listChildren", "<bornFrom>2019-01-01</bornFrom><bornTo>2019-12-31</bornTo><cursor>made-up</cursor>"),
        ("listPersonChanges", "<pageSize>1</pageSize>"),
    ],
)
def test_every_answer_of_the_stand_in_obeys_the_schema_and_gives_the_header_back(
    stand_in: StandIn, schema: etree.XMLSchema, operation: str, inside: str
) -> None:
    stand_in.tells(child())
    stand_in.tells_changes({"position": 1, "kind": "birth", "occurred_on": "2019-05-14", "person": child()})
    envelope = post(stand_in, operation, inside)
    schema.assertValid(envelope)
    header = parse_header(envelope[0])
    assert (header.issue, header.user_id, header.service.service_code) == ("", "LV1", operation)
    assert envelope.find(BODY)[0].tag == f"{{{NAMESPACE}}}{operation}Response"


def test_a_question_that_breaks_the_contract_is_answered_by_a_fault(stand_in: StandIn, schema: etree.XMLSchema) -> None:
    for inside in ("<bornFrom>x</bornFrom>", "<bornFrom>2019-01-01</bornFrom><bornTo>2019-01-01</bornTo><pageSize>5001</pageSize>"):
        envelope = post(stand_in, "listChildren", inside)
        assert envelope.find(f"{BODY}/{FAULT}/faultcode").text == "Client.InvalidBody"


def test_a_person_is_found_by_any_code(plain: Any, stand_in: StandIn) -> None:
    stand_in.tells(child(former_codes=["14051970017"]))
    for code in (child()["code"], "140519-70017"):
        answer = plain.getPerson(personalCode=code, _soapheaders=headers("getPerson"))
        assert (answer.body.found, answer.body.person.givenName) == (True, "Ance")
    assert plain.getPerson(personalCode="00000000000", _soapheaders=headers("getPerson")).body.found is False


def test_changes_come_in_their_order_and_go_on_where_they_were_left(plain: Any, stand_in: StandIn) -> None:
    kinds = ["birth", "move", "emigration", "return"]
    stand_in.tells_changes(
        *({"position": number, "kind": kind, "occurred_on": "2026-01-01", "person": child()} for number, kind in enumerate(kinds, 1))
    )
    first = plain.listPersonChanges(pageSize=3, _soapheaders=headers("listPersonChanges")).body
    rest = plain.listPersonChanges(cursor=first.nextCursor, _soapheaders=headers("listPersonChanges")).body
    assert [entry.kind for entry in first.changes.change + rest.changes.change] == kinds
    nothing = plain.listPersonChanges(cursor=rest.nextCursor, _soapheaders=headers("listPersonChanges")).body
    assert not nothing.changes
