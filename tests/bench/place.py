"""Where benchmarks run: a durable server of their own, with a made-up nation in it that is loaded once and kept."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

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
    name = f"examined_nation_{people}"
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


def prepared(running: Cluster, name: str, what: str, load: Callable[["psycopg.Connection[Any]"], None]) -> str:
    """The address of a register that `load` fills once; it is kept."""
    running.ensure_database(name)
    url = running.url(name)
    bring_up_to_date(Storage(url, url))
    with psycopg.connect(running.dsn(name)) as connection:
        if connection.execute("SELECT FROM person LIMIT 1").rowcount == 0:
            print(f"Loading {what} (kept for the next time).", flush=True)
            load(connection)
    bring_up_to_date(Storage(url, url))
    settle(url)
    return url


def copied(running: Cluster, template: str, name: str) -> str:
    """The address of a fresh copy of a database."""
    with psycopg.connect(running.dsn("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
    return running.url(name)


def dropped(running: Cluster, url: str) -> None:
    """Removes a database that is not kept."""
    with psycopg.connect(running.dsn("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(url.rpartition("/")[2])))


def granted(url: str) -> None:
    """Loads the grants for trying everything."""
    databases = Storage(url, url).open(connections=1)
    with databases.register.begin() as session:
        load_grants(session)
    databases.close()


def empty(running: Cluster, name: str) -> str:
    """The address of a register made anew, with nothing in it but the code lists."""
    remade(running, name)
    url = running.url(name)
    bring_up_to_date(Storage(url, url))
    return url


def remade(running: Cluster, name: str) -> None:
    """Makes a database anew, with nothing in it at all, on a replica's server as well."""
    with psycopg.connect(running.dsn("postgres"), autocommit=True, options="-c default_transaction_read_only=off") as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    running.ensure_database(name)


def settle(url: str) -> None:
    """What an earlier measurement left does not weigh on the next one."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        with connection.transaction():
            # Nothing lets a journal go but this: its owner, by hand.
            for table in ("disclosure", "disclosure_seal"):
                connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            connection.execute("TRUNCATE disclosure, disclosure_seal")
            connection.execute("UPDATE disclosure_chain SET place = 0, chain_hash = decode(repeat('00', 32), 'hex'), snapshot = NULL")
            for table in ("disclosure", "disclosure_seal"):
                connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def warm(url: str) -> None:
    """The database is in the server's memory, as on a day on which it is used."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
        connection.execute("SELECT pg_prewarm(oid) FROM pg_class WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace")
