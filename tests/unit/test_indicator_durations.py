"""The histogram of durations: every value is in one bucket, and a bucket's middle is near all its values."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.indicators.durations import LIMITS, LONGEST_US, WIDTH_PERCENT, bucket_of, middle_us, milliseconds


@given(st.integers(0, LONGEST_US - 1))
@example(0)
@example(1)
@example(26)
@example(LONGEST_US - 1)
def test_the_middle_of_a_bucket_is_at_most_two_per_cent_from_any_value_in_it(value: int) -> None:
    assert abs(middle_us(bucket_of(value)) - value) * 100 <= value * WIDTH_PERCENT / 2 + 50


@given(st.integers(0, len(LIMITS)))
def test_a_middle_lies_in_its_own_bucket(bucket: int) -> None:
    assert bucket_of(middle_us(bucket)) == bucket


def test_limits_grow_and_short_times_are_exact() -> None:
    assert list(LIMITS) == sorted(set(LIMITS))
    assert [middle_us(bucket_of(value)) for value in range(25)] == list(range(25))
    assert len(LIMITS) < 2**15


@pytest.mark.parametrize(("microseconds", "text"), [(0, "0.000"), (7, "0.007"), (1000, "1.000"), (12345678, "12345.678")])
def test_milliseconds_lose_nothing(microseconds: int, text: str) -> None:
    assert milliseconds(microseconds) == text
    assert Decimal(text) * 1000 == microseconds
