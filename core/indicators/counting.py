"""Counting a year's calls (izsaukumu skaitīšana): one pass over the log, a month at a time.

A month's calls become cells (operation, consumer, channel, how it ended, how long it took) by a statement that the server may do in
parallel; cells, a thousand times fewer, become figures and reasons.
"""

from datetime import datetime

from psycopg import sql
from sqlalchemy.orm import Session

from core.connections import cursor
from core.indicators.durations import IN_SQL
from core.indicators.months import Month, months

# Only CREATE TABLE AS may write what parallel workers read.
CELLS = """
CREATE TEMPORARY TABLE indicator_cell ON COMMIT DROP AS
SELECT service, operation, channel, coalesce(client, '') AS client, outcome, coalesce(code, '') AS code, {bucket} AS bucket,
    count(*) AS calls, sum(duration_us) AS duration_us, sum(request_bytes) AS request_bytes, sum(answer_bytes) AS answer_bytes,
    sum(persons) AS persons
FROM service_call WHERE started_at >= {begins_at} AND started_at < {ends_at}
GROUP BY service, operation, channel, coalesce(client, ''), outcome, coalesce(code, ''), bucket"""
KEY = "service, operation, channel, client"
NUMBERS = "calls, answered, refused, failed, duration_us, request_bytes, answer_bytes, persons"
FIGURES = f"""
INSERT INTO indicator_figure (year, revision, month, {KEY}, {NUMBERS}, buckets, counts)
SELECT %(year)s, %(revision)s, %(month)s, {KEY}, {", ".join(f"sum({name})" for name in NUMBERS.split(", "))},
    array_agg(bucket ORDER BY bucket), array_agg(calls ORDER BY bucket)
FROM (
    SELECT {KEY}, bucket, sum(calls)::bigint AS calls, coalesce(sum(calls) FILTER (WHERE outcome = 'answered'), 0) AS answered,
        coalesce(sum(calls) FILTER (WHERE outcome = 'refused'), 0) AS refused,
        coalesce(sum(calls) FILTER (WHERE outcome = 'failed'), 0) AS failed,
        sum(duration_us) AS duration_us, sum(request_bytes) AS request_bytes, sum(answer_bytes) AS answer_bytes, sum(persons) AS persons
    FROM indicator_cell GROUP BY {KEY}, bucket) by_bucket
GROUP BY {KEY}"""
REASONS = f"""
INSERT INTO indicator_reason (year, revision, month, {KEY}, outcome, code, calls)
SELECT %(year)s, %(revision)s, %(month)s, {KEY}, outcome, code, sum(calls)
FROM indicator_cell WHERE outcome <> 'answered' GROUP BY {KEY}, outcome, code"""
MEMORY = "SET LOCAL work_mem = '128MB'"


def count_calls(session: Session, year: int, revision: int, until: datetime) -> None:
    """Fills a revision's figures and reasons with the calls that began in the year and before `until`."""
    server = cursor(session)
    server.execute(MEMORY)
    for month in months(year):
        if month.begins_at >= until:
            break
        server.execute(_cells(month, until))
        asked = {"year": year, "revision": revision, "month": month.number}
        server.execute(FIGURES, asked)
        server.execute(REASONS, asked)
        server.execute("DROP TABLE indicator_cell")


def _cells(month: Month, until: datetime) -> sql.Composed:
    between = {"begins_at": sql.Literal(month.begins_at), "ends_at": sql.Literal(min(month.ends_at, until))}
    return sql.SQL(CELLS).format(bucket=sql.SQL(IN_SQL), **between)
