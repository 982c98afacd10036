"""How a made-up learner goes through education, school year by school year: pre-school, school, what follows, with moves and transfers."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from adapters.demo import network, offers
from adapters.demo.institutions import Institution
from adapters.demo.network import Network, standing

FIRST_CLASS_AT, LAST_CLASS, LAST_COURSE = 7, 12, 4
GENERAL, VOCATIONAL, DISTANCE, NOTHING, UNIVERSITY, COLLEGE = "general", "vocational", "distance", "nothing", "university", "college"
NEW_SECONDARY_SINCE, LAST_MINORITY_YEAR, LAST_EVENING_YEAR = 2020, 2024, 2021


class Learner(NamedTuple):
    """What decides where somebody learns: age, homes, and from when to when he or she learns at all."""

    born_on: date
    home: str
    former_home: str | None = None
    moved_on: date | None = None
    since: date = date.min
    until: date = date.max
    away: tuple[date, date] | None = None
    vocational: bool = False


class Stint(NamedTuple):
    """At most one school year in one place."""

    first: date
    last: date
    institution: Institution
    programme: str
    level: str | None


class Schooling:
    """The choices of one learner, taken as the years go by."""

    def __init__(self, rng: Random, schools: Network, learner: Learner) -> None:
        self._rng, self._schools, self._learner = rng, schools, learner
        late = rng.random()
        self._first_class = learner.born_on.year + FIRST_CLASS_AT + (1 if late < 0.03 else 0)
        self._preschool_from = learner.born_on.year + (5 - int(rng.random() ** 0.6 * 4) if rng.random() < 0.9 else 5)
        self._special = rng.random()
        self._path = ""
        self._role = ""
        self._course: str | None = None
        self._place: Institution | None = None
        self._stage_since = 0

    def stints(self, first_year: int, last_year: int) -> Iterator[Stint]:
        """Every stint between two school years, both included."""
        learner = self._learner
        first_year = max(first_year, self._preschool_from, learner.since.year - (learner.since.month < 9))
        self._stage_since = first_year
        for year in range(first_year, last_year + 1):
            first, last = max(date(year, 9, 1), learner.since), date(year + 1, 8, 31)
            if learner.until < first:
                return
            grade = year - self._first_class + 1
            if not self._choose(grade, year):
                return
            last = min(last, self._end_of_studies(grade, year), learner.until)
            if first <= last:
                yield from self._stay(grade, year, first, last)

    def _stay(self, grade: int, year: int, first: date, last: date) -> Iterator[Stint]:
        """The year in one place, or in two when the family moves within it; less the time abroad."""
        away, moved_on = self._learner.away, self._learner.moved_on
        if away and away[0] < last and away[1] > first:
            if away[0] > first:
                yield self._stint(grade, year, first, away[0])
            if away[1] < last:
                self._place = self._pick(self._learner.home, away[1])
                yield self._stint(grade, year, away[1], last)
            return
        if moved_on and first < moved_on <= last and self._near_home():
            yield self._stint(grade, year, first, moved_on)
            self._place = self._pick(self._learner.home, moved_on)
            if moved_on < last:
                yield self._stint(grade, year, moved_on + timedelta(days=1), last)
            return
        yield self._stint(grade, year, first, last)

    def _choose(self, grade: int, year: int) -> bool:
        """Whether there is a place for this year, and which."""
        day, before = date(year, 9, 1), (self._path, self._role)
        if grade >= 10 and not self._path:
            self._path = self._after_basic()
        elif grade > LAST_CLASS + (self._path == VOCATIONAL) and self._path in (GENERAL, DISTANCE, VOCATIONAL):
            self._path = self._after_secondary()
        if self._path == NOTHING or grade > 17 or (self._path == COLLEGE and grade > 14):
            return False
        self._role = self._role_at(grade)
        if (self._path, self._role) != before:
            self._stage_since = year
        if self._place is not None and self._keeps(before[1]):
            self._place = standing(self._rng, self._place, day)
        else:
            self._place = None
        if self._place is None:
            self._place = self._pick(self._home(day), day)
        return True

    def _keeps(self, role: str) -> bool:
        """Stays in the place of last year: when it offers the next stage, and no wish to change comes up."""
        if self._place is None or self._place.type_code not in network.ROLES[self._role]:
            return False
        if role != self._role and self._role in (network.LOWER, network.UPPER):
            return self._rng.random() < (0.92 if self._role == network.LOWER else 0.7)
        return self._role in (network.VOCATIONAL, network.UNIVERSITIES, network.COLLEGES) or self._rng.random() >= 0.03

    def _pick(self, home: str, day: date) -> Institution:
        """A place near home; one child in twenty-five goes to another municipality, most of them to Riga."""
        place = self._schools.pick(self._rng, self._role, "0001000" if self._rng.random() < 0.04 else home, day)
        if self._role == network.VOCATIONAL:
            programmes = offers.TYPES[place.type_code].programmes
            self._course = programmes[int(self._rng.random() * len(programmes))]
        return place

    def _home(self, day: date) -> str:
        moved_on, former = self._learner.moved_on, self._learner.former_home
        return former if former and moved_on and day < moved_on else self._learner.home

    def _near_home(self) -> bool:
        return self._role in (network.PRESCHOOLS, network.PRIMARY, network.LOWER, network.UPPER)

    def _after_basic(self) -> str:
        if self._learner.vocational:
            return VOCATIONAL
        chance = self._rng.random()
        return GENERAL if chance < 0.58 else VOCATIONAL if chance < 0.93 else DISTANCE if chance < 0.96 else NOTHING

    def _after_secondary(self) -> str:
        chance = self._rng.random()
        return UNIVERSITY if chance < 0.35 else COLLEGE if chance < 0.45 else NOTHING

    def _role_at(self, grade: int) -> str:
        if grade <= 0:
            return network.PRESCHOOLS
        if grade <= 9:
            if self._special < 0.015:
                return network.SPECIAL
            return network.PRIMARY if grade <= 6 else network.LOWER
        return {
            GENERAL: network.UPPER,
            VOCATIONAL: network.VOCATIONAL,
            DISTANCE: network.DISTANCE,
            UNIVERSITY: network.UNIVERSITIES,
            COLLEGE: network.COLLEGES,
        }[self._path]

    def _end_of_studies(self, grade: int, year: int) -> date:
        if grade in (9, LAST_CLASS) and self._path != VOCATIONAL:
            return date(year + 1, 6, 15)
        course_ends = (self._path == VOCATIONAL and grade == 9 + LAST_COURSE) or (self._path == COLLEGE and grade == 14)
        return date(year + 1, 6, 30) if course_ends or grade == 17 else date.max

    def _stint(self, grade: int, year: int, first: date, last: date) -> Stint:
        assert self._place is not None
        return Stint(first, last, self._place, self._programme(grade, year), self._level(grade))

    def _level(self, grade: int) -> str | None:
        if grade <= 0:
            return {0: "P6", -1: "P5"}.get(grade, "P0")
        if self._path == VOCATIONAL:
            return f"K{grade - 9}"
        return str(grade) if grade <= LAST_CLASS else None

    def _programme(self, grade: int, year: int) -> str:
        assert self._place is not None
        kind, minority = self._place.type_code, self._place.minority and year <= LAST_MINORITY_YEAR
        if self._path in (UNIVERSITY, COLLEGE):
            return offers.TYPES[kind].programmes[0]
        if self._path == VOCATIONAL:
            return self._course or offers.VOCATIONAL[0]
        if grade <= 0:
            return offers.PRESCHOOL_MINORITY if minority else offers.PRESCHOOL
        if kind in network.ROLES[network.SPECIAL]:
            return offers.SPECIAL[int(self._special * 266) % len(offers.SPECIAL)]
        if grade <= 9:
            return self._basic(kind, minority)
        if kind == "15":
            return offers.SECONDARY_DISTANCE
        if kind == "14":
            return offers.SECONDARY_EVENING if year <= LAST_EVENING_YEAR else offers.SECONDARY_EXTRAMURAL
        return offers.SECONDARY if self._stage_since >= NEW_SECONDARY_SINCE else offers.SECONDARY_OLD

    def _basic(self, kind: str, minority: bool) -> str:
        integrated = self._special < 0.04
        if kind == "11":
            return offers.SPECIAL_INTEGRATED_1 if integrated else offers.BASIC_1
        if kind in network.ROLES[network.GYMNASIUMS]:
            return offers.BASIC_2
        return offers.SPECIAL_INTEGRATED if integrated else offers.BASIC_MINORITY if minority else offers.BASIC
