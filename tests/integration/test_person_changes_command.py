"""viis import-changes as a person runs it: what it prints, how it exits, what a repair takes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from adapters.commands.import_changes import import_changes
from adapters.stop import Stop
from core.database import Databases
from core.person_changes import as_json
from tests.integration.test_person_changes import RIGA, SECOND, STATES, change, lives, rows
from tests.integration.test_reconciliation import ANCE
from tests.population_register import StandIn, child, process, stand_in

__all__ = ["process", "stand_in"]
CODE = child()["code"]


def viis(register_url: str, *arguments: str, command: str = "import-changes") -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "VIIS_REGISTER_URL": register_url}
    line = [sys.executable, "-m", "adapters.cli", command, *arguments]
    return subprocess.run(line, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def poisoned(stand_in: StandIn) -> StandIn:
    """A birth in a municipality that does not exist, what happened afterwards, and somebody else's move."""
    stand_in.tells_changes(
        change(1, "birth", child(residence=lives("9999999", "2019-05-14")), "2019-05-14"),
        change(2, "move", child(residence=lives(SECOND, "2026-10-05"))),
        change(3, "move", child(number=2, residence=lives(SECOND, "2026-10-05"))),
    )
    return stand_in


def test_a_failed_change_is_3_listed_repaired_and_followed_by_who_waited(
    database_url: str, databases: Databases, poisoned: StandIn, tmp_path: Path
) -> None:
    done = viis(database_url, "--url", poisoned.url)
    assert done.returncode == 3
    assert "received 3, applied 1. 1 failed (viis import-changes --failed), 1 wait behind them." in done.stdout
    listed = viis(database_url, "--failed")
    assert listed.returncode == 0
    assert listed.stdout.startswith("1  birth  2019-05-14  R-0202  ")
    mended = tmp_path / "mended.json"
    mended.write_text(json.dumps(as_json(ANCE)), encoding="utf-8")
    repaired = viis(database_url, "--repair", "1", str(mended))
    assert (repaired.returncode, repaired.stdout) == (0, "Changes of the population register: received 0, applied 2.\n")
    assert rows(databases, STATES) == []
    again = viis(database_url, "--repair", "1", str(mended))
    assert again.returncode == 1
    assert again.stderr.strip() == "There is no failed change at position 1."
    assert not any(CODE in said.stdout + said.stderr for said in (done, listed, repaired, again))


@pytest.mark.parametrize(
    ("position", "content", "words"),
    [
        (1, None, "--repair takes a position and a file"),
        (None, "{}", "--repair takes a position and a file"),
        (1, "", "cannot be read: No such file"),
        (1, f'{{"personal_code": "{CODE}"', "holds no record"),
        (1, f'{{"code": "{CODE}"}}', "holds no record"),
        (1, f'["{CODE}"]', "holds no record"),
    ],
    ids=["no-file", "no-position", "not-there", "no-json", "no-record", "a-list"],
)
def test_a_repair_that_cannot_be_read_is_one_sentence_that_quotes_nothing(
    tmp_path: Path, position: int | None, content: str | None, words: str
) -> None:
    file = tmp_path / "mended.json"
    if content:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(Stop, match=words) as stopped:
        import_changes(repair=position, file=None if content is None else file)
    assert str(stopped.value).count("\n") == 0
    assert CODE not in str(stopped.value)


def test_failed_is_1_with_one_sentence_starting_again_goes_on_and_all_well_is_0(database_url: str, stand_in: StandIn) -> None:
    stand_in.tells_changes(change(1, "birth", child()), change(2, "move", child(residence=lives(SECOND, "2026-10-05"))))
    stand_in.misbehaves("fault", code="Server.ServerProxy.AccessDenied")
    failed = viis(database_url, "--url", stand_in.url)
    assert failed.returncode == 1
    assert failed.stderr.startswith("The import of changes stopped (S-0402): X-Road does not let the message through")
    assert "Traceback" not in failed.stderr
    done = viis(database_url, "--url", stand_in.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Changes of the population register: received 2, applied 2.\n"


def test_an_address_that_is_missing_is_one_sentence(database_url: str) -> None:
    done = viis(database_url)
    assert done.returncode == 1
    assert "Set VIIS_POPULATION_REGISTER_URL or give --url" in done.stderr


def test_what_a_list_contradicts_is_counted_in_its_summary_and_listed_without_a_code(database_url: str, stand_in: StandIn) -> None:
    told: list[dict[str, Any]] = [child(), child(residence=lives(RIGA, "2026-10-05"))]
    stand_in.tells_changes(*(change(number, "move", person) for number, person in enumerate(told, 1)))
    viis(database_url, "--url", stand_in.url)
    stand_in.tells(child(surname="Kalniņa"))
    born = ("--born-from", "2016-01-01", "--born-to", "2022-12-31")
    imported = viis(database_url, "--url", stand_in.url, *born, command="import-children")
    assert imported.returncode == 0
    assert "It contradicts the changes in 3 fields: the list is taken (viis import-changes --differences)." in imported.stdout
    assert "0 refused, 3 fields contradict the changes" in imported.stdout
    listed = viis(database_url, "--differences")
    assert listed.returncode == 0
    assert [line.split("  ")[2:] for line in listed.stdout.splitlines()] == [
        [field, "last change 2", "the list stands"] for field in ("surname", "address", "resident_since")
    ]
    assert not any(value in listed.stdout for value in (CODE, "Kalniņa", "Bērziņa"))
