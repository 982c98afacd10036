"""From what copies should hold to what changes (starpība): one statement for each kind of entry.

It writes to `holding` what is wanted, takes from it what is not, and gives what that changes as events. An entry that several
municipalities hold has an event for each; exactly one of them, an upsert if there is one, is `foremost`: those get it who may hold
everything, or everything of an institution. When nothing but access was lost, there is none for them.
"""

WANTED_ROWS = """wanted AS (
    SELECT e.entry_id, m.municipality, e.institution, e.version, e.person_id, e.hash, coalesce(e.full_hash, e.hash) AS full_hash,
        e.content, e.health, e.holders
    FROM entry e CROSS JOIN LATERAL unnest(e.holders) AS m(municipality))"""
EVENT = """audience, institution, entity, entry_id, version, person_id, kind, holders, foremost, held_before, hash, full_hash,
    before_hash, before_full_hash, content, health"""


def difference(entity: str) -> str:
    """The common table expressions that follow `touched` and `entry`; the last one is `event`."""
    return f"""
-- One look-up an entry, whatever the planner thinks of how many there are.
held AS MATERIALIZED (
    SELECT h.* FROM touched t
    CROSS JOIN LATERAL (SELECT * FROM holding o WHERE o.entry_id = t.entry_id AND o.entity = '{entity}' OFFSET 0) h),
before AS MATERIALIZED (SELECT DISTINCT ON (entry_id) entry_id, institution, hash, full_hash FROM held ORDER BY entry_id),
{WANTED_ROWS},
different AS MATERIALIZED (
    SELECT w.*, h.entry_id IS NOT NULL AS held_before,
        h.entry_id IS NULL OR (w.version, w.institution, w.content, w.health)
            IS DISTINCT FROM (h.version, h.institution, h.content, h.health) AS told
    FROM wanted w LEFT JOIN held h ON (h.entry_id, h.municipality) = (w.entry_id, w.municipality)
    WHERE h.entry_id IS NULL OR (w.version, w.institution, w.person_id, w.content, w.health)
        IS DISTINCT FROM (h.version, h.institution, h.person_id, h.content, h.health)),
lost AS MATERIALIZED (
    SELECT h.entry_id, h.municipality, h.person_id, e.entry_id IS NULL AS gone, coalesce(e.institution, h.institution) AS institution,
        coalesce(e.version, h.version) AS version, e.hash, e.full_hash, coalesce(e.holders, '{{}}') AS holders
    FROM held h LEFT JOIN entry e ON e.entry_id = h.entry_id
    WHERE e.entry_id IS NULL OR h.municipality <> ALL (e.holders)),
put AS (
    INSERT INTO holding AS x (entry_id, entity, municipality, institution, version, person_id, hash, full_hash, content, health)
    SELECT entry_id, '{entity}', municipality, institution, version, person_id, hash, full_hash, content, health FROM different
    ON CONFLICT (entry_id, entity, municipality) DO UPDATE SET institution = excluded.institution, version = excluded.version,
        person_id = excluded.person_id, hash = excluded.hash, full_hash = excluded.full_hash, content = excluded.content,
        health = excluded.health),
taken AS (
    DELETE FROM holding x USING lost l WHERE (x.entry_id, x.entity, x.municipality) = (l.entry_id, '{entity}', l.municipality)),
told AS (
    SELECT d.municipality AS audience, d.institution, d.entry_id, d.version, d.person_id, 'upsert' AS kind, d.holders, true AS worth,
        d.held_before, d.hash, d.full_hash, d.content, d.health
    FROM different d WHERE d.told
    UNION ALL
    SELECT l.municipality, l.institution, l.entry_id, l.version, l.person_id, CASE WHEN l.gone THEN 'remove' ELSE 'lostAccess' END,
        l.holders, l.gone, true, l.hash, coalesce(l.full_hash, l.hash), NULL, NULL
    FROM lost l
    UNION ALL
    -- The institution that had the entry before is told, too; it is none of those whose holdings are counted.
    SELECT b.institution, e.institution, e.entry_id, e.version, e.person_id, 'lostAccess', e.holders, false, false, e.hash,
        coalesce(e.full_hash, e.hash), NULL, NULL
    FROM entry e JOIN before b ON b.entry_id = e.entry_id AND b.institution <> e.institution),
event AS (
    SELECT t.*, '{entity}' AS entity, b.hash AS before_hash, b.full_hash AS before_full_hash,
        t.worth AND row_number() OVER (PARTITION BY t.entry_id ORDER BY t.worth DESC, t.audience) = 1 AS foremost
    FROM told t LEFT JOIN before b ON b.entry_id = t.entry_id)"""
