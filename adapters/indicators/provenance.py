"""Where the figures come from and how far they may be believed (rādītāju izcelsme): standing, coverage, revisions, definitions."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from adapters.indicators.definitions import DEFINITIONS
from adapters.indicators.sheets import Book, Column, Series, Sheet
from adapters.indicators.words import GAPS, Word, month
from core.indicators.changed import Change, changes
from core.indicators.coverage import MonthCoverage
from core.indicators.keeping import FIRST
from core.indicators.shown import Revision, revisions
from core.reading import RIGA

ACT = Word(
    "Ministru kabineta noteikumi Nr. 276 (25.06.2019) “Valsts izglītības informācijas sistēmas noteikumi”",
    "Cabinet Regulation No. 276 (25.06.2019), on the State Education Information System",
)
COUNTS = (
    (Word("Izsaukumi", "Calls"), "calls"),
    (Word("Atbildēti", "Answered"), "answered"),
    (Word("Atteikti", "Refused"), "refused"),
    (Word("Neizdevušies", "Failed"), "failed"),
    (Word("Personu rādījumi", "Persons shown"), "persons"),
)


def standing(now: Revision, before: Revision | None, coverage: Sequence[MonthCoverage]) -> Iterator[tuple[Word, bool]]:
    """Sentences below the title: frozen or provisional, how complete the log was, what it is compared with; True for a warning."""
    counted, until = _written(now.counted_at), _written(now.until)
    if now.provisional:
        lv = f"PROVIZORISKI: izsaukumi līdz {until}, saskaitīti {counted}; gads nav iesaldēts"
        yield Word(lv, f"PROVISIONAL: calls up to {until}, counted on {counted}; the year is not frozen"), True
    else:
        lv = f"Iesaldēts: {now.revision}. redakcija, saskaitīta {counted}"
        yield Word(lv, f"Frozen: revision {now.revision}, counted on {counted}"), False
    if now.reason:
        yield Word(f"Labojuma iemesls: {now.reason}", f"Reason of the correction: {now.reason}"), True
    hours, complete = sum(one.hours for one in coverage), sum(one.complete for one in coverage)
    share = 100 * complete / hours if hours else 0.0
    text = f"{share:.2f}"
    lv = f"Žurnāls ir pilnīgs {complete} no {hours} stundām ({text.replace('.', ',')} %)"
    yield Word(lv, f"The log is complete in {complete} of {hours} hours ({text} %)"), complete < hours
    if before is None:
        yield Word("Iepriekšējais gads nav skaitīts", "The year before was not counted"), False
    else:
        what = ("provizoriski", "provisional") if before.provisional else (f"{before.revision}. redakcija", f"revision {before.revision}")
        yield Word(f"Salīdzināts ar {before.year}. gadu ({what[0]})", f"Compared with {before.year} ({what[1]})"), False


def coverage_sheet(book: Book, coverage: Sequence[MonthCoverage]) -> None:
    """Hours in which the log is complete, by month, and the times in which it is not."""
    line = book.language.line
    columns = (
        Column(Word("Mēnesis", "Month"), 64, "text"),
        Column(Word("Mēneša numurs", "Number of the month"), 20, "number"),
        Column(Word("Stundas, kas pagājušas", "Hours that have passed"), 22),
        Column(Word("Pilnīgas", "Complete"), 14),
        Column(Word("Pilnīgas, %", "Complete, %"), 14, "coverage"),
        Column(Word("Nepilnīgas", "Not complete"), 14),
        Column(Word("Bez darbības", "Idle"), 14),
        Column(Word("Zināmi zaudēti izsaukumi", "Calls known to be lost"), 24),
    )
    sheet = book.sheet(Word("Pārklājums", "Coverage"), columns)
    hours, complete, idle, lost = (sum(getattr(one, name) for one in coverage) for name in ("hours", "complete", "idle", "lost"))
    whole = MonthCoverage(0, hours, complete, idle, lost, ())
    table = sheet.table(
        ([line(month(one.month)), one.month, *_hours(one)] for one in coverage), total=[line(Word("Kopā", "Total")), None, *_hours(whole)]
    )
    sheet.say(line(Word("Laiki, kad žurnāls nav pilnīgs (Rīgas laiks)", "When the log is not complete (time of Riga)")), book.heading)
    shape = (
        Column(Word("Kāpēc", "Why"), 0, "text"),
        Column(Word("No", "From"), 0, "instant"),
        Column(Word("Līdz", "To"), 0, "instant"),
        Column(Word("Stundas", "Hours"), 0),
    )
    times = [(datetime.fromisoformat(gap.from_at), datetime.fromisoformat(gap.to_at), gap.why) for one in coverage for gap in one.gaps]
    sheet.table(
        ([line(GAPS[why]), _local(begun), _local(over), int((over - begun).total_seconds()) // 3600] for begun, over, why in times),
        columns=shape,
    )
    if coverage:
        title = Word("Nepilnīgās stundas pa mēnešiem", "Hours that are not complete, by month")
        sheet.chart("column", title, table, 1 if book.language.both else 0, [Series(line(columns[5].title), 5, "#C00000")])
        sheet.after_charts()


def _hours(one: MonthCoverage) -> list[int | float | None]:
    """Hours that have passed, were complete (and which part that is), were not, in which nothing ran; lost calls."""
    return [one.hours, one.complete, one.complete / one.hours if one.hours else None, one.hours - one.complete, one.idle, one.lost]


def revisions_sheet(book: Book, session: Session, of: Revision) -> None:
    """All counts of the year, and which figures the one that is shown changed."""
    line = book.language.line
    shape = (
        Column(Word("Redakcija", "Revision"), 24, "number"),
        Column(Word("Saskaitīta (Rīgas laiks)", "Counted on (time of Riga)"), 32, "instant"),
        Column(Word("Izsaukumi līdz", "Calls up to"), 18, "instant"),
        Column(Word("Iemesls", "Reason"), 42, "text"),
        Column(Word("Definīcijas", "Definitions"), 19, "text"),
        Column(Word("Programma", "Program"), 19, "text"),
        Column(Word("Šajā darbgrāmatā", "In this workbook"), 19, "text"),
    )
    widths = [*shape, *(Column(Word("", ""), 19) for _ in range(8))]
    sheet = book.sheet(Word("Redakcijas", "Revisions"), widths)
    rows = [
        [
            one.revision,
            _local(one.counted_at),
            _local(one.until),
            line(Word("provizoriski", "provisional")) if one.provisional else one.reason,
            one.definitions,
            one.program,
            line(Word("jā", "yes")) if one.revision == of.revision else "",
        ]
        for one in revisions(session, of.year)
    ]
    sheet.table(rows, columns=shape)
    found = changes(session, of)
    before, number = of.revision - 1, len(found)
    words = (f"Mainītie rādītāji pret {before}. redakciju: {number}", f"Figures changed from revision {before}: {number}")
    if of.revision <= FIRST:
        words = ("Šī ir pirmā redakcija, nekas nav mainīts", "This is the first revision, nothing was changed")
    sheet.say(line(Word(*words)), book.heading)
    if found:
        _changed_table(book, sheet, found)


def _changed_table(book: Book, sheet: Sheet, found: Sequence[Change]) -> None:
    keys = (("Pakalpojums", "Service"), ("Operācija", "Operation"), ("Kanāls", "Channel"), ("Patērētājs", "Consumer"))
    shape = [Column(Word(*words), 0, "text") for words in keys] + [Column(Word("Mēnesis", "Month"), 0, "number")]
    for word, _ in COUNTS:
        shape += [Column(Word(f"{word.lv}: bija", f"{word.en}: before"), 0), Column(Word(f"{word.lv}: tagad", f"{word.en}: now"), 0)]
    sheet.table([list(change) for change in found], columns=shape)


def definitions_sheet(book: Book, now: Revision, before: Revision | None) -> None:
    """Each figure defined, and what this workbook was made from."""
    line = book.language.line
    text = Word("Definīcija", "Definition")
    wanted = [Word(text.lv, text.lv), Word(text.en, text.en)] if book.language.both else [text]
    columns = [
        Column(Word("Rādītājs", "Figure"), 58, "wrapped"),
        *(Column(word, 76, "wrapped") for word in wanted),
        Column(Word("Avots", "Source"), 44, "wrapped"),
    ]
    sheet = book.sheet(Word("Definīcijas", "Definitions"), columns)

    def said(word: Word) -> list[str]:
        return [word.lv, word.en] if book.language.both else [line(word)]

    sheet.table(([line(term), *said(meaning), source] for term, meaning, source in DEFINITIONS), filtered=True)
    sheet.say(line(Word("Izcelsme", "Provenance")), book.heading)
    compared = "–" if before is None else f"{before.year}, {before.revision}"
    facts = (
        (Word("Gads, redakcija", "Year, revision"), f"{now.year}, {now.revision}"),
        (Word("Saskaitīts (Rīgas laiks)", "Counted on (time of Riga)"), _written(now.counted_at)),
        (Word("Salīdzināts ar (gads, redakcija)", "Compared with (year, revision)"), compared),
        (Word("Definīciju redakcija", "Version of the definitions"), now.definitions),
        (Word("Programma, kas skaitīja", "Program that counted"), f"VIIS {now.program}"),
        (Word("Tie paši rādītāji", "The same figures"), "X-Road: indicators, getServiceIndicators v1"),
        (Word("Normatīvais akts", "Regulation"), line(ACT)),
    )
    for word, value in facts:
        sheet.pair(line(word), value)


def _local(instant: datetime) -> datetime:
    """An instant as a clock in Riga shows it; a spreadsheet knows no zones."""
    return instant.astimezone(RIGA).replace(tzinfo=None, microsecond=0)


def _written(instant: datetime) -> str:
    return f"{instant.astimezone(RIGA):%d.%m.%Y %H:%M}"
