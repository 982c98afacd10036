"""Two sample messages for each operation: the request is answered by its response, in front of the real service."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

import pytest
import xmlschema
from lxml import etree

from adapters.contracts import Contracts
from adapters.xroad import parse_header
from adapters.xroad_answer import check_answer, read_fault
from core.changes import rebuild
from core.indicators.keeping import freeze
from tests.calls import Call, always_there, at, log, lost
from tests.contract.examined import build_examined
from tests.contract.journal import build_journal
from tests.contract.proceedings import build_proceedings
from tests.register import MADONA, RIGA, Register, days, since
from tests.serving import Served

SAMPLES = Path(__file__).parent / "samples"
CONTRACTS = Contracts.load()
SERVICE_OF = {operation: service.name for service in CONTRACTS.services.values() for operation in service.operations}
OPERATIONS = list(SERVICE_OF)
EACH = pytest.mark.parametrize("operation", OPERATIONS)
SCHOOL, KINDERGARTEN, PARENT, CHILD = "4313900017", "4301900025", "12048511419", "04051820219"
# What another operation has to have done before there is something to be told.
BEFORE = {
    "getSubmissionReport": "submitAffiliations", "listAbsences": "reportAbsence", "getExaminationSubmissionReport": "submitExamResults",
}  # fmt: skip
DIFFERS_EACH_TIME = {"dataAsOf", "cursor", "nextCursor", "receivedAt", "changedAt", "reportedAt", "reportId", "on", "answerBy", "elmo"}
DIFFERS_EACH_TIME |= {"headPlace", "headHash"}  # of the journal, in which every answer is
DIFFERS_EACH_TIME |= {"program"}  # the version of ours that counted
# Of a case or a proceeding that was worked on today; `event` is what happened in one.
DIFFERS_EACH_DAY = {"setSearchStatusResponse": {"version", "statusExpiresOn"}, "recordMeasureResponse": {"version"},
                    "offerHandOverResponse": {"version"}, "answerHandOverResponse": {"version"}, "event": {"at"}}  # fmt: skip
ON_PROCEEDINGS = (
    "requestInformation", "answerInformationRequest", "returnApplication", "acceptApplication", "appointExperts", "recordVisit",
    "recordExpertReport", "submitComments", "proposeDecision", "confirmDecision", "confirmFlag", "lodgeAppeal",
)  # fmt: skip
DIFFERS_EACH_DAY |= {f"{operation}Response": {"version"} for operation in ON_PROCEEDINGS}
OPENING = ("submitLicenceApplication", "submitAccreditationApplication")
DIFFERS_EACH_DAY |= {f"{operation}Response": {"proceedingId", "version"} for operation in OPENING}


def build(register: Register) -> None:
    """What the samples tell of; the parent's code, born before July 2017, has a wrong check digit, the child's was never issued."""
    register.institution(SCHOOL, "Čiekurkalna pamatskola «Ābele & dēli»", RIGA, days("2010-01-01"), address="Ķīšezera iela 4, Rīga")
    register.institution(KINDERGARTEN, "Pirmsskolas izglītības iestāde “Ežuks”", MADONA, days("2012-09-01"), type_code="01", kind_code="V1")
    register.programme(SCHOOL, "21011111", "Pamatizglītības programma")
    register.accreditation(SCHOOL, days("2024-09-01", "2199-08-31"))
    child = register.person(CHILD, given_name="Līga Žanete", surname="Ozoliņa-Bērziņa")
    register.lives(child, RIGA)
    register.identifier(child, SCHOOL, "ČP-17")
    before = {"programme": "01011111", "class_level": None, "class_group": "Ežuki", "status": "IZB", "end_reason": "02"}
    register.learns(child, KINDERGARTEN, days("2023-09-01", "2025-05-31"), **before)
    register.learns(child, SCHOOL, days("2025-09-01"), class_group="1.ā", start_order="1-9/17")
    parent = register.person(PARENT, given_name="Jānis", surname="Ozoliņš", born_on=date(1985, 4, 12))
    register.teaches(parent, SCHOOL, load="0.750")
    register.guardian(child, parent)
    for code in ("04051820008", "04051820016"):  # one human being in two records
        register.person(code, given_name="Ēriks", surname="Ķauķis & Žīgurs")
    brother = register.person("17031920119", given_name="Kārlis", surname="Žagars", born_on=date(2019, 3, 17))
    register.identifier(brother, SCHOOL, "ČP-32")  # which is another child's
    build_cases(register)
    build_proceedings(register)
    with register.databases.register.begin() as session:
        rebuild(session)
    build_examined(register)
    build_journal(register)
    build_log(register)


def build_log(register: Register) -> None:
    """A frozen year of four calls, in which the log was not complete for an hour."""
    always_there(register)
    lost(register, at("2025-11-04 09:00"), 7)
    called = Call(at("2025-09-01 08:30"), client="LV-DEV/MUN/RIGA/skolas & bērnudārzi")
    refused = called._replace(outcome="refused", code="R-0101", duration_us=1250, answer_bytes=900, persons=0)
    log(register, [called, called._replace(duration_us=9000), refused, Call(at("2025-10-26 03:30"), "achievements", "getCompleteness")])
    with register.databases.register.begin() as session:
        freeze(session, 2025, at("2026-01-02 03:07"))


def build_cases(register: Register) -> None:
    """Children in no school: each sample has its own, so that none sees what another one does."""
    register.grant("LV-DEV/MUN/RIGA/children", "non-studying-children.**", "municipalities", scope_values=[RIGA, MADONA, "0002000"])
    opened, recorded = date(2026, 10, 30), since(datetime(2026, 10, 30, 3, tzinfo=UTC))
    daugavpils = "0002000"
    children = {
        "05061820014": (RIGA, 4101, {}),
        "05061820022": (RIGA, 4102, {}),
        "05061820030": (RIGA, 4103, {}),
        "05061820049": (daugavpils, 4104, {"offered_to": RIGA, "offered_on": opened, "answer_by": date(2199, 1, 1)}),
        "05061820057": (MADONA, 4105, {}),
    }
    for code, (municipality, number, more) in children.items():
        child = register.person(code, given_name="Jānis", surname=f"Kļaviņš-{number}", born_on=date(2018, 6, 5))
        register.lives(child, RIGA if more else municipality, address="Lielā iela 1")
        register.case(child, municipality, opened, recorded, id=number, **more)


def sample(operation: str, way: str) -> etree._Element:
    path = SAMPLES / f"{operation}.{way}.xml"
    assert path.exists(), f"{operation} needs {path.name}: a message that integrators can start from"
    return etree.parse(path).getroot()


def said(element: etree._Element) -> tuple[object, ...]:
    """What a message says, without white space between elements; instants and cursors differ each time."""
    name = etree.QName(element).localname
    text = (element.text or "").strip() if len(element) else element.text or ""
    parent = element.getparent()
    of_day = set() if parent is None else DIFFERS_EACH_DAY.get(etree.QName(parent).localname, set())
    if name in DIFFERS_EACH_TIME or name in of_day or (name == "position" and not _counts_items(element)):
        text = "…"
    return element.tag, dict(element.attrib), text, [said(child) for child in element if isinstance(child.tag, str)]


def _counts_items(position: etree._Element) -> bool:
    parent = position.getparent()
    return parent is not None and etree.QName(parent).localname in ("outcome", "refusal")


@pytest.fixture(scope="module")
def answer(served: Served) -> Callable[[str], etree._Element]:
    build(served.register)

    def ask(operation: str) -> etree._Element:
        if operation in BEFORE:
            ask(BEFORE[operation])
        return served.post((SAMPLES / f"{operation}.request.xml").read_bytes(), f"/soap/{SERVICE_OF[operation]}").root

    return ask


@EACH
def test_both_samples_are_there_and_valid(operation: str):
    for way in ("request", "response"):
        CONTRACTS.envelope_schema(SERVICE_OF[operation]).assertValid(sample(operation, way))


@EACH
def test_the_response_belongs_to_the_request(operation: str):
    response = sample(operation, "response")
    wrapper = check_answer(parse_header(sample(operation, "request")[0]), response)
    assert read_fault(response) is None
    assert wrapper.tag.endswith(f"{operation}Response")


@EACH
def test_the_service_answers_the_sample_request_with_the_sample_response(operation: str, answer: Callable[[str], etree._Element]):
    assert said(answer(operation)) == said(sample(operation, "response"))


def test_no_sample_is_left_over():
    expected = {f"{operation}.{way}.xml" for operation in OPERATIONS for way in ("request", "response")}
    assert {path.name for path in SAMPLES.iterdir()} == expected


def test_the_bodies_are_valid_for_the_other_schema_library_too():
    """What libxml2 accepts is no peculiarity of libxml2."""
    judges = {name: xmlschema.XMLSchema(str(files("xsd") / f"{name}.xsd"), allow="local") for name in CONTRACTS.services}
    for operation, service in SERVICE_OF.items():
        for way in ("request", "response"):
            body = sample(operation, way).find("{http://schemas.xmlsoap.org/soap/envelope/}Body")
            assert body is not None
            judges[service].validate(etree.tostring(body[0]).decode())
