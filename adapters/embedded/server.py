"""One running server of a home: adopted when there is one, launched when there is none, never two."""

import logging
import signal
import subprocess
import time
from collections.abc import Mapping

from adapters.embedded.account import Account
from adapters.embedded.binaries import Binaries
from adapters.embedded.creation import create
from adapters.embedded.errors import EmbeddedError
from adapters.embedded.home import PATIENCE, Home
from adapters.embedded.launch import Process, launch, not_ready
from adapters.embedded.processes import Postmaster, lives_in, postmaster_of

BEAT = 0.005
STOPPING = 60.0

log = logging.getLogger(__name__)


class Server:
    """A server that runs: `process` is ours when we launched it, None when we adopted it."""

    def __init__(self, home: Home, postmaster: Postmaster, process: Process | None) -> None:
        self.home = home
        self.pid = postmaster.pid
        self.port = postmaster.port
        self.process = process

    def is_alive(self) -> bool:
        """Whether the server is still there; asking also takes leave of a child that has ended."""
        if self.process is not None:
            return self.process.poll() is None
        return lives_in(self.pid, self.home.cluster)

    def stop(self) -> None:
        """Stop a server of ours fast (SIGINT), and at once (SIGQUIT) when it does not end within a minute."""
        if self.process is None:
            return
        for request in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            self.process.send_signal(request)
            try:
                self.process.wait(STOPPING)
            except subprocess.TimeoutExpired:
                log.warning("The embedded database did not stop within %.0f seconds.", STOPPING)
            else:
                return


def take(home: Home, programs: Binaries, who: Account, settings: Mapping[str, str], *, new: bool) -> Server:
    """The server of this home: the running one, or one that we launch; a cluster is made only when `new`."""
    with home.alone():
        if not home.cluster.exists():
            if not new:
                raise EmbeddedError(f"The embedded database is gone: {home.cluster} was removed while it was in use.")
            create(home, programs, who, durable=settings.get("fsync") != "off")
        _compare_versions(home, programs)
        home.read_password()  # a server that nobody can log in to is not started
        return _adopt(home) or Server(home, *launch(home, programs, who, settings))


def _compare_versions(home: Home, programs: Binaries) -> None:
    made_by = (home.cluster / "PG_VERSION").read_text().strip()
    if made_by != str(programs.major):
        raise EmbeddedError(
            f"The data in {home.cluster} were made by PostgreSQL {made_by}, but {programs.postgres} is "
            f"{programs.major}. Set VIIS_PG_BINDIR to a PostgreSQL {made_by}, or move the data with pg_upgrade."
        )


def _adopt(home: Home) -> Server | None:
    """The server that runs already, once it is ready; one that is stopping is waited for and not adopted."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        postmaster = postmaster_of(home.cluster)
        if postmaster is None or not lives_in(postmaster.pid, home.cluster):
            return None
        if postmaster.status == "ready":
            return Server(home, postmaster, None)
        time.sleep(BEAT)
    raise EmbeddedError(not_ready(home))
