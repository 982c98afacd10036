"""When the embedded PostgreSQL cannot be had, a person reads what happened, why, and what to do."""

import fcntl
import os
import pwd
import signal
import time

import pytest

from adapters.embedded import EmbeddedError, start
from adapters.embedded.processes import servers_in

QUICK = {"fsync": "off", "shared_buffers": "16MB"}


def refusal(folder, **more) -> str:
    with pytest.raises(EmbeddedError) as refused:
        start(folder, settings=QUICK, **more)
    assert "Traceback" not in str(refused.value)
    return str(refused.value)


def test_data_of_another_version_are_not_touched(folder):
    version = folder / "cluster" / "PG_VERSION"
    version.write_text("17\n")
    said = refusal(folder)
    assert "were made by PostgreSQL 17" in said
    assert "Set VIIS_PG_BINDIR to a PostgreSQL 17" in said
    assert version.read_text() == "17\n"


@pytest.fixture
def other_postgresql(empty_folder):
    bindir = empty_folder / "bin"
    bindir.mkdir(parents=True)
    for name in ("postgres", "initdb"):
        (bindir / name).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 15.4'\n")
        (bindir / name).chmod(0o755)
    return bindir


def test_a_postgresql_that_is_too_old_is_refused(empty_folder, other_postgresql):
    said = refusal(empty_folder, bindir=other_postgresql)
    assert "is PostgreSQL 15, and the register needs 16 or newer. Set VIIS_PG_BINDIR" in said


def test_a_postgresql_that_does_not_run_here_is_refused_with_its_own_words(empty_folder, other_postgresql):
    (other_postgresql / "postgres").write_text("#!/bin/sh\necho 'libz.so.1 is missing' >&2\nexit 127\n")
    said = refusal(empty_folder, bindir=other_postgresql)
    assert "does not run here: libz.so.1 is missing" in said


def test_a_folder_without_postgresql_is_refused(empty_folder):
    said = refusal(empty_folder, bindir=empty_folder)
    assert said.startswith("There is no postgres in ")
    assert said.endswith("Set VIIS_PG_BINDIR to the bin folder of PostgreSQL.")


def test_a_user_without_a_passwd_entry_is_told_that_initdb_needs_one(empty_folder, monkeypatch):
    def nobody_has(uid):
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", nobody_has)
    said = refusal(empty_folder)
    assert "has no entry in /etc/passwd" in said
    assert "VIIS_REGISTER_URL" in said


def test_a_lost_password_is_named(folder):
    (folder / "password").unlink()
    assert "its password is not in" in refusal(folder)
    assert not servers_in(folder / "cluster")


def test_a_folder_held_by_a_server_that_cannot_be_seen_gets_no_second_one(folder):
    with (folder / "running.lock").open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "a server that cannot be seen from here" in refusal(folder)
    assert not servers_in(folder / "cluster")


def test_a_data_folder_that_cannot_be_made_is_named(empty_folder):
    empty_folder.write_text("a file is in the way")
    assert str(empty_folder / "pg") in refusal(empty_folder / "pg")
    empty_folder.unlink()


def test_a_setting_that_postgresql_refuses_is_said_in_its_words(folder):
    with pytest.raises(EmbeddedError, match='PostgreSQL says "invalid value for parameter "wal_level"'):
        start(folder, settings={"wal_level": "sideways"})


def test_a_cluster_removed_while_in_use_is_not_replaced_by_an_empty_one_and_serves_when_it_is_back(folder, caplog):
    running = start(folder, settings=QUICK)
    killed = running.pid
    (folder / "cluster").rename(folder / "taken-away")
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: "was removed while it was in use" in caplog.text)
    assert not (folder / "cluster").exists()
    (folder / "taken-away").rename(folder / "cluster")
    wait_until(lambda: running.pid != killed)
    running.stop()


def wait_until(condition, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
