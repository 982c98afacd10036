"""Whether a programme is licensed and accredited on a day (programmas statuss), past or to come, with the whole chain, in one statement."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core.accreditation.chain import DecisionEntry, chain
from core.accreditation.effect import INSTITUTIONS_ONLY_SINCE
from core.accreditation.holding import state
from core.connections import fetch_all
from core.reading import AT, INSTANT, check_as_of, check_day, day_then, known_at


class LicenceState(NamedTuple):
    """What holds of a licence on a day (licences statuss); `start_by` is the day by which teaching has to start."""

    status: str
    valid_from: str
    valid_to: str | None
    start_by: str | None
    decision_id: int
    decision_number: str


class AccreditationState(NamedTuple):
    """What holds of an accreditation on a day (akreditācijas statuss)."""

    status: str
    valid_from: str
    valid_to: str | None
    decision_id: int
    decision_number: str


class Succession(NamedTuple):
    """The other institution of a reorganisation (reorganizācija)."""

    institution: str
    name: str | None
    kind: str
    since: str


class ProgrammeStatus(NamedTuple):
    """A programme of an institution on a day (programmas statuss); `recognised`: its graduates get a state-recognised document."""

    data_as_of: str
    found: bool
    institution: str
    institution_name: str | None
    programme: str
    programme_name: str | None
    on: str
    licensed: bool
    licence: LicenceState | None
    accredited: bool
    programme_accreditation: AccreditationState | None
    institution_accreditation: AccreditationState | None
    recognised: bool
    successors: Sequence[Succession]
    decisions: Sequence[DecisionEntry]


def name(institution: str) -> str:
    """SQL for what an institution was called on the day, or last before it, or first."""
    return f"""(SELECT ip.name FROM institution_profile ip WHERE ip.institution = {institution} AND {known_at("ip")}
        ORDER BY coalesce(lower(ip.valid) <= %(on)s::date, true) DESC,
            CASE WHEN coalesce(lower(ip.valid) <= %(on)s::date, true) THEN ip.valid END DESC, ip.valid LIMIT 1)"""


LICENCE = "json_build_array({0}.status, {0}.first, {0}.last, {0}.start_by, {0}.decision_id, {0}.number)"
ACCREDITATION = "json_build_array({0}.status, {0}.first, {0}.last, {0}.decision_id, {0}.number)"
# A programme counts as accredited by its own accreditation, or since 11.08.2022 by that of its institution.
ACCREDITED = f"(coalesce({{0}}.good, false) OR coalesce({{1}}.good, false) AND %(on)s::date >= DATE '{INSTITUTIONS_ONLY_SINCE}')"
# What is decided for days to come is known of, too.
DECIDED = f"""EXISTS (
        SELECT FROM recognition r JOIN decision d ON d.recognition_id = r.id AND d.published_at <= {AT}
        WHERE r.institution = %(institution)s AND r.programme = %(programme)s)"""
PROGRAMME = f"""
SELECT {INSTANT.format(AT)},
    n.registration_number IS NOT NULL AND (l.id IS NOT NULL OR o.id IS NOT NULL OR pr.name IS NOT NULL OR {DECIDED}),
    %(institution)s, {name("n.registration_number")}, %(programme)s, pr.name, %(on)s::date::text,
    coalesce(l.good, false), CASE WHEN l.id IS NOT NULL THEN {LICENCE.format("l")} END,
    {ACCREDITED.format("o", "i")}, CASE WHEN o.id IS NOT NULL THEN {ACCREDITATION.format("o")} END,
    CASE WHEN i.id IS NOT NULL THEN {ACCREDITATION.format("i")} END, coalesce(l.good, false) AND {ACCREDITED.format("o", "i")},
    (SELECT coalesce(json_agg(json_build_array(s.successor, {name("s.successor")}, s.kind, s.since) ORDER BY s.since, s.successor), '[]')
     FROM institution_succession s WHERE s.predecessor = n.registration_number AND {known_at("s")}),
    {chain("r.institution = %(institution)s AND (r.programme = %(programme)s OR r.kind = 'institution')")}
FROM (VALUES (1)) one
LEFT JOIN institution n ON n.registration_number = %(institution)s
LEFT JOIN {state("l", "licence", "n.registration_number", "%(programme)s")} ON true
LEFT JOIN {state("o", "programme", "n.registration_number", "%(programme)s")} ON true
LEFT JOIN {state("i", "institution", "n.registration_number", "")} ON true
LEFT JOIN LATERAL (
    SELECT p.name FROM programme_profile p
    WHERE p.institution = n.registration_number AND p.code = %(programme)s AND {known_at("p")}
    ORDER BY p.valid @> %(on)s::date DESC, coalesce(lower(p.valid) <= %(on)s::date, true) DESC, p.valid DESC LIMIT 1) pr ON true"""


def programme_status(
    session: Session, institution: str, programme: str, on: date, as_of: datetime | None, now: datetime, today: date
) -> ProgrammeStatus:
    """What holds of a programme of an institution on a day; found is false when neither register nor chain knows it."""
    check_day(on)
    check_as_of(as_of, now)
    asked = {"institution": institution, "programme": programme, "on": on, "as_of": as_of, "today": day_then(as_of, today)}
    rows: Sequence[Any] = fetch_all(session, PROGRAMME, asked)
    return ProgrammeStatus._make(rows[0])
