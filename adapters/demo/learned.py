"""What a made-up person learned (sasniegumi): examinations, documents, and who applies with them to universities."""

from datetime import date, timedelta
from random import Random
from typing import Protocol

from adapters.demo import network
from adapters.demo.documents import Documents
from adapters.demo.examinations import COMPLETED_YEARS, LETTERS, Schedule
from adapters.demo.network import Network
from adapters.demo.periods import Period
from adapters.demo.results import Bearer, Rows, Sittings

AVUS = "LV-DEV/EDU/LU/avus"
LEAVING = ("9", "12", "K4")
EXAMINATIONS_IN = (5, 15)
APPLIES, APPLIES_EARLY, KNOWN_FROM_LONG_AGO = 0.6, 0.5, 0.5
AGE_OF_LEAVING = 18


class LearnedRows(Rows, Protocol):
    """Where all rows go."""

    education_document: list[str]
    applicant: list[str]


class Learned:
    """Examinations, documents and applicants; takes nothing from the chances by which people are made up."""

    def __init__(self, seed: int, schools: Network, today: date) -> None:
        self._rng = Random(f"{seed} learned")  # noqa: S311 - a made-up nation has to be the same again
        self._schools, self._today = schools, today
        self.schedule = Schedule(today)
        self._sittings, self._documents = Sittings(seed, self.schedule, today), Documents(seed, today)
        self._applicants = 0

    def of_period(self, rows: LearnedRows, bearer: Bearer, period: Period) -> None:
        """What comes of a main affiliation: examinations in the spring of a class that is the last one, a document at its end."""
        if not period.main:
            return
        self._documents.of_period(rows.education_document, bearer.identity, period)
        year, this_year = period.first.year - (period.first.month < 9), self.schedule.this_year
        held = period.first <= date(year + 1, *EXAMINATIONS_IN) <= (period.last or date.max)
        if period.level not in LEAVING or year < this_year - COMPLETED_YEARS or not held:
            return
        early = self._sittings.of_class(rows, bearer, period.institution, period.level, year)
        if early and self._rng.random() < APPLIES_EARLY:
            self._apply(rows, bearer, this_year + 1, self._today - timedelta(days=3))
        elif period.level != "9" and year == this_year - 1 and self._rng.random() < APPLIES:
            self._apply(rows, bearer, this_year, date(this_year, 7, 1))

    def of_long_ago(self, rows: LearnedRows, bearer: Bearer, home: str) -> None:
        """Letters and a certificate of somebody who left school when there were letters."""
        year = bearer.born_on.year + AGE_OF_LEAVING
        if year not in LETTERS or self._rng.random() >= KNOWN_FROM_LONG_AGO:
            return
        school = self._schools.pick(self._rng, network.UPPER, home, date(year, 9, 1))
        if school.open_on(date(year, 9, 1)):
            self._sittings.of_long_ago(rows, bearer, school, year)
            self._documents.of_long_ago(rows.education_document, bearer.identity, school.number, year)

    def _apply(self, rows: LearnedRows, bearer: Bearer, campaign: int, on: date) -> None:
        self._applicants += 1
        rows.applicant.append(f"{self._applicants}\t{AVUS}\t{campaign}\t{bearer.identity}\t{on} 08:00:00+00\n")
