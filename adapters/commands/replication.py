"""viis replication: how the replication database stands, setting it up, copying again what is lost, proving it equal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from adapters.replication.health import Health, Severity, Slot, forsaken, health, slots
from adapters.replication.publication import take_away
from adapters.replication.published import PUBLISHED
from adapters.replication.revisions import OURS
from adapters.replication.servers import administrator, place_of
from adapters.replication.setup import Replication
from adapters.replication.setup import alone as setup_alone
from adapters.replication.verification import NotComparable, compare
from adapters.stop import Stop, read_settings
from adapters.storage import bring_up_to_date, reaching, storage
from core.disclosures import copies

replication = typer.Typer(no_args_is_help=True, help="The replication database: its state, its setup, its repair, its proof.")
STATES = {"i": "begin", "d": "are being copied", "f": "are copied", "s": "are about to follow", "r": "follow"}


@replication.command()
def status() -> None:
    """Slots, lag, tables, apply errors, changes held back; exit code 0 when all is well, 1 when late, 2 when broken."""
    with _replicating() as who:
        found = health(who)
        with administrator(who.register) as register:
            everybody, left = slots(register), forsaken(register, found)
    console = Console(soft_wrap=True, markup=False, emoji=False)
    for each in found:
        console.print(_about(each))
        for complaint in each.complaints:
            console.print(f"  {complaint.severity.name.lower()}: {complaint.sentence}")
    console.print(_of_slots(everybody))
    for name in left:
        console.print(f"  {name} belongs to none of these replicas. When it is given up: viis replication forget {name}")
    sys.exit(max((each.severity for each in found), default=Severity.FINE))


@replication.command()
def setup() -> None:
    """Has every replica follow the register: schema, role, subscription, first copy. What is there already is left alone."""
    with storage(read_settings()) as place:
        if place.replication is None:
            raise Stop(NOTHING)
        bring_up_to_date(place)
    print("The replicas follow the register.")


@replication.command()
def repair(
    table: Annotated[list[str] | None, typer.Option(help="Copy this table again; may be given several times.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Copy everything again.")] = False,
) -> None:
    """Copies again what a replica lost: a subscription whose slot is gone, a copy that stands still, or what is named."""
    from adapters.replication.repair import repair as repair_replicas

    unknown = [name for name in table or [] if name not in PUBLISHED]
    if unknown:
        raise Stop(f"{', '.join(unknown)} is not published. Published are: {', '.join(PUBLISHED)}.", 2)
    with _replicating() as who:
        repair_replicas(who, print, tables=table or [], everything=everything)
    print("The replicas follow the register.")


@replication.command()
def verify() -> None:
    """Proves each replica equal to the register, row by row; writers wait for a moment. Exit code 1 when something differs."""
    different, wrong = [], False
    with _replicating() as who:
        for address in who.replicas:
            try:
                for found in compare(who.register, address):
                    print(
                        f"{place_of(address)}  {found.table}: " + ("equal" if not found.differing else f"{found.differing} DIFFER"), end=""
                    )
                    print(f", {found.rows} rows" if found.rows else "")
                    for difference in found.differences:
                        print(f"    {difference}")
                    if found.differing:
                        different += [found.table] if found.table in PUBLISHED else []
                        wrong = True
            except NotComparable as error:
                raise Stop(str(error)) from None
    if different:
        options = " ".join(f"--table {table}" for table in sorted(set(different)))
        raise Stop(f"Not equal. This copies again what differs: viis replication repair {options}")
    if wrong:
        raise Stop("Equal to the register, whose checkpoints do not fit its own feed.")
    print("Equal.")


@replication.command()
def forget(name: Annotated[str, typer.Argument(help="The name that `viis replication status` shows among the slots.")]) -> None:
    """Lets go of a replica that is given up: its slot, its publication and its role on the register."""
    with _replicating() as who, setup_alone(who.register) as register:
        if not name.startswith(OURS) or name not in [slot.name for slot in slots(register)]:
            raise Stop(f"The register has no slot {name} of a replica.", 2)
        if any(slot.name == name and slot.active for slot in slots(register)):
            raise Stop(f"{name} is in use. Stop that replica first, or take it out of VIIS_REPLICA_URL.", 2)
        take_away(register, name)
        copies.end(register.execute, name, datetime.now(UTC))
    print(f"{name} is forgotten.")


NOTHING = "Nothing is replicated here: register and replica are one database. Set VIIS_REPLICA_URL to another one."


@contextmanager
def _replicating() -> Iterator[Replication]:
    with storage(read_settings()) as place, reaching():
        if place.replication is None:
            raise Stop(NOTHING)
        yield place.replication


def _about(found: Health) -> Table:
    table = Table("replica", found.place, box=None, pad_edge=False, title_justify="left")
    seen, slot = found.look, found.slot
    if seen is None:
        return table
    table.add_row(
        "lag", "not filled yet" if seen.lag is None else f"{seen.lag:.1f} s" + ("" if slot is None else f", {_size(slot.behind)}")
    )
    if slot is not None:
        state = "lost" if slot.status == "lost" else slot.invalidation or slot.status or ""
        table.add_row("slot", f"{slot.name}: {'in use' if slot.active else 'not in use'}, {state}")
        table.add_row(
            "held back for it", _size(slot.held_back) + (f", {_size(slot.room)} more until the limit" if slot.room is not None else "")
        )
    table.add_row("apply", "runs" if seen.works else "does not run")
    for state in sorted(set(seen.states.values())):
        names = [name for name, own in seen.states.items() if own == state]
        table.add_row("tables", f"{len(names)} {STATES.get(state, state)}: {', '.join(names)}")
    table.add_row("errors", f"{seen.apply_errors} of the apply, {seen.copy_errors} of copies")
    if seen.last_error:
        table.add_row("last error", seen.last_error)
    table.add_row("readers", "come in" if seen.takes_readers else "are kept out")
    return table


def _of_slots(everybody: list[Slot]) -> Table:
    columns = ("in use", "state", "behind", "held back", "until the limit")
    table = Table(Column("slot of the register", overflow="fold"), *columns, box=None, pad_edge=False)
    for slot in everybody:
        room = "no limit" if slot.room is None else _size(slot.room)
        table.add_row(slot.name, "yes" if slot.active else "no", slot.status or "", _size(slot.behind), _size(slot.held_back), room)
    return table


def _size(number: int | None) -> str:
    if number is None:
        return "unknown"
    return f"{number / 1e6:.1f} MB" if number >= 100_000 else f"{number} bytes"
