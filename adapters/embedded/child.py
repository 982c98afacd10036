"""A program of its own between us and the server; it becomes the server.

It does what may not be done in a forked copy of a program with threads: takes the folder's life-long lock, drops
root's rights, and asks the kernel to stop the server (SIGINT, a fast stop) when the thread that launched it ends,
however it ends. The lock is handed on to every process of the server, so that while any of them lives, in this
container or in another one, nobody else starts a server in the folder. Arguments: the launching process, the lock,
user and group ("-" to stay who we are), the server's command. It knows nothing of the rest of the project.
"""

import ctypes
import fcntl
import os
import signal
import sys
from typing import NoReturn

HELD = 75  # EX_TEMPFAIL: the folder is held by a server
ORPHANED = 76
PR_SET_PDEATHSIG = 1


def main(parent: str, lock: str, uid: str, gid: str, *command: str) -> NoReturn:
    """Become the server, or exit with the reason why not."""
    held = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(HELD)
    os.set_inheritable(held, True)
    if uid != "-":
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    # After setuid: a change of user clears the request.
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit(ORPHANED)
    os.chdir("/")
    os.execv(command[0], command)  # noqa: S606  no shell is meant


if __name__ == "__main__":
    main(*sys.argv[1:])
