"""How long calls took (izsaukumu ilgums), as a histogram: buckets add up over months and consumers, as medians do not.

The buckets are the same for ever. Up to 25 µs each holds one value; above that each is 4 per cent wide, so that its middle is at most
2 per cent from any value in it. The mean is exact and has no part in this.
"""

from bisect import bisect_right
from itertools import accumulate, repeat, takewhile

WIDTH_PERCENT, LONGEST_US = 4, 2**31


def _next(limit: int, _: None) -> int:
    return max(limit + 1, limit * (100 + WIDTH_PERCENT) // 100)


# Where buckets begin: number 1 at the first limit, number 0 holds what took less than a microsecond.
LIMITS = tuple(takewhile(lambda limit: limit < LONGEST_US, accumulate(repeat(None), _next, initial=1)))
# PostgreSQL looks a number up among floating-point limits much faster than among integers; all of them are exact.
IN_SQL = f"width_bucket(duration_us::float8, '{{{','.join(map(str, LIMITS))}}}'::float8[])::smallint"


def bucket_of(duration_us: int) -> int:
    """The bucket that a duration falls into."""
    return bisect_right(LIMITS, duration_us)


def middle_us(bucket: int) -> int:
    """The duration that stands for a bucket."""
    if bucket == 0:
        return 0
    after = LIMITS[bucket] if bucket < len(LIMITS) else LONGEST_US
    return (LIMITS[bucket - 1] + after - 1) // 2


def milliseconds(microseconds: int) -> str:
    """As it is shown: three decimals, nothing lost."""
    return f"{microseconds // 1000}.{microseconds % 1000:03d}"
