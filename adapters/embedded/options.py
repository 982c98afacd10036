"""The server's settings, sensible for a register on loopback, and its port."""

import logging
import secrets
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

from adapters.embedded import memory
from adapters.embedded.errors import EmbeddedError
from adapters.embedded.home import Home

LOOPBACK = "127.0.0.1"
PORTS = range(15_000, 32_000)  # below the ports that the system gives to outgoing connections
LOGS_KEPT = 5

SETTINGS: Mapping[str, str] = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",  # a socket's path has at most 107 bytes, a clone's path may be longer
    "cluster_name": "viis",
    "max_connections": "100",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "synchronous_commit": "on",
    "wal_level": "logical",
    # A replica that is away longer than this much change must be copied anew; a million rows make about 0.4 GB.
    "max_slot_wal_keep_size": "8GB",
    # Each replica and each municipality's database has a sender and a slot, and for a moment one more for each table that is copied.
    "max_wal_senders": "100",
    "max_replication_slots": "100",
    # Files of the log are written over instead of made anew: making one is waited for by whoever commits.
    "min_wal_size": "512MB",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgresql-%Y-%m-%d_%H%M%S.log",
    "log_file_mode": "0600",
    "log_rotation_size": "10MB",
    "log_rotation_age": "1d",
    # What the server would tell of a failed statement are values: personal codes, names. The program hears of the
    # failure and logs it without them; the server's log keeps the server's own life.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_autovacuum_min_duration": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_lock_waits": "off",
    "log_temp_files": "-1",
    "log_checkpoints": "off",
}

# What the server of the replication database has besides. Each municipality's database has a worker that applies, and an origin.
REPLICA: Mapping[str, str] = {
    "default_transaction_read_only": "on",
    "max_logical_replication_workers": "80",
    "max_worker_processes": "100",
    "max_sync_workers_per_subscription": "4",
    "max_active_replication_origins": "100",
    "wal_retrieve_retry_interval": "1s",
    # Which kind of process speaks, and the error's code: the apply's own errors are logged, see adapters/replication/subscription.py.
    "log_line_prefix": "%m [%p] %b %e ",
}
# Settings that older servers do not know; what they have instead stands above.
SINCE = {"max_active_replication_origins": 18}

log = logging.getLogger(__name__)


def arguments(port: int, settings: Mapping[str, str], major: int) -> Iterator[str]:
    """The settings as the command line of a server of this version takes them."""
    for name, value in {**SETTINGS, **memory.settings(), **settings, "port": str(port)}.items():
        if SINCE.get(name, 0) <= major:
            yield "-c"
            yield f"{name}={value}"


def port_of(home: Home) -> int:
    """The port of this home: as chosen once, and chosen anew only when another program has taken it."""
    try:
        stored = int(home.port.read_text())
    except (FileNotFoundError, ValueError):
        return _store(home, _choose())
    if is_free(stored):
        return stored
    chosen = _store(home, _choose())
    log.warning(
        "Port %s of the embedded database is taken by another program, so the database uses port %s from now on.",
        stored,
        chosen,
    )
    return chosen


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of loopback now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _choose() -> int:
    for _ in range(1_000):
        if is_free(port := secrets.choice(PORTS)):
            return port
    raise EmbeddedError(
        f"The embedded database cannot be started: no free port was found between {PORTS.start} and {PORTS.stop} "
        "on this machine. End programs that are not needed and start again."
    )


def _store(home: Home, port: int) -> int:
    new = home.port.with_suffix(".new")
    new.write_text(f"{port}\n")
    new.chmod(0o644)
    new.rename(home.port)
    return port


def prune_logs(cluster: Path) -> None:
    """Keep the newest of the server's logs."""
    for old in sorted((cluster / "log").glob("postgresql-*.log"))[:-LOGS_KEPT]:
        old.unlink(missing_ok=True)
