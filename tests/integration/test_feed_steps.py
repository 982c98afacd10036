"""A copy is added and removed however often one is cut off, and says what is wrong when it cannot be."""

import subprocess
import sys

import psycopg
import pytest

from adapters.feeds import room
from adapters.feeds.adding import adding, check, login_is_open, open_login
from adapters.feeds.errors import FeedError
from adapters.feeds.removing import removing
from adapters.feeds.state import states
from core import changes, feeds
from core.errors import InvalidQuestion, UnknownMunicipality
from tests.municipal import TODAY
from tests.register import MADONA, RIGA, VARAKLANI

ANNA = "04051820219"
ADDING = """
import sys
from adapters.feeds.adding import Feed, adding
from adapters.feeds.place import Place
register, server, reached_by, _, name, municipality = sys.argv[1:]
for sentence in adding(Place(register, server, reached_by, True), Feed(name, municipality, False)):
    print(sentence, flush=True)
"""


@pytest.fixture
def anna(municipal, register):
    """Lives and learns in Riga, and it was told."""
    register.institution("4113100001")
    person = register.person(ANNA, given_name="Anna")
    register.lives(person, RIGA)
    register.learns(person, "4113100001")
    municipal.tell()
    return person


def left(municipal, feed):
    """What is there of a copy, on both sides."""
    name = feed.known_as
    with municipal.place.on_register() as register, municipal.place.on_server() as server:
        return {
            *_has(register, "slot", "SELECT FROM pg_replication_slots WHERE slot_name = %s", name),
            *_has(
                register,
                "unfinished slots",
                "SELECT FROM pg_replication_slots WHERE slot_name LIKE 'pg\\_%%\\_sync\\_%%' AND %s <> ''",
                name,
            ),
            *_has(register, "publication", "SELECT FROM pg_publication WHERE pubname = %s", name),
            *_has(register, "role on the register", "SELECT FROM pg_roles WHERE rolname = %s", name),
            *_has(server, "subscription", "SELECT FROM pg_subscription WHERE subname = %s", name),
            *_has(server, "database", "SELECT FROM pg_database WHERE datname = %s", name),
            *_has(server, "login", "SELECT FROM pg_roles WHERE rolname = %s", name),
        }


def _has(connection, what, statement, name):
    return [what] if connection.execute(statement, [name]).rowcount else []


WHOLE = {"slot", "publication", "role on the register", "subscription", "database", "login"}


@pytest.mark.usefixtures("anna")
def test_adding_that_was_cut_off_after_any_step_is_finished_by_adding_again(municipal, feed):
    municipal.register(feed)
    municipal.added.append(feed.known_as)
    steps = len(list(adding(municipal.place, feed)))
    assert steps >= 6
    municipal.remove(feed)
    for done in range(1, steps):
        work = adding(municipal.place, feed)
        for _ in range(done):
            next(work)
        work.close()
        for _ in adding(municipal.place, feed):
            pass
        assert left(municipal, feed) == WHOLE, done
        assert municipal.equal(feed)
        municipal.remove(feed)
        assert left(municipal, feed) == set()


@pytest.mark.usefixtures("anna")
def test_a_program_that_is_killed_while_it_adds_leaves_nothing_that_adding_again_does_not_mend(municipal, feed):
    municipal.register(feed)
    municipal.added.append(feed.known_as)
    for said_before in range(1, 6):
        program = subprocess.Popen(
            [sys.executable, "-c", ADDING, *map(str, municipal.place), *map(str, feed[:2])], stdout=subprocess.PIPE, text=True
        )
        for _ in range(said_before):
            assert program.stdout.readline()
        program.kill()
        program.communicate()
        if said_before % 2:
            municipal.remove(feed)
            assert left(municipal, feed) == set(), said_before
        for _ in adding(municipal.place, feed):
            pass
        assert left(municipal, feed) == WHOLE, said_before
        assert municipal.equal(feed)
        municipal.remove(feed)


@pytest.mark.usefixtures("anna")
def test_removing_that_was_cut_off_after_any_step_is_finished_by_removing_again(municipal, feed):
    municipal.add(feed)
    steps = len(list(removing(municipal.place, feed.known_as)))
    assert left(municipal, feed) == set()
    for done in range(1, steps):
        for _ in adding(municipal.place, feed):
            pass
        work = removing(municipal.place, feed.known_as)
        for _ in range(done):
            next(work)
        work.close()
        municipal.remove(feed)
        assert left(municipal, feed) == set(), done


@pytest.mark.usefixtures("anna")
def test_removing_that_was_cut_off_can_be_taken_back_by_adding(municipal, feed):
    municipal.add(feed)
    work = removing(municipal.place, feed.known_as)
    for _ in range(3):
        next(work)
    work.close()
    for _ in adding(municipal.place, feed):
        pass
    assert left(municipal, feed) == WHOLE
    assert municipal.equal(feed)


@pytest.mark.usefixtures("anna")
def test_a_slot_that_a_killed_program_left_is_taken_away_before_the_copy_is_made(municipal, feed):
    municipal.in_register("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", feed.known_as)
    municipal.add(feed)
    assert municipal.equal(feed)


@pytest.mark.usefixtures("anna")
def test_a_copy_whose_slot_is_lost_is_made_anew_by_adding_again(municipal, feed, register):
    municipal.add(feed)
    municipal.in_copy(feed, f"ALTER SUBSCRIPTION {feed.known_as} DISABLE")
    _until(municipal, "SELECT FROM pg_replication_slots WHERE slot_name = %s AND NOT active", feed.known_as)
    municipal.in_register("SELECT pg_drop_replication_slot(%s)", feed.known_as)
    register.execute("UPDATE holding SET content[4] = 'Cita' WHERE entity = 'affiliation'")
    assert states(municipal.place, [feed.known_as])[feed.known_as].word == "half made"
    for _ in adding(municipal.place, feed):
        pass
    assert municipal.equal(feed)
    assert states(municipal.place, [feed.known_as])[feed.known_as].word == "following"


@pytest.mark.usefixtures("anna")
def test_a_copy_that_was_stopped_goes_on_where_it_was(municipal, feed, register):
    municipal.add(feed)
    municipal.in_copy(feed, f"ALTER SUBSCRIPTION {feed.known_as} DISABLE")
    register.execute("UPDATE holding SET content[4] = 'Cita' WHERE entity = 'affiliation'")
    assert states(municipal.place, [feed.known_as])[feed.known_as].word == "stopped"
    for _ in adding(municipal.place, feed):
        pass
    assert municipal.equal(feed)


@pytest.mark.usefixtures("anna")
def test_whoever_reads_a_view_is_not_disturbed_by_adding_again(municipal, feed):
    address = municipal.add(feed)
    with psycopg.connect(address) as reader:
        reader.execute("SELECT * FROM affiliation")
        for _ in adding(municipal.place, feed):
            pass
        assert reader.execute("SELECT given_name FROM affiliation").fetchall() == [("Anna",)]


@pytest.mark.usefixtures("anna")
def test_the_list_tells_rows_lag_and_what_is_held_back(municipal, feed):
    municipal.add(feed)
    municipal.caught_up(feed)
    state = states(municipal.place, [feed.known_as])[feed.known_as]
    assert (state.word, state.rows, state.seconds, state.bytes_behind, state.errors) == ("following", 3, 0.0, 0, 0)
    assert state.wal_held_back is not None
    assert states(municipal.place, ["feed_nobody"])["feed_nobody"].word == "no database"


@pytest.mark.usefixtures("anna")
def test_a_login_gets_its_password_once_and_another_one_when_asked(municipal, feed):
    first = municipal.add(feed)
    assert login_is_open(municipal.place, feed)
    second = municipal.place.for_login(feed.known_as, open_login(municipal.place, feed))
    psycopg.connect(second).close()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(first)


@pytest.mark.usefixtures("anna")
def test_a_login_that_would_get_into_another_database_is_closed_again(municipal, feed):
    municipal.add(feed)
    hba = municipal.hba
    whole = hba.read_text()
    municipal.in_copy(feed, f"GRANT CONNECT ON DATABASE replica TO {feed.known_as}")
    hba.write_text("host all all 127.0.0.1/32 scram-sha-256\n")
    try:
        municipal.in_copy(feed, "SELECT pg_reload_conf()")
        _until(municipal, "SELECT FROM pg_hba_file_rules HAVING count(*) = 1", on_server=True)
        with pytest.raises(FeedError, match="got into replica"):
            open_login(municipal.place, feed)
        assert not login_is_open(municipal.place, feed)
    finally:
        hba.write_text(whole)
        municipal.in_copy(feed, "SELECT pg_reload_conf()")


def test_two_programs_do_not_add_at_once(municipal, feed):
    with municipal.place.alone(), pytest.raises(FeedError, match="Another program"):
        next(adding(municipal.place, feed))


def test_one_server_is_not_enough(municipal, feed):
    with pytest.raises(FeedError, match="one PostgreSQL server"):
        check(municipal.place._replace(server=municipal.place.register), feed)


def test_without_room_nothing_is_begun(municipal, feed, monkeypatch):
    full = room.Limit("register", "max_replication_slots", 10, 9)
    monkeypatch.setattr(room, "limits", lambda *_: [full])
    with pytest.raises(FeedError, match="9 of 10 of max_replication_slots on the register's server"):
        check(municipal.place, feed)


def test_every_limit_is_read_from_the_servers(municipal):
    with municipal.place.on_register() as register, municipal.place.on_server() as server:
        found = {limit.setting: limit for limit in room.limits(register, server)}
    assert set(found) == {
        "max_replication_slots",
        "max_wal_senders",
        "max_logical_replication_workers",
        "max_worker_processes",
        "max_active_replication_origins",
    }
    assert all(limit.left > 0 for limit in found.values())


@pytest.mark.usefixtures("anna")
def test_what_goes_into_a_copy_is_disclosed_with_its_purpose_and_basis(municipal, feed, anna):
    municipal.register(feed)
    municipal.register(feed)
    rows = municipal.in_register("SELECT client, operation, purpose, legal_basis, outcome, persons FROM disclosure")
    assert rows == [(f"municipal-feed/{feed.name}", "municipalFeed", "test", "MK 276/2019", "copied", [anna])]


@pytest.mark.usefixtures("anna")
def test_who_comes_into_a_copy_later_is_disclosed_by_the_transaction_that_brings_it(municipal, feed, register, anna):
    bruno = register.person("04051820227", given_name="Bruno")
    register.lives(bruno, MADONA)
    register.learns(bruno, "4113100001", status="DUB")
    municipal.register(feed)
    told = "SELECT persons FROM disclosure ORDER BY id"
    with municipal.databases.register.begin() as session:
        changes.people_changed(session, [anna, bruno], today=TODAY)
    assert municipal.in_register(told) == [([anna],)]
    register.execute("UPDATE affiliation SET status = 'AKT'")
    with municipal.databases.register.begin() as session:
        changes.people_changed(session, [anna, bruno], today=TODAY)
        assert municipal.in_register(told) == [([anna],)]
    assert municipal.in_register(told) == [([anna],), ([bruno],)]
    with municipal.databases.register.begin() as session:
        feeds.remove(session, feed.name)
    register.execute("UPDATE person_profile SET given_name = 'Cita'")
    with municipal.databases.register.begin() as session:
        changes.people_changed(session, [anna, bruno], today=TODAY)
    assert len(municipal.in_register(told)) == 2


def test_a_copy_that_is_kept_is_not_another_one_and_a_removed_name_stays_its_own(municipal, feed):
    municipal.register(feed)
    with pytest.raises(InvalidQuestion, match="There is a feed"):
        municipal.register(feed._replace(municipality=MADONA))
    with municipal.databases.register.begin() as session:
        assert feeds.remove(session, feed.name) == feeds.remove(session, feed.name)
        assert feeds.in_force(session, feed.name) is None
        assert feeds.all_in_force(session) == []
        assert feeds.is_known(session, feed.name)
        assert not feeds.is_known(session, "never")
    with pytest.raises(InvalidQuestion, match="was removed on"):
        municipal.register(feed)


def test_a_copy_is_for_a_municipality_of_today(municipal, feed):
    with pytest.raises(UnknownMunicipality, match="There is no municipality 9999999"):
        municipal.register(feed._replace(municipality="9999999"))
    with pytest.raises(UnknownMunicipality, match=f"has become part of {MADONA}"):
        municipal.register(feed._replace(municipality=VARAKLANI))
    for name in ("Riga", "1riga", "r-iga", "r" * 41, "", "riga; DROP"):
        with pytest.raises(InvalidQuestion, match="A feed's name"):
            municipal.register(feed._replace(name=name))


def _until(municipal, statement, *values, on_server=False):
    for _ in range(600):
        with municipal.place.on_server() if on_server else municipal.place.on_register() as connection:
            if connection.execute(statement, list(values) or None).rowcount:
                return
            connection.execute("SELECT pg_sleep(0.02)")
    raise AssertionError(statement)
