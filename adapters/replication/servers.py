"""The servers of replication (replikācijas serveri): their addresses, and connections that may set things up."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from core.database import libpq_address

Connection = psycopg.Connection[tuple[Any, ...]]

# A choice between hosts has no meaning for one of them.
OF_SEVERAL = ("load_balance_hosts", "target_session_attrs")
PATIENCE = 5  # seconds until a server that does not answer counts as away


def each_host(address: str) -> list[str]:
    """The address of every host that libpq would choose from (`postgresql://u:p@h1:1,h2:2/db`), in their order."""
    parts: dict[str, Any] = {name: value for name, value in conninfo_to_dict(libpq_address(address)).items() if name not in OF_SEVERAL}
    hosts, addresses, ports = (str(parts.pop(name, None) or "").split(",") for name in ("host", "hostaddr", "port"))
    count = max(len(hosts), len(addresses))
    columns = {"host": hosts, "hostaddr": addresses, "port": ports}
    found = []
    for number in range(count):
        # One port is that of all hosts.
        own = {name: values[number if len(values) == count else 0] for name, values in columns.items()}
        found.append(make_conninfo(**parts, **{name: value for name, value in own.items() if value}))
    return found


@contextmanager
def administrator(address: str, database: str | None = None) -> Iterator[Connection]:
    """A connection that may write even where the server makes all others read-only; each statement is a transaction of its own."""
    parts: dict[str, Any] = conninfo_to_dict(libpq_address(address))
    options = f"{parts.pop('options', '')} -c default_transaction_read_only=off -c jit=off".strip()
    parts |= {"options": options, "application_name": "viis replication", "connect_timeout": parts.get("connect_timeout") or PATIENCE}
    if database is not None:
        parts["dbname"] = database
    with psycopg.connect(make_conninfo(**parts), autocommit=True) as connection:
        yield connection


def place_of(address: str) -> str:
    """A server and its database as people are told of it: without user and password."""
    parts = conninfo_to_dict(libpq_address(address))
    return f"{parts.get('host') or 'localhost'}:{parts.get('port') or 5432}/{parts.get('dbname') or ''}"
