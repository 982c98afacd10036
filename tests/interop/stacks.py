"""The client stacks: how each is installed when it may be, and called."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent / "clients"
KEPT = Path(__file__).parents[2] / "var" / "interop"
INSTALL_WITHIN, OFFICE_WITHIN = 60.0, 90.0
WORKBOOK = "tests/integration/test_indicator_workbook.py"
ENVIRONMENT = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8", "NO_UPDATE_NOTIFIER": "1"}


class NotHere(Exception):
    """A stack that is not installed and cannot be; the text says why, and what would help."""


class Stack(NamedTuple):
    """One stack: `prepare` gives the command that takes a contract's address and a file of questions."""

    name: str
    prepare: Callable[[], Sequence[str]]


def run(command: Sequence[str], within: float, folder: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """A program's end, within a time."""
    return subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=within, check=False)


def php() -> Sequence[str]:
    """PHP's SoapClient."""
    return [_packaged("php", ["-r", "exit(extension_loaded('soap') ? 0 : 1);"], "php-cli", "php-soap"), str(HERE / "soap_client.php")]


def perl() -> Sequence[str]:
    """Perl's SOAP::Lite."""
    _packaged("perl", ["-MSOAP::Lite", "-MJSON::PP", "-e", "exit 0"], "libsoap-lite-perl")
    return ["perl", str(HERE / "soap_lite.pl")]


def node() -> Sequence[str]:
    """node soap, in the version that package-lock.json names."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise NotHere(f"{program} is not here; Node.js 18 or later brings it")
    folder = KEPT / "node"
    folder.mkdir(parents=True, exist_ok=True)
    lock = HERE / "node" / "package-lock.json"
    installed = folder / "installed.json"
    if not installed.exists() or installed.read_bytes() != lock.read_bytes():
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / "node" / name, folder)
        npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        _must([*npm, "--fetch-retries=1", "--fetch-timeout=20000"], "npm ci", folder)
        shutil.copy(lock, installed)
    shutil.copy(HERE / "node" / "client.js", folder)
    return ["node", str(folder / "client.js")]


def suds() -> Sequence[str]:
    """suds-community, in a folder of its own."""
    wanted = HERE / "suds" / "requirements.txt"
    folder = KEPT / "suds"
    installed = folder / "installed.txt"
    if not installed.exists() or installed.read_bytes() != wanted.read_bytes():
        folder.mkdir(parents=True, exist_ok=True)
        pip = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--retries=1", "--timeout=15"]
        _must([*pip, "--upgrade", f"--target={folder}", "--require-hashes", "--no-deps", "-r", str(wanted)], "pip install")
        shutil.copy(wanted, installed)
    return [sys.executable, str(HERE / "suds" / "client.py"), str(folder)]


def libreoffice() -> Sequence[str]:
    """LibreOffice, and the tests that open the workbook of indicators with it; `make test` skips them where it is not here."""
    _packaged("soffice", ["--headless", "--version"], "libreoffice-calc-nogui", within=OFFICE_WITHIN)
    return [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-k", "LibreOffice", WORKBOOK]


STACKS = (Stack("PHP SoapClient", php), Stack("node soap", node), Stack("suds-community", suds), Stack("Perl SOAP::Lite", perl))


def _packaged(program: str, probe: list[str], *packages: str, within: float = INSTALL_WITHIN) -> str:
    """A program of the system's packages, installed when we may."""
    if _works(program, probe):
        return program
    wish = f"apt-get install {' '.join(packages)}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise NotHere(f"not here, and this user may not install packages; as root: {wish}")
    apt = ["apt-get", "-q", "-y", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=15"]
    install = [*apt, "install", "--no-install-recommends", *packages]
    try:
        if run(install, within).returncode != 0:
            _must([*apt, "update"], "apt-get update")
            _must(install, wish, within=within)
    except subprocess.TimeoutExpired:
        raise NotHere(f"{wish} took more than {within:.0f} seconds") from None
    if not _works(program, probe):
        raise NotHere(f"{wish} did not bring it")
    return program


def _works(program: str, probe: list[str]) -> bool:
    return shutil.which(program) is not None and run([program, *probe], 20).returncode == 0


def _must(command: Sequence[str], name: str, folder: Path | None = None, within: float = INSTALL_WITHIN) -> None:
    try:
        done = run(command, within, folder)
    except subprocess.TimeoutExpired:
        raise NotHere(f"{name} took more than {within:.0f} seconds") from None
    if done.returncode != 0:
        # The tool's own words may name hosts; its exit code is enough here.
        raise NotHere(f"{name} ended with {done.returncode}; without a network it cannot be installed")
