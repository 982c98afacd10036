"""viis case-deadlines: the days that municipalities have for the steps of a case (lietu soļu termiņi)."""

import os
from datetime import UTC, date, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from adapters.inquiry import RIGA
from adapters.stop import Stop, read_settings
from adapters.storage import bring_up_to_date, storage
from core.cases.deadlines import Deadline, deadlines, set_deadline
from core.errors import Refusal

HOW = "To set one, name all of municipality, step and days, for example: viis case-deadlines 0001000 firstStatus 20"


def case_deadlines(
    municipality: Annotated[str, typer.Argument(help="ATVK code of the municipality.")] = "",
    step: Annotated[str, typer.Argument(help="firstStatus, clarifying or handOver.")] = "",
    days: Annotated[int | None, typer.Argument(min=0, max=365, help="Days for the step; 0 brings back the usual ones.")] = None,
) -> None:
    """Lists the days for each step, the usual ones first; with arguments, gives a municipality its own."""
    if bool(municipality) != (days is not None) or bool(step) != bool(municipality):
        raise Stop(HOW, 2)
    today = datetime.now(UTC).astimezone(RIGA).date()
    with storage(read_settings()) as place:
        bring_up_to_date(place)
        databases = place.open(connections=1)
        try:
            with databases.register.begin() as session:
                if municipality:
                    _set(session, municipality, step, days, today)
                found = deadlines(session, today)
        finally:
            databases.close()
    Console(width=None if os.isatty(1) else 100).print(_table(found))


def _set(session: Session, municipality: str, step: str, days: int | None, today: date) -> None:
    try:
        set_deadline(session, municipality, step, days or None, today)
    except Refusal as refusal:
        raise Stop(f"{refusal} Nothing was changed.") from None


def _table(found: list[Deadline]) -> Table:
    table = Table("municipality", "step", "days")
    for deadline in found:
        table.add_row(deadline.municipality or "usual", deadline.step, str(deadline.days))
    return table
