"""Programs that `viis run` and `viis serve` start beside themselves: each ends with its parent, however that ends."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

PR_SET_PDEATHSIG = 1
PARENT = "VIIS_PARENT_PROCESS"
PATIENCE = 25.0
AGAIN_AFTER = 1.0
# A worker that is forked while a program is being started would hold the pipe that tells of the start, and the start would never be over.
_starting = threading.Lock()
os.register_at_fork(before=_starting.acquire, after_in_parent=_starting.release, after_in_child=_starting.release)


def start_child(*command: str, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """`viis <command>` as a program of its own; Ctrl-C at the terminal reaches only us, and we end it in order."""
    with _starting:
        return subprocess.Popen(
            [sys.executable, "-m", "adapters.cli", *command],
            env={**os.environ, **environment, PARENT: str(os.getpid())},
            stdin=subprocess.DEVNULL,
            process_group=0,
        )


def end_with_parent() -> None:
    """Called by a program that `start_child` started: the kernel ends it when its parent is gone, also by kill -9."""
    parent = os.environ.pop(PARENT, None)
    if parent is None or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit(1)


def end_child(child: "subprocess.Popen[bytes]") -> None:
    """Asks it to end, waits, and insists."""
    if child.poll() is None:
        with suppress(ProcessLookupError):
            child.terminate()
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


@contextmanager
def kept_alive(*command: str, environment: Mapping[str, str]) -> Iterator[None]:
    """`viis <command>` beside us until the block ends; when it ends before, it is started again."""
    ended = threading.Event()

    def keeping() -> None:
        # The kernel ends a program with the thread that started it, so this one stays as long as it does.
        while not ended.is_set():
            child = start_child(*command, environment=environment)
            while not ended.is_set() and child.poll() is None:
                ended.wait(AGAIN_AFTER)
            if ended.is_set():
                end_child(child)
            ended.wait(AGAIN_AFTER)

    thread = threading.Thread(target=keeping, name=" ".join(command))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
