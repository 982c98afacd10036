"""For which days a decision holds (lēmuma termiņš): what the law gives, or allows, by the law of the proceeding's day."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from core.accreditation.clocks import months_after
from core.accreditation.folding import GOOD, Said, good_on
from core.accreditation.rules import check_classification, value
from core.errors import InvalidQuestion, UnlawfulTerm
from core.periods import FOR_EVER, Period, held_on
from core.reading import check_day

SHORT, LONG, EXTENDED = "2Y", "6Y", "EXT"
TERM_MONTHS = {LONG: "LONG_TERM_MONTHS", SHORT: "SHORT_TERM_MONTHS"}
REFUSED = {True: "ATT", False: "REF"}
ANNULLED = {True: "ANU", False: "ANN"}
ACCREDITATION = "(MK 618/2020; MK 325/2024)"


class Asked(NamedTuple):
    """What is to be decided (lēmuma projekts): the outcome and the days that are said."""

    outcome: str
    decided_on: date
    term: str | None
    valid_from: date | None
    valid_to: date | None


class Term(NamedTuple):
    """What holds by a decision: a status, from which day to which, and by when teaching has to start."""

    status: str
    valid_from: date
    valid_to: date | None
    start_by: date | None = None


def term(asked: Asked, licence: bool, programme: str | None, periods: Sequence[Period[Said]], applied_on: date) -> Term:
    """The days of a decision on a licence or an accreditation, of which `periods` hold now; UnlawfulTerm when the law has no such term."""
    check_day(asked.valid_from)
    check_day(asked.valid_to)
    if asked.outcome != "grant" and asked.term is not None:
        raise UnlawfulTerm(f"Only a granted accreditation has a term of six or of two years {ACCREDITATION}.")
    match asked.outcome:
        case "grant" if licence:
            return _licence(asked, programme, applied_on)
        case "grant":
            return _accreditation(asked, applied_on)
        case "refuse":
            if asked.valid_from is not None or asked.valid_to is not None:
                raise UnlawfulTerm("A refusal holds from the day on which it is made (MK 218/2019; MK 618/2020; MK 325/2024).")
            return Term(REFUSED[licence], asked.decided_on, None)
        case "extend":
            return _extension(asked, licence, periods, applied_on)
        case _:
            return _annulment(asked, licence, periods)


def _licence(asked: Asked, programme: str | None, applied_on: date) -> Term:
    if asked.term is not None:
        raise UnlawfulTerm("A licence has no term of accreditation (MK 218/2019).")
    first = asked.valid_from or asked.decided_on
    check_classification(programme or "", first)
    if asked.valid_to is not None and asked.valid_to < first:
        raise UnlawfulTerm("A licence ends on or after the day on which it begins (MK 218/2019).")
    return Term("LIC", first, asked.valid_to, months_after(first, value("START_MONTHS", applied_on)))


def _accreditation(asked: Asked, applied_on: date) -> Term:
    if asked.term not in TERM_MONTHS:
        raise UnlawfulTerm(f"An accreditation is granted for six years or for two: term is 6Y or 2Y {ACCREDITATION}.")
    first = asked.valid_from or asked.decided_on
    last = months_after(first, value(TERM_MONTHS[asked.term], applied_on)) - timedelta(days=1)
    if asked.valid_to not in (None, last):
        raise UnlawfulTerm(f"The term of an accreditation is exactly six years or two from its first day {ACCREDITATION}.")
    return Term(asked.term, first, last)


def _extension(asked: Asked, licence: bool, periods: Sequence[Period[Said]], applied_on: date) -> Term:
    """From the day after the term that holds; all extensions of a term together are not longer than the law allows."""
    holding = good_on(periods, asked.decided_on)
    if licence or holding is None or holding.after == FOR_EVER:
        raise UnlawfulTerm(f"Only a term of accreditation that holds on the day of the decision can be extended {ACCREDITATION}.")
    terms = [period for period in periods if period.first >= holding.first and period.said.status in GOOD]
    granted = [period for period in periods if period.said.status in TERM_MONTHS and period.first <= asked.decided_on]
    first, end = terms[-1].after, granted[-1].after - timedelta(days=1)
    if held_on(periods, first) is not None:
        raise UnlawfulTerm(f"A term that was cut by another decision is not extended {ACCREDITATION}.")
    longest = months_after(end, value("EXTENSION_MONTHS", applied_on))
    if asked.valid_to is None or not first <= asked.valid_to <= longest:
        raise UnlawfulTerm(
            f"An extension says until which day, and that is at most two years after the end of the granted term {ACCREDITATION}."
        )
    if asked.valid_from not in (None, first):
        raise UnlawfulTerm(f"An extension begins on the day after the term that it extends {ACCREDITATION}.")
    return Term(EXTENDED, first, asked.valid_to)


def _annulment(asked: Asked, licence: bool, periods: Sequence[Period[Said]]) -> Term:
    first = asked.valid_from or asked.decided_on
    if asked.valid_to is not None:
        raise InvalidQuestion("An annulment has no last day.")
    if not any(period.said.status in GOOD and period.after > first for period in periods):
        raise UnlawfulTerm("Only what holds on that day, or will hold after it, can be annulled (MK 218/2019; MK 618/2020; MK 325/2024).")
    return Term(ANNULLED[licence], first, None)
