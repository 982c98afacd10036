"""kill -9 here, here and here: the embedded PostgreSQL comes back, alone, with everything that was committed."""

import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import psycopg
import pytest

from adapters.embedded import launch, start
from adapters.embedded.home import Home
from adapters.embedded.processes import servers_in

QUICK = {"fsync": "off", "shared_buffers": "16MB"}


def wait_until(condition, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def answers(cluster) -> bool:
    try:
        with psycopg.connect(cluster.dsn("postgres"), connect_timeout=2) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def as_the_servers_user(folder: Path) -> dict[str, object]:
    owner = (folder / "cluster").stat()
    return {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}


def test_a_killed_owner_takes_its_server_along_and_nothing_committed_is_lost(folder, program):
    owner = program(folder)
    pid = int(owner.stdout.readline().split()[0])
    password, port = (folder / "password").read_text().strip(), (folder / "port").read_text().strip()
    with psycopg.connect(f"postgresql://viis:{password}@127.0.0.1:{port}/postgres", autocommit=True) as connection:
        connection.execute("CREATE TABLE acknowledged AS SELECT 1 AS n")
    owner.kill()
    wait_until(lambda: not servers_in(folder / "cluster"))
    again = start(folder, settings=QUICK)
    with psycopg.connect(again.dsn("postgres")) as connection:
        assert connection.execute("SELECT n FROM acknowledged").fetchone() == (1,)
    assert again.owned
    assert again.pid != pid
    again.stop()


def test_the_server_outlives_the_thread_that_asked_for_it(folder):
    got = []
    asking = threading.Thread(target=lambda: got.append(start(folder, settings=QUICK)))
    asking.start()
    asking.join()
    pid = got[0].pid
    time.sleep(0.5)
    assert answers(got[0])
    assert got[0].pid == pid
    got[0].stop()


def test_a_killed_server_is_started_again_at_the_same_address(folder, caplog):
    running = start(folder, settings=QUICK)
    killed, address = running.pid, running.dsn("postgres")
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: running.pid != killed)
    assert answers(running)
    assert running.dsn("postgres") == address
    assert running.owned
    assert "started again" in caplog.text
    running.stop()


def test_whoever_still_uses_the_server_takes_over_when_its_owner_ends(folder, program):
    owner = program(folder)
    owner.stdout.readline()
    adopter = start(folder, settings=QUICK)
    assert not adopter.owned
    owner.communicate()
    wait_until(lambda: adopter.owned)
    assert answers(adopter)
    adopter.stop()
    assert not servers_in(folder / "cluster")


def test_children_that_linger_after_a_killed_server_are_outlived(folder, monkeypatch):
    monkeypatch.setattr(launch, "LINGERING", 0.5)
    running = start(folder, settings=QUICK)
    killed = running.pid
    connection = psycopg.connect(running.dsn("postgres"))
    child = connection.info.backend_pid
    connection.pgconn.send_query(b"DO $$ BEGIN LOOP END LOOP; END $$")
    wait_until(lambda: running_for(child) > 0.05)
    os.kill(killed, signal.SIGKILL)
    # The child notices nothing, and while it lives nobody else may have the folder.
    wait_until(lambda: killed not in servers_in(folder / "cluster"))
    assert child in servers_in(folder / "cluster")
    assert Home(folder).is_held()
    assert (folder / "cluster" / "postmaster.pid").read_text().startswith(f"{killed}\n")
    wait_until(lambda: running.pid != killed)
    assert child not in servers_in(folder / "cluster")
    connection.close()
    assert answers(running)
    running.stop()


def running_for(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11]) / os.sysconf("SC_CLK_TCK")


def test_a_pid_file_whose_number_another_process_has_taken_is_no_server(folder):
    stranger = subprocess.Popen(["sleep", "60"], **as_the_servers_user(folder))
    write_pid_file(folder, f"{stranger.pid}\n{folder}/cluster\n1\n5432\n\n127.0.0.1\n  1 1\nready   \n")
    running = start(folder, settings=QUICK)
    assert answers(running)
    assert running.pid != stranger.pid
    assert stranger.poll() is None
    running.stop()
    stranger.kill()
    stranger.wait()


def test_a_pid_file_whose_number_is_a_zombie_is_no_server(folder):
    zombie = subprocess.Popen(["true"], **as_the_servers_user(folder))
    wait_until(lambda: Path(f"/proc/{zombie.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z")
    write_pid_file(folder, f"{zombie.pid}\n{folder}/cluster\n1\n5432\n\n127.0.0.1\n  1 1\nready   \n")
    running = start(folder, settings=QUICK)
    assert answers(running)
    running.stop()
    zombie.wait()


@pytest.mark.parametrize("left_behind", ["", "\0\0\0\0"], ids=["empty", "zeros"])
def test_a_pid_file_that_a_power_cut_left_unwritten_is_no_server(folder, left_behind):
    write_pid_file(folder, left_behind)
    running = start(folder, settings=QUICK)
    assert answers(running)
    running.stop()


def write_pid_file(folder: Path, text: str) -> None:
    path = folder / "cluster" / "postmaster.pid"
    path.write_text(text)
    path.chmod(0o600)
    owner = (folder / "cluster").stat()
    os.chown(path, owner.st_uid, owner.st_gid)


def test_a_program_killed_while_it_makes_the_cluster_leaves_nothing_half_made(empty_folder, program):
    killed = program(empty_folder)
    wait_until(lambda: [*empty_folder.glob("creating-*/cluster/base")])
    killed.kill()
    killed.wait()
    assert not (empty_folder / "cluster").exists()
    running = start(empty_folder, settings=QUICK)
    assert answers(running)
    running.stop()


def test_a_port_that_another_program_took_is_chosen_anew_and_said(folder, caplog):
    first = start(folder, settings=QUICK)
    taken = first.port
    first.stop()
    with socket.socket() as another:
        another.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        another.bind(("127.0.0.1", taken))
        another.listen()
        running = start(folder, settings=QUICK)
        assert running.port != taken
        assert f"Port {taken} of the embedded database is taken by another program" in caplog.text
        running.stop()
    again = start(folder, settings=QUICK)
    assert again.port == int((folder / "port").read_text()) != taken
    again.stop()
