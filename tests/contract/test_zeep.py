"""zeep reads the served contract and calls every reading operation over HTTP; each answer is also judged by the schema."""

from datetime import date
from typing import Any

import pytest
import zeep
from stdnum.lv import pvn
from zeep.exceptions import Fault

from adapters.contracts import Contracts
from tests.contract.conftest import ISSUE, Call, Judged, header
from tests.register import RIGA, days
from tests.serving import Served


def test_the_contract_names_the_public_address_and_all_operations(client: zeep.Client):
    [service] = client.wsdl.services.values()
    [port] = service.ports.values()
    assert port.binding_options["address"] == "https://viis.example/xroad/soap/education-process"
    assert sorted(port.binding.all()) == sorted(Contracts.load().services["education-process"].operations)


def test_get_person_education_gives_a_child_with_school_and_post_of_the_father(served: Served, call: Call):
    register = served.register
    school = register.institution("3013900101", "Rīgas Ģertrūdes pamatskola")
    anna = register.person("04051820016", given_name="Anna Šarlote", surname="Bērziņa-Čakste", former=("32000000019",))
    register.lives(anna, RIGA)
    register.learns(anna, school, days("2024-09-01", "2025-05-31"), status="IZB", end_reason="02", end_order="Nr. 7-1/3")
    register.learns(anna, school, days("2025-09-01"), class_level="2", class_group="2.ž")
    teacher = register.person("12048511410", given_name="Jānis", surname="Bērziņš", born_on=date(1985, 4, 12))
    register.teaches(teacher, school, load="0.750")

    body = call("getPersonEducation", personalCode="040518-20016").body
    assert body.fault is None
    assert body.found is True
    assert body.dataAsOf.utcoffset().total_seconds() == 0
    person = body.person
    assert (person.personalCode, person.givenName, person.surname) == ("04051820016", "Anna Šarlote", "Bērziņa-Čakste")
    assert person.formerPersonalCodes.personalCode == ["32000000019"]
    assert (person.birthDate, person.status) == (date(2018, 5, 4), "resident")
    assert person.municipality._value_1 == RIGA
    assert person.municipality.listVersion
    now, before = person.affiliations.affiliation
    assert (now.startedOn, now.endedOn, now.classLevel._value_1, now.classGroup) == (date(2025, 9, 1), None, "2", "2.ž")
    assert (before.endedOn, before.status._value_1, before.endReason._value_1) == (date(2025, 5, 31), "IZB", "02")
    assert before.institutionName == "Rīgas Ģertrūdes pamatskola"
    assert before.endOrder == "Nr. 7-1/3"

    [post] = call("getPersonEducation", personalCode="12048511410").body.person.teachingPosts.teachingPost
    assert (post.institution, post.post, str(post.load)) == (school, "Skolotājs", "0.750")


def test_get_person_education_on_a_day_by_identifier_on_behalf_of_a_parent(served: Served, call: Call):
    register = served.register
    school = register.institution("3013900102")
    child, mother = register.person("17031920119"), register.person("12048511411", given_name="Ilze", born_on=date(1985, 4, 12))
    register.guardian(child, mother)
    register.identifier(child, school, "BK-17")
    register.learns(child, school, days("2025-09-01"))
    on_behalf_of = {"capacity": "guardian", "personalCode": "12048511411"}
    asked = {"identifier": {"institution": school, "value": "BK-17"}, "onBehalfOf": on_behalf_of}
    assert len(call("getPersonEducation", **asked, onDate=date(2025, 9, 1)).body.person.affiliations.affiliation) == 1
    # zeep reads the empty list as None.
    assert call("getPersonEducation", **asked, onDate=date(2025, 8, 31)).body.person.affiliations is None


def test_nobody_found_is_an_answer_that_is_not_empty(call: Call):
    body = call("getPersonEducation", personalCode="15072120012").body
    assert (body.found, body.person, body.fault) == (False, None, None)
    assert body.dataAsOf is not None


def test_list_affiliations_in_pages_neither_skips_nor_repeats(served: Served, call: Call):
    register = served.register
    school = register.institution("3013900103")
    surnames = ["Āboliņš", "Bērziņš", "Čakste", "Ēvele", "Ķēniņš", "Ozols", "Žagars"]
    for number, surname in enumerate(reversed(surnames)):
        code = f"0405182{number + 50:03d}"
        register.learns(register.person(code + pvn.calc_check_digit_pers(code), surname=surname), school)
    seen, cursor, pages = [], None, 0
    while pages == 0 or cursor is not None:
        body = call("listAffiliations", institution=school, pageSize=3, cursor=cursor).body
        seen += [line.surname for line in body.affiliations.affiliation]
        cursor, pages = body.nextCursor, pages + 1
    assert (seen, pages) == (surnames, 3)


def test_get_institution_gives_programmes_and_history(served: Served, call: Call):
    register = served.register
    old, new = register.institution("3013900104", "Vecā skola"), register.institution("3013900105", "Rīgas Jaunā vidusskola")
    register.succession(old, new, "2020-08-01")
    register.programme(new, "31016011", "Vispārējās vidējās izglītības programma")
    body = call("getInstitution", registrationNumber=new).body
    assert body.found is True
    assert (body.institution.name, body.institution.open, body.institution.municipality._value_1) == ("Rīgas Jaunā vidusskola", True, RIGA)
    [programme] = body.institution.programmes.programme
    assert (programme.code, programme.lkiLevel._value_1, programme.offeredFrom) == ("31016011", "2", date(2010, 1, 1))
    [before] = body.institution.predecessors.succession
    assert (before.institution, before.kind, before.since) == (old, "merger", date(2020, 8, 1))
    assert call("getInstitution", registrationNumber="9999999999").body.found is False


@pytest.mark.parametrize(
    "name",
    ["Skola \"Ķipars\" & 'Zīlīte' <1>", "]]> &amp; ]]&gt;", "Ā" * 400, "Ēvele\u00a0–\u2009𐍈"],
    ids=["marks", "cdata", "long", "rare"],
)
def test_any_letter_and_sign_comes_through(served: Served, call: Call, name: str):
    number = f"30139002{len(name) % 100:02d}"
    served.register.institution(number, name)
    assert call("getInstitution", registrationNumber=number).body.institution.name == name


def test_list_institutions_by_a_part_of_the_name_with_signs_of_xml_and_sql(served: Served, call: Call):
    register = served.register
    for number, name in (("3013900301", "Zvaigznīte & <Kamene> 100%_a"), ("3013900302", "Zvaigznīte 100xya"), ("3013900303", "Zvaigznīte")):
        register.institution(number, name)
    body = call("listInstitutions", namePart="& <kamene> 100%_", municipality=RIGA, type="13").body
    assert [entry.registrationNumber for entry in body.institutions.institution] == ["3013900301"]
    first = call("listInstitutions", namePart="zvaigznīte", pageSize=2).body
    rest = call("listInstitutions", namePart="zvaigznīte", pageSize=2, cursor=first.nextCursor).body
    assert [len(page.institutions.institution) for page in (first, rest)] == [2, 1]
    assert rest.nextCursor is None


def test_list_codes_gives_values_with_both_names(call: Call):
    body = call("listCodes", list="atvk_municipalities", pageSize=1000).body
    [entry] = body.lists.codeList
    assert (entry.name, bool(entry.version)) == ("atvk_municipalities", True)
    values = {value.code: value.nameLv for value in body.values.value}
    assert values[RIGA] == "Rīga"
    assert len(call("listCodes").body.lists.codeList) > 5


def test_the_answer_carries_the_header_of_its_request(call: Call):
    party = {"partyClass": "COM", "partyCode": "12345678901"}
    answer = call("listCodes", {"representedParty": party}, list="class_levels").header
    assert (answer.client.subsystemCode, answer.service.serviceCode) == ("allservices", "listCodes")
    assert (answer.id, answer.userId, answer.protocolVersion) == ("listCodes-1", "LV-officer-1", "4.0")
    assert answer.representedParty.partyCode == "12345678901"
    assert answer.issue == ISSUE


def test_an_empty_issue_is_echoed_empty(call: Call, history: Judged):
    # Empty is not absent (P3); zeep reads an empty text as None, so the envelope itself is looked at.
    call("listCodes", {"issue": ""}, list="class_levels")
    [issue] = history.last_received["envelope"].iter("{http://x-road.eu/xsd/xroad.xsd}issue")
    assert issue.text is None


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        ("listAffiliations", {"institution": "9999999999"}, "R-0201"),
        ("listAffiliations", {"municipality": "9999999"}, "R-0202"),
        ("listAffiliations", {}, "R-0403"),
        ("getPersonEducation", {}, "R-0403"),
        ("listInstitutions", {"cursor": "madeup"}, "R-0401"),
        ("listInstitutions", {"type": "ZZ"}, "R-0203"),
        ("listCodes", {"list": "no_such_list"}, "R-0204"),
    ],
)
def test_a_refusal_is_a_normal_answer(call: Call, operation: str, request_: dict[str, Any], code: str):
    body = call(operation, **request_).body
    assert (body.fault.faultCode, bool(body.fault.faultString), body.dataAsOf) == (code, True, None)


def test_a_client_without_a_grant_is_refused(call: Call):
    stranger = {**header("listCodes")["client"], "subsystemCode": "stranger"}
    assert call("listCodes", {"client": stranger}).body.fault.faultCode == "R-0101"


@pytest.mark.parametrize(
    ("operation", "request_"),
    [("listCodes", {"pageSize": 0}), ("listCodes", {"pageSize": 10_000}), ("getInstitution", {"registrationNumber": "12"})],
)
def test_what_the_schema_forbids_is_a_fault_with_a_code(call: Call, operation: str, request_: dict[str, Any]):
    with pytest.raises(Fault) as raised:
        call(operation, **request_)
    assert raised.value.detail.findtext(".//{*}code") == "F-0401"
    assert raised.value.detail.findtext(".//{*}messageId") == f"{operation}-1"


def test_optional_elements_left_out_empty_and_nil(served: Served):
    assert served.call("listInstitutions", "<e:namePart></e:namePart>").text("fault") is None
    nil = '<e:onDate xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/>'
    assert served.call("listCodes", nil).text("code") == "F-0401"
    assert served.call("listCodes", nil.replace('"true"/>', '"false">2026-09-01</e:onDate>')).text("code") == "F-0401"
    assert served.call("listCodes", "<e:onDate/>").text("code") == "F-0401"
    assert served.call("listCodes", "<e:onDate> 2026-09-01 </e:onDate>").status == 200
