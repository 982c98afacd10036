"""The change feed as consumers see it: messages over the whole boundary, a copy that is equal to what may be held."""

import pytest

from adapters.wsgi import Wsgi
from core import feed
from core.changes import entries_changed, institutions_changed, key_changed, people_changed
from core.feed_days import shorten
from core.people import lock
from tests.contract.asking import ask, asking, client_header, fault
from tests.following import Copy, Refused, held, numbered, told
from tests.posting import application, post
from tests.register import MADONA, RIGA, Register

SCHOOL, OTHER = "4113100001", "4113100002"
ANNA, JANIS, ILZE = "04051820219", "04051820227", "04051820008"
JURMALA = "0003000"
MINISTRY, RIGAS, MADONAS, BOTH = "LV-DEV/GOV/IZM/all", "LV-DEV/MUN/RIGA/schools", "LV-DEV/MUN/MADONA/schools", "LV-DEV/MUN/TWO/schools"
A_SCHOOLS, TWO_SCHOOLS, POOR, WARD = "LV-DEV/EDU/ONE/system", "LV-DEV/EDU/TWO/system", "LV-DEV/GOV/IZM/poor", "LV-DEV/GOV/VDAA/person"


@pytest.fixture
def people(register: Register) -> list[int]:
    """Two schools, in Riga and in Madona; Anna learns in the first and lives in Madona, Jānis in the second, Ilze in both; all is told."""
    for client, scope, values in (
        (MINISTRY, "everything", []),
        (RIGAS, "municipalities", [RIGA]),
        (MADONAS, "municipalities", [MADONA]),
        (BOTH, "municipalities", [RIGA, MADONA]),
        (A_SCHOOLS, "institutions", [SCHOOL]),
        (TWO_SCHOOLS, "institutions", [SCHOOL, OTHER]),
        (WARD, "own", []),
    ):
        register.grant(client, scope=scope, scope_values=values, rights=["health"])
    register.grant(POOR)
    register.institution(SCHOOL)
    register.institution(OTHER, name="Madonas vidusskola", municipality=MADONA)
    found = [register.person(code) for code in (ANNA, JANIS, ILZE)]
    for person, place, school in zip(found, (MADONA, RIGA, RIGA), (SCHOOL, OTHER, SCHOOL), strict=True):
        register.lives(person, place)
        register.learns(person, school)
    register.teaches(found[2], OTHER)
    told(register)
    return found


@pytest.fixture
def app(register: Register, people: list[int]) -> Wsgi:
    return application(register.databases)


def change(register: Register, statement: str, *people: int, **values: object) -> None:
    """A write about people as writers do it; `numbered` too."""
    with register.databases.register.begin() as session:
        lock(session, people)
        session.connection().exec_driver_sql(statement, values)
        people_changed(session, people)
    numbered(register)


def moves(register: Register, person: int, municipality: str) -> None:
    change(
        register, "UPDATE residence SET municipality = %(there)s WHERE person_id = %(person)s", person, there=municipality, person=person
    )


READERS = {
    "everything": ({"client": MINISTRY}, ()),
    "everything, without health": ({"client": POOR, "health": False}, ()),
    "a municipality": ({"client": RIGAS}, (RIGA, "public")),
    "a municipality of everything": ({"client": MINISTRY, "asked": {"municipality": MADONA}}, (MADONA, "public")),
    "two municipalities": ({"client": BOTH}, (RIGA, MADONA, "public")),
    "one of two municipalities": ({"client": BOTH, "asked": {"municipality": RIGA}}, (RIGA, "public")),
}


@pytest.mark.parametrize("who", READERS)
def test_who_begins_with_nothing_has_a_complete_copy_and_then_the_changes(register, people, app, who):
    reader, audiences = READERS[who]
    copy = Copy(app, **reader)
    copy.follow(size=3)
    assert copy.entries == held(register, *audiences, health=copy.health)
    anna, janis, ilze = people
    moves(register, anna, RIGA)
    moves(register, janis, JURMALA)
    change(register, "UPDATE affiliation SET class_group = 'x', end_reason = 'T' WHERE identity_id = 1", anna)
    change(register, "UPDATE person_profile SET surname = 'Ozola-Kļaviņa' WHERE person_id = %(ilze)s", ilze, ilze=ilze)
    register.execute("UPDATE teaching_post SET recorded = tstzrange(lower(recorded), now())")
    with register.databases.register.begin() as session:
        entries_changed(session, "teachingPost", [1])
        session.connection().exec_driver_sql("UPDATE institution_profile SET name = 'Cits nosaukums' WHERE institution = '4113100002'")
        institutions_changed(session, [OTHER])
    numbered(register)
    copy.follow(size=2)
    assert copy.entries == held(register, *audiences, health=copy.health)
    fresh = Copy(app, **reader)
    fresh.follow()
    assert fresh.entries == copy.entries
    if who != "two municipalities":  # The checkpoints of several municipalities are compared with a copy of each.
        assert copy.proved()
    assert copy.positions == sorted(set(copy.positions))


def test_an_institution_follows_its_own_entries(register, people, app):
    copy = Copy(app, A_SCHOOLS)
    copy.follow()
    assert {key for key in copy.entries if key[0] == "affiliation"} == {("affiliation", 1), ("affiliation", 3)}
    register.programme(OTHER, "21011112")
    change(register, "UPDATE affiliation SET institution = '4113100002', programme = '21011112' WHERE id = 3", people[2])
    assert copy.follow() == ["lostAccess affiliation 3"]
    of_both = Copy(app, TWO_SCHOOLS)
    of_both.follow()
    assert {key for key in of_both.entries if key[0] == "affiliation"} == {("affiliation", number) for number in (1, 2, 3)}


def test_a_copy_that_lacks_an_entry_or_has_another_value_is_not_proved(register, people, app):
    copy = Copy(app, RIGAS)
    copy.follow()
    assert copy.proved()
    version, values = copy.entries["affiliation", 1]
    copy.entries["affiliation", 1] = (version, [*values[:10], "other", *values[11:]])
    assert not copy.proved()
    del copy.entries["affiliation", 1]
    assert not copy.proved()


def test_a_copy_is_compared_at_its_own_place_however_late(register, people, app):
    copy = Copy(app, MADONAS)
    copy.follow()
    moves(register, people[0], JURMALA)
    moves(register, people[1], MADONA)
    assert copy.proved()
    assert copy.checkpoints() != copy.checkpoints(copy.cursor)
    copy.follow()
    assert copy.proved()
    assert copy.checkpoints() == copy.checkpoints(copy.cursor)


def test_one_kind_of_entry_is_read_and_compared_by_itself(register, people, app, monkeypatch):
    monkeypatch.setattr(feed, "WINDOW", 2)
    copy = Copy(app, RIGAS, asked={"entity": "teachingPost"})
    copy.follow(size=1)
    assert list(copy.entries) == [("teachingPost", 1)]
    assert copy.proved()
    whole = Copy(app, RIGAS)
    whole.follow()
    assert copy.checkpoints(whole.cursor, entity=None) == whole.checkpoints(whole.cursor)
    assert Copy(app, RIGAS, asked={"entity": "teachingPost"}).checkpoints(whole.cursor) == copy.checkpoints(copy.cursor)
    change(register, "UPDATE person_profile SET given_name = 'Ieva' WHERE person_id = %(ilze)s", people[2], ilze=people[2])
    assert copy.follow(size=1) == ["upsert teachingPost 1"]


def test_a_learner_who_moves_within_the_scope_is_not_lost(register, people, app):
    copy = Copy(app, BOTH)
    copy.follow()
    moves(register, people[0], JURMALA)  # Madona loses the entry, and Riga, where the school is, keeps it.
    moves(register, people[1], MADONA)  # Riga loses it, and Madona, where the school is, keeps it.
    assert copy.follow() == []
    assert copy.entries == held(register, RIGA, MADONA, "public")


def test_a_changed_code_is_told_as_a_change_of_the_key(register, people, app):
    copy = Copy(app, MADONAS)
    copy.follow()
    with register.databases.register.begin() as session:
        lock(session, people[:1])
        session.connection().exec_driver_sql("UPDATE identity SET value = '04051820016' WHERE value = %s", (ANNA,))
        people_changed(session, people[:1])
        key_changed(session, "keyChange", people[0], ANNA, "04051820016")
    numbered(register)
    upsert, changed = copy.page()
    assert [event.findtext("{*}kind") for event in (upsert, changed)] == ["upsert", "keyChange"]
    assert (changed.findtext("{*}personalCode"), changed.findtext("{*}personalCodeBefore")) == ("04051820016", ANNA)
    assert changed.findtext("{*}entryId") is None
    assert copy.entries["affiliation", 1][1][0] == "04051820016"


def test_without_the_right_to_health_data_it_is_not_in_the_message(register, people, app):
    answer = ask(app, "listEducationChanges", POOR, entity="affiliation")
    assert answer.findtext(".//{*}affiliation/{*}classGroup") == "1.a"
    assert answer.find(".//{*}affiliation/{*}programme") is None
    assert ask(app, "listEducationChanges", MINISTRY, entity="affiliation").findtext(".//{*}affiliation/{*}programme") == "21011111"


def test_where_a_restricted_person_lives_is_not_shown_to_who_reads_late(register, people, app):
    early = Copy(app, MADONAS)
    early.follow()
    change(register, "UPDATE person_profile SET restricted = true WHERE person_id = 1", people[0])
    assert early.follow() == ["lostAccess affiliation 1"]
    late = Copy(app, MADONAS)
    answer = ask(app, "listEducationChanges", MADONAS, pageSize=1000)
    assert ANNA not in [code.text for code in answer.iter("{*}personalCode")]
    late.follow()
    assert late.entries == early.entries == held(register, MADONA, "public")
    of_school = Copy(app, RIGAS)
    of_school.follow()
    assert ("affiliation", 1) in of_school.entries  # The school's municipality holds it as before.


def test_whose_data_was_told_is_recorded(register, people, app):
    ask(app, "listEducationChanges", MADONAS)
    ask(app, "getCheckpoints", MADONAS)
    rows = register.execute("SELECT operation, persons, outcome FROM disclosure")
    assert [(operation, sorted(persons), outcome) for operation, persons, outcome in rows] == [
        ("education-process.listEducationChanges", people, "ok")
    ]


def test_an_empty_page_says_that_there_is_no_more_and_where_to_go_on(register, people, app):
    copy = Copy(app, MADONAS)
    copy.follow()
    cursor = copy.cursor
    assert copy.page() == []
    assert (copy.more, copy.cursor) == (False, cursor)
    moves(register, people[2], JURMALA)  # What happens to somebody else moves the place on, too.
    assert copy.page() == []
    assert not copy.more
    assert copy.cursor != cursor


def test_a_replica_that_has_not_reached_the_cursor_answers_an_empty_page_with_the_same_cursor(register, people, app):
    copy = Copy(app, RIGAS)
    copy.follow()
    head = register.execute("SELECT head FROM feed_state")[0][0]
    moves(register, people[0], RIGA)
    copy.follow()
    ahead, entries = copy.cursor, dict(copy.entries)
    # As a replica is that has not applied the last positions.
    register.execute("CREATE TABLE not_applied AS SELECT * FROM feed_event WHERE position > :head", head=head)
    register.execute("DELETE FROM feed_event WHERE position > :head", head=head)
    register.execute("UPDATE feed_state SET head = :head", head=head)
    assert copy.page() == []
    assert (copy.more, copy.cursor, copy.entries) == (False, ahead, entries)
    request = asking("getCheckpoints", f"<e:cursor>{ahead}</e:cursor>", client=client_header(RIGAS))
    assert fault(post(app, request)) == "U-0000"
    register.execute("INSERT INTO feed_event SELECT * FROM not_applied")
    register.execute("UPDATE feed_state SET head = (SELECT max(position) FROM feed_event)")
    assert copy.page() == []
    assert copy.proved()


def test_a_feed_that_was_shortened_still_gives_a_complete_copy(register, people, app):
    for group in ("b", "c", "d"):
        change(register, f"UPDATE affiliation SET class_group = '{group}'", *people)
    moves(register, people[0], JURMALA)
    moves(register, people[1], JURMALA)
    change(register, "UPDATE affiliation SET status = 'DUB' WHERE id = 3", people[2])
    [(before,)] = register.execute("SELECT count(*) FROM feed_event")
    register.execute("UPDATE feed_event SET changed_at = changed_at - interval '40 days'")
    _shorten(register)
    assert register.execute("SELECT count(*) FROM feed_event")[0][0] < before / 2
    for reader, audiences in READERS.values():
        copy = Copy(app, **reader)
        copy.follow(size=2)
        assert copy.entries == held(register, *audiences, health=copy.health)
    copy = Copy(app, A_SCHOOLS)
    copy.follow()
    assert {key for key in copy.entries if key[0] == "affiliation"} == {("affiliation", 1)}
    _shorten(register)  # Nothing is left to take out, so nobody has to begin again.
    assert register.execute("SELECT generation FROM feed_state") == [(1,)]


def test_who_lost_an_entry_gets_nothing_of_it_from_a_shortened_feed(register, people, app):
    """The event by which it was told to Riga is also the one for those who hold everything, and must stay for them."""
    change(register, "UPDATE residence SET valid = '[2018-05-04,2026-01-01)' WHERE person_id = 2", people[1])
    register.execute("UPDATE feed_event SET changed_at = changed_at - interval '40 days'")
    _shorten(register)
    fresh, ministry = Copy(app, RIGAS), Copy(app, MINISTRY)
    fresh.follow()
    ministry.follow()
    assert fresh.entries == held(register, RIGA, "public")
    assert ministry.entries == held(register)


def test_who_is_behind_what_was_taken_out_begins_again_and_who_is_not_goes_on(register, people, app):
    behind, in_time, half_way = Copy(app, MADONAS), Copy(app, MADONAS), Copy(app, MADONAS)
    behind.follow()
    moves(register, people[0], JURMALA)
    in_time.follow()
    register.execute("UPDATE feed_event SET changed_at = changed_at - interval '40 days'")
    _shorten(register)
    with pytest.raises(Refused, match="R-0404"):
        behind.follow()
    behind.begin_again()
    behind.follow()
    assert in_time.follow() == []
    # Who began after it is behind what was taken out, too, and misses nothing.
    half_way.page(size=1)
    assert half_way.follow(size=1)
    assert behind.entries == in_time.entries == half_way.entries == held(register, MADONA, "public")
    assert all(copy.proved() for copy in (behind, in_time, half_way))


def test_who_was_reading_from_nothing_while_it_was_shortened_begins_again(register, people, app):
    reading = Copy(app, MADONAS)
    reading.page(size=5)
    moves(register, people[0], JURMALA)
    register.execute("UPDATE feed_event SET changed_at = changed_at - interval '40 days'")
    _shorten(register)
    with pytest.raises(Refused, match="R-0404"):
        reading.follow()


def test_a_replica_that_has_not_shortened_yet_sends_nobody_back_to_the_beginning(register, people, app):
    moves(register, people[0], JURMALA)
    register.execute("UPDATE feed_event SET changed_at = changed_at - interval '40 days'")
    _shorten(register)
    reading, at_the_head = Copy(app, MADONAS), Copy(app, MADONAS)
    reading.page(size=1)
    at_the_head.follow()
    before = [(copy.cursor, dict(copy.entries)) for copy in (reading, at_the_head)]
    # As a replica is that knows the shortening before, and not this one.
    register.execute("UPDATE feed_state SET generation = generation - 1")
    assert reading.page() == at_the_head.page() == []
    # Who has not read everything is never told that it has.
    assert (reading.more, at_the_head.more) == (True, False)
    assert [(copy.cursor, copy.entries) for copy in (reading, at_the_head)] == before
    register.execute("UPDATE feed_state SET generation = generation + 1")
    reading.follow()
    assert at_the_head.follow() == []
    assert reading.entries == at_the_head.entries == held(register, MADONA, "public")


def test_a_reader_for_whom_nothing_happens_does_not_fall_behind(register, people, app):
    idle = Copy(app, MADONAS)
    idle.follow()
    for place in (JURMALA, RIGA, JURMALA):
        moves(register, people[2], place)
        idle.follow()
    register.execute("UPDATE feed_event SET changed_at = changed_at - interval '40 days'")
    _shorten(register)
    assert idle.follow() == []


def test_events_that_are_not_old_stay_though_superseded(register, people, app):
    copy = Copy(app, RIGAS)
    copy.follow()
    change(register, "UPDATE affiliation SET class_group = 'b'", *people)
    change(register, "UPDATE affiliation SET class_group = 'c'", *people)
    events = register.execute("SELECT count(*) FROM feed_event")
    _shorten(register)
    assert register.execute("SELECT count(*) FROM feed_event") == events


def _shorten(register: Register) -> None:
    with register.databases.register.begin() as session:
        shorten(session, session.connection().exec_driver_sql("SELECT current_date - 30").scalar_one())


def test_a_cursor_is_for_one_question_and_one_scope(register, people, app):
    mine = Copy(app, RIGAS)
    mine.follow()
    for other in (Copy(app, MADONAS), Copy(app, RIGAS, asked={"entity": "affiliation"}), Copy(app, POOR), Copy(app, MINISTRY)):
        other.cursor = mine.cursor
        with pytest.raises(Refused, match="R-0401"):
            other.page()
    with pytest.raises(Refused, match="R-0401"):
        Copy(app, RIGAS, cursor="AAAA").page()


@pytest.mark.parametrize(
    ("client", "asked", "code"),
    [
        (WARD, {}, "R-0101"),
        (RIGAS, {"municipality": MADONA}, "R-0101"),
        (A_SCHOOLS, {"municipality": RIGA}, "R-0101"),
        (MINISTRY, {"municipality": "9999999"}, "R-0202"),
    ],
)
def test_what_the_grant_does_not_reach_is_refused(register, people, app, client, asked, code):
    with pytest.raises(Refused, match=code):
        Copy(app, client, asked=asked).page()
    with pytest.raises(Refused, match=code):
        Copy(app, client, asked=asked).checkpoints()


def test_the_checkpoints_of_everything_and_of_several_municipalities(register, people, app):
    assert set(Copy(app, MINISTRY).checkpoints()) == {
        (None, entity) for entity in ("affiliation", "institution", "programme", "teachingPost")
    }
    of_two = Copy(app, BOTH).checkpoints()
    for municipality in (RIGA, MADONA):
        alone = Copy(app, BOTH, asked={"municipality": municipality}).checkpoints()
        assert {key: of_two[key] for key in alone} == alone
    assert Copy(app, MINISTRY, asked={"municipality": RIGA}).checkpoints() == Copy(app, RIGAS).checkpoints()
