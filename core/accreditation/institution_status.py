"""Whether an institution is accredited on a day (iestādes akreditācija), with its programmes, the chain, and those who continue it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core.accreditation.chain import DecisionEntry, chain
from core.accreditation.holding import GOOD, LAST, STATUS, state
from core.accreditation.status import ACCREDITATION, ACCREDITED, AccreditationState, Succession, name
from core.connections import fetch_all
from core.institutions import OPEN
from core.reading import AT, INSTANT, check_as_of, check_day, day_then, known_at


class ProgrammeLine(NamedTuple):
    """A programme of the institution on the day (programma)."""

    programme: str
    name: str | None
    licensed: bool
    licence_status: str | None
    licensed_from: str | None
    licensed_to: str | None
    accredited: bool


class HeirState(NamedTuple):
    """Who continues the institution (pārņēmēja), and whether that one is accredited on the day."""

    institution: str
    name: str | None
    kind: str
    since: str
    accredited: bool
    valid_to: str | None


class InstitutionAccreditation(NamedTuple):
    """An institution on a day (iestādes akreditācijas statuss); one that merged, was renamed or closed answers under its number, too."""

    data_as_of: str
    found: bool
    institution: str
    name: str | None
    open: bool
    on: str
    accredited: bool
    accreditation: AccreditationState | None
    examination_centre: AccreditationState | None
    programmes: Sequence[ProgrammeLine]
    predecessors: Sequence[Succession]
    successors: Sequence[HeirState]
    decisions: Sequence[DecisionEntry]


# Every programme that is offered on the day or was ever decided of, once, with its licence and its own accreditation.
PROGRAMMES = f"""(
    SELECT coalesce(json_agg(json_build_array(p.programme, p.name, coalesce(p.licensed, false), p.status, p.first, p.last,
        {ACCREDITED.format("p", "i")}) ORDER BY p.programme), '[]')
    FROM (
        SELECT s.programme, max(pr.name) AS name, bool_or(s.good) FILTER (WHERE s.kind = 'licence') AS licensed,
            max(s.status) FILTER (WHERE s.kind = 'licence') AS status, max(s.first) FILTER (WHERE s.kind = 'licence') AS first,
            max(s.last) FILTER (WHERE s.kind = 'licence') AS last, bool_or(s.good) FILTER (WHERE s.kind = 'programme') AS good
        FROM (
            SELECT 'offered' AS kind, p.code AS programme, NULL AS status, false AS good, NULL AS first, NULL AS last
            FROM programme_profile p
            WHERE p.institution = n.registration_number AND {known_at("p")} AND p.valid @> %(on)s::date
            UNION ALL (
            SELECT DISTINCT ON (r.id) r.kind, r.programme, {STATUS} AS status, {GOOD} AS good, lower(q.valid)::text AS first, {LAST} AS last
            FROM recognition r
            JOIN recognition_period q ON q.recognition_id = r.id AND {known_at("q")} AND lower(q.valid) <= %(on)s::date
            WHERE r.institution = n.registration_number AND r.programme IS NOT NULL ORDER BY r.id, q.valid DESC)) s
        LEFT JOIN LATERAL (
            SELECT p.name FROM programme_profile p
            WHERE p.institution = n.registration_number AND p.code = s.programme AND {known_at("p")}
            ORDER BY p.valid @> %(on)s::date DESC, coalesce(lower(p.valid) <= %(on)s::date, true) DESC, p.valid DESC LIMIT 1) pr ON true
        GROUP BY s.programme) p)"""
INSTITUTION = f"""
SELECT {INSTANT.format(AT)}, n.registration_number IS NOT NULL, %(institution)s, {name("n.registration_number")},
    EXISTS (SELECT FROM institution_profile ip WHERE ip.institution = n.registration_number AND {known_at("ip")} AND {OPEN}),
    %(on)s::date::text, coalesce(i.good, false), CASE WHEN i.id IS NOT NULL THEN {ACCREDITATION.format("i")} END,
    CASE WHEN e.id IS NOT NULL THEN {ACCREDITATION.format("e")} END, {PROGRAMMES},
    (SELECT coalesce(json_agg(json_build_array(s.predecessor, {name("s.predecessor")}, s.kind, s.since)
            ORDER BY s.since, s.predecessor), '[]')
     FROM institution_succession s WHERE s.successor = n.registration_number AND {known_at("s")}),
    (SELECT coalesce(json_agg(json_build_array(s.successor, {name("s.successor")}, s.kind, s.since, coalesce(h.good, false),
            CASE WHEN h.good THEN h.last END) ORDER BY s.since, s.successor), '[]')
     FROM institution_succession s LEFT JOIN {state("h", "institution", "s.successor", "")} ON true
     WHERE s.predecessor = n.registration_number AND {known_at("s")}),
    {chain("r.institution = %(institution)s")}
FROM (VALUES (1)) one
LEFT JOIN institution n ON n.registration_number = %(institution)s
LEFT JOIN {state("i", "institution", "n.registration_number", "")} ON true
LEFT JOIN {state("e", "examination_centre", "n.registration_number", "")} ON true"""


def institution_accreditation(
    session: Session, number: str, on: date, as_of: datetime | None, now: datetime, today: date
) -> InstitutionAccreditation:
    """What holds of an institution on a day; found is false when there is no such number."""
    check_day(on)
    check_as_of(as_of, now)
    rows: Sequence[Any] = fetch_all(
        session, INSTITUTION, {"institution": number, "on": on, "as_of": as_of, "today": day_then(as_of, today)}
    )
    return InstitutionAccreditation._make(rows[0])
