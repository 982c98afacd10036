"""The change feed as it is read (izmaiņu plūsma): pages of events behind a cursor, and what a copy is compared with.

Whose events a reader gets is decided by each event's audience, written with the event:

- everything       one event of each change, the foremost one
- municipalities   the events of these municipalities, and those for everybody; what another one of the scope still holds is not lost
- institutions     the foremost events of these institutions, what they lost, and what is for everybody

A cursor holds the last position and the generation of the feed; each shortening makes a new generation. A reader that is behind what was
taken out, and did not begin after that, may have missed something and begins again (RestartFeed).
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core import paging
from core.access import Right, Scope, ScopeKind
from core.changes_wanted import TABLES, institutions_of
from core.connections import fetch_all
from core.errors import InvalidCursor, NotGranted, RestartFeed, UnknownMunicipality
from core.feed_events import ChangeEvent, shown
from core.reading import INSTANT, successors

# How many events are looked at for a page of one kind of entry, so that every page costs about the same.
WINDOW = 10_000
DAY = "(SELECT (data_instant() AT TIME ZONE 'Europe/Riga')::date)"
# The municipality of an institution today; a copy on a replica knows no more of who holds what.
PLACE = f"""(SELECT {successors("ip.municipality", DAY)} FROM institution_profile ip WHERE ip.institution = {{0}} AND upper_inf(ip.recorded)
            AND coalesce(lower(ip.valid), '-infinity') <= {DAY} ORDER BY ip.valid DESC LIMIT 1)"""
RESTRICTED = "(SELECT p.person_id FROM person_profile p WHERE p.restricted AND upper_inf(p.recorded))"
# Whose records were merged with a restricted person's, or separated from it: there the entry says whose it is now.
ONCE_OF_RESTRICTED = f"""(
            SELECT i_past.person_id FROM identity i JOIN identity_past i_past ON i_past.identity_id = i.id
            WHERE i.person_id IN {RESTRICTED})"""
PERSON_NOW = " UNION ALL ".join(
    f"SELECT i.person_id FROM {table} a JOIN identity i ON i.id = a.identity_id "
    f"WHERE e.entity = '{entity}' AND a.entry_id = e.entry_id AND upper_inf(a.recorded)"
    for entity, table in TABLES.items()
)
# A restricted person must not show by where an entry once was: to others than the municipality of the institution only that it is gone is
# said. Nor must one whose record was merged show by what was said of that record.
NOT_HIDDEN = f"""(e.kind IN ('lostAccess', 'remove') OR e.person_id IS NULL
        OR e.person_id NOT IN {RESTRICTED} AND (e.person_id NOT IN {ONCE_OF_RESTRICTED}
            OR CASE WHEN e.entity = 'person' THEN EXISTS (SELECT FROM identity i WHERE i.person_id = e.person_id)
                ELSE ({PERSON_NOW}) NOT IN {RESTRICTED} END)
        OR e.audience = {PLACE.format("e.institution")}
        OR e.entity = 'person' AND EXISTS (
            SELECT FROM ({institutions_of("= e.person_id")}) o WHERE e.audience = {PLACE.format("o.institution")} OFFSET 0))"""
KEPT_IN_SCOPE = "(e.kind <> 'lostAccess' OR NOT e.{0})"
# Who has no right to health data gets nothing in its place.
CONTENT = """e.content || CASE WHEN e.health IS NULL OR %(health)s THEN e.health
    ELSE array_fill(NULL::text, ARRAY[cardinality(e.health)]) END"""
FOR_EVERYBODY = "e.audience = 'public'"
# Columns of a page's statement: those about the feed, those of an event, its person, its content.
STATE, PERSON, CONTENT_AT = 7, 13, 14


class Followed(NamedTuple):
    """What is followed (sekošanas apjoms): by which right, of which municipality, which kind of entries."""

    scope: Scope
    health: bool
    entity: str | None
    municipality: str | None

    @property
    def question(self) -> tuple[object, ...]:
        """What a cursor is given for: another scope or right is another copy."""
        return ("listEducationChanges", *self)


class EventsPage(NamedTuple):
    """One page (lapa): the instant it is true at, its events, whose data they are, whether there are more now, where to go on."""

    data_as_of: str
    events: Sequence[ChangeEvent]
    persons: list[int]
    more: bool
    next_cursor: str


class Place(NamedTuple):
    """Where in the feed a reader is (vieta plūsmā)."""

    position: int
    generation: int | None


def followed(scope: Scope, rights: frozenset[str], entity: str | None, municipality: str | None) -> Followed:
    """What may be followed by this scope; refuses what the grant does not reach."""
    if scope.kind in (ScopeKind.PERSONS, ScopeKind.OWN):
        raise NotGranted("The change feed is for those who may hold everything, municipalities or institutions.")
    if municipality is not None and scope.kind is not ScopeKind.EVERYTHING and municipality not in scope.values:
        raise NotGranted("This client may not follow what this municipality may hold.")
    return Followed(scope, Right.HEALTH in rights, entity, municipality)


def events_page(session: Session, asked: Followed, cursor: str | None, size: int) -> EventsPage:
    """The events behind the cursor, in the order of their positions; from nothing, they give a complete copy and then the changes."""
    place = place_of(asked, cursor)
    narrowed = narrow(asked)
    statement = _statement(narrowed.kind, len(narrowed.values), asked.entity is not None)
    parameters = {
        **{f"one{number}": value for number, value in enumerate(narrowed.values)},
        "scope": list(narrowed.values),
        "after": place.position,
        "limit": size + 1,
        "window": WINDOW,
        "entity": asked.entity,
        "health": asked.health,
        "municipality": asked.municipality,
    }
    rows: Sequence[Any] = fetch_all(session, statement, parameters)
    data_as_of, head, floor, generation, known, seen, reached = rows[0][:STATE]
    if not known:
        raise UnknownMunicipality
    check_place(place, floor, generation)
    if cursor is not None and place.generation is not None and place.generation > generation:
        # A replica on which the feed was not shortened yet has not reached the cursor, whatever its position.
        return EventsPage(data_as_of, [], [], place.position < head, cursor)
    lines = rows[:size] if rows[0][STATE] is not None else []
    if len(rows) > size:
        more, last = True, lines[-1][STATE]
    elif seen == WINDOW:
        more, last = True, reached
    else:
        # Everything up to the head was looked at: a reader for whom nothing happens does not fall behind.
        more, last = False, head
    persons = list(dict.fromkeys(line[PERSON] for line in lines if line[PERSON] is not None))
    # A replica that has not reached the cursor leaves it as it is.
    next_cursor = cursor if cursor is not None and last <= place.position else paging.give(asked.question, [last, generation])
    return EventsPage(data_as_of, [shown(line[STATE:PERSON], line[CONTENT_AT]) for line in lines], persons, more, next_cursor)


def place_of(asked: Followed, cursor: str | None) -> Place:
    """The place in a cursor; InvalidCursor when it was given for something else."""
    if cursor is None:
        return Place(0, None)
    match paging.take(asked.question, cursor):
        case [int() as position, int() as generation] if position >= 0:
            return Place(position, generation)
        case _:
            raise InvalidCursor


def check_place(place: Place, floor: int, generation: int) -> None:
    """Refuses a reader that may have missed what was taken out of the feed."""
    if place.generation is not None and place.position < floor and place.generation < generation:
        raise RestartFeed


def narrow(asked: Followed) -> Scope:
    """The scope, or the one municipality of it that is asked for."""
    return asked.scope if asked.municipality is None else Scope(ScopeKind.MUNICIPALITIES, (asked.municipality,))


@cache
def _statement(kind: ScopeKind, values: int, filtered: bool) -> str:
    """One page in one statement; each source comes from its index in order, and the sources are merged."""
    sources, condition = _sources(kind, values)
    if filtered:
        seen = f"WITH seen AS MATERIALIZED ({_merged('e.position, e.entity', sources, 'true', 'window')})"
        counts = "(SELECT count(*) FROM seen), (SELECT max(position) FROM seen)"
        page = f"""SELECT e.* FROM seen JOIN feed_event e ON e.position = seen.position
            WHERE seen.entity = %(entity)s AND {condition} ORDER BY e.position LIMIT %(limit)s"""
    else:
        seen, counts = "", "NULL::bigint, NULL::bigint"
        page = _merged("e.*", sources, condition, "limit")
    return f"""
{seen}
SELECT (SELECT {INSTANT.format("data_instant()")}), s.head, s.floor, s.generation,
    %(municipality)s::text IS NULL OR EXISTS (SELECT FROM municipality WHERE code = %(municipality)s), {counts},
    e.position, {INSTANT.format("e.changed_at")}, e.kind, e.entity, e.entry_id, e.version, e.person_id, {CONTENT}
FROM feed_state s LEFT JOIN ({page}) e ON true ORDER BY e.position"""


def _merged(columns: str, sources: list[str], condition: str, limit: str) -> str:
    behind = f"e.position > %(after)s AND {condition} ORDER BY e.position LIMIT %({limit})s"
    each = (f"(SELECT {columns} FROM feed_event e WHERE {source} AND {behind})" for source in sources)
    return f"SELECT * FROM ({' UNION ALL '.join(each)}) e ORDER BY position LIMIT %({limit})s"


def _sources(kind: ScopeKind, values: int) -> tuple[list[str], str]:
    """The conditions of the sources that are merged, and the condition on all of them."""
    names = [f"%(one{number})s" for number in range(values)]
    match kind:
        case ScopeKind.MUNICIPALITIES:
            kept = KEPT_IN_SCOPE.format("holders && %(scope)s::text[]")
            return [*(f"e.audience = {name}" for name in names), FOR_EVERYBODY], f"{kept} AND {NOT_HIDDEN}"
        case ScopeKind.INSTITUTIONS:
            own = [f"e.foremost AND e.institution = {name} AND e.audience <> 'public'" for name in names]
            lost = [f"e.audience = {name}" for name in names]
            return [*own, *lost, FOR_EVERYBODY], KEPT_IN_SCOPE.format("institution = ANY(%(scope)s::text[])")
        case _:
            return ["e.foremost"], "true"
