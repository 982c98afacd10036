"""The rules for a child's record: each breach with its code, never with its value."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import child_rules, personal_code
from core.child_rules import judge
from core.people import ChildRecord, GuardianRecord

TODAY = date(2026, 11, 23)
RIGA = frozenset(("0001000",))
PARENT = GuardianRecord("parent", "02039010017", None, "2019-05-14")
GOOD = ChildRecord(
    "14051920012", "Ance", "Bērziņa", "2019-05-14", None, "resident", False, "0001000", "Brīvības iela 1", "2019-05-14", (), (PARENT,)
)


def code_of(**changes: Any) -> str | None:
    """The refusal's code for a good record with something else in it; None when it is taken."""
    judged = judge([GOOD._replace(**changes)], TODAY, RIGA)
    assert len(judged.arrived) + len(judged.refused) == 1
    return judged.refused[0].refusal.code if judged.refused else None


def test_a_good_record_is_taken() -> None:
    assert code_of() is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"personal_code": None}, "R-0301"),
        ({"personal_code": "1405192001"}, "R-0301"),
        ({"personal_code": "140519-20012"}, "R-0301"),
        ({"personal_code": "١٤٠٥١٩٢٠٠١٢"}, "R-0301"),
        ({"former_codes": ("1",)}, "R-0301"),
        ({"former_codes": ("14051920012",)}, "R-0302"),
        ({"former_codes": ("14051970017", "14051970017")}, "R-0302"),
        ({"given_name": None}, "R-0302"),
        ({"surname": " \u00a0"}, "R-0302"),
        ({"surname": "ā" * 401}, "R-0302"),
        ({"born_on": None}, "R-0302"),
        ({"born_on": "2019-02-29"}, "R-0302"),
        ({"born_on": "20190514"}, "R-0302"),
        ({"born_on": "2019-05-14Z"}, "R-0302"),
        ({"born_on": "2026-11-24"}, "R-0302"),
        ({"born_on": "1899-12-31"}, "R-0302"),
        ({"died_on": "2019-05-13"}, "R-0302"),
        ({"died_on": "2026-11-24"}, "R-0302"),
        ({"status": "vanished"}, "R-0302"),
        ({"status": None}, "R-0302"),
        ({"restricted": None}, "R-0302"),
        ({"municipality": "9999999"}, "R-0202"),
        ({"municipality": ""}, "R-0202"),
        ({"resident_since": None}, "R-0302"),
        ({"resident_since": "2026-11-24"}, "R-0302"),
        ({"guardians": (PARENT._replace(personal_code="123"),)}, "R-0302"),
        ({"guardians": (PARENT._replace(kind="aunt"),)}, "R-0302"),
        ({"guardians": (PARENT._replace(since=None),)}, "R-0302"),
        ({"guardians": (PARENT._replace(personal_code="14051920012"),)}, "R-0302"),
        ({"guardians": (GuardianRecord("care_institution", None, " ", "2019-05-14"),)}, "R-0302"),
    ],
)
def test_each_breach_has_its_code(changes: dict[str, Any], code: str) -> None:
    assert code_of(**changes) == code


@pytest.mark.parametrize(
    "changes",
    [
        {"born_on": "2026-11-23", "resident_since": "2026-11-23", "guardians": ()},
        {"born_on": "2020-02-29"},
        {"died_on": "2026-11-23", "status": "deceased"},
        {"municipality": None, "address": None, "resident_since": None},
        {"address": None},
        {"guardians": (GuardianRecord("care_institution", None, "Bērnu nams", "2019-05-14"),)},
        {"former_codes": ("32000000000",)},
    ],
)
def test_what_is_unusual_and_allowed_is_taken(changes: dict[str, Any]) -> None:
    assert code_of(**changes) is None


def test_a_reason_never_repeats_a_value() -> None:
    for refused in judge([GOOD._replace(surname=""), GOOD._replace(personal_code="ABC"), GOOD, GOOD], TODAY, RIGA).refused:
        assert not any(value in str(refused.refusal) for value in ("ABC", "Ance", "Bērziņa", "14051920012"))


def test_a_code_that_stands_twice_on_a_page_is_taken_once() -> None:
    judged = judge([GOOD, GOOD._replace(surname="Kalniņa")], TODAY, RIGA)
    assert [(entry.position, entry.child.surname) for entry in judged.arrived] == [(1, "Bērziņa")]
    assert [(entry.position, entry.refusal.code) for entry in judged.refused] == [(2, "R-0304")]


def test_a_former_code_that_is_another_child_s_code_on_the_page_is_refused() -> None:
    other = GOOD._replace(personal_code="15051920016", former_codes=("14051920012",))
    for page in ([GOOD, other], [other, GOOD]):
        judged = judge(page, TODAY, RIGA)
        assert [entry.refusal.code for entry in judged.refused] == ["R-0303"]
        assert [entry.child for entry in judged.arrived] == [GOOD]


def test_two_children_with_one_former_code_are_not_both_taken() -> None:
    first, second = (GOOD._replace(personal_code=code, former_codes=("14051970017",)) for code in ("14051920012", "15051920016"))
    assert [entry.refusal.code for entry in judge([first, second], TODAY, RIGA).refused] == ["R-0303"]


def test_a_wrong_check_digit_is_a_warning_and_no_refusal() -> None:
    right = next(code for code in (f"1405192001{digit}" for digit in range(10)) if personal_code.check_digit_agrees(code))
    wrong = right[:-1] + str((int(right[-1]) + 1) % 10)
    judged = judge([GOOD._replace(personal_code=right), GOOD._replace(personal_code=wrong)], TODAY, RIGA)
    assert (len(judged.arrived), judged.warned) == (2, 1)


@given(st.from_regex(r"[0-9]{11}", fullmatch=True))
def test_the_quick_check_digit_is_the_official_one(code: str) -> None:
    assert child_rules.check_digit_agrees(code) == personal_code.check_digit_agrees(code)
