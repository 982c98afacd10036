"""viis load-institutions: takes a list of institutions over from a CSV file."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from adapters.stop import read_settings
from adapters.storage import bring_up_to_date, storage
from adapters.table_file import lines_of, reading
from core.institution_import import InstitutionImport, ListedInstitution, import_institutions

FINISHED_WITH_REFUSALS = 3
# What a field may be called in the file; the first name that is there counts.
FIELDS = {
    "number": ("code", "registration_number"),
    "name": ("name_lv", "name"),
    "type_code": ("type_code", "type"),
    "kind": ("kind_code", "veids"),
    "subordination": ("subordination_code",),
    "municipality": ("municipality", "atvk_2021"),
    "address": ("address", "address_2020"),
    "postcode": ("postcode",),
}
NEEDED = ("number", "name", "type_code")


def load_institutions(
    file: Annotated[
        Path, typer.Argument(help="CSV in UTF-8 with a line of column names, for example: code, name_lv, type_code, atvk_2021.")
    ],
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day from which the list holds; today when left out.")
    ] = None,
) -> None:
    """Takes institutions over from a CSV file; the same file again changes nothing, and bad lines never stop the others."""
    day = since.date() if since else datetime.now(ZoneInfo("Europe/Riga")).date()
    with reading(file):
        listed = list(read(file))
    with storage(read_settings()) as place:
        bring_up_to_date(place)
        databases = place.open(connections=1)
        try:
            with databases.register.begin() as session:
                outcome = import_institutions(session, listed, day)
        finally:
            databases.close()
    say(outcome)
    if outcome.refused:
        raise typer.Exit(FINISHED_WITH_REFUSALS)


def read(file: Path) -> Iterator[ListedInstitution]:
    """The lines of a file, with their numbers; columns that are not named in FIELDS are left alone."""
    return (ListedInstitution(**line) for line in lines_of(file, FIELDS, NEEDED))


def say(outcome: InstitutionImport) -> None:
    """The summary, and every refused line with its reason."""
    for refused in outcome.refused:
        print(f"line {refused.line}: {refused.reason}")
    print(
        f"{outcome.received} institutions: {outcome.added} new, {outcome.changed} changed, {outcome.unchanged} unchanged, "
        f"{len(outcome.refused)} refused."
    )
