"""What a person is shown of the journal: every way in which data went to somebody, nothing that the law hides, and this look-up, too."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from adapters.wsgi import Wsgi
from core import changes, codes, feeds
from core.connections import cursor
from core.disclosure import Disclosure, record
from core.disclosures import copies, sealing, words
from core.outbox.disclosing import disclose
from core.sequencer import move
from tests.contract.asking import CONTRACTS, ask, asking, fault
from tests.integration.identities import back, merge, named, separate
from tests.integration.test_operations import replaced
from tests.posting import application, post
from tests.register import MADONA, RIGA, Register, days

CHILD, PARENT, OTHER, STRANGER = "04051820016", "05061820014", "06071820012", "07080820014"
SCHOOL = "3013900002"
PORTAL, SCHOOLS = "LV-DEV/GOV/VDAA/person", "LV-DEV/MUN/RIGA/schools"
NOW = datetime(2026, 11, 23, 10, 0, 0, tzinfo=UTC)
SAID = Disclosure(NOW, "m-1", SCHOOLS, "LV-1", None, None, "education-process.getPersonEducation", "founder", "law", None, "ok", [])


@pytest.fixture
def app(register: Register) -> Wsgi:
    register.grant(operation="disclosures.**", rights=["restricted"])
    register.grant(PORTAL, "disclosures.listPersonDisclosures", "own")
    return application(register.databases)


def shown(app: Wsgi, code: str = CHILD, **more: Any) -> list[dict[str, str]]:
    return _rows(ask(app, "listPersonDisclosures", personalCode=code, **more), "entry")


def _rows(answer: etree._Element, name: str) -> list[dict[str, str]]:
    return [{etree.QName(child).localname: child.text or "" for child in row} for row in answer.iterfind(f".//{{*}}{name}")]


def told(register: Register, *persons: int, **more: Any) -> None:
    record(register.databases.journal, SAID._replace(persons=list(persons), **more))


def test_a_person_sees_single_bulk_page_feed_message_and_copy_with_who_and_why(register: Register, app: Wsgi) -> None:
    register.institution(SCHOOL)
    child = register.person(CHILD)
    register.lives(child, RIGA)
    register.learns(child, SCHOOL)
    register.grant()
    register.grant(operation="achievements.**")
    with register.databases.register.begin() as session:
        for name in ("viis_replica", "viis_replica_2", "viis_replica"):
            copies.stand(cursor(session).execute, name, NOW)
        copies.end(cursor(session).execute, "viis_replica_2", NOW)
        copies.stand(cursor(session).execute, "viis_replica", NOW + timedelta(days=1))
        changes.rebuild(session, today=date(2026, 9, 1))
        feeds.add(session, "riga", RIGA, health=False, purpose="schools of the city", legal_basis="s. 17", today=date(2026, 9, 1))
        disclose(session, [("LV-DEV/EDU/LU/avus", "message-1", child, "2026-11-23T10:00:00.000000Z")], datetime.now(UTC))
    with register.databases.register_engine.begin() as connection:
        move(connection)
    ask(app, "getPersonEducation", personalCode=CHILD)
    ask(app, "getAchievementsBatch", applicants={"applicant": [{"personalCode": CHILD}]})
    ask(app, "listAffiliations", institution=SCHOOL, onDate="2026-09-10")
    ask(app, "listEducationChanges")
    entries = shown(app)
    assert [entry["kind"] for entry in entries] == ["feed", "page", "bulk", "single", "message", "copy"]
    assert [entry["disclosedAt"] for entry in entries] == sorted((entry["disclosedAt"] for entry in entries), reverse=True)
    assert entries[3]["client"] == "LV-DEV/GOV/IZM/allservices"
    assert (entries[3]["action"], entries[3]["actionEn"]) == ("Personas izglītības dati", "Education of a person")
    assert (entries[5]["client"], entries[5]["purpose"], entries[5]["legalBasis"]) == (
        "municipal-feed/riga",
        "schools of the city",
        "s. 17",
    )
    assert all(entry["persons"] == "1" for entry in entries)
    held = _rows(ask(app, "listPersonDisclosures", personalCode=CHILD), "copy")
    assert [(copy["kind"], copy["holder"], copy["scope"]) for copy in held] == [
        ("replica", "VIIS", "everything"),
        ("municipality", "municipal-feed/riga", "municipalities"),
        ("feed", "LV-DEV/GOV/IZM/allservices", "everything"),
    ]
    assert held[0]["since"] == "2026-11-23T10:00:00.000000Z"
    assert held[1]["name"] == "Rīga"
    sealing.seal(register.databases.register)
    checked = ask(app, "verifyDisclosureLog")
    assert checked.findtext("{*}whole") == "true"
    assert checked.findtext("{*}toPlace") == checked.findtext("{*}headPlace") == checked.findtext("{*}rows")


def test_a_copy_that_was_removed_or_of_another_municipality_is_held_no_more(register: Register, app: Wsgi) -> None:
    child = register.person(CHILD)
    register.lives(child, MADONA)
    with register.databases.register.begin() as session:
        changes.rebuild(session, today=date(2026, 9, 1))
        for name, code in (("riga", RIGA), ("madona", MADONA)):
            feeds.add(session, name, code, health=False, purpose="p", legal_basis="b", today=date(2026, 9, 1))
    told(register, child, operation="municipalFeed", client="municipal-feed/riga", outcome="copied")
    told(register, child, operation="municipalFeed", client="municipal-feed/madona", outcome="copied")
    register.execute(
        "INSERT INTO holding (entry_id, entity, municipality, version, person_id, hash, full_hash, content) "
        "VALUES (1, 'affiliation', :madona, 1, :child, 0, 0, '{}') ON CONFLICT DO NOTHING",
        madona=MADONA,
        child=child,
    )
    held = _rows(ask(app, "listPersonDisclosures", personalCode=CHILD), "copy")
    assert [copy["holder"] for copy in held] == ["municipal-feed/madona"]
    assert held[0]["lastToldAt"] == held[0]["since"] == "2026-11-23T10:00:00.000000Z"
    register.execute("ALTER TABLE disclosure DISABLE TRIGGER USER")
    register.execute("DELETE FROM disclosure WHERE client = 'municipal-feed/madona'")
    [copy] = _rows(ask(app, "listPersonDisclosures", personalCode=CHILD), "copy")
    assert (copy["holder"], copy.get("lastToldAt")) == ("municipal-feed/madona", None), "it is held after the row of it was old enough"
    told(register, child, operation="municipalFeed", client="municipal-feed/madona", outcome="copied")
    with register.databases.register.begin() as session:
        feeds.remove(session, "madona")
    answer = ask(app, "listPersonDisclosures", personalCode=CHILD)
    assert _rows(answer, "copy") == []
    assert len(_rows(answer, "entry")) == 4, "that it was told stays, and so do the look-ups"


def test_what_the_law_hides_leaves_no_trace_until_its_day(register: Register, app: Wsgi) -> None:
    child = register.person(CHILD)
    register.grant("LV-DEV/GOV/VP/search", "education-process.getPersonEducation", hidden_days=30, purpose="criminal proceedings")
    told(register, child, message_id="before")
    ask(app, "getPersonEducation", client="LV-DEV/GOV/VP/search", personalCode=CHILD)
    [(hidden_until,)] = register.execute("SELECT hidden_until FROM disclosure WHERE client = 'LV-DEV/GOV/VP/search'")
    assert hidden_until - datetime.now(UTC) > timedelta(days=29)
    told(register, child, message_id="long ago", client="LV-DEV/GOV/VP/search", hidden_until=NOW - timedelta(days=1))
    answer = ask(app, "listPersonDisclosures", personalCode=CHILD, pageSize=2)
    assert [entry["messageId"] for entry in _rows(answer, "entry")] == ["long ago", "before"]
    assert answer.find("{*}nextCursor") is None, "nothing is behind the page"


def test_the_look_up_itself_is_recorded_and_shown_the_next_time(register: Register, app: Wsgi) -> None:
    child = register.person(CHILD)
    assert shown(app) == []
    [entry] = shown(app)
    assert (entry["kind"], entry["operation"]) == ("single", "disclosures.listPersonDisclosures")
    rows = register.execute("SELECT operation, outcome, persons FROM disclosure")
    assert rows == [("disclosures.listPersonDisclosures", "ok", [child])] * 2


def test_oneself_and_a_minor_child_are_shown_and_nobody_else(register: Register, app: Wsgi) -> None:
    child, parent = register.person(CHILD, born_on=date(2018, 5, 4)), register.person(PARENT, born_on=date(1988, 6, 5))
    other = register.person(OTHER)
    register.guardian(child, parent, days("2018-05-04"))
    told(register, child, parent, other, message_id="all", on_behalf_of=f"guardian:{PARENT}")

    def asked(code: str, user: str | None = f"LV{PARENT}") -> etree._Element:
        return ask(app, "listPersonDisclosures", client=PORTAL, user=user, personalCode=code)

    for code in (PARENT, CHILD):
        [entry] = _rows(asked(code), "entry")
        assert (entry["messageId"], entry["persons"], entry["capacity"]) == ("all", "3", "guardian")
        assert PARENT not in str(entry)
    for code in (OTHER, STRANGER):
        answer = asked(code)
        assert answer.findtext("{*}found") == "false"
        assert _rows(answer, "entry") == []
    assert asked(CHILD, None).findtext("{*}fault/{*}faultCode") == "R-0102"
    outcomes = [row for (row,) in register.execute("SELECT outcome FROM disclosure WHERE client = :portal ORDER BY id", portal=PORTAL)]
    assert outcomes == ["ok", "ok", "ok", "ok", "R-0102"]


def test_where_a_person_with_a_safe_address_is_does_not_show_by_what_another_one_is_shown(register: Register, app: Wsgi) -> None:
    child, parent = register.person(CHILD, restricted=True), register.person(PARENT, born_on=date(1988, 6, 5))
    register.guardian(child, parent)
    register.lives(child, RIGA)
    register.learns(child, register.institution(SCHOOL))
    with register.databases.register.begin() as session:
        changes.rebuild(session, today=date(2026, 9, 1))
        feeds.add(session, "riga", RIGA, health=False, purpose="p", legal_basis="b", today=date(2026, 9, 1))
    # One row tells of both: whoever is shown it in the one list would know its instant and its number again in the other.
    told(register, child, parent, client=SCHOOLS, purpose="schools of Rīga")
    told(register, child, client="LV-DEV/GOV/IZM/ministry", message_id="m-2")

    def seen(code: str, user: str = PARENT) -> tuple[list[str], list[str]]:
        answer = ask(app, "listPersonDisclosures", client=PORTAL, user=f"LV{user}", personalCode=code)
        return [entry["client"] for entry in _rows(answer, "entry")], [copy["holder"] for copy in _rows(answer, "copy")]

    assert seen(CHILD) == (["LV-DEV/GOV/IZM/ministry"], [])
    answer = ask(
        app, "listPersonDisclosures", client=PORTAL, user=f"LV{PARENT}", personalCode=CHILD, disclosedTo="2026-11-23T10:00:01Z", pageSize=1
    )
    assert answer.find("{*}nextCursor") is None
    assert seen(PARENT)[0] == [SCHOOLS], "of oneself nothing is kept"
    own, copied = seen(CHILD, f"{CHILD[:6]}-{CHILD[6:]}")
    assert {SCHOOLS, "municipal-feed/riga"} <= set(own)
    assert copied == ["municipal-feed/riga"]
    assert SCHOOLS in [entry["client"] for entry in shown(app)], "who has the right is shown it"


def test_who_was_merged_and_separated_again_keeps_every_entry(register: Register, app: Wsgi) -> None:
    kept, merged = register.person(CHILD), register.person(OTHER)
    told(register, kept, message_id="of the one", disclosed_at=datetime.now(UTC))
    told(register, merged, message_id="of the other", disclosed_at=datetime.now(UTC))
    merge(register, named(CHILD), named(OTHER))
    told(register, kept, message_id="of both", disclosed_at=datetime.now(UTC))
    told(register, merged, message_id="of the other, by a reader of before", disclosed_at=datetime.now(UTC))

    def seen(code: str) -> set[str]:
        return {entry["messageId"] for entry in shown(app, code) if "disclosures" not in entry["operation"]}

    everything = {"of the one", "of the other", "of both", "of the other, by a reader of before"}
    assert seen(CHILD) == seen(OTHER) == everything
    separate(register, *back(named(OTHER)))
    told(register, merged, message_id="afterwards", disclosed_at=datetime.now(UTC))
    assert seen(OTHER) >= {"of the other", "of both", "afterwards"}
    assert "of the one" not in seen(OTHER)
    assert seen(CHILD) >= {"of the one", "of both"}
    assert not {"of the other", "afterwards"} & seen(CHILD)


def test_who_was_part_of_another_one_by_mistake_is_not_shown_who_follows_that_one(register: Register, app: Wsgi) -> None:
    for code in (CHILD, STRANGER):
        register.person(code)
    told(register, register.person(OTHER), operation="education-process.listEducationChanges")
    merge(register, named(OTHER), named(CHILD))
    separate(register, *back(named(CHILD)))
    merge(register, named(STRANGER), named(OTHER))
    for code, holders in ((CHILD, []), (OTHER, [SCHOOLS])):
        assert [copy["holder"] for copy in _rows(ask(app, "listPersonDisclosures", personalCode=code), "copy")] == holders


def test_pages_neither_skip_nor_repeat_while_rows_come(register: Register, app: Wsgi) -> None:
    child = register.person(CHILD)
    for number in range(7):
        told(register, child, message_id=str(number), disclosed_at=NOW + timedelta(seconds=number // 2))
    found, cursor = [], None
    while True:
        answer = ask(app, "listPersonDisclosures", personalCode=CHILD, disclosedTo="2026-11-23T10:00:03.5Z", cursor=cursor, pageSize=2)
        found += [entry["messageId"] for entry in _rows(answer, "entry")]
        cursor = answer.findtext("{*}nextCursor")
        if cursor is None:
            break
        told(register, child, message_id="later", disclosed_at=NOW + timedelta(seconds=9))
    assert found == ["6", "5", "4", "3", "2", "1", "0"]
    since = shown(app, disclosedFrom="2026-11-23T10:00:02Z", disclosedTo="2026-11-23T10:00:03Z")
    assert [entry["messageId"] for entry in since] == ["5", "4"]
    wrong = ask(app, "listPersonDisclosures", personalCode=CHILD, cursor="AAAA")
    assert wrong.findtext("{*}fault/{*}faultCode") == "R-0401"


def test_every_refusal_and_fault_of_a_personal_operation_is_a_row(register: Register) -> None:
    register.person(CHILD)
    app = application(register.databases)
    about = f"<e:personalCode>{CHILD}</e:personalCode>"
    assert ask(app, "getPersonEducation", personalCode=CHILD).findtext("{*}fault/{*}faultCode") == "R-0101"
    register.grant()
    app = application(register.databases)
    assert ask(app, "getPersonEducation").findtext("{*}fault/{*}faultCode") == "R-0403"

    def handle(session: Any, inquiry: Any, request: Any) -> Any:
        raise RuntimeError(CHILD)

    broken = application(register.databases, find=replaced("getPersonEducation", handle))
    assert fault(post(broken, asking("getPersonEducation", about))) == "F-0901"
    rows = register.execute("SELECT outcome, persons, purpose FROM disclosure ORDER BY id")
    assert rows == [("R-0101", [], ""), ("R-0403", [], "test"), ("F-0901", [], "test")]


def test_every_operation_about_people_has_its_words() -> None:
    from adapters.operations import module_of

    listed = {row["code"] for row in codes.rows(words.LIST)}
    lacking = [
        code
        for service in CONTRACTS.services.values()
        for code, operation in service.operations.items()
        if module_of(service, operation).PERSONAL and code not in listed
    ]
    assert lacking == []
    assert words.told("viis elmo", 1).kind == "single"
    assert words.told("avus-intake.deliverMessage", 1).kind == "message"
    assert words.told("an operation of before", 7) == ("bulk", "an operation of before", "an operation of before")


def test_a_supervisor_is_told_which_place_was_altered(register: Register, app: Wsgi) -> None:
    for number in range(5):
        told(register, number)
    sealing.seal(register.databases.register)
    register.execute("ALTER TABLE disclosure DISABLE TRIGGER USER")
    register.execute("UPDATE disclosure SET persons = '{9}' WHERE persons = '{2}'")
    answer = ask(app, "verifyDisclosureLog", fromPlace=2)
    assert [answer.findtext(f"{{*}}{name}") for name in ("whole", "wrongPlace", "wrongKind", "fromPlace", "toPlace", "headPlace")] == [
        *("false", "3", "changed"),
        *("2", "5", "5"),
    ]
    assert ask(app, "verifyDisclosureLog", fromPlace=4).findtext("{*}whole") == "true"
    for places, code in (
        ({"fromPlace": 9}, "R-0911"),
        ({"fromPlace": 4, "toPlace": 2}, "R-0403"),
        ({"toPlace": 9}, "R-0911"),
        ({"fromPlace": 1, "toPlace": 200_000}, "R-0403"),
    ):
        assert ask(app, "verifyDisclosureLog", **places).findtext("{*}fault/{*}faultCode") == code
