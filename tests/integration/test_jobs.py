"""The jobs of statutory days: missed ones are caught up, none is done twice, also by two workers."""

import asyncio
from datetime import date

import pytest

from adapters import jobs
from adapters.commands.jobs import work
from adapters.settings import Settings
from adapters.storage import Storage
from tests.register import Register

TODAY = date(2026, 11, 26)


@pytest.fixture
def place(register: Register, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Storage:
    monkeypatch.setattr(jobs, "today", lambda: TODAY)
    jobs.prepare(database_url)
    return Storage(database_url, database_url)


def run(register: Register, place: Storage, workers: int = 1) -> None:
    async def together() -> None:
        apps = [jobs.application(Settings(), place, register.databases) for _ in range(workers)]
        await asyncio.gather(*(work(app, wait=False) for app in apps))

    asyncio.run(together())


def fulfilled(register: Register) -> list[tuple[date]]:
    return [tuple(row) for row in register.execute("SELECT quarter_on FROM refresh_run")]


def test_a_missed_day_is_caught_up_and_not_done_again(register: Register, place: Storage) -> None:
    run(register, place)
    assert fulfilled(register) == [(date(2026, 10, 30),)]
    run(register, place)
    assert len(fulfilled(register)) == 1


def test_two_workers_at_once_do_it_once(register: Register, place: Storage) -> None:
    run(register, place, workers=2)
    assert len(fulfilled(register)) == 1


def test_a_job_whose_worker_was_killed_is_looked_for_again(register: Register, place: Storage) -> None:
    register.execute(
        "INSERT INTO jobs.procrastinate_jobs (queue_name, task_name, queueing_lock, args, status) "
        "VALUES ('default', 'refresh-non-studying', 'refresh-non-studying 2026-10-30', '{\"day\": \"2026-10-30\"}', 'doing')"
    )
    run(register, place)
    assert len(fulfilled(register)) == 1


def test_the_list_is_asked_for_before_the_register_is_refreshed(register: Register) -> None:
    with register.databases.register.begin() as session:
        assert jobs.unfulfilled(session, date(2027, 1, 29), True) == [
            ("take-over-list", date(2027, 1, 1)),
            ("refresh-non-studying", date(2026, 10, 30)),
        ]
        assert jobs.unfulfilled(session, date(2027, 1, 30), False) == [("refresh-non-studying", date(2027, 1, 30))]


def test_the_queue_is_in_a_schema_of_its_own_and_made_once(register: Register, place: Storage) -> None:
    jobs.prepare(place.register_url)
    [(tables,)] = register.execute("SELECT count(*) FROM pg_tables WHERE tablename LIKE 'procrastinate%' AND schemaname <> 'jobs'")
    assert tables == 0
