"""Affiliations that schools submit (iesniegtās piederības): their values and the rules on one of them."""

from dataclasses import dataclass

from core.errors import InvalidItem
from core.submissions.items import Entity, Item, Offer, check_period
from core.submissions.known import RETIRED, Known

ENDED = frozenset(("IZB", "ABS"))
IN_ERROR = "DUB"


@dataclass(slots=True, kw_only=True)
class AffiliationItem(Item):
    """A learner's place in an institution (piederība), as its sender tells it."""

    programme: str
    main: bool
    class_level: str | None = None
    class_group: str | None = None
    study_form: str | None = None
    language: str | None = None
    status: str
    started_on: str
    ended_on: str | None = None
    start_order: str | None = None
    end_order: str | None = None
    end_reason: str | None = None


def _study_form(item: AffiliationItem) -> str:
    return item.study_form or item.programme[7:8]


def _language(item: AffiliationItem) -> str:
    return item.language or item.programme[6:7]


def _texts(item: AffiliationItem) -> tuple[str, ...]:
    return (
        item.institution,
        item.programme,
        "t" if item.main else "f",
        item.class_level or "",
        item.class_group or "",
        _study_form(item),
        _language(item),
        item.status,
        f"[{item.started_on},{item.ended_on or ''}]",
        item.start_order or "",
        item.end_order or "",
        item.end_reason or "",
    )


def _check_form(item: AffiliationItem) -> None:
    check_period(item.started_on, item.ended_on)


def _check(item: AffiliationItem, known: Known) -> None:
    first, last = item.started_on, item.ended_on
    known.check_code("enrolment_status", item.status, first, last)
    known.check_code("class_levels", item.class_level, first, last)
    known.check_code("study_form_digit8", _study_form(item), first, last)
    known.check_code("programme_language_digit7", _language(item), first, last)
    known.check_code("enrolment_end_reason", item.end_reason, first, last)
    if not last and (item.status in ENDED or item.end_reason):
        raise InvalidItem("An affiliation that ended needs its last day.")


def _offer(item: AffiliationItem) -> Offer:
    return Offer(item.institution, item.programme, item.started_on)


AFFILIATION = Entity(
    name="affiliation",
    table="affiliation",
    columns={
        "institution": "text",
        "programme": "text",
        "main": "boolean",
        "class_level": "text",
        "class_group": "text",
        "study_form": "text",
        "language": "text",
        "status": "text",
        "valid": "daterange",
        "start_order": "text",
        "end_order": "text",
        "end_reason": "text",
    },
    lists=(
        "enrolment_status",
        "class_levels",
        "study_form_digit8",
        "programme_language_digit7",
        "enrolment_end_reason",
        RETIRED,
    ),
    texts=_texts,
    check_form=_check_form,
    check=_check,
    offer=_offer,
    # A school that tells how an affiliation ended need not offer the programme any more.
    kept="(t.institution, t.programme, lower(t.valid)) = (s.institution, s.programme, lower(s.valid))",
    main=f"t.main AND t.status <> '{IN_ERROR}'",
    is_main=lambda item: item.main and item.status != IN_ERROR,
)
