"""What a result may say (rezultātu noteikumi): its kind, scale, value and parts, and whether it passes by the threshold of its year."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple, Protocol

from core import codes
from core.errors import InvalidResult, UnknownCode
from core.examinations.scales import CEFR, LETTERS, LEVELS, PERCENT, percentage, plain, written

CENTRAL, INTERNATIONAL, BASIC = "CE", "STI", "P"
RESULT, PARTLY_ABSENT, ANNULLED = "result", "partlyAbsent", "annulled"
OUTCOMES = frozenset((RESULT, "absent", PARTLY_ABSENT, "underQuery", "exempt"))
REASONS = frozenset(("appeal", "technical", "annulled", "query"))
# Letters were given up to this school year, percentages from the next one on.
LAST_YEAR_OF_LETTERS = "2011/12"


class Part(Protocol):
    """A part of an examination and its percentage."""

    @property
    def name(self) -> str:
        """What the part is called."""

    @property
    def percent(self) -> str:
        """How much of it was reached."""


class Said(Protocol):
    """What a message says of a result."""

    outcome: str
    scale: str | None
    value: str | None
    cefr_level: str | None
    certificate_number: str | None

    @property
    def parts(self) -> Sequence[Part] | None:
        """The parts of the examination."""


class Value(NamedTuple):
    """What the register keeps of a result (rezultāta vērtība); `passed` is absent where no threshold decides."""

    outcome: str
    scale: str | None
    value: str | None
    cefr: str | None
    parts: list[tuple[str, str]] | None
    certificate: str | None
    threshold: int | None
    passed: bool | None


def judge(said: Said, kind: str, level: str, school_year: str) -> Value:
    """What a result says, in the register's words; InvalidResult when its parts do not fit together."""
    if said.outcome not in OUTCOMES | {ANNULLED}:
        raise InvalidResult("A result is a result, absent, partlyAbsent, underQuery, exempt or, in a correction, annulled.")
    certificate = said.certificate_number.strip() or None if said.certificate_number else None
    parts = _parts(said)
    if said.outcome != RESULT:
        if said.scale or said.value or said.cefr_level or (parts and said.outcome != PARTLY_ABSENT):
            raise InvalidResult("Only a result has a scale, a value and a level; parts stand with a result or with partlyAbsent.")
        return Value(said.outcome, None, None, None, parts, certificate, None, None)
    if not said.scale:
        raise InvalidResult("A result has a scale: it is a part of the value.")
    _check_scale(said, kind, school_year)
    value = written(said.scale, said.value)
    if value is None:
        raise InvalidResult("This scale has no values; say which kind of no result it is.")
    limit = threshold(level, school_year) if kind == CENTRAL and said.scale == PERCENT else None
    passed = None if limit is None else percentage(value) >= limit
    return Value(RESULT, said.scale, value, said.cefr_level or None, parts, certificate, limit, passed)


@cache
def threshold(level: str, school_year: str) -> int | None:
    """The percentage from which an examination of a level is passed in a school year (nokārtošanas slieksnis); None when none is set."""
    stage = "P" if level == BASIC else "S"
    found = {row["code"]: row["threshold_percent"] for row in codes.rows("exam_thresholds")}
    limit = found.get(f"{school_year}-{stage}")
    return None if limit is None else int(limit)


def check_year(school_year: str) -> None:
    """Refuses what is no school year: 2025/26."""
    first, slash, second = school_year.partition("/")
    if not (slash and len(first) == 4 and len(second) == 2 and first.isdigit() and second == f"{(int(first) + 1) % 100:02}"):
        raise UnknownCode("A school year is written as 2025/26.")


def _check_scale(said: Said, kind: str, school_year: str) -> None:
    if said.scale not in {row["code"] for row in _scales()}:
        raise UnknownCode("The code list exam_result_scale does not hold this scale.")
    if kind == CENTRAL:
        if said.scale == LETTERS and school_year > LAST_YEAR_OF_LETTERS:
            raise InvalidResult("Letters were given up to the school year 2011/12.")
        if said.scale == PERCENT and school_year <= LAST_YEAR_OF_LETTERS:
            raise InvalidResult("Percentages are given from the school year 2012/13 on.")
    if said.scale == CEFR and kind != INTERNATIONAL:
        raise InvalidResult("A CEFR level alone is what international language tests give; others have it beside the percentage.")
    if said.cefr_level and (said.scale != PERCENT or said.cefr_level not in LEVELS):
        raise InvalidResult("A CEFR level from A1 to C2 may stand beside a percentage.")


def _parts(said: Said) -> list[tuple[str, str]] | None:
    if not said.parts:
        return None
    names = [part.name.strip() for part in said.parts]
    if not all(names) or len(set(names)) < len(names):
        raise InvalidResult("Each part of an examination has a name of its own.")
    return [(name, plain(percentage(part.percent))) for name, part in zip(names, said.parts, strict=True)]


@cache
def _scales() -> tuple[dict[str, str], ...]:
    return tuple(codes.rows("exam_result_scale"))
