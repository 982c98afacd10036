"""Small numbers are withheld, and cannot be worked out from what is shown."""

from hypothesis import given
from hypothesis import strategies as st

from core.cases.small_numbers import withheld

PLACES, STATUSES = "ABC", "xyz"
COUNTS = st.dictionaries(st.tuples(st.sampled_from(PLACES), st.sampled_from(STATUSES)), st.integers(1, 12))


def totals(counts: dict) -> dict:
    cells = dict(counts)
    for (_, status), count in counts.items():
        cells["total", status] = cells.get(("total", status), 0) + count
    return cells


def sums(cells: dict) -> list:
    return [([key for key in cells if key[0] != "total" and key[1] == total[1]], [total]) for total in cells if total[0] == "total"]


def test_what_is_below_the_least_number_is_withheld():
    assert withheld({"a": 4, "b": 5, "c": 0}, [], 5) == {"a"}


def test_the_only_small_number_of_a_total_takes_the_next_one_with_it():
    assert withheld({"a": 2, "b": 9, "c": 6, "total": 17}, [(["a", "b", "c"], ["total"])], 5) == {"a", "c"}


def test_two_small_numbers_whose_sum_is_small_take_a_third_one_with_them():
    assert withheld({"a": 1, "b": 1, "c": 8, "total": 10}, [(["a", "b", "c"], ["total"])], 5) == {"a", "b", "c"}


def test_when_everything_that_a_total_is_made_of_is_withheld_and_few_the_total_goes_too():
    assert withheld({"a": 2, "b": 2, "total": 4}, [(["a", "b"], ["total"])], 5) == {"a", "b", "total"}


@given(COUNTS)
def test_no_difference_of_shown_numbers_is_a_small_number(counts: dict):
    cells = totals(counts)
    hidden = withheld(cells, sums(cells), 5)
    assert {cell for cell, count in cells.items() if count < 5} <= hidden
    for parts, [total] in sums(cells):
        told = [part for part in parts if part in hidden]
        if told and total not in hidden:
            assert len(told) > 1
            assert sum(cells[part] for part in told) >= 5
        assert not (total in hidden and not told)
