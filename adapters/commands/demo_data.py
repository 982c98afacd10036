"""viis demo-data: a made-up nation, the same for the same seed."""

import time
from datetime import datetime
from typing import Annotated

import typer

from adapters.demo.loading import FOLDER, Loaded, RegisterNotEmpty, load, today_in_latvia, write_population_register
from adapters.demo.nation import Nation
from adapters.progress import reporting
from adapters.settings import Settings
from adapters.stop import Stop, prepare_folder, read_settings
from adapters.storage import bring_up_to_date, storage

MOST_PEOPLE = 2_000_000


def demo_data(
    people: Annotated[int | None, typer.Option(min=100, max=MOST_PEOPLE, help="How many people; VIIS_PEOPLE when left out.")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed makes the same nation; VIIS_SEED when left out.")] = None,
    today: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day the nation lives in; today in Latvia when left out.")
    ] = None,
    files_only: Annotated[
        bool, typer.Option("--files-only", help="Write the population register's files, leave the register alone.")
    ] = False,
) -> None:
    """Makes up a nation: the population register's world in files, what schools sent in an empty register."""
    settings = read_settings()
    prepare_folder(settings.data)
    day = today.date() if today else today_in_latvia()
    nation = Nation(people or settings.people, settings.seed if seed is None else seed, day)
    started = time.monotonic()
    if files_only:
        with reporting("Making up a nation", nation.people, "people") as progress:
            write_population_register(nation, settings.data / FOLDER, progress)
        print(f"{nation.people} people are made up, in {settings.data / FOLDER}; {time.monotonic() - started:.0f} s.")
        return
    _say(_load(settings, nation), time.monotonic() - started)


def _load(settings: Settings, nation: Nation) -> Loaded:
    with storage(settings) as place:
        bring_up_to_date(place)
        databases = place.open(connections=1)
        try:
            with reporting("Making up a nation", nation.people, "people") as progress:
                return load(databases.register, nation, settings.data / FOLDER, progress)
        except RegisterNotEmpty:
            raise Stop(
                "The register holds people or institutions already, and made-up ones are only put into an empty register. "
                "Set VIIS_DATA to another folder (or VIIS_REGISTER_URL to another database); "
                "--files-only writes the population register's files alone."
            ) from None
        finally:
            databases.close()


def _say(loaded: Loaded, seconds: float) -> None:
    print(
        f"{loaded.people} people are made up in {seconds:.0f} s: {loaded.in_population_register} in the population register with "
        f"{loaded.changes} changes of the last year; the register holds {loaded.persons} people, {loaded.affiliations} affiliations, "
        f"{loaded.teaching_posts} teaching posts, {loaded.exam_results} examination results, {loaded.documents} documents, "
        f"{loaded.institutions} institutions. Next: viis import-children"
    )
