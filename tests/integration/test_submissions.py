"""A message that writes is processed once: by its sender, its key and what it says."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from psycopg.errors import UniqueViolation
from sqlalchemy import text

from core.errors import BatchKeyReused, InvalidItem, UserRequired
from core.submissions import Answered, Done, RefusedItem, Sender, canonical, once
from tests.register import EVERYTHING, Register

NOW = datetime(2026, 9, 5, 9, tzinfo=UTC)
SCHOOL = Sender("LV-DEV/EDU/SCHOOL/system", "LV04051820219", "message-1", EVERYTHING, NOW)


@dataclass(frozen=True)
class Request:
    batch_key: str
    items: list[str]
    dry_run: bool = False


def send(register: Register, key: str = "B1", items: tuple[str, ...] = ("a",), sender: Sender = SCHOOL, work=None, **more) -> Answered:
    def written() -> Done:
        return Done([[position, item] for position, item in enumerate(items, 1)], [7], len(items), len(items))

    request = Request(key, list(items), more.get("dry_run", False))
    with register.databases.register.begin() as session:
        return once(session, sender, "submitThings", key, canonical(request), work or written, **more)


def submissions(register: Register) -> list:
    return register.execute("SELECT client, batch_key, received, accepted, unchanged, rejected FROM submission ORDER BY id")


def test_the_same_message_again_is_answered_as_the_first_time(register):
    first = send(register)
    again = send(register, work=lambda: pytest.fail("the work was done twice"))
    assert again == first._replace(repeated=True)
    assert submissions(register) == [(SCHOOL.client, "B1", 1, 1, 0, 0)]


def test_the_same_key_with_another_body_is_refused(register):
    send(register)
    with pytest.raises(BatchKeyReused):
        send(register, items=("b",))
    with pytest.raises(BatchKeyReused):
        send(register, items=("b",), dry_run=True)


def test_two_senders_may_use_the_same_key(register):
    send(register)
    assert not send(register, items=("b",), sender=SCHOOL._replace(client="LV-DEV/EDU/OTHER/system")).repeated


def test_a_dry_run_keeps_nothing_and_a_processed_message_answers_it_as_the_first_time(register):
    def writes() -> Done:
        register_session.execute(text("INSERT INTO person DEFAULT VALUES"))
        return Done(["done"])

    with register.databases.register.begin() as register_session:
        tried = once(register_session, SCHOOL, "submitThings", "B1", b"x", writes, dry_run=True)
    assert (tried.answer, tried.repeated) == (["done"], False)
    assert register.execute("SELECT FROM person") == []
    assert submissions(register) == []
    with register.databases.register.begin() as register_session:
        once(register_session, SCHOOL, "submitThings", "B1", b"x", writes)
    with register.databases.register.begin() as register_session:
        assert once(register_session, SCHOOL, "submitThings", "B1", b"x", writes, dry_run=True).repeated
    assert len(register.execute("SELECT FROM person")) == 1


def test_refused_items_are_kept_with_their_reasons(register):
    refused = RefusedItem(2, "K2", InvalidItem("No."), {"surname": "Bērziņa", "started_on": None})
    send(register, work=lambda: Done([], received=2, accepted=1, refused=[refused]))
    assert submissions(register) == [(SCHOOL.client, "B1", 2, 1, 0, 1)]
    kept = register.execute("SELECT position, sender_key, code, reason, item FROM submission_refusal")
    assert kept == [(2, "K2", "R-0510", "No.", {"surname": "Bērziņa", "started_on": None})]


def test_a_message_that_is_refused_as_a_whole_keeps_nothing(register):
    def refuse() -> Done:
        raise UserRequired

    with pytest.raises(UserRequired):
        send(register, work=refuse)
    assert submissions(register) == []


def test_the_same_message_twice_at_once_is_done_once(register):
    barrier, done, answers = threading.Barrier(2), [], []

    def work() -> Done:
        done.append(1)
        return Done(["x"])

    def run() -> None:
        barrier.wait()
        answers.append(send(register, work=work))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1
    assert sorted(answer.repeated for answer in answers) == [False, True]


def test_work_that_meets_another_writer_is_done_again(register):
    tries = []

    def work() -> Done:
        tries.append(1)
        if len(tries) < 3:
            raise UniqueViolation
        return Done(["x"])

    assert send(register, work=work).answer == ["x"]
    assert len(tries) == 3
