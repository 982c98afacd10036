"""Jobs on statutory days and every day (darbi normatīvajos aktos noteiktajās dienās un ik dienu): what a day asks for, and when it is done.

    every hour, and at the start    look: does a day ask for something that was not done?  → its job, which waits at most once
    list day                        the children's list is taken over from the population register
    register day                    changes of people are taken over, the register of non-studying children is brought up to date
    any other day                   the same, so that deadlines lapse and cases open and close by the day
    with each refresh               licences lapse whose programmes were not started within a year;
                                    the running year's indicators are counted
    2 January                       the indicators of the year before are frozen

What was done stands in the register (`import_run`, `refresh_run`, `indicator_year`), not in the queue: a missed day is caught up, none is
done twice, and a job whose worker was killed is simply looked for again. Every job looks once more before it begins.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import structlog
from procrastinate import App, JobContext
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy import text
from sqlalchemy.orm import Session

from adapters.inquiry import RIGA
from adapters.job_queue import BACKOFF, queue
from adapters.settings import Settings
from adapters.storage import Storage
from core.accreditation.lapsing import sweep_lapses
from core.cases import refresh
from core.cases.statutory import latest_list_day, latest_register_day
from core.database import Databases
from core.indicators import keeping

HOURLY = "7 * * * *"
LIST, STATUTORY, DAILY, FREEZE = "take-over-list", "refresh-non-studying", "daily", "freeze-indicators"
# A year's indicators are frozen on 2 January: by then every process has written what it held.
FREEZING, AFTER_NEW_YEAR = (1, 2), timedelta(days=1)
# So often a refresh waits for changes that cannot be had; then it is done without them.
PATIENT = 2
IMPORTED = "SELECT EXISTS (SELECT FROM import_run WHERE finished_at >= :day)"
FULFILLED = "SELECT EXISTS (SELECT FROM refresh_run WHERE quarter_on = :day)"
REFRESHED = "SELECT EXISTS (SELECT FROM refresh_run WHERE on_day = :day)"
log = structlog.get_logger("viis.jobs")


class JobFailed(Exception):
    """A job was not done; it is tried again, later each time."""


def application(settings: Settings, place: Storage, databases: Databases) -> App:
    """The job runner with its tasks."""
    app = queue(place.register_url)
    source = settings.population_register_url

    @app.periodic(cron=HOURLY, periodic_id="look")
    @app.task(name="look", queueing_lock="look", priority=2)
    async def look(timestamp: int) -> None:
        for name, day in asked_for():
            try:
                await app.tasks[name].configure(queueing_lock=f"{name} {day}").defer_async(day=day.isoformat())
            except AlreadyEnqueued:
                log.info("waits already", job=name, day=day.isoformat())

    @app.task(name=LIST, priority=1, retry=BACKOFF, pass_context=True)
    def take_over_list(context: JobContext, day: str) -> None:
        def take_over() -> None:
            from adapters.commands.import_children import FAILED, import_from

            if import_from(settings, place, source) == FAILED:
                raise JobFailed("the children's list was not taken over")

        once(context, day, take_over)

    @app.task(name=STATUTORY, retry=BACKOFF, pass_context=True)
    def refresh_non_studying(context: JobContext, day: str) -> None:
        once(context, day, lambda: refresh_after_changes(context, date.fromisoformat(day)))

    @app.task(name=DAILY, retry=BACKOFF, pass_context=True)
    def daily(context: JobContext, day: str) -> None:
        once(context, day, lambda: refresh_after_changes(context, None))

    @app.task(name=FREEZE, retry=BACKOFF, pass_context=True)
    def freeze_indicators(context: JobContext, day: str) -> None:
        year = date.fromisoformat(day).year - 1

        def freeze() -> None:
            with databases.register.begin() as session:
                keeping.freeze(session, year, datetime.now(UTC))
            log.info("indicators frozen", year=year)

        once(context, day, freeze)

    def asked_for() -> list[tuple[str, date]]:
        with databases.register.begin() as session:
            return unfulfilled(session, today(), bool(source))

    def once(context: JobContext, day: str, do: Callable[[], None]) -> None:
        """Does what a day asks for, unless that was done meanwhile or another day asks now; says when it fails, and nothing of people."""
        job = context.job
        try:
            if (job.task_name, date.fromisoformat(day)) in asked_for():
                do()
        except Exception as error:
            # Never the text of an error that is not ours: the database's errors quote what was written.
            why = str(error) if isinstance(error, JobFailed) else type(getattr(error, "orig", error)).__qualname__
            log.warning("a job failed and is tried again", job=job.task_name, day=day, why=why, attempt=job.attempts + 1)
            raise JobFailed(why) from None

    def refresh_after_changes(context: JobContext, quarter_on: date | None) -> None:
        from adapters.commands.import_changes import changes_from
        from adapters.commands.import_children import FAILED

        if source and changes_from(settings, place, source) == FAILED:
            if context.job.attempts < PATIENT:
                raise JobFailed("the changes of people were not taken over")
            log.warning("the register is refreshed without the newest changes of people")
        done = refresh(databases.register, today(), quarter_on)
        log.info("register of non-studying children refreshed", day=today().isoformat(), fulfils=str(quarter_on or ""), active=done.active)
        log.info("licences looked at", day=today().isoformat(), changed=sweep_lapses(databases.register, today()))
        with databases.register.begin() as session:
            keeping.bring_up_to_date(session, today().year, datetime.now(UTC))

    return app


def unfulfilled(session: Session, today: date, with_lists: bool) -> list[tuple[str, date]]:
    """The jobs of days that have come and were not done, in their order; a statutory day's refresh is also that of today."""
    list_day, register_day = latest_list_day(today), latest_register_day(today)
    wanted = []
    if with_lists and not session.scalar(text(IMPORTED), {"day": list_day}):
        wanted.append((LIST, list_day))
    if not session.scalar(text(FULFILLED), {"day": register_day}):
        wanted.append((STATUTORY, register_day))
    elif not session.scalar(text(REFRESHED), {"day": today}):
        wanted.append((DAILY, today))
    years = keeping.unfrozen_years(session, (today - AFTER_NEW_YEAR).year)
    return wanted + [(FREEZE, date(year + 1, *FREEZING)) for year in years]


def today() -> date:
    """The day in Latvia."""
    return datetime.now(UTC).astimezone(RIGA).date()
