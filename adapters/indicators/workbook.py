"""The yearly workbook (gada darbgrāmata): one sheet a question, each a table of core.indicators.shown and nothing else.

The same figures make the same file, byte by byte: there is no clock in it and no order by chance.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from adapters.contracts import Contracts
from adapters.indicators import columns as c
from adapters.indicators.columns import Measure, Row, Value
from adapters.indicators.meanings import meaning
from adapters.indicators.provenance import coverage_sheet, definitions_sheet, revisions_sheet, standing
from adapters.indicators.sheets import BEFORE_COLOUR, Book, Column, Series
from adapters.indicators.words import OUTCOMES, Language, Titles, Word, month, service_title
from core.indicators.coverage import MonthCoverage
from core.indicators.months import begin
from core.indicators.shown import Figure, Revision, figures
from core.indicators.statements import DIMENSIONS

TITLE = "VIIS: pakalpojumu izmantošana / use of services"
TOP = 10
Key = tuple[Any, ...]


class Year(NamedTuple):
    """What a workbook is made of (pārskata gads): the year's revision, the newest one of the year before, how complete the log was."""

    session: Session
    now: Revision
    before: Revision | None
    coverage: Sequence[MonthCoverage]

    @property
    def over(self) -> bool:
        """Whether all of the year was counted."""
        return self.now.until >= begin(self.now.year + 1)

    def by(self, *dimensions: str) -> dict[Key, Figure]:
        """This year's figures by their key."""
        found = _keyed(figures(self.session, self.now, dimensions), dimensions)
        return {key: found[key] for key in c.in_order(found)}

    def rows(self, *dimensions: str) -> dict[Key, Row]:
        """Figures of both years, side by side."""
        now = self.by(*dimensions)
        before = {} if self.before is None else _keyed(figures(self.session, self.before, dimensions), dimensions)
        return {key: self._row(now.get(key), before.get(key)) for key in c.in_order({*now, *before})}

    def month_over(self, number: int) -> bool:
        """Whether all of a month was counted."""
        return self.now.until >= begin(self.now.year, number + 1)

    def _row(self, now: Figure | None, before: Figure | None) -> Row:
        month = (now or before or NOTHING).month
        return Row(now or NOTHING, before, self.over if month is None else self.month_over(month))


NOTHING = Figure(None, None, None, None, None, 0, 0, 0, 0, "0", "0", "0", "0", 0, 0, 0, ())


def _keyed(found: Iterator[Figure], dimensions: Sequence[str]) -> dict[Key, Figure]:
    return {tuple(getattr(figure, dimension) for dimension in dimensions): figure for figure in found}


def write_workbook(year: Year, contracts: Contracts, language: Language, path: Path) -> None:
    """Writes the file."""
    book = Book(str(path), language, year.now.counted_at.astimezone(UTC).replace(tzinfo=None, microsecond=0), TITLE, "VIIS")
    titles = Titles(contracts)
    _summary(book, year)
    _operations(book, year, titles)
    _months(book, year)
    names = Word("Operācijas pa mēnešiem", "Operations by month")
    _by_month(book, year, names, {"service": c.SERVICE, "operation": c.OPERATION})
    _consumers(book, year)
    _by_month(book, year, Word("Patērētāji pa mēnešiem", "Consumers by month"), {"consumer": c.CONSUMER})
    _failures(book, year)
    _durations(book, year)
    coverage_sheet(book, year.coverage)
    revisions_sheet(book, year.session, year.now)
    _all(book, year)
    definitions_sheet(book, year.now, year.before)
    book.close()


def _names(year: Year) -> tuple[str, str]:
    return str(year.now.year), str(year.now.year - 1)


def _both_years(year: Year, keys: Sequence[Column], measures: Sequence[Measure]) -> list[Series]:
    now, before = _names(year)
    series = [Series(now, c.place(keys, measures, c.CALLS))]
    return series if year.before is None else [Series(before, c.place(keys, measures, c.BEFORE), BEFORE_COLOUR), *series]


def _summary(book: Book, year: Year) -> None:
    keys = (c.SERVICE, c.SERVICE_TITLE)
    measures = (*c.COMPARED, *c.ENDED, c.FAILED_SHARE, c.MEDIAN, c.P95, c.PERSONS)
    sheet = book.sheet(Word("Kopsavilkums", "Summary"), [*keys, *c.columns(measures)])
    number = year.now.year
    lv = f"Valsts izglītības informācijas sistēmas pakalpojumu izmantošana {number}. gadā"
    words = Word(lv, f"Use of the services of the state education information system in {number}")
    sheet.say(words.en if book.language.name == "en" else words.lv, book.title)
    if book.language.both:
        sheet.say(words.en, book.second_title)
    for sentence, alarming in standing(year.now, year.before, year.coverage):
        sheet.say(book.language.line(sentence), book.warning if alarming else book.note)
    sheet.row += 1
    line = book.language.line
    rows = [[service, line(service_title(service)), *c.measured(measures, row)] for (service,), row in year.rows("service").items()]
    [(_, whole)] = year.rows().items() or [((), Row(NOTHING, None, False))]
    services = sheet.table(rows, total=[line(Word("Kopā", "Total")), "", *c.measured(measures, whole)])
    by_month = (c.MONTH, c.MONTH_NUMBER, *c.columns(c.COMPARED))
    table = sheet.table(_month_rows(book, year, c.COMPARED), columns=by_month)
    labels = _month_labels(book)
    sheet.chart("column", Word("Izsaukumi pa mēnešiem", "Calls by month"), table, labels, _both_years(year, by_month[:2], c.COMPARED))
    sheet.chart("bar", Word("Izsaukumi pa pakalpojumiem", "Calls by service"), services, 0, _both_years(year, keys, measures), right=True)
    sheet.after_charts()


def _month_labels(book: Book) -> int:
    """The column that names months in a chart: in two languages a name is too long, and the number says as much."""
    return 1 if book.language.both else 0


def _month_rows(book: Book, year: Year, measures: Sequence[Measure]) -> Iterator[list[Value]]:
    rows = year.rows("month")
    for number in range(1, 13):
        row = rows.get((number,), Row(NOTHING, None, year.month_over(number)))
        if year.now.until <= begin(year.now.year, number):
            row = row._replace(now=None)
        yield [book.language.line(month(number)), number, *c.measured(measures, row)]


def _operations(book: Book, year: Year, titles: Titles) -> None:
    keys = (c.SERVICE, c.OPERATION, c.OPERATION_TITLE)
    measures = (*c.COMPARED, *c.ENDED, c.FAILED_SHARE, *c.SIZES)
    sheet = book.sheet(Word("Operācijas", "Operations"), [*keys, *c.columns(measures)])
    sheet.table(
        (
            [service, operation, book.language.line(titles.of(service, operation)), *c.measured(measures, row)]
            for (service, operation), row in year.rows("service", "operation").items()
        ),
        filtered=True,
    )


def _months(book: Book, year: Year) -> None:
    keys = (c.MONTH, c.MONTH_NUMBER)
    measures = (*c.COMPARED, *c.ENDED, c.FAILED_SHARE, c.MEDIAN, c.P95, *c.SIZES)
    sheet = book.sheet(Word("Mēneši", "Months"), [*keys, *c.columns(measures)])
    table = sheet.table(_month_rows(book, year, measures), filtered=True)
    labels = _month_labels(book)
    sheet.chart("column", Word("Izsaukumi pa mēnešiem", "Calls by month"), table, labels, _both_years(year, keys, measures))
    bad = [
        Series(book.language.line(measure.column.title), c.place(keys, measures, measure), colour)
        for measure, colour in ((c.REFUSED, "#F4B183"), (c.FAILED, "#C00000"))
    ]
    sheet.chart("column", Word("Atteikti un neizdevušies pa mēnešiem", "Refused and failed by month"), table, labels, bad, right=True)
    sheet.after_charts()


def _by_month(book: Book, year: Year, name: Word, keys: dict[str, Column]) -> None:
    """Calls by operation or consumer, with a column for each month."""
    months = [Column(Word(month(number).lv[:3], month(number).en[:3]), 11) for number in range(1, 13)]
    sheet = book.sheet(name, [*keys.values(), *months, c.CALLS.column])
    counted: dict[Key, list[int]] = {}
    for (*key, number), figure in year.by(*keys, "month").items():
        counted.setdefault(tuple(key), [0] * 12)[number - 1] = figure.calls
    sheet.table(([*key, *calls, sum(calls)] for key, calls in counted.items()), filtered=True)


def _consumers(book: Book, year: Year) -> None:
    keys = (c.CONSUMER, c.MEMBER_CLASS, c.MEMBER, c.SUBSYSTEM)
    measures = (*c.COMPARED, *c.ENDED, c.FAILED_SHARE, c.MEDIAN, c.P95, *c.SIZES)
    sheet = book.sheet(Word("Patērētāji", "Consumers"), [*keys, *c.columns(measures)])
    rows = sorted(year.rows("consumer").items(), key=lambda item: (-_calls(item[1]), item[0]))
    table = sheet.table(([*_consumer(path), *c.measured(measures, row)] for (path,), row in rows), filtered=True)
    top = table._replace(last=min(table.last, table.first + TOP - 1))
    title = Word("Patērētāji ar visvairāk izsaukumiem", "Consumers with most calls")
    sheet.chart("bar", title, top, 0, _both_years(year, keys, measures))
    sheet.after_charts()


def _calls(row: Row) -> int:
    return 0 if row.now is None else row.now.calls


def _consumer(path: str) -> tuple[str, str, str, str]:
    """The path, and its class, member and subsystem when it has them."""
    _, member_class, member, subsystem = (*path.split("/", 3), "", "", "", "")[:4]
    return path, member_class, member, subsystem


def _failures(book: Book, year: Year) -> None:
    line = book.language.line
    share_of_all = Column(Word("Daļa no izsaukumiem", "Share of the calls"), 15, "percent")
    keys = (c.SERVICE, c.OPERATION, c.OUTCOME, c.CODE, c.MEANING)
    own = [*keys, c.CALLS.column, share_of_all]
    sheet = book.sheet(Word("Atteikumi un kļūmes", "Failures"), own)
    lines = [
        (figure.calls, service, operation, reason)
        for (service, operation), figure in year.by("service", "operation").items()
        for reason in sorted(figure.reasons, key=lambda one: (-one.calls, one.code))
    ]
    sheet.table(
        (
            [service, operation, line(OUTCOMES[one.outcome]), one.code, line(meaning(one.code)), one.calls, one.calls / calls]
            for calls, service, operation, one in lines
        ),
        filtered=True,
    )
    whole = year.by().get((), NOTHING)
    sheet.say(line(Word("Visi pakalpojumi kopā", "All services together")), book.heading)
    why = sorted(whole.reasons, key=lambda one: (-one.calls, one.code))
    table = sheet.table(
        (["", "", line(OUTCOMES[one.outcome]), one.code, line(meaning(one.code)), one.calls, one.calls / whole.calls] for one in why),
        columns=own,
    )
    if why:
        top = table._replace(last=min(table.last, table.first + TOP - 1))
        sheet.chart("bar", Word("Biežākie iemesli", "Commonest reasons"), top, 3, [Series(str(year.now.year), len(keys), "#C00000")])
        sheet.after_charts()


def _durations(book: Book, year: Year) -> None:
    keys = (c.SERVICE, c.OPERATION, c.CHANNEL)
    measures = (c.CALLS, *c.TIMES, c.MEDIAN_BEFORE, c.P95_BEFORE)
    sheet = book.sheet(Word("Ilgumi", "Durations"), [*keys, *c.columns(measures)])
    rows = year.rows(*("service", "operation", "channel"))
    by_calls = sorted(rows.items(), key=lambda item: (-_calls(item[1]), item[0]))
    table = sheet.table(([*key, *c.measured(measures, row)] for key, row in by_calls), filtered=True)
    top = table._replace(last=min(table.last, table.first + TOP - 1))
    times = [
        Series(book.language.line(measure.column.title), c.place(keys, measures, measure), colour)
        for measure, colour in ((c.MEDIAN, BEFORE_COLOUR), (c.P95, "#1F4E79"))
    ]
    title = Word("Biežāk izsaukto operāciju ilgums, ms", "Duration of the operations called most, ms")
    sheet.chart("bar", title, top, 1, times)
    sheet.after_charts()


def _all(book: Book, year: Year) -> None:
    keys = (c.SERVICE, c.OPERATION, c.CHANNEL, c.CONSUMER, c.MONTH_NUMBER)
    measures = (c.CALLS, *c.ENDED, *c.TIMES, *c.SIZES)
    sheet = book.sheet(Word("Dati", "Data"), [*keys, *c.columns(measures)])
    found = figures(year.session, year.now, DIMENSIONS)
    sheet.table(([*figure[: len(keys)], *c.measured(measures, Row(figure, None, False))] for figure in found), filtered=True)
