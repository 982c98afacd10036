"""Decisions of before the register (iepriekšējo lēmumu ielāde): all of a list or nothing of it, and the same list again changes nothing.

They are published as they are entered; what they say of days is folded together with what the register knows already.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from core.accreditation.listed import ListedDecision, problems
from core.accreditation.publishing import refold
from core.connections import cursor, fetch_all


class WrongLine(NamedTuple):
    """A line that cannot be taken (nederīga rinda): why, and what to do."""

    line: int
    reason: str


class DecisionLoading(NamedTuple):
    """What came of a list (ielādes kopsavilkums); nothing was entered when lines are wrong."""

    received: int
    entered: int
    unchanged: int
    wrong: list[WrongLine]


LOADER = "viis load-decisions"
INCOMING = """
CREATE TEMPORARY TABLE incoming_decision (
    line int, subject text, institution text, programme text, authority text, number text, outcome text, status text, decided_on date,
    valid_from date, valid_to date, recognition_id bigint, reason text, same boolean NOT NULL DEFAULT false
) ON COMMIT DROP"""
COPY = f"COPY incoming_decision ({', '.join(ListedDecision._fields)}) FROM STDIN"
ALONE = "SELECT pg_advisory_xact_lock(hashtext('decision loading'))"
SAME = """
UPDATE incoming_decision n SET same = true FROM decision d JOIN recognition r ON r.id = d.recognition_id
WHERE (d.authority, d.number) = (n.authority, n.number) AND d.published_at IS NOT NULL
AND (r.kind, r.institution, r.programme, d.outcome, d.status, d.decided_on, d.valid_from, d.valid_to) IS NOT DISTINCT FROM
    (n.subject, n.institution, n.programme, n.outcome, n.status, n.decided_on, n.valid_from, n.valid_to)"""
WRONG = """
UPDATE incoming_decision n SET reason = CASE
    WHEN NOT EXISTS (SELECT FROM institution i WHERE i.registration_number = n.institution)
        THEN 'the register has no such institution; take it over first: viis load-institutions'
    WHEN NOT n.same AND EXISTS (
            SELECT FROM decision d WHERE (d.authority, d.number) = (n.authority, n.number) AND d.rejected_at IS NULL)
        THEN 'the register holds another decision with this number of the authority; correct the number, or leave the line out'
    END"""
SUBJECTS = """
INSERT INTO recognition (kind, institution, programme)
SELECT DISTINCT subject, institution, programme FROM incoming_decision WHERE NOT same ORDER BY 2, 3, 1 ON CONFLICT DO NOTHING"""
FIND = """
UPDATE incoming_decision n SET recognition_id = r.id FROM recognition r
WHERE NOT n.same AND r.kind = n.subject AND r.institution = n.institution AND r.programme IS NOT DISTINCT FROM n.programme"""
LOCK = """
SELECT id FROM recognition WHERE id IN (SELECT recognition_id FROM incoming_decision WHERE NOT same) ORDER BY id FOR UPDATE"""
NEW_OF = "SELECT recognition_id, count(*) FROM incoming_decision WHERE NOT same GROUP BY 1 ORDER BY 1"
# Who made a decision of before is not known to the register: whose it is stands beside the program that entered it.
ENTER = f"""
INSERT INTO decision (recognition_id, authority, number, outcome, status, decided_on, valid_from, valid_to, proposed_client, proposed_user,
    confirmed_at, confirmed_client, confirmed_user, published_at)
SELECT recognition_id, authority, number, outcome, status, decided_on, valid_from, valid_to, authority, '{LOADER}',
    now(), '{LOADER}', '{LOADER}', now()
FROM incoming_decision WHERE NOT same ORDER BY decided_on, line"""
CHAIN = """
UPDATE decision d SET supersedes = (
    SELECT b.id FROM decision b WHERE b.recognition_id = d.recognition_id AND b.published_at IS NOT NULL AND b.revoked_at IS NULL
    AND (b.decided_on, b.id) < (d.decided_on, d.id) ORDER BY b.decided_on DESC, b.id DESC LIMIT 1)
FROM incoming_decision n WHERE NOT n.same AND (d.authority, d.number) = (n.authority, n.number) AND d.rejected_at IS NULL"""
REPEATED = "this number of the authority stands on a line before; leave one of the two out or correct the number"
WRONG_LINES = "SELECT line, reason FROM incoming_decision WHERE reason IS NOT NULL"


def load_decisions(
    session: Session, listed: Iterable[ListedDecision], today: date, progress: Callable[[int], None] = lambda _: None
) -> DecisionLoading:
    """Enters and publishes the decisions of a list in the session's transaction, or says which lines are wrong and enters none."""
    lines, run = list(listed), cursor(session).execute
    wrong = {one.line: REPEATED for one in _repeated(lines)}
    wrong |= {one.line: reason for one in lines if (reason := next(problems(one, today), None))}
    run(ALONE)
    run(INCOMING)
    with cursor(session).copy(COPY) as copy:
        for one in lines:
            if one.line not in wrong:
                copy.write_row((one.line, *(value or None for value in one[1:])))
    run("ANALYZE incoming_decision")
    run(SAME)
    run(WRONG)
    wrong.update(fetch_all(session, WRONG_LINES, {}))
    entered = 0 if wrong else _enter(session, progress)
    run("DROP TABLE incoming_decision")
    unchanged = 0 if wrong else len(lines) - entered
    return DecisionLoading(len(lines), entered, unchanged, [WrongLine(*one) for one in sorted(wrong.items())])


def _repeated(lines: Iterable[ListedDecision]) -> Iterator[ListedDecision]:
    """The lines whose number another line before them has."""
    seen = set[tuple[str, str]]()
    for one in lines:
        named = one.authority, one.number
        if all(named) and named in seen:
            yield one
        seen.add(named)


def _enter(session: Session, progress: Callable[[int], None]) -> int:
    """Enters what the register does not hold yet, subject by subject in one order; returns how many decisions."""
    run, entered = cursor(session).execute, 0
    run(SUBJECTS)
    run(FIND)
    run(LOCK)
    run(ENTER)
    run(CHAIN)
    for subject, decisions in fetch_all(session, NEW_OF, {}):
        refold(session, subject)
        entered += decisions
        progress(decisions)
    return entered
