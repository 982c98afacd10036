"""A proceeding begins (lietas uzsākšana): by an application, or by the authority itself; one of a kind at a time about a subject."""

from collections.abc import Collection
from datetime import date

from sqlalchemy.orm import Session

from core.accreditation.rules import law
from core.accreditation.working import Clerk
from core.connections import fetch_one
from core.errors import ProceedingOpen

# What is not submitted yet, or was sent back, stands in nobody's way: it may never come (again).
OPEN = """
SELECT p.id FROM proceeding p JOIN proceeding_version v ON v.proceeding_id = p.id AND upper_inf(v.recorded)
WHERE p.recognition_id = %(recognition)s AND v.stage NOT IN ('draft', 'returned', 'decided')
    AND p.application_kind = ANY(%(kinds)s) LIMIT 1"""
NEW = """
INSERT INTO proceeding (application_kind, recognition_id, law, applied_on, client, user_id)
VALUES (%(kind)s, %(recognition)s, %(law)s, %(on)s, %(client)s, %(user)s) RETURNING id"""


def check_none_open(session: Session, recognition_id: int, kinds: Collection[str]) -> None:
    """Refuses a second proceeding of these kinds about a subject, which the caller holds locked."""
    if fetch_one(session, OPEN, {"recognition": recognition_id, "kinds": list(kinds)}) is not None:
        raise ProceedingOpen


def open_proceeding(session: Session, by: Clerk, kind: str, recognition_id: int, subject: str, on: date) -> int:
    """The number of a new proceeding, judged by the law of the day; its first version is the caller's."""
    said = {"kind": kind, "recognition": recognition_id, "law": law(subject, on), "on": on, "client": by.client, "user": by.user}
    row = fetch_one(session, NEW, said)
    assert row is not None, "INSERT … RETURNING gives the row"
    return int(row[0])
