"""How replication stands (replikācijas stāvoklis): what a person looks at, and what monitoring is told.

A state is judged by two looks with a moment between: a worker that restarts and a table that is being copied are nothing, errors that
grow and copies that stand still are.
"""

import time
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

import psycopg

from adapters.replication import gate, subscription
from adapters.replication.revisions import OURS
from adapters.replication.servers import Connection, administrator, place_of
from adapters.replication.setup import Replication

LATE_AFTER = 60.0  # seconds
HEART_STOPS_AFTER = 15.0
NEARLY = 0.25  # of the room that the slot has, when it is time to look
BETWEEN_LOOKS = 3.0

# Whether the sender's process lives, what the subscriber has confirmed, what is held back for it, and how much more may be.
SLOTS = """
SELECT slot_name, active, wal_status, coalesce(invalidation_reason, ''),
    pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::bigint, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint,
    safe_wal_size
FROM pg_replication_slots WHERE slot_type = 'logical' AND database = current_database() ORDER BY slot_name
"""
# invalidation_reason came with 17.
SLOTS_OF_16 = SLOTS.replace("coalesce(invalidation_reason, '')", "''")
WORKERS = "SELECT count(*) FILTER (WHERE pid IS NOT NULL AND relid IS NULL) > 0 FROM pg_stat_subscription WHERE subname = %s"
ERRORS = "SELECT apply_error_count, sync_error_count FROM pg_stat_subscription_stats WHERE subname = %s"
# The newest of the server's log, where it is ours; a line holds a code and a sentence, and no values.
LOG_LENGTH = 65536
LOG = """
SELECT pg_read_file(name, greatest(0, (pg_stat_file(name)).size - %(length)s), %(length)s)
FROM (SELECT pg_current_logfile() AS name) log WHERE name IS NOT NULL AND current_setting('log_line_prefix') LIKE '%%%%b %%%%e%%'
"""


class Severity(IntEnum):
    """As monitoring programs count it; the command's exit code."""

    FINE = 0
    LATE = 1
    BROKEN = 2


class Complaint(NamedTuple):
    """What is not as it should be, and what to do."""

    severity: Severity
    sentence: str


class Slot(NamedTuple):
    """A slot of the register (replikācijas vieta): what the register keeps for one subscriber."""

    name: str
    active: bool
    status: str | None
    invalidation: str
    behind: int | None
    held_back: int | None
    room: int | None


class Look(NamedTuple):
    """A replica at one moment."""

    name: str
    enabled: bool | None
    works: bool
    states: dict[str, str]
    stranded: list[str]
    apply_errors: int
    copy_errors: int
    lag: float | None
    takes_readers: bool
    last_error: str


class Health(NamedTuple):
    """How one replica stands."""

    place: str
    look: Look | None
    slot: Slot | None
    complaints: list[Complaint]

    @property
    def severity(self) -> Severity:
        """The worst of the complaints."""
        return max((complaint.severity for complaint in self.complaints), default=Severity.FINE)


def slots(register: Connection) -> list[Slot]:
    """All slots of the register, whoever they are for: each holds back what its subscriber has not taken."""
    statement = SLOTS if register.info.server_version >= 170000 else SLOTS_OF_16
    return [Slot(*row) for row in register.execute(statement)]


def forsaken(register: Connection, found: Sequence[Health]) -> list[str]:
    """Slots of replicas that are none of these and take nothing: they hold back changes until the limit."""
    known = {each.look.name for each in found if each.look is not None}
    if any(each.look is None for each in found):
        return []  # one of them may belong to the replica that cannot be asked
    return [slot.name for slot in slots(register) if slot.name.startswith(OURS) and slot.name not in known and not slot.active]


def health(who: Replication) -> list[Health]:
    """How each replica stands."""
    with administrator(who.register) as register:
        return [_of(who, register, address) for address in who.replicas]


def _of(who: Replication, register: Connection, address: str) -> Health:
    try:
        with administrator(address) as replica:
            name = who.name_of(replica, address)
            first = second = look(register, replica, name)
            if first.apply_errors or first.copy_errors or not first.works or set(first.states.values()) != {"r"}:
                time.sleep(BETWEEN_LOOKS)
                second = look(register, replica, name)
    except psycopg.OperationalError:
        away = Complaint(Severity.BROKEN, "It cannot be reached. Start it; it goes on where it was.")
        return Health(place_of(address), None, None, [away])
    slot = next((slot for slot in slots(register) if slot.name == name), None)
    return Health(place_of(address), second, slot, [*_about_slot(slot), *_about_apply(first, second), *_about_time(register, second)])


def look(register: Connection, replica: Connection, name: str) -> Look:
    """A replica now."""
    found = [each.enabled for each in subscription.subscriptions(replica, name) if each.name == name]
    [[works]] = replica.execute(WORKERS, [name]).fetchall()
    [(apply_errors, copy_errors)] = replica.execute(ERRORS, [name]).fetchall() or [(0, 0)]
    log = replica.execute(LOG, {"length": LOG_LENGTH}).fetchall()
    return Look(
        name,
        found[0] if found else None,
        bool(works),
        subscription.states(replica, name),
        subscription.stranded(register, replica, name),
        apply_errors,
        copy_errors,
        _lag(register, replica),
        gate.is_open(replica),
        _last_error(log[0][0] if log else ""),
    )


def _lag(register: Connection, replica: Connection) -> float | None:
    """How many seconds ago the register looked as the replica does now; nothing when it has never been filled."""
    if replica.execute("SELECT to_regclass('public.heartbeat')").fetchall() == [(None,)]:
        return None
    # The replica first: what is applied meanwhile must not count as lag.
    applied = replica.execute("SELECT at FROM public.heartbeat").fetchall()
    if not applied:
        return None
    [[lag]] = register.execute(
        "SELECT CASE WHEN at <= %(applied)s THEN 0 ELSE extract(epoch FROM clock_timestamp() - %(applied)s)::float END FROM heartbeat",
        {"applied": applied[0][0]},
    ).fetchall()
    return max(0.0, float(lag))


def _last_error(log: str) -> str:
    said = [line for line in log.splitlines() if "logical replication" in line and "ERROR:" in line]
    return said[-1].split("logical replication", 1)[1].split(None, 1)[-1] if said else ""


def _about_slot(slot: Slot | None) -> list[Complaint]:
    if slot is None:
        return [Complaint(Severity.BROKEN, "The register has no slot for it. `viis replication repair` copies it again.")]
    if slot.status == "lost" or slot.invalidation:
        lost = "What it lacked is no longer kept: the slot was beyond max_slot_wal_keep_size. `viis replication repair` copies it again."
        return [Complaint(Severity.BROKEN, lost)]
    if slot.room is not None and slot.held_back and slot.room < NEARLY * (slot.room + slot.held_back):
        return [Complaint(Severity.LATE, f"Only {slot.room >> 20} MB of changes more are kept for it. Find out why it does not take them.")]
    return []


def _about_apply(first: Look, second: Look) -> list[Complaint]:
    if second.enabled is None:
        return [Complaint(Severity.BROKEN, "It has no subscription. `viis replication repair` copies it again.")]
    if not second.enabled:
        return [Complaint(Severity.BROKEN, "Its subscription was stopped by somebody. `viis replication repair` starts it again.")]
    found = []
    if second.apply_errors > first.apply_errors:
        found.append(
            Complaint(Severity.BROKEN, "The apply fails again and again. The server's log says why; `viis replication repair --all`.")
        )
    elif not (first.works or second.works):
        found.append(Complaint(Severity.BROKEN, "Nothing applies what the register sends. Can its server reach the register?"))
    others = [table for table, state in second.states.items() if state != "r"]
    stuck = [table for table in second.stranded if table in first.stranded]
    if stuck or second.copy_errors > first.copy_errors:
        names = ", ".join(stuck or others)
        found.append(Complaint(Severity.BROKEN, f"The copy of {names} does not come to its end. `viis replication repair` copies again."))
    elif others:
        found.append(Complaint(Severity.LATE, f"{len(others)} of {len(second.states)} tables are being copied. Wait."))
    elif not second.takes_readers:
        found.append(Complaint(Severity.LATE, "It takes no readers. `viis replication setup` lets them in when everything is copied."))
    return found


def _about_time(register: Connection, seen: Look) -> list[Complaint]:
    if seen.lag is not None and seen.lag > LATE_AFTER:
        return [Complaint(Severity.LATE, f"It is {seen.lag:.0f} seconds behind.")]
    [[age]] = register.execute("SELECT extract(epoch FROM clock_timestamp() - at)::float FROM heartbeat").fetchall()
    if age > HEART_STOPS_AFTER:
        silent = f"The register's heart has not beaten for {age:.0f} seconds, so answers seem that old. Does `viis serve` run?"
        return [Complaint(Severity.LATE, silent)]
    return []
