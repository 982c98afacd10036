"""Positions for committed changes: consecutive, never behind a reader, in the order in which writers came about one entry."""

import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial

import psutil
import pytest
from sqlalchemy import Connection, text

from adapters.children import end_child
from core.changes import entries_changed, people_changed
from core.feed_days import sweep
from core.people import lock
from core.sequencer import Days, Look, clear, give_lead, look, move, take_lead
from tests.following import numbered, told, until
from tests.register import MADONA, RIGA, Register, days
from tests.viis import start_viis

SCHOOL, OTHER = "4113100001", "4113100002"
ANNA, JANIS, ILZE = "04051820219", "04051820227", "04051820008"
JURMALA = "0003000"


@pytest.fixture
def learners(register: Register) -> list[int]:
    """Two who learn in Riga; all that is told and numbered already."""
    register.institution(SCHOOL)
    people = [register.person(code) for code in (ANNA, JANIS)]
    for person in people:
        register.lives(person, MADONA)
        register.learns(person, SCHOOL)
    told(register)
    return people


@pytest.fixture
def connection(register: Register) -> Iterator[Connection]:
    with _autocommit(register) as connection:
        yield connection


@contextmanager
def _autocommit(register: Register) -> Iterator[Connection]:
    with register.databases.register_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


def _events(register: Register, after: int = 0) -> list[tuple[int, str, str]]:
    """Position, kind and the class group that an event says, of the foremost events behind a position."""
    return [
        tuple(row)
        for row in register.execute(
            "SELECT position, kind, content[10] FROM feed_event WHERE foremost AND position > :after ORDER BY position", after=after
        )
    ]


def _head(register: Register) -> int:
    return register.execute("SELECT head FROM feed_state")[0][0]


def _group(session, person: int, group: str) -> None:
    """A write as every writer does it: lock, write, tell."""
    lock(session, [person])
    session.execute(text("UPDATE affiliation SET class_group = :group WHERE id = :id"), {"group": group, "id": person})
    entries_changed(session, "affiliation", [person])


def test_positions_are_consecutive_and_checkpoints_go_along(register, learners):
    start = _head(register)
    with register.databases.register.begin() as session:
        _group(session, learners[0], "a")
    with register.databases.register.begin() as session:
        _group(session, learners[1], "b")
    assert numbered(register) == 4
    positions = [row[0] for row in register.execute("SELECT position FROM feed_event ORDER BY position")]
    assert positions == list(range(1, start + 5))
    assert _head(register) == start + 4
    kept = register.execute("SELECT rows, hash, full_hash FROM checkpoint WHERE audience = :here AND entity = 'affiliation'", here=RIGA)
    counted = "SELECT count(*), sum(hash), sum(full_hash) FROM holding WHERE municipality = :here AND entity = 'affiliation'"
    assert kept == register.execute(counted, here=RIGA)


def test_a_transaction_that_commits_late_is_neither_skipped_nor_put_before_what_was_read(register, learners):
    start = _head(register)
    with register.databases.register.begin() as late:
        _group(late, learners[0], "late")
        with register.databases.register.begin() as newer:
            _group(newer, learners[1], "newer")
        # The newer one waits for the older one, which still runs: whatever a reader sees now, nothing comes before it later.
        numbered(register)
        seen = _events(register, start)
    numbered(register)
    everything = _events(register, start)
    assert everything[: len(seen)] == seen
    assert {group for _, _, group in everything} == {"late", "newer"}


def test_what_is_taken_back_is_never_numbered(register, learners):
    start = _head(register)
    with register.databases.register() as session:
        _group(session, learners[0], "never")
        session.rollback()
    assert numbered(register) == 0
    assert _head(register) == start


def test_two_writers_about_one_entry_are_numbered_in_their_order_though_the_second_is_the_older_transaction(register, learners):
    start, person = _head(register), learners[0]
    with register.databases.register() as older, register.databases.register() as between, register.databases.register() as younger:
        older.execute(text("SELECT pg_current_xact_id()"))
        between.execute(text("SELECT pg_current_xact_id()"))
        _group(younger, person, "first")
        younger.commit()
        _group(older, person, "second")
        older.commit()
        # What the older transaction wrote may be numbered by its age; what came before it may not, as long as the third one runs.
        assert numbered(register) == 0
        between.commit()
    assert numbered(register) == 4
    assert [group for _, _, group in _events(register, start)] == ["first", "second"]


def test_at_most_so_many_are_moved_at_once(register, learners, connection):
    for group in ("a", "b", "c"):
        with register.databases.register.begin() as session:
            _group(session, learners[0], group)
    assert [move(connection, 4), move(connection, 4), move(connection, 4)] == [4, 2, 0]
    assert [group for _, _, group in _events(register, _head(register) - 6)] == ["a", "b", "c"]


def test_at_rest_nothing_new_is_seen(register, learners, connection):
    at_rest = look(connection).snapshot
    assert look(connection).snapshot == at_rest
    assert move(connection) == 0
    assert look(connection).snapshot == at_rest  # Looking for nothing writes nothing.
    with register.databases.register.begin() as session:
        _group(session, learners[0], "a")
    assert look(connection).snapshot != at_rest


def test_what_is_left_of_moved_changes_is_cleared(register, learners, connection):
    for group in range(5):
        with register.databases.register.begin() as session:
            _group(session, learners[0], str(group))
    numbered(register)
    clear(connection)
    [(pages,)] = register.execute("SELECT pg_relation_size('change') / current_setting('block_size')::int")
    assert pages == 0


def test_one_leads_and_the_others_wait(register):
    with _autocommit(register) as first, _autocommit(register) as second:
        assert take_lead(first)
        assert not take_lead(second)
        give_lead(first)
        assert take_lead(second)
        give_lead(second)


def test_a_residence_that_begins_or_ends_by_itself_is_told_on_its_day(register, learners):
    person = learners[0]
    register.execute("UPDATE residence SET valid = '[2018-05-04,2150-01-10)' WHERE person_id = :person", person=person)
    register.lives(person, JURMALA, days("2150-01-10"))
    told(register)
    assert numbered(register) == 0
    _day(register, date(2150, 1, 9), since=date(2150, 1, 1))
    assert numbered(register) == 0
    _day(register, date(2150, 1, 10), since=date(2150, 1, 9))
    assert _pending(register) == [(JURMALA, "upsert"), (MADONA, "lostAccess")]
    assert register.execute("SELECT swept_on FROM feed_state") == [(date(2150, 1, 10),)]


def test_a_school_whose_municipality_changes_on_a_day_is_told_on_that_day(register, learners):
    register.execute("UPDATE institution_profile SET valid = '[2010-01-01,2150-01-10)'")
    register.institution(SCHOOL, municipality=JURMALA, valid=days("2150-01-10"))
    told(register)
    numbered(register)
    _day(register, date(2150, 1, 10), since=date(2150, 1, 9))
    assert _pending(register)[1:] == [(RIGA, "lostAccess"), (JURMALA, "upsert")] * 2


def test_a_municipality_that_is_taken_over_gives_its_entries_to_its_successor(register, learners):
    numbered(register)
    merged = "INSERT INTO municipality_succession (predecessor, successor, since) VALUES (:madona, :jurmala, '2150-07-01')"
    register.execute(merged, madona=MADONA, jurmala=JURMALA)
    _day(register, date(2150, 6, 30))
    assert _pending(register) == []
    _day(register, date(2150, 7, 1))
    assert _pending(register) == [(JURMALA, "upsert"), (MADONA, "lostAccess")] * 2
    numbered(register)
    _day(register, date(2150, 7, 2))
    assert _pending(register) == []


def test_a_day_is_looked_at_again_when_those_who_wrote_while_it_began_have_ended(register, learners):
    passing = Days(register.databases.register, 30)
    today, swept = date(2150, 1, 10), []
    passing.pass_by(Look("", 100, 105, today), lambda: None)
    # Somebody who looked before midnight, and says it only now: a residence of today, told as if it were yesterday.
    register.execute("UPDATE residence SET valid = '[2018-05-04,2150-01-10)' WHERE person_id = :person", person=learners[0])
    with register.databases.register.begin() as session:
        people_changed(session, learners[:1], today - timedelta(days=1))
    passing.pass_by(Look("", 104, 110, today), lambda: None)
    assert _pending(register) == []
    passing.pass_by(Look("", 105, 110, today), lambda: swept.append(1))
    assert _pending(register) == [(MADONA, "lostAccess")]
    passing.pass_by(Look("", 120, 130, today), lambda: swept.append(2))
    assert swept == [1]


def _ends_in_march(register: Register, learners: list[int]) -> None:
    register.execute("UPDATE residence SET valid = '[2018-05-04,2150-03-01)'")
    told(register)
    numbered(register)
    _day(register, date(2150, 1, 10))


def test_what_a_clock_that_went_ahead_moved_is_put_back_when_it_is_right_again(register, learners):
    _ends_in_march(register, learners)
    before = _held(register)
    _day(register, date(2150, 4, 1))
    assert _pending(register) == [(MADONA, "lostAccess")] * 2
    _day(register, date(2150, 1, 10))
    assert _held(register) == before
    assert register.execute("SELECT swept_on FROM feed_state") == [(date(2150, 1, 10),)]
    numbered(register)
    _day(register, date(2150, 3, 1))
    assert (MADONA, "lostAccess") in _pending(register)


def test_a_school_that_a_clock_ahead_gave_to_another_municipality_goes_back(register, learners):
    register.execute("UPDATE institution_profile SET valid = '[2010-01-01,2150-03-01)'")
    register.institution(SCHOOL, municipality=JURMALA, valid=days("2150-03-01"))
    told(register)
    _day(register, date(2150, 1, 10))
    before = _held(register)
    _day(register, date(2150, 4, 1))
    assert _held(register) != before
    _day(register, date(2150, 1, 10))
    assert _held(register) == before


def test_a_municipality_that_a_clock_ahead_took_over_has_its_entries_again(register, learners):
    merged = "INSERT INTO municipality_succession (predecessor, successor, since) VALUES (:predecessor, :successor, '2150-03-01')"
    for predecessor in (MADONA, RIGA):
        register.execute(merged, predecessor=predecessor, successor=JURMALA)
    _day(register, date(2150, 1, 10))
    before = _held(register)
    numbered(register)
    _day(register, date(2150, 4, 1))
    assert {municipality for municipality, *_ in _held(register)} == {JURMALA, "public"}
    numbered(register)
    _day(register, date(2150, 1, 10))
    assert _held(register) == before


def test_the_sequencer_tells_once_that_the_clock_went_back_and_shortens_from_the_next_day_on(register, learners):
    _ends_in_march(register, learners)
    before, backwards = _held(register), []
    for sequencer in (Days(register.databases.register, 30, lambda *told: backwards.append(told)) for _ in range(2)):
        # The one that led when the clock was wrong, then one that takes over from it.
        for day in (date(2150, 4, 1), date(2150, 1, 10), date(2150, 1, 10)):
            sequencer.pass_by(Look("", 100, 200, day), lambda: None)
    assert backwards == [(date(2150, 4, 1), date(2150, 1, 10))] * 2
    assert _held(register) == before
    numbered(register)
    generation = "SELECT generation FROM feed_state"
    [(shortened,)] = register.execute(generation)
    register.execute("UPDATE feed_event SET changed_at = '2149-01-01'")
    sequencer.pass_by(Look("", 100, 200, date(2150, 1, 11)), lambda: None)
    assert register.execute(generation) == [(shortened + 1,)]


def test_one_that_takes_over_after_the_clock_went_back_puts_it_right_and_those_after_it_have_nothing_to_tell(register, learners):
    _ends_in_march(register, learners)
    before, backwards = _held(register), []
    _day(register, date(2150, 4, 1))
    for day in (date(2150, 1, 10), date(2150, 1, 10), date(2150, 1, 11)):
        # Each one begins anew, as after a change of the one that leads; the last one just after midnight.
        Days(register.databases.register, 30, lambda *told: backwards.append(told)).pass_by(Look("", 100, 200, day), lambda: None)
    assert backwards == [(date(2150, 4, 1), date(2150, 1, 10))]
    assert _held(register) == before


def test_what_was_written_while_the_clock_was_put_back_is_looked_at_again(register, learners):
    _ends_in_march(register, learners)
    before, passing = _held(register), Days(register.databases.register, 30)
    passing.pass_by(Look("", 100, 105, date(2150, 4, 1)), lambda: None)
    passing.pass_by(Look("", 104, 110, date(2150, 1, 10)), lambda: None)
    with register.databases.register.begin() as session:
        people_changed(session, learners, date(2150, 4, 1))
    assert _held(register) != before
    passing.pass_by(Look("", 110, 120, date(2150, 1, 10)), lambda: None)
    assert _held(register) == before


def test_a_day_that_began_after_the_clock_was_looked_at_is_no_clock_that_went_back(register, learners):
    backwards = []
    # Another program has looked at the new day already, by the same clock.
    [(today,)] = register.execute("SELECT swept_on FROM feed_state")
    passing = Days(register.databases.register, 30, lambda *told: backwards.append(told))
    for day in (today - timedelta(days=1), today):
        passing.pass_by(Look("", 100, 200, day), lambda: None)
    assert backwards == []


def _held(register: Register) -> list[tuple[object, ...]]:
    """What everybody holds, and what institutions' copies say."""
    return [
        tuple(row)
        for row in register.execute(
            "SELECT municipality, entity, entry_id, full_hash, hash FROM holding ORDER BY municipality, entity, entry_id"
        )
    ]


def _day(register: Register, day: date, since: date | None = None) -> None:
    sweep(register.databases.register, day, since)


def _pending(register: Register) -> list[tuple[str, str]]:
    return [tuple(row) for row in register.execute("SELECT audience, kind FROM change ORDER BY id")]


def test_killed_in_the_middle_nothing_is_lost_and_nothing_is_numbered_twice(register, learners, database_url, tmp_path):
    """A sequencer that is killed while it works, again and again; then one that may finish."""
    # Every row a hundred times over is enough work to be killed in.
    register.execute(
        "INSERT INTO change (audience, institution, entity, entry_id, version, kind, holders, foremost, held_before, content) "
        "SELECT '', :school, 'affiliation', n, n, 'upsert', '{}', true, false, ARRAY[n::text] FROM generate_series(1, 60000) n",
        school=SCHOOL,
    )
    start = _head(register)
    for _ in range(3):
        before = _head(register)
        sequencer = start_viis("sequencer", VIIS_REGISTER_URL=database_url, VIIS_DATA=str(tmp_path))
        until(partial(_beyond, register, before))
        sequencer.send_signal(signal.SIGKILL)
        sequencer.wait()
    with _sequencer(database_url, tmp_path):
        until(lambda: register.execute("SELECT count(*) FROM change") == [(0,)])
    moved = register.execute("SELECT count(*), min(position), max(position), count(DISTINCT entry_id) FROM feed_event WHERE audience = ''")
    assert moved == [(60000, start + 1, start + 60000, 60000)]
    assert register.execute("SELECT rows FROM checkpoint WHERE audience = '*' AND entity = 'affiliation'") == [(60000 + 2,)]


def _beyond(register: Register, position: int) -> bool:
    return _head(register) > position


@contextmanager
def _sequencer(url: str, folder) -> Iterator["subprocess.Popen[bytes]"]:
    program = start_viis("sequencer", VIIS_REGISTER_URL=url, VIIS_DATA=str(folder))
    try:
        yield program
    finally:
        end_child(program)


def test_a_second_sequencer_takes_over_when_the_first_one_is_killed(register, learners, database_url, tmp_path):
    def beaten() -> object:
        return register.execute("SELECT at FROM heartbeat")[0][0]

    with _sequencer(database_url, tmp_path) as first:
        begun = beaten()
        until(lambda: beaten() > begun)
        with _sequencer(database_url, tmp_path):
            first.kill()
            first.wait()
            with register.databases.register.begin() as session:
                _group(session, learners[0], "after")
            start = _head(register)
            until(lambda: _head(register) == start + 2)
            begun = beaten()
            until(lambda: beaten() > begun)


def test_the_program_puts_right_what_a_clock_ahead_moved_and_warns_once_in_its_log(register, learners, database_url, tmp_path, capfd):
    [(today,)] = register.execute("SELECT swept_on FROM feed_state")
    ending, ahead = f"[2018-05-04,{today + timedelta(days=30)})", today + timedelta(days=60)
    register.execute("UPDATE residence SET valid = CAST(:ending AS daterange)", ending=ending)
    told(register)
    before = _held(register)
    _day(register, ahead)
    assert _held(register) != before
    for group in ("a", "b"):
        with _sequencer(database_url, tmp_path):
            until(lambda: register.execute("SELECT swept_on FROM feed_state") != [(ahead,)])
            assert _held(register) == before
            # What is written now is numbered after the days were looked at: the second one has had the opportunity to warn as well.
            with register.databases.register.begin() as session:
                _group(session, learners[0], group)
            until(lambda: register.execute("SELECT count(*) FROM change") == [(0,)])
            before = _held(register)
    logged = "".join(capfd.readouterr())
    assert logged.count("clock went back") == 1
    assert ahead.isoformat() in logged
    assert ANNA not in logged


def test_a_service_has_a_sequencer_beside_it_that_is_started_again_when_it_ends(served):
    register = served.register
    register.institution(SCHOOL)
    person = register.person(ILZE)
    register.learns(person, SCHOOL)
    told(register)

    def beside() -> list[psutil.Process]:
        return [child for child in psutil.Process().children(recursive=True) if "sequencer" in child.cmdline()]

    def is_numbered(group: str) -> None:
        start = _head(register)
        with register.databases.register.begin() as session:
            _group(session, person, group)
        until(partial(_beyond, register, start))

    is_numbered("first")
    [first] = beside()
    # Its connection is cut: it makes another one. It is killed: there is another one.
    register.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid::bigint = "
        "hashtext('viis sequencer')::bit(32)::bigint"
    )
    is_numbered("second")
    assert beside() == [first]
    first.kill()
    is_numbered("third")
    [another] = beside()
    assert another != first


def test_writers_do_not_wait_for_the_sequencer(register, learners, connection):
    """While a batch is being numbered, others write; while others write, a batch is numbered."""
    stop, written = threading.Event(), []

    def writing() -> None:
        while not stop.is_set():
            with register.databases.register.begin() as session:
                _group(session, learners[0], str(len(written)))
            written.append(1)

    writer = threading.Thread(target=writing)
    writer.start()
    moved = 0
    while moved < 20:
        moved += move(connection)
    stop.set()
    writer.join()
    numbered(register)
    assert register.execute("SELECT content[10] FROM feed_event ORDER BY position DESC LIMIT 1") == [(str(len(written) - 1),)]
