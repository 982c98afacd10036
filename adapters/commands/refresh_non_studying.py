"""viis refresh-non-studying: brings the register of non-studying children up to date (nemācošo bērnu reģistra aktualizācija)."""

from datetime import UTC, date, datetime
from typing import Annotated

import typer
from rich.console import Console

from adapters.inquiry import RIGA
from adapters.stop import Stop, read_settings
from adapters.storage import bring_up_to_date, storage
from core.cases import Refreshed, latest_register_day, refresh

WHOLE = "Reading children, affiliations, documents and exemptions"


def refresh_non_studying(
    quarter: Annotated[
        bool, typer.Option("--quarter", help="Fulfil the latest statutory day; it is done once, however often asked.")
    ] = False,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day to bring it to; usually today.")] = None,
) -> None:
    """Opens, closes and reopens cases of children of compulsory age by what the register knows; a second run changes nothing."""
    today = datetime.now(UTC).astimezone(RIGA).date()
    day = on.date() if on else today
    if day > today:
        raise Stop("The register cannot be brought to a day that has not come.", 2)
    quarter_on = latest_register_day(day) if quarter else None
    with storage(read_settings()) as place:
        bring_up_to_date(place)
        databases = place.open(connections=1)
        try:
            with Console(stderr=True).status(WHOLE):
                done = refresh(databases.register, day, quarter_on)
        finally:
            databases.close()
    print(sentence(done, day, quarter_on))


def sentence(done: Refreshed, day: date, quarter_on: date | None) -> str:
    """What a run did, in words."""
    if done.repeated:
        return f"The statutory day {quarter_on} was fulfilled before, with {done.active} active cases; nothing was done."
    fulfilled = f" The statutory day {quarter_on} is fulfilled." if quarter_on else ""
    return (
        f"Register of non-studying children on {day}: {done.active} active cases. Opened {done.opened}, reopened {done.reopened}, "
        f"closed {done.closed}, other reason {done.reason_changed}, moved with their municipality {done.moved}, "
        f"joined with another case {done.merged}. Statuses lapsed {done.lapsed}, offered to where the child is declared {done.offered}, "
        f"fallen back {done.fallen_back}, escalated {done.escalated}.{fulfilled}"
    )
