"""What the quality service decided about the made-up institutions (licences un akreditācijas): from one seed, step by step.

Every programme that is offered has a licence, a few have one that was never used. Who offers programmes that can be accredited was, term
after term; some terms end soon, some were extended or ran out, some decisions went against the institution.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from adapters.demo.chance import Rarely
from adapters.demo.institutions import Institution
from adapters.demo.offers import BASIC_DISTANCE, SECONDARY_DISTANCE, TYPES
from adapters.demo.rows import offered
from core import codes

VOCATIONAL, PLANNED = "V8", {"12": BASIC_DISTANCE, "13": SECONDARY_DISTANCE, "16": SECONDARY_DISTANCE, "19": SECONDARY_DISTANCE}
GENERAL_LICENCE, VOCATIONAL_LICENCE, OF_INSTITUTION, OF_PROGRAMME, OF_CENTRE = "V", "P", "AI", "AP", "AC"
YEARS = {"6Y": 6, "2Y": 2, "EXT": 2}
DAY = timedelta(days=1)


class Step(NamedTuple):
    """A decision before it has its numbers (lēmums)."""

    outcome: str
    status: str
    decided_on: date
    first: date
    last: date | None = None
    start_by: date | None = None
    reason: str | None = None


class Chain(NamedTuple):
    """What was decided about one subject, in order (lēmumu ķēde); `started` says that the licences were used."""

    kind: str
    institution: str
    programme: str | None
    series: str
    steps: list[Step]
    started: bool = True


def years_after(day: date, years: int) -> date:
    """The same day, so many years later; of 29 February the last day of the month."""
    return day.replace(year=day.year + years, day=28 if (day.month, day.day) == (2, 29) else day.day)


class QualityService:
    """Decides about institution after institution."""

    def __init__(self, seed: int, today: date) -> None:
        self._rng, self._today = Random(f"{seed} licences"), today  # noqa: S311 - a made-up nation has to be the same again
        self._accreditable = {row["code"] for row in codes.rows("accreditable_programme_kinds")}
        self._planned = 0
        shares = (0.06, 0.02, 0.04, 0.04, 0.015, 0.08, 0.3)
        self._plans, self._never, self._expires, self._refused, self._annulled, self._extended, self._old = (
            Rarely(self._rng, share) for share in shares
        )

    def decide(self, institutions: Iterable[Institution]) -> Iterator[Chain]:
        """All chains of decisions that were published by now, the institutions in their order."""
        newest = self._today - 3 * DAY
        for school in institutions:
            for chain in self._about(school):
                if steps := [step for step in chain.steps if step.decided_on <= newest]:
                    yield chain._replace(steps=steps)

    def _about(self, school: Institution) -> Iterator[Chain]:
        vocational, accreditable = TYPES[school.type_code].kind == VOCATIONAL, []
        series = VOCATIONAL_LICENCE if vocational else GENERAL_LICENCE
        for code, last in offered(school):
            yield Chain("licence", school.number, code, series, self._licence(school, last))
            accreditable += [code] if code[:2] in self._accreditable else []
        if school.type_code in PLANNED and school.closed_on is None and self._plans():
            yield Chain("licence", school.number, PLANNED[school.type_code], series, self._plan(), started=False)
        if accreditable and not self._never():
            yield Chain("institution", school.number, None, OF_INSTITUTION, list(self._terms(school)))
            if school.opened_on.year < 2014 and school.closed_on is None and self._old():
                yield from (Chain("programme", school.number, code, OF_PROGRAMME, self._old_term()) for code in accreditable)
            if vocational:
                yield Chain("examination_centre", school.number, None, OF_CENTRE, list(self._terms(school)))

    def _licence(self, school: Institution, last: date | None) -> list[Step]:
        """From the opening or some months before; it ends when the institution closes, or the code of the programme by law."""
        first = school.opened_on - timedelta(days=int(self._rng.random() * 4) * 30)
        steps = [Step("grant", "LIC", first, first, None, years_after(first, 1))]
        if last is not None:
            reason = "Iestāde ir slēgta" if last == school.closed_on else "Programmas kods vairs nav spēkā"
            steps.append(Step("annul", "ANU", last - 20 * DAY, last + DAY, None, None, reason))
        return steps

    def _plan(self) -> list[Step]:
        """A programme that was not begun: there is still time, or the licence has lapsed, or it was refused."""
        self._planned += 1
        first = self._today - timedelta(days=20 + int(self._rng.random() * 330))
        match self._planned % 4:
            case 0:
                return [Step("refuse", "ATT", first, first, None, None, "Programma neatbilst standartam")]
            case 1:
                first = years_after(first, -1)
                start_by = years_after(first, 1)
                lapse = Step("lapse", "ZAU", start_by + DAY, start_by + DAY, None, None, "Programmas īstenošana gada laikā nav uzsākta")
                return [Step("grant", "LIC", first, first, None, start_by), lapse]
            case _:
                return [Step("grant", "LIC", first, first, None, years_after(first, 1))]

    def _terms(self, school: Institution) -> Iterator[Step]:
        """Term after term up to now; some are extended, some chains break off, some decisions go against the institution."""
        first = school.opened_on + timedelta(days=365 + int(self._rng.random() * 1300))
        expires, refused, annulled = self._expires(), self._refused(), self._annulled()
        until = school.closed_on or self._today
        while first - 40 * DAY <= until:
            decided_on = first - timedelta(days=5 + int(self._rng.random() * 30))
            status = "2Y" if self._rng.random() < 0.2 else "6Y"
            last = years_after(first, YEARS[status]) - DAY
            recent = last >= self._today - timedelta(days=900)
            if refused and recent:
                yield Step("refuse", "REF", decided_on, first, None, None, "Izglītības kvalitāte nav pietiekama")
                refused, first = False, first + timedelta(days=200)
                continue
            yield Step("grant", status, decided_on, first, last)
            if recent:
                if annulled and first + 200 * DAY < self._today:
                    yield Step("annul", "ANN", first + 190 * DAY, first + 200 * DAY, None, None, "Konstatēti būtiski pārkāpumi")
                    return
                if expires and last < self._today:
                    return
            if self._extended() and last + 20 * DAY < until:
                first, last = last + DAY, years_after(last, YEARS["EXT"])
                yield Step("extend", "EXT", first - 15 * DAY, first, last, None, "Iestādes reorganizācija")
            first = last + DAY

    def _old_term(self) -> list[Step]:
        """An accreditation of a programme of before 11.08.2022, with the last day that was on its sheet."""
        first = date(2015, 1, 5) + timedelta(days=int(self._rng.random() * 2700))
        status = "6Y" if self._rng.random() < 0.7 else "2Y"
        return [Step("grant", status, first - 9 * DAY, first, years_after(first, YEARS[status]) - DAY)]
