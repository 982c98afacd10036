"""Statements for the figures (vaicājumi): by any dimensions, of any calls, of the whole or of a page. There is no join in them, so no plan
can make them slow."""

from collections.abc import Sequence
from functools import cache

DIMENSIONS = ("service", "operation", "channel", "consumer", "month")
COLUMNS = {"consumer": "client"}
QUANTILES = (50, 95, 99)
SUMS = ("calls", "answered", "refused", "failed", "duration_us", "request_bytes", "answer_bytes", "persons")


def _columns(dimensions: tuple[str, ...]) -> list[str]:
    return [COLUMNS.get(dimension, dimension) for dimension in dimensions]


def _compared(columns: Sequence[str]) -> str:
    """Compared by the letters' codes, on every server alike."""
    return ", ".join(column if column == "month" else f'{column} COLLATE "C"' for column in columns)


def _chosen(dimensions: tuple[str, ...], *, within: bool = False) -> str:
    """The condition for rows of the revision and of the filter, and of the page when there is one."""
    kinds = zip(DIMENSIONS, ("text", "text", "text", "text", "smallint"), strict=True)
    conditions = [f"(%({name})s::{kind} IS NULL OR {COLUMNS.get(name, name)} = %({name})s)" for name, kind in kinds]
    if within and dimensions:
        compared, number = _compared(_columns(dimensions)), range(len(dimensions))
        conditions.append(f"({compared}) >= ({', '.join(f'%(first_{one})s' for one in number)})")
        conditions.append(f"({compared}) <= ({', '.join(f'%(last_{one})s' for one in number)})")
    return " AND ".join(["year = %(year)s", "revision = %(revision)s", *conditions])


@cache
def sums(dimensions: tuple[str, ...], *, following: bool) -> str:
    """The sums of each group, in order; `following` those after a place."""
    columns = _columns(dimensions)
    chosen = _chosen(dimensions)
    if following:
        places = ", ".join(f"%(after_{number})s" for number in range(len(columns)))
        chosen += f" AND ({_compared(columns)}) > ({places})" if columns else " AND false"
    sums = ", ".join(f"sum({name})::bigint" for name in SUMS)
    return (
        f"SELECT {', '.join([*columns, sums])} FROM indicator_figure WHERE {chosen} GROUP BY {', '.join(columns) or '()'} "
        f"HAVING count(*) > 0 ORDER BY {_compared(columns) or '1'} LIMIT %(limit)s::bigint"
    )


@cache
def quantiles(dimensions: tuple[str, ...], *, within: bool) -> str:
    """The buckets in which median, 95th and 99th percentile of each group lie; at the finest a row is a group already."""
    columns, chosen = _columns(dimensions), _chosen(dimensions, within=within)
    if dimensions == DIMENSIONS:
        histograms = f"SELECT {', '.join(columns)}, buckets, counts FROM indicator_figure WHERE {chosen}"
    else:
        group = ", ".join([*columns, "bucket"])
        histograms = f"""
            SELECT {"".join(f"{column}, " for column in columns)}array_agg(bucket) AS buckets, array_agg(number) AS counts FROM (
                SELECT {group}, sum(number) AS number FROM indicator_figure CROSS JOIN LATERAL unnest(buckets, counts) h(bucket, number)
                WHERE {chosen} GROUP BY {group}) b GROUP BY {", ".join(columns) or "()"}"""
    quantiles = ", ".join(f"min(bucket) FILTER (WHERE upto * 100 >= calls * {percent})" for percent in QUANTILES)
    return f"""
        SELECT {"".join(f"{column}, " for column in columns)}q.* FROM ({histograms}) g CROSS JOIN LATERAL (
            SELECT {quantiles} FROM (
                SELECT bucket, sum(number) OVER (ORDER BY bucket) AS upto, sum(number) OVER () AS calls
                FROM unnest(g.buckets, g.counts) h(bucket, number)) s) q(median, p95, p99)"""


@cache
def reasons(dimensions: tuple[str, ...], *, within: bool) -> str:
    """Why calls of each group were refused or failed."""
    group = ", ".join([*_columns(dimensions), "outcome", "code"])
    return (
        f"SELECT {group}, sum(calls)::bigint FROM indicator_reason WHERE {_chosen(dimensions, within=within)} GROUP BY {group} "
        'ORDER BY outcome COLLATE "C", code COLLATE "C"'
    )
