"""Which institution a learner of some age goes to (izglītības iestāžu tīkls): near home where there is one, else anywhere."""

from datetime import date
from random import Random

from adapters.demo.institutions import Institution
from adapters.demo.places import MADONA, VARAKLANI

PRESCHOOLS, PRIMARY, LOWER, UPPER, GYMNASIUMS = "preschools", "primary", "lower", "upper", "gymnasiums"
SPECIAL, VOCATIONAL, DISTANCE, UNIVERSITIES, COLLEGES, SIDE = "special", "vocational", "distance", "universities", "colleges", "side"
ROLES = {
    PRESCHOOLS: ("01",),
    PRIMARY: ("11", "12", "13"),
    LOWER: ("12", "13", "16", "19"),
    UPPER: ("13", "16", "19"),
    GYMNASIUMS: ("16", "19"),
    SPECIAL: ("20", "22", "24", "25"),
    VOCATIONAL: ("31", "31", "34", "34", "34", "32"),
    DISTANCE: ("15", "15", "14"),
    UNIVERSITIES: ("41", "42", "43", "46"),
    COLLEGES: ("47",),
    SIDE: ("51", "70", "71", "72", "74", "75", "76"),
}


class Network:
    """The institutions by what they are for and where they are."""

    def __init__(self, institutions: list[Institution]) -> None:
        self._near: dict[tuple[str, str], list[Institution]] = {}
        for role, types in ROLES.items():
            for type_code in types:
                for institution in institutions:
                    if institution.type_code == type_code:
                        home = MADONA if institution.place is VARAKLANI else institution.place.code
                        self._near.setdefault((role, home), []).append(institution)
                        self._near.setdefault((role, ""), []).append(institution)

    def pick(self, rng: Random, role: str, home: str, day: date) -> Institution:
        """An institution for somebody who lives there; some schools are larger than others."""
        near = self._near.get((role, home)) or self._near[role, ""]
        unevenness = 1.0 if role == PRESCHOOLS else 1.3
        return standing(rng, near[int(rng.random() ** unevenness * len(near))], day) or near[0]


def standing(rng: Random, institution: Institution, day: date) -> Institution | None:
    """The institution itself, or the one that continues it by that day; None when nothing does."""
    while not institution.open_on(day):
        if not institution.heirs or day < institution.opened_on:
            return None
        institution = institution.heirs[int(rng.random() * len(institution.heirs))]
    return institution
