"""Columns of the workbook (darbgrāmatas kolonnas): what is told of a row, and how its value comes from the figures."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from adapters.indicators.sheets import Column
from adapters.indicators.words import Word
from core.indicators.shown import Figure

Value = str | int | float | None


class Row(NamedTuple):
    """A row's figures (rinda): of this year, of the year before, and whether the two can be compared."""

    now: Figure | None
    before: Figure | None
    comparable: bool


class Measure(NamedTuple):
    """A column of numbers (rādītājs)."""

    column: Column
    value: Callable[[Row], Value]


def _of(name: str) -> Callable[[Row], Value]:
    """A number of calls or bytes; nothing when there were no calls."""
    return lambda row: None if row.now is None else int(getattr(row.now, name))


def _time(name: str, *, before: bool = False) -> Callable[[Row], Value]:
    def value(row: Row) -> Value:
        figure = row.before if before else row.now
        return None if figure is None or figure.calls == 0 else float(getattr(figure, name))

    return value


def _before(row: Row) -> Value:
    return None if row.before is None else row.before.calls


def _change(row: Row) -> Value:
    if row.now is None or row.before is None or row.before.calls == 0 or not row.comparable:
        return None
    return row.now.calls / row.before.calls - 1


def _failed_share(row: Row) -> Value:
    return None if row.now is None or row.now.calls == 0 else (row.now.refused + row.now.failed) / row.now.calls


def _measure(lv: str, en: str, width: float, kind: str, value: Callable[[Row], Value]) -> Measure:
    return Measure(Column(Word(lv, en), width, kind), value)


CALLS = _measure("Izsaukumi", "Calls", 13, "count", _of("calls"))
BEFORE = _measure("Gadu iepriekš", "Year before", 13, "count", _before)
CHANGE = _measure("Izmaiņa", "Change", 10, "change", _change)
ANSWERED = _measure("Atbildēti", "Answered", 13, "count", _of("answered"))
REFUSED = _measure("Atteikti", "Refused", 11, "count", _of("refused"))
FAILED = _measure("Neizdevušies", "Failed", 13, "count", _of("failed"))
FAILED_SHARE = _measure("Atteikti un neizdevušies, %", "Refused and failed, %", 19, "percent", _failed_share)
MEAN = _measure("Vidējais, ms", "Mean, ms", 14, "ms", _time("duration_mean"))
MEDIAN = _measure("Mediāna, ms", "Median, ms", 14, "ms", _time("duration_median"))
P95 = _measure("95. procentile, ms", "95th percentile, ms", 18, "ms", _time("duration_p95"))
P99 = _measure("99. procentile, ms", "99th percentile, ms", 18, "ms", _time("duration_p99"))
MEDIAN_BEFORE = _measure("Mediāna gadu iepriekš, ms", "Median, year before, ms", 18, "ms", _time("duration_median", before=True))
P95_BEFORE = _measure("95. procentile gadu iepriekš, ms", "95th percentile, year before, ms", 18, "ms", _time("duration_p95", before=True))
REQUESTS = _measure("Pieprasījumi, MB", "Requests, MB", 14, "megabytes", _of("request_bytes"))
ANSWERS = _measure("Atbildes, MB", "Answers, MB", 13, "megabytes", _of("answer_bytes"))
PERSONS = _measure("Personu rādījumi", "Persons shown", 17, "count", _of("persons"))

COMPARED = (CALLS, BEFORE, CHANGE)
ENDED = (ANSWERED, REFUSED, FAILED)
TIMES = (MEAN, MEDIAN, P95, P99)
SIZES = (REQUESTS, ANSWERS, PERSONS)

SERVICE = Column(Word("Pakalpojums", "Service"), 24, "text")
SERVICE_TITLE = Column(Word("Pakalpojuma nosaukums", "Title of the service"), 62, "text")
OPERATION = Column(Word("Operācija", "Operation"), 32, "text")
OPERATION_TITLE = Column(Word("Operācijas nosaukums", "Title of the operation"), 58, "text")
CHANNEL = Column(Word("Kanāls", "Channel"), 12, "text")
CONSUMER = Column(Word("Patērētājs", "Consumer"), 42, "text")
MEMBER_CLASS = Column(Word("Klase", "Class"), 9, "text")
MEMBER = Column(Word("Dalībnieks", "Member"), 18, "text")
SUBSYSTEM = Column(Word("Apakšsistēma", "Subsystem"), 18, "text")
MONTH = Column(Word("Mēnesis", "Month"), 24, "text")
MONTH_NUMBER = Column(Word("Mēneša numurs", "Number of the month"), 12, "number")
OUTCOME = Column(Word("Iznākums", "Outcome"), 22, "text")
CODE = Column(Word("Kods", "Code"), 16, "text")
MEANING = Column(Word("Nozīme", "Meaning"), 88, "text")


def measured(measures: Sequence[Measure], row: Row) -> list[Value]:
    """A row's numbers."""
    return [measure.value(row) for measure in measures]


def columns(measures: Sequence[Measure]) -> list[Column]:
    """Their columns."""
    return [measure.column for measure in measures]


def place(keys: Sequence[Column], measures: Sequence[Measure], wanted: Measure) -> int:
    """The number of a measure's column."""
    return len(keys) + list(measures).index(wanted)


def in_order(keys: Iterable[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Keys of rows as they follow each other; what is not known comes last."""
    return sorted(keys, key=lambda key: tuple((part == "", part) for part in key))
