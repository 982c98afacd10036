"""Handing a case over (lietas nodošana): offered, then accepted or returned; until then both municipalities see it."""

from datetime import date

from sqlalchemy.orm import Session

from core.access import Scope, ScopeKind
from core.cases.clocks import OFFER, days, escalate, parameters
from core.cases.working import HeldCase, Officer, answered_for, held
from core.cases.writing import change_one
from core.connections import fetch_one
from core.errors import HandOverOpen, InvalidQuestion, NoHandOver, UnknownMunicipality, VersionConflict

PLACE = f"SELECT {days('handOver', 'm.code')} FROM municipality m WHERE m.code = %(to)s AND m.valid @> %(on)s::date"
NO_OFFER = dict.fromkeys(OFFER)


def offer(session: Session, by: Officer, case_id: int, version: int | None, to: str, reason: str) -> HeldCase:
    """Offers the case to another municipality, which has its days to answer."""
    case = answered_for(session, by, case_id, version)
    if case.offered_to is not None:
        raise HandOverOpen
    found = fetch_one(session, PLACE, {**parameters(by.today), "to": to})
    if found is None:
        raise UnknownMunicipality
    if to == case.municipality:
        raise UnknownMunicipality("The case is this municipality's already.")
    answer_by = date.fromordinal(by.today.toordinal() + found[0])
    values = {"offered_to": to, "offered_on": by.today, "answer_by": answer_by}
    change_one(session, "offered", case_id, values, to, by.told(reason))
    escalate(session, by.today, case_id)
    return held(session, by, case_id)


def answer(session: Session, by: Officer, case_id: int, version: int | None, accept: bool, reason: str | None) -> HeldCase:
    """Accepts the case with its history, or sends it back; only the municipality that it is offered to, or IKVD for it."""
    case = held(session, by, case_id)
    if case.offered_to is None or (by.scope.kind is ScopeKind.MUNICIPALITIES and case.offered_to not in by.scope.values):
        raise NoHandOver
    if version is not None and version != case.version:
        raise VersionConflict
    if not accept and not (reason or "").strip():
        raise InvalidQuestion("A case is sent back with a reason.")
    if accept:
        values = {**NO_OFFER, "municipality": case.offered_to, "settled_residence": case.declared_residence}
        change_one(session, "accepted", case_id, values, case.municipality, by.told(reason))
    else:
        # Where the child is declared nobody wants the case: the register does not offer it there again, and IKVD is told.
        settled = {"settled_residence": case.declared_residence} if case.offered_to == case.declared else {}
        change_one(session, "returned", case_id, {**NO_OFFER, **settled}, case.offered_to, by.told(reason))
    escalate(session, by.today, case_id)
    if accept:
        return held(session, by, case_id)
    # Whoever sent it back sees it no longer, but for this answer.
    return held(session, by._replace(scope=Scope(ScopeKind.EVERYTHING)), case_id)
