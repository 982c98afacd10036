"""The operations of non-studying-children over the application: what each client sees, and nobody else's."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from adapters.contracts import Contracts
from adapters.wsgi import Wsgi
from tests.contract.asking import ask
from tests.integration.casework import (
    ANNA,
    IKVD,
    IN_MADONA,
    IN_RIGA,
    LIGA,
    NOW,
    PETERIS,
    RESTRICTED,
    SCHOOL,
    TODAY,
    WORK,
    case_of,
    child,
    granted,
    listed,
    refreshed,
    refusal,
    texts,
)
from tests.posting import application
from tests.register import MADONA, RIGA, Register, days, since

SERVICE = Contracts.load().services["non-studying-children"]
SAFE_IN_RIGA, COUNTING = "LV-DEV/MUN/RIGA/safe", "LV-DEV/GOV/IZM/counting"
NOBODY = "05061820081"


@pytest.fixture
def app(register: Register) -> Wsgi:
    """Anna in Riga, Pēteris in Madona, and a child with a safe address in Riga, all in no school; with a measure, a status, an absence."""
    granted(register)
    register.grant(SAFE_IN_RIGA, WORK, "municipalities", scope_values=[RIGA], rights=["restricted"])
    register.grant(COUNTING, "non-studying-children.*", "everything", rights=["small_numbers"])
    child(register, ANNA, given_name="Anna", surname="Ābola")
    child(register, PETERIS, MADONA, given_name="Pēteris", surname="Balodis")
    child(register, RESTRICTED, RIGA, given_name="Zane", surname="Celma", restricted=True)
    refreshed(register, TODAY)
    return application(register.databases)


def status(app: Wsgi, client: str, case: int, key: str = "s", **more: Any) -> etree._Element:
    said = {"batchKey": key, "caseId": case, "status": "ARZ", "evidence": "Slepenā iela 7: mātes vēstule"}
    return ask(app, "setSearchStatus", client, **{**said, **more})


def test_each_municipality_has_its_own_list_and_ikvd_all(app: Wsgi) -> None:
    assert listed(app, IN_RIGA) == [ANNA]
    assert listed(app, IN_MADONA) == [PETERIS]
    assert listed(app, IKVD) == [ANNA, PETERIS, RESTRICTED]
    assert listed(app, IKVD, municipality=RIGA) == [ANNA]
    assert listed(app, IN_RIGA, municipality=MADONA) == []
    assert refusal(ask(app, "listCases", IN_RIGA, municipality="9999999")) == "R-0202"
    assert refusal(ask(app, "listCases", "LV-DEV/MUN/LIEPAJA/children")) == "R-0101"


def _questions(register: Register, code: str) -> dict[str, dict[str, Any]]:
    """For every operation, a question about a child of another municipality."""
    case, key = case_of(register, code) if code != NOBODY else 999_999, f"about {code == NOBODY}"
    of_case = {"caseId": case}
    exemption = {"senderKey": "E1", "personalCode": code, "ground": "VES", "decisionNumber": "1", "decidedOn": TODAY, "decidedBy": "PMK",
                 "validFrom": TODAY}  # fmt: skip
    return {
        "listCases": {},
        "getCase": of_case,
        "submitExemptions": {"batchKey": f"e {key}", "items": {"item": [exemption]}},
        "setSearchStatus": {"batchKey": f"s {key}", **of_case, "status": "ARZ", "evidence": "x"},
        "recordMeasure": {"batchKey": f"m {key}", **of_case, "measure": "LTR", "takenOn": TODAY},
        "offerHandOver": {"batchKey": f"o {key}", **of_case, "municipality": "0002000", "reason": "x"},
        "answerHandOver": {"batchKey": f"a {key}", **of_case, "accept": True},
        "checkPersons": {"personalCodes": {"personalCode": [code]}},
        "explainChild": {"personalCode": code},
        "getCaseStatistics": {},
        "listAbsences": {},
    }


def said(answer: etree._Element, code: str) -> list[tuple[str, str]]:
    """What an answer says, without instants and what was asked."""
    leave_out = {"dataAsOf", "batchKey"}
    return [
        (etree.QName(e).localname, (e.text or "").replace(code, "…")) for e in answer.iter() if etree.QName(e).localname not in leave_out
    ]


@pytest.mark.parametrize("operation", list(SERVICE.operations))
@pytest.mark.parametrize("code", [PETERIS, RESTRICTED])
def test_whose_case_is_another_municipality_s_is_like_nobody_in_every_operation(
    app: Wsgi, register: Register, operation: str, code: str
) -> None:
    before = register.execute("SELECT count(*) FROM case_version")
    about = ask(app, operation, IN_RIGA, **_questions(register, code)[operation])
    nobody = ask(app, operation, IN_RIGA, **_questions(register, NOBODY)[operation])
    assert said(about, code) == said(nobody, NOBODY)
    everything = etree.tostring(about, encoding="unicode")
    for secret in ("Pēteris", "Balodis", "Zane", "Celma", MADONA, "Slepenā", code if operation not in ("checkPersons",) else "?"):
        assert secret not in everything
    assert register.execute("SELECT count(*) FROM case_version") == before
    assert register.execute("SELECT count(*) FROM exemption") == [(0,)]


def test_a_code_outside_the_scope_is_answered_like_one_that_is_not_in_the_register(app: Wsgi) -> None:
    for code in (PETERIS, RESTRICTED):
        answer = ask(app, "checkPersons", IN_RIGA, personalCodes={"personalCode": [ANNA, code, LIGA, "12"]})
        found = {etree.QName(one).localname: texts(one, "personalCode") for one in answer if len(one)}
        assert found == {"notFulfilling": [ANNA], "notInRegister": [code, LIGA], "invalid": ["12"]}
        assert ask(app, "explainChild", IN_RIGA, personalCode=code).findtext("{*}found") == "false"
    item = {"senderKey": "E", "ground": "VES", "decisionNumber": "1", "decidedOn": TODAY, "decidedBy": "PMK", "validFrom": TODAY}
    items = [{**item, "senderKey": f"E{n}", "personalCode": code} for n, code in enumerate((PETERIS, RESTRICTED, LIGA))]
    items = [{key: one[key] for key in ("senderKey", "personalCode", *list(item)[1:])} for one in items]
    answer = ask(app, "submitExemptions", IN_RIGA, batchKey="b", items={"item": items})
    assert texts(answer, "code") == ["R-0504"] * 3
    assert len(set(texts(answer, "reason"))) == 1


def test_a_child_with_a_safe_address_shows_no_place_to_those_without_the_right(app: Wsgi, register: Register) -> None:
    case = case_of(register, RESTRICTED)
    assert listed(app, SAFE_IN_RIGA) == [ANNA, RESTRICTED]
    assert refusal(status(app, SAFE_IN_RIGA, case)) is None
    asked = {"batchKey": "o", "caseId": case, "municipality": MADONA, "reason": "pārcēlusies uz Slepenā iela 7"}
    assert refusal(ask(app, "offerHandOver", SAFE_IN_RIGA, **asked)) is None
    with_right = etree.tostring(ask(app, "getCase", SAFE_IN_RIGA, caseId=case), encoding="unicode")
    assert all(place in with_right for place in (RIGA, MADONA, "Slepenā", "LV-officer-1", SAFE_IN_RIGA))
    without = [ask(app, "getCase", IKVD, caseId=case), ask(app, "listCases", IKVD), ask(app, "explainChild", IKVD, personalCode=RESTRICTED)]
    without += [ask(app, "recordMeasure", IKVD, batchKey="m", caseId=case, measure="POL", takenOn=TODAY)]
    for answer in without:
        assert answer.findtext("{*}fault/{*}faultString") is None
        about = [answer] if answer.tag.endswith("getCaseResponse") else list(answer.iter("{*}case")) or [answer]
        for one in about:
            everything = etree.tostring(one, encoding="unicode")
            if RESTRICTED in everything or one is answer:
                assert not any(place in everything for place in (RIGA, MADONA, "Slepenā", "LV-officer-1", "MUN"))
    rows = ask(app, "getCaseStatistics", COUNTING)
    assert [row.findtext("{*}cases") for row in rows.iter("{*}row") if row.findtext("{*}municipality") == RIGA] == ["1", "1"]


def test_both_municipalities_see_a_case_until_it_is_accepted(app: Wsgi, register: Register) -> None:
    case = case_of(register)
    ask(app, "offerHandOver", IN_RIGA, batchKey="o", caseId=case, municipality=MADONA, reason="pārcēlusies")
    assert listed(app, IN_RIGA) == [ANNA]
    assert listed(app, IN_MADONA) == [ANNA, PETERIS]
    assert refusal(status(app, IN_MADONA, case)) == "R-0607"
    answer = ask(app, "answerHandOver", IN_MADONA, batchKey="a", caseId=case, accept=True)
    assert (answer.findtext("{*}municipality"), answer.findtext("{*}offeredTo")) == (MADONA, None)
    assert listed(app, IN_RIGA) == []
    history = ask(app, "getCase", IN_MADONA, caseId=case)
    assert texts(history, "kind") == ["opened", "offered", "accepted"]
    assert [event.findtext("{*}userId") for event in history.iter("{*}event")] == [None, None, "LV-officer-1"]


def test_work_is_done_once_however_often_its_message_comes(app: Wsgi, register: Register) -> None:
    case = case_of(register)
    first, again = status(app, IN_RIGA, case), status(app, IN_RIGA, case)
    assert (first.findtext("{*}repeated"), again.findtext("{*}repeated")) == ("false", "true")
    assert first.findtext("{*}version") == again.findtext("{*}version")
    assert refusal(status(app, IN_RIGA, case, evidence="cits")) == "R-0501"
    tried = status(app, IN_RIGA, case, "trial", status="NOS", dryRun=True)
    assert texts(tried, "status") == ["NOS"]
    assert texts(ask(app, "getCase", IN_RIGA, caseId=case), "status") == ["ARZ"]
    assert register.execute("SELECT count(*) FROM case_event WHERE kind = 'status'") == [(1,)]


def test_the_list_is_found_by_status_class_reason_honesty_and_escalation(app: Wsgi, register: Register) -> None:
    case = case_of(register)
    assert (
        listed(app, IN_RIGA, status="NAV") == listed(app, IN_RIGA, honesty="noStatus") == listed(app, IN_RIGA, statusClass="open") == [ANNA]
    )
    status(app, IN_RIGA, case)
    assert listed(app, IN_RIGA, status="NAV") == listed(app, IN_RIGA, honesty="noStatus") == listed(app, IN_RIGA, statusClass="open") == []
    assert listed(app, IN_RIGA, status="ARZ") == listed(app, IN_RIGA, honesty="current") == listed(app, IN_RIGA, statusClass="justified")
    assert listed(app, IN_RIGA, reason="neverEnrolled", escalated=False) == [ANNA]
    assert listed(app, IN_RIGA, reason="leftUnknown") == listed(app, IN_RIGA, escalated=True) == listed(app, IN_RIGA, state="closed") == []


@pytest.mark.parametrize(
    ("change", "honesty"),
    [
        ("status = 'ARZ', status_class = 'justified', status_confirmed_on = '{0}', status_expires_on = NULL", "copied"),
        ("status = 'NOS', status_class = 'open', status_since = '{1}', status_confirmed_on = '{2}'", "clarifyingTooLong"),
        ("status = 'ARZ', status_class = 'open', status_confirmed_on = '{2}', status_expires_on = '{2}'", "expired"),
        ("status = 'ARZ', status_class = 'justified', status_confirmed_on = '{2}', status_expires_on = '{3}'", "current"),
    ],
)
def test_how_much_a_status_says_is_seen_in_the_list_and_in_the_figures(app: Wsgi, register: Register, change: str, honesty: str) -> None:
    ago = [(TODAY - timedelta(days=number)).isoformat() for number in (275, 61, 1, 0)]
    register.execute(f"UPDATE case_version SET {change.format(*ago)} WHERE case_id = :case", case=case_of(register))
    assert listed(app, IN_RIGA, honesty=honesty) == [ANNA]
    assert texts(ask(app, "listCases", IN_RIGA), "honesty") == [honesty]
    figures = ask(app, "getCaseStatistics", COUNTING, municipality=RIGA)
    assert [row.findtext("{*}cases") for row in figures.iter("{*}row") if row.findtext("{*}honesty") == honesty] == ["1"]


def test_pages_neither_skip_nor_repeat_while_cases_change(app: Wsgi, register: Register) -> None:
    codes = [f"0506182{n:03d}" for n in range(100, 107)]
    for number, code in enumerate(codes):
        register.case(child(register, f"{code}0"), RIGA, TODAY, id=5000 + number)
    first = ask(app, "listCases", IN_RIGA, pageSize=3)
    status(app, IN_RIGA, 5004)
    register.case(child(register, LIGA), RIGA, TODAY, since(datetime.now(UTC)))
    seen, cursor = texts(first, "caseId"), first.findtext("{*}nextCursor")
    while cursor is not None:
        page = ask(app, "listCases", IN_RIGA, cursor=cursor, pageSize=3)
        seen, cursor = seen + texts(page, "caseId"), page.findtext("{*}nextCursor")
    assert seen == [str(case_of(register))] + [str(5000 + number) for number in range(7)]
    assert refusal(ask(app, "listCases", IN_MADONA, cursor=first.findtext("{*}nextCursor"), pageSize=3)) == "R-0401"
    assert refusal(ask(app, "listCases", IN_RIGA, cursor="AAAA", pageSize=3)) == "R-0401"


def test_as_seen_on_30_october_and_as_known_today_differ_and_both_are_right(register: Register) -> None:
    granted(register)
    person, then = child(register), datetime(2025, 10, 30, 6, tzinfo=UTC)
    case = register.case(person, RIGA, date(2025, 10, 30), since(then, NOW - timedelta(days=1)))
    register.institution(SCHOOL)
    register.learns(person, SCHOOL, days("2025-09-01"), recorded=since(NOW - timedelta(days=2)))
    closed = {"state": "closed", "closing": "enrolled", "closed_on": TODAY}
    register.execute(
        "INSERT INTO case_version (case_id, municipality, reason, opened_on, state, closing, closed_on, recorded) "
        "VALUES (:c, :m, 'never_enrolled', '2025-10-30', :state, :closing, :closed_on, tstzrange(:at, NULL))",
        c=case, m=RIGA, at=NOW - timedelta(days=1), **closed,
    )  # fmt: skip
    app, as_of = application(register.databases), "2025-10-30T12:00:00Z"
    assert listed(app, IN_RIGA) == []
    assert listed(app, IN_RIGA, asOf=as_of) == [ANNA]
    assert texts(ask(app, "getCase", IN_RIGA, caseId=case), "closing") == ["enrolled"]
    assert texts(ask(app, "getCase", IN_RIGA, caseId=case, asOf=as_of), "state") == ["active"]
    assert ask(app, "getCase", IN_RIGA, caseId=case, asOf="2025-10-29T12:00:00Z").findtext("{*}found") == "false"
    on = {"personalCode": ANNA, "onDate": "2025-10-30"}
    assert texts(ask(app, "explainChild", IN_RIGA, **on), "settledBy") == ["enrolled"]
    then_said = ask(app, "explainChild", IN_RIGA, **on, asOf=as_of)
    assert (texts(then_said, "due"), then_said.findtext("{*}reason")) == (["true"], "neverEnrolled")
    assert listed(app, IN_MADONA, asOf=as_of) == []


def test_figures_of_a_statutory_day_are_those_of_that_day(app: Wsgi, register: Register) -> None:
    register.execute("DELETE FROM refresh_run")
    refreshed(register, TODAY, date(2026, 10, 30))
    status(app, IN_RIGA, case_of(register))
    now, then = (ask(app, "getCaseStatistics", IN_RIGA, **asked) for asked in ({}, {"quarterOn": "2026-10-30"}))
    assert [texts(one, "status") for one in (now, then)] == [["ARZ"], ["NAV"]]
    assert refusal(ask(app, "getCaseStatistics", IN_RIGA, quarterOn="2026-10-29")) == "R-0403"


def test_small_numbers_are_withheld_from_those_without_the_right(app: Wsgi) -> None:
    withheld, shown = (ask(app, "getCaseStatistics", client) for client in (IKVD, COUNTING))
    assert set(texts(withheld, "withheld")) == {"true"}
    assert texts(withheld, "cases") == []
    assert texts(shown, "withheld") == []
    nation = [row for row in shown.iter("{*}row") if row.find("{*}municipality") is None]
    assert [row.findtext("{*}cases") for row in nation] == ["3", "3"]


def test_every_answer_about_children_is_a_disclosure_with_whose_data_it_was(app: Wsgi, register: Register) -> None:
    ask(app, "listCases", IKVD)
    ask(app, "getCase", IN_RIGA, caseId=case_of(register))
    ask(app, "checkPersons", IN_RIGA, personalCodes={"personalCode": [ANNA]})
    ask(app, "getCaseStatistics", IKVD)
    rows = register.execute("SELECT operation, cardinality(persons), outcome FROM disclosure ORDER BY id")
    names = ["listCases", "getCase", "checkPersons"]
    assert [tuple(row) for row in rows] == [(f"non-studying-children.{name}", n, "ok") for name, n in zip(names, (3, 1, 1), strict=True)]
