"""Programs that `viis run` starts beside itself: each ends with it, however it ends."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress

PR_SET_PDEATHSIG = 1
PARENT = "VIIS_PARENT_PROCESS"
PATIENCE = 25.0


def start_child(*command: str, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """`viis <command>` as a program of its own; Ctrl-C at the terminal reaches only us, and we end it in order."""
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
