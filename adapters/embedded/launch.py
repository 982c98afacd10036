"""Launching a server: after a killed one's remains are gone, on a port that is free, until it says that it is ready."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping

from adapters.embedded import child
from adapters.embedded.account import ENVIRONMENT, Account
from adapters.embedded.binaries import Binaries
from adapters.embedded.errors import EmbeddedError
from adapters.embedded.home import PATIENCE, Home
from adapters.embedded.options import arguments, is_free, port_of, prune_logs
from adapters.embedded.processes import Postmaster, answers_to_kill, postmaster_of, servers_in

BEAT = 0.005
LINGERING = 3.0  # what the children of a killed server get to notice that it is gone
STUBBORN = 15.0

Process = subprocess.Popen[bytes]


def launch(home: Home, programs: Binaries, who: Account, settings: Mapping[str, str]) -> tuple[Postmaster, Process]:
    """Start the server of a home that has none running, and wait until it is ready; the caller holds the lock."""
    _see_off_remains(home)
    prune_logs(home.cluster)
    deadline = time.monotonic() + STUBBORN
    while True:
        port = port_of(home)
        process = _spawn(home, programs, who, [*arguments(port, settings, programs.major)])
        if postmaster := _await_ready(home, process):
            return postmaster, process
        if process.returncode == child.HELD:
            raise EmbeddedError(_held(home))
        said = home.start_log.read_text(errors="replace")
        # Shared memory outlives the processes by a moment; a port may go between our look and the server's.
        if time.monotonic() > deadline or not ("pre-existing shared memory" in said or not is_free(port)):
            raise EmbeddedError(_failed(home, said))
        time.sleep(0.1)


def _spawn(home: Home, programs: Binaries, who: Account, options: list[str]) -> Process:
    identity = ["-", "-"] if who.ours else [str(who.uid), str(who.gid)]
    with home.start_log.open("wb") as said:
        return subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", child.__file__, str(os.getpid()), str(home.running), *identity),
                *(str(programs.postgres), "-D", str(home.cluster), *options),
            ],
            cwd="/",
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            # Ctrl-C in the terminal is for the program, which stops the server when it is done with it.
            start_new_session=True,
        )


def _await_ready(home: Home, process: Process) -> Postmaster | None:
    """What the server says of itself when it is ready, None when it ended before."""
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None:
        postmaster = postmaster_of(home.cluster)
        # The last line tells, not a port that answers: the file may be an older server's, the port anybody's.
        if postmaster and postmaster.pid == process.pid and postmaster.status == "ready":
            return postmaster
        if time.monotonic() > deadline:
            process.send_signal(signal.SIGQUIT)
            process.wait()
            raise EmbeddedError(not_ready(home))
        time.sleep(BEAT)
    return None


def _see_off_remains(home: Home) -> None:
    """Wait for the children of a killed server, then remove its pid file if the number has become another's."""
    begun, told = time.monotonic(), False
    while remains := servers_in(home.cluster):
        waited = time.monotonic() - begun
        if waited > STUBBORN:
            raise EmbeddedError(
                f"The embedded database cannot be started: processes of a server that was killed are still in "
                f"{home.cluster} ({', '.join(map(str, sorted(remains)))}). End them and start again."
            )
        if waited > LINGERING and not told:
            # A long statement does not notice that its server is gone; the server itself would end it like this.
            told = True
            for pid in remains:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGQUIT)
        time.sleep(BEAT)
    if home.is_held():
        raise EmbeddedError(_held(home))
    postmaster = postmaster_of(home.cluster)
    if postmaster is None or answers_to_kill(postmaster.pid):
        # Nobody lives in the folder and nobody holds its lock: the file is half written, or the number a stranger's
        # or a zombie's. A number that is nobody's PostgreSQL itself takes for stale, after a look at shared memory.
        (home.cluster / "postmaster.pid").unlink(missing_ok=True)


def _held(home: Home) -> str:
    return (
        f"The embedded database cannot be started: a server that cannot be seen from here, perhaps in another "
        f"container, holds {home.cluster}. Stop it, or set VIIS_DATA to another folder."
    )


def not_ready(home: Home) -> str:
    """What a person is told of a server that starts for too long."""
    return f"The embedded database was not ready after {PATIENCE:.0f} seconds. Look into {home.cluster / 'log'} for what it is doing."


def _failed(home: Home, said: str) -> str:
    newest = max((home.cluster / "log").glob("postgresql-*.log"), default=None)
    if newest and newest.stat().st_mtime >= home.start_log.stat().st_mtime:
        said += newest.read_text(errors="replace")
    lines = [line for line in said.splitlines() if "FATAL:" in line or "PANIC:" in line] or said.splitlines() or [""]
    reason = lines[0].split("FATAL:")[-1].split("PANIC:")[-1].strip()
    return (
        f'The embedded database could not be started in {home.cluster}: PostgreSQL says "{reason or "nothing"}". Mend that and start again.'
    )
