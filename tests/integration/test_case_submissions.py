"""Exemptions that municipalities submit, and absence that schools tell."""

from datetime import date, timedelta
from typing import Any

import pytest
from lxml import etree

from adapters.wsgi import Wsgi
from tests.contract.asking import ask
from tests.integration.casework import (
    ANNA,
    IKVD,
    IN_MADONA,
    IN_RIGA,
    PETERIS,
    RESTRICTED,
    SCHOOL,
    TODAY,
    case_of,
    child,
    granted,
    held,
    listed,
    refreshed,
    refusal,
    texts,
)
from tests.posting import application
from tests.register import MADONA, RIGA, Register, days

TEACHER = "LV-DEV/EDU/SCHOOL/system"
LAST_WEEK = {"absentFrom": date(2026, 10, 5), "absentTo": date(2026, 10, 16)}


@pytest.fixture
def app(register: Register) -> Wsgi:
    granted(register)
    register.grant(TEACHER, "education-process.**", "institutions", scope_values=[SCHOOL])
    register.institution(SCHOOL)
    return application(register.databases)


def exempt(app: Wsgi, *items: dict[str, Any], key: str = "b1", client: str = IN_RIGA, **more: Any) -> etree._Element:
    usual = {"senderKey": "E1", "personalCode": ANNA, "ground": "VES", "decisionNumber": "4-1/7", "decidedOn": TODAY, "decidedBy": "PMK",
             "validFrom": TODAY, "validTo": None, "withdrawn": None}  # fmt: skip
    return ask(app, "submitExemptions", client, batchKey=key, **more, items={"item": [{**usual, **item} for item in items]})


def outcomes(answer: etree._Element) -> list[str]:
    """What became of each item: the code of its refusal, or its outcome."""
    return [
        one.findtext("{*}code") or one.findtext("{*}outcome") or "" for one in answer.find("{*}outcomes").iter("{*}outcome") if len(one)
    ]


def test_an_exemption_closes_the_case_for_its_days_and_no_longer(app: Wsgi, register: Register) -> None:
    child(register)
    refreshed(register, TODAY)
    until = TODAY + timedelta(days=10)
    assert outcomes(exempt(app, {"validTo": until})) == ["accepted"]
    assert refreshed(register, TODAY).closed == 1
    assert held(register, ANNA, "closing") == ("exempt",)
    assert refreshed(register, until).reopened == 0
    assert refreshed(register, until + timedelta(days=1)).reopened == 1


def test_an_item_is_known_by_its_key_and_every_version_is_kept(app: Wsgi, register: Register) -> None:
    child(register)
    assert outcomes(exempt(app, {})) == ["accepted"]
    assert outcomes(exempt(app, {}, key="b2")) == ["unchanged"]
    assert outcomes(exempt(app, {"decisionNumber": "4-1/8"}, key="b3")) == ["accepted"]
    assert outcomes(exempt(app, {"withdrawn": True}, key="b4")) == ["accepted"]
    assert outcomes(exempt(app, {"withdrawn": True}, key="b5")) == ["unchanged"]
    rows = register.execute("SELECT decision_number, upper_inf(recorded) FROM exemption ORDER BY id")
    assert [tuple(row) for row in rows] == [("4-1/7", False), ("4-1/8", False)]


def test_the_same_message_again_is_answered_as_the_first_time_and_a_trial_keeps_nothing(app: Wsgi, register: Register) -> None:
    child(register)
    assert outcomes(exempt(app, {}, key="try", dryRun=True)) == ["accepted"]
    assert register.execute("SELECT count(*) FROM exemption") == [(0,)]
    first, again = exempt(app, {}), exempt(app, {})
    assert [texts(one, "repeated") for one in (first, again)] == [["false"], ["true"]]
    assert outcomes(again) == ["accepted"]
    assert refusal(exempt(app, {"ground": "CIT"})) == "R-0501"


def test_a_bad_item_is_rejected_with_its_code_and_holds_up_no_other(app: Wsgi, register: Register) -> None:
    child(register)
    child(register, PETERIS, MADONA)
    bad = [
        ({"ground": "QQQ"}, "R-0203"),
        ({"personalCode": "123"}, "R-0301"),
        ({"personalCode": PETERIS}, "R-0504"),
        ({"validTo": TODAY - timedelta(days=1)}, "R-0509"),
        ({"decidedOn": TODAY + timedelta(days=1)}, "R-0510"),
        ({"decidedBy": " "}, "R-0510"),
        ({}, "accepted"),
        ({"senderKey": "E6"}, "R-0502"),
    ]
    items = [{"senderKey": f"E{number}", **item} for number, (item, _) in enumerate(bad)]
    answer = exempt(app, *items)
    assert outcomes(answer) == [code for _, code in bad]
    assert [texts(answer, name) for name in ("received", "accepted", "rejected")] == [["8"], ["1"], ["7"]]
    assert register.execute("SELECT count(*) FROM submission_refusal") == [(7,)]
    assert PETERIS not in etree.tostring(answer, encoding="unicode")


def test_a_key_that_stands_for_somebody_else_is_refused(app: Wsgi, register: Register) -> None:
    child(register)
    child(register, PETERIS)
    exempt(app, {})
    assert outcomes(exempt(app, {"personalCode": PETERIS}, key="b2")) == ["R-0511"]
    assert outcomes(exempt(app, {"personalCode": PETERIS}, key="b2", client=IKVD)) == ["accepted"]


def test_a_thousand_items_are_one_message(app: Wsgi, register: Register) -> None:
    child(register)
    items = [{"senderKey": f"E{number}", "decisionNumber": str(number)} for number in range(1000)]
    assert texts(exempt(app, *items), "accepted") == ["1000"]
    assert texts(exempt(app, *items, key="b2"), "unchanged") == ["1000"]


def absent(app: Wsgi, key: str = "k", client: str = TEACHER, **more: Any) -> etree._Element:
    usual = {"batchKey": key, "institution": SCHOOL, "personalCode": ANNA, "identifier": None, **LAST_WEEK, "lessons": 21, "days": None}
    return ask(app, "reportAbsence", client, **{**usual, **more})


def test_a_school_s_report_reaches_the_municipality_where_the_child_is_declared(app: Wsgi, register: Register) -> None:
    register.learns(child(register, ANNA, MADONA, given_name="Anna"), SCHOOL, days("2020-09-01"))
    answer = absent(app, note="neatbild")
    assert (texts(answer, "delivered"), texts(answer, "repeated")) == (["true"], ["false"])
    assert texts(absent(app, note="neatbild"), "repeated") == ["true"]
    [report] = ask(app, "listAbsences", IN_MADONA).iter("{*}absence")
    said = [report.findtext("{*}" + name) for name in ("personalCode", "municipality", "institution", "lessons", "note")]
    assert said == [ANNA, MADONA, SCHOOL, "21", "neatbild"]
    assert texts(ask(app, "listAbsences", IN_RIGA), "personalCode") == []
    assert texts(ask(app, "listAbsences", IKVD), "personalCode") == [ANNA]


def test_the_report_stands_in_the_history_of_the_child_s_case(app: Wsgi, register: Register) -> None:
    register.learns(child(register), SCHOOL, days("2020-09-01", "2026-10-20"))
    refreshed(register, TODAY)
    absent(app)
    case = ask(app, "getCase", IN_RIGA, caseId=case_of(register))
    assert texts(case, "kind") == ["opened", "absence"]
    assert [one.findtext("{*}lessons") for one in case.iter("{*}absence")] == ["21"]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"lessons": 20}, "R-0608"),
        ({"lessons": None}, "R-0608"),
        ({"lessons": 30, "days": 5}, "R-0608"),
        ({"lessons": None, "days": 5}, "R-0608"),
        ({"absentTo": date(2026, 10, 4)}, "R-0608"),
        ({"absentFrom": date(2025, 12, 30), "absentTo": date(2026, 1, 9)}, "R-0608"),
        ({"absentTo": date(2199, 1, 1)}, "R-0608"),
        ({"personalCode": PETERIS}, "R-0504"),
        ({"institution": "4513900002"}, "R-0201"),
        ({"absentFrom": date(2019, 10, 5), "absentTo": date(2019, 10, 16)}, "R-0504"),
        ({"personalCode": None}, "R-0403"),
    ],
)
def test_what_is_not_beyond_the_limit_or_cannot_be_is_refused(app: Wsgi, register: Register, said: dict[str, Any], code: str) -> None:
    register.learns(child(register), SCHOOL, days("2020-09-01"))
    child(register, PETERIS)
    assert refusal(absent(app, **said)) == code
    assert register.execute("SELECT count(*) FROM absence_report") == [(0,)]


def test_of_the_youngest_days_are_told(app: Wsgi, register: Register) -> None:
    register.learns(child(register, born_on=date(2020, 12, 31)), SCHOOL, days("2025-09-01"))
    assert refusal(absent(app, lessons=30)) == "R-0608"
    assert refusal(absent(app, lessons=None, days=2)) == "R-0608"
    assert refusal(absent(app, lessons=None, days=3)) is None


def test_a_school_reports_for_itself_and_says_who_does(app: Wsgi, register: Register) -> None:
    register.institution("4513900002")
    register.learns(child(register), "4513900002", days("2020-09-01"))
    assert refusal(absent(app, institution="4513900002")) == "R-0103"
    assert refusal(absent(app, user=None)) == "R-0512"


def test_of_a_child_with_a_safe_address_neither_school_nor_place_is_told(app: Wsgi, register: Register) -> None:
    register.learns(child(register, RESTRICTED, restricted=True), SCHOOL, days("2020-09-01"))
    absent(app, personalCode=RESTRICTED, note="Slepenā iela 7")
    assert texts(ask(app, "listAbsences", IN_RIGA), "personalCode") == []
    seen = etree.tostring(ask(app, "listAbsences", IKVD), encoding="unicode")
    assert RESTRICTED in seen
    assert not any(place in seen for place in (SCHOOL, RIGA, "Slepenā"))


def test_reports_come_in_pages(app: Wsgi, register: Register) -> None:
    register.learns(child(register), SCHOOL, days("2020-09-01"))
    for number in range(5):
        absent(app, f"k{number}", lessons=21 + number)
    seen, cursor = [], None
    while True:
        page = ask(app, "listAbsences", IN_RIGA, cursor=cursor, pageSize=2)
        seen, cursor = seen + texts(page, "lessons"), page.findtext("{*}nextCursor")
        if cursor is None:
            break
    assert seen == ["21", "22", "23", "24", "25"]
    assert listed(app, IN_RIGA) == []
