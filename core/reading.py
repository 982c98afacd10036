"""What the hot reads share: pieces of SQL, and the days and instants that the register answers for.

Values leave the database as text in their final form: a day as YYYY-MM-DD, an instant in UTC with microseconds, so that nothing is
converted twice on the way out. Placeholders are psycopg's; the driver prepares each statement after a few uses.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from core.errors import InvalidDay

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
INSTANT = """to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
# The instant at which a read is true: what was asked for, what a cursor holds, or the register's now. A replica knows no more than it has
# applied, so it is never later than that. Asked in a subquery of its own, because data_instant() is no constant there: once a statement.
AT = "least(%(as_of)s::timestamptz, (SELECT data_instant()))"
# A small lag of clocks between an asker and us is no question about the future.
CLOCK_LAG = timedelta(minutes=5)
RIGA = ZoneInfo("Europe/Riga")


def known(table: str, as_of: datetime | str | None) -> str:
    """The rows of a table that the register knew: now, or at the instant `as_of`."""
    return f"upper_inf({table}.recorded)" if as_of is None else known_at(table)


def known_at(table: str) -> str:
    """The rows of a table that the register knew at the instant at which the read is true.

    PostgreSQL cannot look into that instant when it plans, and would take a range that holds it for one row in two hundred and sort
    whole lists for that reason; for a value of coalesce it expects half, and most rows are current.
    """
    return f"coalesce({table}.recorded @> {AT}, false)"


def instant(value: datetime) -> str:
    """An instant as messages and SQL write it."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def day_then(as_of: datetime | None, today: date) -> date:
    """The day that it was in Latvia at the instant of a read: what had not come to pass by then is no part of the answer."""
    return today if as_of is None else min(today, as_of.astimezone(RIGA).date())


def check_day(day: date | None) -> None:
    """Refuses a day that no register row could hold on."""
    if day is not None and not FIRST_DAY <= day <= LAST_DAY:
        raise InvalidDay


def check_as_of(as_of: datetime | None, now: datetime) -> None:
    """Refuses an instant that lies ahead: nobody knows yet what will be known then."""
    if as_of is not None and not FIRST_DAY <= as_of.date() <= (now + CLOCK_LAG).date():
        raise InvalidDay
    if as_of is not None and as_of > now + CLOCK_LAG:
        raise InvalidDay


def successors(municipality: str, day: str) -> str:
    """SQL for the municipality that stands for another one on a day: after a merger, its successor."""
    return (
        f"coalesce((SELECT ms.successor FROM municipality_succession ms WHERE ms.predecessor = {municipality} AND ms.since <= {day}),"
        f" {municipality})"
    )


def with_predecessors(codes: str, day: str) -> str:
    """SQL for an array of the municipality codes that stand on a day, together with those that merged into them by then."""
    return (
        f"ARRAY(SELECT code FROM unnest({codes}::text[]) code WHERE NOT EXISTS ("
        f"SELECT FROM municipality_succession ms WHERE ms.predecessor = code AND ms.since <= {day})"
        f" UNION ALL SELECT ms.predecessor FROM municipality_succession ms WHERE ms.successor = ANY({codes}::text[]) AND ms.since <= {day})"
    )
