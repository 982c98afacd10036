"""`viis feed` as an administrator uses it: with the servers that come along, and with PostgreSQL servers of one's own."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from adapters.feeds.adding import adding
from adapters.feeds.admission import BEGIN, END, in_force, lines, reload
from adapters.feeds.place import Place
from adapters.feeds.removing import removing
from adapters.feeds.subscription import tell_the_address
from adapters.replication.servers import administrator
from tests.register import RIGA

NEW = ("add", "riga", "--municipality", RIGA, "--purpose", "Skolēnu serviss", "--legal-basis", "MK 276/2019")
Feed = Callable[..., "subprocess.CompletedProcess[str]"]


def viis_feed(**settings: str) -> Feed:
    """`viis feed …` as a program of its own, with these settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VIIS_")}

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "adapters.cli", "feed", *words]
        return subprocess.run(command, env={**kept, **settings}, stdin=subprocess.DEVNULL, capture_output=True, text=True)

    return run


def login(said: str) -> str:
    found = re.search(r"^host=.*$", said, re.MULTILINE)
    assert found, said
    return found[0]


@pytest.fixture
def without_lines(replica_server) -> Iterator[Path]:
    """The file of a server that nobody has prepared."""
    with administrator(replica_server.dsn("postgres")) as connection:
        hba = Path(connection.execute("SHOW hba_file").fetchall()[0][0])
        whole = hba.read_text()
        head, found, rest = whole.partition(BEGIN)
        hba.write_text(head + rest.partition(END + "\n")[2] if found else whole)
        reload(connection, lambda: administrator(replica_server.dsn("postgres")))
        yield hba
        hba.write_text(whole)
        reload(connection, lambda: administrator(replica_server.dsn("postgres")))


def test_the_servers_that_come_along_need_nothing_more(empty_folder):
    empty_folder.mkdir(mode=0o755)
    viis = viis_feed(VIIS_DATA=str(empty_folder))
    added = viis(*NEW)
    assert added.returncode == 0, added.stderr
    assert "user=feed_riga" in login(added.stdout)
    listed = viis("list")
    assert re.search(r"^riga +0001000 +no +[0-9.]+ +following +0 ", listed.stdout, re.MULTILINE), listed.stdout
    assert re.search(r"^Room for \d+ more: 2 of 80 of max_logical_replication_workers", listed.stdout, re.MULTILINE), listed.stdout
    removed = viis("remove", "riga")
    assert "Removed on" in removed.stdout
    assert "Room for" in viis("list").stdout


def test_on_servers_of_ones_own_the_login_waits_for_the_lines(pair, without_lines, replica_server):
    viis = viis_feed(VIIS_REGISTER_URL=pair.who.register, VIIS_REPLICA_URL=pair.who.replicas[0])
    pair.register.institution("4113100001")
    person = pair.register.person("04051820219", given_name="Anna")
    pair.register.lives(person, RIGA)
    try:
        refused = viis(*NEW)
        assert refused.returncode == 1
        assert "The login is not opened" in refused.stderr
        for line in lines("hostssl"):
            assert line in refused.stdout
        # A server that comes along has no TLS, so here the lines admit without.
        without_lines.write_text("\n".join([*lines("host"), without_lines.read_text()]))
        with administrator(replica_server.dsn("postgres")) as connection:
            reload(connection, lambda: administrator(replica_server.dsn("postgres")))
            assert in_force(connection)
        added = viis("add", "riga")
        with psycopg.connect(login(added.stdout)) as consumer:
            assert consumer.execute("SELECT registration_number FROM institution").fetchall() == [("4113100001",)]
        again = viis("add", "riga")
        assert again.returncode == 0
        assert "With --new-password" in again.stdout
    finally:
        viis("remove", "riga")
    assert pair.in_register("SELECT name FROM municipal_feed WHERE removed_at IS NOT NULL") == [("riga",)]


def test_what_cannot_be_is_said_in_a_sentence(database_url):
    alone = viis_feed(VIIS_REGISTER_URL=database_url)
    for words in (NEW, ("list",), ("remove", "riga")):
        said = alone(*words)
        assert said.returncode == 1
        assert "a copy needs two" in said.stderr
        assert "Traceback" not in said.stderr


def test_a_new_feed_is_named_with_all_that_it_needs(pair):
    viis = viis_feed(VIIS_REGISTER_URL=pair.who.register, VIIS_REPLICA_URL=pair.who.replicas[0])
    assert viis("add", "riga").stderr == "There is no feed riga yet. A new one needs --municipality, --purpose and --legal-basis.\n"
    assert viis("remove", "riga").stderr == "There is no feed riga.\n"
    assert viis("add", "Riga").stderr.startswith("A feed's name begins with a small letter")
    assert pair.in_register("SELECT count(*) FROM municipal_feed") == [(0,)]


def test_copies_learn_where_the_register_has_gone(municipal, feed):
    municipal.add(feed)
    elsewhere = municipal.place.reached_by.replace("127.0.0.1", "localhost")
    moved: Place = municipal.place._replace(reached_by=elsewhere)
    tell_the_address(moved)
    [(known,)] = municipal.in_copy(feed, "SELECT subconninfo FROM pg_subscription WHERE subname = %s", feed.known_as)
    assert "host=localhost" in known
    assert municipal.equal(feed)
    tell_the_address(moved)
    assert list(adding(moved, feed))
    assert list(removing(moved, feed.known_as))
