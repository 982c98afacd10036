"""Made-up institutions (izglītības iestādes): in every municipality, with former names, mergers, a division and closures.

A registration number's last four digits begin at 5000, which the real register does not reach, so that a made-up number is nobody's.
A municipality's code of 2021 stands for its territory before that year too; Varakļāni has its own until it became part of Madona.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from adapters.demo import places
from adapters.demo.chance import words
from adapters.demo.offers import PEOPLE_OF_THE_WHOLE_COUNTRY, TYPES
from adapters.demo.places import MADONA, PLACES, RIGA, VARAKLANI, Place

FIRST_SEQUENCE = 5000
OLDEST = date(1992, 9, 1)
VARAKLANI_JOINED_MADONA = date(2025, 7, 1)
EVERYWHERE = ("01", "13")
NAMED_AFTER = words(
    "Saulīte Ķipars Zvaniņš Ābelīte Čiekuriņš Ūdensroze Žubīte Ērglēns Ģimenīte Ņipruķis Šūpolītes Vārpiņa Mārīte Pīlādzītis Sprīdītis "
    "Kastanītis Zīļuks Rūķītis Dzērvenīte Pūcīte"
)


@dataclass(slots=True)
class Institution:
    """One institution of the made-up country, with what became of it."""

    number: str
    type_code: str
    place: Place
    name: str
    former_name: str | None
    renamed_on: date | None
    address: str
    opened_on: date
    minority: bool = False
    closed_on: date | None = None
    heirs: list["Institution"] = field(default_factory=list)
    succession: str | None = None

    def open_on(self, day: date) -> bool:
        """Whether it teaches on that day."""
        return self.opened_on <= day and (self.closed_on is None or day <= self.closed_on)


def found(rng: Random, people: int, first_year: int, this_year: int) -> list[Institution]:
    """All institutions that a country of so many people has; the first of a type in a municipality is never closed."""
    scale = people / PEOPLE_OF_THE_WHOLE_COUNTRY
    sites = [
        (type_code, place) for type_code, offer in TYPES.items() for place in _sites(rng, type_code, max(1, round(offer.how_many * scale)))
    ]
    sites += [(type_code, VARAKLANI) for type_code in EVERYWHERE]
    before: Counter[tuple[str, str]] = Counter()
    institutions = []
    for sequence, (type_code, place) in enumerate(sites, FIRST_SEQUENCE):
        before[type_code, place.code] += 1
        institutions.append(_institution(rng, type_code, place, before[type_code, place.code], sequence))
    _reorganise(rng, institutions, first_year, this_year)
    return institutions


def _sites(rng: Random, type_code: str, count: int) -> Iterator[Place]:
    """Where the institutions of a type stand: what every municipality needs comes first, the rest follows the people."""
    needed = (*PLACES, RIGA, RIGA) if type_code in EVERYWHERE else ()
    yield from needed
    for _ in range(count - len(needed)):
        yield places.somewhere(rng)


def _institution(rng: Random, type_code: str, place: Place, number: int, sequence: int) -> Institution:
    offer = TYPES[type_code]
    subordination = "80" if rng.random() < offer.private else "00" if type_code in ("34", "41", "42", "43", "46", "47") else "90"
    word = NAMED_AFTER[int(rng.random() * len(NAMED_AFTER))]
    rest = offer.name.format(number=number, word=word)
    if number == 1 and place is not RIGA:
        rest = rest.removeprefix("1. ")
    renamed = rng.random() < 0.06 or type_code == "76"
    return Institution(
        number=f"{place.territory}{type_code}{subordination}{sequence:04d}",
        type_code=type_code,
        place=place,
        name=f"{place.genitive} {rest}",
        former_name=f"{place.genitive} pašvaldības {rest}" if renamed else None,
        renamed_on=date(2016 + int(rng.random() * 8), 9, 1) if renamed else None,
        address=places.address(rng, place),
        opened_on=date(OLDEST.year + int(rng.random() * 22), 9, 1),
        minority=rng.random() < 0.2,
    )


def _reorganise(rng: Random, institutions: list[Institution], first_year: int, this_year: int) -> None:
    """Closes three in a hundred of those a neighbour can continue, divides one, and lets some further-education centres end."""
    by_site: dict[tuple[str, str], list[Institution]] = {}
    for institution in institutions:
        by_site.setdefault((institution.place.code, institution.type_code), []).append(institution)
    years = range(first_year + 1, this_year)
    schools, preschools = by_site[RIGA.code, "13"], by_site[RIGA.code, "01"]
    _close(schools[1], years[-2], [schools[0], schools[2]], "division")
    schools[2].opened_on = date(years[-2], 9, 1)
    _close(preschools[1], years[-1], [preschools[0]], "merger")
    for (_, type_code), group in by_site.items():
        for position, institution in enumerate(group[1:], 1):
            settled = institution.closed_on or institution.opened_on.year >= first_year
            if TYPES[type_code].programmes and not settled and rng.random() < 0.04:
                heirs = [other for other in group[:position] if other.closed_on is None and other.opened_on.year < first_year]
                _close(institution, rng.choice(years), [rng.choice(heirs)], "merger")
    for institution in by_site.get((RIGA.code, "60"), [])[1::12]:
        _close(institution, rng.choice(years), [], None)


def _close(institution: Institution, year: int, heirs: list[Institution], succession: str | None) -> None:
    institution.closed_on = max(date(year, 8, 31), institution.opened_on + timedelta(days=364))
    institution.heirs, institution.succession = heirs, succession


def municipality_periods(institution: Institution) -> list[tuple[str, date, date | None]]:
    """Which municipality it stands in, from and until when: one, but for Varakļāni."""
    opened, closed = institution.opened_on, institution.closed_on
    if institution.place is not VARAKLANI:
        return [(institution.place.code, opened, closed)]
    return [(VARAKLANI.code, opened, VARAKLANI_JOINED_MADONA - timedelta(days=1)), (MADONA, VARAKLANI_JOINED_MADONA, closed)]
