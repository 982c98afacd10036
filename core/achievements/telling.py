"""What is new of achievements (jaunumi par sasniegumiem), told where it was written: in the feed, and to who registered the person.

A feed event names the entry; a page shows what is known of it when it is read. A message holds the person's achievements as they stand.
"""

from collections.abc import Collection

from sqlalchemy.orm import Session

from core.achievements.pieces import achievements_json, by_the_clock
from core.connections import cursor
from core.reading import INSTANT

AUDIENCE = "achievement"
RESULT, DOCUMENT = "examResult", "educationDocument"
TABLES = {RESULT: "exam_result", DOCUMENT: "education_document"}
FEED = """
INSERT INTO change (audience, institution, entity, entry_id, version, person_id, kind, holders, foremost, held_before)
SELECT 'achievement', x.institution, %(entity)s, x.entry_id, x.id, i.person_id, 'upsert', '{{}}', false, false
FROM {0} x JOIN identity i ON i.id = x.identity_id WHERE x.entry_id = ANY(%(entries)s) AND upper_inf(x.recorded) ORDER BY x.entry_id"""
# Where nobody else can have written in between, positions are given at once.
TELL_ALL = """
INSERT INTO feed_event (position, audience, institution, entity, entry_id, version, person_id, kind, holders, foremost, held_before)
SELECT (SELECT head FROM feed_state) + row_number() OVER (ORDER BY x.entry_id), 'achievement', x.institution, %(entity)s, x.entry_id, x.id,
    i.person_id, 'upsert', '{{}}', false, false
FROM {0} x JOIN identity i ON i.id = x.identity_id WHERE upper_inf(x.recorded)"""
HEAD = "UPDATE feed_state SET head = greatest(head, (SELECT max(position) FROM feed_event))"
GONE = """
INSERT INTO change (audience, institution, entity, entry_id, person_id, kind, holders, foremost, held_before)
SELECT 'achievement', x.institution, %(entity)s, x.entry_id, i.person_id, 'upsert', '{{}}', false, false
FROM {0} x JOIN identity i ON i.id = x.identity_id WHERE x.id = ANY(%(versions)s) ORDER BY x.entry_id"""
PERSON = by_the_clock(achievements_json("a.person_id", lambda alias: f"identity {alias}", lambda alias: f"{alias}.person_id = a.person_id"))
# A transaction may have waited for others, whose values its messages tell: these are dated by when they are written, not by when it began.
# Health data stays out: what the receiver may see is decided when it asks, and a message is not an answer.
PUSH = f"""
INSERT INTO outbox_message (kind, client, campaign, person_id, created_at, content)
SELECT 'personAchievements', a.client, a.campaign, a.person_id, clock_timestamp(), json_build_array({INSTANT.format("now()")}, {PERSON})
FROM (
    SELECT ap.client, i.person_id, min(ap.campaign) AS campaign FROM (
        SELECT DISTINCT xi.person_id FROM {{0}} x JOIN identity xi ON xi.id = x.identity_id
        WHERE x.entry_id = ANY(%(entries)s) AND upper_inf(x.recorded)) told
    JOIN identity i ON i.person_id = told.person_id JOIN applicant ap ON ap.identity_id = i.id AND ap.withdrawn_at IS NULL
    GROUP BY 1, 2) a
JOIN person_profile p ON p.person_id = a.person_id AND upper_inf(p.recorded)
ORDER BY a.person_id, a.client"""


# Who registers applicants waits for those who are just telling, and the other way round: nobody registered before is left out. Several may
# tell at once.
TELLING, REGISTERING = (f"SELECT pg_advisory_xact_lock{kind}(hashtext('viis applicants'))" for kind in ("_shared", ""))


def new_results(session: Session, entries: Collection[int]) -> None:
    """Results that were published."""
    _feed(session, RESULT, entries)
    _push(session, RESULT, entries)


def corrected_results(session: Session, entries: Collection[int]) -> None:
    """Results that have a new version; who was told the old one is told by its recall."""
    _feed(session, RESULT, entries)


def new_documents(session: Session, entries: Collection[int]) -> None:
    """Documents that were entered."""
    _feed(session, DOCUMENT, entries)
    _push(session, DOCUMENT, entries)


def corrected_documents(session: Session, entries: Collection[int]) -> None:
    """Documents that have a new version."""
    _feed(session, DOCUMENT, entries)


def withdrawn_documents(session: Session, versions: Collection[int]) -> None:
    """Documents that were withdrawn, by their last versions."""
    if versions:
        cursor(session).execute(GONE.format(TABLES[DOCUMENT]), {"entity": DOCUMENT, "versions": list(versions)})


def tell_all(session: Session) -> None:
    """Every result and document, in a register whose rows came in bulk, and whose feed this transaction has locked."""
    for entity, table in TABLES.items():
        cursor(session).execute(TELL_ALL.format(table), {"entity": entity})
        cursor(session).execute(HEAD)


def _feed(session: Session, entity: str, entries: Collection[int]) -> None:
    if entries:
        cursor(session).execute(FEED.format(TABLES[entity]), {"entity": entity, "entries": list(entries)})


def _push(session: Session, entity: str, entries: Collection[int]) -> None:
    if entries:
        cursor(session).execute(TELLING)
        cursor(session).execute(PUSH.format(TABLES[entity]), {"entries": list(entries), "health": False})
