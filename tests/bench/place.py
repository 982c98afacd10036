"""Where benchmarks run: a durable server of their own, with a made-up nation in it that is loaded once and kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from adapters.demo.grants import load_grants
from adapters.demo.loading import make_nation
from adapters.embedded import Cluster, start
from adapters.settings import Settings
from adapters.storage import Storage, bring_up_to_date

SMALL, NATION = 4_000, 400_000


@contextmanager
def cluster() -> Iterator[Cluster]:
    """The benchmarks' own server, with the settings of production."""
    running = start(folder() / "postgresql")
    try:
        yield running
    finally:
        running.stop()


def folder() -> Path:
    """Everything that benchmarks keep."""
    path = Settings().data / "bench"
    path.mkdir(parents=True, exist_ok=True)
    return path


def nation(running: Cluster, people: int) -> str:
    """The address of a register that holds a nation of this size, loaded now or before."""
    name = f"nation_{people}"
    running.ensure_database(name)
    url = running.url(name)
    place = Storage(url, url)
    bring_up_to_date(place)
    databases = place.open(connections=2)
    try:
        with databases.register.begin() as session:
            empty = session.connection().exec_driver_sql("SELECT NOT EXISTS (SELECT FROM institution)").scalar()
        if empty:
            print(f"Loading a nation of {people:,} people (kept for the next time).", flush=True)
            make_nation(databases, folder() / name, people, 1)
        with databases.register.begin() as session:
            load_grants(session)
    finally:
        databases.close()
    return url


def empty(running: Cluster, name: str) -> str:
    """The address of a register made anew, with nothing in it but the code lists."""
    with psycopg.connect(running.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    running.ensure_database(name)
    url = running.url(name)
    bring_up_to_date(Storage(url, url))
    return url


def settle(url: str) -> None:
    """What an earlier measurement left does not weigh on the next one."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("TRUNCATE disclosure")
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
