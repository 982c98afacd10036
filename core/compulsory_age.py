"""Compulsory education (obligātais izglītības vecums): when the duty holds for a child, and what fulfils it.

The rules are data with validity (compulsory_age_rules, qualifying_programme_kinds). Here they are pure functions; `core.cases.due`
says the same as one SQL statement for the nation, and a property test proves that both agree. Education Law s. 4, General Education Law
s. 20.1, MK 871/2009.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from core import codes

IN_ERROR, SUSPENDED = "DUB", "APT"
TRANSFERRED = "02"
NEVER_ENROLLED, LEFT_UNKNOWN, TRANSFER_UNCONFIRMED = "never_enrolled", "left_unknown", "transfer_unconfirmed"
NON_QUALIFYING_ONLY, SUSPENDED_TOO_LONG = "non_qualifying_only", "suspended_too_long"
# Why a child is not in the register, in the order in which the rules are looked at.
NOT_ALIVE, OUTSIDE_AGE, NO_RESIDENCE, DOCUMENTED, EXEMPT, ENROLLED = (
    "died",
    "outside_age",
    "no_residence",
    "documented",
    "exempt",
    "enrolled",
)


@dataclass(frozen=True, slots=True)
class DutyRules:
    """The rules that hold on a day (noteikumi uz dienu): years, days and kinds from the code lists."""

    start_years: int
    start_month: int
    start_day: int
    end_age: int
    suspended_days: int
    qualifying_kinds: frozenset[str]
    basic_documents: frozenset[str]


class Stay(NamedTuple):
    """An affiliation (piederība) as far as the duty is concerned; `last` is its last day, `suspended_on` since when it is suspended."""

    programme: str
    status: str
    first: date
    last: date | None
    end_reason: str | None
    suspended_on: date | None = None


class Facts(NamedTuple):
    """What is known of a child (bērna dati): birth, death, declared residence on the day, documents, exemptions, affiliations."""

    born_on: date | None
    died_on: date | None
    deceased: bool
    resident: bool
    documents: Sequence[tuple[str, date]] = ()
    exemptions: Sequence[tuple[date, date | None]] = ()
    stays: Sequence[Stay] = ()


class Verdict(NamedTuple):
    """What the rules say (secinājums): why the child is not in the register, or the reason why it is."""

    settled_by: str | None
    reason: str | None


@cache
def rules_on(day: date) -> DutyRules:
    """The rules that hold on a day."""
    held = {row["code"]: row["value"] for row in codes.rows("compulsory_age_rules") if codes.holds(row, day)}
    month, start_day = held["START_DAY"].split("-")
    kinds = frozenset(row["code"] for row in codes.rows("qualifying_programme_kinds") if codes.holds(row, day))
    return DutyRules(
        start_years=int(held["START_YEARS"]),
        start_month=int(month),
        start_day=int(start_day),
        end_age=int(held["END_AGE"]),
        suspended_days=int(held["SUSPENDED_DAYS"]),
        qualifying_kinds=kinds,
        basic_documents=frozenset(held["BASIC_DOCUMENTS"].split()),
    )


def compulsory_period(born_on: date, rules: DutyRules) -> tuple[date, date]:
    """The first and the last day on which age makes a child learn (obligātais izglītības vecums).

    From the day of the calendar year in which the child turns five to the day before the 18th birthday; a child born on 29 February has
    its birthday on 1 March of a common year.
    """
    first = date(born_on.year + rules.start_years, rules.start_month, rules.start_day)
    return first, birthday(born_on, rules.end_age) - timedelta(days=1)


def birthday(born_on: date, age: int) -> date:
    """The day on which somebody reaches an age."""
    try:
        return born_on.replace(year=born_on.year + age)
    except ValueError:
        return date(born_on.year + age, 3, 1)


def born_between(on: date, rules: DutyRules) -> tuple[date, date]:
    """The first and the last birth date with which the duty holds on a day: `compulsory_period` turned round, for SQL."""
    started = (on.month, on.day) >= (rules.start_month, rules.start_day)
    year = on.year - rules.end_age
    try:
        adult = on.replace(year=year)
    except ValueError:
        adult = date(year, 2, 28)
    return adult + timedelta(days=1), date(on.year - rules.start_years - (not started), 12, 31)


def fulfils(stay: Stay, on: date, rules: DutyRules) -> bool:
    """Whether an affiliation fulfils the duty on a day: a qualifying programme, on its first and last day too, not suspended too long."""
    return qualifies(stay, rules) and _is_there(stay, on) and not _suspended_too_long(stay, on, rules)


def qualifies(stay: Stay, rules: DutyRules) -> bool:
    """Whether a programme is one that counts; kinds with a letter (V, T, P: arts and sports, further education) do not."""
    kind = stay.programme[:2]
    return stay.status != IN_ERROR and kind in rules.qualifying_kinds and stay.programme[2:3].isdecimal()


def is_dead(facts: Facts, on: date, rules: DutyRules) -> bool:
    """Whether the child has died by the day."""
    return facts.deceased or (facts.died_on is not None and facts.died_on <= on)


def is_outside_age(facts: Facts, on: date, rules: DutyRules) -> bool:
    """Whether the duty does not hold by age on the day; of somebody whose birth date is not known nothing can be asked."""
    if facts.born_on is None:
        return True
    first, last = compulsory_period(facts.born_on, rules)
    return not first <= on <= last


def has_no_residence(facts: Facts, on: date, rules: DutyRules) -> bool:
    """Whether the child has no declared residence in Latvia on the day."""
    return not facts.resident


def is_documented(facts: Facts, on: date, rules: DutyRules) -> bool:
    """Whether basic education was finished by the day."""
    return any(kind in rules.basic_documents and issued_on <= on for kind, issued_on in facts.documents)


def is_exempt(facts: Facts, on: date, rules: DutyRules) -> bool:
    """Whether an exemption is in force on the day."""
    return any(begun <= on and (until is None or on <= until) for begun, until in facts.exemptions)


def is_enrolled(facts: Facts, on: date, rules: DutyRules) -> bool:
    """Whether an affiliation fulfils the duty on the day."""
    return any(fulfils(stay, on, rules) for stay in facts.stays)


# In this order the rules are looked at; the first one that applies settles that the child is not in the register.
RULES: tuple[tuple[str, Callable[[Facts, date, DutyRules], bool]], ...] = (
    (NOT_ALIVE, is_dead),
    (OUTSIDE_AGE, is_outside_age),
    (NO_RESIDENCE, has_no_residence),
    (DOCUMENTED, is_documented),
    (EXEMPT, is_exempt),
    (ENROLLED, is_enrolled),
)


def judge(facts: Facts, on: date, rules: DutyRules) -> Verdict:
    """Whether a child belongs to the register on a day, by which rule, and for which reason."""
    for name, applies in RULES:
        if applies(facts, on, rules):
            return Verdict(name, None)
    return Verdict(None, reason(facts.stays, on, rules))


def reason(stays: Sequence[Stay], on: date, rules: DutyRules) -> str:
    """Why a child is in no school: by the qualifying affiliation that began last, or because there was none."""
    begun = [stay for stay in stays if stay.status != IN_ERROR and stay.first <= on]
    counting = [stay for stay in begun if qualifies(stay, rules)]
    if any(_is_there(stay, on) and _suspended_too_long(stay, on, rules) for stay in counting):
        return SUSPENDED_TOO_LONG
    if counting:
        latest = max(counting, key=lambda stay: (stay.last or date.max, stay.first, stay.end_reason == TRANSFERRED))
        return TRANSFER_UNCONFIRMED if latest.end_reason == TRANSFERRED else LEFT_UNKNOWN
    return NON_QUALIFYING_ONLY if begun else NEVER_ENROLLED


def _is_there(stay: Stay, on: date) -> bool:
    return stay.first <= on and (stay.last is None or on <= stay.last)


def _suspended_too_long(stay: Stay, on: date, rules: DutyRules) -> bool:
    return stay.status == SUSPENDED and (on - (stay.suspended_on or stay.first)).days > rules.suspended_days
