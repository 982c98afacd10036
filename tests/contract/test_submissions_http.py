"""Submissions over HTTP when something breaks in the middle: nothing half written, nothing doubled, and the sender just repeats."""

import http.client
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from lxml import etree

from adapters.embedded import Cluster
from tests.contract.asking import answered, asking, elements, fault
from tests.register import Register
from tests.serving import TEXT_XML, Reply, Served, serving

SCHOOL, PROGRAMME, ITEMS = "4113100001", "21011111", 40
WRITTEN = ("affiliation", "change", "feed_event", "holding", "submission", "submission_refusal")
WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = 'Lock' AND query LIKE '%touched AS MATERIALIZED%'"""
AT_WORK = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL AND backend_type = 'client backend'"""


@pytest.fixture
def service(register: Register, database_url: str, tmp_path: Path) -> Iterator[Served]:
    """A service of this test alone, on one worker, and a school with children."""
    register.grant()
    register.institution(SCHOOL)
    register.programme(SCHOOL, PROGRAMME)
    for number in range(ITEMS):
        register.person(code(number))
    with serving(register, database_url, tmp_path / "served") as running:
        yield running


def code(number: int) -> str:
    return f"0404182{number:04d}"


def message(key: str = "B1", group: str = "1.a") -> bytes:
    items = [
        {
            "senderKey": f"K{number}",
            "personalCode": code(number),
            "institution": SCHOOL,
            "programme": PROGRAMME,
            "main": True,
            "classGroup": group,
            "status": "AKT",
            "startedOn": "2025-09-01",
        }
        for number in range(ITEMS)
    ]
    return asking("submitAffiliations", elements({"batchKey": key, "items": {"item": items}})).encode()


def post_patiently(service: Served, body: bytes) -> Reply:
    """Repeats until there is an answer, as a sender does."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(OSError, http.client.HTTPException):
            return service.post(body)
        time.sleep(0.1)
    raise AssertionError("no answer")


def said(reply: Reply) -> dict[str, Any]:
    wrapper = answered(reply)
    texts = {etree.QName(child).localname: child.text for child in wrapper if not len(child)}
    outcomes = [[part.text for part in outcome] for outcome in wrapper.iterfind("{*}outcomes/{*}outcome")]
    return {**texts, "outcomes": outcomes}


def rows(service: Served) -> dict[str, int]:
    return {table: service.register.execute(f"SELECT count(*) FROM {table}")[0][0] for table in WRITTEN}


def wait_for(service: Served, question: str, number: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if service.register.execute(question)[0][0] == number:
            return
        time.sleep(0.02)
    raise AssertionError(f"not within a minute: {question}")


def workers(service: Served) -> list[int]:
    """The processes that answer."""
    children = [int(pid) for task in Path(f"/proc/{service.pid}/task").iterdir() for pid in (task / "children").read_text().split()]
    return [pid for pid in children if b"sequencer" not in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_a_worker_killed_in_the_middle_of_a_message_leaves_nothing_and_the_repeated_message_completes(
    service, cluster: Cluster, database_url
):
    before = rows(service)
    name = database_url.rpartition("/")[2].partition("?")[0]
    lost: list[BaseException] = []

    def sending() -> None:
        try:
            service.post(message())
        except (OSError, http.client.HTTPException) as error:
            lost.append(error)

    with psycopg.connect(cluster.dsn(name)) as other:
        # What is told of the entries cannot be written, so the message stops when its entries are.
        other.execute("LOCK TABLE change IN EXCLUSIVE MODE")
        sender = threading.Thread(target=sending)
        sender.start()
        wait_for(service, WAITING, 1)
        [worker] = workers(service)
        os.kill(worker, signal.SIGKILL)
        sender.join(60)
    assert len(lost) == 1
    wait_for(service, AT_WORK, 0)
    assert rows(service) == before
    first = said(post_patiently(service, message()))
    assert (first["repeated"], first["accepted"], first["received"]) == ("false", str(ITEMS), str(ITEMS))
    again = said(post_patiently(service, message()))
    assert again == {**first, "repeated": "true"}
    assert rows(service)["affiliation"] == ITEMS


def test_a_message_whose_connection_to_the_register_breaks_is_answered_by_a_fault_and_can_be_repeated(service, cluster, database_url):
    before = rows(service)
    name = database_url.rpartition("/")[2].partition("?")[0]
    replies: list[Reply] = []
    with psycopg.connect(cluster.dsn(name)) as other:
        other.execute("LOCK TABLE change IN EXCLUSIVE MODE")
        sender = threading.Thread(target=lambda: replies.append(service.post(message("B4"))))
        sender.start()
        wait_for(service, WAITING, 1)
        service.register.execute(WAITING.replace("count(*)", "pg_terminate_backend(pid)"))
        sender.join(60)
    assert fault(replies[0]) == "U-0101"
    assert code(0) not in replies[0].body.decode()
    assert rows(service) == before
    assert said(service.post(message("B4")))["accepted"] == str(ITEMS)


def test_a_sender_that_was_cut_off_before_the_answer_gets_it_by_repeating(service):
    body = message("B2")
    head = f"POST {service.path} HTTP/1.1\r\nHost: viis\r\nContent-Type: {TEXT_XML}\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", service.port), timeout=20) as line:
        line.sendall(head.encode() + body)
    wait_for(service, "SELECT count(*) FROM submission", 1)
    answer = said(post_patiently(service, body))
    assert (answer["repeated"], answer["accepted"]) == ("true", str(ITEMS))
    assert rows(service)["affiliation"] == ITEMS
    assert rows(service)["submission"] == 1


def test_the_same_message_on_two_connections_at_once_is_written_once(service):
    answers: list[dict[str, Any]] = []
    senders = [threading.Thread(target=lambda: answers.append(said(service.post(message("B3"))))) for _ in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(60)
    assert sorted(answer.pop("repeated") for answer in answers) == ["false", "true"]
    assert answers[0] == answers[1]
    assert rows(service)["affiliation"] == ITEMS
    other = service.post(message("B3", group="1.b"))
    assert other.text("faultCode") == "R-0501"
    disclosed = service.register.execute("SELECT cardinality(persons), outcome FROM disclosure ORDER BY id")
    assert [tuple(row) for row in disclosed] == [(ITEMS, "ok"), (ITEMS, "ok"), (0, "R-0501")]
