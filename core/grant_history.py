"""What was granted when, and by whom (piekļuves tiesību vēsture)."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Select, select, text
from sqlalchemy.orm import Session

from core.access import ALL, EVERYBODY, READ
from core.model import AccessChange, AccessGrant

AT = text("SELECT id FROM access_granted WHERE recorded @> coalesce(CAST(:at AS timestamptz), now())")

Changed = tuple[AccessChange, AccessGrant]


def in_force_at(session: Session, at: datetime | None = None) -> Sequence[AccessGrant]:
    """The grants in force at an instant, or now."""
    numbers = session.scalars(AT, {"at": at}).all()
    return session.scalars(
        select(AccessGrant).where(AccessGrant.id.in_(numbers)).order_by(AccessGrant.client, AccessGrant.operation, AccessGrant.id)
    ).all()


def waiting(session: Session) -> list[Changed]:
    """Changes that wait for a second user."""
    return _changes(session, _ALL.where(AccessChange.outcome.is_(None)))


def history(session: Session) -> list[Changed]:
    """Every change there ever was, in the order in which they were proposed."""
    return _changes(session, _ALL)


def why_not(session: Session, client: str, operation: str, on: date, *, writes: bool) -> list[str]:
    """Sentences on what there is for this client and operation, and why it does not count on this day."""
    service, _, code = operation.partition(".")
    named = (operation, f"{service}.{READ}", f"{service}.{ALL}")
    found = _changes(session, _ALL.where(AccessGrant.client.in_((client, EVERYBODY)), AccessGrant.operation.in_(named)))
    ended = {change.grant_id: change for change, _ in found if change.kind == "revoke" and change.outcome == "confirmed"}
    said = []
    for change, grant in found:
        if change.kind == "revoke":
            continue
        about = f"Grant {grant.id} ({grant.client}, {grant.operation})"
        if change.outcome is None:
            said.append(f"{about} waits for a second user, as change {change.id}.")
        elif change.outcome == "rejected":
            said.append(f"{about} was rejected by {change.decided_by}.")
        elif grant.id in ended:
            said.append(f"{about} ended on {ended[grant.id].decided_at:%Y-%m-%d %H:%M} UTC.")
        elif on not in grant.valid:
            said.append(f"{about} does not hold on this day.")
        elif writes and grant.operation.endswith(f".{READ}"):
            said.append(f"{about} is one to read, and this operation writes.")
        elif grant.operation != operation and not any(path.startswith(f"{code}/") for path in grant.allowed or ()):
            said.append(f"{about} is older than the operation; it needs a grant of its own.")
    return said or ["Nothing was ever proposed for it."]


_ALL = select(AccessChange, AccessGrant).join(AccessGrant, AccessGrant.id == AccessChange.grant_id).order_by(AccessChange.id)


def _changes(session: Session, which: Select[AccessChange, AccessGrant]) -> list[Changed]:
    return [(change, grant) for change, grant in session.execute(which)]
