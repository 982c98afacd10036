"""Examinations as their system describes them (valsts pārbaudījumi): entered, changed until they are published, held while results come."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

from sqlalchemy.orm import Session

from core import codes
from core.connections import cursor
from core.errors import ExaminationPublished, InvalidItem, InvalidPeriod, OutsideScope, RepeatedKey, UnknownCode
from core.examinations.items import ExaminationItem
from core.examinations.rules import CENTRAL, check_year, threshold
from core.examinations.scales import PERCENT
from core.submissions import Sender
from core.submissions.items import is_day

SESSIONS = ("main", "additional")
WRITE = """
INSERT INTO examination (code, kind, subject, level, school_year, session, held_on, publish_at, sender)
VALUES (%(code)s, %(kind)s, %(subject)s, %(level)s, %(school_year)s, %(session)s, %(held_on)s, %(publish_at)s, %(sender)s)
ON CONFLICT (code) DO UPDATE SET kind = excluded.kind, subject = excluded.subject, level = excluded.level,
    school_year = excluded.school_year, session = excluded.session, held_on = excluded.held_on, publish_at = excluded.publish_at
WHERE (examination.kind, examination.subject, examination.level, examination.school_year, examination.session, examination.held_on,
    examination.publish_at)
    IS DISTINCT FROM (excluded.kind, excluded.subject, excluded.level, excluded.school_year, excluded.session, excluded.held_on,
    excluded.publish_at)
    AND examination.published_at IS NULL AND examination.sender = excluded.sender
RETURNING id"""
# Whether a held result passes is by what the examination is said to be in the end.
JUDGE_AGAIN = """
UPDATE held_result SET threshold = t.threshold, passed = CASE WHEN t.threshold IS NOT NULL THEN value::numeric >= t.threshold END
FROM (VALUES (%(threshold)s::int)) t (threshold)
WHERE examination_id = %(examination)s AND upper_inf(recorded) AND scale = %(percent)s
    AND held_result.threshold IS DISTINCT FROM t.threshold"""
# Whoever publishes waits for those who are just sending results, or else one of them could be left behind.
READ = """
SELECT code, id, kind, subject, level, school_year, session, held_on::text, publish_at, published_at IS NOT NULL, sender
FROM examination WHERE code = ANY(%(codes)s) ORDER BY id FOR SHARE"""


class Known(NamedTuple):
    """An examination that the register knows (reģistrēts pārbaudījums)."""

    id: int
    kind: str
    subject: str
    level: str
    school_year: str
    session: str
    held_on: str | None
    publish_at: datetime | None
    published: bool
    sender: str


def enter(session: Session, sender: Sender, described: Sequence[ExaminationItem], named: Collection[str]) -> dict[str, Known]:
    """Enters what a message describes, and gives the examinations that it describes or names, as they are kept from now on.

    A refusal here refuses the whole message: no item could be judged.
    """
    if len({item.code for item in described}) < len(described):
        raise RepeatedKey("An examination is described twice in this message.")
    for item in described:
        _check(item)
        values = {field: getattr(item, field) for field in item.__slots__}
        written = cursor(session).execute(WRITE, {**values, "held_on": item.held_on or None, "sender": sender.client}).fetchone()
        if written is not None:
            limit = threshold(item.level, item.school_year) if item.kind == CENTRAL else None
            cursor(session).execute(JUDGE_AGAIN, {"examination": written[0], "threshold": limit, "percent": PERCENT})
    wanted = {*named, *(item.code for item in described)}
    known = {row[0]: Known(*row[1:]) for row in cursor(session).execute(READ, {"codes": sorted(wanted)}).fetchall()}
    for item in described:
        _check_kept(item, known[item.code], sender)
    return known


def _check(item: ExaminationItem) -> None:
    if not item.code.strip():
        raise InvalidItem("The code of an examination is empty.")
    for name, code in (("exam_kind", item.kind), ("exam_subjects", item.subject), ("exam_levels", item.level)):
        if code not in _list(name):
            raise UnknownCode(f"The code list {name} does not hold this code.")
    if item.session not in SESSIONS:
        raise UnknownCode("A session of examinations is main or additional.")
    check_year(item.school_year)
    if item.held_on and not is_day(item.held_on):
        raise InvalidPeriod("The day of an examination is no day.")


def _check_kept(item: ExaminationItem, kept: Known, sender: Sender) -> None:
    """Whether the register keeps what the message says; it does not when somebody else entered it, or when results are published."""
    said = (item.kind, item.subject, item.level, item.school_year, item.session, item.held_on or None, item.publish_at)
    if said != tuple(kept[1:8]):
        raise OutsideScope("Another system entered this examination.") if kept.sender != sender.client else ExaminationPublished


@cache
def _list(name: str) -> frozenset[str]:
    return frozenset(row["code"] for row in codes.rows(name))
