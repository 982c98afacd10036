"""Messages about people are disclosures, too (izsniegtie dati): recorded when a message is claimed for the first time, before it is sent.

Who is told, about whom, in which message; why stands in the grant by which the receiver registers its applicants.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from core.connections import cursor
from core.disclosure import INSERT, Disclosure, parameters

OPERATION = "avus-intake.deliverMessage"
# The grants by which somebody registers applicants, today; who has none any more is told nothing, and its messages wait.
RECEIVING = """
FROM access_granted WHERE upper_inf(recorded) AND operation IN ('achievements.registerApplicants', 'achievements.**')
AND valid @> (now() AT TIME ZONE 'Europe/Riga')::date"""
GRANTS = f"""
SELECT DISTINCT ON (client) client, purpose, legal_basis {RECEIVING} AND client = ANY(%(clients)s)
ORDER BY client, operation DESC, id DESC"""

# A message that was given back without having been sent, or is sent again, was recorded with its first claim.
RECORDED = "SELECT message_id FROM disclosure WHERE message_id = ANY(%(messages)s) AND operation = %(operation)s"

Told = tuple[str, str, int, str]  # client, message id, person, the instant at which the message is true


def disclose(session: Session, messages: Sequence[Told], now: datetime) -> None:
    """Writes messages into the journal, each once, in the transaction that claims them."""
    sought = {"messages": [message for _, message, *_ in messages], "operation": OPERATION}
    recorded = {message for (message,) in cursor(session).execute(RECORDED, sought).fetchall()}
    messages = [one for one in messages if one[1] not in recorded]
    if not messages:
        return
    asked = {"clients": sorted({client for client, *_ in messages})}
    grants = {client: (purpose, basis) for client, purpose, basis in cursor(session).execute(GRANTS, asked).fetchall()}
    rows = [
        Disclosure(now, message, client, None, None, None, OPERATION, *grants.get(client, ("", "")), data_as_of, "ok", [person])
        for client, message, person, data_as_of in messages
    ]
    cursor(session).executemany(INSERT, [parameters(row) for row in rows])
