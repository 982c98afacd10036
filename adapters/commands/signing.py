"""viis signing: the keys that sign messages to admission systems, and from when each certificate holds."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from adapters.inquiry import RIGA
from adapters.key_pairs import UnreadablePair
from adapters.pair_making import DAYS, make_pair
from adapters.signatures import Signer
from adapters.stop import Stop, read_settings

signing = typer.Typer(help="Keys and certificates that sign messages to admission systems and exported transcripts.")


@signing.callback(invoke_without_command=True)
def show(context: typer.Context) -> None:
    """Lists the keys of the folder VIIS_SIGNING: from when until when the certificate of each holds, and which one signs now."""
    if context.invoked_subcommand is not None:
        return
    keys, now = Signer(read_settings().signing), datetime.now(UTC)
    try:
        pairs = keys.pairs()
    except UnreadablePair as error:
        raise Stop(str(error)) from None
    valid = [pair for pair in pairs if pair.is_valid(now)]
    table = Table("name", "valid from", "valid until", "state")
    for pair in pairs:
        since, until = pair.certificate.not_valid_before_utc, pair.certificate.not_valid_after_utc
        state = "signs" if valid and pair is valid[-1] else "valid" if pair in valid else "later" if since > now else "expired"
        table.add_row(pair.name, *(f"{at.astimezone(RIGA):%d.%m.%Y %H:%M}" for at in (since, until)), state)
    Console(markup=False, emoji=False).print(table)
    if not valid:
        print(f"No certificate in {keys.folder} is valid now, so nothing can be signed. `viis signing new NAME` makes a self-signed one.")


@signing.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the pair: NAME.key.pem and NAME.cert.pem.")],
    days: Annotated[int, typer.Option(min=1, max=3650, help="For how many days the certificate holds.")] = DAYS,
    since: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="Its first day; today when left out.")] = None,
) -> None:
    """Makes a key and a self-signed certificate; with a later first day it takes over on that day, when receivers know it by then."""
    first = datetime.now(UTC) - timedelta(minutes=5) if since is None else since.replace(tzinfo=RIGA).astimezone(UTC)
    folder = read_settings().signing
    try:
        path = make_pair(folder, name, first, days)
    except FileExistsError:
        raise Stop(f"{folder} has a pair or a part of one called {name} already; it was left alone. Choose another name.") from None
    except ValueError as error:
        raise Stop(str(error), 2) from None
    except OSError as error:
        raise Stop(f"The pair cannot be written to {folder}: {error.strerror}. Set VIIS_SIGNING to a folder of your own.") from None
    print(f"Give this certificate to every receiver before {first.astimezone(RIGA):%d.%m.%Y}: {path}")
