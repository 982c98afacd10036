"""How a message begins is read once, and what is remembered never stands for something else."""

import pytest
from lxml import etree

from adapters import xroad_opening
from adapters.guard import parse
from adapters.xroad import Header, HeaderError, parse_header
from adapters.xroad_echo import echo
from adapters.xroad_opening import recall, remember
from tests.unit.headers import CLIENT, ID, SERVICE, VERSION, envelope


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xroad_opening, "_openings", {})


def read(request: bytes) -> tuple[Header, bytes, bool]:
    """A message's header, its echo, and whether its opening was known; read as a request is read."""
    source, root, plain = parse(request)
    opening = recall(source) if plain else None
    header = parse_header(root[0], known=None if opening is None else (opening.client, opening.service))
    back = echo(source, root, root[0], plain=plain, opening=opening)
    if plain and opening is None:
        remember(source, root, root[0], header)
    return header, back.start, opening is not None


def canonical(answer: bytes) -> bytes:
    return etree.tostring(etree.fromstring(answer + b"</soapenv:Envelope>")[0], method="c14n")


def test_the_second_message_of_a_client_is_known_and_says_the_same():
    first, second = envelope(CLIENT, SERVICE, ID, VERSION), envelope(CLIENT, SERVICE, "<xrd:id>m-2</xrd:id>", "<xrd:issue/>", VERSION)
    header, _, known = read(first)
    assert not known
    again, back, known = read(second)
    assert known
    assert again == header._replace(id="m-2", issue="")
    assert canonical(back) == etree.tostring(etree.fromstring(second)[0], method="c14n")


def test_another_client_and_another_service_are_told_apart():
    for client, expected in ((CLIENT, "schools"), (CLIENT.replace("schools", "children"), "children")) * 2:
        for service, code in ((SERVICE, "listCodes"), (SERVICE.replace("listCodes", "getInstitution"), "getInstitution")):
            header, _, _ = read(envelope(client, service, ID, VERSION))
            assert (header.client.subsystem_code, header.service.service_code) == (expected, code)


def test_the_same_words_under_other_namespaces_are_not_the_same():
    request = envelope(CLIENT, SERVICE, ID, VERSION)
    read(request)
    with pytest.raises(HeaderError):
        read(request.replace(b"http://x-road.eu/xsd/identifiers", b"urn:else"))


@pytest.mark.parametrize(
    "headers",
    [
        (SERVICE, CLIENT, ID, VERSION),
        (ID, CLIENT, SERVICE, VERSION),
        ("<xrd:userId>LV04051820008</xrd:userId>", CLIENT, SERVICE, ID, VERSION),
        (CLIENT, "<xrd:userId>LV04051820008</xrd:userId>", SERVICE, ID, VERSION),
        (CLIENT.replace("<xrd:client", '<xrd:client soapenv:actor=""'), SERVICE, ID, VERSION),
        ("<!-- c -->", CLIENT, SERVICE, ID, VERSION),
        (CLIENT, SERVICE.replace("viis", "x" * 5000), ID, VERSION),
    ],
    ids=["service first", "id first", "user first", "user between", "marked", "comment", "long"],
)
def test_other_beginnings_are_read_each_time_and_nobodys_data_is_kept(headers: tuple[str, ...]):
    for _ in range(2):
        try:
            assert not read(envelope(*headers))[2]
        except HeaderError:
            assert "x" * 5000 in "".join(headers)
    assert xroad_opening._openings == {}


@pytest.mark.parametrize(
    "rest",
    [
        "<xrd:requestHash>eA==</xrd:requestHash>",
        '<soapenv:Header xmlns:soapenv="urn:mine">a</soapenv:Header>',
        '<x:a xmlns:x="urn:x"><soapenv:Header/></x:a>',
        "<xrd:xml><![CDATA[</soapenv:Header>]]></xrd:xml>",
        '<x:service xmlns:x="urn:x">a</x:service>',
    ],
)
def test_what_follows_a_known_beginning_is_looked_at_anew(rest: str):
    read(envelope(CLIENT, SERVICE, ID, VERSION))
    request = envelope(CLIENT, SERVICE, ID, rest, VERSION)
    _, back, _ = read(request)
    expected = envelope(CLIENT, SERVICE, ID, "" if "requestHash" in rest else rest, VERSION)
    assert canonical(back) == etree.tostring(etree.fromstring(expected)[0], method="c14n")


def test_a_second_client_after_a_known_beginning_is_still_refused():
    read(envelope(CLIENT, SERVICE, ID, VERSION))
    with pytest.raises(HeaderError):
        read(envelope(CLIENT, SERVICE, ID, CLIENT.replace("schools", "allservices"), VERSION))


def test_what_is_remembered_is_bounded():
    for number in range(xroad_opening.MOST_REMEMBERED + 10):
        read(envelope(CLIENT.replace("schools", f"s{number}"), SERVICE, ID, VERSION))
    assert 0 < len(xroad_opening._openings) <= xroad_opening.MOST_REMEMBERED
