"""`viis deliver` as programs: side by side, killed with -9 at every point, and its receiver killed."""

import json
import signal
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.avus import AVUS, StandIn, avus, avus_process, person_content, write
from tests.integration.examining import ANNA, Examining, examination, result
from tests.register import Register
from tests.replicated import until
from tests.viis import start_viis

__all__ = ["avus", "avus_process"]


@contextmanager
def delivering(url: str, folder: Path, stand_in: StandIn) -> Iterator["subprocess.Popen[bytes]"]:
    """`viis deliver` until the block ends, killed there if it was not ended in order."""
    settings = {"VIIS_REGISTER_URL": url, "VIIS_DATA": str(folder), "VIIS_AVUS_URL": stand_in.url, "VIIS_SIGNING": str(stand_in.signing)}
    program = start_viis("deliver", **settings)
    try:
        yield program
    finally:
        program.kill()
        program.wait()


def all_are(register: Register, state: str) -> Callable[[], bool]:
    return lambda: [tuple(row) for row in register.execute("SELECT DISTINCT state FROM outbox_message")] == [(state,)]


def end_leases(register: Register) -> None:
    register.execute("UPDATE outbox_message SET leased_until = now(), due_at = now() WHERE state = 'waiting'")


def outcomes(register: Register) -> list[str]:
    return [outcome for (outcome,) in register.execute("SELECT receipt ->> 0 FROM outbox_message ORDER BY id")]


def test_killed_between_sending_and_marking_each_message_is_sent_again_and_taken_once(
    register: Register, database_url: str, tmp_path: Path, avus: StandIn
) -> None:
    before = len(avus.taken)
    messages = [write(register, person) for person in (1, 2)]
    messages.append(write(register, 3, person_content(surname="Lēnais")))
    avus.misbehaves("slow", matching="Lēnais", seconds=1.0)
    with delivering(database_url, tmp_path, avus):
        until(lambda: len(avus.taken) == before + 2)
    assert all_are(register, "waiting")()
    end_leases(register)
    with delivering(database_url, tmp_path, avus) as program:
        until(all_are(register, "done"))
        program.send_signal(signal.SIGTERM)
        assert program.wait(10) == 0
    assert outcomes(register)[:2] == ["duplicate", "duplicate"]
    assert sorted(line["messageId"] for line in avus.taken[before:]) == sorted(messages)


def test_a_receiver_that_is_killed_keeps_what_it_acknowledged_and_gets_the_rest(
    register: Register, database_url: str, tmp_path: Path, avus: StandIn
) -> None:
    before = len(avus.taken)
    messages = [write(register, person) for person in range(40)]
    avus.misbehaves("slow", seconds=0.03, times=40)
    with delivering(database_url, tmp_path / "one", avus):
        until(lambda: len(avus.taken) >= before + 10)
        avus.kill()
        assert len(avus.taken) < before + 40
        until(lambda: register.execute("SELECT count(*) FROM outbox_message WHERE failure = 'S-0101'")[0][0] > 0)
    avus.start()
    end_leases(register)
    with delivering(database_url, tmp_path / "two", avus):
        until(all_are(register, "done"), 60)
    assert sorted(line["messageId"] for line in avus.taken[before:]) == sorted(messages)


def test_two_programs_deliver_everything_once_and_in_order_about_each_person(
    register: Register, database_url: str, tmp_path: Path, avus: StandIn
) -> None:
    before = len(avus.taken)
    written = defaultdict(list)
    for number in range(200):
        written[number % 40].append(write(register, number % 40))
    with delivering(database_url, tmp_path / "one", avus), delivering(database_url, tmp_path / "two", avus):
        until(all_are(register, "done"), 60)
    assert set(outcomes(register)) == {"accepted"}, "none was sent twice"
    taken = [line["messageId"] for line in avus.taken[before:]]
    assert len(taken) == len(set(taken)) == 200
    assert all([message for message in taken if message in set(messages)] == messages for messages in written.values())


def test_999_of_1000_are_delivered_with_one_poison_message(register: Register, database_url: str, tmp_path: Path, avus: StandIn) -> None:
    before = len(avus.taken)
    fill = """INSERT INTO outbox_message (kind, client, person_id, content)
        SELECT 'personAchievements', :client, n, CAST(:content AS json) FROM generate_series(1, 1000) n"""
    register.may_receive(AVUS)
    register.execute(fill, client=AVUS, content=json.dumps(person_content()))
    register.execute("UPDATE outbox_message SET content = '[1, 2, 3]' WHERE person_id = 500")
    with delivering(database_url, tmp_path, avus):
        until(lambda: register.execute("SELECT count(*) FROM outbox_message WHERE state = 'waiting'") == [(0,)], 90)
    left = register.execute("SELECT person_id, state, failure FROM outbox_message WHERE state <> 'done'")
    assert [tuple(row) for row in left] == [(500, "dead", "content")]
    assert len(avus.taken) == before + 999


def test_killed_in_the_middle_of_a_publication_nothing_of_it_is_there_and_the_next_program_does_it_whole(
    register: Register, database_url: str, tmp_path: Path, avus: StandIn
) -> None:
    vpis, before = Examining(register), len(avus.taken)
    vpis.apply(ANNA, client=AVUS)
    vpis.send(result(), exams=(examination(),))
    register.execute("UPDATE examination SET publish_at = now()")
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'outbox_message'::regclass"
    with psycopg.connect(database_url.replace("+psycopg", "")) as connection:
        connection.execute("LOCK TABLE outbox_message IN SHARE MODE")
        with delivering(database_url, tmp_path, avus):
            until(lambda: register.execute(waits)[0][0] > 0)
    assert vpis.outbox() == []
    assert register.execute("SELECT count(*) FROM exam_result") == [(0,)]
    assert register.execute("SELECT published_at FROM examination") == [(None,)]
    with delivering(database_url, tmp_path, avus):
        until(lambda: len(vpis.outbox()) == 2 and all_are(register, "done")())
    assert register.execute("SELECT count(*) FROM exam_result") == [(1,)]
    assert [line["kind"] for line in avus.taken[before:]] == ["PersonAchievements", "Completeness"]


def test_without_a_receiver_results_are_published_all_the_same(register: Register, database_url: str, tmp_path: Path) -> None:
    vpis = Examining(register)
    vpis.apply(ANNA)
    vpis.send(result(), exams=(examination(),))
    register.execute("UPDATE examination SET publish_at = now()")
    program = start_viis("deliver", VIIS_REGISTER_URL=database_url, VIIS_DATA=str(tmp_path))
    try:
        until(lambda: register.execute("SELECT count(*) FROM exam_result") == [(1,)])
        program.send_signal(signal.SIGTERM)
        assert program.wait(10) == 0
    finally:
        program.kill()
        program.wait()
    assert all_are(register, "waiting")()
