"""What happens seldom (reti gadījumi), spread evenly enough that a small country has every case too."""

from datetime import date, timedelta
from random import Random

SOONEST = 40


def words(text: str) -> tuple[str, ...]:
    """A list to choose from, written as one line."""
    return tuple(text.split())


class Rarely:
    """True for a share of those it is asked about; the first time soon, so that no case is missing from a small country."""

    def __init__(self, rng: Random, share: float) -> None:
        self._rng, self._gap = rng, 1 / share
        self._left = rng.random() * min(self._gap, SOONEST)

    def __call__(self) -> bool:
        self._left -= 1
        if self._left > 0:
            return False
        self._left += self._gap * (0.5 + self._rng.random())
        return True


def day_between(rng: Random, first: date, last: date) -> date:
    """A day by chance, both ends included."""
    return first + timedelta(days=int(rng.random() * ((last - first).days + 1)))


def around(rng: Random, mean: float, spread: float) -> float:
    """A number near another one, as often far from it as people are; without functions that are not the same on every Python."""
    return mean + spread * 2 * (rng.random() + rng.random() + rng.random() - 1.5)
