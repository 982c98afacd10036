"""The operating system's user that the database server runs as: PostgreSQL refuses to run as root."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters.embedded.errors import EmbeddedError

CANDIDATES = ("postgres", "nobody")

# PG… variables and the locale of whoever starts us must not reach the server, and neither do our own settings.
ENVIRONMENT = {
    "LC_ALL": "C",
    "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
    **{name: os.environ[name] for name in ("LD_LIBRARY_PATH", "TMPDIR") if name in os.environ},
}


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the operating system, by number; the name is for messages."""

    name: str
    uid: int
    gid: int

    @property
    def ours(self) -> bool:
        """Whether this program itself runs as this user."""
        return self.uid == os.geteuid()

    def run(self, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        """Run a command as this user, from a folder that everybody can enter, and wait for it."""
        identity = {} if self.ours else {"user": self.uid, "group": self.gid, "extra_groups": []}
        return subprocess.run(  # type: ignore[call-overload,no-any-return]
            command, cwd="/", env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, text=True, **identity
        )

    def enters(self, folder: Path) -> bool:
        """Whether this user gets into a folder; asked of the system, because mode bits do not tell all."""
        return self.run(["/bin/sh", "-c", 'test -x "$1"', "sh", folder]).returncode == 0

    def owns(self, folder: Path) -> bool:
        """Whether a folder belongs to this user."""
        return folder.stat().st_uid == self.uid


def account(cluster: Path) -> Account:
    """Who runs the server of this data folder: whoever owns it; for a new one we do, or a user of its own for root."""
    if os.geteuid() != 0:
        return _named(os.geteuid(), os.getegid())
    if cluster.exists() and (owner := cluster.stat()).st_uid != 0:
        return _named(owner.st_uid, owner.st_gid)
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedError(
        "The embedded database cannot be started: PostgreSQL refuses to run as root, and there is no user "
        "postgres or nobody to run it as. Start the program as an ordinary user, or add one: useradd --system postgres"
    )


def _named(uid: int, gid: int) -> Account:
    try:
        return Account(pwd.getpwuid(uid).pw_name, uid, gid)
    except KeyError:
        return Account(f"number {uid}", uid, gid)


def is_known(who: Account) -> bool:
    """Whether the user has a passwd entry; initdb does not work without one."""
    try:
        pwd.getpwuid(who.uid)
    except KeyError:
        return False
    return True
