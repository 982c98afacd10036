"""Flags (brīdinājumi): what is unusual about a decision. A low one is published and reported, a high one holds until it is confirmed."""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache

from sqlalchemy.orm import Session

from core import codes
from core.accreditation.clocks import Pause, accreditation_clock, first_accreditation_due, last_day_to_apply, licence_clock
from core.accreditation.folding import GOOD, Said
from core.accreditation.terms import Asked, Term
from core.accreditation.working import HeldProceeding
from core.connections import cursor, fetch_all, fetch_one
from core.periods import FOR_EVER, Period

FLAG = """
INSERT INTO decision_flag (decision_id, severity, rule) VALUES (%(decision)s, %(severity)s, %(rule)s) ON CONFLICT DO NOTHING"""
UNCONFIRMED = """
SELECT rule FROM decision_flag WHERE decision_id = %(decision)s AND severity = 'high' AND confirmed_at IS NULL"""
CONFIRM = """
UPDATE decision_flag SET confirmed_at = now(), confirmed_client = %(client)s, confirmed_user = %(user)s
WHERE decision_id = %(decision)s AND rule = %(rule)s AND severity = 'high' AND confirmed_at IS NULL"""
PAUSES = "SELECT asked_on, received_on FROM awaited WHERE proceeding_id = %(id)s AND kind = 'information'"
# What the subject is on the day of the decision: open, since when, with how many learners who would get a recognised document.
FACTS = """
SELECT NOT EXISTS (
        SELECT FROM institution_profile ip WHERE ip.institution = %(institution)s AND upper_inf(ip.recorded) AND ip.valid @> %(on)s::date
        AND coalesce(ip.closed_on >= %(on)s::date, true)),
    %(programme)s::text IS NOT NULL AND EXISTS (
        SELECT FROM programme_profile pr WHERE (pr.institution, pr.code) = (%(institution)s, %(programme)s) AND upper_inf(pr.recorded))
    AND NOT EXISTS (
        SELECT FROM programme_profile pr WHERE (pr.institution, pr.code) = (%(institution)s, %(programme)s) AND upper_inf(pr.recorded)
        AND coalesce(upper(pr.valid) > %(on)s::date, true)),
    (SELECT min(ip.opened_on) FROM institution_profile ip WHERE ip.institution = %(institution)s AND upper_inf(ip.recorded)),
    (SELECT min(lower(pr.valid)) FROM programme_profile pr
     WHERE (pr.institution, pr.code) = (%(institution)s, %(programme)s) AND upper_inf(pr.recorded)),
    EXISTS (
        SELECT FROM affiliation a WHERE a.institution = %(institution)s AND upper_inf(a.recorded) AND a.status IN ('AKT', 'APT')
        AND coalesce(upper(a.valid), 'infinity') > %(from)s::date
        AND coalesce(a.programme = %(programme)s, left(a.programme, 2) = ANY(%(kinds)s)))"""


def flag(session: Session, of: HeldProceeding, decision_id: int, asked: Asked, made: Term, periods: Sequence[Period[Said]]) -> None:
    """Writes the flags of a decision that is proposed."""
    for rule in dict.fromkeys(_found(session, of, asked, made, periods)):
        cursor(session).execute(FLAG, {"decision": decision_id, "severity": severities()[rule], "rule": rule})


def unconfirmed(session: Session, decision_id: int) -> bool:
    """Whether a high flag of the decision waits for somebody."""
    return bool(fetch_all(session, UNCONFIRMED, {"decision": decision_id}))


def confirmed(session: Session, decision_id: int, rule: str, client: str, user: str) -> bool:
    """Confirms a high flag; whether there was one to confirm."""
    said = {"decision": decision_id, "rule": rule, "client": client, "user": user}
    return cursor(session).execute(CONFIRM, said).rowcount == 1


@cache
def severities() -> dict[str, str]:
    """Rule of a flag → low or high."""
    return {row["code"]: row["severity"] for row in codes.rows("decision_flags")}


@cache
def _accreditable() -> list[str]:
    return [row["code"] for row in codes.rows("accreditable_programme_kinds")]


def _found(session: Session, of: HeldProceeding, asked: Asked, made: Term, periods: Sequence[Period[Said]]) -> Iterator[str]:
    row = fetch_one(
        session,
        FACTS,
        {
            "institution": of.institution,
            "programme": of.programme,
            "on": asked.decided_on,
            "from": made.valid_from,
            "kinds": _accreditable(),
        },
    )
    assert row is not None, "a SELECT without FROM gives a row"
    institution_closed, programme_closed, opened_on, offered_from, learners = row
    if made.valid_from < asked.decided_on:
        yield "BACKDATED"
    if asked.outcome == "annul" and learners:
        yield "LEARNERS_AFFECTED"
    last = made.valid_to or date.max
    met = [period for period in periods if period.first <= last and made.valid_from < period.after and period.said.status in GOOD]
    if asked.outcome == "grant" and any(last < _last_day(period) for period in met):
        yield "CUTS_TERM"
    if institution_closed or programme_closed:
        yield "OBJECT_CLOSED"
    if _overrun(session, of, asked.decided_on):
        yield "CLOCK_OVERRUN"
    if asked.outcome == "grant" and of.subject != "licence":
        yield from _late(of, periods, opened_on if of.subject == "institution" else offered_from)


def _late(of: HeldProceeding, periods: Sequence[Period[Said]], began_on: date | None) -> Iterator[str]:
    """An application that came late for the term that ends, or for the first accreditation."""
    terms = [period for period in periods if period.said.status in GOOD and period.after != FOR_EVER]
    if terms and of.kind != "EXTRAORDINARY" and of.applied_on > last_day_to_apply(_last_day(terms[-1])):
        yield "APPLIED_LATE"
    is_first = not terms and of.subject in ("institution", "programme")
    if is_first and began_on is not None and began_on <= of.applied_on and of.applied_on > first_accreditation_due(of.subject, began_on):
        yield "FIRST_LATE"


def _overrun(session: Session, of: HeldProceeding, decided_on: date) -> bool:
    if of.submitted_on is None:
        return False
    pauses = [Pause(*row) for row in fetch_all(session, PAUSES, {"id": of.id})]
    clock = (licence_clock if of.subject == "licence" else accreditation_clock)(of.submitted_on, pauses, decided_on)
    return clock.due_on is not None and decided_on > clock.due_on


def _last_day(period: Period[Said]) -> date:
    return period.after if period.after == FOR_EVER else date.fromordinal(period.after.toordinal() - 1)
