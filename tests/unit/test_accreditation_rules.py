"""The rules of licensing and accreditation as data: by the law of the day, refusals by the name of the rule."""

from datetime import date

import pytest

from core.accreditation.rules import application_kind, check_classification, item_codes, law, required_items, value
from core.errors import KindEnded, RetiredProgramme, UnknownCode


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("code", "last_day", "rule"),
    [
        ("31011012", "2022-08-31", "Evening form"),
        ("00224013", "2022-02-28", "eighth digit 3"),
        ("33224011", "2022-12-31", "224"),
        ("33543031", "2022-12-31", "54303"),
        ("33222011", "2023-06-30", "222"),
        ("33850011", "2023-06-30", "850"),
    ],
)
def test_a_code_that_classification_has_ended_is_refused_by_the_name_of_the_rule(code: str, last_day: str, rule: str) -> None:
    last = day(last_day)
    check_classification(code, last)
    with pytest.raises(RetiredProgramme) as refused:
        check_classification(code, date.fromordinal(last.toordinal() + 1))
    assert all(part in str(refused.value) for part in (f"{last:%d.%m.%Y}", rule, "MK 737/2021"))
    assert code not in str(refused.value)


def test_a_code_that_no_rule_ends_is_taken_for_ever() -> None:
    check_classification("31016011", day("2099-12-31"))


def test_programmes_are_accredited_up_to_10_august_2022() -> None:
    assert application_kind("PROGRAMME", day("2022-08-10")).subject == "programme"
    with pytest.raises(KindEnded, match=r"10\.08\.2022.*MK 618/2020"):
        application_kind("PROGRAMME", day("2022-08-11"))
    with pytest.raises(KindEnded, match=r"from 01\.06\.2019"):
        application_kind("OWN", day("2019-05-31"))
    with pytest.raises(UnknownCode):
        application_kind("WISH", day("2026-03-02"))


def test_a_proceeding_is_judged_by_the_law_of_its_day() -> None:
    laws = [law("institution", day(on)) for on in ("2020-10-09", "2020-10-10", "2024-06-12", "2024-06-13")]
    assert laws == ["MK 831/2016", "MK 618/2020", "MK 618/2020", "MK 325/2024"]
    assert law("licence", day("2026-03-02")) == "MK 218/2019"


def test_what_an_application_needs_changes_with_the_law() -> None:
    before, after = (required_items("INSTITUTION", day(on)) for on in ("2024-06-12", "2024-06-13"))
    assert set(after) - set(before) == {"HEAD_ASSESSMENT"}
    assert set(before) < set(after) == item_codes("INSTITUTION")
    assert set(required_items("MODEL", day("2026-03-02"))) < set(required_items("OWN", day("2026-03-02")))


@pytest.mark.parametrize("on", ["2019-06-01", "2022-08-10", "2022-08-11", "2024-06-13", "2035-01-01"])
def test_every_limit_holds_on_every_day(on: str) -> None:
    limits = {
        **{"LICENCE_MONTHS": 1, "LICENCE_MONTHS_ASKED": 2, "ACCREDITATION_DAYS": 80, "APPLY_MONTHS": 4, "MODEL_MONTHS": 1},
        **{"START_MONTHS": 12, "LONG_TERM_MONTHS": 72, "SHORT_TERM_MONTHS": 24, "EXTENSION_MONTHS": 24, "FIRST_INSTITUTION_MONTHS": 60},
    }
    assert {code: value(code, day(on)) for code in limits} == limits
