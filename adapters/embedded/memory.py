"""How much of the machine's memory the server keeps tables in.

A page that the server holds is not read from a disk again, whatever the system does with its own cache meanwhile; the demonstration and the
replica's server share a machine with the service, so an eighth is taken and no more.
"""

import os
from collections.abc import Iterator
from pathlib import Path

LEAST, MOST, PART = 128, 4096, 8  # MiB, MiB, one of so many
# Where a container's limit stands, by the newer and the older way of saying it.
LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def settings() -> dict[str, str]:
    """The server's settings about memory; whoever starts it may say otherwise."""
    whole = min(_memory()) >> 20
    ours = max(LEAST, min(MOST, whole // PART))
    return {"shared_buffers": f"{ours}MB", "effective_cache_size": f"{max(2 * ours, whole // 2)}MB"}


def _memory() -> Iterator[int]:
    yield os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for path in LIMITS:
        try:
            yield int(path.read_text())
        except (OSError, ValueError):
            continue  # no such file, or "max": no limit
