"""The jobs of statutory days and of every day: missed ones are caught up, none is done twice, one that fails is tried again."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime

import pytest
from alembic import command
from sqlalchemy import text

from adapters import job_queue, jobs
from adapters.inquiry import RIGA as RIGA_TIME
from adapters.settings import Settings
from adapters.storage import Storage
from core.cases import refresh
from core.database import migrate, migration_config
from tests.bench.nation import personal_code
from tests.calls import Call, at, log, writer
from tests.population_register import StandIn, child, process, stand_in  # noqa: F401 - fixtures
from tests.register import RIGA, Register, days

TODAY, QUARTER = date(2026, 11, 26), date(2026, 10, 30)


@pytest.fixture
def place(register: Register, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Storage:
    monkeypatch.setattr(jobs, "today", lambda: TODAY)
    monkeypatch.setattr(job_queue, "ATTEMPT", 0.05)
    job_queue.prepare(database_url)
    return Storage(database_url, database_url)


def run(register: Register, place: Storage, workers: int = 1, population_register: str = "") -> None:
    async def together() -> None:
        settings = Settings(population_register_url=population_register)
        apps = [jobs.application(settings, place, register.databases) for _ in range(workers)]
        await asyncio.gather(*(job_queue.work(app, place.register_url, wait=False) for app in apps))

    asyncio.run(together())


def in_queue(register: Register, statement: str) -> None:
    """A statement on the queue's own tables; its triggers know no schema."""
    with register.databases.register.begin() as session:
        session.execute(text("SET LOCAL search_path TO jobs"))
        session.execute(text(statement))


def runs(register: Register) -> list[tuple[date, date | None]]:
    """The refreshes that were done: on which day, for which statutory day."""
    return [tuple(row) for row in register.execute("SELECT on_day, quarter_on FROM refresh_run ORDER BY id")]


def test_a_missed_day_is_caught_up_and_counts_as_that_of_today(register: Register, place: Storage) -> None:
    run(register, place)
    run(register, place)
    assert runs(register) == [(TODAY, QUARTER)]


def test_every_day_the_register_is_refreshed_once(register: Register, place: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    run(register, place)
    days_after = [date(2026, 11, 27), date(2026, 11, 30)]
    for day in days_after:
        monkeypatch.setattr(jobs, "today", lambda day=day: day)
        run(register, place)
        run(register, place)
    assert runs(register) == [(TODAY, QUARTER), *((day, None) for day in days_after)], "the days between are those of the next one"


def test_a_refresh_by_hand_is_that_of_the_day(register: Register, place: Storage) -> None:
    refresh(register.databases.register, QUARTER, QUARTER)
    refresh(register.databases.register, TODAY)
    run(register, place)
    assert runs(register) == [(QUARTER, QUARTER), (TODAY, None)]


def test_two_workers_at_once_do_it_once_and_a_licence_that_was_not_started_lapses(register: Register, place: Storage) -> None:
    register.institution("4513900001")
    register.licence("4513900001", "31016011", days("2025-11-01"))
    register.execute("UPDATE recognition_period SET start_by = '2026-11-01'")
    run(register, place, workers=2)
    assert runs(register) == [(TODAY, QUARTER)]
    assert register.execute("SELECT outcome, decided_on FROM decision WHERE outcome <> 'grant'") == [("lapse", date(2026, 11, 2))]


def test_what_a_killed_worker_left_is_looked_for_again(register: Register, place: Storage) -> None:
    register.execute(
        "INSERT INTO jobs.procrastinate_jobs (queue_name, task_name, queueing_lock, args, status) "
        "VALUES ('default', 'refresh-non-studying', 'refresh-non-studying 2026-10-30', '{\"day\": \"2026-10-30\"}', 'doing')"
    )
    run(register, place)
    assert runs(register) == [(TODAY, QUARTER)]
    assert register.execute("SELECT FROM jobs.procrastinate_jobs") == []


def test_a_job_of_yesterday_that_waited_does_nothing_today(register: Register, place: Storage) -> None:
    refresh(register.databases.register, TODAY, QUARTER)
    values = "('default', 'daily', '{\"day\": \"2026-11-25\"}')"
    in_queue(register, f"INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES {values}")
    run(register, place)
    assert runs(register) == [(TODAY, QUARTER)]


def test_the_list_is_asked_for_before_the_register_is_refreshed(register: Register) -> None:
    with register.databases.register.begin() as session:
        assert jobs.unfulfilled(session, date(2027, 1, 29), True) == [(jobs.LIST, date(2027, 1, 1)), (jobs.STATUTORY, QUARTER)]
        assert jobs.unfulfilled(session, date(2027, 1, 30), False) == [(jobs.STATUTORY, date(2027, 1, 30))]
    refresh(register.databases.register, date(2027, 1, 30), date(2027, 1, 30))
    with register.databases.register.begin() as session:
        assert jobs.unfulfilled(session, date(2027, 1, 30), False) == []
        assert jobs.unfulfilled(session, date(2027, 1, 31), False) == [(jobs.DAILY, date(2027, 1, 31))]


def test_list_and_changes_are_taken_over_and_then_the_register_is_refreshed(
    register: Register,
    place: Storage,
    stand_in: StandIn,  # noqa: F811
) -> None:
    # The list is of this very moment; only what happens today is newer.
    stayed, died, today = child(number=1), child(number=2), datetime.now(RIGA_TIME).date().isoformat()
    stand_in.tells(stayed, died)
    after = died | {"status": "deceased", "died_on": today, "residence": None}
    stand_in.tells_changes({"position": 1, "kind": "death", "occurred_on": today, "person": after})
    run(register, place, population_register=stand_in.url)
    assert runs(register) == [(TODAY, QUARTER)]
    [(whose,)] = register.execute("SELECT i.value FROM child_case c JOIN identity i ON i.id = c.identity_id")
    assert whose == stayed["code"], "the case of whoever had died before was never opened"


def test_a_list_that_fails_waits_and_does_not_hold_up_the_refresh(
    register: Register,
    place: Storage,
    stand_in: StandIn,  # noqa: F811
    capfd: pytest.CaptureFixture[str],
) -> None:
    stand_in.tells(child())
    stand_in.misbehaves("refusal", on_page=1)
    run(register, place, population_register=stand_in.url)
    assert runs(register) == [(TODAY, QUARTER)]
    waiting = "SELECT task_name, attempts, scheduled_at BETWEEN now() AND now() + interval '6 s' FROM jobs.procrastinate_jobs"
    assert [tuple(row) for row in register.execute(waiting)] == [(jobs.LIST, 1, True)]
    in_queue(register, "UPDATE procrastinate_jobs SET scheduled_at = now()")
    run(register, place, population_register=stand_in.url)
    assert register.execute("SELECT count(*) FROM import_run WHERE finished_at IS NOT NULL") == [(1,)]
    assert "a job failed and is tried again" in capfd.readouterr().out


def test_what_the_log_says_of_a_failure_names_nobody(register: Register, place: Storage, capfd: pytest.CaptureFixture[str]) -> None:
    code = personal_code(date(2018, 5, 4), 1)
    register.lives(register.person(code, given_name="Ieviņa", born_on=date(2018, 5, 4)), RIGA, days("2018-05-04"))
    register.execute("ALTER TABLE child_case ADD CONSTRAINT never CHECK (identity_id < 0)")
    run(register, place)
    said = "".join(capfd.readouterr())
    assert "CheckViolation" in said
    assert "Traceback" not in said
    assert not any(word in said for word in (code, "Ieviņa", "Failing row"))
    assert [tuple(row) for row in register.execute("SELECT task_name, status::text FROM jobs.procrastinate_jobs")] == [
        (jobs.STATUTORY, "todo")
    ]


def test_without_changes_a_refresh_waits_a_little_and_is_then_done(
    register: Register,
    place: Storage,
    stand_in: StandIn,  # noqa: F811
) -> None:
    stand_in.misbehaves("refusal", times=jobs.PATIENT + 1)
    register.execute(
        "INSERT INTO import_run (source, born_from, born_to, state, finished_at) "
        "VALUES ('x', '2008-01-01', '2021-12-31', 'complete', now())"
    )
    for _ in range(jobs.PATIENT):
        run(register, place, population_register=stand_in.url)
        assert runs(register) == []
        in_queue(register, "UPDATE procrastinate_jobs SET scheduled_at = now()")
    run(register, place, population_register=stand_in.url)
    assert runs(register) == [(TODAY, QUARTER)]


def test_a_year_that_is_over_is_frozen_from_2_january_on_and_a_missed_one_is_caught_up(register: Register, place: Storage) -> None:
    writer(register, 1, at("2024-11-11 11:11"), at("2026-01-01 00:30"), at("2026-01-01 00:30"))
    log(register, [Call(at("2025-05-05 05:05"))])
    for day, years in (
        (date(2025, 1, 1), []),
        (date(2025, 1, 2), [2024]),
        (date(2026, 1, 1), [2024]),
        (date(2026, 1, 2), [2024, 2025]),
        (TODAY, [2024, 2025]),
    ):
        with register.databases.register.begin() as session:
            asked = [job for job in jobs.unfulfilled(session, day, with_lists=False) if job[0] == jobs.FREEZE]
        assert asked == [(jobs.FREEZE, date(year + 1, 1, 2)) for year in years]
    run(register, place)
    kept = "SELECT year, revision, (SELECT sum(calls) FROM indicator_figure f WHERE f.year = y.year) FROM indicator_year y ORDER BY 1, 2"
    assert register.execute(kept) == [(2024, 1, None), (2025, 1, 1), (TODAY.year, 0, None)]
    run(register, place)
    assert len(register.execute(kept)) == 3


def test_the_queue_is_in_a_schema_of_its_own_and_two_at_once_make_it_once(register: Register, database_url: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(job_queue.prepare, [database_url] * 2))
    made = register.execute("SELECT oid FROM pg_namespace WHERE nspname = 'jobs'")
    job_queue.prepare(database_url)
    assert register.execute("SELECT oid FROM pg_namespace WHERE nspname = 'jobs'") == made
    command.downgrade(migration_config(database_url), "-1")
    migrate(database_url)
    [(elsewhere,)] = register.execute("SELECT count(*) FROM pg_tables WHERE tablename LIKE 'procrastinate%' AND schemaname <> 'jobs'")
    assert elsewhere == 0
