"""Documents and results as parts of a transcript (mācību sasniegumu uzskaitījums): what each is called, what was reached, in whose words.

The rule: a receiver takes a part that says nothing of its status for passed, so each says it. Passed is what the register confirms, and
failed what a threshold or a mark decides; all else, every kind of no result among it, is in progress, and a description says why.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from adapters.elmo.words import STATUSES, Words, levels, words
from core.achievements.shown import Document, DocumentName, Mark, Part, Result
from core.examinations.scales import PERCENT, TEN_POINT

PASSED, FAILED, IN_PROGRESS = "passed", "failed", "in-progress"
PROGRAMME, COURSE, CLASS = "Degree Programme", "Course", "Class"
# Latvian schools call marks below it insufficient (nepietiekams vērtējums).
SUFFICIENT, NOT_PASSED = 4, "ni"
LANGUAGES = {"1": "lv"}


class Level(NamedTuple):
    """A level by some framework (līmenis)."""

    kind: str
    description: Words
    value: str


class Node(NamedTuple):
    """A part of a transcript and its own parts; `said` are codes of the register, by element."""

    title: Words
    status: str
    kind: str | None = None
    identifiers: Sequence[tuple[str, str]] = ()
    descriptions: Sequence[Words] = ()
    on: str | None = None
    school_year: str | None = None
    scale: str | None = None
    label: str | None = None
    levels: Sequence[Level] = ()
    language: str | None = None
    said: Sequence[tuple[str, str]] = ()
    parts: Sequence["Node"] = ()


def of_document(document: Document) -> Node:
    """A document with its marks; what it is called is its type, and it is a programme's when the type has a level."""
    level = levels().get(document.document_type)
    called = DocumentName(document.series, document.number)
    return Node(
        title=words("document_types", document.document_type),
        status=PASSED if document.confirmed else IN_PROGRESS,
        kind=PROGRAMME if level else None,
        identifiers=_given(
            ("local", f"document-{document.document_id}"), ("lv-document", _number(called)), ("lv-programme", document.programme)
        ),
        descriptions=[_state(document)],
        on=document.issued_on,
        levels=_frameworks(level) if level else (),
        language=LANGUAGES.get(document.programme[6:7]) if document.programme else None,
        said=_given(
            ("documentType", document.document_type), ("documentStatus", document.status), ("notConfirmed", document.not_confirmed)
        ),
        parts=[_mark(Mark(*mark), document.confirmed) for mark in document.marks],
    )


def of_result(result: Result) -> Node:
    """An examination and what came of it."""
    subject, kind = words("exam_subjects", result.subject), words("exam_kind", result.kind)
    level = [Level("CEFR", words("exam_result_scale", "CEFR"), result.cefr_level)] if result.cefr_level else []
    return Node(
        title=Words(f"{subject.lv} ({kind.lv})", f"{subject.en or subject.lv} ({kind.en or kind.lv})"),
        status=_result_status(result),
        kind=COURSE,
        identifiers=_given(
            ("local", f"result-{result.result_id}" if result.result_id else None),
            ("lv-examination", result.examination),
            ("lv-examination-certificate", result.certificate_number),
        ),
        descriptions=list(_about(result)),
        on=result.held_on,
        school_year=result.school_year,
        scale=result.scale,
        label=result.value,
        levels=[Level("LV-examination", words("exam_levels", result.level), result.level), *level],
        said=_given(("outcome", result.outcome), ("correctionReason", result.correction_reason)),
        parts=[_part(Part(*part), result.passed is not False and result.outcome == "result") for part in result.parts],
    )


def scales(nodes: Iterable[Node]) -> set[str]:
    """The scales of these nodes and of all their parts."""
    return {found for node in nodes for found in ({node.scale} if node.scale else set()) | scales(node.parts)}


def _frameworks(level: str) -> list[Level]:
    national = Words("Latvijas kvalifikāciju ietvarstruktūra (LKI)", "Latvian Qualifications Framework (LKI)")
    european = Words("Eiropas kvalifikāciju ietvarstruktūra (EKI)", "European Qualifications Framework")
    return [Level("EQF", european, level), Level("NQF", national, level)]


def _state(document: Document) -> Words:
    """The document's status, what it replaces and is replaced by, why it cannot be confirmed."""
    status = STATUSES.get(document.status, Words(document.status))
    lv, en = [f"Dokuments: {status.lv}."], [f"Document: {status.en or status.lv}."]
    if document.replaces:
        lv.append(f"Izsniegts dokumenta {_number(document.replaces)} vietā.")
        en.append(f"Issued instead of {_number(document.replaces)}.")
    if document.replaced_by:
        lv.append(f"Tā vietā izsniegts {_number(document.replaced_by)}.")
        en.append(f"Replaced by {_number(document.replaced_by)}.")
    if document.not_confirmed:
        reason = words("confirmation_reasons", document.not_confirmed)
        lv.append(f"Elektroniski nav apliecināms: {reason.lv}")
        en.append(f"Cannot be confirmed electronically: {reason.en or reason.lv}")
    return Words(" ".join(lv), " ".join(en))


def _mark(mark: Mark, confirmed: bool) -> Node:
    """A mark; a scale without values says by itself why there is none."""
    if not mark.value:
        return Node(Words(mark.subject), IN_PROGRESS, COURSE, descriptions=[words("exam_result_scale", mark.scale)], scale=mark.scale)
    insufficient = mark.value == NOT_PASSED or (mark.scale == TEN_POINT and int(mark.value) < SUFFICIENT)
    status = FAILED if insufficient else PASSED
    return Node(Words(mark.subject), status if confirmed else IN_PROGRESS, COURSE, scale=mark.scale, label=mark.value)


def _part(part: Part, passed: bool) -> Node:
    """A part of an examination: none has a threshold of its own, so none is failed."""
    return Node(Words(part.name), PASSED if passed else IN_PROGRESS, CLASS, scale=PERCENT, label=part.percent)


def _result_status(result: Result) -> str:
    """By the threshold of its year; where there was none, to have a result was to pass."""
    if result.outcome != "result":
        return IN_PROGRESS
    return FAILED if result.passed is False else PASSED


def _about(result: Result) -> Iterator[Words]:
    level = words("exam_levels", result.level)
    yield Words(f"Līmenis: {level.lv}.", f"Level: {level.en or level.lv}.")
    if result.outcome != "result":
        outcome = words("exam_outcomes", result.outcome)
        yield Words(f"Rezultāta nav: {outcome.lv}.", f"No result: {outcome.en or outcome.lv}.")
    if result.threshold is not None:
        yield Words(f"Nokārtots no {result.threshold} %.", f"Passed from {result.threshold} % on.")
    if result.correction_reason:
        reason = words("correction_reasons", result.correction_reason)
        yield Words(f"Labots: {reason.lv}.", f"Corrected: {reason.en or reason.lv}.")


def _number(name: Sequence[str | None]) -> str:
    """Series and number, as they are printed."""
    return " ".join(part for part in name if part)


def _given(*pairs: tuple[str, str | None]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in pairs if value]
