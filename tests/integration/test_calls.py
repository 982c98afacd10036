"""The operational log: what it keeps of each call, what it does when the register is away or slower than the calls come."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from time import time
from typing import Any
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from adapters import calls as keeping
from adapters.calls import CallLog, Noted
from core.calls import Call, Writer, hour_of, write
from core.database import Databases
from tests.avus import AVUS, Delivering, StandIn, avus, avus_process, writer
from tests.avus import write as message
from tests.calls import incomplete
from tests.contract.asking import PERSONAL_CODE, answered, asking, client_header, envelope, fault, service
from tests.integration.test_operations import replaced
from tests.posting import application, post
from tests.register import ALL_SERVICES, Register
from tests.replicated import until
from tests.unit.headers import VERSION

__all__ = ["avus", "avus_process", "writer"]
KEPT = "SELECT service, operation, version, client, outcome, code, persons, message_id FROM service_call ORDER BY id"
Make = Callable[..., CallLog]


@pytest.fixture
def log(database_url: str) -> Iterator[Make]:
    """Logs of this test, ended with it."""
    made: list[CallLog] = []

    def make(address: str = database_url, **more: Any) -> CallLog:
        made.append(CallLog(address, **{"pause": 0.02, **more}))
        return made[-1]

    yield make
    for one in made:
        one.close()


def noted(number: int = 1, at: float | None = None) -> Noted:
    known = ("soap", "education-process", "listCodes", "v1", ALL_SERVICES, True, "answered", None)
    return Noted(time() if at is None else at, 1_500_000, *known, 10, 20, 0, f"id-{number}")


def kept(register: Register) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in register.execute(KEPT)]


def test_each_call_is_kept_with_what_it_was_and_how_it_ended(register: Register, databases: Databases, log: Make) -> None:
    register.grant()
    person = register.person(PERSONAL_CODE)
    register.learns(person, register.institution("4312100001"))
    running = log()
    app = application(databases, calls=running)
    answered(post(app, asking("getPersonEducation", f"<e:personalCode>{PERSONAL_CODE}</e:personalCode>")))
    answered(post(app, asking("getCheckpoints", client=client_header("LV-DEV/MUN/RIGA/strangers"))))
    fault(post(app, asking("listCodes", "<e:pageSize>0</e:pageSize>")))
    fault(post(app, asking("listCodes"), "/soap/elsewhere"))
    fault(post(app, "<a"))
    running.close()
    strangers = "LV-DEV/MUN/RIGA/strangers"
    assert kept(register) == [
        ("education-process", "getPersonEducation", "v1", ALL_SERVICES, "answered", None, 1, "m-1"),
        ("education-process", "getCheckpoints", "v1", strangers, "refused", "R-0101", 0, "m-1"),
        ("education-process", "listCodes", "v1", ALL_SERVICES, "refused", "F-0401", 0, "m-1"),
        ("", "", "", ALL_SERVICES, "refused", "F-0309", 0, "m-1"),
        ("education-process", "", "", None, "refused", "F-0205", 0, None),
    ]
    sizes = register.execute("SELECT request_bytes > 1, answer_bytes > 300, duration_us > 0, channel FROM service_call")
    assert {tuple(row) for row in sizes} == {(True, True, True, "soap")}
    [(seen,)] = register.execute("SELECT now() - started_at < interval '1 minute' FROM service_call LIMIT 1")
    assert seen


def test_what_fails_here_is_kept_as_failed(register: Register, databases: Databases, log: Make) -> None:
    register.grant()

    def broken(session: Any, inquiry: Any, request: Any) -> Any:
        raise KeyError

    running = log()
    app = application(databases, calls=running, find=replaced("listCodes", broken))
    assert fault(post(app, asking("listCodes"))) == "F-0901"
    running.close()
    assert [row[4:6] for row in kept(register)] == [("failed", "F-0901")]


@pytest.mark.parametrize("place", ["id", "client"])
def test_what_looks_like_a_person_is_not_kept_of_a_stranger(place: str, register: Register, databases: Databases, log: Make) -> None:
    running = log()
    client = client_header(f"LV-DEV/COM/{PERSONAL_CODE}/viis" if place == "client" else "LV-DEV/COM/x/viis")
    number = PERSONAL_CODE if place == "id" else "example-1"
    answered(post(application(databases, calls=running), envelope(client, service("listCodes"), f"<xrd:id>{number}</xrd:id>", VERSION)))
    running.close()
    [row] = kept(register)
    assert (row[3] is None, row[7] is None) == (place == "client", place == "id")


def test_a_client_that_a_grant_named_once_is_known_when_its_next_call_fails(register: Register, log: Make) -> None:
    running = log()
    number = "LV/COM/40003000000/viis"
    running.add(noted()._replace(client=number, known=False))
    running.add(noted()._replace(client=number, known=True))
    running.add(noted()._replace(client=number, known=False))
    running.close()
    assert [row[3] for row in kept(register)] == [None, number, number]


def test_a_client_that_a_grant_names_is_told_in_the_log_with_its_registration_number(register: Register) -> None:
    member, stranger = "LV/COM/40003000000/viis", "LV/COM/40003000001/viis"
    register.grant(member)
    app = application(register.databases)
    post(app, asking("listCodes", "<e:list>class_levels</e:list>", client=client_header(member)))
    with capture_logs() as logged:
        for client in (member, stranger):
            assert fault(post(app, asking("listCodes", "<e:list>CLASS LEVELS</e:list>", client=client_header(client)))) == "F-0401"
    assert [line["client"] for line in logged] == [member, "…"]


def test_a_message_that_is_delivered_or_not_is_a_call_of_the_receivers_service(
    register: Register,
    avus: StandIn,
    writer: Any,
    log: Make,
) -> None:
    running = log()
    delivering = Delivering(register, avus, writer, calls=running)
    sent = [message(register, register.person(code)) for code in ("04051820016", "05061820014")]
    avus.misbehaves("reject")
    delivering.run()
    running.close()
    rows = kept(register)
    assert sorted(row[4:6] for row in rows) == [("answered", None), ("refused", "rejected")]
    assert {row[:4] for row in rows} == {("avus-intake", "deliverMessage", "v1", AVUS)}
    assert sorted(row[7] for row in rows) == sorted(sent)
    assert register.execute("SELECT DISTINCT channel, persons, request_bytes > 1000, answer_bytes > 100 FROM service_call") == [
        ("message", 1, True, True)
    ]


def test_what_finds_the_queue_full_is_counted_in_its_hour(register: Register, log: Make) -> None:
    told: list[tuple[int, int, int]] = []
    running = log(most=10, pause=60.0, watching=[lambda calls, waiting, lost: told.append((len(calls), waiting, lost))])
    until(lambda: register.execute("SELECT count(*) FROM call_writer") == [(1,)])
    for number in range(25):
        running.add(noted(number))
    running.close()
    assert told == [(0, 0, 0), (10, 10, 15)]
    hour = hour_of(datetime.now(UTC))
    assert [row[-1] for row in kept(register)] == [f"id-{number}" for number in range(10)]
    assert register.execute("SELECT written, lost FROM call_hour WHERE hour = :hour", hour=hour) == [(10, 15)]
    assert incomplete(register, hour + timedelta(hours=1)) == [(hour, "lost")]


def test_calls_are_counted_in_the_hours_in_which_they_began(register: Register, log: Make) -> None:
    running = log()
    first = datetime(2026, 3, 1, 9, 59, 59, 999999, tzinfo=UTC)
    for at in (first, first + timedelta(microseconds=1), first + timedelta(hours=1)):
        running.add(noted(at=at.timestamp()))
    running.close()
    assert register.execute("SELECT extract(hour FROM hour AT TIME ZONE 'UTC')::int, written, lost FROM call_hour ORDER BY 1") == [
        (9, 1, 0),
        (10, 2, 0),
    ]


def test_an_orderly_end_is_marked_and_its_hours_are_whole(register: Register, log: Make) -> None:
    running = log()
    running.add(noted())
    running.close()
    [(since_ended,)] = register.execute("SELECT now() - ended_at < interval '1 minute' FROM call_writer")
    assert since_ended
    assert incomplete(register, hour_of(datetime.now(UTC)) + timedelta(hours=1)) == []


def test_a_writer_that_fell_silent_leaves_hours_that_are_not_whole_until_the_next_one_began(
    register: Register, databases: Databases
) -> None:
    seen, followed = datetime(2026, 3, 1, 9, 30, tzinfo=UTC), datetime(2026, 3, 1, 11, 10, tzinfo=UTC)
    with databases.register_engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        write(raw, Writer(uuid4(), seen - timedelta(hours=3)), [], {}, seen)
        write(raw, Writer(uuid4(), followed), [], {}, followed + timedelta(hours=5), ended=True)
        raw.commit()
    assert [hour.hour for hour, _ in incomplete(register, datetime(2026, 3, 2, tzinfo=UTC))] == [9, 10, 11]


def test_while_the_register_is_away_calls_wait_and_are_written_once(register: Register, log: Make) -> None:
    with capture_logs() as logged:
        running = log()
        running.add(noted(1))
        until(lambda: len(kept(register)) == 1)
        register.execute("ALTER TABLE call_hour RENAME TO call_hour_elsewhere")
        for number in range(2, 6):
            running.add(noted(number))
        until(lambda: bool(logged))
        register.execute("ALTER TABLE call_hour_elsewhere RENAME TO call_hour")
        until(lambda: len(kept(register)) == 5)
        running.close()
    assert [row[-1] for row in kept(register)] == [f"id-{number}" for number in range(1, 6)]
    assert register.execute("SELECT sum(written), sum(lost) FROM call_hour") == [(5, 0)]
    assert [entry["event"] for entry in logged] == ["calls are not written now; they wait", "calls are written again"]


def test_calls_are_told_of_while_the_register_is_away_and_one_who_fails_at_it_hinders_nobody(register: Register, log: Make) -> None:
    told: list[Call] = []

    def failing(*_told: Any) -> None:
        raise OSError("no room")

    with capture_logs() as logged:
        running = log("postgresql://nobody@127.0.0.1:1/none", watching=[failing, lambda calls, _waiting, _lost: told.extend(calls)])
        running.add(noted(1))
        until(lambda: len(told) == 1)
        running.add(noted(2))
        until(lambda: len(told) == 2)
    assert {entry["event"] for entry in logged} == {"calls are not written now; they wait", "calls were not told of"}


def test_what_was_committed_although_its_answer_was_lost_is_not_written_twice(
    register: Register, log: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [OSError("lost")]

    def losing(*arguments: Any, **more: Any) -> None:
        write(*arguments, **more)
        if arguments[2] and failures:
            raise failures.pop()

    monkeypatch.setattr(keeping, "write", losing)
    running = log()
    for number in range(3):
        running.add(noted(number))
    until(lambda: not failures)
    running.add(noted(3))
    running.close()
    assert [row[-1] for row in kept(register)] == [f"id-{number}" for number in range(4)]
    assert register.execute("SELECT sum(written), sum(lost) FROM call_hour") == [(4, 0)]
