"""The children's list of the population register taken over (bērnu saraksta imports): page by page, resumable, twice is once.

The network is read with no transaction open: the next page is fetched by a thread while this one is written. Each page and its cursor
commit together, so an import that was killed goes on where it was. A child that breaks a rule is a row of import_refusal.
"""

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from queue import SimpleQueue
from time import sleep
from typing import Any, NamedTuple, TypeVar

import psycopg
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from core.child_page import Written, write_page
from core.child_rules import Judged, Refused, judge
from core.model import ImportRefusal, ImportRun, Municipality
from core.people import ChildPage, ChildSource, CursorForgotten
from core.reconciliation import RIGA, counted, instant, note, reconcile

LOCK = "viis import of children"
# The server notices a killed import when it reads from its connection again, which may be a moment later.
LOCK_ATTEMPTS, LOCK_PAUSE = 20, 0.25
WRITE_ATTEMPTS = 3
COLLECT_EVERY = 8
FRESH_STATISTICS = "ANALYZE person, identity, person_profile, residence, guardianship"


Page = TypeVar("Page")


class ImportSummary(NamedTuple):
    """What an import did (importa kopsavilkums), whoever began it; in `kept` of the `differences` from changes a newer change stands."""

    run_id: int
    resumed: bool
    pages: int
    received: int
    created: int
    changed: int
    unchanged: int
    refused: int
    warned: int
    total: int | None
    as_of: str | None
    differences: int
    kept: int


class AlreadyImporting(Exception):
    """Another import of children runs on this register."""


def usual_interval(today: date) -> tuple[date, date]:
    """Who is asked for on a day: everybody aged 5 to 18 in this calendar year, so that an interrupted import goes on tomorrow."""
    return date(today.year - 18, 1, 1), date(today.year - 5, 12, 31)


def import_children(
    register: sessionmaker[Session],
    source: ChildSource,
    born_from: date,
    born_to: date,
    now: datetime,
    on_page: Callable[[ImportSummary], None] = lambda summary: None,
) -> ImportSummary:
    """Takes over everybody born in the interval; raises SourceFailed, after which calling it again goes on at the same page."""
    with alone(register), _collector_at_rest():
        run, resumed = _begin(register, source.name, born_from, born_to)
        try:
            return _take_over(register, source.pages(born_from, born_to, run.cursor), run, now, resumed, on_page)
        except CursorForgotten:
            if run.cursor is None:
                raise
            _begin_again(register, run.id)
            run, resumed = _begin(register, source.name, born_from, born_to)
            return _take_over(register, source.pages(born_from, born_to, None), run, now, False, on_page)


def _take_over(
    register: sessionmaker[Session],
    pages: Iterator[ChildPage],
    run: ImportRun,
    now: datetime,
    resumed: bool,
    on_page: Callable[[ImportSummary], None],
) -> ImportSummary:
    today = now.astimezone(RIGA).date()
    with register.begin() as session:
        municipalities = frozenset(session.scalars(select(Municipality.code)))
    # The thread that reads ahead judges too: the database works meanwhile on the page before.
    judged_pages = ((page, judge(page.children, today, municipalities)) for page in pages)
    with _one_ahead(judged_pages) as ahead:
        for page, judged in ahead:
            summary = _write(register, run.id, page, judged, now)._replace(resumed=resumed)
            on_page(summary)
            if summary.pages % COLLECT_EVERY == 0:
                gc.collect()
    if summary.created or summary.changed:
        # Whoever asks next needs plans for tables that are not empty any more.
        with register.begin() as session:
            session.execute(text(FRESH_STATISTICS))
    return summary


def _write(register: sessionmaker[Session], run_id: int, page: ChildPage, judged: Judged, now: datetime) -> ImportSummary:
    """One page and its cursor, in one transaction; once more when somebody else wrote about its people meanwhile."""
    as_of = instant(page.as_of, now)
    for attempt in range(WRITE_ATTEMPTS):
        try:
            with register.begin() as session:
                run = session.get_one(ImportRun, run_id)
                reconciled = reconcile(session, judged.arrived, as_of)
                written = write_page(session, reconciled.taken, now.astimezone(RIGA).date())
                _count(run, page, judged, written, session)
                run.unchanged += reconciled.kept
                note(session, (run.id, run.pages), as_of, written.people, reconciled, written.refused)
                return _summary(run, page, *counted(session, run.id))
        except (psycopg.errors.UniqueViolation, psycopg.errors.DeadlockDetected, DBAPIError) as error:
            met = isinstance(getattr(error, "orig", error), (psycopg.errors.UniqueViolation, psycopg.errors.DeadlockDetected))
            if not met or attempt == WRITE_ATTEMPTS - 1:
                raise
    raise AssertionError("the last attempt returns or raises")


def _count(run: ImportRun, page: ChildPage, judged: Judged, written: Written, session: Session) -> None:
    run.pages += 1
    run.received += len(page.children)
    run.created += written.created
    run.changed += written.changed
    run.unchanged += written.unchanged
    run.refused += len(judged.refused) + len(written.refused)
    run.warned += judged.warned
    run.cursor = page.next_cursor
    session.add_all(_refusal(run, entry) for entry in judged.refused + written.refused)
    if page.next_cursor is None:
        _conclude(run)


def _conclude(run: ImportRun) -> None:
    """The list was read to its end: only here could it be concluded that somebody who is not on it is gone."""
    run.state = "complete"
    run.finished_at = func.now()


def _begin(register: sessionmaker[Session], source: str, born_from: date, born_to: date) -> tuple[ImportRun, bool]:
    """The run to go on with, or a new one."""
    unfinished = select(ImportRun).filter_by(source=source, born_from=born_from, born_to=born_to, state="running")
    with register.begin() as session:
        run = session.scalars(unfinished).one_or_none()
        if run is not None:
            return run, run.pages > 0
        run = ImportRun(source=source, born_from=born_from, born_to=born_to)
        session.add(run)
        session.flush()
        session.refresh(run)
        return run, False


def _begin_again(register: sessionmaker[Session], run_id: int) -> None:
    """The place was forgotten: from the first page on, what was taken over already will be found unchanged."""
    with register.begin() as session:
        run = session.get_one(ImportRun, run_id)
        run.cursor = None
        run.pages = run.received = run.created = run.changed = run.unchanged = run.refused = run.warned = 0


def _refusal(run: ImportRun, entry: Refused) -> ImportRefusal:
    record = entry.child._asdict() | {"guardians": [guardian._asdict() for guardian in entry.child.guardians]}
    return ImportRefusal(
        run_id=run.id, page=run.pages, position=entry.position, code=entry.refusal.code, reason=str(entry.refusal), record=record
    )


def _summary(run: ImportRun, page: ChildPage, differences: int, kept: int) -> ImportSummary:
    counts = (run.pages, run.received, run.created, run.changed, run.unchanged, run.refused, run.warned)
    return ImportSummary(run.id, False, *counts, page.total, page.as_of, differences, kept)


@contextmanager
def alone(register: sessionmaker[Session]) -> Iterator[None]:
    """One import at a time: an advisory lock on a connection of its own, which holds no transaction and dies with the process."""
    engine: Engine = register.kw["bind"]
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for attempt in range(LOCK_ATTEMPTS):
            if connection.scalar(text("SELECT pg_try_advisory_lock(hashtext(:lock))"), {"lock": LOCK}):
                break
            sleep(LOCK_PAUSE if attempt < LOCK_ATTEMPTS - 1 else 0)
        else:
            raise AlreadyImporting("Another import of children is running on this register. Wait until it ends, then start this one again.")
        try:
            yield
        finally:
            with suppress(DBAPIError):  # A server that is gone holds no lock.
                connection.execute(text("SELECT pg_advisory_unlock(hashtext(:lock))"), {"lock": LOCK})


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """One search for cycles every few pages: there are hardly any, and looking all the time took a sixth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        if was_on:
            gc.enable()


@contextmanager
def _one_ahead(pages: Iterator[Page]) -> Iterator[Iterator[Page]]:
    """Reads one page ahead in a thread; never more, so that two pages are all that is in memory."""
    wanted = threading.Semaphore(1)
    read: SimpleQueue[Any] = SimpleQueue()
    ended = threading.Event()

    def reading() -> None:
        try:
            while wanted.acquire() and not ended.is_set():
                page = next(pages, None)
                read.put(page)
                if page is None:
                    return
        except Exception as error:
            read.put(error)

    def given() -> Iterator[Page]:
        while (page := read.get()) is not None:
            if isinstance(page, Exception):
                raise page
            wanted.release()
            yield page

    # A daemon: an answer that does not come must not keep a program that was told to stop.
    threading.Thread(target=reading, name="pages of children", daemon=True).start()
    try:
        yield given()
    finally:
        ended.set()
        wanted.release()
