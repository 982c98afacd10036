"""viis corrections: who was told a value that holds no more, and has not acknowledged the new one."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from adapters.inquiry import RIGA
from adapters.stop import Stop, read_settings
from adapters.storage import bring_up_to_date, storage
from adapters.xroad import Identifier
from core.access import Scope, ScopeKind
from core.achievements.unacknowledged import Unacknowledged, unacknowledged_page

PAGE = 1000


def corrections(
    client: Annotated[str, typer.Option(help="Only what this X-Road client has to acknowledge: instance/class/member/subsystem.")] = "",
) -> None:
    """Lists corrections that wait for an acknowledgement: of whom, since when, told how; no person is named."""
    try:
        asked = Identifier.from_path(client).path if client else None
    except ValueError as error:
        raise Stop(f"{error} For example: viis corrections --client LV-DEV/EDU/LU/avus", 2) from None
    with storage(read_settings()) as place:
        bring_up_to_date(place)
        databases = place.open(connections=1)
        try:
            with databases.register.begin() as session:
                _list(session, asked)
        finally:
            databases.close()


def _list(session: Session, client: str | None) -> None:
    table, number = Table("client", "told at", "via", "correction", "entry", "version", "reason", "state", "message"), 0
    for one in _all(session, client):
        number += 1
        version = f"{one.old_version} > {one.new_version or 'withdrawn'}"
        entry = f"{one.entity} {one.entry_id}"
        table.add_row(
            one.client, _local(one.told_at), one.via, str(one.correction_id), entry, version, one.reason, one.state, one.message_id
        )
    if not number:
        print("0 not acknowledged.")
        return
    # Wide enough whatever the terminal: a table of ids that are cut off is of no use.
    Console(width=220, markup=False, emoji=False).print(table)
    print(f"{number} not acknowledged.")


def _all(session: Session, client: str | None) -> Iterator[Unacknowledged]:
    place: str | None = None
    while True:
        page = unacknowledged_page(session, Scope(ScopeKind.EVERYTHING), client, place, PAGE)
        yield from page.messages
        place = page.next_cursor
        if place is None:
            return


def _local(instant: str) -> str:
    return f"{datetime.fromisoformat(instant).astimezone(RIGA):%d.%m.%Y %H:%M:%S}"
