"""The people of the made-up nation (izdomātas tautas ļaudis): each with what the population register knows and what happened lately."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum, auto
from random import Random
from typing import Any

from adapters.demo import names
from adapters.demo.chance import Rarely, day_between
from adapters.demo.codes import CodeBook
from adapters.demo.households import Household, Households

DUTY_FROM_AGE, LAST_YEAR_BEFORE_SCHOOL, COURSES_FROM_AGE, ADULT = 5, 6, 17, 18


class Fate(Enum):
    """What makes somebody's education different from a pupil's who simply goes to school."""

    ORDINARY = auto()
    NEVER_ENROLLED = auto()
    LEFT_COUNTRY = auto()
    LEFT_UNKNOWN = auto()
    NOT_ATTENDING = auto()
    TRANSFER_UNCONFIRMED = auto()
    SIDE_ONLY = auto()
    SUSPENDED_LONG = auto()
    SUSPENDED = auto()
    WITHOUT_CODE = auto()
    EMIGRATED = auto()
    RETURNED = auto()
    DIED = auto()


# Of children whom the duty to learn holds for: about 14 300 of 265 000 are in no school, nine in ten of those live abroad.
FATES_OF_DUTY_AGE = {
    Fate.NEVER_ENROLLED: 0.028,
    Fate.LEFT_COUNTRY: 0.0215,
    Fate.LEFT_UNKNOWN: 0.0018,
    Fate.TRANSFER_UNCONFIRMED: 0.0014,
    Fate.SIDE_ONLY: 0.0007,
    Fate.WITHOUT_CODE: 0.004,
}
FATES_BEFORE_SCHOOL = {Fate.NOT_ATTENDING: 0.01}
FATES_OF_SECONDARY_AGE = {Fate.SUSPENDED_LONG: 0.003, Fate.SUSPENDED: 0.004}
FATES_OF_EVERYBODY = {Fate.EMIGRATED: 0.015, Fate.RETURNED: 0.006, Fate.DIED: 0.0005}
RESTRICTED, RESTRICTION_LIFTED, DEATH_WITHDRAWN = 0.0013, 0.0005, 0.0002
CORRECTED_CODE, NEW_CODE, OLD_CODE_AGAIN = 0.002, 0.003, 0.0006
RENAMED, OTHER_GUARDIAN, TYPED_PLAINLY = 0.004, 0.004, 0.01


@dataclass(slots=True)
class MadeUpPerson:
    """One person: the facts of today, then what changed lately as (day, kind, what was different before)."""

    code: str
    girl: bool
    given_name: str
    surname: str
    born_on: date
    household: Household
    former_codes: list[str] = field(default_factory=list)
    fate: Fate = Fate.ORDINARY
    fate_on: date | None = None
    back_on: date | None = None
    restricted: bool = False
    school_spelling: tuple[str, str] | None = None
    guardians: list[dict[str, Any]] = field(default_factory=list)
    changes: list[tuple[date, str, dict[str, Any]]] = field(default_factory=list)

    @property
    def in_population_register(self) -> bool:
        """Who has no code is known to schools alone."""
        return self.fate is not Fate.WITHOUT_CODE


class People:
    """Makes people up, one after the other, in the order of their births."""

    def __init__(self, rng: Random, today: date) -> None:
        self._rng, self._today = rng, today
        self._codes = CodeBook(rng)
        self._households = Households(rng, self._codes, today)
        self._duty_fates = {fate: Rarely(rng, share) for fate, share in FATES_OF_DUTY_AGE.items()}
        self._fates_before_school = {fate: Rarely(rng, share) for fate, share in FATES_BEFORE_SCHOOL.items()}
        self._secondary_fates = {fate: Rarely(rng, share) for fate, share in FATES_OF_SECONDARY_AGE.items()}
        self._fates = {fate: Rarely(rng, share) for fate, share in FATES_OF_EVERYBODY.items()}
        self._restricted, self._lifted = Rarely(rng, RESTRICTED), Rarely(rng, RESTRICTION_LIFTED)
        self._corrected, self._new_code = Rarely(rng, CORRECTED_CODE), Rarely(rng, NEW_CODE)
        self._old_code_again, self._death_withdrawn = Rarely(rng, OLD_CODE_AGAIN), Rarely(rng, DEATH_WITHDRAWN)
        self._renamed, self._other_guardian = Rarely(rng, RENAMED), Rarely(rng, OTHER_GUARDIAN)
        self._typed_plainly = Rarely(rng, TYPED_PLAINLY)

    def codes_of(self, day: date, count: int) -> list[str]:
        """Codes for all who were born on a day."""
        return self._codes.born_on(day, count)

    def child(self, code: str, born_on: date) -> MadeUpPerson:
        """A child with a family, a fate and perhaps something that changed lately."""
        person = self._person(code, born_on, self._households.of_child(born_on))
        household = person.household
        person.guardians = [{**guardian, "from": born_on.isoformat()} for guardian in household.guardians]
        age = self._today.year - (self._today.month < 9) - born_on.year
        eighteen = born_on.year + ADULT < self._today.year
        if age >= DUTY_FROM_AGE and not eighteen:
            self._fated(person, self._duty_fates)
            if age == LAST_YEAR_BEFORE_SCHOOL:
                self._fated(person, self._fates_before_school)
            if age >= COURSES_FROM_AGE:
                self._fated(person, self._secondary_fates)
        if born_on < self._today - timedelta(days=400):
            self._fated(person, self._fates)
            self._happenings(person)
        if person.fate is Fate.WITHOUT_CODE:
            arrived = names.ARRIVED_GIRLS if person.girl else names.ARRIVED_BOYS
            person.given_name = arrived[int(self._rng.random() * len(arrived))]
            person.surname = names.ARRIVED_SURNAMES[int(self._rng.random() * len(names.ARRIVED_SURNAMES))]
        return person

    def adult(self, code: str, born_on: date) -> MadeUpPerson:
        """Somebody grown up, who learned or teaches."""
        return self._person(code, born_on, self._households.of_adult())

    def _person(self, code: str, born_on: date, household: Household) -> MadeUpPerson:
        girl = self._rng.random() < 0.487
        given_name, surname = names.given_name(self._rng, girl), names.borne(household.surname, girl)
        person = MadeUpPerson(code, girl, given_name, surname, born_on, household)
        if self._typed_plainly():
            person.school_spelling = names.without_diacritics(given_name), names.without_diacritics(surname)
        return person

    def _fated(self, person: MadeUpPerson, fates: dict[Fate, Rarely]) -> None:
        for fate, rarely in fates.items():
            if person.fate is Fate.ORDINARY and rarely():
                person.fate = fate
                self._date(person)

    def _date(self, person: MadeUpPerson) -> None:
        """When it happened: what schools must still explain lately, the rest within the last years."""
        rng, today, lately = self._rng, self._today, self._today - timedelta(days=330)
        started = max(person.born_on + timedelta(days=30), today - timedelta(days=365 * 6))
        if person.fate is Fate.RETURNED:
            person.fate_on = day_between(rng, started, today - timedelta(days=250))
            person.back_on = person.fate_on + timedelta(days=int((today - person.fate_on).days * (0.7 + 0.25 * rng.random())))
        elif person.fate in (Fate.LEFT_UNKNOWN, Fate.NOT_ATTENDING, Fate.TRANSFER_UNCONFIRMED):
            person.fate_on = day_between(rng, lately, today - timedelta(days=20))
        elif person.fate is Fate.SUSPENDED_LONG:
            person.fate_on = day_between(rng, today - timedelta(days=430), today - timedelta(days=200))
        elif person.fate is Fate.SUSPENDED:
            person.fate_on = day_between(rng, today - timedelta(days=60), today - timedelta(days=5))
        else:
            person.fate_on = day_between(rng, started, today - timedelta(days=20))

    def _happenings(self, person: MadeUpPerson) -> None:
        """Codes, restrictions, names and guardians that changed, each at most once."""
        if person.fate is not Fate.ORDINARY:
            return
        on = day_between(self._rng, self._today - timedelta(days=360), self._today - timedelta(days=3))
        before: dict[str, Any] = {"code": person.code, "former_codes": []}
        if self._corrected():
            person.former_codes, person.code = [person.code], self._codes.former(person.born_on)
            person.changes.append((on, "code_correction", before))
        elif self._new_code():
            person.former_codes, person.code = [person.code], self._codes.new_form()
            person.changes.append((on, "code_correction", before))
        elif self._old_code_again():
            person.former_codes = [self._codes.new_form()]
            person.changes.append((on, "code_correction", {"code": person.former_codes[0], "former_codes": []}))
        elif self._restricted():
            person.restricted = True
            person.changes.append((on, "restriction_on", {"restricted": False}))
        elif self._lifted():
            person.changes.append((on - timedelta(days=60), "restriction_on", {"restricted": False}))
            person.changes.append((on, "restriction_off", {"restricted": True}))
        elif self._death_withdrawn():
            alive = {"died_on": None, "status": "resident", "residence": residence_of(person)}
            died = {"died_on": (on - timedelta(days=20)).isoformat(), "status": "deceased", "residence": None}
            person.changes.append((on - timedelta(days=15), "death", alive))
            person.changes.append((on, "death_withdrawn", died))
        elif self._renamed():
            person.changes.append((on, "name", {"surname": person.surname}))
            person.surname = names.borne(names.surname(self._rng), person.girl)
        elif self._other_guardian():
            person.changes.append((on, "guardians", {"guardians": person.guardians}))
            guardian = self._households.guardian_instead(names.surname(self._rng), person.born_on)
            person.guardians = [{**guardian, "from": on.isoformat()}]


def residence_of(person: MadeUpPerson) -> dict[str, str] | None:
    """The declared residence of today (deklarētā dzīvesvieta): none for who left officially or died."""
    household = person.household
    if person.fate in (Fate.EMIGRATED, Fate.DIED):
        return None
    since = max(household.moved_on or person.born_on, person.born_on, person.back_on or date.min)
    return {"municipality": household.place.code, "address": household.address, "from": since.isoformat()}


def residence_before_move(person: MadeUpPerson) -> dict[str, str] | None:
    """Where the family lived before it moved."""
    household = person.household
    if household.former_place is None or household.former_address is None:
        return None
    return {
        "municipality": household.former_place.code,
        "address": household.former_address,
        "from": person.born_on.isoformat(),
    }
