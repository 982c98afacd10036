"""What was submitted and refused, read back by its sender and downloaded by the register's keeper."""

import csv
import stat
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from adapters.cli import build
from adapters.reporting import fields
from core.errors import InvalidCursor, InvalidQuestion
from core.submissions.items import AssignedIdentifier
from core.submissions.reports import Asked, Report, report
from tests.integration.submitting import ANNA, ILZE, NEIGHBOUR, SCHOOL, SENDER, Submitting, affiliation, post

WRONG = {"class_level": "99"}


@pytest.fixture
def school(register) -> Submitting:
    return Submitting(register)


def asked(school: Submitting, cursor: str | None = None, size: int = 100, client: str = SENDER.client, **conditions) -> Report:
    with school.register.databases.register.begin() as session:
        return report(session, client, Asked(**conditions), cursor, size)


def test_messages_are_listed_the_newest_first_with_what_became_of_them(school):
    school.send(affiliation(), affiliation("K2", main=False), affiliation("K3", **WRONG), key="B1")
    school.send(affiliation(), affiliation("K3", **WRONG), key="B2")
    found = asked(school)
    assert [(one.batch_key, one.operation, *one[3:]) for one in found.submissions] == [
        ("B2", "submitAffiliations", 2, 0, 1, 1),
        ("B1", "submitAffiliations", 3, 2, 0, 1),
    ]
    assert (found.refused, found.persons, found.next_cursor) == ([], [], None)


def test_pages_of_messages_neither_skip_nor_repeat_while_more_come(school):
    for number in range(7):
        school.send(affiliation(), key=f"B{number}")
    first = asked(school, size=3)
    school.send(affiliation(), key="B7")
    second = asked(school, first.next_cursor, size=3)
    third = asked(school, second.next_cursor, size=3)
    assert [one.batch_key for page in (first, second, third) for one in page.submissions] == [f"B{n}" for n in range(6, -1, -1)]
    assert third.next_cursor is None
    with pytest.raises(InvalidCursor):
        asked(school, first.next_cursor, operation="submitAffiliations")
    with pytest.raises(InvalidCursor):
        asked(school, first.next_cursor, client=NEIGHBOUR.client)


def test_messages_of_an_operation_and_of_a_time(school):
    school.send(affiliation(), key="B1")
    school.send(post(), key="B2")
    school.register.execute("UPDATE submission SET received_at = '2026-09-01 10:00+00' WHERE batch_key = 'B1'")
    assert [one.batch_key for one in asked(school, operation="submitTeachingPosts").submissions] == ["B2"]
    ten = datetime(2026, 9, 1, 10, tzinfo=UTC)
    assert [one.batch_key for one in asked(school, received_to=ten.replace(hour=11)).submissions] == ["B1"]
    assert [one.batch_key for one in asked(school, received_from=ten, received_to=ten.replace(hour=11)).submissions] == ["B1"]
    assert asked(school, received_to=ten).submissions == []


def test_refused_items_of_one_message_come_in_pages_as_they_were_sent(school):
    items = [affiliation(f"K{number}", code, **WRONG) for number, code in enumerate((ANNA, ILZE, "040518-20219", "1"), 1)]
    unnamed = affiliation("K5", None, identifier=AssignedIdentifier(SCHOOL, "17"))
    school.send(*items, unnamed, affiliation("K6"), key="B1")
    first = asked(school, size=2, batch_key="B1")
    second = asked(school, first.next_cursor, size=2, batch_key="B1")
    third = asked(school, second.next_cursor, size=2, batch_key="B1")
    refused = [*first.refused, *second.refused, *third.refused]
    assert [(one.position, one.sender_key, one.code) for one in refused] == [
        (1, "K1", "R-0203"),
        (2, "K2", "R-0203"),
        (3, "K3", "R-0203"),
        (4, "K4", "R-0301"),
        (5, "K5", "R-0504"),
    ]
    assert (first.persons, second.persons, third.persons) == ([school.anna], [school.anna], [])
    assert third.next_cursor is None
    assert dict(fields(refused[2].item))["personalCode"] == "040518-20219"
    assert dict(fields(refused[2].item))["main"] == "true"
    assert dict(fields(refused[4].item))["identifier/institution"] == SCHOOL
    assert [one.rejected for one in first.submissions] == [5]


def test_nobody_sees_what_another_system_sent_not_even_who_may_see_everything(school):
    school.send(affiliation(**WRONG), key="B1")
    assert asked(school, client=NEIGHBOUR.client).submissions == []
    assert asked(school, client=NEIGHBOUR.client, batch_key="B1")[1:] == ([], [], [], None)


def test_a_message_named_by_its_key_takes_no_other_conditions(school):
    with pytest.raises(InvalidQuestion):
        asked(school, batch_key="B1", operation="submitAffiliations")


@pytest.fixture
def command(school, database_url, monkeypatch, tmp_path):
    """Runs `viis submissions` on the register of this test."""
    monkeypatch.setenv("VIIS_REGISTER_URL", database_url)
    monkeypatch.setenv("VIIS_DATA", str(tmp_path / "var"))
    app = build(["submissions"])
    return lambda *arguments: CliRunner().invoke(app, ["submissions", *arguments])


def test_the_keeper_lists_messages_of_all_systems_or_of_one(school, command):
    school.send(affiliation(), key="B-ours")
    school.send(affiliation("N", **WRONG), key="B-theirs", sender=NEIGHBOUR)
    listed = command()
    assert listed.exit_code == 0
    assert "B-ours" in listed.stdout
    assert "B-theirs" in listed.stdout
    assert "B-ours" not in command("--client", NEIGHBOUR.client).stdout


def test_a_key_is_listed_as_it_was_sent_whatever_it_looks_like(school, command):
    school.send(affiliation(), key="[/2026] [red]:smile:")
    assert "[/2026] [red]:smile:" in command().stdout


def test_refused_items_are_downloaded_into_a_file_that_only_the_keeper_reads(school, command, tmp_path):
    school.send(affiliation("K1", **WRONG), affiliation("=K2", class_group="@SUM(A1)", **WRONG), affiliation("K3"), key="B1")
    out = tmp_path / "refused.csv"
    done = command("--client", SENDER.client, "--refused", "B1", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    with out.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [(line["position"], line["senderKey"], line["code"], line["personalCode"]) for line in lines] == [
        ("1", "K1", "R-0203", ANNA),
        ("2", "'=K2", "R-0203", ANNA),
    ]
    assert lines[1]["classGroup"] == "'@SUM(A1)"
    again = command("--client", SENDER.client, "--refused", "B1", "--out", str(out))
    assert again.exit_code != 0
    assert "there already" in str(again.exception)


def test_an_unknown_message_is_said_to_be_unknown(school, command, tmp_path):
    done = command("--client", SENDER.client, "--refused", "B1", "--out", str(tmp_path / "x.csv"))
    assert "sent no message" in str(done.exception)
    assert not (tmp_path / "x.csv").exists()
    assert "Whose message" in str(command("--refused", "B1").exception)
