"""What schools sent about a learner (skolu iesniegtās ziņas): from the person's fate to affiliations."""

from datetime import date
from random import Random

from adapters.demo.network import Network
from adapters.demo.people import Fate, MadeUpPerson
from adapters.demo.periods import (
    DIED,
    LEFT_COUNTRY,
    NOT_ATTENDING,
    ON_REQUEST,
    SUSPENDED,
    TRANSFERRED,
    Period,
    periods,
)
from adapters.demo.schooling import Learner, Schooling
from adapters.demo.side import side_period

SCHOOL_YEARS, BY_CLASS_YEARS = 12, 3
BESIDE_SCHOOL = 0.3
LEAVING = {
    Fate.LEFT_COUNTRY: LEFT_COUNTRY,
    Fate.EMIGRATED: LEFT_COUNTRY,
    Fate.LEFT_UNKNOWN: ON_REQUEST,
    Fate.NOT_ATTENDING: NOT_ATTENDING,
    Fate.TRANSFER_UNCONFIRMED: TRANSFERRED,
    Fate.SIDE_ONLY: ON_REQUEST,
    Fate.DIED: DIED,
    Fate.SUSPENDED: SUSPENDED,
    Fate.SUSPENDED_LONG: SUSPENDED,
}
PAUSED = (Fate.SUSPENDED, Fate.SUSPENDED_LONG)


class SchoolReports:
    """Twelve school years of affiliations, one learner after the other."""

    def __init__(self, rng: Random, schools: Network, today: date) -> None:
        self._rng, self._schools, self._today = rng, schools, today
        self.this_year = today.year - (today.month < 9)
        self.first_year = self.this_year - SCHOOL_YEARS + 1

    def of(self, person: MadeUpPerson) -> list[Period]:
        """All affiliations of a person, the main ones in order, then those beside them."""
        if person.fate is Fate.NEVER_ENROLLED:
            return []
        learner = self._learner(person)
        stints = list(Schooling(self._rng, self._schools, learner).stints(self.first_year, self.this_year))
        reason = LEAVING.get(person.fate) if stints and stints[-1].last == learner.until else None
        rows = periods(stints, self.this_year - BY_CLASS_YEARS + 1, self._today, reason)
        if reason == SUSPENDED and person.fate in PAUSED:
            rows[-1] = rows[-1]._replace(last=None, status=SUSPENDED, reason=None)
        return rows + self._beside(person, bool(rows))

    def _learner(self, person: MadeUpPerson) -> Learner:
        household, fate, fate_on = person.household, person.fate, person.fate_on
        return Learner(
            person.born_on,
            household.place.code,
            household.former_place.code if household.former_place else None,
            household.moved_on,
            fate_on if fate is Fate.WITHOUT_CODE and fate_on else date.min,
            fate_on if fate in LEAVING and fate_on else date.max,
            (fate_on, person.back_on) if fate is Fate.RETURNED and fate_on and person.back_on else None,
            fate in PAUSED,
        )

    def _beside(self, person: MadeUpPerson, learns: bool) -> list[Period]:
        only_beside = person.fate is Fate.SIDE_ONLY
        if not only_beside and (not learns or person.fate is not Fate.ORDINARY or self._rng.random() >= BESIDE_SCHOOL):
            return []
        home = person.household.place.code
        row = side_period(self._rng, self._schools, person.born_on, home, self.first_year, self._today, only_beside)
        return [row] if row else []
