"""No code of the made-up nation can be anybody's."""

from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.lv import pvn

from adapters.demo.codes import PEOPLE, CodeBook, new_form, old_form
from core.personal_code import check_digit_agrees, normalise

NEVER_ISSUED = date(2017, 7, 1)


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.integers(0, 999))
def test_a_code_of_the_old_form_is_valid_only_for_those_born_when_it_was_no_longer_issued(born_on, serial):
    code = old_form(born_on, serial)
    assert normalise(code) == code
    assert pvn.get_birth_date(code) == born_on
    assert check_digit_agrees(code) == (born_on >= NEVER_ISSUED)


@given(st.integers(0, 10**12))
def test_a_code_of_the_new_form_is_never_valid(number):
    code = new_form(number)
    assert code.startswith("32")
    assert len(code) == 11
    assert not check_digit_agrees(code)


def test_the_last_day_of_the_old_form_counts_as_issued():
    assert not check_digit_agrees(old_form(date(2017, 6, 30), 1))
    assert check_digit_agrees(old_form(date(2017, 7, 1), 1))


def test_a_code_book_gives_no_code_twice():
    book, day = CodeBook(Random(1)), date(2015, 2, 28)
    codes = book.born_on(day, len(PEOPLE))
    codes += [book.former(day) for _ in range(200)] + [book.guardian(day) for _ in range(200)] + [book.new_form() for _ in range(2000)]
    assert len(set(codes)) == len(codes)


def test_too_many_people_of_one_day_are_refused_in_words():
    with pytest.raises(ValueError, match="Ask for fewer people"):
        CodeBook(Random(1)).born_on(date(2015, 2, 28), len(PEOPLE) + 1)
