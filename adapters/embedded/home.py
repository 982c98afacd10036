"""The files of one data folder, and the place outside for when the database's user cannot reach it."""

import contextlib
import fcntl
import hashlib
import logging
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from adapters.embedded.account import Account, account
from adapters.embedded.errors import EmbeddedError

OUTSIDE = Path("/var/lib/viis")
PATIENCE = 600.0  # as long as a recovery after a crash may take
BEAT = 0.02

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Home:
    """One data folder: PostgreSQL's own files in `cluster`, ours beside it."""

    folder: Path

    @property
    def cluster(self) -> Path:
        """PostgreSQL's files: 0700, of the user that the server runs as."""
        return self.folder / "cluster"

    @property
    def password(self) -> Path:
        """The password of the role viis: 0600, of the user that this program runs as."""
        return self.folder / "password"

    @property
    def port(self) -> Path:
        """The port, chosen once."""
        return self.folder / "port"

    @property
    def running(self) -> Path:
        """Locked by every process of the server as long as it lives."""
        return self.folder / "running.lock"

    @property
    def start_log(self) -> Path:
        """What the server says before its own log begins."""
        return self.folder / "start.log"

    def read_password(self) -> str:
        """The password of the role viis."""
        try:
            if password := self.password.read_text().strip():
                return password
        except FileNotFoundError:
            pass
        raise EmbeddedError(
            f"The embedded database cannot be used: its password is not in {self.password}. "
            "Bring the file back from a backup, or set VIIS_DATA to a new folder to begin with an empty register."
        )

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder against other programs that start or adopt its server at the same moment."""
        descriptor = os.open(self.folder / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _wait_for(descriptor, self.folder)
            yield
            # Said aloud, because a copy of this descriptor may live on in a process forked meanwhile.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        finally:
            os.close(descriptor)

    def is_held(self) -> bool:
        """Whether some process of a server, seen or unseen, still holds the folder."""
        descriptor = os.open(self.running, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False


def _wait_for(descriptor: int, folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(BlockingIOError):
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        time.sleep(BEAT)
    raise EmbeddedError(
        f"The embedded database was not started: another program has been starting it in {folder} for "
        f"{PATIENCE:.0f} seconds. End that program and start again."
    )


def home_of(data: Path) -> tuple[Home, Account]:
    """Where the data are kept and who runs the server: in `data`, or outside when that user cannot get there."""
    inside = Home(data.resolve())
    outside = Home(OUTSIDE / hashlib.sha256(str(inside.folder).encode()).hexdigest()[:12])
    if outside.cluster.exists() and not inside.cluster.exists():
        home = outside
    else:
        _make(inside.folder)
        home = inside
    who = account(home.cluster)
    if home is inside and not who.enters(inside.folder):
        if inside.cluster.exists():
            raise EmbeddedError(
                f"The embedded database cannot be started: its user {who.name} no longer gets into {inside.folder}, "
                f"where its data are. Let others enter the folders above it again (chmod o+x)."
            )
        home = outside
    if home is outside:
        log.warning(
            "The user %s, who runs the database, cannot reach %s, so its data are kept in %s.",
            who.name,
            inside.folder,
            outside.folder,
        )
        _make(OUTSIDE)
        _make(outside.folder)
    _refuse_strangers(home, who)
    return home, who


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o755 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    found = folder.stat()
    if os.geteuid() == 0 and found.st_uid == 0 and not found.st_mode & 0o001:
        # Whatever the umask, the database's user passes through root's folder to its own. Only ours, never a parent.
        folder.chmod(found.st_mode & 0o7777 | 0o011)


def _refuse_strangers(home: Home, who: Account) -> None:
    if home.cluster.exists() and not who.owns(home.cluster):
        owner = account_name(home.cluster)
    elif not os.access(home.folder, os.W_OK | os.X_OK):
        owner = account_name(home.folder)
    else:
        return
    raise EmbeddedError(
        f"The embedded database cannot be started: the folder {home.folder} belongs to the user {owner}. "
        f"Start the program as the user who made it, or set VIIS_DATA to a folder of your own."
    )


def account_name(path: Path) -> str:
    """The name of a file's owner, or its number when it has none."""
    try:
        return path.owner()
    except KeyError:
        return f"number {path.stat().st_uid}"
