"""The queue of jobs (darbu rinda): procrastinate's tables in a schema of the register's PostgreSQL, and who works on them.

One program works at a time, others wait until it has ended: so jobs are done in their order, and whatever stands there as begun when
somebody begins to work was begun by a program that is no more.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version

import psycopg
from procrastinate import App, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.schema import SchemaManager
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from core.database import libpq_address

SCHEMA = "jobs"
# After 5 s, 25 s, 2 min, 10 min and 52 min; after that the job is looked for again every hour.
BACKOFF = RetryStrategy(max_attempts=5, exponential_wait=5)
TAKE_LEAD = "SELECT pg_try_advisory_lock(hashtext('viis jobs'))"
# Seconds between two attempts, and between two signs of life; the server lets go of a leader that gives none, on a host that vanished too.
ATTEMPT, BEAT, SILENT = 1.0, 5.0, 60
# It tells of a failed job with the error's text, which may quote what was written; we tell of it ourselves.
logging.getLogger("procrastinate.worker").disabled = True


def prepare(register_url: str) -> None:
    """Makes the queue's schema, anew for another version of procrastinate: nothing is in it that the register does not know."""
    made_by = f"procrastinate {version('procrastinate')}"
    with psycopg.connect(libpq_address(register_url)) as connection:
        # Two programs that start at once must not both make it.
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('viis jobs schema'))")
        found = connection.execute("SELECT obj_description(to_regnamespace(%s)::oid, 'pg_namespace')", [SCHEMA]).fetchone()
        if found == (made_by,):
            return
        name = sql.Identifier(SCHEMA)
        connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(name))
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(name))
        connection.execute(sql.SQL("SET LOCAL search_path TO {}").format(name))
        connection.execute(SchemaManager.get_schema())
        connection.execute(sql.SQL("COMMENT ON SCHEMA {} IS {}").format(name, sql.Literal(made_by)))


def queue(register_url: str) -> App:
    """The job runner on that schema, without tasks."""
    address = libpq_address(register_url)
    options = f"{conninfo_to_dict(address).get('options', '')} -c search_path={SCHEMA}".strip()
    return App(connector=PsycopgConnector(conninfo=make_conninfo(address, options=options), min_size=1, max_size=4))


async def work(app: App, register_url: str, *, wait: bool = True) -> None:
    """Looks at once, then works until it is told to end or is no leader any more; without `wait` until nothing is left to do."""
    async with _leading(register_url) as lost, app.open_async():
        await app.connector.execute_query_async("DELETE FROM procrastinate_jobs WHERE status = 'doing'")
        with suppress(AlreadyEnqueued):
            await app.tasks["look"].defer_async(timestamp=0)
        working = asyncio.create_task(app.run_worker_async(concurrency=1, wait=wait, delete_jobs="always", install_signal_handlers=wait))
        await asyncio.wait({working, lost}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            working.cancel()  # what it is at is finished first
        with suppress(asyncio.CancelledError):
            await working
        if lost.done():
            lost.result()


@asynccontextmanager
async def _leading(register_url: str) -> AsyncIterator["asyncio.Task[None]"]:
    """Waits until nobody else leads; the task fails when the lead is lost."""
    async with await psycopg.AsyncConnection.connect(libpq_address(register_url), autocommit=True) as connection:
        await connection.execute(sql.SQL("SET idle_session_timeout = {}").format(sql.Literal(f"{SILENT}s")))
        while (await (await connection.execute(TAKE_LEAD)).fetchone()) != (True,):
            await asyncio.sleep(ATTEMPT)
        lost = asyncio.create_task(_stay(connection))
        try:
            yield lost
        finally:
            lost.cancel()
            with suppress(asyncio.CancelledError, psycopg.Error):
                await lost


async def _stay(connection: "psycopg.AsyncConnection[tuple[object, ...]]") -> None:
    while True:
        await connection.execute("SELECT")
        await asyncio.sleep(BEAT)
