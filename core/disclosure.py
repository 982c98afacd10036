"""Disclosures (datu izsniegšanas žurnāls): who was told about whom, committed before the answer leaves.

One row per answer, whatever the number of persons in it. The row never holds the data itself, and its hash covers everything that it says,
so that a change of a row can be found.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from core.connections import KeptSessions
from core.errors import RegisterUnavailable

INSERT = """
INSERT INTO disclosure (disclosed_at, message_id, client, user_id, on_behalf_of, issue, operation, purpose, legal_basis,
                        data_as_of, outcome, persons, row_hash)
VALUES (%(disclosed_at)s, %(message_id)s, %(client)s, %(user)s, %(on_behalf_of)s, %(issue)s, %(operation)s, %(purpose)s, %(legal_basis)s,
        %(data_as_of)s, %(outcome)s, %(persons)s::bigint[], %(row_hash)s)
"""


class Disclosure(NamedTuple):
    """One answer about people (izsniegtie dati): to whom, for whom, on what basis, how it ended, about whom."""

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


def row_hash(disclosure: Disclosure) -> bytes:
    """SHA-256 over every field, each with its length, so that nothing can move from one field to its neighbour."""
    parts = []
    for value in disclosure[1:-1]:
        parts.append("-" if value is None else f"{len(str(value))}:{value}")
    parts.append(disclosure.disclosed_at.astimezone(UTC).isoformat(timespec="microseconds"))
    parts.append(",".join(map(str, disclosure.persons)))
    return hashlib.sha256("|".join(parts).encode()).digest()


def record(journal: KeptSessions, disclosure: Disclosure) -> None:
    """Adds the row and commits it, before a byte of the answer is sent; RegisterUnavailable when that cannot be done."""
    values = disclosure._asdict()
    values["persons"] = "{" + ",".join(map(str, disclosure.persons)) + "}"
    values["row_hash"] = row_hash(disclosure)
    try:
        journal.execute(INSERT, values)
    except (psycopg.Error, SQLAlchemyError) as error:
        # Whatever the register's reason: what is not recorded is not said.
        raise RegisterUnavailable from error
