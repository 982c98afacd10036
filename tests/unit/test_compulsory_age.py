"""When the duty holds: the boundary days of the law."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.compulsory_age import Facts, Stay, Verdict, birthday, born_between, compulsory_period, judge, rules_on

RULES = rules_on(date(2026, 9, 1))
SCHOOL, SPORTS, FURTHER = "21011111", "20V21101", "30T34101"


def child(born_on: date, *stays: Stay, **more: object) -> Facts:
    return Facts(**{"born_on": born_on, "died_on": None, "deceased": False, "resident": True, "stays": stays, **more})


@pytest.mark.parametrize(
    ("born_on", "first", "last"),
    [
        (date(2021, 1, 1), date(2026, 9, 1), date(2038, 12, 31)),
        (date(2021, 12, 31), date(2026, 9, 1), date(2039, 12, 30)),
        (date(2022, 1, 1), date(2027, 9, 1), date(2039, 12, 31)),
        (date(2020, 2, 29), date(2025, 9, 1), date(2038, 2, 28)),
        (date(2020, 3, 1), date(2025, 9, 1), date(2038, 2, 28)),
        (date(2008, 2, 29), date(2013, 9, 1), date(2026, 2, 28)),
    ],
)
def test_the_duty_goes_from_september_of_the_year_of_turning_five_to_the_day_before_turning_18(born_on: date, first: date, last: date):
    assert compulsory_period(born_on, RULES) == (first, last)


def test_whoever_turns_five_in_december_has_to_learn_from_september():
    assert judge(child(date(2021, 12, 15)), date(2026, 8, 31), RULES) == Verdict("outside_age", None)
    assert judge(child(date(2021, 12, 15)), date(2026, 9, 1), RULES) == Verdict(None, "never_enrolled")


def test_on_the_day_of_turning_18_the_duty_has_ended():
    assert judge(child(date(2008, 11, 26)), date(2026, 11, 25), RULES).reason == "never_enrolled"
    assert judge(child(date(2008, 11, 26)), date(2026, 11, 26), RULES).settled_by == "outside_age"


@given(born_on=st.dates(date(2000, 1, 1), date(2030, 12, 31)), on=st.dates(date(2005, 1, 1), date(2048, 12, 31)))
def test_birth_dates_with_which_the_duty_holds_are_the_period_turned_round(born_on: date, on: date):
    first, last = compulsory_period(born_on, RULES)
    born_from, born_to = born_between(on, RULES)
    assert (first <= on <= last) == (born_from <= born_on <= born_to)


@given(born_on=st.dates(date(1990, 1, 1), date(2030, 12, 31)))
def test_a_birthday_is_reached_once_and_by_the_calendar(born_on: date):
    eighteen = birthday(born_on, 18)
    assert eighteen.year == born_on.year + 18
    assert eighteen - date(born_on.year + 18, born_on.month, min(born_on.day, 28)) <= timedelta(days=3)


ON = date(2026, 11, 26)
BORN = date(2015, 5, 4)


@pytest.mark.parametrize(
    ("stay", "verdict"),
    [
        (Stay(SCHOOL, "AKT", date(2022, 9, 1), None, None), Verdict("enrolled", None)),
        (Stay(SCHOOL, "IZB", date(2022, 9, 1), ON, "04"), Verdict("enrolled", None)),
        (Stay(SCHOOL, "AKT", ON, None, None), Verdict("enrolled", None)),
        (Stay(SCHOOL, "AKT", ON + timedelta(days=1), None, None), Verdict(None, "never_enrolled")),
        (Stay(SCHOOL, "IZB", date(2022, 9, 1), ON - timedelta(days=1), "04"), Verdict(None, "left_unknown")),
        (Stay(SCHOOL, "IZB", date(2022, 9, 1), date(2026, 5, 31), "02"), Verdict(None, "transfer_unconfirmed")),
        (Stay(SCHOOL, "DUB", date(2022, 9, 1), None, None), Verdict(None, "never_enrolled")),
        (Stay(SPORTS, "AKT", date(2022, 9, 1), None, None), Verdict(None, "non_qualifying_only")),
        (Stay(FURTHER, "AKT", date(2022, 9, 1), None, None), Verdict(None, "non_qualifying_only")),
        (Stay(SCHOOL, "APT", ON - timedelta(days=183), None, None), Verdict("enrolled", None)),
        (Stay(SCHOOL, "APT", ON - timedelta(days=184), None, None), Verdict(None, "suspended_too_long")),
    ],
)
def test_what_an_affiliation_means_for_the_duty(stay: Stay, verdict: Verdict):
    assert judge(child(BORN, stay), ON, RULES) == verdict


def test_a_document_an_exemption_a_death_and_having_no_residence_settle_it_in_the_order_of_the_rules():
    assert judge(child(BORN, documents=[("APV", ON)]), ON, RULES).settled_by == "documented"
    assert judge(child(BORN, documents=[("APV", ON + timedelta(days=1))]), ON, RULES).reason == "never_enrolled"
    assert judge(child(BORN, documents=[("LIE", ON)]), ON, RULES).reason == "never_enrolled"
    assert judge(child(BORN, exemptions=[(ON, ON)]), ON, RULES).settled_by == "exempt"
    assert judge(child(BORN, exemptions=[(date(2026, 1, 1), ON - timedelta(days=1))]), ON, RULES).reason == "never_enrolled"
    assert judge(child(BORN, resident=False, exemptions=[(ON, None)]), ON, RULES).settled_by == "no_residence"
    assert judge(child(BORN, died_on=ON), ON, RULES).settled_by == "died"
    assert judge(child(BORN, died_on=ON + timedelta(days=1)), ON, RULES).reason == "never_enrolled"
