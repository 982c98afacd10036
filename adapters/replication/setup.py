"""Everything of replication, in the right order (replikācijas iestatīšana): as often as one likes, what is there already is left alone."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.replication import gate, publication, subscription
from adapters.replication.published import PUBLISHED
from adapters.replication.revisions import OURS, migrate_all, newest, revision_of
from adapters.replication.servers import Connection, administrator, each_host, place_of
from adapters.replication.shape import shape
from core.database import libpq_address
from core.disclosures import copies

ALONE = "hashtext('viis replication')"
ATTEMPTS = 3
ADDRESS = ("host", "hostaddr", "port", "dbname", "sslmode", "sslrootcert")
SAME = "SELECT (SELECT system_identifier FROM pg_control_system()), oid FROM pg_database WHERE datname = current_database()"
Told = Callable[[str], None]


class Replication(NamedTuple):
    """Who replicates to whom (replikācija): the register, each replica, and the register as the replicas' servers reach it.

    All are addresses of administrators. `name` is that of the only replica of an embedded register.
    """

    register: str
    replicas: tuple[str, ...]
    reached_by: str
    name: str = ""

    def name_of(self, replica: Connection, address: str) -> str:
        """What a replica's publication, slot, role and subscription are called: as they are, or by its host and port."""
        found = subscription.subscriptions(replica, OURS)
        parts = conninfo_to_dict(libpq_address(address))
        derived = f"viis_replica_{parts.get('host') or 'localhost'}_{parts.get('port') or 5432}_{parts.get('dbname') or ''}"
        return found[0].name if found else self.name or re.sub("[^a-z0-9]+", "_", derived.lower())[:63]


def replication(register_url: str, replica_url: str, reached_by: str = "", name: str = "") -> Replication:
    """The replication between these addresses; the replica's may name several hosts."""
    parts = conninfo_to_dict(libpq_address(register_url))
    # The administrator's name and password are not for the replicas.
    place = make_conninfo(**{key: str(value) for key, value in parts.items() if key in ADDRESS})
    return Replication(libpq_address(register_url), tuple(each_host(replica_url)), libpq_address(reached_by) or place, name)


@contextmanager
def alone(address: str) -> Iterator[Connection]:
    """A server, while no other program sets it up, migrates or repairs it, and no statement of one that was killed is at work any more."""
    with administrator(address) as connection:
        connection.execute(f"SELECT pg_advisory_lock({ALONE})")
        yield connection


def migrate_both(who: Replication, told: Told) -> None:
    """Brings the register and every replica that can be reached to the newest schema."""
    reached = [replica for replica in who.replicas if _answers(replica, told)]
    with alone(who.register) as register:
        for address in reached:
            with administrator(address) as replica:
                _refuse_what_is_no_replica(register, replica, address)
        migrate_all(who.register, reached)


class NotAReplica(Exception):
    """A database that is something else: setting it up as a replica would destroy it."""


class NotLogical(Exception):
    """A register whose server does not write what replication needs."""


def _refuse_what_is_no_replica(register: Connection, replica: Connection, address: str) -> None:
    place = place_of(address)
    if register.execute(SAME).fetchall() == replica.execute(SAME).fetchall():
        raise NotAReplica(f"{place} is the register itself, by another address.")
    with_tables = revision_of(replica) is not None
    ours = replica.execute("SELECT to_regclass('replication.set_aside')").fetchall() != [(None,)]
    # What was migrated as a replica and not yet shaped has no rows.
    if with_tables and not ours and replica.execute("SELECT FROM code_list LIMIT 1").rowcount:
        raise NotAReplica(f"{place} holds a register of its own.")


def follow(who: Replication, told: Told) -> None:
    """Has every replica that can be reached follow the register, with everything copied, and take readers."""
    for replica in who.replicas:
        # Whoever is away was told of when both sides were migrated.
        if _answers(replica, lambda _: None):
            with alone(who.register) as register, alone(replica) as connection:
                # One that came back a moment ago has not been migrated.
                if revision_of(connection) == newest(who.register):
                    follow_with(who, register, connection, replica, told)


def follow_with(who: Replication, register: Connection, replica: Connection, address: str, told: Told) -> None:
    """Has one replica follow the register: subscribed, published to it what the lists say, copied, open."""
    name = who.name_of(replica, address)
    # A copy of everything stands in the journal before it is filled.
    copies.stand(register.execute, name, datetime.now(UTC))
    shape(replica, newest(who.register))
    if not _holds(register, replica, name):
        subscribe(who, register, replica, address, told)
    else:
        _keep_right(who, register, replica, name)
    if not (_is_whole(replica, name) and gate.is_open(replica)):
        _fill(register, replica, name, told)
        gate.open_again(replica)


def subscribe(who: Replication, register: Connection, replica: Connection, address: str, told: Told) -> None:
    """Makes the subscription of a replica anew; what it held is copied again."""
    name = who.name_of(replica, address)
    if register.execute("SHOW wal_level").fetchall() != [("logical",)]:
        raise NotLogical("The register's server must have wal_level = logical for replication. Set it there and start that server again.")
    told(f"The replica {place_of(address)} is filled from the register.")
    gate.close(replica)
    publication.drop_slot(register, name, subscription.drop(replica, name))
    publication.bring_to(register, name, PUBLISHED)
    password = publication.give_role(register, name, PUBLISHED)
    subscription.empty(replica, list(PUBLISHED))
    subscription.create(replica, name, subscription.connection_string(who.reached_by, name, password))


def _holds(register: Connection, replica: Connection, name: str) -> bool:
    """Whether there is a subscription, and a slot that still has what the replica lacks."""
    slots = register.execute(
        "SELECT wal_status FROM pg_replication_slots WHERE slot_name = %s AND database = current_database()", [name]
    ).fetchall()
    return (
        bool(subscription.subscriptions(replica, name))
        and bool(slots)
        and slots != [("lost",)]
        and bool(publication.published_by(register, name))
    )


def _keep_right(who: Replication, register: Connection, replica: Connection, name: str) -> None:
    """Address, publication and rights as they are to be; tables that got columns are copied again."""
    [known] = subscription.subscriptions(replica, name)
    parts: dict[str, Any] = conninfo_to_dict(known.connection)
    wanted = subscription.connection_string(who.reached_by, str(parts.get("user") or name), str(parts.get("password") or ""))
    if conninfo_to_dict(wanted) != parts:
        replica.execute(sql.SQL("ALTER SUBSCRIPTION {} CONNECTION {}").format(sql.Identifier(name), sql.Literal(wanted)))
    if not known.enabled:
        # Stopped by somebody, or never started by a program that was killed.
        subscription.enable(replica, name)
    before = publication.published_by(register, name)
    if before == {table: set(columns) for table, columns in PUBLISHED.items()}:
        return
    publication.allow(register, name, PUBLISHED)
    grown = [table for table, columns in before.items() if not set(PUBLISHED.get(table, ())) <= columns]
    if grown or not set(PUBLISHED) <= set(before):
        gate.close(replica)
    subscription.copy_again(register, replica, name, grown, PUBLISHED)


def _is_whole(replica: Connection, name: str) -> bool:
    return set(subscription.states(replica, name).values()) == {"r"}


def _fill(register: Connection, replica: Connection, name: str, told: Told) -> None:
    """Waits for the first copies; a copy that a kill broke off at its end is made again."""
    again = subscription.stranded(register, replica, name)
    for _ in range(ATTEMPTS):
        if again:
            told(f"Copied again: {', '.join(again)}.")
            gate.close(replica)
            subscription.copy_again(register, replica, name, again, PUBLISHED)
        try:
            return subscription.wait_until_copied(replica, name)
        except subscription.NotCopied as failed:
            again = list(failed.tables)
    raise subscription.NotCopied(again)


def _answers(replica: str, told: Told) -> bool:
    try:
        with administrator(replica) as connection:
            if connection.execute("SELECT FROM pg_roles WHERE rolname = session_user AND rolsuper").rowcount:
                return True
        # Who only reads there has it set up by somebody else.
        told(f"The replica {place_of(replica)} is left as it is: the address is not that of its administrator.")
        return False
    except psycopg.OperationalError:
        told(
            f"The replica {place_of(replica)} cannot be reached; it is left as it is. `viis replication setup` brings it up to date later."
        )
        return False
