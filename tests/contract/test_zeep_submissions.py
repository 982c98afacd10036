"""zeep submits, over HTTP: what an integrator's client makes of items, outcomes, refusals and reports."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from stdnum.lv import pvn
from zeep.exceptions import ValidationError

from tests.contract.asking import asking, elements, fault
from tests.contract.conftest import Call
from tests.serving import Served

SCHOOL, NAME = "3013900701", "Āboliņš-Ķirsis & «Ēvele» <ž> ]]>"


def code(number: int) -> str:
    """A code that was never issued."""
    digits = f"0405182{number:03d}"
    return digits + pvn.calc_check_digit_pers(digits)


def item(key: str, person: str, **more: Any) -> dict[str, Any]:
    fixed = {"givenName": "Jānis Ķirils", "surname": NAME, "institution": SCHOOL, "programme": "21011111"}
    return {"senderKey": key, "personalCode": person, **fixed, "main": True, "status": "AKT", "startedOn": date(2026, 9, 1), **more}


@pytest.fixture(scope="module", autouse=True)
def school(served: Served) -> None:
    served.register.institution(SCHOOL)
    served.register.programme(SCHOOL, "21011111")


def submit(call: Call, batch_key: str, *items: dict[str, Any], operation: str = "submitAffiliations", **more: Any) -> Any:
    return call(operation, batchKey=batch_key, items={"item": list(items)}, **more).body


def outcomes(body: Any) -> list[tuple[Any, ...]]:
    return [(entry.position, entry.senderKey, entry.outcome, entry.code) for entry in body.outcomes.outcome]


def test_an_item_with_any_letter_is_accepted_and_read_back(call: Call):
    body = submit(call, "B ā-1", item("ā/1 «ž»", code(101), classLevel="2", classGroup="2.ž & <b>", startOrder="1-9/26"))
    assert (body.batchKey, body.dryRun, body.repeated) == ("B ā-1", False, False)
    assert (body.received, body.accepted, body.unchanged, body.rejected) == (1, 1, 0, 0)
    [outcome] = body.outcomes.outcome
    assert (outcome.position, outcome.senderKey, outcome.outcome, outcome.code, outcome.reason) == (1, "ā/1 «ž»", "accepted", None, None)
    assert outcome.entryId is not None
    assert outcome.version is not None
    person = call("getPersonEducation", personalCode=code(101)).body.person
    assert (person.givenName, person.surname) == ("Jānis Ķirils", NAME)
    [affiliation] = person.affiliations.affiliation
    assert (affiliation.classGroup, affiliation.studyForm._value_1, affiliation.language._value_1) == ("2.ž & <b>", "1", "1")


def test_the_same_message_again_is_answered_as_the_first_time(call: Call):
    first = submit(call, "B2", item("K2", code(102)))
    again = submit(call, "B2", item("K2", code(102)))
    assert (first.repeated, again.repeated) == (False, True)
    assert (again.accepted, again.outcomes, again.dataAsOf) == (first.accepted, first.outcomes, first.dataAsOf)


def test_another_message_under_the_same_key_is_refused_whole(call: Call):
    submit(call, "B3", item("K3", code(103)))
    refused = submit(call, "B3", item("K3", code(103), classLevel="3"))
    assert (refused.fault.faultCode, refused.outcomes, refused.batchKey) == ("R-0501", None, None)


def test_what_the_register_holds_already_is_unchanged_and_empty_is_absent(call: Call):
    submit(call, "B4", item("K4", code(104)))
    again = submit(call, "B4-2", item("K4", code(104), classGroup="", endOrder=""))
    assert outcomes(again) == [(1, "K4", "unchanged", None)]


def test_rejected_items_do_not_hold_up_their_neighbours(call: Call):
    body = submit(
        call, "B5",
        item("K5", code(105)),
        item("K5", code(106)),
        item("K6", code(105)),
        item("K7", code(107), institution="9999999999"),
        item("K8", code(108), programme="33011011"),
        item("K9", code(109), status="QQQ"),
        item("K10", code(110), givenName=None, surname=None),
        item("K11", code(111), endedOn=date(2026, 8, 1)),
        item("K12", code(112), personalCode=None),
        item("K13", code(113), entryId=999_999_999, expectedVersion=1),
        item("K14", "1"),
        item("K15", code(115)),
    )  # fmt: skip
    assert [outcome[3] for outcome in outcomes(body)] == [
        None, "R-0502", "R-0503", "R-0201", "R-0505", "R-0203", "R-0504", "R-0509", "R-0510", "R-0511", "R-0301",
        None,
    ]  # fmt: skip
    assert (body.accepted, body.rejected) == (2, 10)


def test_a_trial_gives_the_outcome_and_keeps_nothing(call: Call):
    tried = submit(call, "B6", item("K20", code(120)), item("K21", code(121), institution="9999999999"), dryRun=True)
    assert tried.dryRun is True
    assert outcomes(tried) == [(1, "K20", "accepted", None), (2, "K21", "rejected", "R-0201")]
    assert call("getPersonEducation", personalCode=code(120)).body.found is False
    assert call("getSubmissionReport", batchKey="B6").body.submissions is None
    assert outcomes(submit(call, "B6", item("K20", code(120)))) == [(1, "K20", "accepted", None)]


def test_who_changed_a_row_that_somebody_else_changed_must_know_its_version(call: Call, served: Served):
    [outcome] = submit(call, "B7", item("K30", code(130))).outcomes.outcome
    stale = submit(call, "B7-2", item("K30", code(130), classLevel="4", expectedVersion=outcome.version + 1000))
    assert outcomes(stale) == [(1, "K30", "rejected", "R-0508")]
    right = submit(call, "B7-3", item("K30", code(130), classLevel="4", entryId=outcome.entryId, expectedVersion=outcome.version))
    assert outcomes(right) == [(1, "K30", "accepted", None)]
    assert right.outcomes.outcome[0].entryId == outcome.entryId


def test_posts_and_documents_are_submitted_and_withdrawn(call: Call):
    teacher = {"senderKey": "T1", "personalCode": "12048511417", "givenName": "Ilze", "surname": "Ķēniņa", "institution": SCHOOL}
    post = {**teacher, "post": "Skolotāja & audzinātāja", "load": Decimal("0.750"), "startedOn": date(2026, 9, 1)}
    assert outcomes(submit(call, "B8", post, operation="submitTeachingPosts")) == [(1, "T1", "accepted", None)]
    [held] = call("getPersonEducation", personalCode="12048511417").body.person.teachingPosts.teachingPost
    assert (held.post, held.load) == ("Skolotāja & audzinātāja", Decimal("0.750"))
    assert submit(call, "B8-2", {**post, "withdrawn": True}, operation="submitTeachingPosts").accepted == 1
    assert call("getPersonEducation", personalCode="12048511417").body.person.teachingPosts is None

    submit(call, "B9", item("K40", code(140)))
    document = {"senderKey": "D1", "personalCode": code(140), "institution": SCHOOL, "documentType": "APV", "series": "PA", "number": "Ž-1"}
    given = {**document, "issuedOn": date(2026, 6, 12), "status": "valid", "programme": "21011111"}
    assert outcomes(submit(call, "B9-2", given, operation="submitEducationDocuments")) == [(1, "D1", "accepted", None)]
    lost = submit(call, "B9-3", {**given, "status": "lost"}, operation="submitEducationDocuments")
    assert outcomes(lost) == [(1, "D1", "accepted", None)]


def test_the_report_gives_rejected_items_as_they_were_sent_in_pages(call: Call):
    submit(call, "B10", *(item(f"K{number}", code(number), surname=NAME, programme="33011011") for number in range(150, 155)))
    seen, cursor, pages = [], None, 0
    while pages == 0 or cursor is not None:
        body = call("getSubmissionReport", batchKey="B10", pageSize=2, cursor=cursor).body
        seen += body.refusals.refusal
        cursor, pages = body.nextCursor, pages + 1
    assert ([entry.position for entry in seen], pages) == ([1, 2, 3, 4, 5], 3)
    fields = {field.name: field.value for field in seen[0].fields.field}
    assert (seen[0].senderKey, seen[0].code) == ("K150", "R-0505")
    assert (fields["surname"], fields["personalCode"], fields["startedOn"], fields["main"]) == (NAME, code(150), "2026-09-01", "true")


def test_the_report_lists_messages_the_newest_first_and_only_ones_own(call: Call, served: Served):
    for batch in ("B11-1", "B11"):
        submit(call, batch, item("K60", code(160)))
    newest = call("getSubmissionReport", operation="submitAffiliations", pageSize=1).body
    assert [entry.batchKey for entry in newest.submissions.submission] == ["B11"]
    assert (newest.refusals, bool(newest.nextCursor)) == (None, True)
    assert call("getSubmissionReport", batchKey="of somebody else").body.submissions is None
    served.register.grant(client="LV-DEV/MUN/RIGA/other", operation="education-process.getSubmissionReport")
    other = {"xRoadInstance": "LV-DEV", "memberClass": "MUN", "memberCode": "RIGA", "subsystemCode": "other", "objectType": "SUBSYSTEM"}
    assert call("getSubmissionReport", {"client": other}).body.submissions is None


def test_a_thousand_items_go_in_one_message_and_the_contract_says_that_it_is_the_most(call: Call):
    items = [item(f"M{number}", code(number), status="QQQ") for number in range(1000)]
    body = submit(call, "B12", *items)
    assert (body.received, body.rejected, len(body.outcomes.outcome)) == (1000, 1000, 1000)
    with pytest.raises(ValidationError, match="at most 1000 items"):  # zeep knows it from the contract
        submit(call, "B13", *items, items[0])


@pytest.mark.parametrize(
    "change",
    [{"startedOn": None}, {"senderKey": ""}, {"senderKey": "x" * 101}, {"personalCode": ""}, {"main": None}],
    ids=["a day is missing", "an empty key", "a long key", "no personal code", "no main"],
)
def test_what_the_schema_forbids_in_an_item_is_a_fault_for_the_whole_message(served: Served, change: dict[str, Any]):
    one = {**item("K70", code(170)), **change}
    order = ("senderKey", "personalCode", "givenName", "surname", "institution", "programme", "main", "status", "startedOn")
    message = elements({"batchKey": "B14", "items": {"item": {name: one[name] for name in order}}})
    assert fault(served.post(asking("submitAffiliations", message))) == "F-0401"


def test_an_affiliation_that_runs_beside_the_main_one_overlaps_nothing(call: Call, served: Served):
    served.register.programme(SCHOOL, "20V21111", "Mūzika")
    both = submit(call, "B15", item("K80", code(180)), item("K81", code(180), programme="20V21111", main=False))
    assert [outcome[2] for outcome in outcomes(both)] == ["accepted", "accepted"]
