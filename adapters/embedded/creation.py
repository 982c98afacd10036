"""A new cluster: made aside and renamed when complete, so that a half-made one is never taken for a whole one."""

import os
import re
import secrets
import shutil
from pathlib import Path

from adapters.embedded.account import Account, is_known
from adapters.embedded.binaries import Binaries
from adapters.embedded.errors import EmbeddedError
from adapters.embedded.home import Home

ROLE = "viis"


def create(home: Home, programs: Binaries, who: Account, *, durable: bool) -> None:
    """Make the cluster of a home that has none; the caller holds the home's lock."""
    if not is_known(who):
        raise EmbeddedError(
            f"The embedded database cannot be made: the user {who.name} has no entry in /etc/passwd, and PostgreSQL's "
            "initdb needs one. Start the program as a user who has one, or set VIIS_REGISTER_URL to a server."
        )
    for remains in home.folder.glob("creating-*"):
        shutil.rmtree(remains, ignore_errors=True)  # an initdb whose program was killed may still write there
    workshop = home.folder / f"creating-{secrets.token_hex(4)}"
    workshop.mkdir(mode=0o700)
    try:
        _initdb(workshop, _password(home), programs, who, durable=durable)
        (workshop / "cluster").rename(home.cluster)
        _sync(home.folder)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _password(home: Home) -> str:
    """The password, on disk before the cluster that needs it."""
    if not home.password.exists():
        _write_private(home.password.with_suffix(".new"), secrets.token_urlsafe(24))
        home.password.with_suffix(".new").rename(home.password)
    return home.read_password()


def _initdb(workshop: Path, password: str, programs: Binaries, who: Account, *, durable: bool) -> None:
    _write_private(workshop / "password", password)
    for path in (workshop, workshop / "password"):
        os.chown(path, who.uid, who.gid)
    # The builtin provider came with 17; before, the system's C.UTF-8 knows Latvian letters as well.
    locale = ["--locale=C.UTF-8"]
    if programs.major >= 17:
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    made = who.run(
        [
            programs.initdb,
            f"--pgdata={workshop / 'cluster'}",
            f"--username={ROLE}",
            f"--pwfile={workshop / 'password'}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--data-checksums",
            "--no-instructions",
            *locale,
            *([] if durable else ["--no-sync"]),
        ]
    )
    if made.returncode:
        raise EmbeddedError(
            f"The embedded database could not be made in {workshop.parent}: PostgreSQL says "
            f'"{_reason(made.stderr)}". Mend that and start again, or set VIIS_DATA to another folder.'
        )


def _reason(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if "error:" in line or "FATAL:" in line]
    return re.sub(r"^.*?(FATAL|error): +", "", (telling or lines or ["nothing"])[0])


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(descriptor)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
