"""Recall of a value that was told (paziņotas vērtības atsaukšana): whoever was told the old one is told the new one, and acknowledges it.

Who was told follows from the disclosures, whose instant says what the answer knew, and from the messages. A reader of a replica may be told
an old value a moment after it was corrected, so recalls of the last day are looked at again.
"""

from collections.abc import Collection, Sequence

from sqlalchemy.orm import Session

from core.access import ScopeKind
from core.achievements.pieces import DAY, by_the_clock, document_json, result_json
from core.connections import cursor
from core.reach import of_scope
from core.reading import INSTANT, successors

# What tells achievements; whoever follows the register of education is told of documents by its own feed.
TELLING = ("achievements.getPersonAchievements", "achievements.getAchievementsBatch", "achievements.listAchievementChanges")
RECALL = """
INSERT INTO recall (entity, entry_id, identity_id, old_version, new_version, old_since, reason)
SELECT %(entity)s, o.entry_id, o.identity_id, o.id, c.new, lower(o.recorded), c.reason
FROM unnest(%(olds)s::bigint[], %(news)s::bigint[], %(reasons)s::text[]) AS c (old, new, reason) JOIN {0} o ON o.id = c.old
ORDER BY o.entry_id RETURNING id"""
# Whom the newest disclosures are about stands in a list that is read whole for each recall, until it is put in order.
IN_ORDER = """
SELECT gin_clean_pending_list(c.oid) FROM pg_class c
WHERE c.oid = 'ix_disclosure_persons'::regclass AND pg_has_role(c.relowner, 'USAGE')"""
# Whether a grant showed what is told of an institution: all of a person, or rows of its own institutions and people who lived there.
_HERE = of_scope(ScopeKind.MUNICIPALITIES, "a.institution").replace("%(scope)s", "g.scope_values").replace("%(on)s::date", DAY)
SEEN = f"""CASE g.scope WHEN 'institutions' THEN a.institution = ANY(g.scope_values)
            WHEN 'municipalities' THEN {_HERE} OR EXISTS (
                SELECT FROM residence h WHERE h.person_id = ANY(a.people) AND h.kind = 'declared' AND upper_inf(h.recorded)
                AND h.valid @> (d.disclosed_at AT TIME ZONE 'Europe/Riga')::date
                AND {successors("h.municipality", DAY)} = ANY(g.scope_values)
                AND ('restricted' = ANY(g.rights) OR NOT EXISTS (
                    SELECT FROM person_profile s WHERE s.person_id = h.person_id AND s.restricted AND upper_inf(s.recorded))))
            ELSE true END"""
RECENT = "SELECT id FROM recall WHERE corrected_at > now() - interval '1 day'"
# The instant of a correction is when its transaction began; an answer of the seconds until it was visible still told the old value. A
# replica may know more than the last beat that its answer is dated by, so who asked since the old value was known is by the clock; a minute
# more is for questions that were under way.
# Who sees only rows of its own institutions was not told those of others. Messages are written by who has the person
# locked, so the first look finds all that tell the old value.
RECIPIENTS = f"""
WITH asked AS MATERIALIZED (
    SELECT r.id, r.old_since, r.corrected_at, coalesce(
        (SELECT o.institution FROM exam_result o WHERE r.entity = 'examResult' AND o.id = r.old_version),
        (SELECT o.institution FROM education_document o WHERE r.entity = 'educationDocument' AND o.id = r.old_version)) AS institution,
    ARRAY(
        SELECT i.person_id FROM identity i WHERE i.id = r.identity_id
        UNION SELECT b.person_id FROM identity_past b WHERE b.identity_id = r.identity_id) AS people
    FROM recall r WHERE r.id = ANY(%(recalls)s)),
told AS (
    SELECT a.id, a.people, d.client FROM asked a JOIN disclosure d ON d.persons && a.people AND d.outcome = 'ok'
        AND d.operation = ANY(%(telling)s) AND d.disclosed_at >= a.old_since - interval '1 minute'
        AND d.data_as_of < a.corrected_at + interval '1 minute'
    WHERE coalesce((SELECT bool_or({SEEN}) FROM access_granted g
        WHERE g.client = d.client AND g.recorded && tstzrange(d.disclosed_at - interval '1 minute', d.disclosed_at, '[]')
        AND g.operation IN (d.operation, 'achievements.*', 'achievements.**')
        AND g.valid @> (d.disclosed_at AT TIME ZONE 'Europe/Riga')::date), true)
    UNION
    SELECT a.id, a.people, m.client FROM asked a JOIN outbox_message m ON m.person_id = ANY(a.people)
        AND m.created_at >= a.old_since AND m.state <> 'dropped' AND NOT %(again)s)
INSERT INTO recall_recipient (recall_id, client, via, message_id)
SELECT t.id, t.client, CASE WHEN EXISTS (
    SELECT FROM applicant ap JOIN identity i ON i.id = ap.identity_id WHERE ap.client = t.client AND i.person_id = ANY(t.people))
    THEN 'message' ELSE 'feed' END, gen_random_uuid()::text
FROM told t ORDER BY t.id, t.client ON CONFLICT (recall_id, client) DO NOTHING RETURNING id"""
CODE = "(SELECT c.value FROM identity c WHERE c.person_id = i.person_id AND c.scheme = 'personal_code' AND c.current)"
IDENTIFIER = f"""CASE WHEN {CODE} IS NULL THEN (
        SELECT json_build_array(c.issuer, c.value) FROM identity c WHERE c.person_id = i.person_id AND c.scheme = 'institution'
        ORDER BY c.id LIMIT 1) END"""
# What a correction says: the entry, both versions as they are shown, why.
CONTENT = by_the_clock(f"""json_build_array(r.id, r.entity, r.entry_id, coalesce(ro.version, do_.id), coalesce(rn.version, dn.id), r.reason,
    {INSTANT.format("r.corrected_at")}, {CODE}, {IDENTIFIER},
    json_build_array(CASE WHEN do_.id IS NOT NULL THEN {document_json("do_", "i.person_id")} END,
        CASE WHEN ro.id IS NOT NULL THEN {result_json("ro", "e")} END),
    CASE WHEN r.new_version IS NOT NULL THEN json_build_array(CASE WHEN dn.id IS NOT NULL THEN {document_json("dn", "i.person_id")} END,
        CASE WHEN rn.id IS NOT NULL THEN {result_json("rn", "e")} END) END)""")
RECALLED = """recall_recipient rr JOIN recall r ON r.id = rr.recall_id JOIN identity i ON i.id = r.identity_id
LEFT JOIN exam_result ro ON r.entity = 'examResult' AND ro.id = r.old_version
LEFT JOIN exam_result rn ON r.entity = 'examResult' AND rn.id = r.new_version
LEFT JOIN examination e ON e.id = ro.examination_id
LEFT JOIN education_document do_ ON r.entity = 'educationDocument' AND do_.id = r.old_version
LEFT JOIN education_document dn ON r.entity = 'educationDocument' AND dn.id = r.new_version"""
PUSH = f"""
INSERT INTO outbox_message (message_id, kind, client, person_id, recall_id, created_at, content)
SELECT rr.message_id, 'correction', rr.client, i.person_id, r.id, clock_timestamp(), {CONTENT}
FROM {RECALLED} WHERE rr.id = ANY(%(recipients)s) AND rr.via = 'message' ORDER BY rr.id"""
# Each recipient has an audience of its own; the entry of the event is the recipient's.
FEED = f"""
INSERT INTO change (audience, entity, entry_id, version, person_id, kind, holders, foremost, held_before, content)
SELECT 'correction:' || rr.client, 'correction', rr.id, rr.id, i.person_id, 'upsert', '{{}}', false, false,
    ARRAY[rr.message_id, ({CONTENT})::text]
FROM {RECALLED} WHERE rr.id = ANY(%(recipients)s) AND rr.via = 'feed' ORDER BY rr.id"""


def recall(session: Session, entity: str, changed: Sequence[tuple[int, int | None, str]]) -> None:
    """Versions that hold no more, the ones that hold instead (None: withdrawn) and the reasons; their persons must be locked."""
    if not changed:
        return
    olds, news, reasons = (list(column) for column in zip(*changed, strict=True))
    table = {"examResult": "exam_result", "educationDocument": "education_document"}[entity]
    values = {"entity": entity, "olds": olds, "news": news, "reasons": reasons}
    _reach(session, [number for (number,) in cursor(session).execute(RECALL.format(table), values).fetchall()])


def catch_up(session: Session) -> int:
    """Recipients who were told an old value after its correction was written; gives how many were found."""
    recent = [number for (number,) in cursor(session).execute(RECENT).fetchall()]
    if recent:
        cursor(session).execute(IN_ORDER)
    return _reach(session, recent, again=True)


def _reach(session: Session, recalls: Collection[int], *, again: bool = False) -> int:
    if not recalls:
        return 0
    run = cursor(session).execute
    recipients = [number for (number,) in run(RECIPIENTS, {"recalls": list(recalls), "telling": list(TELLING), "again": again}).fetchall()]
    if recipients:
        run(PUSH, {"recipients": recipients, "health": False})
        run(FEED, {"recipients": recipients, "health": False})
    return len(recipients)
