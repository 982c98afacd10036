"""viis import-changes: takes over changes from the population register (iedzīvotāju reģistra izmaiņu imports)."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import stamina.instrumentation
import typer

from adapters.commands.import_children import ALL_WELL, DATABASE_FAILED, FAILED, GOES_ON, WITH_REFUSALS, first_line, say_retry
from adapters.population_register.client import PATIENT, PopulationRegister
from adapters.settings import Settings
from adapters.stop import Stop, read_settings
from adapters.storage import Storage, bring_up_to_date, storage
from adapters.xroad_answer import HashPolicy
from core import person_changes, reconciliation
from core.child_import import AlreadyImporting
from core.people import ChildRecord, SourceFailed
from core.person_changes import ChangesSummary, NotFailed


def import_changes(
    url: Annotated[str, typer.Option(help="Address of the population register instead of VIIS_POPULATION_REGISTER_URL.")] = "",
    failed: Annotated[bool, typer.Option("--failed", help="List the changes that could not be applied; ask nobody.")] = False,
    contradicted: Annotated[bool, typer.Option("--differences", help="List where lists and changes differed; ask nobody.")] = False,
    repair: Annotated[int | None, typer.Option(help="Position of a failed change that the record in FILE is to replace.")] = None,
    file: Annotated[Path | None, typer.Argument(help="With --repair: the mended record as JSON, with the names of its kept form.")] = None,
) -> None:
    """Takes over what changed in people. Exit code: 0 all well, 1 failed (start it again, it goes on), 3 some could not be applied."""
    settings = read_settings()
    address = url or settings.population_register_url
    if (repair is None) != (file is None):
        raise Stop("--repair takes a position and a file, for example: viis import-changes --repair 812 mended.json", 2)
    record = _record(file) if file is not None else None
    if not (failed or contradicted) and record is None and not address.startswith(("http://", "https://")):
        raise Stop("Where the population register is, is not said. Set VIIS_POPULATION_REGISTER_URL or give --url.")
    with storage(settings) as place:
        bring_up_to_date(place)
        if failed:
            outcome = _list(place)
        elif contradicted:
            outcome = _differences(place)
        elif record is not None and repair is not None:
            outcome = _repair(place, repair, record)
        else:
            outcome = changes_from(settings, place, address)
    raise typer.Exit(outcome)


def changes_from(settings: Settings, place: Storage, address: str) -> int:
    """Takes over the changes from an address; returns the exit code."""
    stamina.instrumentation.set_on_retry_hooks([say_retry])
    patience = PATIENT._replace(read=settings.population_register_timeout)
    source = PopulationRegister(address, settings.xroad_client, patience=patience, request_hash=HashPolicy(settings.request_hash))
    databases = place.open(connections=2)
    try:
        return _told(person_changes.import_changes(databases.register, source, datetime.now(UTC)))
    except SourceFailed as error:
        print(f"The import of changes stopped ({error.code}): {error} {GOES_ON}", file=sys.stderr, flush=True)
    except AlreadyImporting as error:
        print(error, file=sys.stderr, flush=True)
    except DATABASE_FAILED as error:
        print(f"The import of changes stopped, the register's database failed: {first_line(error)} {GOES_ON}", file=sys.stderr, flush=True)
    finally:
        source.close()
        databases.close()
    return FAILED


def _told(summary: ChangesSummary) -> int:
    left = f" {summary.failed} failed (viis import-changes --failed), {summary.waiting} wait behind them." if summary.failed else ""
    late = f", {summary.superseded} not applied because a list is newer" if summary.superseded else ""
    print(f"Changes of the population register: received {summary.received}, applied {summary.applied}{late}.{left}", flush=True)
    return WITH_REFUSALS if summary.failed else ALL_WELL


def _list(place: Storage) -> int:
    databases = place.open(connections=1)
    try:
        for change in person_changes.failed_changes(databases.register):
            print(f"{change.position}  {change.kind}  {change.occurred_on or '-'}  {change.code}  {change.reason}")
    finally:
        databases.close()
    return ALL_WELL


def _differences(place: Storage) -> int:
    databases = place.open(connections=1)
    try:
        for found in reconciliation.differences(databases.register):
            stands = "the list stands" if found.taken == "list" else "the change stands"
            origin = f"import {found.run_id}, list as of {found.list_as_of or '-'}"
            print(f"{origin}  person {found.person_id}  {found.field}  last change {found.last_position}  {stands}")
    finally:
        databases.close()
    return ALL_WELL


def _repair(place: Storage, position: int, record: ChildRecord) -> int:
    databases = place.open(connections=2)
    try:
        person_changes.repair(databases.register, position, record)
        return _told(person_changes.apply_stored(databases.register, datetime.now(UTC)))
    except (NotFailed, AlreadyImporting) as error:
        raise Stop(str(error)) from error
    finally:
        databases.close()


def _record(file: Path) -> ChildRecord:
    try:
        return person_changes.from_json(json.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise Stop(f"The file with the mended record cannot be read: {error.strerror}.") from error
    except (ValueError, TypeError, AttributeError):
        raise Stop("The file holds no record of a person in the form in which changes are kept.") from None
