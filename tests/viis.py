"""`viis` commands as programs of their own."""

import os
import subprocess
import sys


def start_viis(*command: str, **environment: str) -> "subprocess.Popen[bytes]":
    """`viis <command>` with these settings and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VIIS_")}
    return subprocess.Popen([sys.executable, "-m", "adapters.cli", *command], env={**kept, **environment}, stdin=subprocess.DEVNULL)


def viis(register_url: str, *command: str) -> "subprocess.CompletedProcess[str]":
    """`viis <command>` on this register, to its end."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VIIS_")}
    called = [sys.executable, "-m", "adapters.cli", *command]
    return subprocess.run(called, env={**kept, "VIIS_REGISTER_URL": register_url}, capture_output=True, text=True, timeout=60, check=False)
