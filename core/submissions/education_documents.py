"""Education documents that their issuers submit (iesniegtie izglītības dokumenti): their values and the rules on one of them."""

import json
import re
from dataclasses import dataclass

from core.achievements.documents import tell
from core.errors import InvalidItem, UnknownCode
from core.examinations.scales import written
from core.reading import FIRST_DAY
from core.submissions.items import Entity, Item, check_period
from core.submissions.known import Known

STATUSES = frozenset(("valid", "annulled", "lost", "duplicated", "extracted"))
_programme = re.compile(r"[0-9]{2}[0-9VTP][0-9]{5}").fullmatch


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkItem:
    """A mark in a document (vērtējums): its subject as the document has it, and its scale."""

    subject: str
    scale: str
    value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacedDocument:
    """The document that this one was issued instead of (aizstātais dokuments)."""

    series: str | None = None
    number: str


@dataclass(slots=True, kw_only=True)
class EducationDocumentItem(Item):
    """A document on education (izglītības dokuments), as its issuer tells it; withdrawn when it was recorded in error."""

    document_type: str
    series: str | None = None
    number: str
    issued_on: str
    status: str
    programme: str | None = None
    withdrawn: bool = False
    marks: list[MarkItem] | None = None
    replaces: ReplacedDocument | None = None


def _texts(item: EducationDocumentItem) -> tuple[str, ...]:
    of_document = item.institution, item.document_type, item.series or "", item.number, item.issued_on, item.status, item.programme or ""
    if item.marks is None and item.replaces is None:
        return (*of_document, "", "", "")
    marks = [[mark.subject, mark.scale, mark.value or None] for mark in item.marks or ()]
    replaced = (item.replaces.series or "", item.replaces.number) if item.replaces else ("", "")
    return (*of_document, json.dumps(marks, ensure_ascii=False) if marks else "", *replaced)


def _check_form(item: EducationDocumentItem) -> None:
    check_period(item.issued_on, None)


def _check(item: EducationDocumentItem, known: Known) -> None:
    known.check_code("document_types", item.document_type, item.issued_on, item.issued_on)
    if item.status not in STATUSES:
        raise UnknownCode("A document is valid, annulled, lost, duplicated or extracted.")
    if not item.number.strip():
        raise InvalidItem("The number is empty.")
    # Documents outlive the programmes they were issued for, so only the form is looked at.
    if item.programme and not _programme(item.programme):
        raise UnknownCode("This is no code of a programme.")
    for mark in item.marks or ():
        _check_mark(mark, known)
    if item.replaces and not item.replaces.number.strip():
        raise InvalidItem("The number of the document that is replaced is empty.")
    if item.replaces and (item.replaces.series or None, item.replaces.number) == (item.series or None, item.number):
        raise InvalidItem("A document does not replace itself.")


def _check_mark(mark: MarkItem, known: Known) -> None:
    if not mark.subject.strip():
        raise InvalidItem("The subject of a mark is empty.")
    known.check_code("exam_result_scale", mark.scale, FIRST_DAY.isoformat(), None)
    if written(mark.scale, mark.value or None) != (mark.value or None):
        raise InvalidItem("A mark is written as its scale has it: a percentage without needless zeros.")


EDUCATION_DOCUMENT = Entity(
    name="educationDocument",
    table="education_document",
    columns={
        "institution": "text",
        "document_type": "text",
        "series": "text",
        "number": "text",
        "issued_on": "date",
        "status": "text",
        "programme": "text",
        "marks": "jsonb",
        "replaces_series": "text",
        "replaces_number": "text",
    },
    lists=("document_types", "exam_result_scale"),
    texts=_texts,
    check_form=_check_form,
    check=_check,
    withdrawable=True,
    is_withdrawn=lambda item: item.withdrawn,
    tell=tell,
)
