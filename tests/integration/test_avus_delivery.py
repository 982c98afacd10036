"""Messages to an admission system, signed and delivered over HTTP to a process of its own, with everything that can go wrong."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters.avus import MESSAGES
from adapters.avus.client import Rejected
from adapters.avus.messages import Unwritable, Writer
from adapters.avus.stand_in.intake import Intake
from adapters.signatures import Signer, verified
from core.outbox.claiming import Claimed, claim
from tests.avus import AVUS, Delivering, StandIn, avus, avus_process, person_content, write, writer
from tests.integration.examining import ANNA, MATHS, Examining, correction, result
from tests.register import Register

__all__ = ["avus", "avus_process", "writer"]


@pytest.fixture
def delivering(register: Register, avus: StandIn, writer: Writer) -> Iterator[Delivering]:
    made = Delivering(register, avus, writer)
    yield made
    made.client.close()


def ids(stand_in: StandIn, since: int = 0) -> list[str]:
    return [line["messageId"] for line in stand_in.taken[since:]]


def failures(register: Register) -> list[Any]:
    return [tuple(row) for row in register.execute("SELECT state, attempts, failure FROM outbox_message ORDER BY id")]


def test_all_three_kinds_arrive_signed_as_they_were_written_and_a_correction_is_acknowledged_by_its_receipt(
    register: Register, delivering: Delivering, avus: StandIn
) -> None:
    vpis, before = Examining(register), len(avus.taken)
    vpis.apply(ANNA)
    vpis.published(result())
    vpis.correct(correction())
    assert [one.state for one in vpis.unacknowledged().messages] == ["open"]
    delivering.run()
    assert set(delivering.states()) == {"done"}
    kinds = [line["kind"] for line in avus.taken[before:]]
    assert sorted(kinds) == ["Completeness", "Correction", "PersonAchievements"]
    assert kinds.index("PersonAchievements") < kinds.index("Correction"), "in order about a person"
    found = {line["kind"]: etree.fromstring(line["xml"]) for line in avus.taken[before:]}
    assert found["PersonAchievements"].findtext(f".//{{{MESSAGES}}}value") == "78.5"
    assert [element.text for element in found["Correction"].iter(f"{{{MESSAGES}}}value")] == ["78.5", "81"]
    assert found["Completeness"].findtext(f".//{{{MESSAGES}}}examination/{{{MESSAGES}}}examination") == MATHS
    assert vpis.unacknowledged().messages == []


def test_a_delivered_message_is_not_sent_again(register: Register, delivering: Delivering, avus: StandIn) -> None:
    before = len(avus.taken)
    message = write(register, 1)
    delivering.run()
    delivering.run()
    assert ids(avus, before) == [message]
    [(outcome,)] = register.execute("SELECT receipt ->> 0 FROM outbox_message")
    assert outcome == "accepted"


PASSING = [
    ("refuse", {}, "S-0105"),
    ("refuse", {"code": "Client.InvalidBody"}, "S-0401"),
    ("drop", {}, "S-0101"),
    ("html", {}, "S-0201"),
    ("html", {"status": 503}, "S-0104"),
    ("other", {}, "S-0501"),
    ("lost", {}, "S-0103"),
    ("slow", {"seconds": 1.0}, "S-0102"),
]


@pytest.mark.parametrize(("how", "wish", "code"), PASSING, ids=[f"{how}-{code}" for how, _, code in PASSING])
def test_what_goes_wrong_on_the_way_is_sent_again_under_the_same_id_and_taken_once(
    register: Register, avus: StandIn, writer: Writer, how: str, wish: dict[str, Any], code: str
) -> None:
    delivering, before = Delivering(register, avus, writer, timeout=0.3 if how == "slow" else 5.0), len(avus.taken)
    message = write(register, 1)
    avus.misbehaves(how, **wish)
    assert delivering.step() == 1
    assert failures(register) == [("waiting", 1, code)]
    # What a slow receiver is still doing comes to its end before the next attempt.
    delivering = Delivering(register, avus, writer)
    delivering.run()
    assert delivering.states() == ["done"]
    assert ids(avus, before) == [message]


def test_a_receipt_that_comes_twice_is_no_receipt_of_the_next_message(register: Register, delivering: Delivering, avus: StandIn) -> None:
    before = len(avus.taken)
    messages = [write(register, person) for person in (1, 2)]
    avus.misbehaves("twice")
    delivering.run()
    assert delivering.states() == ["done", "done"]
    assert ids(avus, before) == messages


def test_a_rejected_message_waits_for_somebody_and_its_correction_stays_open(
    register: Register, delivering: Delivering, avus: StandIn
) -> None:
    vpis = Examining(register)
    vpis.apply(ANNA)
    vpis.published(result())
    delivering.run()
    vpis.correct(correction())
    avus.misbehaves("reject")
    delivering.run()
    assert failures(register)[-1] == ("dead", 1, "rejected by the receiver")
    assert [one.state for one in vpis.unacknowledged().messages] == ["rejected"]
    register.execute("UPDATE outbox_message SET state = 'waiting', due_at = now() WHERE state = 'dead'")
    delivering.run()
    assert vpis.unacknowledged().messages == []


def test_one_poison_message_keeps_none_of_the_others(register: Register, delivering: Delivering, avus: StandIn) -> None:
    before = len(avus.taken)
    messages = [write(register, person) for person in range(1, 31)]
    poison = write(register, 31, [*person_content()[:1], ["only", "half"]])
    fatal = write(register, 32, person_content(surname="Indriķsone"))
    behind = write(register, 31)
    avus.misbehaves("drop", matching="Indriķsone", times=100)
    for person in range(100, 115):
        messages.append(write(register, person))
        delivering.step()
    assert set(ids(avus, before)) == set(messages)
    dead = register.execute("SELECT message_id, state, failure FROM outbox_message WHERE state <> 'done' ORDER BY id")
    assert [tuple(row) for row in dead] == [(poison, "dead", "content"), (fatal, "dead", "S-0101"), (behind, "waiting", None)]


def test_a_receiver_that_is_away_is_not_asked_for_every_message_and_costs_none_its_attempts(
    register: Register, avus: StandIn, writer: Writer
) -> None:
    delivering = Delivering(register, avus, writer, rest=0.2)
    for person in range(20):
        write(register, person)
    avus.misbehaves("refuse", times=6)
    assert delivering.step() == 5, "the breaker opens"
    assert delivering.step() == 0, "and nothing is asked for a while"
    assert sorted(row[1] for row in failures(register)) == [0] * 15 + [1] * 5
    delivering.stopped.wait(0.25)
    assert delivering.step() == 1, "one message tries"
    assert sorted(row[1] for row in failures(register)) == [0] * 15 + [1] * 5, "and is not to blame"
    delivering.stopped.wait(0.25)
    delivering.run()
    assert set(delivering.states()) == {"done"}


def test_nothing_is_sent_without_a_key_and_nothing_is_lost(
    register: Register, avus: StandIn, tmp_path: Any, delivering: Delivering
) -> None:
    write(register, 1)
    keyless = Delivering(register, avus, Writer(Signer(tmp_path)))
    with pytest.raises(Exception, match="viis signing"):
        keyless.step()
    assert failures(register) == [("waiting", 0, None)]
    assert register.execute("SELECT count(*) FROM disclosure") == [(0,)], "and nobody is said to have been told"
    delivering.run()
    assert delivering.states() == ["done"]


def test_an_error_that_nobody_thought_of_stops_no_other_message(
    register: Register, avus: StandIn, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = write(register, 1)
    write(register, 2, client="nobody")
    write(register, 3)
    delivering, deliver = Delivering(register, avus, writer), Delivering(register, avus, writer).client.deliver

    def fails_for_one(to: str, message_id: str, message: Any) -> Any:
        if message_id == odd:
            raise RuntimeError("04051820219")
        return deliver(to, message_id, message)

    monkeypatch.setattr(delivering.client, "deliver", fails_for_one)
    assert delivering.step() == 3
    assert failures(register) == [("waiting", 1, "RuntimeError"), ("dead", 1, "content"), ("done", 1, None)]


def test_a_message_that_was_changed_on_the_way_is_rejected(register: Register, avus: StandIn, writer: Writer) -> None:
    write(register, 1)
    with register.databases.register.begin() as session:
        [message] = claim(session, 1, 60)
    client, before = avus.client(), len(avus.taken)
    changed = writer.write(message)
    changed.find(f".//{{{MESSAGES}}}value").text = "99"
    with pytest.raises(Rejected):
        client.deliver(AVUS, message.message_id, changed)
    with pytest.raises(Rejected):
        client.deliver(AVUS, "another", writer.write(message))
    assert len(avus.taken) == before
    assert client.deliver(AVUS, message.message_id, writer.write(message)).outcome == "accepted"
    assert client.deliver(AVUS, message.message_id, writer.write(message)).outcome == "duplicate"
    client.close()


def test_what_a_full_disk_does_not_take_is_not_acknowledged_and_leaves_no_half_of_a_line(
    register: Register, avus: StandIn, writer: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(register, 1)
    with register.databases.register.begin() as session:
        [message] = claim(session, 1, 60)
    intake, signed, kept = Intake(tmp_path, avus.signing), writer.write(message), tmp_path / "received.jsonl"

    class Full:
        def __init__(self, file: Any) -> None:
            self.fileno, self.truncate, self.file = file.fileno, file.truncate, file

        def write(self, line: bytes) -> int:
            return int(self.file.write(line[:100]))

    file = intake._file
    monkeypatch.setattr(intake, "_file", Full(file))
    with pytest.raises(OSError, match="space"):
        intake.take(message.message_id, signed)
    assert kept.read_bytes() == b""
    monkeypatch.setattr(intake, "_file", file)
    assert intake.take(message.message_id, signed).outcome == "accepted"
    intake.close()
    again = Intake(tmp_path, avus.signing)
    again.close()
    assert len(kept.read_bytes().splitlines()) == again.count() == 1


def test_a_content_is_checked_and_what_is_wrong_is_said_without_its_value(writer: Writer, avus: StandIn) -> None:
    def message(content: Any, kind: str = "personAchievements") -> Any:
        return Claimed(1, "7f8ad0e2-5f43-4ba0-8e2c-0f2c9a1f0001", kind, AVUS, "2026", "2026-06-20T09:00:00.000000Z", content, 1, None)

    writer.check(message(person_content()))
    for content in (person_content(code="no code"), person_content(surname="\x01"), [], None, {"a": 1}, ["secret", "secret"]):
        with pytest.raises(Unwritable) as caught:
            writer.check(message(content))
        assert "secret" not in str(caught.value)
        assert "no code" not in str(caught.value)
    signed = writer.write(message(person_content()))
    assert verified(etree.tostring(signed), avus.signer.certificates()).findtext(f"{{{MESSAGES}}}campaign") == "2026"
