"""viis demo-data as it is called."""

import os
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from adapters.cli import build


def demo_data(data: Path, url: str, *options: str) -> "subprocess.CompletedProcess[str]":
    settings = {"VIIS_DATA": str(data), "VIIS_REGISTER_URL": url, "PATH": os.environ["PATH"]}
    command = [sys.executable, "-m", "adapters.cli", "demo-data", "--seed", "3", "--today", "2026-11-23", *options]
    return subprocess.run(command, env=settings, capture_output=True, text=True, timeout=120, check=False)


def test_a_nation_is_loaded_once_and_refused_in_words_the_second_time(database_url, tmp_path):
    first = demo_data(tmp_path, database_url, "--people", "300")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.startswith("300 people are made up in ")
    second = demo_data(tmp_path, database_url, "--people", "300")
    assert second.returncode == 1
    assert second.stderr.startswith("The register holds people or institutions already")
    assert "VIIS_DATA" in second.stderr
    assert "Traceback" not in second.stderr


def test_files_alone_need_no_database(tmp_path, monkeypatch):
    monkeypatch.setenv("VIIS_DATA", str(tmp_path))
    monkeypatch.setenv("VIIS_REGISTER_URL", "postgresql://nobody@127.0.0.1:1/none")
    only_files = CliRunner().invoke(build(["demo-data"]), ["demo-data", "--people", "300", "--files-only"])
    assert only_files.exit_code == 0
    assert sorted(file.name for file in (tmp_path / "population-register").iterdir()) == ["changes.jsonl", "people.jsonl"]


def test_a_number_of_people_that_makes_no_nation_is_refused():
    refused = CliRunner().invoke(build(["demo-data"]), ["demo-data", "--people", "3"])
    assert refused.exit_code == 2
    assert "--people" in refused.output
