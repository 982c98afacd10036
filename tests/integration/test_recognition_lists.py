"""Lists of licences and accreditations, and the feed of their changes."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest

from core.access import Scope, ScopeKind
from core.accreditation.changes import ChangesPage, changes_page, tell_all
from core.accreditation.listing import AskedRecognitions, RecognitionsPage, accreditations_page, licences_page
from core.errors import InvalidCursor, RestartFeed, UnknownMunicipality
from core.feed import events_page, followed
from core.feed_days import shorten
from core.sequencer import move
from tests.integration.licensing import ON, SCHOOL, office
from tests.register import MADONA, RIGA, VARAKLANI, Register, since

ASKED = AskedRecognitions(None, None, None, None, None, ON, None)
NAMES = {"4513900011": "Zaļā skola", "4513900012": "Ādažu vidusskola", "4513900013": "Aglonas vidusskola", "4513900014": "Čiekuru skola"}


def page(register: Register, ask: Any = licences_page, cursor: str | None = None, size: int = 100, **said: Any) -> RecognitionsPage:
    with register.databases.replica.begin() as session:
        return ask(session, ASKED._replace(**said), cursor, size, datetime.now(UTC), ON)


def every(register: Register, ask: Any = licences_page, size: int = 2, **said: Any) -> list[Sequence[Any]]:
    found, cursor = [], None
    while True:
        part = page(register, ask, cursor, size, **said)
        found += part.lines
        if (cursor := part.next_cursor) is None:
            return found


@pytest.fixture
def schools(register: Register) -> Register:
    """Four schools with a licence each, one of them in a municipality that merged."""
    places = (RIGA, RIGA, VARAKLANI, MADONA)
    for (number, name), place in zip(NAMES.items(), places, strict=True):
        register.institution(number, name=name, municipality=place)
        register.programme(number, "21011111")
    return register


def names(lines: list[Sequence[Any]], column: int = 1) -> list[str]:
    return [line[column] for line in lines]


def test_licences_come_in_latvian_order_and_pages_neither_skip_nor_repeat(schools: Register) -> None:
    found = every(schools)
    assert names(found) == ["Ādažu vidusskola", "Aglonas vidusskola", "Čiekuru skola", "Zaļā skola"]
    assert every(schools, size=1) == found == every(schools, size=4)


def test_a_search_ignores_accents_and_case_and_looks_at_programmes_too(schools: Register) -> None:
    assert names(every(schools, name_part="ADAZU")) == ["Ādažu vidusskola"]
    assert len(every(schools, name_part="pamatizglitibas")) == 4
    assert every(schools, name_part="%") == []


def test_conditions_narrow_the_list_and_a_municipality_has_those_that_merged_into_it(schools: Register) -> None:
    assert names(every(schools, municipality=MADONA)) == ["Aglonas vidusskola", "Čiekuru skola"]
    assert names(every(schools, institution="4513900011")) == ["Zaļā skola"]
    assert (len(every(schools, status="LIC")), every(schools, status="ANU"), every(schools, on=date(2009, 12, 31))) == (4, [], [])
    with pytest.raises(UnknownMunicipality):
        page(schools, municipality="0009999")


def test_a_later_page_shows_what_the_first_one_knew(schools: Register) -> None:
    first = page(schools, size=2)
    schools.institution("4513900015", name="Čakla skola", recorded=since(datetime.now(UTC)))
    schools.programme("4513900015", "21011111")
    second = page(schools, cursor=first.next_cursor, size=10)
    assert names(list(second.lines)) == ["Čiekuru skola", "Zaļā skola"]
    with pytest.raises(InvalidCursor):
        page(schools, accreditations_page, first.next_cursor)


def test_pages_go_on_behind_a_line_that_would_not_be_found_any_more(schools: Register) -> None:
    schools.execute("UPDATE recognition_period SET start_by = '2011-01-01'")
    first = page(schools, size=2, status="ZAU")
    assert names(list(first.lines)) == ["Ādažu vidusskola", "Aglonas vidusskola"]
    schools.execute(
        "UPDATE recognition_period q SET started = true FROM recognition r WHERE r.id = q.recognition_id AND r.institution = '4513900013'"
    )
    assert names(list(page(schools, cursor=first.next_cursor, size=2, status="ZAU").lines)) == ["Čiekuru skola", "Zaļā skola"]


def test_accreditations_show_their_status_on_the_day(register: Register) -> None:
    ikvd = office(register)
    ikvd.decided(ikvd.evaluated(), term="2Y", number="A-1")
    ikvd.decided(ikvd.evaluated("EXAM_CENTRE"), term="6Y", number="A-2")
    every_one = every(register, accreditations_page)
    assert [(line[0], line[5], line[6]) for line in every_one] == [("examinationCentre", "6Y", True), ("institution", "2Y", True)]
    assert [line[5] for line in every(register, accreditations_page, on=date(2028, 3, 2))] == ["6Y", "EXP"]
    assert [line[0] for line in every(register, accreditations_page, subject="examination_centre")] == ["examinationCentre"]
    assert [line[5] for line in every(register, accreditations_page, on=date(2028, 3, 2), status="EXP")] == ["EXP"]


def numbered(register: Register) -> None:
    with register.databases.register.begin() as session:
        while move(session.connection()):
            pass


def changed(register: Register, cursor: str | None = None, size: int = 100) -> ChangesPage:
    numbered(register)
    with register.databases.replica.begin() as session:
        return changes_page(session, cursor, size)


def test_every_change_comes_once_in_the_order_of_commits_with_all_days(register: Register) -> None:
    ikvd = office(register)
    granted = ikvd.decided(ikvd.accepted())
    first = changed(register)
    [event] = first.events
    assert event[3:5] == ("licence", SCHOOL)
    assert event[6] == [["LIC", "2026-03-02", None, "2027-03-02", granted, "V-1"]]
    assert changed(register, first.next_cursor).events == []
    annulled = ikvd.decided(None, "annul", decision_id=granted, number="V-2", valid_from=date(2026, 3, 2))
    ikvd.decided(ikvd.evaluated(), term="6Y", number="A-1")
    second = changed(register, first.next_cursor, size=1)
    assert second.more
    assert [period[0] for period in second.events[0][6]] == ["ANU"]
    assert second.events[0][6][0][4] == annulled
    third = changed(register, second.next_cursor)
    assert ([event[3] for event in third.events], third.more) == (["institution"], False)


def test_followers_of_education_never_see_them(register: Register) -> None:
    ikvd = office(register)
    ikvd.decided(ikvd.accepted())
    numbered(register)
    scopes = [Scope(ScopeKind.EVERYTHING), Scope(ScopeKind.MUNICIPALITIES, (RIGA,)), Scope(ScopeKind.INSTITUTIONS, (SCHOOL,))]
    with register.databases.replica.begin() as session:
        for scope in scopes:
            seen = events_page(session, followed(scope, frozenset(), None, None), None, 100)
            assert all(event[3] != "recognition" for event in seen.events)


def test_what_came_in_bulk_is_told_once(schools: Register) -> None:
    for _ in range(2):
        with schools.databases.register.begin() as session:
            tell_all(session)
        numbered(schools)
    assert len(changed(schools).events) == 4


def test_a_reader_behind_a_shortened_feed_begins_again_and_then_has_everything(register: Register) -> None:
    ikvd = office(register)
    granted = ikvd.decided(ikvd.accepted())
    first = changed(register)
    annulled = ikvd.decided(None, "annul", decision_id=granted, number="V-2")
    ikvd.appeal(annulled)
    ikvd.decide(annulled, "revoked")
    numbered(register)
    with register.databases.register.begin() as session:
        assert shorten(session, date(2099, 1, 1)) > 0
    with pytest.raises(RestartFeed):
        changed(register, first.next_cursor)
    again = changed(register)
    assert [[period[0] for period in event[6]] for event in again.events] == [["LIC"]]


def test_a_cursor_of_another_feed_is_refused(register: Register) -> None:
    with pytest.raises(InvalidCursor):
        changed(register, "AAAA")
