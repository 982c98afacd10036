"""A sheet of the workbook (darblapa): headings, tables, charts, and how it is printed. What stands in it is not known here.

Rows are written from the top down and nothing is kept of them, so a sheet costs no memory however long it is.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from textwrap import wrap
from typing import Any, NamedTuple

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from adapters.indicators.words import Language, Word

NOW_COLOUR, BEFORE_COLOUR, HEAD_COLOUR, FAINT = "#1F4E79", "#9DC3E6", "#DDEBF7", "#595959"
# A chart's size in pixels; two stand side by side on a page.
CHART_WIDTH, CHART_HEIGHT, CHART_ROWS = 620, 330, 18
# A line's height in points; kinds of columns that stand to the left.
LINE, TEXTS = 15, ("text", "wrapped", "instant", "number")
NUMBERS = {
    "text": "@",
    "count": "#,##0",
    "percent": "0.0%",
    "coverage": "0.00%",
    "change": "+0.0%;-0.0%;0.0%",
    "ms": "#,##0.0",
    "megabytes": "#,##0.0,,",
    "instant": "dd.mm.yyyy hh:mm",
    "number": "0",
}


class Column(NamedTuple):
    """A column (kolonna): its heading, its width in letters, what kind of values it holds."""

    title: Word
    width: float
    kind: str = "count"


class Series(NamedTuple):
    """A row of values in a chart: its name, its column, its colour."""

    name: str
    column: int
    colour: str = NOW_COLOUR


class Block(NamedTuple):
    """Where a table stands (tabulas vieta): its first and its last row with values."""

    first: int
    last: int


class Book:
    """The workbook and the looks of its cells."""

    def __init__(self, path: str, language: Language, created: datetime, title: str, author: str) -> None:
        self._book = xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False})
        # The same figures make the same file: its time is the figures', not the clock's.
        self._book.set_properties({"title": title, "author": author, "company": "", "comments": "", "created": created})
        self.language = language
        self.cells = {kind: self._format(num_format=shape, valign="vcenter") for kind, shape in NUMBERS.items()}
        self.totals = {kind: self._format(num_format=shape, bold=True, top=1, valign="vcenter") for kind, shape in NUMBERS.items()}
        self.cells["wrapped"] = self._format(num_format="@", text_wrap=True, valign="vcenter")
        for kind in ("instant", "number"):
            self.cells[kind].set_align("left")
        # Where there is no number stands a dash, and below numbers.
        for looks_of in (self.cells, self.totals):
            for kind in NUMBERS.keys() - set(TEXTS):
                looks_of[kind].set_align("right")
        looks = {"bold": True, "text_wrap": True, "bg_color": HEAD_COLOUR, "bottom": 1, "valign": "vcenter"}
        self.head, self.head_of_numbers = self._format(**looks), self._format(**looks, align="right")
        self.title = self._format(bold=True, font_size=16, font_color=NOW_COLOUR)
        self.second_title = self._format(font_size=12, font_color=FAINT)
        self.heading = self._format(bold=True, font_size=12, font_color=NOW_COLOUR)
        self.note = self._format(font_color=FAINT)
        self.warning = self._format(bold=True, font_color="#C00000")

    def _format(self, **looks: Any) -> Format:
        return self._book.add_format(looks)

    def sheet(self, name: Word, columns: Sequence[Column]) -> "Sheet":
        """A new sheet at the end."""
        return Sheet(self, self._book.add_worksheet(self.language.sheet(name)), columns)

    def chart(self, options: dict[str, str]) -> Any:
        """A chart that is to be put on a sheet."""
        return self._book.add_chart(options)

    def close(self) -> None:
        """Writes the file; OSError when it cannot be."""
        try:
            self._book.close()
        except FileCreateError as error:
            [why] = error.args
            raise why from None


class Sheet:
    """One sheet, written from the top down; `row` is the next one."""

    def __init__(self, book: Book, sheet: Worksheet, columns: Sequence[Column]) -> None:
        self._book, self._sheet, self._columns, self.row = book, sheet, columns, 0
        for number, column in enumerate(columns):
            sheet.set_column(number, number, column.width)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&8&A&R&8&P / &N")
        sheet.hide_gridlines(2)

    def say(self, text: str, looks: Format | None = None) -> None:
        """One line of text."""
        self._sheet.write_string(self.row, 0, text, looks or self._book.note)
        self.row += 1

    def pair(self, name: str, value: str) -> None:
        """A name and what it is, in two cells."""
        self._sheet.write_string(self.row, 0, name, self._book.cells["text"])
        self._sheet.write_string(self.row, 1, value, self._book.cells["text"])
        self.row += 1

    def table(
        self,
        rows: Iterable[Sequence[Any]],
        *,
        columns: Sequence[Column] | None = None,
        total: Sequence[Any] | None = None,
        filtered: bool = False,
    ) -> Block:
        """A table with its headings, then an empty row; a `filtered` one is the sheet's own, whose headings stay in sight."""
        shown = columns or self._columns
        head = self.row
        headings = [self._book.language.head(column.title) for column in shown]
        self._sheet.set_row(head, self._height(headings) + 4)
        for number, (heading, column) in enumerate(zip(headings, shown, strict=True)):
            self._sheet.write_string(head, number, heading, self._book.head if column.kind in TEXTS else self._book.head_of_numbers)
        self.row += 1
        for row in rows:
            self._write(row, shown, self._book.cells)
        last = self.row - 1
        if total is not None:
            self._write(total, shown, self._book.totals)
        if filtered:
            self._sheet.autofilter(head, 0, max(last, head), len(shown) - 1)
            self._sheet.freeze_panes(head + 1, 0)
            self._sheet.repeat_rows(head)
        self.row += 1
        return Block(head + 1, last)

    def _height(self, texts: Sequence[str]) -> float:
        """Of a row, in points: programs that open the file do not all find it themselves."""
        return LINE * max(_lines(text, column.width) for text, column in zip(texts, self._columns, strict=False))

    def _write(self, row: Sequence[Any], columns: Sequence[Column], looks: dict[str, Format]) -> None:
        if any(column.kind == "wrapped" for column in columns):
            self._sheet.set_row(self.row, self._height(row))
        for number, (value, column) in enumerate(zip(row, columns, strict=True)):
            look = looks.get(column.kind, looks["text"])
            if value is None and column.kind in ("change", "percent", "coverage"):
                self._sheet.write_string(self.row, number, "–", look)
            elif value in (None, ""):
                self._sheet.write_blank(self.row, number, None, look)
            elif isinstance(value, datetime):
                self._sheet.write_datetime(self.row, number, value, look)
            elif isinstance(value, str):
                self._sheet.write_string(self.row, number, value, look)
            else:
                self._sheet.write_number(self.row, number, value, look)
        self.row += 1

    def chart(self, kind: str, title: Word, block: Block, labels: int, series: Sequence[Series], *, right: bool = False) -> None:
        """A chart of a table's columns, `right` of another one; room for it is made by `after_charts`."""
        chart = self._book.chart({"type": kind})
        name = self._sheet.get_name()
        for one in series:
            chart.add_series(
                {
                    "name": one.name,
                    "categories": [name, block.first, labels, block.last, labels],
                    "values": [name, block.first, one.column, block.last, one.column],
                    "fill": {"color": one.colour},
                    "border": {"none": True},
                    "gap": 60,
                }
            )
        chart.set_title({"name": self._book.language.line(title), "name_font": {"size": 11, "bold": True}, "overlay": False})
        lines = {"major_gridlines": {"visible": True, "line": {"color": "#D9D9D9", "width": 0.5}}}
        values = {"num_format": NUMBERS["count"], "num_font": {"size": 8}, **lines}
        names = {"num_font": {"size": 8}, "major_gridlines": {"visible": False}}
        if kind == "bar":
            # The first row of the table stands at the top.
            names |= {"reverse": True, "crossing": "max"}
            chart.set_x_axis(values)
            chart.set_y_axis(names)
        else:
            chart.set_x_axis(names)
            chart.set_y_axis(values)
        chart.set_legend({"none": True} if len(series) == 1 else {"position": "bottom", "font": {"size": 9}})
        chart.set_size({"width": CHART_WIDTH, "height": CHART_HEIGHT})
        self._sheet.insert_chart(self.row, 0, chart, {"x_offset": CHART_WIDTH + 20 if right else 0, "y_offset": 4})

    def after_charts(self) -> None:
        """Goes on below the charts."""
        self.row += CHART_ROWS


def _lines(text: str, width: float) -> int:
    """How many lines a text takes, broken between words where the column ends; bold letters are a little wider."""
    return sum(len(wrap(part, max(1, int(width * 0.9)))) for part in text.split("\n"))
