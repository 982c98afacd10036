"""zeep follows the change feed and decides who is who, over HTTP: pages, filters, events of every kind, checkpoints, refusals."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from stdnum.lv import pvn

from core.changes import rebuild
from tests.contract.conftest import Call
from tests.register import MADONA, RIGA, days
from tests.serving import Served

SCHOOL, WITHIN = "3013900901", 30.0
NAME = "Āboliņš & <Ēvele> ]]>"


def code(number: int) -> str:
    """A code that was never issued."""
    digits = f"0405182{number:03d}"
    return digits + pvn.calc_check_digit_pers(digits)


@pytest.fixture(scope="module", autouse=True)
def told(served: Served) -> None:
    """A school with learners and a teacher, of which the feed tells."""
    register = served.register
    register.institution(SCHOOL, "Rīgas «Ķipara» & Zīlītes pamatskola", address="Ābeļu iela 1 <2>")
    for number in range(300, 307):
        person = register.person(code(number), given_name="Šarlote", surname=NAME)
        register.lives(person, MADONA if number == 306 else RIGA)
        register.learns(person, SCHOOL, days("2025-09-01"), class_group="1.ž & <b>", start_order="1-9/25")
    nameless = register.person(None, given_name="Bez", surname="Koda")
    register.identifier(nameless, SCHOOL, "BK-9")
    register.teaches(nameless, SCHOOL, load="0.500")
    with register.databases.register.begin() as session:
        rebuild(session)


def all_events(call: Call, size: int = 1000, **asked: Any) -> list[Any]:
    """From nothing to the end."""
    events, cursor, more = [], None, True
    while more:
        page = call("listEducationChanges", cursor=cursor, pageSize=size, **asked).body
        events += page.events.event if page.events else []
        cursor, more = page.nextCursor, page.more
    return events


def soon(happened: Callable[[], Any]) -> Any:
    """What the sequencer numbers a moment after it was committed."""
    until = time.monotonic() + WITHIN
    while not (found := happened()):
        assert time.monotonic() < until
    return found


def test_an_upsert_holds_the_whole_entry_with_any_letter(call: Call):
    event = next(event for event in all_events(call, entity="affiliation") if event.affiliation.personalCode == code(300))
    assert (event.kind, event.entity, event.changedAt.utcoffset()) == ("upsert", "affiliation", timedelta(0))
    entry = event.affiliation
    assert (entry.givenName, entry.surname, entry.institution, entry.main) == ("Šarlote", NAME, SCHOOL, True)
    assert (entry.classLevel, entry.classGroup, entry.startOrder, entry.endedOn) == ("1", "1.ž & <b>", "1-9/25", None)
    assert (entry.programme, entry.endReason) == ("21011111", None)
    assert (event.institution, event.programme, event.personalCode) == (None, None, None)


def test_every_kind_of_entry_has_its_own_element(call: Call):
    kinds = {event.entity: event[event.entity] for event in all_events(call)}
    assert {"affiliation", "teachingPost", "institution", "programme"} <= set(kinds)
    post = kinds["teachingPost"]
    assert (post.personalCode, post.identifierInstitution, post.identifier, str(post.load)) == (None, SCHOOL, "BK-9", "0.500")
    school = next(event for event in all_events(call, entity="institution") if event.institution.registrationNumber == SCHOOL)
    assert (school.entryId, school.institution.address) == (int(SCHOOL), "Ābeļu iela 1 <2>")


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_pages_of_any_size_give_the_same_events_in_the_order_of_positions(call: Call, size: int):
    positions = [event.position for event in all_events(call, size)]
    assert positions == sorted(set(positions))
    whole = [event.position for event in all_events(call)]
    assert positions == whole[: len(positions)]


def test_a_page_at_the_end_is_empty_and_its_cursor_goes_on(call: Call):
    cursor, more = None, True
    while more:
        page = call("listEducationChanges", cursor=cursor, pageSize=1000).body
        cursor, more = page.nextCursor, page.more
    body = call("listEducationChanges", cursor=cursor).body
    assert (body.events, body.more, bool(body.nextCursor), body.fault) == (None, False, True, None)


def test_a_municipality_narrows_the_feed_and_its_checkpoints(call: Call):
    in_madona = all_events(call, entity="affiliation", municipality=MADONA)
    assert [event.affiliation.personalCode for event in in_madona] == [code(306)]
    [point] = call("getCheckpoints", entity="affiliation", municipality=MADONA).body.checkpoints.checkpoint
    assert (point.municipality, point.entity, point.rows, len(point.hash)) == (MADONA, "affiliation", 1, 16)
    everything = call("getCheckpoints").body
    assert {point.municipality for point in everything.checkpoints.checkpoint} == {None}
    assert {"affiliation", "institution", "teachingPost", "programme"} <= {point.entity for point in everything.checkpoints.checkpoint}


def test_checkpoints_are_told_for_the_place_of_a_cursor(call: Call):
    first = call("listEducationChanges", pageSize=1).body
    body = call("getCheckpoints", cursor=first.nextCursor).body
    [point] = body.checkpoints.checkpoint
    assert (point.rows, body.position, body.cursor) == (1, first.events.event[0].position, first.nextCursor)


def test_what_is_submitted_is_told_and_a_row_in_error_is_removed(call: Call):
    person = {"personalCode": code(310), "givenName": "Ķirils", "surname": NAME}
    item = {"senderKey": "ā-1", **person, "institution": SCHOOL, "programme": "21011111", "main": True, "startedOn": "2026-09-01"}
    submitted = call("submitAffiliations", batchKey="F1", items={"item": [{**item, "status": "AKT"}]}).body
    entry = submitted.outcomes.outcome[0].entryId

    def kinds() -> list[str]:
        return [event.kind for event in all_events(call, entity="affiliation") if event.entryId == entry]

    soon(lambda: kinds() == ["upsert"])
    call("submitAffiliations", batchKey="F2", items={"item": [{**item, "status": "DUB"}]})
    soon(lambda: kinds()[-1:] == ["remove"])


def test_records_are_merged_and_separated_and_the_feed_tells_it(call: Call):
    asked = {"keep": {"personalCode": code(303)}, "merge": {"personalCode": code(304)}, "reason": "Viens bērns & divi kodi"}
    tried = call("mergePersons", batchKey="P1", dryRun=True, **asked).body
    merged = call("mergePersons", batchKey="P1", **asked).body
    again = call("mergePersons", batchKey="P1", **asked).body
    assert (tried.repeated, merged.repeated, again.repeated) == (False, False, True)
    for body in (tried, merged, again):
        assert (body.personalCode, body.formerPersonalCodes.personalCode, body.overlaps) == (code(303), [code(304)], 1)

    def told(kind: str) -> list[Any]:
        return [event for event in all_events(call, entity="person") if event.kind == kind]

    [event] = soon(lambda: told("merge"))
    assert (event.entity, event.entryId, event.personalCode, event.personalCodeBefore) == ("person", None, code(303), code(304))
    moves = {"move": [{"person": {"personalCode": code(304)}}]}
    apart = call("separatePersons", batchKey="P2", moves=moves, reason="Tomēr divi").body
    assert {person.personalCode for person in apart.persons.person} == {code(303), code(304)}
    soon(lambda: told("separate"))


@pytest.mark.parametrize(
    ("operation", "request_", "code_"),
    [
        ("listEducationChanges", {"cursor": "madeup"}, "R-0401"),
        ("listEducationChanges", {"municipality": "9999999"}, "R-0202"),
        ("getCheckpoints", {"cursor": "madeup"}, "R-0401"),
        ("getCheckpoints", {"municipality": "9999999"}, "R-0202"),
        ("mergePersons", {"keep": {}, "merge": {"personalCode": "04051820016"}}, "R-0403"),
        ("mergePersons", {"keep": {"personalCode": "15072120012"}, "merge": {"personalCode": "04051820016"}}, "R-0504"),
        ("separatePersons", {"moves": {"move": [{"person": {"personalCode": "15072120012"}}]}}, "R-0504"),
    ],
)
def test_a_refusal_is_a_normal_answer(call: Call, operation: str, request_: dict[str, Any], code_: str):
    more = {"batchKey": f"R {code_}", "reason": "…"} if operation.endswith("Persons") else {}
    assert call(operation, **more, **request_).body.fault.faultCode == code_


def test_a_cursor_is_for_the_condition_that_it_was_given_for(call: Call):
    cursor = call("listEducationChanges", entity="affiliation", pageSize=1).body.nextCursor
    assert call("listEducationChanges", cursor=cursor, entity="institution").body.fault.faultCode == "R-0401"


def test_who_decides_has_to_be_named(call: Call):
    asked = {"keep": {"personalCode": code(300)}, "merge": {"personalCode": code(301)}, "reason": "x", "batchKey": "P9"}
    assert call("mergePersons", {"userId": None}, **asked).body.fault.faultCode == "R-0512"
