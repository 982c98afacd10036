"""Taking over a list of institutions (izglītības iestāžu saraksta ielāde): what is new, what changed, what cannot be taken and why.

A list says how things are from a day on. What a register already knows of the time before stays; what it recorded is never overwritten.
Who keeps a copy is told of what changed.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.changes import institutions_changed

LONGEST_NAME, LONGEST_ADDRESS = 400, 1000
_NUMBER = re.compile(r"\d{10}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class ListedInstitution(NamedTuple):
    """One line of the list (saraksta rinda); the kind may be given by its code or by its Latvian name."""

    line: int
    number: str
    name: str
    type_code: str
    kind: str
    subordination: str
    municipality: str
    address: str
    postcode: str


class RefusedLine(NamedTuple):
    """A line that was not taken over (atteikta rinda), and why; its neighbours were."""

    line: int
    reason: str


class InstitutionImport(NamedTuple):
    """What an import did (ielādes kopsavilkums)."""

    received: int
    added: int
    changed: int
    unchanged: int
    refused: list[RefusedLine]


INCOMING = """
CREATE TEMPORARY TABLE incoming (
    line int, number text, name text, type_code text, kind text, subordination text, municipality text, address text, postcode text,
    kind_code text, reason text, profile_id bigint, same boolean NOT NULL DEFAULT false
) ON COMMIT DROP
"""
KINDS = """
UPDATE incoming n SET kind_code = v.code FROM code_value v
 WHERE v.list = 'institution_kind_veids' AND n.kind IN (v.code, v.name_lv)
"""
REFUSALS = """
UPDATE incoming n SET reason = CASE
    WHEN EXISTS (SELECT FROM incoming o WHERE o.number = n.number AND o.line < n.line)
        THEN 'the registration number stands on a line before'
    WHEN NOT EXISTS (SELECT FROM code_value WHERE list = 'institution_type_regnr_digits3_4' AND code = n.type_code)
        THEN 'the type is not in the code list institution_type_regnr_digits3_4'
    WHEN n.kind <> '' AND n.kind_code IS NULL THEN 'the kind is not in the code list institution_kind_veids'
    WHEN n.subordination <> '' AND NOT EXISTS (
        SELECT FROM code_value WHERE list = 'subordination_regnr_digits5_6' AND code = n.subordination)
        THEN 'the subordination is not in the code list subordination_regnr_digits5_6'
    WHEN n.municipality <> '' AND NOT EXISTS (SELECT FROM municipality m WHERE m.code = n.municipality)
        THEN 'there is no municipality with this code'
    END
"""
NUMBERS = """
INSERT INTO institution (registration_number) SELECT number FROM incoming WHERE reason IS NULL ORDER BY number ON CONFLICT DO NOTHING
"""
LOCK = """
SELECT count(*) FROM (
    SELECT FROM institution WHERE registration_number IN (SELECT number FROM incoming WHERE reason IS NULL)
     ORDER BY registration_number FOR UPDATE) held
"""
# Later than whatever is known of these institutions, also when another writer was waited for or a clock was put back.
KNOWN_FROM = """
SELECT greatest(now(), max(lower(p.recorded)) + interval '1 microsecond')
  FROM incoming n LEFT JOIN institution_profile p ON p.institution = n.number AND upper_inf(p.recorded)
"""
KNOWN = """
UPDATE incoming n SET profile_id = p.id, same = (
    (p.name, p.type_code, p.kind_code, p.subordination_code, p.municipality, p.address, p.postcode) IS NOT DISTINCT FROM
    (n.name, n.type_code, coalesce(n.kind_code, p.kind_code), coalesce(nullif(n.subordination, ''), p.subordination_code),
     coalesce(nullif(n.municipality, ''), p.municipality), nullif(n.address, ''), nullif(n.postcode, '')))
  FROM institution_profile p
 WHERE n.reason IS NULL AND p.institution = n.number AND upper_inf(p.recorded) AND p.valid @> CAST(:since AS date)
"""
SUPERSEDE = """
UPDATE institution_profile p SET recorded = tstzrange(lower(p.recorded), :known_from)
  FROM incoming n WHERE p.id = n.profile_id AND NOT n.same
"""
BEFORE = """
INSERT INTO institution_profile
      (institution, name, type_code, kind_code, subordination_code, legal_status_code, municipality, address, postcode, opened_on,
       closed_on, valid, recorded)
SELECT institution, p.name, p.type_code, p.kind_code, subordination_code, legal_status_code, p.municipality, p.address, p.postcode,
       p.opened_on, p.closed_on, p.valid * daterange(NULL, :since), tstzrange(:known_from, NULL)
  FROM institution_profile p JOIN incoming n ON n.profile_id = p.id
 WHERE NOT n.same AND (lower_inf(p.valid) OR lower(p.valid) < :since)
"""
FROM_NOW_ON = """
INSERT INTO institution_profile
      (institution, name, type_code, kind_code, subordination_code, legal_status_code, municipality, address, postcode, opened_on,
       closed_on, valid, recorded)
SELECT n.number, n.name, n.type_code, coalesce(n.kind_code, p.kind_code), coalesce(nullif(n.subordination, ''), p.subordination_code),
       p.legal_status_code, coalesce(nullif(n.municipality, ''), p.municipality), nullif(n.address, ''), nullif(n.postcode, ''),
       coalesce(p.opened_on, (
           SELECT earlier.opened_on FROM institution_profile earlier
            WHERE earlier.institution = n.number AND upper_inf(earlier.recorded) AND lower(earlier.valid) < :since
            ORDER BY earlier.valid DESC LIMIT 1)), p.closed_on,
       daterange(:since, coalesce(upper(p.valid), (
           SELECT min(lower(later.valid)) FROM institution_profile later
            WHERE later.institution = n.number AND upper_inf(later.recorded) AND lower(later.valid) > :since))),
       tstzrange(:known_from, NULL)
  FROM incoming n LEFT JOIN institution_profile p ON p.id = n.profile_id
 WHERE n.reason IS NULL AND NOT n.same
"""
CHANGED = "SELECT number FROM incoming WHERE reason IS NULL AND NOT same"
OUTCOME = """
SELECT count(*) FILTER (WHERE reason IS NULL AND profile_id IS NULL), count(*) FILTER (WHERE profile_id IS NOT NULL AND NOT same),
       count(*) FILTER (WHERE same)
  FROM incoming
"""


def import_institutions(session: Session, listed: Iterable[ListedInstitution], since: date) -> InstitutionImport:
    """Takes a list over as of a day, in the session's transaction; the same list again changes nothing."""
    refused: list[RefusedLine] = []
    taken: list[ListedInstitution] = []
    for institution in listed:
        reason = _wrong_form(institution)
        if reason:
            refused.append(RefusedLine(institution.line, reason))
        else:
            taken.append(institution)
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('institution import'))"))
    session.execute(text(INCOMING))
    _copy(session, taken)
    for statement in (KINDS, REFUSALS, NUMBERS, LOCK):
        session.execute(text(statement))
    times = {"since": since, "known_from": session.scalar(text(KNOWN_FROM))}
    for statement in (KNOWN, SUPERSEDE, BEFORE, FROM_NOW_ON):
        session.execute(text(statement), times)
    institutions_changed(session, list(session.scalars(text(CHANGED))))
    received = len(taken) + len(refused)
    refused += [RefusedLine(*row) for row in session.execute(text("SELECT line, reason FROM incoming WHERE reason IS NOT NULL"))]
    added, changed, unchanged = session.execute(text(OUTCOME)).one()
    session.execute(text("DROP TABLE incoming"))
    return InstitutionImport(received, added, changed, unchanged, sorted(refused))


def _wrong_form(institution: ListedInstitution) -> str | None:
    """What is wrong with a line before anything is looked up."""
    if not _NUMBER.fullmatch(institution.number):
        return "a registration number has ten digits"
    if not institution.name.strip():
        return "the name is missing"
    if len(institution.name) > LONGEST_NAME or len(institution.address) > LONGEST_ADDRESS:
        return f"the name is longer than {LONGEST_NAME} characters, or the address longer than {LONGEST_ADDRESS}"
    if any(isinstance(value, str) and _CONTROL.search(value) for value in institution):
        return "a value holds a control character"
    return None


def _copy(session: Session, listed: list[ListedInstitution]) -> None:
    connection: Any = session.connection().connection.driver_connection
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY incoming (line, number, name, type_code, kind, subordination, municipality, address, postcode) FROM STDIN"
        ) as copy,
    ):
        for institution in listed:
            copy.write_row(institution)
