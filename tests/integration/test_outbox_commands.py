"""viis outbox, corrections and signing: what somebody at a terminal sees and does."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters.cli import build
from adapters.stop import Stop
from core.outbox.claiming import Failure, claim, failed
from tests.avus import AVUS, person_content, write
from tests.integration.examining import ANNA, COLLEGE, Examining, correction, result
from tests.register import Register

Say = Any


@pytest.fixture
def say(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Say:
    """`viis …` in this process: what it prints, or the sentence with which it stops."""
    monkeypatch.setenv("VIIS_REGISTER_URL", database_url)
    monkeypatch.setenv("VIIS_DATA", str(tmp_path))

    def viis(*command: str) -> str:
        outcome = CliRunner().invoke(build([command[0]]), [*command])
        if isinstance(outcome.exception, Stop):
            return f"stopped: {outcome.exception}"
        assert outcome.exception is None or isinstance(outcome.exception, SystemExit), outcome.exception
        return outcome.output

    return viis


def kill_all(register: Register) -> list[int]:
    with register.databases.register.begin() as session:
        claimed = claim(session, 50, 60)
        failed(session, [Failure(one, "content", dead=True) for one in claimed])
    return [one.id for one in claimed]


def test_an_empty_outbox_and_nothing_to_acknowledge_are_said_in_words(register: Register, say: Say) -> None:
    assert say("outbox").startswith("There is no message yet")
    assert say("outbox", "--dead") == "No message is dead.\n"
    assert say("corrections") == "0 not acknowledged.\n"
    assert "LV-DEV/EDU/LU/avus" in say("corrections", "--client", "avus")


def test_why_a_message_waits_is_said_before_it_is_dead(register: Register, say: Say) -> None:
    write(register, 1)
    with register.databases.register.begin() as session:
        failed(session, [Failure(one, "S-0101") for one in claim(session, 50, 60)])
    assert "S-0101: no connection, or it broke" in say("outbox")


def test_one_thing_is_done_at_a_time(register: Register, say: Say) -> None:
    write(register, 1)
    [number] = kill_all(register)
    for command in (("--show", str(number), "--all"), ("--again", str(number), "--drop", str(number), "--why", "x"), ("--dead", "--all")):
        assert "Nothing was done" in say("outbox", *command)
    assert register.execute("SELECT state FROM outbox_message") == [("dead",)]


def test_the_outbox_is_counted_and_dead_messages_are_listed_without_anybodys_code(register: Register, say: Say) -> None:
    write(register, 1)
    write(register, 1)
    [number] = kill_all(register)
    counted, listed = say("outbox"), say("outbox", "--dead")
    assert re.search(r"personAchievements\s*│\s*1\s*│\s*1\s*│\s*0", counted)
    assert "what it says does not fit the schema" in listed
    assert re.search(rf"{number}\s*│", listed)
    assert not re.search(r"\d{11}", counted + listed)


def test_a_dead_message_is_shown_repaired_and_sent_again_or_dropped(register: Register, say: Say, tmp_path: Path) -> None:
    write(register, 1)
    write(register, 2)
    write(register, 3)
    first, second, third = kill_all(register)
    content = json.loads(say("outbox", "--show", str(first)))
    assert content == person_content()
    recorded = "SELECT operation, user_id IS NOT NULL, persons FROM disclosure WHERE operation LIKE 'viis%'"
    assert [tuple(row) for row in register.execute(recorded)] == [("viis outbox --show", True, [1])]
    file = tmp_path / "content.json"
    file.write_text(json.dumps([content[0], ["secret"]]), encoding="utf-8")
    refused = say("outbox", "--repair", str(first), "--file", str(file))
    assert "was not taken over" in refused
    assert "secret" not in refused
    file.write_text(json.dumps(person_content(surname="Ozola")), encoding="utf-8")
    assert "Repaired" in say("outbox", "--repair", str(first), "--file", str(file))
    assert "is not dead" in say("outbox", "--repair", str(first), "--file", str(file))
    assert "stopped" in say("outbox", "--repair", str(first))
    assert "Why" in say("outbox", "--drop", str(second))
    assert "Dropped" in say("outbox", "--drop", str(second), "--why", "the applicant withdrew")
    assert "no dead message" in say("outbox", "--drop", str(second), "--why", "again")
    assert f"Sent again: {third}." in say("outbox", "--again", str(third), "--again", str(second))
    states = register.execute("SELECT state, content -> 1 ->> 4 FROM outbox_message ORDER BY id")
    assert [tuple(row) for row in states] == [("waiting", "Ozola"), ("dropped", "Bērziņa"), ("waiting", "Bērziņa")]
    assert "none" in say("outbox", "--all")
    assert "no message" in say("outbox", "--show", "999")


def test_who_has_not_acknowledged_is_listed_since_when_and_nobody_is_named(register: Register, say: Say) -> None:
    vpis = Examining(register)
    vpis.apply(ANNA)
    vpis.published(result())
    vpis.ask(COLLEGE)
    vpis.correct(correction())
    listed = say("corrections")
    assert AVUS in listed
    assert COLLEGE in listed
    assert "2 not acknowledged." in listed
    assert "appeal" in listed
    assert ANNA not in listed
    assert "1 not acknowledged." in say("corrections", "--client", COLLEGE)


def test_a_pair_is_made_and_listed_and_a_later_one_waits_for_its_day(say: Say, tmp_path: Path) -> None:
    assert "nothing can be signed" in say("signing")
    assert "Give this certificate" in say("signing", "new", "first", "--days", "30")
    assert "left alone" in say("signing", "new", "first")
    assert "stopped" in say("signing", "new", "no/name")
    assert say("signing", "new", "far", "--from", "9999-12-31") == "stopped: No certificate holds that long."
    day = f"{datetime.now(UTC).year + 1}-01-01"
    assert f"01.01.{datetime.now(UTC).year + 1}" in say("signing", "new", "second", "--from", day)
    listed = say("signing")
    assert re.search(r"first .*│ signs", listed)
    assert re.search(r"second .*│ later", listed)
    assert (tmp_path / "signing" / "first.key.pem").stat().st_mode & 0o777 == 0o600
