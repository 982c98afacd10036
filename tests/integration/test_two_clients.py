"""Two clients with different rights ask the same things: each gets exactly its own, and both people asked about can see it."""

import pytest
from lxml import etree

from adapters.wsgi import Wsgi
from tests.contract.asking import ask
from tests.posting import application
from tests.register import MADONA, RIGA, Register

IN_RIGA, IN_MADONA = "04051820016", "05061820014"
RIGA_SCHOOL, MADONA_SCHOOL = "3013900002", "4513900003"
SCHOOLS, ADMISSION, PORTAL = "LV-DEV/MUN/RIGA/schools", "LV-DEV/EDU/LU/avus", "LV-DEV/GOV/VDAA/person"
NAMES = ["person/personalCode", "person/givenName", "person/surname", "person/affiliations/affiliation/institutionName"]
ABOVE = {"person", "affiliations", "affiliation", "dataAsOf", "found"}


@pytest.fixture
def app(register: Register) -> Wsgi:
    for school, municipality, code in ((RIGA_SCHOOL, RIGA, IN_RIGA), (MADONA_SCHOOL, MADONA, IN_MADONA)):
        register.institution(school, municipality=municipality)
        register.lives(child := register.person(code), municipality)
        register.learns(child, school, programme="21015811")
    register.grant(SCHOOLS, scope="municipalities", scope_values=[RIGA], rights=["health"], purpose="founder", legal_basis="s. 17")
    register.grant(ADMISSION, "education-process.getPersonEducation", fields=NAMES, purpose="admission", legal_basis="MK 276/2019")
    register.grant(PORTAL, "disclosures.listPersonDisclosures", "own")
    return application(register.databases)


def names(answer: etree._Element) -> set[str]:
    return {etree.QName(element).localname for element in answer.iterdescendants("{*}*")}


def test_each_client_gets_the_people_and_the_fields_of_its_grant_and_nothing_else(app: Wsgi) -> None:
    answers = {
        (client, code): ask(app, "getPersonEducation", client, personalCode=code, onDate="2026-09-10")
        for client in (SCHOOLS, ADMISSION)
        for code in (IN_RIGA, IN_MADONA)
    }
    assert {asked: answer.findtext("{*}found") for asked, answer in answers.items()} == {
        (SCHOOLS, IN_RIGA): "true",
        (SCHOOLS, IN_MADONA): "false",
        (ADMISSION, IN_RIGA): "true",
        (ADMISSION, IN_MADONA): "true",
    }
    assert {"programme", "municipality", "classLevel", "startedOn"} <= names(answers[SCHOOLS, IN_RIGA])
    assert names(answers[SCHOOLS, IN_MADONA]) == {"dataAsOf", "found"}
    shown = {path.rpartition("/")[2] for path in NAMES}
    assert shown <= names(answers[ADMISSION, IN_RIGA])
    assert not names(answers[ADMISSION, IN_RIGA]) & {"programme", "municipality", "classLevel", "birthDate"}
    listed = ask(app, "listAffiliations", SCHOOLS, institution=MADONA_SCHOOL, onDate="2026-09-10")
    assert IN_MADONA not in etree.tostring(listed).decode()
    assert ask(app, "listAffiliations", ADMISSION, institution=MADONA_SCHOOL, onDate="2026-09-10").findtext(".//{*}faultCode") == "R-0101"


def test_the_person_sees_who_was_told_and_not_who_was_refused(app: Wsgi) -> None:
    for client in (SCHOOLS, ADMISSION):
        ask(app, "getPersonEducation", client, personalCode=IN_MADONA, onDate="2026-09-10")
    ask(app, "listAffiliations", SCHOOLS, institution=RIGA_SCHOOL, onDate="2026-09-10")
    entries = {
        code: [
            (entry.findtext("{*}client"), entry.findtext("{*}kind"))
            for entry in ask(app, "listPersonDisclosures", PORTAL, f"LV{code}", personalCode=code).iterfind(".//{*}entry")
        ]
        for code in (IN_RIGA, IN_MADONA)
    }
    assert entries == {IN_RIGA: [(SCHOOLS, "page")], IN_MADONA: [(ADMISSION, "single")]}
