"""viis case-deadlines: days for the steps of a case, as an operator sets them."""

import os
import subprocess
import sys


def viis(register_url: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VIIS_")}
    command = [sys.executable, "-m", "adapters.cli", "case-deadlines", *arguments]
    return subprocess.run(command, env={**kept, "VIIS_REGISTER_URL": register_url}, capture_output=True, text=True, timeout=60, check=False)


def test_a_municipality_gets_its_own_days_and_the_usual_ones_back(database_url: str) -> None:
    listed = viis(database_url)
    assert listed.returncode == 0
    assert [line.split("│")[1].strip() for line in listed.stdout.splitlines() if "usual" in line] == ["usual"] * 3
    own = viis(database_url, "0001000", "firstStatus", "20")
    assert any("0001000" in line and "20" in line for line in own.stdout.splitlines())
    usual = viis(database_url, "0001000", "firstStatus", "0")
    assert "0001000" not in usual.stdout


def test_what_cannot_be_set_is_said(database_url: str) -> None:
    for arguments, code, said in (
        (("0001000",), 2, "name all of municipality, step and days"),
        (("9999999", "firstStatus", "20"), 1, "Nothing was changed."),
        (("0001000", "lunch", "20"), 1, "The steps are firstStatus, clarifying, handOver."),
    ):
        done = viis(database_url, *arguments)
        assert done.returncode == code
        assert said in done.stderr
