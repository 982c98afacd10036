"""viis demo-data: a made-up nation, and made-up calls of services, the same for the same seed."""

import time
from datetime import UTC, datetime
from typing import Annotated

import typer
from sqlalchemy import text

from adapters.demo import calls as made_up
from adapters.demo.loading import FOLDER, Loaded, RegisterNotEmpty, load, today_in_latvia, write_population_register
from adapters.demo.nation import Nation
from adapters.progress import reporting
from adapters.settings import Settings
from adapters.stop import Stop, prepare_folder, read_settings
from adapters.storage import bring_up_to_date, storage
from core.connections import cursor
from core.indicators.months import FIRST_YEAR, LAST_YEAR, begin, last_full_hour, year_of

MOST_PEOPLE = 2_000_000
CALLS, MOST_CALLS = 200_000, 100_000_000
HOLDS_CALLS = """
SELECT EXISTS (SELECT FROM service_call WHERE started_at >= :first AND started_at < :after)
    OR EXISTS (SELECT FROM call_writer WHERE started_at < :after AND seen_at >= :first)
    OR EXISTS (SELECT FROM indicator_year WHERE year IN (:year, :year - 1) AND revision > 0)"""


def demo_data(
    people: Annotated[int | None, typer.Option(min=100, max=MOST_PEOPLE, help="How many people; VIIS_PEOPLE when left out.")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed makes the same nation; VIIS_SEED when left out.")] = None,
    today: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day the nation lives in; today in Latvia when left out.")
    ] = None,
    files_only: Annotated[
        bool, typer.Option("--files-only", help="Write the population register's files, leave the register alone.")
    ] = False,
    calls: Annotated[
        int | None, typer.Option(min=FIRST_YEAR, max=LAST_YEAR, help="Makes up calls of this year and the one before, and nothing else.")
    ] = None,
    count: Annotated[int, typer.Option(min=1000, max=MOST_CALLS, help="With --calls: about how many in the year.")] = CALLS,
) -> None:
    """Makes up a nation: the population register's world in files, what schools sent in an empty register; or two years of calls."""
    settings = read_settings()
    prepare_folder(settings.data)
    if calls is not None:
        _fill_log(settings, calls, count, settings.seed if seed is None else seed)
        return
    day = today.date() if today else today_in_latvia()
    nation = Nation(people or settings.people, settings.seed if seed is None else seed, day)
    started = time.monotonic()
    if files_only:
        with reporting("Making up a nation", nation.people, "people") as progress:
            write_population_register(nation, settings.data / FOLDER, progress)
        print(f"{nation.people} people are made up, in {settings.data / FOLDER}; {time.monotonic() - started:.0f} s.")
        return
    _say(_load(settings, nation), time.monotonic() - started)


def _fill_log(settings: Settings, year: int, count: int, seed: int) -> None:
    started = time.monotonic()
    # Use grows by a tenth a year.
    years = {year - 1: count * 10 // 11, year: count}
    # Calls of hours that are not over are the service's own.
    until = last_full_hour(datetime.now(UTC))
    if until <= begin(year):
        raise Stop(f"The year {year} has not begun. Name one that has, for example: viis demo-data --calls {year_of(until)}", 2)
    with storage(settings) as place:
        bring_up_to_date(place)
        databases = place.open(connections=1)
        try:
            with databases.register.begin() as session, reporting("Making up calls", sum(years.values()), "calls") as progress:
                asked = {"first": begin(year - 1), "after": begin(year + 1), "year": year}
                if session.scalar(text(HOLDS_CALLS), asked):
                    raise Stop(
                        f"The log holds calls of {year - 1} or {year} already, and made-up ones are only put where there are none. "
                        "Set VIIS_DATA to another folder (or VIIS_REGISTER_URL to another database)."
                    )
                made = made_up.fill(cursor(session).connection, years, seed, until, progress)
        finally:
            databases.close()
    print(
        f"{made} calls of {year - 1} and {year} are made up in {time.monotonic() - started:.0f} s. "
        f"Next: viis indicators --year {year} --out {year}.xlsx"
    )


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
