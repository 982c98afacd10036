"""Answers about people are recorded before they are given; without the record, nothing is said."""

import types
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.inquiry import Answer
from adapters.operations import module_of
from adapters.wsgi import Wsgi, create_app
from core import codes
from core.access import Grants
from core.database import Databases
from tests.contract.asking import answered, asking, fault
from tests.posting import post
from tests.register import Register

CHILD = "04051820219"
MUNICIPALITY = "LV-DEV/MUN/RIGA/schools"
SAMPLES = Path(__file__).parents[1] / "contract" / "samples"
NOWHERE = "postgresql://nobody@127.0.0.1:9/nothing?connect_timeout=1"


def service(databases: Any, grants: Databases | None = None, **more: Any) -> Wsgi:
    return create_app(
        "http://127.0.0.1:8080", databases, Grants((grants or databases).register), codes.versions(), provider="LV-DEV/GOV/IZM/viis", **more
    )


def behind(register: Databases, replica: Databases) -> Any:
    return types.SimpleNamespace(register=register.register, journal=register.journal, reading=replica.reading)


def about(code: str = CHILD, *headers: str) -> str:
    return asking("getPersonEducation", f"<e:personalCode>{code}</e:personalCode>", headers)


def disclosed(register: Register) -> list[Any]:
    columns = "message_id, client, user_id, on_behalf_of, issue, operation, purpose, data_as_of IS NOT NULL, outcome, persons"
    return register.execute(f"SELECT {columns} FROM disclosure ORDER BY id")


@pytest.fixture
def nowhere() -> Any:
    both = Databases(NOWHERE)
    yield both
    both.close()


def replaced(operation: str, handle: Any) -> Any:
    """Finds operations as they are, but for one whose `handle` is another."""

    def find(service: Any, asked: Any) -> Any:
        module = module_of(service, asked)
        if asked.code != operation:
            return module
        handle.__annotations__ = module.handle.__annotations__
        return types.SimpleNamespace(**{**vars(module), "handle": handle})

    return find


def test_an_answer_about_a_person_is_recorded_with_who_asked_and_why(register: Register, databases: Databases):
    register.grant()
    person = register.person(CHILD)
    party = "<repr:representedParty><repr:partyClass>COM</repr:partyClass><repr:partyCode>X</repr:partyCode></repr:representedParty>"
    reply = post(service(databases), about(CHILD, "<xrd:userId>LV1</xrd:userId>", "<xrd:issue/>", party))
    assert answered(reply).findtext("{*}person/{*}personalCode") == CHILD
    [row] = disclosed(register)
    assert tuple(row) == (
        "m-1", "LV-DEV/GOV/IZM/allservices", "LV1", "COM/X", "", "education-process.getPersonEducation", "test", True, "ok", [person],
    )  # fmt: skip


def test_nobody_found_and_a_refusal_are_recorded_too(register: Register, databases: Databases):
    register.grant()
    app = service(databases)
    post(app, about())
    post(app, asking("getPersonEducation"))
    post(app, asking("listAffiliations", "<e:institution>4312100001</e:institution><e:cursor>b3BhcXVl</e:cursor>"))
    assert [(row.outcome, row.persons) for row in disclosed(register)] == [("ok", []), ("R-0403", []), ("R-0401", [])]


def test_a_client_without_a_grant_is_refused_and_the_attempt_recorded(register: Register, databases: Databases):
    reply = post(service(databases), about())
    assert answered(reply).findtext("{*}fault/{*}faultCode") == "R-0101"
    [row] = disclosed(register)
    assert (row.outcome, row.purpose, row.persons) == ("R-0101", "", [])


def test_a_page_of_people_is_one_row(register: Register, databases: Databases):
    register.grant()
    school = register.institution("4312100001")
    persons = [register.person(code) for code in ("04051820219", "04051820227", "04051820008")]
    for person in persons:
        register.learns(person, school)
    answered(post(service(databases), asking("listAffiliations", f"<e:institution>{school}</e:institution>")))
    [row] = disclosed(register)
    assert sorted(row.persons) == persons


def test_public_information_is_not_recorded(register: Register, databases: Databases):
    register.grant()
    answered(post(service(databases), asking("listCodes")))
    assert disclosed(register) == []


def test_what_breaks_the_protocol_is_not_recorded(register: Register, databases: Databases):
    register.grant()
    fault(post(service(databases), about("x")))
    assert disclosed(register) == []


def test_without_the_record_nothing_about_a_person_is_said(register: Register, databases: Databases):
    register.grant()
    register.person(CHILD, surname="Nekurnenosaukts")
    register.execute("ALTER TABLE disclosure RENAME TO disclosure_elsewhere")
    with capture_logs() as logged:
        reply = post(service(databases), about())
    assert fault(reply) == "U-0101"
    assert b"Nekurnenosaukts" not in reply.body
    assert [entry["log_level"] for entry in logged] == ["error"]
    assert CHILD not in str(logged)


def test_without_the_register_people_are_not_answered_for_and_public_information_is(
    register: Register, databases: Databases, nowhere: Databases
):
    register.grant()
    register.person(CHILD)
    app = service(behind(nowhere, databases), grants=databases)
    assert fault(post(app, about())) == "U-0101"
    assert answered(post(app, asking("listCodes"))).findtext("{*}dataAsOf")


def test_without_the_replica_nothing_is_answered_and_both_say_so(register: Register, databases: Databases, nowhere: Databases):
    register.grant()
    app = service(behind(databases, nowhere), grants=databases)
    assert fault(post(app, about())) == "U-0101"
    assert fault(post(app, asking("listCodes"))) == "U-0000"


def test_what_nobody_expected_is_logged_once_and_not_told(register: Register, databases: Databases):
    register.grant()

    def broken(session: Any, inquiry: Any, request: Any) -> Answer:
        raise KeyError(f"the secret {request.personal_code}")

    with capture_logs() as logged:
        reply = post(service(databases, find=replaced("getPersonEducation", broken)), about(CHILD, f"<xrd:userId>LV{CHILD}</xrd:userId>"))
    assert fault(reply) == "F-0901"
    for told in (reply.body.decode().partition("Body>")[2], str(logged)):
        assert CHILD not in told
        assert "secret" not in told
    [entry] = logged
    assert (entry["log_level"], entry["error"], entry["code"]) == ("error", "builtins.KeyError", "F-0901")
    assert "test_operations.py" in entry["where"]
    assert [row[-2:] for row in disclosed(register)] == [("F-0901", [])]


def test_an_answer_that_the_schema_forbids_is_not_sent_and_recorded_as_a_fault_about_nobody(register: Register, databases: Databases):
    register.grant()

    def wrong(session: Any, inquiry: Any, request: Any) -> Answer:
        return Answer(("yesterday", True, None), [1])

    reply = post(service(databases, find=replaced("getPersonEducation", wrong)), about())
    assert fault(reply) == "F-0901"
    assert b"yesterday" not in reply.body
    assert [row[-2:] for row in disclosed(register)] == [("F-0901", [])]


def test_a_grant_of_some_fields_shows_only_these(register: Register, databases: Databases):
    register.grant(fields=["person/givenName", "person/affiliations/affiliation/institutionName"])
    person = register.person(CHILD)
    register.learns(person, register.institution("4312100001"))
    shown = answered(post(service(databases), about())).find("{*}person")
    assert shown is not None
    assert [child.tag.rpartition("}")[2] for child in shown] == ["givenName", "affiliations"]
    assert shown.find("{*}affiliations/{*}affiliation/{*}institutionName") is not None
    assert shown.find("{*}affiliations/{*}affiliation/{*}programme") is None


def test_a_user_is_the_same_in_all_logs_of_one_key_and_unknown_in_others(register: Register, databases: Databases):
    seen = []
    for key in (b"one", b"one", b"two"):
        with capture_logs() as logged:
            post(service(databases, log_key=key), asking("listCodes", "<e:pageSize>0</e:pageSize>", ["<xrd:userId>LV1</xrd:userId>"]))
        seen.append(logged[0]["user"])
    assert seen[0] == seen[1] != seen[2]
    assert "LV1" not in seen


@pytest.mark.parametrize("operation", ["submitAffiliations", "mergePersons"])
def test_what_writes_needs_more_than_a_grant_to_read_the_service(operation: str, register: Register, databases: Databases):
    register.grant(operation="education-process.*")
    sample = (SAMPLES / f"{operation}.request.xml").read_text(encoding="utf-8")
    assert answered(post(service(databases), sample)).findtext("{*}fault/{*}faultCode") == "R-0101"
    register.grant(operation=f"education-process.{operation}")
    assert answered(post(service(databases), sample)).findtext("{*}fault/{*}faultCode") in (None, "R-0504", "R-0512")
