"""Days that the law sets (normatīvajos aktos noteiktās dienas): by when the register of non-studying children is brought up to date."""

from datetime import date

from core import codes


def latest_register_day(today: date) -> date:
    """The last day up to today by which each municipality gets its children: 30 January, April, July, October (MK 871/2009)."""
    days = [day for year in (today.year - 1, today.year) for day in _register_days(year)]
    return max(day for day in days if day <= today)


def _register_days(year: int) -> list[date]:
    [row] = [row for row in codes.rows("statutory_dates") if row["code"] == "REGISTER_DAYS"]
    return [date(year, *map(int, day.split("-"))) for day in row["value"].split()]
