"""The register of institutions (izglītības iestāžu reģistrs): one by its number, or a list, as on a day."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core import paging
from core.connections import fetch_all
from core.errors import InvalidCursor, UnknownCode, UnknownMunicipality
from core.reading import AT, INSTANT, check_as_of, check_day, instant, known_at, successors, with_predecessors


class NamePeriod(NamedTuple):
    """A name that an institution had (nosaukums), and when."""

    name: str
    valid_from: str | None
    valid_to: str | None


class Succession(NamedTuple):
    """The other institution of a reorganisation (reorganizācija)."""

    institution: str
    kind: str
    since: str


class Programme(NamedTuple):
    """A programme that an institution offers (izglītības programma)."""

    code: str
    name: str
    kind: str | None
    language: str | None
    study_form: str | None
    lki_level: str | None
    offered_from: str | None
    offered_to: str | None


class Institution(NamedTuple):
    """An institution on a day (izglītības iestāde)."""

    registration_number: str
    name: str
    open: bool
    type: str
    kind: str | None
    subordination: str | None
    legal_status: str | None
    municipality: str | None
    address: str | None
    postcode: str | None
    opened_on: str | None
    closed_on: str | None
    other_names: list[NamePeriod]
    predecessors: list[Succession]
    successors: list[Succession]
    programmes: list[Programme]


class Asked(NamedTuple):
    """What a list is asked for."""

    municipality: str | None
    type: str | None
    name_part: str | None
    on: date
    as_of: datetime | None


class InstitutionsPage(NamedTuple):
    """One page (lapa) of institutions and the cursor of the next one."""

    data_as_of: str
    institutions: Sequence[Institution]
    next_cursor: str | None


OPEN = """(ip.valid @> %(on)s::date AND coalesce(ip.opened_on <= %(on)s::date, true)
    AND coalesce(ip.closed_on >= %(on)s::date, true))"""
# Everything that is said of institution `n` with the profile `ip`, in the order of the fields above.
COLUMNS = f"""
    n.registration_number, ip.name, {OPEN}, ip.type_code, ip.kind_code, ip.subordination_code, ip.legal_status_code,
    {successors("ip.municipality", "%(on)s::date")}, ip.address, ip.postcode, ip.opened_on::text, ip.closed_on::text,
    (SELECT coalesce(json_agg(json_build_array(o.name, lower(o.valid), upper(o.valid) - 1) ORDER BY o.valid), '[]')
     FROM institution_profile o
     WHERE o.institution = n.registration_number AND {known_at("o")} AND o.name <> ip.name),
    (SELECT coalesce(json_agg(json_build_array(s.predecessor, s.kind, s.since) ORDER BY s.since, s.predecessor), '[]')
     FROM institution_succession s WHERE s.successor = n.registration_number AND {known_at("s")}),
    (SELECT coalesce(json_agg(json_build_array(s.successor, s.kind, s.since) ORDER BY s.since, s.successor), '[]')
     FROM institution_succession s WHERE s.predecessor = n.registration_number AND {known_at("s")}),
    (SELECT coalesce(json_agg(json_build_array(
            pr.code, pr.name, CASE WHEN substr(pr.code, 3, 1) IN ('V', 'T', 'P') THEN left(pr.code, 3) ELSE left(pr.code, 2) END,
            substr(pr.code, 7, 1), substr(pr.code, 8, 1), pr.lki_level,
            lower(pr.valid), upper(pr.valid) - 1) ORDER BY pr.code), '[]')
     FROM programme_profile pr
     WHERE pr.institution = n.registration_number AND {known_at("pr")} AND pr.valid @> %(on)s::date)
"""


def institution(session: Session, number: str, on: date, as_of: datetime | None, now: datetime) -> tuple[str, Institution | None]:
    """When the data is true, and the institution, or None; one that is closed on the day stands with its last profile."""
    check_day(on)
    check_as_of(as_of, now)
    [row] = fetch_all(session, ONE, {"number": number, "on": on, "as_of": as_of})
    return row[0], Institution(*row[2:]) if row[1] is not None else None


ONE = f"""
SELECT {INSTANT.format(AT)}, found.*
FROM (VALUES (1)) one LEFT JOIN LATERAL (
    SELECT 1, {COLUMNS}
    FROM institution n
    JOIN LATERAL (
        SELECT * FROM institution_profile ip
        WHERE ip.institution = n.registration_number AND {known_at("ip")} AND lower(ip.valid) <= %(on)s::date
        ORDER BY ip.valid DESC LIMIT 1) ip ON true
    WHERE n.registration_number = %(number)s) found ON true
"""


def institutions_page(session: Session, asked: Asked, cursor: str | None, size: int, now: datetime) -> InstitutionsPage:
    """One page of the institutions open on a day, in Latvian order of names; later pages show what the first one knew."""
    check_day(asked.on)
    check_as_of(asked.as_of, now)
    question = ("listInstitutions", *asked)
    as_of, after = None if asked.as_of is None else instant(asked.as_of), ""
    if cursor is not None:
        match paging.take(question, cursor):
            case [str() as first_read_at, str() as after]:
                as_of = paging.pinned(first_read_at, now)
            case _:
                raise InvalidCursor
    statement = _list_statement(asked.municipality is not None, asked.type is not None, bool(asked.name_part), bool(after))
    parameters = {**asked._asdict(), "as_of": as_of, "after": after, "limit": size + 1}
    rows: Sequence[Any] = fetch_all(session, statement, parameters)
    if not rows:
        return InstitutionsPage(_instant_of_no_rows(session, asked, as_of), [], None)
    lines, data_as_of = rows[:size], rows[0][0]
    more = paging.give(question, [data_as_of, lines[-1][1]]) if len(rows) > size else None
    return InstitutionsPage(data_as_of, [line[1:] for line in lines], more)


@cache
def _list_statement(by_municipality: bool, by_type: bool, by_name: bool, continued: bool) -> str:
    """The statement for the conditions that are given; the order is that of the names on the day, then of the numbers."""
    conditions = [known_at("ip"), OPEN]
    if by_municipality:
        reached = with_predecessors("ARRAY[%(municipality)s]", "%(on)s::date")
        conditions.append(f"ip.municipality = ANY({reached})")
    if by_type:
        conditions.append("ip.type_code = %(type)s")
    if by_name:
        conditions.append("""ip.name_key LIKE '%%' || replace(replace(replace(latvian_fold(%(name_part)s),
            chr(92), chr(92) || chr(92)), '%%', chr(92) || '%%'), '_', chr(92) || '_') || '%%'""")
    if continued:
        conditions.append(f"""(latvian_sort_key(ip.name) COLLATE "C", n.registration_number) > (
            SELECT latvian_sort_key(b.name) COLLATE "C", b.institution FROM institution_profile b
            WHERE b.institution = %(after)s AND {known_at("b")} AND b.valid @> %(on)s::date)""")
    return f"""
SELECT (SELECT {INSTANT.format(AT)}), {COLUMNS}
FROM (
    SELECT ip.id FROM institution_profile ip JOIN institution n ON n.registration_number = ip.institution
    WHERE {" AND ".join(conditions)}
    ORDER BY latvian_sort_key(ip.name) COLLATE "C", n.registration_number LIMIT %(limit)s) page
JOIN institution_profile ip ON ip.id = page.id
JOIN institution n ON n.registration_number = ip.institution
ORDER BY latvian_sort_key(ip.name) COLLATE "C", n.registration_number
"""


def _instant_of_no_rows(session: Session, asked: Asked, as_of: str | None) -> str:
    """When an empty list is true; refuses a municipality or a type that does not exist."""
    statement = f"""
        SELECT {INSTANT.format(AT)},
            %(municipality)s::text IS NULL OR EXISTS (
                SELECT FROM municipality WHERE code = %(municipality)s AND valid @> %(on)s::date),
            %(type)s::text IS NULL OR EXISTS (
                SELECT FROM code_value WHERE list = 'institution_type_regnr_digits3_4' AND code = %(type)s)"""
    [row] = fetch_all(session, statement, {**asked._asdict(), "as_of": as_of})
    if not row[1]:
        raise UnknownMunicipality
    if not row[2]:
        raise UnknownCode("There is no institution type with this code; listCodes gives them.")
    return str(row[0])
