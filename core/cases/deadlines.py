"""Days for the steps of a case (soļu termiņi): the usual ones, and those that a municipality has of its own, with their history."""

from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from core.cases.clocks import parameters
from core.cases.rules import STEPS
from core.connections import cursor, fetch_all
from core.errors import UnknownCode, UnknownMunicipality

END = """
UPDATE case_deadline SET recorded = tstzrange(lower(recorded), greatest(now(), lower(recorded) + interval '1 microsecond'))
WHERE municipality = %(municipality)s AND step = %(step)s AND upper_inf(recorded)"""
BEGIN = """
INSERT INTO case_deadline (municipality, step, days)
SELECT code, %(step)s, %(days)s FROM municipality WHERE code = %(municipality)s AND valid @> %(on)s::date"""
OWN = "SELECT municipality, step, days FROM case_deadline WHERE upper_inf(recorded) ORDER BY municipality, step"


class Deadline(NamedTuple):
    """How many days somebody has for a step (soļa termiņš); without a municipality everybody who has none of its own."""

    municipality: str | None
    step: str
    days: int


def deadlines(session: Session, on: date) -> list[Deadline]:
    """The usual days, then those that municipalities have of their own."""
    usual = parameters(on)
    return [Deadline(None, step, usual[step]) for step in STEPS] + [Deadline(*row) for row in fetch_all(session, OWN, {})]


def set_deadline(session: Session, municipality: str, step: str, days: int | None, on: date) -> None:
    """Gives a municipality its own days for a step, or takes them away: the usual ones hold for it again."""
    if step not in STEPS:
        raise UnknownCode(f"The steps are {', '.join(STEPS)}.")
    asked = {"municipality": municipality, "step": step, "days": days, "on": on}
    run = cursor(session).execute
    run(END, asked)
    if days is not None and run(BEGIN, asked).rowcount == 0:
        raise UnknownMunicipality
