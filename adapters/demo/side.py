"""Arts, sports and interest programmes beside school (profesionālās ievirzes un interešu izglītība): never the main affiliation."""

from datetime import date
from random import Random

from adapters.demo import offers
from adapters.demo.network import SIDE, Network
from adapters.demo.periods import ACTIVE, COMPLETED, ENDED, GRADUATED, ON_REQUEST, Period

FROM_AGE, TO_AGE = 7, 18


def side_period(rng: Random, schools: Network, born_on: date, home: str, first_year: int, today: date, still_there: bool) -> Period | None:
    """One stay of some years, or none when the learner was too young or it was before all that is kept."""
    this_year = today.year - (today.month < 9)
    oldest = min(this_year, born_on.year + TO_AGE - 1)
    youngest = max(first_year, born_on.year + FROM_AGE)
    if youngest > oldest:
        return None
    begins = youngest + int(rng.random() ** 1.5 * (oldest - youngest + 1))
    ends = begins + 1 + int(rng.random() * 6)
    place = schools.pick(rng, SIDE, home, date(begins, 9, 1))
    programmes = offers.TYPES[place.type_code].programmes
    age = begins - born_on.year
    programme = programmes[min(0 if age < 11 else 1 if age < 16 else 2, len(programmes) - 1)]
    last = date(ends, 5, 31)
    if place.closed_on is not None:
        last = min(last, place.closed_on)
    if still_there or last >= today:
        return Period(date(begins, 9, 15), None, place, programme, False, None, ACTIVE, None) if today >= date(begins, 9, 15) else None
    completed = rng.random() < 0.6
    status, reason = (GRADUATED, COMPLETED) if completed else (ENDED, ON_REQUEST)
    return Period(date(begins, 9, 15), last, place, programme, False, None, status, reason)
