"""Changes of rights (piekļuves tiesību maiņa): proposed by one user, confirmed by another, in one transaction, and kept for ever.

Only confirmed grants count, from their confirmation to the confirmation of their end. Two users are needed to end a right as well: whoever
ends one stops a system at work, and in an emergency the security server, where each client has its own permission, stops it at once.
"""

from collections.abc import Sequence
from typing import NamedTuple
from unicodedata import normalize

from sqlalchemy import TextClause, func, select, text, update
from sqlalchemy.orm import Session

from core.errors import GrantEnded, SameUser, UnknownGrant, UnknownProposal, UserNotNamed
from core.grant_file import Wanted
from core.model import AccessChange, AccessGrant

IN_FORCE = text("SELECT id FROM access_granted WHERE upper_inf(recorded)")
OPEN = text("SELECT grant_id FROM access_change WHERE kind = 'grant' AND outcome IS NULL")


class User(NamedTuple):
    """Who changes rights (lietotājs): the name that was given, and the login of the operating system that gave it."""

    name: str
    login: str

    def must_be_named(self) -> str:
        """The name in one spelling: letters composed, one blank between words; UserNotNamed when nothing is left."""
        if not (name := " ".join(normalize("NFKC", self.name).split())):
            raise UserNotNamed
        return name


def propose(session: Session, wanted: Sequence[Wanted], by: User, reason: str | None = None) -> list[int]:
    """Proposes grants; returns the numbers of the changes, which another user confirms or rejects."""
    name = by.must_be_named()
    grants = [AccessGrant(**one._asdict()) for one in wanted]
    session.add_all(grants)
    session.flush()
    return _propose(session, [grant.id for grant in grants], "grant", name, by.login, reason)


def propose_end(session: Session, grants: Sequence[int], by: User, reason: str) -> list[int]:
    """Proposes that grants end; returns the numbers of the changes."""
    name = by.must_be_named()
    # Two who end the same grant wait for each other here.
    known = session.scalars(select(AccessGrant.id).where(AccessGrant.id.in_(grants)).order_by(AccessGrant.id).with_for_update()).all()
    if set(known) != set(grants):
        raise UnknownGrant
    in_force = set(session.scalars(IN_FORCE))
    ending = select(AccessChange.grant_id).where(AccessChange.kind == "revoke", AccessChange.outcome.is_(None))
    if not set(grants) <= in_force - set(session.scalars(ending)):
        raise GrantEnded
    return _propose(session, known, "revoke", name, by.login, reason)


def propose_all(session: Session, wanted: Sequence[Wanted], by: User, reason: str | None = None) -> list[int]:
    """Proposes what makes these the only grants in force: those that are not yet, and the end of every other one that has no open one."""
    by.must_be_named()
    in_force = in_force_now(session)
    known = {one for one, _ in in_force} | {one for one, _ in _grants(session, OPEN)}
    new = propose(session, [one for one in dict.fromkeys(wanted) if one not in known], by, reason)
    ending = set(session.scalars(select(AccessChange.grant_id).where(AccessChange.kind == "revoke", AccessChange.outcome.is_(None))))
    kept, ended = set(wanted), []
    for one, number in in_force:
        if one in kept:
            kept.remove(one)  # of two that say the same one stays
        elif number not in ending:
            ended.append(number)
    return new + (propose_end(session, ended, by, reason or "not in the file of grants") if ended else [])


def in_force_now(session: Session) -> list[tuple[Wanted, int]]:
    """The grants in force and their numbers, the oldest first."""
    return _grants(session, IN_FORCE)


def lack_lists(session: Session) -> bool:
    """Whether there are grants of an earlier release whose lists of fields are not written yet."""
    return bool(session.scalar(select(select(AccessGrant.id).where(AccessGrant.allowed.is_(None)).exists())))


def confirm(session: Session, changes: Sequence[int], by: User) -> list[AccessChange]:
    """Confirms proposals of others, all or none; what they change works on every worker within two seconds."""
    return _decide(session, changes, by, "confirmed", None)


def reject(session: Session, changes: Sequence[int], by: User, reason: str | None = None) -> list[AccessChange]:
    """Rejects proposals, one's own too; the grants stay as they are."""
    return _decide(session, changes, by, "rejected", reason)


def _propose(session: Session, grants: Sequence[int], kind: str, name: str, login: str, reason: str | None) -> list[int]:
    changes = [AccessChange(grant_id=grant, kind=kind, proposed_by=name, proposed_login=login, reason=reason) for grant in grants]
    session.add_all(changes)
    session.flush()
    return [change.id for change in changes]


def _decide(session: Session, changes: Sequence[int], by: User, outcome: str, reason: str | None) -> list[AccessChange]:
    name = by.must_be_named()
    sought = AccessChange.id.in_(changes), AccessChange.outcome.is_(None)
    found = session.scalars(select(AccessChange).where(*sought).order_by(AccessChange.id).with_for_update()).all()
    if {change.id for change in found} != set(changes):
        raise UnknownProposal
    if outcome == "confirmed" and any(change.proposed_by.casefold() == name.casefold() for change in found):
        raise SameUser
    said = {"outcome": outcome, "decided_at": func.now(), "decided_by": name, "decided_login": by.login, "decided_reason": reason}
    session.execute(update(AccessChange).where(*sought).values(**said))
    return list(found)


def _grants(session: Session, which: TextClause) -> list[tuple[Wanted, int]]:
    rows = session.scalars(select(AccessGrant).where(AccessGrant.id.in_(session.scalars(which).all())).order_by(AccessGrant.id))
    return [(_as_wanted(row), row.id) for row in rows]


def _as_wanted(row: AccessGrant) -> Wanted:
    # Rows of earlier releases have them in the order of their file.
    lists = (tuple(sorted(row.scope_values)), tuple(sorted(row.rights)), None if row.fields is None else tuple(sorted(row.fields)))
    return Wanted(
        row.client, row.operation, row.scope, *lists, row.purpose, row.legal_basis, row.valid, row.hidden_days, tuple(row.allowed or ())
    )
