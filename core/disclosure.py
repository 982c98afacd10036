"""Disclosures (datu izsniegšanas žurnāls): who was told about whom, committed before the answer leaves.

One row per answer, whatever the number of persons in it. The row never holds the data itself, and its hash covers everything that it says,
so that a change of a row can be found. Rows are written side by side; `core.disclosures` puts them into a chain a moment later.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from core.connections import KeptSessions
from core.errors import RegisterUnavailable
from core.reading import instant

# How `data_as_of` is given; the register keeps it as an instant, and the hash of what it keeps must be the same.
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")

INSERT = """
INSERT INTO disclosure (disclosed_at, message_id, client, user_id, on_behalf_of, issue, operation, purpose, legal_basis,
                        data_as_of, outcome, persons, hidden_until, row_hash)
VALUES (%(disclosed_at)s, %(message_id)s, %(client)s, %(user)s, %(on_behalf_of)s, %(issue)s, %(operation)s, %(purpose)s, %(legal_basis)s,
        %(data_as_of)s, %(outcome)s, %(persons)s::bigint[], %(hidden_until)s, %(row_hash)s)
"""


class Disclosure(NamedTuple):
    """One answer about people (izsniegtie dati): to whom, for whom, on what basis, how it ended, about whom.

    `hidden_until`: the law keeps it from the persons until then.
    """

    disclosed_at: datetime
    message_id: str
    client: str
    user: str | None
    on_behalf_of: str | None
    issue: str | None
    operation: str
    purpose: str
    legal_basis: str
    data_as_of: str | None
    outcome: str
    persons: Sequence[int]
    hidden_until: datetime | None = None


def row_hash(disclosure: Disclosure) -> bytes:
    """SHA-256 over every field, each with its length, so that nothing can move from one field to its neighbour."""
    said = disclosure[1:-2]
    as_of = disclosure.data_as_of
    if as_of is not None and not INSTANT.fullmatch(as_of):
        said = disclosure._replace(data_as_of=instant(datetime.fromisoformat(as_of)))[1:-2]
    hidden = None if disclosure.hidden_until is None else _text(disclosure.hidden_until)
    return hash_of(said, _text(disclosure.disclosed_at), ",".join(map(str, disclosure.persons)), hidden)


def hash_of(said: Iterable[str | None], disclosed_at: str, persons: str, hidden_until: str | None) -> bytes:
    """The hash of a row from its fields as texts: message id to outcome, the instant, the persons with commas, until when it is hidden."""
    parts = ["-" if value is None else f"{len(value)}:{value}" for value in said]
    parts += [disclosed_at, persons]
    if hidden_until is not None:
        parts.append(hidden_until)
    return hashlib.sha256("|".join(parts).encode()).digest()


def parameters(disclosure: Disclosure) -> dict[str, Any]:
    """What INSERT takes for a row."""
    values = disclosure._asdict()
    values["persons"] = "{" + ",".join(map(str, disclosure.persons)) + "}"
    values["row_hash"] = row_hash(disclosure)
    return values


def record(journal: KeptSessions, disclosure: Disclosure) -> None:
    """Adds the row and commits it, before a byte of the answer is sent; RegisterUnavailable when that cannot be done."""
    try:
        journal.execute(INSERT, parameters(disclosure))
    except (psycopg.Error, SQLAlchemyError) as error:
        # Whatever the register's reason: what is not recorded is not said.
        raise RegisterUnavailable from error


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
