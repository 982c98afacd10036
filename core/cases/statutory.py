"""Days that the law sets (normatīvajos aktos noteiktās dienas): by when lists come and the register is up to date."""

from datetime import date

from core import codes


def latest_register_day(today: date) -> date:
    """The last day up to today by which each municipality gets its children: 30 January, April, July, October (MK 871/2009)."""
    return _latest("REGISTER_DAYS", today)


def latest_list_day(today: date) -> date:
    """The last day up to today by which the population register sends its list of children: 1 January, April, July, October."""
    return _latest("LIST_DAYS", today)


def _latest(code: str, today: date) -> date:
    [row] = [row for row in codes.rows("statutory_dates") if row["code"] == code]
    days = [date(year, *map(int, day.split("-"))) for year in (today.year - 1, today.year) for day in row["value"].split()]
    return max(day for day in days if day <= today)
