"""What is shown of a person's achievements (sasniegumi): the same in an answer, in a batch and in a message that is pushed."""

from collections.abc import Sequence
from typing import NamedTuple


class AssignedIdentifier(NamedTuple):
    """An identifier that an institution assigned to a person (iestādes piešķirts identifikators)."""

    institution: str
    value: str


class Mark(NamedTuple):
    """A mark in a document (vērtējums), with its scale; some scales say without a value why there is none."""

    subject: str
    scale: str
    value: str | None


class DocumentName(NamedTuple):
    """A document by its number (dokumenta numurs)."""

    series: str | None
    number: str


class Document(NamedTuple):
    """An education document (izglītības dokuments); `not_confirmed` says, in a code and in words, why it cannot be confirmed."""

    document_id: int
    version: int
    document_type: str
    series: str | None
    number: str
    issued_on: str
    status: str
    institution: str
    institution_name: str | None
    programme: str | None
    marks: Sequence[Mark]
    replaces: DocumentName | None
    replaced_by: DocumentName | None
    confirmed: bool
    not_confirmed: str | None
    not_confirmed_reason: str | None


class Part(NamedTuple):
    """A part of an examination (pārbaudījuma daļa), in percent."""

    name: str
    percent: str


class Result(NamedTuple):
    """What came of an examination (pārbaudījuma rezultāts).

    `outcome` is result, absent, partlyAbsent, underQuery, exempt, annulled, or notYetReceived: the person is a candidate and no result has
    been published. The scale is a part of the value; `passed` is by the threshold of that year, and absent where there is none.
    """

    result_id: int | None
    version: int | None
    examination: str
    kind: str
    subject: str
    level: str
    school_year: str
    session: str
    held_on: str | None
    institution: str
    institution_name: str | None
    outcome: str
    scale: str | None
    value: str | None
    cefr_level: str | None
    parts: Sequence[Part]
    certificate_number: str | None
    threshold: int | None
    passed: bool | None
    correction_reason: str | None
    published_at: str | None


class Achievements(NamedTuple):
    """A person with documents and results (personas sasniegumi), under every code that the person ever had."""

    personal_code: str | None
    former_personal_codes: Sequence[str]
    identifiers: Sequence[AssignedIdentifier]
    given_name: str | None
    surname: str | None
    birth_date: str | None
    documents: Sequence[Document]
    exam_results: Sequence[Result]
