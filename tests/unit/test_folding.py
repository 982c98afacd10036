"""From decisions to days: the fold against a day-by-day reading of the same decisions."""

import itertools
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.accreditation.folding import GOOD, Made, fold, good_on
from core.periods import held_on

FIRST = date(2020, 1, 1)
DAYS = 60


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


@st.composite
def decisions(draw: st.DrawFn) -> list[Made]:
    made = []
    for number in range(1, draw(st.integers(0, 6)) + 1):
        outcome = draw(st.sampled_from(("grant", "grant", "extend", "refuse", "annul", "lapse")))
        decided, first = draw(st.integers(0, DAYS)), draw(st.integers(0, DAYS))
        length = draw(st.none() | st.integers(0, 30))
        status = {"grant": "LIC", "extend": "EXT", "refuse": "ATT", "annul": "ANU", "lapse": "ZAU"}[outcome]
        ends = outcome in ("grant", "extend") and length is not None
        first = decided if outcome == "refuse" else first
        made.append(Made(number, outcome, status, day(decided), day(first), day(first + (length or 0)) if ends else None, None))
    return made


def naive(made: list[Made]) -> list[Made | None]:
    """What governs each day from FIRST on, read one decision after the other."""
    governs: list[Made | None] = [None] * (3 * DAYS)
    for one in sorted(made, key=lambda one: (one.decided_on, one.id)):
        first = (one.valid_from - FIRST).days
        last = len(governs) - 1 if one.valid_to is None else (one.valid_to - FIRST).days
        if one.outcome == "refuse":
            met = governs[first]
            if met is not None and met.status in GOOD:
                continue
            # It takes nothing from what was said of later days.
            last = next((number for number in range(first, len(governs)) if governs[number] != met), len(governs)) - 1
        if one.outcome == "lapse":
            last = (
                next((number for number in range(first, len(governs)) if governs[number] not in (None, governs[first])), len(governs)) - 1
            )
        ended = set(governs[first : last + 1]) - {None}
        governs[first : last + 1] = [one] * (last - first + 1)
        # Of a term that was cut, nothing is left behind.
        while last + 1 < len(governs) and governs[last + 1] in ended:
            last += 1
            governs[last] = None
    return governs


@given(decisions())
def test_each_day_is_governed_by_the_decision_that_a_reader_of_the_chain_would_name(made: list[Made]) -> None:
    periods = fold(made)
    for number, governing in enumerate(naive(made)):
        period = held_on(periods, day(number))
        assert (period.said.decision_id if period else None) == (governing.id if governing else None)


@given(decisions())
def test_periods_do_not_overlap_and_a_decision_that_is_left_out_is_as_if_it_had_never_been(made: list[Made]) -> None:
    periods = fold(made)
    assert all(one.after <= two.first for one, two in itertools.pairwise(periods))
    assert fold(reversed(made)) == periods
    assert all(good_on(periods, period.first) == period for period in periods if period.said.status in GOOD)
