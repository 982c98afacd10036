"""The header of a request that we send (C2 to C6)."""

from lxml import etree

from adapters.xroad import Header, Identifier, parse_header
from adapters.xroad_request import build_header, build_request, header_elements, new_header
from tests.unit.headers import LIST_CODES, SCHOOLS

FULL = {
    "user_id": "LV1",
    "issue": "",
    "represented_party": ("COM", "A&B"),
    "security_server": Identifier("LV-DEV", "GOV", "IZM", server_code="ss1"),
}


def sent(header: Header) -> etree._Element:
    return etree.fromstring(build_request(header, '<a xmlns="urn:a"/>'))


def test_what_is_written_is_what_is_read():
    for header in (new_header(SCHOOLS, LIST_CODES), new_header(SCHOOLS, LIST_CODES, **FULL)):
        assert parse_header(sent(header)[0]) == header
        assert parse_header(etree.fromstring(build_header(header))) == header


def test_every_message_has_an_id_of_its_own():
    ids = {new_header(SCHOOLS, LIST_CODES).id for _ in range(1000)}
    assert len(ids) == 1000
    assert all(len(message_id) <= 255 for message_id in ids)


def test_the_object_type_follows_from_the_parts():
    kind = "{http://x-road.eu/xsd/identifiers}objectType"
    member = Identifier("LV-DEV", "MUN", "RIGA")
    elements = {etree.QName(element).localname: element for element in header_elements(new_header(member, LIST_CODES, **FULL))}
    assert {name: element.get(kind) for name, element in elements.items() if element.get(kind)} == {
        "client": "MEMBER",
        "service": "SERVICE",
        "securityServer": "SERVER",
    }
    assert header_elements(new_header(SCHOOLS, LIST_CODES))[0].get(kind) == "SUBSYSTEM"


def test_a_request_hash_is_never_sent_and_an_absent_header_is_absent():
    names = [etree.QName(element).localname for element in header_elements(new_header(SCHOOLS, LIST_CODES))]
    assert names == ["client", "service", "id", "protocolVersion"]


def test_identifiers_are_written_in_the_order_of_the_schema():
    service = header_elements(new_header(SCHOOLS, LIST_CODES))[1]
    assert [etree.QName(part).localname for part in service] == [
        "xRoadInstance", "memberClass", "memberCode", "subsystemCode", "serviceCode", "serviceVersion",
    ]  # fmt: skip
