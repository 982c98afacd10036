"""The floor of submissions: COPY into a temporary table and set-based SQL into the very tables, under the same constraints.

One process, no HTTP, no XML, nothing checked that the tables do not check themselves; what it leaves in affiliation, holding and change is
what the service leaves there. It knows what the service has to find out: that only affiliations come, of people and schools that are there.
"""

import time
from collections.abc import Iterable, Sequence

import psycopg

from tests.bench.schools import Item

TEMPORARY = """
CREATE TEMPORARY TABLE sent (sender_key text, personal_code text, institution text, programme text, main boolean, class_level text,
    class_group text, study_form text, language text, status text, valid daterange, start_order text, end_order text, end_reason text)
    ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE told (id bigint, entry_id bigint, old_id bigint, identity_id bigint, person_id bigint, LIKE sent)
    ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE held (entry_id bigint, version bigint, person_id bigint, institution text, municipality text, foremost boolean,
    holders text[], hash bigint, full_hash bigint, content text[], health text[]) ON COMMIT DELETE ROWS
"""
# While tables fill up the planner has no statistics of them: LATERAL … OFFSET 0 makes it look up a thousand rows and not read all.
COPY = "COPY sent FROM STDIN"
VALUES = "institution, programme, main, class_level, class_group, study_form, language, status, valid, start_order, end_order, end_reason"
COMPARE = f"""
INSERT INTO told
SELECT nextval('affiliation_id_seq'), coalesce(a.entry_id, nextval('affiliation_entry')), a.id, i.id, i.person_id, s.*
FROM sent s JOIN identity i ON (i.value, i.scheme, i.issuer) = (s.personal_code, 'personal_code', '')
LEFT JOIN LATERAL (
    SELECT * FROM affiliation WHERE sender = %(sender)s AND sender_key = s.sender_key AND upper_inf(recorded) OFFSET 0) a ON true
WHERE a.id IS NULL OR ({", ".join(f"a.{name.strip()}" for name in VALUES.split(","))}, a.identity_id)
    IS DISTINCT FROM ({", ".join(f"s.{name.strip()}" for name in VALUES.split(","))}, i.id)"""
CLOSE = """
UPDATE affiliation SET recorded = tstzrange(lower(recorded), now())
WHERE id = ANY(ARRAY(SELECT old_id FROM told WHERE old_id IS NOT NULL))"""
WRITE = f"""
INSERT INTO affiliation (id, entry_id, identity_id, {VALUES}, sender, sender_key)
SELECT id, entry_id, identity_id, {VALUES}, %(sender)s, sender_key FROM told"""
HOLD = """
INSERT INTO held
SELECT t.entry_id, t.id, t.person_id, t.institution, place.municipality, place.number = 1, place.holders,
    entry_hash('affiliation', t.entry_id, v.content), entry_hash('affiliation', t.entry_id, v.content || v.health), v.content, v.health
FROM told t JOIN person_profile p ON p.person_id = t.person_id AND upper_inf(p.recorded)
JOIN institution_profile ip ON ip.institution = t.institution AND upper_inf(ip.recorded) AND ip.valid @> current_date
LEFT JOIN residence r ON r.person_id = t.person_id AND r.kind = 'declared' AND upper_inf(r.recorded) AND r.valid @> current_date
    AND NOT p.restricted
CROSS JOIN LATERAL (SELECT
    ARRAY[t.personal_code, NULL, NULL, p.given_name, p.surname, p.born_on::text, t.institution, t.main::text, t.class_level, t.class_group,
        t.study_form, t.language, t.status, lower(t.valid)::text, (upper(t.valid) - 1)::text, t.start_order, t.end_order] AS content,
    ARRAY[t.programme, t.end_reason] AS health) v
CROSS JOIN LATERAL (
    SELECT h.municipality, row_number() OVER (ORDER BY h.municipality) AS number, array_agg(h.municipality) OVER () AS holders
    FROM (SELECT ip.municipality UNION SELECT r.municipality WHERE r.municipality IS NOT NULL) h) place"""
EVENTS = """
INSERT INTO change (audience, institution, entity, entry_id, version, person_id, kind, holders, foremost, held_before, hash, full_hash,
    before_hash, before_full_hash, content, health)
SELECT n.municipality, n.institution, 'affiliation', n.entry_id, n.version, n.person_id, 'upsert', n.holders, n.foremost,
    o.entry_id IS NOT NULL, n.hash, n.full_hash, o.hash, o.full_hash, n.content, n.health
FROM held n LEFT JOIN LATERAL (
    SELECT * FROM holding h WHERE (h.entry_id, h.entity, h.municipality) = (n.entry_id, 'affiliation', n.municipality) OFFSET 0
) o ON true"""
KEEP = """
INSERT INTO holding (entry_id, entity, municipality, institution, version, person_id, hash, full_hash, content, health)
SELECT entry_id, 'affiliation', municipality, institution, version, person_id, hash, full_hash, content, health FROM held
ON CONFLICT (entry_id, entity, municipality) DO UPDATE SET (institution, version, person_id, hash, full_hash, content, health) =
    (excluded.institution, excluded.version, excluded.person_id, excluded.hash, excluded.full_hash, excluded.content, excluded.health)"""


class Floor:
    """Writes message after message, each in one transaction."""

    def __init__(self, url: str, sender: str) -> None:
        self._connection = psycopg.connect(url.replace("+psycopg", ""), options="-c jit=off")
        self._connection.execute(TEMPORARY)
        self._connection.commit()
        self._sender = {"sender": sender}

    def write(self, messages: Sequence[bytes]) -> float:
        """The seconds it took."""
        begun = time.perf_counter()
        for message in messages:
            with self._connection.transaction(), self._connection.cursor() as cursor:
                with cursor.copy(COPY) as copy:
                    copy.write(message)
                cursor.execute(COMPARE, self._sender)
                cursor.execute(CLOSE)
                cursor.execute(WRITE, self._sender)
                cursor.execute(HOLD)
                cursor.execute(EVENTS)
                cursor.execute(KEEP)
        return time.perf_counter() - begun

    def close(self) -> None:
        self._connection.close()


def message(items: Iterable[Item]) -> bytes:
    """The items as COPY takes them."""
    return "".join(["\t".join([_field(value) for value in _row(item)]) + "\n" for item in items]).encode()


def _row(item: Item) -> Sequence[str | bool | None]:
    period = f"[{item.started_on},{item.ended_on}]" if item.ended_on else f"[{item.started_on},)"
    return (*item[:10], period, *item[12:])


def _field(value: str | bool | None) -> str:
    return r"\N" if value is None else "t" if value is True else "f" if value is False else value
