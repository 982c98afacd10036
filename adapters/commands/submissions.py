"""viis submissions: what systems submitted, and what was refused, as a file."""

import csv
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from adapters.reporting import fields
from adapters.stop import Stop, read_settings
from adapters.storage import bring_up_to_date, storage
from core.submissions.reports import Refused, messages, refused_of

HEAD = ("position", "senderKey", "code", "reason")
# What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def submissions(
    client: Annotated[str, typer.Option(help="Only what this X-Road client sent: instance/class/member/subsystem.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many messages to list, the newest first.")] = 50,
    refused: Annotated[str, typer.Option(help="The batch key of a message whose refused items are wanted; needs --client and --out.")] = "",
    out: Annotated[Path | None, typer.Option(help="The CSV file to write; one that is there already is left alone.")] = None,
) -> None:
    """Lists submitted messages, or writes the refused items of one to a CSV file (it holds personal data)."""
    if refused and not (client and out):
        raise Stop("Whose message, and into which file? For example: viis submissions --refused B1 --client LV/COM/1/sys --out b1.csv", 2)
    with storage(read_settings()) as place:
        bring_up_to_date(place)
        databases = place.open(connections=1)
        try:
            with databases.register.begin() as session:
                if refused and out:
                    _write_refused(session, client, refused, out)
                else:
                    _list(session, client, limit)
        finally:
            databases.close()


def _list(session: Session, client: str, limit: int) -> None:
    table = Table("received at", "client", "operation", "batch key", "received", "accepted", "unchanged", "rejected")
    for sender, one in messages(session, client or None, limit):
        table.add_row(one.received_at, sender, one.operation, one.batch_key, *map(str, one[3:]))
    # Senders' keys are no markup.
    Console(width=None if os.isatty(1) else 200, markup=False, emoji=False).print(table)


def _write_refused(session: Session, client: str, batch_key: str, out: Path) -> None:
    found = refused_of(session, client, batch_key)
    if found is None:
        raise Stop(f"{client} sent no message under this key. `viis submissions --client {client}` lists what it sent.")
    entries = list(found)
    try:
        out.touch(mode=0o600, exist_ok=False)  # For the one who asked, and nobody else.
        with out.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(_lines(entries))
    except FileExistsError:
        raise Stop(f"{out} is there already and was left alone. Name another file.") from None
    except OSError as error:
        raise Stop(f"{out} cannot be written: {error.strerror}.") from None
    print(f"{len(entries)} refused items are in {out}; only you may read it.")


def _lines(entries: Sequence[Refused]) -> Iterator[list[str]]:
    """A line of names, then one for each item; a column for every name that some item has."""
    items = [dict(fields(entry.item)) for entry in entries]
    names = [name for name in dict.fromkeys(name for item in items for name in item) if name not in HEAD]
    yield [*HEAD, *names]
    for entry, item in zip(entries, items, strict=True):
        yield [_cell(value) for value in (*entry[:4], *(item.get(name) for name in names))]


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
