"""What each client is shown: a golden file a client, and proof that what a schema gains later reaches nobody by itself.

After a change of grants or contracts that is meant, GOLDEN=write writes the files anew; the difference is what is reviewed.
"""

import os
import types
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from lxml import etree

from adapters import contracts
from adapters.allow_list import AllowLists, published
from adapters.contracts import Contracts
from adapters.demo.grants import load_grants
from adapters.inquiry import Answer
from adapters.operations import module_of
from core.access import EVERYBODY, Grants
from core.database import Databases
from core.errors import NotGranted
from core.institutions import Institution
from tests.contract.asking import asking
from tests.posting import application, post
from tests.register import ALL_SERVICES, Register

GOLDEN = Path(__file__).parent / "golden"
TODAY = date(2026, 11, 27)
SCHOOL = "4312100001"
LATER = {
    # At the end of what is known of an institution, and directly in the answer.
    '<xs:complexType name="Institution">': '<xs:element name="motto" type="t:Name" minOccurs="0"/>',
    '<xs:element name="getInstitutionResponse">': '<xs:element name="remark" type="t:Name" minOccurs="0"/>',
}


def test_each_client_is_shown_exactly_what_its_golden_file_says(register: Register) -> None:
    with register.databases.register.begin() as session:
        load_grants(session)
    clients = [client for (client,) in register.execute("SELECT DISTINCT client FROM access_granted WHERE client <> :all", all=EVERYBODY)]
    grants = Grants(register.databases.register)
    found = {client.replace("/", "_"): shown(grants, client) for client in clients}
    found["everybody"] = shown(grants, "LV-DEV/COM/12345678901/any")
    if os.environ.get("GOLDEN") == "write":
        for file in GOLDEN.glob("*.txt"):
            file.unlink()
        for name, lines in found.items():
            (GOLDEN / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    assert {file.stem: file.read_text(encoding="utf-8").splitlines() for file in GOLDEN.glob("*.txt")} == found


def shown(grants: Grants, client: str) -> list[str]:
    """Each operation that a client may use, and each path that its answers may hold."""
    lines = []
    for operation in published().operations:
        try:
            grant = grants.find(client, operation, TODAY, writes=published().writes(operation))
        except NotGranted:
            continue
        lines += [f"{operation} {path}" for path in grant.fields]
    return sorted(lines)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Contracts:
    """The contracts of a release whose schema has two more optional elements."""
    read = contracts._schema_file

    def changed(name: str) -> bytes:
        source = read(name)
        if name == "education-process.xsd":
            for opening, element in LATER.items():
                before, found, after = source.decode().partition(opening)
                assert found
                inside, end, rest = _up_to_its_end(after)
                source = f"{before}{found}{inside}{element}{end}{rest}".encode()
        return source

    monkeypatch.setattr(contracts, "_schema_file", changed)
    return Contracts.load()


def _up_to_its_end(source: str) -> tuple[str, str, str]:
    """What stands in the first sequence, its end tag, and the rest."""
    end = "</xs:sequence>"
    inside, _, rest = source.partition(end)
    assert inside.count("<xs:sequence>") == 1
    return inside, end, rest


LaterInstitution = NamedTuple(
    "LaterInstitution", [*((name, Institution.__annotations__[name]) for name in Institution._fields), ("motto", str | None)]
)


class GetInstitutionResponse(NamedTuple):
    data_as_of: str
    found: bool
    institution: LaterInstitution | None
    remark: str | None


def find_later(service: Any, operation: Any) -> Any:
    """getInstitution as a later release answers it; every other operation as it is."""
    module = module_of(service, operation)
    if operation.code != "getInstitution":
        return module

    def handle(session: Any, inquiry: Any, request: Any) -> Answer:
        data_as_of, found, institution = module.handle(session, inquiry, request).response
        return Answer(GetInstitutionResponse(data_as_of, found, LaterInstitution(*institution, "Sapere aude"), "new"))

    handle.__annotations__ = {"request": module.GetInstitution}
    return types.SimpleNamespace(**{**vars(module), "handle": handle, "GetInstitutionResponse": GetInstitutionResponse})


@pytest.mark.parametrize(
    ("operation", "fields"),
    [
        ("education-process.getInstitution", None),
        ("education-process.getInstitution", ["institution/address"]),
        ("education-process.*", None),
        ("education-process.**", None),
    ],
)
def test_an_element_of_a_later_schema_reaches_a_client_with_a_later_grant_alone(
    register: Register, databases: Databases, later: Contracts, operation: str, fields: list[str] | None
) -> None:
    register.institution(SCHOOL)
    register.grant(operation=operation, fields=fields)

    def told() -> tuple[str | None, str | None, str | None]:
        reply = etree.fromstring(post(application(databases, contracts=later, find=find_later), asking("getInstitution", ASKED)).body)
        schema = later.envelope_schema("education-process")
        assert schema.validate(reply), schema.error_log
        return tuple(reply.findtext(f".//{{*}}{name}") for name in ("institution/{*}name", "motto", "remark"))

    assert told() == ("Rīgas 1. vidusskola", None, None)
    renewed = None if fields is None else [*fields, "institution/motto", "remark"]
    register.grant(operation=operation, fields=None, allowed=list(AllowLists(later).of(operation, renewed)))
    assert told() == ("Rīgas 1. vidusskola", "Sapere aude", "new")


ASKED = f"<e:registrationNumber>{SCHOOL}</e:registrationNumber>"


def test_an_operation_of_a_later_release_is_in_no_grant_of_before(register: Register) -> None:
    before = [path for path in published().of("education-process.*", None) if not path.startswith("getInstitution/")]
    register.grant(operation="education-process.*", allowed=before)
    grants = Grants(register.databases.register)
    assert grants.find(ALL_SERVICES, "education-process.listCodes", TODAY)
    with pytest.raises(NotGranted):
        grants.find(ALL_SERVICES, "education-process.getInstitution", TODAY)
