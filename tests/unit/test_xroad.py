"""What a request's header says, and each way in which it can be wrong (P4, P5, P8 to P11)."""

import pytest

from adapters.xroad import (
    DuplicateField,
    HeaderError,
    Identifier,
    InvalidIdentifier,
    InvalidProtocolVersion,
    MissingField,
    MissingHeader,
    NotUnderstood,
    TooLong,
    parse_header,
)
from tests.unit.headers import CLIENT, ID, LIST_CODES, SCHOOLS, SERVICE, VERSION, header

PARTY = (
    "<repr:representedParty><repr:partyClass>COM</repr:partyClass><repr:partyCode>UNKNOWN_MEMBER</repr:partyCode></repr:representedParty>"
)
SERVER = (
    '<xrd:securityServer id:objectType="SERVER"><id:xRoadInstance>LV-DEV</id:xRoadInstance><id:memberClass>GOV</id:memberClass>'
    "<id:memberCode>IZM</id:memberCode><id:serverCode>ss1</id:serverCode></xrd:securityServer>"
)


def test_a_full_header_is_read():
    read = parse_header(
        header(CLIENT, SERVICE, "<xrd:userId>LV1</xrd:userId>", ID, "<xrd:issue>12-3/4</xrd:issue>", PARTY, SERVER, VERSION)
    )
    assert (read.client, read.service, read.id, read.user_id, read.issue) == (SCHOOLS, LIST_CODES, "m-1", "LV1", "12-3/4")
    assert (read.represented_party, read.on_behalf_of) == (("COM", "UNKNOWN_MEMBER"), "COM/UNKNOWN_MEMBER")
    assert read.security_server == Identifier("LV-DEV", "GOV", "IZM", server_code="ss1")
    assert read.client.path == "LV-DEV/MUN/RIGA/schools"


def test_the_four_required_headers_are_enough_in_any_order():
    read = parse_header(header(VERSION, ID, SERVICE, CLIENT))
    assert (read.user_id, read.issue, read.on_behalf_of, read.security_server) == (None, None, None, None)


def test_an_empty_issue_is_empty_and_not_absent():
    assert parse_header(header(CLIENT, SERVICE, ID, VERSION, "<xrd:issue/>")).issue == ""


def test_white_space_in_values_is_kept_and_around_identifiers_is_not():
    spaced = CLIENT.replace("RIGA", "\n  RIGA\n")
    read = parse_header(header(spaced, SERVICE, "<xrd:id>\n m-1 </xrd:id>", VERSION))
    assert (read.client, read.id) == (SCHOOLS, "\n m-1 ")


def test_comments_and_cdata_in_values_do_not_cut_them():
    read = parse_header(header(CLIENT, SERVICE, "<xrd:id>m<!-- x -->-<![CDATA[1]]></xrd:id>", VERSION))
    assert read.id == "m-1"


@pytest.mark.parametrize("version", ["4.0", "4.1", "4.x", " 4.0 "])
def test_every_protocol_version_4_is_spoken(version: str):
    parse_header(header(CLIENT, SERVICE, ID, f"<xrd:protocolVersion>{version}</xrd:protocolVersion>"))


@pytest.mark.parametrize("version", ["3.1", "5.0", "40", "", "four"])
def test_every_other_protocol_version_is_not(version: str):
    with pytest.raises(InvalidProtocolVersion):
        parse_header(header(CLIENT, SERVICE, ID, f"<xrd:protocolVersion>{version}</xrd:protocolVersion>"))


def test_no_header_at_all():
    with pytest.raises(MissingHeader):
        parse_header(None)


@pytest.mark.parametrize("field", ["client", "service", "id", "protocolVersion"])
def test_each_required_header_is_missed_by_name_also_when_it_is_nil(field: str):
    parts = {"client": CLIENT, "service": SERVICE, "id": ID, "protocolVersion": VERSION}
    nil = f'<xrd:{field} xsi:nil="true"/>'
    for rest in ([], [nil]):
        with pytest.raises(MissingField, match=field) as missed:
            parse_header(header(*(text for name, text in parts.items() if name != field), *rest))
        assert missed.value.field == field


def test_an_empty_id_is_missing():
    with pytest.raises(MissingField):
        parse_header(header(CLIENT, SERVICE, "<xrd:id> </xrd:id>", VERSION))


@pytest.mark.parametrize(
    "again",
    [CLIENT, SERVICE, ID, VERSION, "<xrd:userId/><xrd:userId/>", "<xrd:issue>a</xrd:issue><xrd:issue>a</xrd:issue>", PARTY * 2, SERVER * 2,
     "<ext:securityToken>a</ext:securityToken><ext:securityToken>b</ext:securityToken>"],
)  # fmt: skip
def test_a_known_header_stands_there_at_most_once(again: str):
    with pytest.raises(DuplicateField):
        parse_header(header(CLIENT, SERVICE, ID, VERSION, again))


@pytest.mark.parametrize(
    "wrong",
    [
        CLIENT.replace(' id:objectType="SUBSYSTEM"', ""),
        CLIENT.replace("SUBSYSTEM", "SERVICE"),
        CLIENT.replace("SUBSYSTEM", "MEMBER"),
        CLIENT.replace("SUBSYSTEM", "PERSON"),
        CLIENT.replace("<id:subsystemCode>schools</id:subsystemCode>", ""),
        CLIENT.replace("<id:memberCode>RIGA</id:memberCode>", ""),
        CLIENT.replace("RIGA", " "),
        CLIENT.replace("RIGA", "RIGA/schools"),
        CLIENT.replace("RIGA", "RI&#10;GA"),
        CLIENT.replace("RIGA", "<a/>RIGA"),
        CLIENT.replace("memberCode", "moonCode"),
        CLIENT.replace(' id:objectType="SUBSYSTEM"', ' objectType="SUBSYSTEM"'),
    ],
)
def test_an_identifier_that_names_nobody_is_refused(wrong: str):
    with pytest.raises(InvalidIdentifier) as refused:
        parse_header(header(wrong, SERVICE, ID, VERSION))
    assert refused.value.field == "client"


def test_a_part_of_an_identifier_stands_there_at_most_once():
    with pytest.raises(DuplicateField):
        parse_header(header(CLIENT.replace("<id:memberCode>", "<id:memberCode>X</id:memberCode><id:memberCode>"), SERVICE, ID, VERSION))


def test_a_member_and_its_subsystem_cannot_be_taken_for_each_other():
    member = CLIENT.replace("SUBSYSTEM", "MEMBER").replace("<id:subsystemCode>schools</id:subsystemCode>", "")
    assert parse_header(header(member, SERVICE, ID, VERSION)).client.path == "LV-DEV/MUN/RIGA"


def test_a_legacy_identifier_with_an_underscore_is_accepted():
    assert parse_header(header(CLIENT.replace("LV-DEV", "FI_TEST"), SERVICE, ID, VERSION)).client.instance == "FI_TEST"


def test_values_longer_than_xroad_keeps_are_refused():
    with pytest.raises(TooLong):
        parse_header(header(CLIENT, SERVICE, f"<xrd:id>{'x' * 256}</xrd:id>", VERSION))
    with pytest.raises(TooLong):
        parse_header(header(CLIENT, SERVICE, ID, VERSION, f"<xrd:userId>{'x' * 1025}</xrd:userId>"))


def test_a_represented_party_needs_a_code():
    with pytest.raises(InvalidIdentifier):
        parse_header(
            header(CLIENT, SERVICE, ID, VERSION, "<repr:representedParty><repr:partyClass>COM</repr:partyClass></repr:representedParty>")
        )


def test_a_request_hash_in_a_request_is_ignored():
    hashes = "<xrd:requestHash>eA==</xrd:requestHash>" * 2
    assert parse_header(header(CLIENT, SERVICE, ID, hashes, VERSION)).id == "m-1"


@pytest.mark.parametrize("actor", ["", ' soapenv:actor=""', ' soapenv:actor="http://schemas.xmlsoap.org/soap/actor/next"'])
def test_an_unknown_header_that_must_be_understood_is_not(actor: str):
    with pytest.raises(NotUnderstood):
        parse_header(header(CLIENT, SERVICE, ID, VERSION, f'<a xmlns="urn:a" soapenv:mustUnderstand="1"{actor}/>'))


@pytest.mark.parametrize("mark", ['soapenv:mustUnderstand="0"', 'soapenv:mustUnderstand="1" soapenv:actor="urn:somebody"', ""])
def test_an_unknown_header_for_others_or_optional_passes(mark: str):
    parse_header(header(CLIENT, SERVICE, ID, VERSION, f'<a xmlns="urn:a" {mark}/>'))


def test_xroads_own_headers_are_understood_whatever_they_are_marked():
    marked = CLIENT.replace("<xrd:client", '<xrd:client soapenv:mustUnderstand="1"')
    assert parse_header(header(marked, SERVICE, ID, VERSION)).client == SCHOOLS


def test_errors_name_the_field_and_never_the_value():
    for wrong in (ID.replace("m-1", "7" * 300), CLIENT.replace("RIGA", "777/777")):
        parts = [CLIENT, SERVICE, ID, VERSION]
        parts[0 if "client" in wrong else 2] = wrong
        with pytest.raises(HeaderError) as refused:
            parse_header(header(*parts))
        assert "777" not in str(refused.value)


def test_a_client_is_written_in_one_line():
    assert Identifier.from_path("LV-DEV/MUN/RIGA/schools") == SCHOOLS
    for path in ("", "LV-DEV", "a/b/c/d/e", "a//c"):
        with pytest.raises(ValueError, match="instance/class/member"):
            Identifier.from_path(path)
