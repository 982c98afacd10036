"""viis overlaps: main affiliations of one person that overlap since two records were merged, for people to settle."""

import os

from rich.console import Console
from rich.table import Table

from adapters.stop import read_settings
from adapters.storage import bring_up_to_date, storage
from core import identities
from core.identities import Overlapping

NONE = "No main affiliations of one person overlap."
WHAT_TO_DO = "Each pair is settled by the sender that corrects its row, or by separatePersons when it is two people after all."


def overlaps() -> None:
    """Lists main affiliations that overlap since a merge, by institution and sender's key; it names no person."""
    with storage(read_settings()) as place:
        bring_up_to_date(place)
        databases = place.open(connections=1)
        try:
            with databases.register.begin() as session:
                found = identities.overlaps(session)
        finally:
            databases.close()
    if not found:
        print(NONE)
        return
    # Senders' keys are no markup.
    Console(width=None if os.isatty(1) else 200, markup=False, emoji=False).print(_table(found))
    print(WHAT_TO_DO)


def _table(found: list[Overlapping]) -> Table:
    table = Table("from", "to", *("institution", "sender", "sender's key", "entry") * 2)
    for pair in found:
        told = (value for one in (pair.one, pair.other) for value in (one.institution, one.sender, one.sender_key, str(one.entry_id)))
        table.add_row(pair.first_day, pair.last_day or "", *told)
    return table
