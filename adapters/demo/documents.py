"""Documents of those who finished (izglītības dokumenti): with marks; some replaced, annulled or lost, some from before the register."""

import json
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from adapters.demo.chance import Rarely, around
from adapters.demo.periods import GRADUATED, Period
from adapters.demo.rows import NONE, SENDER, known_between, known_since

# Series that no issuer has.
TYPES = {"21": ("APV", "XA"), "23": ("APV", "XA"), "31": ("ATV", "XV"), "33": ("DPV", "XP")}
SUBJECTS = (
    *("Latviešu valoda", "Matemātika", "Svešvaloda (angļu)", "Vēsture", "Sociālās zinātnes", "Ģeogrāfija", "Bioloģija", "Ķīmija"),
    *("Fizika", "Datorika", "Mūzika", "Literatūra", "Sports un veselība"),
)
PROJECT, LEAST = "Projekta darbs", 4
COMPLETED_YEARS = 2
DUPLICATED, ANNULLED, LOST, EXTRACTED, EXEMPT = 0.01, 0.004, 0.004, 0.003, 0.02


class Issued(NamedTuple):
    """A document as its rows have it (izsniegts dokuments)."""

    identity: int
    institution: str
    document_type: str
    series: str
    issued_on: date
    programme: str | None
    marks: str | None


class Documents:
    """Issues one document after the other, with numbers that follow each other."""

    def __init__(self, seed: int, today: date) -> None:
        self._rng = Random(f"{seed} documents")  # noqa: S311 - a made-up nation has to be the same again
        self._today = today
        self._since = date(today.year - (today.month < 9) - COMPLETED_YEARS + 1, 1, 1)
        shares = (DUPLICATED, ANNULLED, LOST, EXTRACTED, EXEMPT)
        self._duplicated, self._annulled, self._lost, self._extracted, self._exempt = (Rarely(self._rng, share) for share in shares)
        self._rows = self._entries = 0

    def of_period(self, rows: list[str], identity: int, period: Period) -> None:
        """The document with which an affiliation of the last two school years ended, if it did."""
        kind = TYPES.get(period.programme[:2])
        if kind is None or period.status != GRADUATED or period.last is None or period.last < self._since:
            return
        document_type, series = kind
        school = period.institution.number
        self._issue(rows, Issued(identity, school, document_type, series, period.last, period.programme, self._marks()))

    def of_long_ago(self, rows: list[str], identity: int, institution: str, year: int) -> None:
        """A certificate of secondary education of a school year that began then; the register has no marks of it."""
        self._issue(rows, Issued(identity, institution, "ATV", "XV", date(year + 1, 6, 17), None, None))

    def _issue(self, rows: list[str], issued: Issued) -> None:
        """The document, and what became of it: a duplicate instead of it, an annulment, a loss, an extract from it."""
        entry, later = self._entry(), issued.issued_on + timedelta(days=100)
        status = "duplicated" if self._duplicated() else "annulled" if self._annulled() else "lost" if self._lost() else "valid"
        if status == "valid" and self._extracted():
            status = "extracted"
        if status == "valid" or later >= self._today:
            self._add(rows, issued, entry, "valid", known_since(issued.issued_on, self._today))
            return
        before, now = known_between(issued.issued_on, later, self._today)
        self._add(rows, issued, entry, "valid", before)
        self._add(rows, issued, entry, status, now)
        if status == "duplicated":
            self._add(rows, issued._replace(issued_on=later), self._entry(), "valid", now, f"{issued.series}\t{entry:06d}")

    def _entry(self) -> int:
        self._entries += 1
        return self._entries

    def _add(self, rows: list[str], issued: Issued, entry: int, status: str, recorded: str, replaces: str = f"{NONE}\t{NONE}") -> None:
        """A row of `education_document`, which is a version."""
        self._rows += 1
        rows.append(
            f"{self._rows}\t{entry}\t{issued.identity}\t{issued.institution}\t{issued.document_type}\t{issued.series}\t{entry:06d}\t"
            f"{issued.issued_on}\t{status}\t{issued.programme or NONE}\t{issued.marks or NONE}\t{replaces}\t{SENDER}\t"
            f"{issued.institution}/D{entry}\t{recorded}\n"
        )

    def _marks(self) -> str:
        """Marks on the ten-point scale around a learner's usual one, a project that was passed, some exemptions."""
        usual = 5.0 + 4.5 * self._rng.random()
        marks: list[list[str | None]] = [
            [subject, "M10", str(min(10, max(LEAST, round(around(self._rng, usual, 1.0)))))] for subject in SUBJECTS
        ]
        if self._exempt():
            marks[-1] = [SUBJECTS[-1], "A", None]
        return json.dumps([*marks, [PROJECT, "INI", "i"]], ensure_ascii=False)
