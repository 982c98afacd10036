"""A small school and what its system sends: helpers of the tests of submissions."""

from datetime import UTC, datetime
from typing import Any

from core.access import Scope, ScopeKind
from core.submissions import Sender
from core.submissions.affiliations import AFFILIATION, AffiliationItem
from core.submissions.education_documents import EDUCATION_DOCUMENT, EducationDocumentItem
from core.submissions.items import Entity
from core.submissions.message import Submitted, submit
from core.submissions.teaching_posts import TEACHING_POST, TeachingPostItem
from tests.register import EVERYTHING, Register

NOW = datetime(2026, 9, 5, 9, tzinfo=UTC)
SCHOOL, OTHER, HERS = "4113100001", "4113100002", "21011111"
ANNA, JANIS, ILZE = "04051820219", "04051820227", "04051820008"
SENDER = Sender("LV-DEV/EDU/SCHOOL/system", "LV-teacher-1", "message-1", EVERYTHING, NOW)
NEIGHBOUR = SENDER._replace(client="LV-DEV/EDU/OTHER/system")
ITEMS: dict[str, tuple[Entity, type, str]] = {
    "affiliation": (AFFILIATION, AffiliationItem, "submitAffiliations"),
    "post": (TEACHING_POST, TeachingPostItem, "submitTeachingPosts"),
    "document": (EDUCATION_DOCUMENT, EducationDocumentItem, "submitEducationDocuments"),
}


def of_institutions(*numbers: str, sender: Sender = SENDER) -> Sender:
    """A sender that may submit for these institutions."""
    return sender._replace(scope=Scope(ScopeKind.INSTITUTIONS, numbers))


def affiliation(key: str = "K1", code: str | None = ANNA, **more: Any) -> AffiliationItem:
    """An affiliation of the first class."""
    values: dict[str, Any] = {
        "sender_key": key,
        "personal_code": code,
        "institution": SCHOOL,
        "programme": HERS,
        "main": True,
        "class_level": "1",
        "class_group": "1.a",
        "status": "AKT",
        "started_on": "2025-09-01",
    }
    return AffiliationItem(**{**values, **more})


def post(key: str = "P1", code: str | None = ANNA, **more: Any) -> TeachingPostItem:
    """A teacher's post."""
    values = {
        "sender_key": key,
        "personal_code": code,
        "institution": SCHOOL,
        "post": "Skolotājs",
        "load": "1.000",
        "started_on": "2025-09-01",
    }
    return TeachingPostItem(**{**values, **more})


def document(key: str = "D1", code: str | None = ANNA, **more: Any) -> EducationDocumentItem:
    """A certificate of basic education."""
    values: dict[str, Any] = {
        "sender_key": key,
        "personal_code": code,
        "institution": SCHOOL,
        "document_type": "APV",
        "series": "PA",
        "number": "000123",
        "issued_on": "2026-06-12",
        "status": "valid",
        "programme": HERS,
    }
    return EducationDocumentItem(**{**values, **more})


class Submitting:
    """The register of a test, with two schools, two children and a system that sends."""

    def __init__(self, register: Register) -> None:
        self.register = register
        for number in (SCHOOL, OTHER):
            register.institution(number)
            register.programme(number, HERS)
        self.anna, self.janis = register.person(ANNA), register.person(JANIS, "Jānis", "Kalniņš")
        self._batches = 0

    def send(self, *items: Any, sender: Sender = SENDER, key: str | None = None, dry_run: bool = False, what: str = "") -> Submitted:
        """One message in a transaction of its own."""
        self._batches += 1
        entity, _, operation = next(entry for entry in ITEMS.values() if isinstance(items[0], entry[1]))
        with self.register.databases.register.begin() as session:
            return submit(session, sender, entity, operation, key or f"batch-{self._batches}", items, dry_run)

    def outcomes(self, *items: Any, **more: Any) -> list[str]:
        """What became of each item: accepted, unchanged, or the code of its refusal."""
        return [outcome[5] or outcome[2] for outcome in self.send(*items, **more).outcomes]

    def rows(
        self, what: str = "affiliation", columns: str = "sender, sender_key, institution, status, valid::text"
    ) -> list[tuple[Any, ...]]:
        """Current rows."""
        return [tuple(row) for row in self.register.execute(f"SELECT {columns} FROM {what} WHERE upper_inf(recorded) ORDER BY id")]

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return self.register.execute(f"SELECT count(*) FROM {table}")[0][0]
