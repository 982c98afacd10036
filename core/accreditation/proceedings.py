"""The work list (lietu saraksts): proceedings with their stage, who must act, what is waited for or overdue, and the clock."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core import paging
from core.accreditation.standing import PAUSES, clock_of
from core.accreditation.working import OFFICIAL, Clerk, reached
from core.connections import fetch_all
from core.reading import AT, INSTANT, check_as_of, instant, known_at


class AskedProceedings(NamedTuple):
    """Which proceedings are asked for (lietu atlase)."""

    stage: str | None
    must_act: str | None
    application_kind: str | None
    institution: str | None
    open: bool | None
    overdue: bool | None
    as_of: datetime | None


class ProceedingLine(NamedTuple):
    """A proceeding as a line of the list (lietas rinda). `days_left` are working days of an accreditation, calendar days of a licence."""

    proceeding_id: int
    version: int
    application_kind: str
    subject: str
    institution: str
    institution_name: str | None
    programme: str | None
    programme_name: str | None
    law: str
    applied_on: str
    submitted_on: str | None
    stage: str
    must_act: str
    due_on: str | None
    clock_stopped: bool
    days_left: int | None
    waiting: int
    overdue: int


class ProceedingsPage(NamedTuple):
    """One page (lapa) of the list."""

    data_as_of: str
    proceedings: Sequence[ProceedingLine]
    next_cursor: str | None


# Of proceeding `p`, its version `v`, its subject `r`, as known at the instant; the last three columns are for the clock.
LINE = f"""
    p.id, v.id, p.application_kind, r.kind, r.institution,
    (SELECT ip.name FROM institution_profile ip WHERE ip.institution = r.institution AND {known_at("ip")}
        AND coalesce(lower(ip.valid) <= %(on)s::date, true) ORDER BY ip.valid DESC LIMIT 1),
    r.programme, v.programme_name, p.law, p.applied_on::text, v.submitted_on::text, v.stage, v.must_act,
    (SELECT count(*) FROM awaited a WHERE a.proceeding_id = p.id AND a.received_on IS NULL AND coalesce(a.due_on >= %(on)s::date, true)),
    (SELECT count(*) FROM awaited a WHERE a.proceeding_id = p.id AND a.received_on IS NULL AND a.due_on < %(on)s::date),
    v.submitted_on, {PAUSES},
    (SELECT d.decided_on FROM decision d WHERE d.id = v.decision_id)"""
SUBJECT, STAGE = 3, 11  # places of the line
FROM = f"""
FROM proceeding p JOIN recognition r ON r.id = p.recognition_id
JOIN proceeding_version v ON v.proceeding_id = p.id AND {known_at("v")}"""
# What is overdue is known when the clock is worked out; a page may therefore look at more lines than it shows.
LIST = """
SELECT (SELECT {instant}), {line} {tables}
WHERE {reached} AND {visible} AND p.id > %(after)s
    AND (%(stage)s::text IS NULL OR v.stage = %(stage)s) AND (%(must_act)s::text IS NULL OR v.must_act = %(must_act)s)
    AND (%(application_kind)s::text IS NULL OR p.application_kind = %(application_kind)s)
    AND (%(institution)s::text IS NULL OR r.institution = %(institution)s)
    AND (%(open)s::boolean IS NULL OR (v.stage <> 'decided' OR v.must_act <> 'nobody') = %(open)s)
ORDER BY p.id LIMIT %(limit)s"""
WINDOW = 1000
# A draft is its author's own until it is submitted.
VISIBLE = "(v.stage <> 'draft' OR %(applicant)s OR p.client = %(client)s)"


def visible(by: Clerk) -> dict[str, Any]:
    """The parameters by which a statement shows what the clerk may see."""
    return {**by.scope.parameters, "applicant": not by.rights & OFFICIAL, "client": by.client}


def list_proceedings(session: Session, by: Clerk, asked: AskedProceedings, cursor: str | None, size: int, now: datetime) -> ProceedingsPage:
    """One page of the proceedings that the scope reaches, in the order of their numbers; all pages show what the first one knew."""
    today = by.today
    check_as_of(asked.as_of, now)
    question = ("listProceedings", by.scope, *asked)
    as_of, after = None if asked.as_of is None else instant(asked.as_of), 0
    if cursor is not None:
        as_of, after = paging.begun(question, cursor, now)
    statement = LIST.format(instant=INSTANT.format(AT), line=LINE, tables=FROM, visible=VISIBLE, reached=reached(by.scope.kind))
    fixed = {**visible(by), **asked._asdict(), "on": today}
    lines: list[ProceedingLine] = []
    data_as_of = None
    while True:
        limit = size + 1 if asked.overdue is None else WINDOW
        rows = fetch_all(session, statement, {**fixed, "as_of": as_of, "after": after, "limit": limit})
        data_as_of = data_as_of or (rows[0][0] if rows else None)
        as_of = data_as_of or as_of
        found = (line_of(row[1:], today) for row in rows)
        lines += [line for line in found if asked.overdue is None or is_overdue(line) == asked.overdue]
        if len(lines) > size or len(rows) < limit:
            break
        after = rows[-1][1]
    if data_as_of is None:
        [(data_as_of,)] = fetch_all(session, f"SELECT {INSTANT.format(AT)}", {"as_of": as_of})
    shown = lines[:size]
    more = paging.give(question, [data_as_of, shown[-1].proceeding_id]) if len(lines) > size else None
    return ProceedingsPage(data_as_of, shown, more)


def line_of(row: Sequence[Any], today: date) -> ProceedingLine:
    """The line of a row of LINE, with its clock."""
    *said, waiting, overdue, submitted_on, pauses, decided_on = row
    clock = clock_of(row[SUBJECT], row[STAGE], submitted_on, pauses, today, decided_on)
    due_on = clock.due_on.isoformat() if clock and clock.due_on else None
    return ProceedingLine._make((*said, due_on, bool(clock and clock.stopped), clock.left if clock else None, waiting, overdue))


def is_overdue(line: ProceedingLine) -> bool:
    """Whether the decision, or something that is waited for, is late."""
    return line.overdue > 0 or (line.days_left is not None and line.days_left < 0)
