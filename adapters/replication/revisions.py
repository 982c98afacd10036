"""Migrations of register and replicas in the right order (migrāciju secība).

What a revision adds, replicas have before the register sends it; what it drops, the register stops sending before replicas lose it. A
revision that changes what rows are known by says `order = "rebuilt"`: replicas are made anew from a copy afterwards.
"""

from typing import TYPE_CHECKING

from adapters.replication import gate, subscription
from adapters.replication.publication import bring_to, published_by, take_away
from adapters.replication.published import PUBLISHED
from adapters.replication.servers import Connection, administrator
from adapters.replication.shape import put_back
from core.database import migrate, migration_config

if TYPE_CHECKING:
    from alembic.script import Script

ADDITIVE, DROPPING, REBUILT = "additive", "dropping", "rebuilt"
OURS = "viis_replica"  # how the names of replicas' publications, slots, roles and subscriptions begin


def in_order(register: str) -> "list[Script]":
    """All revisions, the first one first."""
    from alembic.script import ScriptDirectory

    return list(ScriptDirectory.from_config(migration_config(register)).walk_revisions())[::-1]


def order_of(revision: "Script") -> str:
    """How a revision goes with replicas."""
    order = str(getattr(revision.module, "order", ADDITIVE))
    if order not in (ADDITIVE, DROPPING, REBUILT):
        raise ValueError(f"The revision {revision.revision} has the order {order}, which is none.")
    return order


def revision_of(database: Connection) -> str | None:
    """The revision that a database has; None when it has nothing yet."""
    if database.execute("SELECT to_regclass('public.alembic_version')").fetchall() == [(None,)]:
        return None
    rows = database.execute("SELECT version_num FROM public.alembic_version").fetchall()
    return str(rows[0][0]) if rows else None


def newest(register: str) -> str:
    """The newest revision that this program knows."""
    return in_order(register)[-1].revision


def migrate_all(register: str, replicas: list[str]) -> None:
    """Brings the register and these replicas to the newest revision."""
    revisions = in_order(register)
    with administrator(register) as connection:
        missing = {register: _missing(revisions, revision_of(connection))}
        for replica in replicas:
            with administrator(replica) as other:
                if (have := revision_of(other)) is None:
                    gate.close(other)
                missing[replica] = _missing(revisions, have)
        if not any(missing.values()):
            return
        _let_go(connection, missing[register])
    anew = [replica for replica in replicas if len(missing[replica]) < len(revisions) and REBUILT in map(order_of, missing[replica])]
    for replica in anew:
        make_anew(replica)
    for revision in revisions:
        places = [place for place in (*replicas, register) if revision in missing[place] and place not in anew]
        for place in places if order_of(revision) != DROPPING else reversed(places):
            _migrate(place, revision.revision, replica=place != register)
    for replica in anew:
        _migrate(replica, "head", replica=True)


def make_anew(replica: str) -> None:
    """Leaves nothing of a replica but its database, and lets nobody in until it is whole again."""
    with administrator(replica) as connection:
        gate.close(connection)
        for each in subscription.subscriptions(connection, OURS):
            subscription.drop(connection, each.name)
        connection.execute("DROP SCHEMA IF EXISTS replication CASCADE")
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def _missing(revisions: "list[Script]", have: str | None) -> "list[Script]":
    for position, revision in enumerate(revisions):
        if revision.revision == have:
            return revisions[position + 1 :]
    return revisions


def _let_go(register: Connection, missing: "list[Script]") -> None:
    """A published column cannot be dropped: what this program publishes no more is left out before, and all of it when all is made anew."""
    for (name,) in register.execute("SELECT pubname FROM pg_publication WHERE starts_with(pubname, %s)", [OURS]).fetchall():
        if REBUILT in map(order_of, missing):
            take_away(register, name)
            continue
        tables = published_by(register, name)
        kept = {table: [c for c in PUBLISHED[table] if c in columns] for table, columns in tables.items() if table in PUBLISHED}
        if kept:
            bring_to(register, name, kept)


def _migrate(place: str, revision: str, *, replica: bool) -> None:
    if replica:
        with administrator(place) as connection:
            put_back(connection)
    migrate(place, revision, replica=replica)
