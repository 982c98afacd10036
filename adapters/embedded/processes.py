"""Who lives in a data folder: what postmaster.pid says, and what /proc says, because a number may be anybody's by now."""

import contextlib
import os
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")


def servers_in(cluster: Path) -> frozenset[int]:
    """The PostgreSQL processes whose working folder is this data folder.

    Every process of a server stands in its data folder. A zombie has no working folder, so it is not counted,
    although kill(pid, 0) takes it for alive.
    """
    place = str(cluster.resolve())
    return frozenset(int(entry.name) for entry in PROC.iterdir() if entry.name.isdecimal() and _lives(entry, place))


def lives_in(pid: int, cluster: Path) -> bool:
    """Whether this process is a PostgreSQL process of this data folder."""
    return _lives(PROC / str(pid), str(cluster.resolve()))


def _lives(process: Path, place: str) -> bool:
    # A process may end between two looks, and others' processes may not be looked at.
    with contextlib.suppress(OSError):
        return str((process / "cwd").readlink()) == place and (process / "comm").read_text() == "postgres\n"
    return False


def answers_to_kill(pid: int) -> bool:
    """Whether the number is in use by a process that PostgreSQL would take for a running server."""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


class Postmaster(NamedTuple):
    """What a server writes about itself into postmaster.pid."""

    pid: int
    port: int
    status: str


def postmaster_of(cluster: Path) -> Postmaster | None:
    """What postmaster.pid says; it may be about a server that is no more."""
    try:
        lines = [line.strip() for line in (cluster / "postmaster.pid").read_text().splitlines()]
    except FileNotFoundError:
        return None
    if not lines or not lines[0].isdecimal():
        return None
    # The file grows while the server starts; the last line tells whether it is ready.
    port = int(lines[3]) if len(lines) > 3 and lines[3].isdecimal() else 0
    return Postmaster(int(lines[0]), port, lines[7] if len(lines) > 7 else "")
