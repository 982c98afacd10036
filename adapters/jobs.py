"""Jobs on statutory days (darbi normatīvajos aktos noteiktajās dienās): kept by procrastinate in a schema of the register's PostgreSQL.

    every hour, and at the start    look: is a day unfulfilled that has come?  → its job, which waits at most once
    list day                        the children's list is taken over from the population register
    register day                    the register of non-studying children is brought up to date

What was fulfilled stands in the register (`import_run`, `refresh_run`), not in the queue: a missed day is caught up, none is fulfilled
twice, and a job whose worker was killed is simply looked for again.
"""

from datetime import UTC, date, datetime
from importlib.metadata import version

import psycopg
import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.schema import SchemaManager
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import text
from sqlalchemy.orm import Session

from adapters.inquiry import RIGA
from adapters.settings import Settings
from adapters.storage import Storage
from core.cases import refresh
from core.cases.statutory import latest_list_day, latest_register_day
from core.database import Databases, libpq_address

SCHEMA = "jobs"
HOURLY = "7 * * * *"
IMPORTED = "SELECT EXISTS (SELECT FROM import_run WHERE finished_at >= :day)"
FULFILLED = "SELECT EXISTS (SELECT FROM refresh_run WHERE quarter_on = :day)"
log = structlog.get_logger("viis.jobs")


def prepare(register_url: str) -> None:
    """Makes the queue's schema, anew for another version of procrastinate: nothing is in it that the register does not know."""
    made_by = f"procrastinate {version('procrastinate')}"
    with psycopg.connect(libpq_address(register_url)) as connection:
        # Two programs that start at once must not both make it.
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('viis jobs'))")
        found = connection.execute("SELECT obj_description(to_regnamespace(%s)::oid, 'pg_namespace')", [SCHEMA]).fetchone()
        if found == (made_by,):
            return
        name = sql.Identifier(SCHEMA)
        connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(name))
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(name))
        connection.execute(sql.SQL("SET LOCAL search_path TO {}").format(name))
        connection.execute(SchemaManager.get_schema())
        connection.execute(sql.SQL("COMMENT ON SCHEMA {} IS {}").format(name, sql.Literal(made_by)))


def application(settings: Settings, place: Storage, databases: Databases) -> App:
    """The job runner with its tasks."""
    address = libpq_address(place.register_url)
    options = f"{conninfo_to_dict(address).get('options', '')} -c search_path={SCHEMA}".strip()
    app = App(connector=PsycopgConnector(conninfo=make_conninfo(address, options=options), min_size=1, max_size=4))

    @app.periodic(cron=HOURLY, periodic_id="look")
    @app.task(name="look", queueing_lock="look", priority=2)
    async def look(timestamp: int) -> None:
        with databases.register.begin() as session:
            wanted = unfulfilled(session, today(), bool(settings.population_register_url))
        for name, day in wanted:
            task = app.tasks[name]
            try:
                await task.configure(queueing_lock=f"{name} {day}").defer_async(day=day.isoformat())
            except AlreadyEnqueued:
                log.info("waits already", job=name, day=day.isoformat())

    @app.task(name="take-over-list", priority=1)
    def take_over_list(day: str) -> None:
        from adapters.commands.import_children import FAILED, import_from

        if import_from(settings, place, settings.population_register_url) == FAILED:
            raise RuntimeError(f"the list of {day} was not taken over; it is tried again")

    @app.task(name="refresh-non-studying")
    def refresh_non_studying(day: str) -> None:
        done = refresh(databases.register, today(), date.fromisoformat(day))
        log.info("statutory day fulfilled", day=day, active=done.active, before=done.repeated)

    return app


def unfulfilled(session: Session, today: date, with_lists: bool) -> list[tuple[str, date]]:
    """The jobs of days that have come and were not fulfilled; the list first."""
    list_day, register_day = latest_list_day(today), latest_register_day(today)
    wanted = []
    if with_lists and not session.scalar(text(IMPORTED), {"day": list_day}):
        wanted.append(("take-over-list", list_day))
    if not session.scalar(text(FULFILLED), {"day": register_day}):
        wanted.append(("refresh-non-studying", register_day))
    return wanted


def today() -> date:
    """The day in Latvia."""
    return datetime.now(UTC).astimezone(RIGA).date()
