"""The end of rows that are old enough (glabāšanas termiņš): the beginning of the chain goes, and a signed checkpoint stands for it.

First the part that goes is proved, then its checkpoint is committed, then the rows are removed, some thousand at a time; the database lets
nothing go that no checkpoint stands for. Whoever is interrupted goes on the next time. That a replica holds a copy stands there
for as long as it does: such a row that goes is written again.
"""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session, sessionmaker

from core.connections import cursor
from core.disclosures.copies import STAND_AGAIN
from core.disclosures.sealing import one_view
from core.disclosures.verifying import REWRITTEN, Checkpoint, Wrong, checkpoint, verify

AT_ONCE = 10_000
# The first row that is too young to go, or that a person may not have been shown yet; nothing behind it goes.
LAST_TO_GO = """
SELECT coalesce((
    SELECT s.place - 1 FROM disclosure_seal s JOIN disclosure d ON d.id = s.disclosure_id
    WHERE s.place > %(after)s AND (d.disclosed_at >= %(before)s OR d.hidden_until > %(now)s) ORDER BY s.place LIMIT 1),
    (SELECT place FROM disclosure_chain))"""
HASH = "SELECT chain_hash FROM disclosure_seal WHERE place = %(place)s"
MADE = """
INSERT INTO disclosure_checkpoint (place, chain_hash, rows, before, signed_by, signature)
VALUES (%(place)s, %(chain_hash)s, %(rows)s, %(before)s, %(signed_by)s, %(signature)s)"""
# Rows before their places: whether a row may go is asked of its place.
GOING = "SELECT s.disclosure_id FROM disclosure_seal s WHERE s.place BETWEEN %(first)s AND %(last)s"
ROWS_GO = f"DELETE FROM disclosure WHERE id IN ({GOING})"
PLACES_GO = "DELETE FROM disclosure_seal WHERE place BETWEEN %(first)s AND %(last)s"
FIRST = "SELECT min(place) FROM disclosure_seal"

Signed = Callable[[Checkpoint], tuple[str, bytes]]


class NotWhole(Exception):
    """The part of the chain that was to go is not as it was; nothing was removed (žurnāls ir mainīts)."""

    def __init__(self, wrong: Wrong) -> None:
        self.wrong = wrong
        super().__init__(f"Place {wrong.place} of the journal is {wrong.kind}.")


class Expired(NamedTuple):
    """How many rows went, and the checkpoint that stands for all that ever did; None while nothing has."""

    rows: int
    checkpoint: Checkpoint | None


def expire(
    register: sessionmaker[Session],
    before: datetime,
    now: datetime,
    sign: Signed,
    trusted: Callable[[Checkpoint], bool],
    progress: Callable[[int], object] = lambda _: None,
) -> Expired:
    """Removes the rows of before an instant; `sign` gives the name of a key and its signature."""
    with register.begin() as session:
        made = _checkpoint(session, before, now, trusted)
    if made is not None:
        signed_by, signature = sign(made)
        with register.begin() as session:
            cursor(session).execute(MADE, {**made._asdict(), "signed_by": signed_by, "signature": signature})
            cursor(session).execute(STAND_AGAIN, {"place": made.place})
    with register.begin() as session:
        standing = checkpoint(session)
    if standing is not None and not trusted(standing):
        raise NotWhole(Wrong(standing.place, REWRITTEN))
    rows, left = 0, AT_ONCE
    while standing is not None and left:
        with register.begin() as session:
            left = _remove(session, standing.place)
        rows += left
        progress(left)
    return Expired(rows, standing)


def _checkpoint(session: Session, before: datetime, now: datetime, trusted: Callable[[Checkpoint], bool]) -> Checkpoint | None:
    """The checkpoint to be made, of a part that was proved; None when there is nothing to remove."""
    one_view(session)
    standing = checkpoint(session)
    after, rows = (standing.place, standing.rows) if standing else (0, 0)
    run = cursor(session).execute
    [last] = run(LAST_TO_GO, {"after": after, "before": before, "now": now}).fetchone() or (after,)
    if last <= after:
        return None
    wrong = verify(session, last=last, trusted=trusted).wrong
    if wrong is not None:
        raise NotWhole(wrong)
    [chain_hash] = run(HASH, {"place": last}).fetchone() or (b"",)
    return Checkpoint(last, bytes(chain_hash), rows + last - after, before)


def _remove(session: Session, last: int) -> int:
    """Removes the oldest rows up to a place, as many as are removed at once; returns how many there were."""
    run = cursor(session).execute
    [first] = run(FIRST).fetchone() or (None,)
    if first is None or first > last:
        return 0
    going = {"first": first, "last": min(last, first + AT_ONCE - 1)}
    run(ROWS_GO, going)
    return run(PLACES_GO, going).rowcount
