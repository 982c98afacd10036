"""Changes of the public register (publiskā reģistra izmaiņas): told in the transaction that made them, read in the order of commits.

A change goes through the same sequencer as the feed of education, under an audience of its own, so listEducationChanges never gives it. Its
entry is the subject; a page shows what is known of it now, all its days, so that a copy ends with the newest state whatever it missed.
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core import paging
from core.accreditation.holding import SUBJECT
from core.connections import cursor, fetch_all
from core.errors import InvalidCursor
from core.feed import Place, check_place
from core.reading import INSTANT

QUESTION = ("listAccreditationChanges",)
TELL = """
INSERT INTO change (audience, institution, entity, entry_id, version, kind, holders, foremost, held_before)
SELECT 'recognition', r.institution, 'recognition', r.id, r.id, 'upsert', '{}', false, false FROM recognition r WHERE {0} ORDER BY r.id"""
PAGE = f"""
SELECT (SELECT {INSTANT.format("data_instant()")}), s.head, s.floor, s.generation,
    e.position, {INSTANT.format("e.changed_at")}, r.id, {SUBJECT}, r.institution, r.programme,
    (SELECT coalesce(json_agg(json_build_array(q.status, lower(q.valid), upper(q.valid) - 1,
            CASE WHEN NOT q.started THEN q.start_by END, q.decision_id, d.number)
            ORDER BY q.valid), '[]')
     FROM recognition_period q JOIN decision d ON d.id = q.decision_id WHERE q.recognition_id = r.id AND upper_inf(q.recorded))
FROM feed_state s LEFT JOIN (
    SELECT e.position, e.changed_at, e.entry_id FROM feed_event e WHERE e.audience = 'recognition' AND e.position > %(after)s
    ORDER BY e.position LIMIT %(limit)s) e ON true
LEFT JOIN recognition r ON r.id = e.entry_id ORDER BY e.position"""
STATE = 4  # columns about the feed


class RecognisedDays(NamedTuple):
    """What holds on which days (spēkā esamība), by which decision."""

    status: str
    valid_from: str
    valid_to: str | None
    start_by: str | None
    decision_id: int
    decision_number: str


class RecognitionEvent(NamedTuple):
    """A change (izmaiņa): the subject with all its days as they are now."""

    position: int
    changed_at: str
    recognition_id: int
    subject: str
    institution: str
    programme: str | None
    periods: Sequence[RecognisedDays]


class ChangesPage(NamedTuple):
    """One page (lapa) of changes, whether there are more, and where to go on."""

    data_as_of: str
    events: Sequence[RecognitionEvent]
    more: bool
    next_cursor: str


def tell(session: Session, recognition_ids: Collection[int]) -> None:
    """The days of these subjects changed."""
    cursor(session).execute(TELL.replace("{0}", "r.id = ANY(%(ids)s)"), {"ids": list(recognition_ids)})


def tell_all(session: Session) -> None:
    """Tells of every subject that has days and was told of by nobody, because its rows came in bulk."""
    told = """EXISTS (SELECT FROM recognition_period q WHERE q.recognition_id = r.id)
        AND NOT EXISTS (SELECT FROM feed_event e WHERE e.audience = 'recognition' AND e.entry_id = r.id)"""
    cursor(session).execute(TELL.replace("{0}", told))


def changes_page(session: Session, after: str | None, size: int) -> ChangesPage:
    """The changes behind a cursor, in the order of their positions; from nothing, they give a complete copy and then what changed."""
    place = _place(after)
    rows: Sequence[Any] = fetch_all(session, PAGE, {"after": place.position, "limit": size + 1})
    data_as_of, head, floor, generation = rows[0][:STATE]
    check_place(place, floor, generation)
    if after is not None and place.generation is not None and place.generation > generation:
        # A replica on which the feed was not shortened yet has not reached the cursor, whatever its position.
        return ChangesPage(data_as_of, [], place.position < head, after)
    lines = rows[:size] if rows[0][STATE] is not None else []
    more = len(rows) > size
    last = lines[-1][STATE] if more else head
    # A replica that has not reached the cursor leaves it as it is.
    next_cursor = after if after is not None and last <= place.position else paging.give(QUESTION, [last, generation])
    return ChangesPage(data_as_of, [line[STATE:] for line in lines], more, next_cursor)


def _place(after: str | None) -> Place:
    if after is None:
        return Place(0, None)
    match paging.take(QUESTION, after):
        case [int() as position, int() as generation] if position >= 0:
            return Place(position, generation)
        case _:
            raise InvalidCursor
