"""Education documents that their issuers submit (iesniegtie izglītības dokumenti): their values and the rules on one of them."""

import re
from dataclasses import dataclass

from core.achievements.documents import tell
from core.errors import InvalidItem, UnknownCode
from core.submissions.items import Entity, Item, check_period
from core.submissions.known import Known

STATUSES = frozenset(("valid", "annulled", "lost", "duplicated", "extracted"))
_programme = re.compile(r"[0-9]{2}[0-9VTP][0-9]{5}").fullmatch


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


def _texts(item: EducationDocumentItem) -> tuple[str, ...]:
    return item.institution, item.document_type, item.series or "", item.number, item.issued_on, item.status, item.programme or ""


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
    },
    lists=("document_types",),
    texts=_texts,
    check_form=_check_form,
    check=_check,
    withdrawable=True,
    is_withdrawn=lambda item: item.withdrawn,
    tell=tell,
)
