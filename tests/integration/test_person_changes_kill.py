"""kill -9 while changes are applied: the next run ends with the rows of one that was not killed."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import psycopg

from tests.bench.kill_import import contents, plain
from tests.integration.test_child_import_kill import another_url
from tests.integration.test_person_changes import change, lives
from tests.population_register import StandIn, child, process, stand_in

__all__ = ["another_url", "process", "stand_in"]
CHILDREN, DAYS = 120, 60
STATES = "SELECT position, kind, state, code, reason, not_before, codes, record FROM person_change ORDER BY position"
OF_CHANGES = (STATES, "SELECT code, position FROM last_change ORDER BY code")


def told() -> Iterator[dict[str, Any]]:
    """Each child is born, then one fails, then each moves: many days, so many transactions, in two turns."""
    born = date(2019, 5, 1)
    people = [child(number=number) for number in range(1, CHILDREN + 1)]
    for number, person in enumerate(people):
        yield {"kind": "birth", "occurred_on": (born + timedelta(number % DAYS)).isoformat(), "person": person}
    yield {"kind": "name", "occurred_on": "2020-01-01", "person": people[7] | {"surname": " "}}
    for number, person in enumerate(people):
        moved = (date(2026, 1, 1) + timedelta(number % DAYS)).isoformat()
        yield {"kind": "move", "occurred_on": moved, "person": person | {"residence": lives("0002000", moved)}}


def begin(register_url: str, url: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, "VIIS_REGISTER_URL": register_url}
    command = [sys.executable, "-m", "adapters.cli", "import-changes", "--url", url]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def kill_in_the_middle(register_url: str, url: str, at_least: int) -> int:
    """How many changes had been applied when the process was killed."""
    running = begin(register_url, url)
    with psycopg.connect(plain(register_url), autocommit=True) as connection:
        query = "SELECT count(*) FROM person_change WHERE state = 'applied'"
        while running.poll() is None and connection.execute(query).fetchone()[0] < at_least:  # type: ignore[index]
            time.sleep(0.002)
        running.kill()
        running.communicate()
        time.sleep(0.1)  # What the server was still committing is committed now.
        return int(connection.execute(query).fetchone()[0])  # type: ignore[index]


def rows(register_url: str) -> list[Any]:
    with psycopg.connect(plain(register_url)) as connection:
        return [connection.execute(query).fetchall() for query in OF_CHANGES]


def test_changes_killed_in_the_middle_end_with_the_rows_of_a_run_that_was_not(
    database_url: str, another_url: str, stand_in: StandIn
) -> None:
    everything = [change(number, entry["kind"], entry["person"], entry["occurred_on"]) for number, entry in enumerate(told(), 1)]
    stand_in.tells_changes(*everything)
    whole, _ = begin(database_url, stand_in.url).communicate(timeout=60)
    assert f"received {len(everything)}, applied {len(everything) - 2}. 1 failed" in whole
    at_least = random.Random(7).randrange(20, 200)
    applied = kill_in_the_middle(another_url, stand_in.url, at_least)
    assert at_least <= applied < len(everything) - 2
    rest, _ = begin(another_url, stand_in.url).communicate(timeout=60)
    assert f"received 0, applied {len(everything) - 2 - applied}. 1 failed" in rest
    assert rows(another_url) == rows(database_url)
    assert contents(another_url) == contents(database_url)
