"""Who is let in (pg_hba.conf): the logins of municipalities' systems to the database of their own name, and nowhere else.

The lines speak of the group, so they are written once, hold for every copy that comes, and stand before all others: the first line that
fits decides. "all" does not mean replication connections, which is why these have a line of their own.
"""

import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from adapters.feeds.errors import FeedError
from adapters.feeds.rights import GROUP
from adapters.replication.servers import Connection

BEGIN, END = "# viis feed: begin", "# viis feed: end"
PATIENCE = 10.0
Connect = Callable[[], AbstractContextManager[Connection]]
PROVEN = ("scram-sha-256", "cert")
REJECTED = {("host", "all"), ("host", "replication"), ("local", "all"), ("local", "replication")}
RULES = "SELECT type, database, user_name, address, auth_method, error FROM pg_hba_file_rules ORDER BY rule_number"


class Rule(NamedTuple):
    """A line of pg_hba.conf as the server reads it."""

    type: str
    databases: list[str]
    users: list[str]
    address: str | None
    method: str
    error: str | None


def lines(kind: str) -> tuple[str, ...]:
    """The lines of pg_hba.conf; `kind` is host on loopback, hostssl where the address is reached over a network."""
    return (
        f"{kind} sameuser +{GROUP} all scram-sha-256",
        f"host all +{GROUP} all reject",
        f"host replication +{GROUP} all reject",
        f"local all +{GROUP} reject",
        f"local replication +{GROUP} reject",
    )


def admit(connect: Connect) -> None:
    """Writes the lines into the file of a server of ours, at its head, and waits until the server goes by them."""
    with connect() as connection:
        [(file,)] = connection.execute("SHOW hba_file").fetchall()
    hba = Path(file)
    text = hba.read_text()
    block = "\n".join([BEGIN, *lines("host"), END, ""])
    head, found, rest = text.partition(BEGIN)
    wanted = block + (head + rest.partition(END + "\n")[2] if found else text)
    if wanted != text:
        _replace(hba, wanted)
    with connect() as connection:
        # Also when nothing was written: whoever wrote it may have ended before the server heard of it.
        reload(connection, connect)
        if not in_force(connection):
            raise FeedError(
                f"The lines that keep municipalities' logins in their databases do not stand first in {hba}. Look into that file."
            )


def in_force(connection: Connection) -> bool | None:
    """Whether such lines stand first in the server's file and none of it is wrong; None when we may not look."""
    if connection.execute("SELECT has_function_privilege('pg_hba_file_rules()', 'EXECUTE')").fetchall() != [(True,)]:
        return None
    rules = [Rule(*row) for row in connection.execute(RULES).fetchall()]
    ours = list(takewhile(lambda rule: rule.users == [f"+{GROUP}"], rules))
    rejected = {(rule.type, *rule.databases) for rule in ours if rule.method == "reject" and rule.address in (None, "all")}
    admitted = [rule for rule in ours if rule.method != "reject"]
    return (
        not any(rule.error for rule in rules)
        and rejected >= REJECTED
        and all(rule.databases == ["sameuser"] and rule.method in PROVEN for rule in admitted)
    )


def _replace(hba: Path, text: str) -> None:
    """The whole file or the old one, whatever happens, with the owner and the mode that it had."""
    new = hba.with_suffix(".new")
    found = hba.stat()
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fchown(descriptor, found.st_uid, found.st_gid)
        os.fchmod(descriptor, found.st_mode & 0o777)
        os.fsync(descriptor)
    new.rename(hba)


def reload(connection: Connection, connect: Connect) -> None:
    """A new session has the postmaster's view of when its settings were read: when that has moved, the new lines count."""
    [before] = connection.execute("SELECT pg_conf_load_time()").fetchone() or [None]
    connection.execute("SELECT pg_reload_conf()")
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with connect() as fresh:
            if (fresh.execute("SELECT pg_conf_load_time()").fetchone() or [None])[0] != before:
                return
        time.sleep(0.02)
    raise FeedError(f"The replica's server did not read its settings again within {PATIENCE:.0f} seconds. Do the same again.")
