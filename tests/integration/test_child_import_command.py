"""viis import-children as a person runs it: what it prints, how it exits."""

import os
import subprocess
import sys

from tests.population_register import StandIn, child, children, process, stand_in

__all__ = ["process", "stand_in"]
BORN = ("--born-from", "2016-01-01", "--born-to", "2022-12-31")


def viis(register_url: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "VIIS_REGISTER_URL": register_url}
    command = [sys.executable, "-m", "adapters.cli", "import-children", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_all_well_is_0_with_plain_lines_and_a_summary(database_url: str, stand_in: StandIn) -> None:
    stand_in.tells(*children(25))
    done = viis(database_url, "--url", stand_in.url, "--page-size", "10", *BORN)
    assert done.returncode == 0, done.stderr
    assert "10 of 25 children, page 1, 0 refused" in done.stdout
    assert "complete: 25 children on 3 pages" in done.stdout
    assert "New 25, changed 0, unchanged 0, refused 0" in done.stdout
    assert "\x1b" not in done.stdout


def test_finished_with_refused_children_is_3(database_url: str, stand_in: StandIn) -> None:
    stand_in.tells(*children(5))
    stand_in.misbehaves("child", what="code")
    done = viis(database_url, "--url", stand_in.url, *BORN)
    assert done.returncode == 3
    assert "refused 1" in done.stdout
    assert child()["code"] not in done.stdout + done.stderr


def test_failed_is_1_with_one_sentence_and_starting_again_goes_on(database_url: str, stand_in: StandIn) -> None:
    stand_in.tells(*children(25))
    stand_in.misbehaves("fault", code="Server.ServerProxy.AccessDenied", on_page=2)
    failed = viis(database_url, "--url", stand_in.url, "--page-size", "10", *BORN)
    assert failed.returncode == 1
    assert failed.stderr.startswith("The import stopped (S-0402): X-Road does not let the message through")
    assert "Traceback" not in failed.stderr
    again = viis(database_url, "--url", stand_in.url, "--page-size", "10", *BORN)
    assert again.returncode == 0
    assert "gone on where it was interrupted: 25 children on 3 pages" in again.stdout


def test_a_page_that_is_asked_for_again_is_told_on_standard_error(database_url: str, stand_in: StandIn) -> None:
    stand_in.tells(*children(5))
    stand_in.misbehaves("truncate")
    done = viis(database_url, "--url", stand_in.url, *BORN)
    assert done.returncode == 0
    assert "ended in the middle. Asking again in" in done.stderr


def test_an_address_that_is_missing_is_one_sentence(database_url: str) -> None:
    done = viis(database_url)
    assert done.returncode == 1
    assert "Set VIIS_POPULATION_REGISTER_URL or give --url" in done.stderr
