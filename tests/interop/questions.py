"""What every stack asks, and what it must understand of the answer."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from lxml import etree

from adapters.web.example import HEADER
from core.changes import rebuild
from core.disclosure import Disclosure, record
from tests.register import RIGA, Register, days

SCHOOL, OLD_SCHOOL, NAME = "3013900101", "3013900100", "Rīgas \"Ģertrūdes\" & 'Ķipara' <pamatskola> ]]>"
CHILD, OTHER_CHILD, TEACHER, SUBMITTED = "04051820016", "17031920119", "12048511410", "04051820227"
ISSUE = "Nr. 1-2/3 «ā, č & <ž>»"
MEMBER = {"xRoadInstance": "LV-DEV", "memberClass": "GOV", "memberCode": "IZM"}
DECLARED = 'xmlns:xrd="http://x-road.eu/xsd/xroad.xsd" xmlns:id="http://x-road.eu/xsd/identifiers"'


class Question(NamedTuple):
    """A request, and for each path into its answer the texts that stand there; or the code of a Fault."""

    operation: str
    request: dict[str, Any]
    expected: dict[str, list[str]] | None = None
    fault: str = ""

    def as_json(self) -> dict[str, Any]:
        """What a client program reads: the header as fields and as XML."""
        service = {**MEMBER, "subsystemCode": "viis", "serviceCode": self.operation, "serviceVersion": "v1", "objectType": "SERVICE"}
        header = {
            "client": {**MEMBER, "subsystemCode": "allservices", "objectType": "SUBSYSTEM"},
            "service": service,
            "userId": "LV-officer-1",
            "id": f"{self.operation}-id",
            "issue": ISSUE,
            "protocolVersion": "4.0",
        }
        return {"operation": self.operation, "request": self.request, "header": header, "headerXml": _header_xml(self.operation)}


def _header_xml(operation: str) -> str:
    """The same header as XML, for stacks that take it so: each element declares its own prefixes."""
    issue = ISSUE.replace("&", "&amp;").replace("<", "&lt;")
    text = HEADER.format(operation=operation).replace("example-1", f"{operation}-id")
    text = text.replace("<xrd:protocolVersion>", f"<xrd:issue>{issue}</xrd:issue><xrd:protocolVersion>")
    for name in ("client", "service", "userId", "id", "issue", "protocolVersion"):
        text = text.replace(f"<xrd:{name}>", f"<xrd:{name} {DECLARED}>").replace(f"<xrd:{name} id:", f"<xrd:{name} {DECLARED} id:")
    return text


def _item(key: str, code: str, institution: str = SCHOOL) -> dict[str, str]:
    """An affiliation to be submitted, in the order of the schema."""
    person = {"personalCode": code, "givenName": "Ēriks", "surname": "Ķauķis & <Žīgurs>", "birthDate": "2018-05-04"}
    learns = {"institution": institution, "programme": "21011111", "main": "true", "classLevel": "1", "classGroup": "1.ā & 'b'"}
    return {"senderKey": key, **person, **learns, "status": "AKT", "startedOn": "2026-09-01"}


QUESTIONS = [
    Question(
        "getPersonEducation",
        {"personalCode": CHILD},
        {
            "found": ["true"],
            "person.personalCode": [CHILD],
            "person.givenName": ["Anna Šarlote"],
            "person.surname": ["Bērziņa-Čakste"],
            "person.birthDate": ["2018-05-04"],
            "person.municipality": [RIGA],
            "person.affiliations.affiliation.startedOn": ["2025-09-01", "2024-09-01"],
            "person.affiliations.affiliation.endedOn": ["2025-05-31"],
            "person.affiliations.affiliation.classLevel": ["2", "1"],
            "person.affiliations.affiliation.institutionName": [NAME, NAME],
        },
    ),
    Question(
        "getPersonEducation",
        {
            "identifier": {"institution": SCHOOL, "value": "BK-17"},
            "onDate": "2026-01-15",
            "onBehalfOf": {"capacity": "guardian", "personalCode": TEACHER},
        },
        {"found": ["true"], "person.identifiers.identifier.value": ["BK-17"], "person.affiliations.affiliation.institution": [SCHOOL]},
    ),
    Question(
        "getPersonEducation",
        {"personalCode": TEACHER},
        {"person.teachingPosts.teachingPost.load": ["0.750"], "person.teachingPosts.teachingPost.post": ["Skolotājs"]},
    ),
    Question("getPersonEducation", {"personalCode": "15072120012"}, {"found": ["false"], "person": []}),
    Question("getPersonEducation", {}, {"fault.faultCode": ["R-0403"], "found": []}),
    Question(
        "listAffiliations",
        {"institution": SCHOOL, "onDate": "2026-01-15", "pageSize": 100},
        {
            "affiliations.affiliation.surname": ["Āboliņš", "Bērziņa-Čakste"],
            "affiliations.affiliation.main": ["true", "true"],
            "affiliations.affiliation.identifier.value": [],
            "nextCursor": [],
        },
    ),
    Question("listAffiliations", {"institution": "9999999999"}, {"fault.faultCode": ["R-0201"]}),
    Question(
        "getInstitution",
        {"registrationNumber": SCHOOL},
        {
            "institution.name": [NAME],
            "institution.open": ["true"],
            "institution.type": ["13"],
            "institution.predecessors.succession.institution": [OLD_SCHOOL],
            "institution.programmes.programme.code": ["21011111", "31016011"],
        },
    ),
    Question("listInstitutions", {"municipality": RIGA, "namePart": "& 'ķipara' <"}, {"institutions.institution.name": [NAME]}),
    Question("listInstitutions", {"namePart": "nav tādas"}, {"institutions.institution": [], "fault": []}),
    Question("listCodes", {"list": "programme_language_digit7"}, {"lists.codeList.name": ["programme_language_digit7"]}),
    Question("listCodes", {"pageSize": 0}, fault="F-0401"),
    Question(
        "submitAffiliations",
        {"batchKey": "Ķ & <1>", "items": {"item": [_item("ķ-1 & «ž» <a>", SUBMITTED), _item("ķ-2", SUBMITTED, institution="9999999999")]}},
        {
            "fault": [],
            "batchKey": ["Ķ & <1>"],
            "received": ["2"],
            "outcomes.outcome.senderKey": ["ķ-1 & «ž» <a>", "ķ-2"],
            "outcomes.outcome.outcome": ["accepted", "rejected"],
            "outcomes.outcome.code": ["R-0201"],
        },
    ),
    Question(
        "getPersonEducation",
        {"personalCode": SUBMITTED},
        {"person.surname": ["Ķauķis & <Žīgurs>"], "person.affiliations.affiliation.classGroup": ["1.ā & 'b'"]},
    ),
    Question(
        "listEducationChanges",
        {"pageSize": 3, "entity": "affiliation"},
        {
            "events.event.kind": ["upsert", "upsert", "upsert"],
            "events.event.affiliation.surname": ["Bērziņa-Čakste", "Bērziņa-Čakste", "Āboliņš"],
            "events.event.affiliation.classGroup": ["1.a", "2.ž", "1.a"],
            "events.event.affiliation.main": ["true", "true", "true"],
            "events.event.teachingPost": [],
            "fault": [],
        },
    ),
    Question("listEducationChanges", {"cursor": "madeup"}, {"fault.faultCode": ["R-0401"], "events": []}),
    Question("getCheckpoints", {"entity": "teachingPost"}, {"checkpoints.checkpoint.rows": ["1"], "fault": []}),
]


def build(register: Register) -> None:
    """A small register of made-up people."""
    register.grant(rights=["restricted", "health"])
    register.grant(operation="accreditation.**")
    register.grant(operation="examinations.**", rights=["embargo"])
    register.grant(operation="achievements.**")
    register.grant(operation="disclosures.**", rights=["restricted"])
    register.institution(OLD_SCHOOL, "Vecā skola", closed_on=date(2020, 8, 1))
    register.institution(SCHOOL, NAME)
    register.succession(OLD_SCHOOL, SCHOOL, "2020-08-01")
    register.programme(SCHOOL, "31016011", "Vispārējās vidējās izglītības programma")
    child = register.person(CHILD, given_name="Anna Šarlote", surname="Bērziņa-Čakste")
    register.lives(child, RIGA)
    register.learns(child, SCHOOL, days("2024-09-01", "2025-05-31"), status="IZB", end_reason="02")
    register.learns(child, SCHOOL, days("2025-09-01"), class_level="2", class_group="2.ž")
    other = register.person(OTHER_CHILD, given_name="Olafs", surname="Āboliņš", born_on=date(2019, 3, 17))
    register.learns(other, SCHOOL, days("2025-09-01"))
    register.identifier(other, SCHOOL, "BK-17")
    teacher = register.person(TEACHER, given_name="Jānis", surname="Āboliņš", born_on=date(1985, 4, 12))
    register.teaches(teacher, SCHOOL, load="0.750")
    register.guardian(other, teacher)
    record(register.databases.journal, told(child))
    with register.databases.register.begin() as session:
        rebuild(session)


def told(person: int) -> Disclosure:
    """What the journal holds about a person."""
    said = ("LV-DEV/EDU/LU/<avus>", None, None, None, "education-process.getPersonEducation", "uzņemšana «ā» & <b>", "likums")
    return Disclosure(datetime(2026, 1, 1, 8, tzinfo=UTC), "told-1", *said, None, "ok", [person])


def judge(question: Question, reply: dict[str, Any]) -> Iterator[str]:
    """What a stack did not understand of an answer, or did not get back of its header."""
    name = f"{question.operation} {sorted(question.request)}"
    if question.fault:
        if question.fault not in str(reply.get("fault", "")):
            yield f"{name}: no Fault {question.fault}, but {str(reply)[:200]}"
        return
    if reply.get("fault"):
        yield f"{name}: Fault {reply['fault']}"
        return
    for path, expected in (question.expected or {}).items():
        found = list(texts(reply["answer"], path.split(".")))
        if len(found) != len(expected) or not all(map(_same, expected, found)):
            yield f"{name}: {path} is {found}, not {expected}"
    yield from _header_problems(name, question, reply["raw"])


def _header_problems(name: str, question: Question, raw: str) -> Iterator[str]:
    root = etree.fromstring(raw.encode())
    for field, expected in (("id", f"{question.operation}-id"), ("issue", ISSUE), ("protocolVersion", "4.0"), ("userId", "LV-officer-1")):
        if root.findtext(f"{{*}}Header/{{http://x-road.eu/xsd/xroad.xsd}}{field}") != expected:
            yield f"{name}: the header {field} did not come back"


def texts(value: Any, path: list[str]) -> Iterator[str]:
    """The texts below a path, however the stack shapes lists, attributes and absence."""
    if isinstance(value, list):
        for item in value:
            yield from texts(item, path)
    elif value is None:
        return
    elif path and isinstance(value, dict):
        yield from texts(value.get(path[0]), path[1:])
    elif isinstance(value, dict):
        content = [value[key] for key in ("_", "$value", "value", "_value_1") if key in value]
        yield from (texts(content[0], []) if content else iter(["…"] if value else []))
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif str(value):
        yield str(value)


def _same(expected: str, found: str) -> bool:
    if expected == found:
        return True
    try:  # 0.750 is 0.75 to a stack that makes numbers of decimals; a day may have become an instant.
        return "." in expected and Decimal(expected) == Decimal(found)
    except InvalidOperation:
        return False
