"""One line of decisions of before (iepriekšējā lēmuma rinda): what it says, and what is wrong with it before anything is looked up."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from core.reading import FIRST_DAY, LAST_DAY

LICENCE = {"grant": ("LIC",), "refuse": ("ATT",), "annul": ("ANU",), "lapse": ("ZAU",)}
ACCREDITATION = {"grant": ("6Y", "2Y"), "extend": ("EXT",), "refuse": ("REF",), "annul": ("ANN",)}
STATUSES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "licence": LICENCE,
    "programme": ACCREDITATION,
    "institution": ACCREDITATION,
    "examination_centre": ACCREDITATION,
}
OF_A_PROGRAMME, TERMS = ("licence", "programme"), ("grant", "extend")
LONGEST, LONGEST_NUMBER = 200, 100  # messages say numbers of decisions, and no longer ones
_PROGRAMME = re.compile(r"[0-9]{2}[0-9VTP][0-9]{5}", re.ASCII)
_INSTITUTION = re.compile(r"\d{10}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class ListedDecision(NamedTuple):
    """One line of the list (saraksta rinda), as it was written."""

    line: int
    subject: str
    institution: str
    programme: str
    authority: str
    number: str
    outcome: str
    status: str
    decided_on: str
    valid_from: str
    valid_to: str


def problems(one: ListedDecision, today: date) -> Iterator[str]:
    """What is wrong with a line before anything is looked up."""
    if any(isinstance(value, str) and (_CONTROL.search(value) or len(value) > LONGEST) for value in one):
        yield f"a value holds a control character or more than {LONGEST} characters; shorten it"
    if one.subject not in STATUSES:
        yield f"the subject is none of {', '.join(STATUSES)}; write one of them"
    elif one.outcome not in STATUSES[one.subject]:
        yield f"the outcome is none of {', '.join(STATUSES[one.subject])}; write one of them"
    elif one.status not in STATUSES[one.subject][one.outcome]:
        yield f"the status does not go with the outcome; write {' or '.join(STATUSES[one.subject][one.outcome])}"
    if not _INSTITUTION.fullmatch(one.institution):
        yield "a registration number has ten digits; correct the institution"
    if one.subject in OF_A_PROGRAMME and not _PROGRAMME.fullmatch(one.programme):
        yield "a programme has a code of eight characters; correct it"
    if one.subject not in OF_A_PROGRAMME and one.programme:
        yield "an accreditation of an institution or an examination centre names no programme; leave it empty"
    if not (one.authority and one.number):
        yield "the authority or the number is missing; write whose decision it is, and its number"
    if len(one.number) > LONGEST_NUMBER:
        yield f"the number has more than {LONGEST_NUMBER} characters; shorten it"
    yield from _wrong_days(one, today)


def _wrong_days(one: ListedDecision, today: date) -> Iterator[str]:
    days = {name: getattr(one, name) for name in ("decided_on", "valid_from", "valid_to")}
    for name, value in days.items():
        if (value or name != "valid_to") and not _is_day(value):
            yield f"{name} is no day between {FIRST_DAY.year} and {LAST_DAY.year}; write it as YYYY-MM-DD"
    if one.decided_on > today.isoformat():
        yield "it was decided in the future; correct decided_on"
    if one.valid_to and one.valid_to < one.valid_from:
        yield "it ends before it begins; correct valid_from or valid_to"
    if one.valid_to and one.outcome not in TERMS:
        yield "a refusal, an annulment and a lapse have no last day; leave valid_to empty"
    if not one.valid_to and one.outcome in TERMS and one.subject != "licence":
        yield "an accreditation needs its last day; write valid_to"


def _is_day(value: str) -> bool:
    try:
        return _DAY.fullmatch(value) is not None and FIRST_DAY <= date.fromisoformat(value) <= LAST_DAY
    except ValueError:
        return False
