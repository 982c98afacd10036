"""Teaching posts (pedagogu amati): who teaches what, how much, where, since when."""

from datetime import date
from random import Random
from typing import NamedTuple

from adapters.demo import network
from adapters.demo.chance import day_between
from adapters.demo.institutions import Institution
from adapters.demo.network import Network

POSTS = {
    network.PRESCHOOLS: ("Pirmsskolas izglītības skolotājs", "Pirmsskolas izglītības mūzikas skolotājs", "Skolotājs logopēds"),
    network.PRIMARY: ("Sākumizglītības skolotājs", "Sporta skolotājs", "Pagarinātās dienas grupas skolotājs"),
    network.UPPER: ("Matemātikas skolotājs", "Latviešu valodas un literatūras skolotājs", "Ķīmijas skolotājs", "Direktora vietnieks"),
    network.SPECIAL: ("Speciālās izglītības skolotājs", "Sociālais pedagogs"),
    network.VOCATIONAL: ("Profesionālo mācību priekšmetu skolotājs", "Dienesta viesnīcas skolotājs"),
    network.SIDE: ("Profesionālās ievirzes sporta izglītības treneris", "Klavierspēles skolotājs", "Interešu izglītības skolotājs"),
}
ROLES = (
    network.PRESCHOOLS,
    network.PRIMARY,
    network.PRIMARY,
    network.UPPER,
    network.UPPER,
    network.SPECIAL,
    network.VOCATIONAL,
    network.SIDE,
)
FULL_LOADS = ("1.000", "0.900", "0.750", "1.100", "0.500")
SMALL_LOADS = ("0.250", "0.125", "0.333", "0.400")
SECOND_POST, FORMER_POST, GONE = 0.25, 0.3, 0.06


class Post(NamedTuple):
    """One post of one teacher."""

    institution: Institution
    name: str
    load: str
    first: date
    last: date | None


def posts(rng: Random, schools: Network, born_on: date, home: str, today: date) -> list[Post]:
    """The posts of a teacher: a main one, often a small second one, sometimes one held before."""
    held = [_post(rng, schools, home, FULL_LOADS, day_between(rng, date(2014, 9, 1), date(2022, 8, 31)), None)]
    if rng.random() < SECOND_POST:
        since = day_between(rng, date(2022, 9, 1), date(max(2023, today.year - 1), 6, 1))
        held.append(_post(rng, schools, home, SMALL_LOADS, since, None))
    if rng.random() < FORMER_POST and born_on.year < 1996:
        last = date(min(2025, today.year - 1), 8, 31)
        held.append(_post(rng, schools, home, SMALL_LOADS, day_between(rng, date(2014, 9, 1), date(2018, 8, 31)), last))
    if rng.random() < GONE:
        held[0] = held[0]._replace(last=date(max(2023, today.year - 1), 8, 31))
    return held


def _post(rng: Random, schools: Network, home: str, loads: tuple[str, ...], first: date, last: date | None) -> Post:
    role = ROLES[int(rng.random() * len(ROLES))]
    names = POSTS[role]
    place = schools.pick(rng, role, home, first)
    until = min((day for day in (last, place.closed_on) if day), default=None)
    return Post(place, names[int(rng.random() * len(names))], loads[int(rng.random() * len(loads))], first, until)
