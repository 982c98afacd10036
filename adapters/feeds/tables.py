"""What a municipality's database holds: the copy that the apply keeps, and the views that its system reads.

Everything is made in one transaction and can be made again over a copy that is there: views and comments are then as this version of the
program has them, the rows stay.
"""

import hashlib
from collections.abc import Iterator
from typing import LiteralString

from psycopg.sql import SQL, Composed, Identifier, Literal

from adapters.feeds.offered import VIEWS, View, places
from adapters.replication.servers import Connection

SCHEMA = "education"  # of the views; the copy itself is in `public`, as on the register

COPY = """
CREATE TABLE IF NOT EXISTS holding (
    entry_id bigint, entity text, municipality text, version bigint NOT NULL, hash bigint NOT NULL, content text[] NOT NULL,
    PRIMARY KEY (entry_id, entity, municipality));
CREATE TABLE IF NOT EXISTS checkpoint (
    audience text, entity text, position bigint NOT NULL, rows bigint NOT NULL, hash numeric(40, 0) NOT NULL,
    PRIMARY KEY (audience, entity));
CREATE TABLE IF NOT EXISTS heartbeat (id bigint PRIMARY KEY, at timestamptz NOT NULL);
"""
COPY_OF_HEALTH = """
ALTER TABLE holding ADD COLUMN IF NOT EXISTS full_hash bigint NOT NULL, ADD COLUMN IF NOT EXISTS health text[];
ALTER TABLE checkpoint ADD COLUMN IF NOT EXISTS full_hash numeric(40, 0) NOT NULL;
"""
# The apply passes a trigger of this kind; everybody else, the server's own administrator included, does not.
READ_ONLY = """
CREATE OR REPLACE FUNCTION refuse_writing() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'This is a copy: only the replication from the register writes here.'; END $$;
CREATE OR REPLACE TRIGGER read_only BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON holding EXECUTE FUNCTION refuse_writing();
CREATE OR REPLACE TRIGGER read_only BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON checkpoint EXECUTE FUNCTION refuse_writing();
CREATE OR REPLACE TRIGGER read_only BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON heartbeat EXECUTE FUNCTION refuse_writing();
"""
# As on the register: the first eight bytes of SHA-256 over entity, number and values with U+001F between them, as a signed number.
ENTRY_HASH = """
CREATE OR REPLACE FUNCTION entry_hash(entity text, entry_id bigint, content text[]) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE RETURN
    ('x' || encode(substr(sha256(convert_to(
        entity || chr(31) || entry_id || chr(31) || array_to_string(content, chr(31), ''), 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint
"""
# A sum of signed hashes as getCheckpoints shows it: modulo 2^64, sixteen hexadecimal digits.
ON_THE_WIRE = """
CREATE OR REPLACE FUNCTION on_the_wire(total numeric) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    lpad(to_hex((
        mod(mod(total, 18446744073709551616) + 27670116110564327424, 18446744073709551616) - 9223372036854775808)::bigint), 16, '0')
"""
CHECKPOINTS = """
CREATE VIEW {schema}.checkpoint AS
WITH held AS (
    SELECT municipality, entity, count(*) AS rows, on_the_wire(sum(entry_hash(entity, entry_id, {values}))) AS hash
    FROM holding GROUP BY municipality, entity)
SELECT nullif(municipality, 'public') AS municipality, entity, coalesce(h.rows, 0) AS rows, coalesce(h.hash, '0000000000000000') AS hash,
    coalesce(c.rows, 0) AS register_rows, on_the_wire(coalesce(c.{total}, 0)) AS register_hash, c.position AS register_position
FROM held h FULL JOIN (SELECT audience AS municipality, * FROM checkpoint) c USING (municipality, entity)
WHERE h.rows > 0 OR c.rows > 0
"""
CHECKPOINT_WORDS = (
    "Kontrolpunkti: cik rindu ir kopijā un to kontrolsumma, un cik to ir reģistrā (kā getCheckpoints). "
    "Checkpoints: how many rows this copy holds and their hash, computed here from the values; what the register counts."
)
FRESHNESS = "CREATE VIEW {schema}.freshness AS SELECT at AS data_as_of FROM heartbeat"
FRESHNESS_WORDS = (
    "Svaigums: viss, kas reģistrā ierakstīts līdz šim brīdim, šeit jau ir. "
    "Freshness: everything that was committed on the register up to this instant is here."
)


def make(connection: Connection, *, health: bool) -> None:
    """Makes or renews tables, views and their documentation, unless they are as they should be; the caller's transaction."""
    script = ";\n".join(statement.as_string(connection) for statement in statements(health=health))
    # Whoever reads a view is not disturbed for nothing.
    stamp = hashlib.sha256(script.encode()).hexdigest()
    [(found,)] = connection.execute("SELECT obj_description(to_regnamespace(%s), 'pg_namespace')", [SCHEMA]).fetchall()
    if found != stamp:
        connection.execute("SET LOCAL lock_timeout = '2min'")
        connection.execute(SQL(script))
        connection.execute(SQL("COMMENT ON SCHEMA {} IS {}").format(Identifier(SCHEMA), Literal(stamp)))


def statements(*, health: bool) -> Iterator[Composed]:
    """Everything that makes the database what it is, in order."""
    yield from map(_plain, [COPY, *([COPY_OF_HEALTH] if health else []), READ_ONLY, ENTRY_HASH, ON_THE_WIRE])
    yield from _indexes()
    schema = Identifier(SCHEMA)
    yield SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(schema)
    yield SQL("CREATE SCHEMA {}").format(schema)
    for view in VIEWS:
        yield from _view(view, health=health)
    values, total = (SQL("content || health"), SQL("full_hash")) if health else (SQL("content"), SQL("hash"))
    yield SQL(CHECKPOINTS).format(schema=schema, values=values, total=total)
    yield SQL(FRESHNESS).format(schema=schema)
    yield _comment("VIEW", (SCHEMA, "checkpoint"), CHECKPOINT_WORDS)
    yield _comment("VIEW", (SCHEMA, "freshness"), FRESHNESS_WORDS)


def _plain(statement: LiteralString) -> Composed:
    return Composed([SQL(statement)])


def _indexes() -> Iterator[Composed]:
    """Look-ups by the values that a municipality's system asks for; several entities have them at the same place."""
    wanted = {(place, view.entity) for view in VIEWS for column, place in places(view) if column.name in view.keys}
    for place in sorted({place for place, _ in wanted}):
        name = "holding_" + "".join(letter for letter in place if letter.isalnum())
        yield SQL("CREATE INDEX IF NOT EXISTS {} ON holding (entity, ({})) WHERE entity IN ({})").format(
            Identifier(name), SQL(place), SQL(", ").join(Literal(entity) for its, entity in sorted(wanted) if its == place)
        )


def _view(view: View, *, health: bool) -> Iterator[Composed]:
    shown = [(column, place) for column, place in places(view) if health or not column.health]
    columns = SQL(", ").join(SQL("{}::{} AS {}").format(SQL(place), SQL(column.type), Identifier(column.name)) for column, place in shown)
    yield SQL("CREATE VIEW {} AS SELECT entry_id, version, {} FROM holding WHERE entity = {}").format(
        Identifier(SCHEMA, view.name), columns, Literal(view.entity)
    )
    yield _comment("VIEW", (SCHEMA, view.name), f"{view.latvian}. {view.english}.")
    yield _comment("COLUMN", (SCHEMA, view.name, "entry_id"), "ieraksta numurs, nemainās / number of the entry, never changes")
    yield _comment("COLUMN", (SCHEMA, view.name, "version"), "ieraksta versija / version of the entry")
    for column, _ in shown:
        yield _comment("COLUMN", (SCHEMA, view.name, column.name), f"{column.latvian} / {column.english}")


def _comment(kind: LiteralString, name: tuple[str, ...], words: str) -> Composed:
    return SQL("COMMENT ON {} {} IS {}").format(SQL(kind), Identifier(*name), Literal(words))
