"""viis load-decisions: enters licences and accreditations of before from a CSV file."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from adapters.progress import reporting
from adapters.stop import read_settings
from adapters.storage import bring_up_to_date, storage
from adapters.table_file import lines_of, reading
from core.accreditation.listed import ListedDecision
from core.accreditation.loading import DecisionLoading
from core.accreditation.loading import load_decisions as load

WRONG_LINES = 3
FIELDS = {field: (field,) for field in ListedDecision._fields if field != "line"}


def load_decisions(
    file: Annotated[Path, typer.Argument(help=f"CSV in UTF-8 with a line of column names: {', '.join(FIELDS)}.")],
) -> None:
    """Enters decisions on licences and accreditations of before; all of a file or, when a line is wrong, nothing. Again changes nothing."""
    today = datetime.now(ZoneInfo("Europe/Riga")).date()
    with reading(file):
        listed = list(read(file))
    with storage(read_settings()) as place:
        bring_up_to_date(place)
        databases = place.open(connections=1)
        try:
            with reporting("Entering decisions", len(listed), "decisions") as progress, databases.register.begin() as session:
                loaded = load(session, listed, today, progress)
        finally:
            databases.close()
    say(loaded)
    if loaded.wrong:
        raise typer.Exit(WRONG_LINES)


def read(file: Path) -> Iterator[ListedDecision]:
    """The lines of a file, with their numbers; other columns are left alone."""
    return (ListedDecision(**line) for line in lines_of(file, FIELDS, tuple(FIELDS)))


def say(loaded: DecisionLoading) -> None:
    """The summary, and every wrong line with what to do about it."""
    for wrong in loaded.wrong:
        print(f"line {wrong.line}: {wrong.reason}")
    if loaded.wrong:
        print(f"{loaded.received} decisions, {len(loaded.wrong)} of them wrong: nothing was entered. Correct them and load the file again.")
    else:
        print(f"{loaded.received} decisions: {loaded.entered} entered, {loaded.unchanged} were there already.")
