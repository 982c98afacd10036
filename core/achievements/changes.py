"""Changes of achievements (sasniegumu izmaiņas): all of them for who may hold everything, corrections for who was told the old value.

Both come out of the one feed, in the order of commits. An entry is shown as it is known when the page is read, so that a copy ends with the
newest state whatever it missed; a correction says what it was and what it is.
"""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core import paging
from core.access import Right, Scope, ScopeKind
from core.achievements.pieces import by_the_clock, document_json, result_json
from core.achievements.recalling import IDENTIFIER
from core.achievements.shown import AssignedIdentifier, Document, Result
from core.connections import fetch_all
from core.errors import InvalidCursor, NotGranted
from core.feed import Place, check_place
from core.reading import INSTANT

CORRECTION = "correction:"
STATE = 4  # columns about the feed


class Shown(NamedTuple):
    """What an entry says: a document or a result (ieraksta saturs)."""

    document: Document | None
    exam_result: Result | None


class AchievementEvent(NamedTuple):
    """A change (izmaiņa): the entry as it is known now, neither when it was withdrawn; of a correction, what it was, and its message."""

    position: int
    changed_at: str
    kind: str
    personal_code: str | None
    identifier: AssignedIdentifier | None
    entity: str
    entry_id: int
    document: Document | None
    exam_result: Result | None
    message_id: str | None
    correction_id: int | None
    old_version: int | None
    new_version: int | None
    reason: str | None
    old: Shown | None


class ChangesPage(NamedTuple):
    """One page (lapa): its events, whose data they are, whether there are more now, where to go on."""

    data_as_of: str
    persons: list[int]
    events: Sequence[AchievementEvent]
    more: bool
    next_cursor: str


def changes_page(session: Session, scope: Scope, rights: frozenset[str], client: str, after: str | None, size: int) -> ChangesPage:
    """The changes behind a cursor; a scope that reaches less than everything gets the corrections addressed to its client."""
    if scope.kind is ScopeKind.OWN:
        raise NotGranted("Who asks about oneself is not told of whom else the same system asked about.")
    everything = scope.kind is ScopeKind.EVERYTHING
    question = ("listAchievementChanges", client, everything)
    place = _place(question, after)
    audiences = [CORRECTION + client, *(["achievement"] if everything else [])]
    asked = {"audiences": audiences, "after": place.position, "limit": size + 1, "health": Right.HEALTH in rights}
    rows = fetch_all(session, _page(), asked)
    data_as_of, head, floor, generation = rows[0][:STATE]
    check_place(place, floor, generation)
    if after is not None and place.generation is not None and place.generation > generation:
        # A replica on which the feed was not shortened yet has not reached the cursor, whatever its position.
        return ChangesPage(data_as_of, [], [], place.position < head, after)
    lines = rows[:size] if rows[0][STATE] is not None else []
    more = len(rows) > size
    last = lines[-1][STATE] if more else head
    # A replica that has not reached the cursor leaves it as it is.
    next_cursor = after if after is not None and last <= place.position else paging.give(question, [last, generation])
    persons = sorted({line[STATE + 2] for line in lines if line[STATE + 2] is not None})
    return ChangesPage(data_as_of, persons, [_event(*line[STATE:]) for line in lines], more, next_cursor)


def _event(position: int, changed_at: str, _: int, entity: str, entry: int, content: list[str] | None, *now: Any) -> AchievementEvent:
    if content is not None:
        message_id, said = content[0], json.loads(content[1])
        recall, of, number, before, after, reason, _at, code, identifier, old, new = said
        document, result = new or (None, None)
        correction = (message_id, recall, before, after, reason, old)
        return AchievementEvent(position, changed_at, "correction", code, identifier, of, number, document, result, *correction)
    code, identifier, document, result = now
    return AchievementEvent(position, changed_at, "achievements", code, identifier, entity, entry, document, result, *[None] * 6)


def _place(question: tuple[object, ...], after: str | None) -> Place:
    if after is None:
        return Place(0, None)
    match paging.take(question, after):
        case [int() as position, int() as generation] if position >= 0:
            return Place(position, generation)
        case _:
            raise InvalidCursor


@cache
def _page() -> str:
    code = "(SELECT c.value FROM identity c WHERE c.person_id = i.person_id AND c.scheme = 'personal_code' AND c.current)"
    return by_the_clock(f"""
SELECT (SELECT {INSTANT.format("data_instant()")}), s.head, s.floor, s.generation,
    e.position, {INSTANT.format("e.changed_at")}, coalesce(i.person_id, e.person_id), e.entity, e.entry_id, e.content, {code}, {IDENTIFIER},
    CASE WHEN d.id IS NOT NULL THEN {document_json("d", "i.person_id")} END,
    CASE WHEN r.id IS NOT NULL THEN {result_json("r", "x")} END
FROM feed_state s LEFT JOIN (
    SELECT e.* FROM feed_event e WHERE e.audience = ANY(%(audiences)s) AND e.position > %(after)s
    ORDER BY e.position LIMIT %(limit)s) e ON true
LEFT JOIN exam_result r ON e.entity = 'examResult' AND r.entry_id = e.entry_id AND upper_inf(r.recorded)
LEFT JOIN examination x ON x.id = r.examination_id
LEFT JOIN education_document d ON e.entity = 'educationDocument' AND d.entry_id = e.entry_id AND upper_inf(d.recorded)
LEFT JOIN LATERAL (
    SELECT i.person_id FROM identity i WHERE i.id = coalesce(r.identity_id, d.identity_id)
    UNION ALL SELECT e.person_id WHERE r.id IS NULL AND d.id IS NULL) i ON true
ORDER BY e.position""")
