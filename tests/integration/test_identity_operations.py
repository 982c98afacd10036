"""mergePersons and separatePersons as an officer's system meets them: tried, done once, refused, disclosed."""

from typing import Any

import pytest
from lxml import etree

from adapters.wsgi import Wsgi
from core.database import Databases
from tests.contract.asking import ask
from tests.integration.identities import code, state
from tests.posting import application
from tests.register import Register

A, B, C = (code(number) for number in (1, 2, 3))
MERGE = {"keep": {"personalCode": A}, "merge": {"personalCode": B}, "reason": "Divi kodi"}
BACK = {"moves": {"move": [{"person": {"personalCode": B}}]}, "reason": "Kļūda"}


@pytest.fixture
def app(databases: Databases, register: Register) -> Wsgi:
    register.grant()
    register.person(A, "Anna")
    register.person(B, "Ance")
    return application(databases)


def said(answer: etree._Element) -> bytes:
    """An answer without its instant and without whether it is a repetition."""
    for name in ("dataAsOf", "repeated"):
        answer.remove(answer.find(f"{{*}}{name}"))
    return etree.tostring(answer)


def fault(answer: etree._Element) -> str | None:
    return answer.findtext("{*}fault/{*}faultCode")


def test_a_dry_run_says_what_would_be_and_keeps_nothing(app, register):
    for key, operation, asked in (("m", "mergePersons", MERGE), ("s", "separatePersons", BACK)):
        before = state(register)
        tried = ask(app, operation, batchKey=key, **asked, dryRun=True)
        assert state(register) == before
        done = ask(app, operation, batchKey=key, **asked)
        assert said(tried) == said(done)
        assert state(register) != before


@pytest.mark.parametrize(("operation", "asked"), [("mergePersons", MERGE), ("separatePersons", BACK)])
def test_the_same_message_again_changes_nothing_and_another_one_under_its_key_is_refused(app, register, operation, asked):
    if operation == "separatePersons":
        ask(app, "mergePersons", batchKey="before", **MERGE)
    first = ask(app, operation, batchKey="k", **asked)
    after = state(register)
    again = ask(app, operation, batchKey="k", **asked)
    assert (first.findtext("{*}repeated"), again.findtext("{*}repeated")) == ("false", "true")
    assert first.findtext("{*}dataAsOf") == again.findtext("{*}dataAsOf")
    assert said(first) == said(again)
    assert fault(ask(app, operation, batchKey="k", **{**asked, "reason": "Cits"})) == "R-0501"
    assert state(register) == after


def test_a_key_belongs_to_one_operation(app):
    ask(app, "mergePersons", batchKey="k", **MERGE)
    assert fault(ask(app, "separatePersons", batchKey="k", **BACK)) == "R-0501"


@pytest.mark.parametrize(
    ("operation", "asked", "refusal"),
    [
        ("mergePersons", MERGE | {"merge": {"personalCode": C}}, "R-0504"),
        ("mergePersons", MERGE | {"merge": {}}, "R-0403"),
        ("mergePersons", MERGE | {"merge": {"personalCode": A}}, "R-0513"),
        ("separatePersons", BACK, "R-0514"),
        ("separatePersons", {"moves": {"move": [{"person": {"personalCode": C}}]}, "reason": "x"}, "R-0504"),
    ],
)
def test_what_is_refused_changes_nothing_and_may_be_sent_again(app, register, operation, asked, refusal):
    before = state(register)
    assert fault(ask(app, operation, batchKey="k", **asked)) == refusal
    assert (state(register), register.execute("SELECT FROM submission")) == (before, [])


@pytest.mark.parametrize(("operation", "asked"), [("mergePersons", MERGE), ("separatePersons", BACK)])
def test_who_decides_has_to_be_named(app, register, operation, asked):
    assert fault(ask(app, operation, batchKey="k", user=None, **asked)) == "R-0512"


def test_the_answer_about_people_is_disclosed_and_counted(app, register):
    ask(app, "mergePersons", batchKey="m", **MERGE)
    ask(app, "separatePersons", batchKey="s", **BACK)
    rows: list[Any] = register.execute("SELECT operation, outcome, user_id, cardinality(persons) FROM disclosure ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("education-process.mergePersons", "ok", "LV-officer-1", 1),
        ("education-process.separatePersons", "ok", "LV-officer-1", 2),
    ]
    counted = register.execute("SELECT operation, received, accepted, unchanged, rejected FROM submission ORDER BY id")
    assert [tuple(row) for row in counted] == [("mergePersons", 1, 1, 0, 0), ("separatePersons", 1, 1, 0, 0)]
