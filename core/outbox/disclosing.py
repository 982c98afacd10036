"""Messages about people are disclosures, too (izsniegtie dati): recorded when a message is claimed for the first time, before it is sent.

Who is told, about whom, in which message; why stands in the grant by which the receiver registers its applicants.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from core.connections import cursor
from core.disclosure import INSERT, Disclosure, row_hash

OPERATION, REGISTERING = "avus-intake.deliverMessage", ["achievements.registerApplicants", "achievements.**"]
GRANTS = """
SELECT DISTINCT ON (client) client, purpose, legal_basis FROM access_grant
WHERE client = ANY(%(clients)s) AND operation = ANY(%(operations)s) AND valid @> current_date ORDER BY client, operation DESC"""

Told = tuple[str, str, int, str]  # client, message id, person, the instant at which the message is true


def disclose(session: Session, messages: Sequence[Told], now: datetime) -> None:
    """Writes messages into the journal, in the transaction that claims them."""
    if not messages:
        return
    asked = {"clients": sorted({client for client, *_ in messages}), "operations": REGISTERING}
    grants = {client: (purpose, basis) for client, purpose, basis in cursor(session).execute(GRANTS, asked).fetchall()}
    rows = [
        Disclosure(now, message, client, None, None, None, OPERATION, *grants.get(client, ("", "")), data_as_of, "ok", [person])
        for client, message, person, data_as_of in messages
    ]
    values = [{**row._asdict(), "persons": list(row.persons), "row_hash": row_hash(row)} for row in rows]
    cursor(session).executemany(INSERT, values)
