"""From school years to what a school sends: one row a stay in the older years, one row a class in the last ones (piederības periodi).

A row that ends without a reason is followed by the next class in the same place. "Left, destination unknown" is a row that ended on request
or for not attending, with nothing after it; "next school named but not confirmed" one that ended by a transfer, with nothing after it.
"""

from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from adapters.demo.institutions import Institution
from adapters.demo.schooling import Stint

ACTIVE, SUSPENDED, ENDED, GRADUATED, IN_ERROR = "AKT", "APT", "IZB", "ABS", "DUB"
COMPLETED, TRANSFERRED, LEFT_COUNTRY, ON_REQUEST, NOT_ATTENDING, CLOSED, CHANGED, DIED = "01", "02", "03", "04", "05", "08", "09", "11"
LEVELS_WITH_DOCUMENT = {"9", "12", "K4"}


class Period(NamedTuple):
    """One affiliation as it is sent; `last` is None while it lasts."""

    first: date
    last: date | None
    institution: Institution
    programme: str
    main: bool
    level: str | None
    status: str
    reason: str | None


def periods(stints: Iterable[Stint], yearly_since: int, today: date, leaving: str | None) -> list[Period]:
    """What schools sent about one learner up to today; `leaving` is why the last one ended, if it did."""
    stays = _stays([stint for stint in stints if stint.first <= today], yearly_since)
    rows = [_ended(stay, following) for stay, following in pairwise(stays)]
    if stays:
        rows.append(_latest(stays[-1], today, leaving))
    return rows


def _stays(stints: list[Stint], yearly_since: int) -> list[Stint]:
    """Joins what belongs together: years of one stay before classes were kept by year, and years of one level."""
    stays: list[Stint] = []
    for stint in stints:
        before = stays[-1] if stays else None
        if (
            before
            and before.institution is stint.institution
            and before.programme == stint.programme
            and (stint.first - before.last).days == 1
            and (stint.first.year < yearly_since or before.level == stint.level)
        ):
            level = stint.level if stint.level == before.level else None
            stays[-1] = Stint(before.first, stint.last, stint.institution, stint.programme, level)
        else:
            stays.append(stint)
    return stays


def _ended(stay: Stint, following: Stint) -> Period:
    status, reason = ENDED, None
    if stay.last.month == 6 and stay.last.day in (15, 30) and (stay.level is None or stay.level in LEVELS_WITH_DOCUMENT):
        status, reason = GRADUATED, COMPLETED
    elif (following.first - stay.last).days > 100:
        reason = LEFT_COUNTRY
    elif following.institution is not stay.institution:
        closed_on = stay.institution.closed_on
        reason = CLOSED if closed_on is not None and closed_on <= stay.last else TRANSFERRED
    elif following.programme != stay.programme:
        reason = CHANGED
    return Period(stay.first, stay.last, stay.institution, stay.programme, True, stay.level, status, reason)


def _latest(stay: Stint, today: date, leaving: str | None) -> Period:
    completes = stay.last.month == 6 and stay.last.day in (15, 30) and (stay.level is None or stay.level in LEVELS_WITH_DOCUMENT)
    if stay.last >= today and leaving is None:
        return Period(stay.first, None, stay.institution, stay.programme, True, stay.level, ACTIVE, None)
    if leaving is None and completes:
        return Period(stay.first, stay.last, stay.institution, stay.programme, True, stay.level, GRADUATED, COMPLETED)
    return Period(stay.first, stay.last, stay.institution, stay.programme, True, stay.level, ENDED, leaving or COMPLETED)
