"""How the copies are doing: what each holds, how far it is behind, and what it holds back on the register."""

from collections.abc import Sequence
from typing import NamedTuple

import psycopg

from adapters.feeds.place import Place
from adapters.replication.health import Slot, slots
from adapters.replication.servers import Connection

COPY = """
SELECT (SELECT count(*) FROM holding),
    (SELECT count(*) FROM pg_subscription_rel WHERE srsubstate <> 'r'),
    (SELECT subenabled FROM pg_subscription WHERE subname = current_database()),
    (SELECT apply_error_count + sync_error_count FROM pg_stat_subscription_stats WHERE subname = current_database()),
    (SELECT at FROM heartbeat),
    (SELECT rolcanlogin FROM pg_roles WHERE rolname = current_database())
"""


class State(NamedTuple):
    """One copy: in a word how it is, its rows, how many seconds and bytes it is behind, the WAL that the register keeps for it."""

    word: str
    rows: int | None = None
    seconds: float | None = None
    bytes_behind: int | None = None
    wal_held_back: int | None = None
    errors: int | None = None


def states(place: Place, names: Sequence[str]) -> dict[str, State]:
    """The state of each of these copies, by the name of its database."""
    with place.on_register() as register:
        found = {slot.name: slot for slot in slots(register)}
        return {name: _state(place, register, name, found.get(name)) for name in names}


def _state(place: Place, register: Connection, name: str, slot: Slot | None) -> State:
    behind, held_back = (None, None) if slot is None else (slot.behind, slot.held_back)
    try:
        with place.on_server(name) as copy:
            rows, unfinished, enabled, errors, heartbeat, login = copy.execute(COPY).fetchall()[0]
    except psycopg.errors.UndefinedTable:
        return State("half made", None, None, behind, held_back)
    except psycopg.OperationalError:
        return State("no database" if slot is None else "not reached", None, None, behind, held_back)
    [(seconds,)] = register.execute("SELECT extract(epoch FROM at - %s)::float FROM heartbeat", [heartbeat]).fetchall() or [(None,)]
    if slot is not None and slot.status == "lost":
        word = "lost"
    elif slot is None or enabled is None or (not login and not unfinished):
        word = "half made"
    elif unfinished:
        word = "copying"
    elif not enabled:
        word = "stopped"
    else:
        word = "following" if slot.active else "not connected"
    return State(word, rows, seconds, behind, held_back, errors)
