"""Which examinations are held when (valsts pārbaudījumu grafiks): of the last two school years with an additional session, of this one and
of long ago; one was just held, and its results wait for their instant."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from adapters.demo.rows import NONE

VPIS = "LV-DEV/GOV/VISC/vpis"
COMPLETED_YEARS = 2
# Letters were given in these school years (by the year in which they began), on one level alone.
LETTERS = range(2005, 2012)
WRITTEN_WITH_LETTERS = ("MAT", "ENG", "VES")
BASIC = (("LAT", "P"), ("MAT", "P"), ("ENG", "P"))
VOCATIONAL = (("LAT", "O"), ("MAT", "O"), ("ENG", "O"))
# One of each: at the optimal level, or at the highest one.
SECONDARY = ((("LAT", "O"), ("LATLIT", "A")), (("MAT", "O"), ("MAT", "A")), (("ENG", "O"), ("ENG", "A")))
CHOSEN = (("BIO", "A"), ("CHE", "A"), ("PHY", "A"), ("VES", "A"), ("PRG", "A"))
SUBJECTS = (*BASIC, *(one for pair in SECONDARY for one in pair), *CHOSEN)
MAIN, ADDITIONAL, WAITING = "main", "additional", "waiting"
DAYS_SINCE_HELD, DAYS_UNTIL_PUBLISHED = 10, 21


class Examination(NamedTuple):
    """One examination; `published_at` is empty while its results are not known."""

    id: int
    code: str
    subject: str
    level: str
    year: int
    session: str
    held_on: date
    publish_at: str
    published_at: str

    @property
    def school_year(self) -> str:
        """As messages write it."""
        return f"{self.year}/{(self.year + 1) % 100:02}"

    @property
    def row(self) -> str:
        """A row of `examination`."""
        return (
            f"{self.id}\t{self.code}\tCE\t{self.subject}\t{self.level}\t{self.school_year}\t"
            f"{MAIN if self.session == MAIN else ADDITIONAL}\t{self.held_on}\t{self.publish_at}\t{self.published_at or NONE}\t{VPIS}\n"
        )


class Schedule:
    """All examinations, by year, session, subject and level."""

    def __init__(self, today: date) -> None:
        self.this_year = today.year - (today.month < 9)
        self._all: dict[tuple[int, str, str, str], Examination] = {}
        for year in LETTERS:
            for position, subject in enumerate(WRITTEN_WITH_LETTERS):
                self._add(year, MAIN, subject, "N", date(year + 1, 5, 10 + 3 * position), f"{year + 1}-06-30 05:00:00+00")
        for year in range(self.this_year - COMPLETED_YEARS, self.this_year + 1):
            known = year < self.this_year
            for position, (subject, level) in enumerate(SUBJECTS):
                self._add(year, MAIN, subject, level, date(year + 1, 5, 5 + position), f"{year + 1}-06-08 05:00:00+00", known)
                if known:
                    self._add(year, ADDITIONAL, subject, level, date(year + 1, 6, 9), f"{year + 1}-06-13 05:00:00+00")
        held_on = max(today - timedelta(days=DAYS_SINCE_HELD), date(self.this_year, 9, 1))
        self._add(self.this_year, WAITING, "ENG", "O", held_on, f"{today + timedelta(days=DAYS_UNTIL_PUBLISHED)} 06:00:00+00", False)

    def __iter__(self) -> Iterator[Examination]:
        return iter(self._all.values())

    def of(self, year: int, session: str, subject: str, level: str) -> Examination:
        """An examination that there is."""
        return self._all[year, session, subject, level]

    def _add(self, year: int, session: str, subject: str, level: str, held_on: date, publish_at: str, published: bool = True) -> None:
        code = f"{year + 1}-CE-{subject}-{level}" + {MAIN: "", ADDITIONAL: "-2", WAITING: "-Z"}[session]
        at = publish_at if published else ""
        self._all[year, session, subject, level] = Examination(
            len(self._all) + 1, code, subject, level, year, session, held_on, publish_at, at
        )
