"""Whether two registers hold the same affiliations, holdings and events, whatever numbers they gave to them."""

import psycopg

# Numbers differ between the two, so rows are named by the sender's key; hashes are compared with what they must be.
AFFILIATIONS = """
SELECT 'affiliations', count(*), count(*) FILTER (WHERE upper_inf(recorded)), count(DISTINCT entry_id),
    sum(hashtextextended(ROW(sender, sender_key, identity_id, institution, programme, main, class_level, class_group, study_form, language,
        status, valid, start_order, end_order, end_reason, author, upper_inf(recorded))::text, 0))
FROM affiliation"""
HOLDINGS = """
SELECT 'holdings', count(*), count(*) FILTER (WHERE h.version = a.id AND h.hash = entry_hash(h.entity, h.entry_id, h.content)
        AND h.full_hash = entry_hash(h.entity, h.entry_id, h.content || h.health)), 0,
    sum(hashtextextended(ROW(a.sender_key, h.municipality, h.institution, h.person_id, h.content, h.health)::text, 0))
FROM holding h JOIN affiliation a ON a.entry_id = h.entry_id AND upper_inf(a.recorded) WHERE h.entity = 'affiliation'"""
_EVENT = (
    "entity, entry_id, version, audience, institution, person_id, kind, holders, foremost, held_before, hash, full_hash, before_hash, "
    "content, health"
)
EVENTS = f"""
SELECT 'events', count(*), count(*) FILTER (WHERE e.foremost AND e.hash = entry_hash(e.entity, e.entry_id, e.content)
        AND e.full_hash = entry_hash(e.entity, e.entry_id, e.content || e.health)), count(DISTINCT version),
    sum(hashtextextended(ROW(a.sender_key, e.audience, e.institution, e.person_id, e.kind,
        (SELECT array_agg(one ORDER BY one) FROM unnest(e.holders) one), e.held_before, e.before_hash IS NULL, e.content, e.health
    )::text, 0))
FROM (SELECT {_EVENT} FROM feed_event UNION ALL SELECT {_EVENT} FROM change) e JOIN affiliation a ON a.id = e.version
WHERE e.entity = 'affiliation'"""


def check_same(one: str, other: str) -> None:
    """Raises when they differ: a floor that writes something else is none."""
    for statement in (AFFILIATIONS, HOLDINGS, EVENTS):
        found = [_row(url, statement) for url in (one, other)]
        print("  " + ", ".join(str(value) for value in found[0]), flush=True)
        if found[0] != found[1]:
            raise RuntimeError(f"The service and the floor left different rows: {found[0]} and {found[1]}")


def _row(url: str, statement: str) -> object:
    with psycopg.connect(url.replace("+psycopg", ""), options="-c jit=off") as connection:
        return connection.execute(statement).fetchone()
