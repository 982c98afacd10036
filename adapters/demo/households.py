"""Families (ģimenes): where children are born, with whom they live, and when they moved; siblings share all of it."""

import heapq
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from adapters.demo import names, places
from adapters.demo.chance import day_between
from adapters.demo.codes import CodeBook
from adapters.demo.places import Place

IN_CARE, ONE_GUARDIAN = 0.008, 0.40
CARE_INSTITUTIONS = ('Ģimenes atbalsta centrs "Saulgrieži"', 'Bērnu aprūpes centrs "Žubītes"', 'Bērnu un jauniešu centrs "Ūdensrozes"')
MORE_CHILDREN, HYPHENATED, MOVED = 0.42, 0.03, 0.25
MOVES_WITHIN_YEARS = 8


@dataclass(slots=True)
class Household:
    """A family: its name, its home, where it lived before."""

    surname: str
    place: Place
    address: str
    moved_on: date | None
    former_place: Place | None
    former_address: str | None
    guardians: tuple[dict[str, Any], ...]


class Households:
    """Gives every newborn a family: a new one, or one that has waited for its next child."""

    def __init__(self, rng: Random, codes: CodeBook, today: date) -> None:
        self._rng, self._codes, self._today = rng, codes, today
        self._waiting: list[tuple[date, int, Household]] = []
        self._founded = 0

    def of_child(self, born_on: date) -> Household:
        """The family that a child born on this day has."""
        expected = self._waiting and self._waiting[0][0] <= born_on
        household = heapq.heappop(self._waiting)[2] if expected else self._found(born_on)
        if self._rng.random() < MORE_CHILDREN:
            next_child = born_on + timedelta(days=330 + int(self._rng.random() * 1500))
            self._founded += 1
            heapq.heappush(self._waiting, (next_child, self._founded, household))
        return household

    def of_adult(self) -> Household:
        """A home of somebody grown up: nobody's child any more."""
        place = places.somewhere(self._rng)
        return Household(names.surname(self._rng), place, places.address(self._rng, place), None, None, None, ())

    def _found(self, born_on: date) -> Household:
        rng, today = self._rng, self._today
        place = places.somewhere(rng)
        surname = names.surname(rng)
        if rng.random() < HYPHENATED:
            surname = f"{surname}-{names.surname(rng)}"
        moved_on = former = former_address = None
        if rng.random() < MOVED and born_on < today - timedelta(days=60):
            earliest = max(born_on + timedelta(days=30), today - timedelta(days=365 * MOVES_WITHIN_YEARS))
            moved_on, former = day_between(rng, earliest, today - timedelta(days=2)), places.somewhere(rng)
            former_address = places.address(rng, former)
        guardians = self._guardians(surname, born_on)
        return Household(surname, place, places.address(rng, place), moved_on, former, former_address, guardians)

    def _guardians(self, surname: str, first_child_on: date) -> tuple[dict[str, Any], ...]:
        chance = self._rng.random()
        if chance < IN_CARE:
            name = CARE_INSTITUTIONS[int(self._rng.random() * len(CARE_INSTITUTIONS))]
            return ({"kind": "care_institution", "care_institution": name},)
        mother = self._guardian("parent", surname, True, first_child_on)
        if chance < ONE_GUARDIAN:
            return (mother,)
        return (mother, self._guardian("parent", surname, False, first_child_on))

    def _guardian(self, kind: str, surname: str, woman: bool, first_child_on: date) -> dict[str, Any]:
        born_on = first_child_on - timedelta(days=int((20 + self._rng.random() * 20) * 365.25))
        return {
            "kind": kind,
            "code": self._codes.guardian(born_on),
            "given_name": names.given_name(self._rng, woman),
            "surname": names.borne(surname, woman),
        }

    def guardian_instead(self, surname: str, child_on: date) -> dict[str, Any]:
        """Somebody the orphans' court appointed (aizbildnis)."""
        return self._guardian("guardian", surname, True, child_on)
