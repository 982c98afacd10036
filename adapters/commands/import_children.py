"""viis import-children: takes over the children's list from the population register (bērnu saraksta imports)."""

import sys
from datetime import UTC, date, datetime
from typing import Annotated

import psycopg
import stamina.instrumentation
import typer
from sqlalchemy.exc import OperationalError

from adapters.commands.import_progress import progress
from adapters.population_register.client import PATIENT, PopulationRegister
from adapters.settings import Settings
from adapters.stop import Stop, read_settings
from adapters.storage import Storage, bring_up_to_date, storage
from adapters.xroad_answer import HashPolicy
from core import child_import
from core.child_import import AlreadyImporting, ImportSummary
from core.errors import Unavailable
from core.people import SourceFailed
from core.reconciliation import RIGA

ALL_WELL, FAILED, WITH_REFUSALS = 0, 1, 3
DATABASE_FAILED = (OperationalError, psycopg.OperationalError, Unavailable)
GOES_ON = "What was taken over is kept; start it again and it goes on where it stopped."


def import_children(
    born_from: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Earliest birth date; usually 18 years back.")] = None,
    born_to: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Latest birth date; usually those turning five.")] = None,
    url: Annotated[str, typer.Option(help="Address of the population register instead of VIIS_POPULATION_REGISTER_URL.")] = "",
    page_size: Annotated[int, typer.Option(min=1, max=5000, help="Children on a page.")] = 5000,
    attempts: Annotated[int, typer.Option(min=1, max=100, help="How often a page is asked for when that fails in passing.")] = 6,
) -> None:
    """Takes over the children's list. Exit code: 0 all well, 1 failed (start it again, it goes on), 3 finished with refused children."""
    settings = read_settings()
    address = url or settings.population_register_url
    if not address.startswith(("http://", "https://")):
        raise Stop(
            "Where the population register is, is not said. Set VIIS_POPULATION_REGISTER_URL or give --url, "
            "for example: viis import-children --url http://127.0.0.1:8090/"
        )
    usual = child_import.usual_interval(datetime.now(UTC).astimezone(RIGA).date())
    interval = (born_from.date() if born_from else usual[0], born_to.date() if born_to else usual[1])
    if interval[0] > interval[1]:
        raise Stop("--born-from lies after --born-to, so nobody would be asked for.", 2)
    with storage(settings) as place:
        bring_up_to_date(place)
        outcome = import_from(settings, place, address, interval=interval, page_size=page_size, attempts=attempts)
    raise typer.Exit(outcome)


def import_from(
    settings: Settings,
    place: Storage,
    address: str,
    *,
    interval: tuple[date, date] | None = None,
    page_size: int = 5000,
    attempts: int = PATIENT.attempts,
) -> int:
    """Takes over the children's list from an address, with its progress shown; returns the exit code."""
    stamina.instrumentation.set_on_retry_hooks([say_retry])
    now = datetime.now(UTC)
    born_from, born_to = interval or child_import.usual_interval(now.astimezone(RIGA).date())
    patience = PATIENT._replace(read=settings.population_register_timeout, attempts=attempts)
    policy = HashPolicy(settings.request_hash)
    source = PopulationRegister(address, settings.xroad_client, page_size=page_size, patience=patience, request_hash=policy)
    databases = place.open(connections=2)
    try:
        with progress() as shown:
            summary = child_import.import_children(databases.register, source, born_from, born_to, now, shown)
    except SourceFailed as error:
        return _failed(f"The import stopped ({error.code}): {error} {GOES_ON}")
    except AlreadyImporting as error:
        return _failed(str(error))
    except DATABASE_FAILED as error:
        return _failed(f"The import stopped, the register's database failed: {first_line(error)} {GOES_ON}")
    finally:
        source.close()
        databases.close()
    print(_sentence(summary), flush=True)
    return WITH_REFUSALS if summary.refused else ALL_WELL


def _failed(sentence: str) -> int:
    print(sentence, file=sys.stderr, flush=True)
    return FAILED


def first_line(error: Exception) -> str:
    """What the driver says first; COPY and core's own statements speak to it without SQLAlchemy."""
    found = error.__cause__ if isinstance(error, Unavailable) else error
    said = str(found.orig if isinstance(found, OperationalError) else found).strip().splitlines()
    return (said[0] if said else "no reason given").rstrip(".") + "."


def say_retry(details: stamina.instrumentation.RetryDetails) -> None:
    print(f"{details.caused_by} Asking again in {details.wait_for:.1f} s.", file=sys.stderr, flush=True)


def _sentence(summary: ImportSummary) -> str:
    begun = ", gone on where it was interrupted" if summary.resumed else ""
    refusals = " The refused are in import_refusal with their reasons." if summary.refused else ""
    return (
        f"Import {summary.run_id} complete{begun}: {summary.received} children on {summary.pages} pages, data as of {summary.as_of}. "
        f"New {summary.created}, changed {summary.changed}, unchanged {summary.unchanged}, refused {summary.refused}; "
        f"check digit disagrees in {summary.warned}.{refusals}{_contradictions(summary)}"
    )


def _contradictions(summary: ImportSummary) -> str:
    if not summary.differences:
        return ""
    kept = f", but in {summary.kept} a newer change stands" if summary.kept else ""
    fields = f"{summary.differences} field{'s' if summary.differences > 1 else ''}"
    return f" It contradicts the changes in {fields}: the list is taken{kept} (viis import-changes --differences)."
