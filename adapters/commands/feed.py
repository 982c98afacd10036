"""viis feed: databases of municipalities' own systems, each with a copy of what its municipality may hold."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import psycopg
import typer

from adapters.feeds import admission, room
from adapters.feeds.adding import ONE_SERVER, Feed, adding, check, login_is_open, open_login
from adapters.feeds.errors import FeedError
from adapters.feeds.place import Place
from adapters.feeds.removing import removing
from adapters.feeds.state import State, states
from adapters.stop import Stop, read_settings
from adapters.storage import bring_up_to_date, first_line, storage
from core import feeds
from core.database import Databases
from core.errors import Refusal
from core.model import MunicipalFeed

feed = typer.Typer(
    help="Databases of municipalities' own systems, each with a copy of what its municipality may hold.", no_args_is_help=True
)
Name = Annotated[str, typer.Argument(help="A short name, for example riga: the database and the login are called feed_riga.")]


@feed.command()
def add(
    name: Name,
    municipality: Annotated[str, typer.Option(help="ATVK code of the municipality, for example 0001000.")] = "",
    health: Annotated[bool, typer.Option("--health", help="With programmes and reasons of an end, which tell of health.")] = False,
    purpose: Annotated[str, typer.Option(help="What the copy is for; it stands in the journal of disclosures.")] = "",
    legal_basis: Annotated[str, typer.Option(help="On what legal basis; it stands in the journal of disclosures.")] = "",
    new_password: Annotated[bool, typer.Option("--new-password", help="Gives the login of a feed that is there a new password.")] = False,
) -> None:
    """Makes the database, its login and what fills it; the same again, or with the name alone, mends what is broken."""
    with _kept() as (place, databases):
        known = _registered(place, databases, name, municipality, health, purpose, legal_basis)
        for sentence in adding(place, known):
            print(sentence, flush=True)
        _admission(place)
        if login_is_open(place, known) and not new_password:
            print("Its login is open; the password was shown when it was made. With --new-password it gets another one.")
            return
        password = open_login(place, known)
        print(f"\nThe login, shown this once:\n{place.for_login(known.known_as, password)}")
        if place.ours:
            print("This server has no TLS: it answers on this machine alone, while viis run or viis serve runs.")


@feed.command("list")
def show() -> None:
    """Shows every feed: what it holds, how far it is behind, what it holds back; and for how many more there is room."""
    with _kept() as (place, databases):
        with databases.register.begin() as session:
            kept = feeds.all_in_force(session)
        found = states(place, [f"feed_{one.name}" for one in kept])
        for line in _table([(one, found[f"feed_{one.name}"]) for one in kept]):
            print(line)
        with place.on_register() as register, place.on_server() as server:
            tightest = room.limits(register, server)[0]
        print(
            f"\nRoom for {tightest.left} more: {tightest.taken} of {tightest.allowed} of {tightest.setting} "
            f"on the {tightest.server}'s server are taken."
        )


@feed.command()
def remove(name: Name) -> None:
    """Takes away the login, the database and all that filled it; that it was there stays on record."""
    with _kept() as (place, databases):
        with databases.register.begin() as session:
            if not feeds.is_known(session, name):
                raise Stop(f"There is no feed {name}.")
        for sentence in removing(place, f"feed_{name}"):
            print(sentence, flush=True)
        with databases.register.begin() as session:
            removed_at = feeds.remove(session, name)
        print(f"Removed on {removed_at:%d.%m.%Y}.")


@contextmanager
def _kept() -> Iterator[tuple[Place, Databases]]:
    """Both servers, running, and sentences instead of what they say when something is wrong."""
    with storage(read_settings()) as store:
        bring_up_to_date(store)
        databases = store.open(connections=1)
        try:
            if store.feeds is None:
                raise FeedError(ONE_SERVER)
            yield store.feeds, databases
        except (FeedError, Refusal) as refused:
            raise Stop(str(refused)) from None
        except psycopg.OperationalError as error:
            raise Stop(f"A server cannot be used: {first_line(error)} Do the same again when it runs.") from None
        except psycopg.errors.InsufficientPrivilege as error:
            raise Stop(f"A server refuses: {error.diag.message_primary}. The addresses must be those of its administrators.") from None
        finally:
            databases.close()


def _registered(place: Place, databases: Databases, name: str, municipality: str, health: bool, purpose: str, legal_basis: str) -> Feed:
    """The copy that is meant: on record already, or put there."""
    with databases.register.begin() as session:
        known = feeds.in_force(session, name)
        if known is None and not feeds.is_known(session, name) and not (municipality and purpose and legal_basis):
            raise Stop(f"There is no feed {name} yet. A new one needs --municipality, --purpose and --legal-basis.")
    check(place, Feed(name, municipality, health))
    with databases.register.begin() as session:
        if known is None or municipality or health or purpose or legal_basis:
            today = datetime.now(ZoneInfo("Europe/Riga")).date()
            known = feeds.add(session, name, municipality, health=health, purpose=purpose, legal_basis=legal_basis, today=today)
        return Feed(known.name, known.municipality, known.health)


def _admission(place: Place) -> None:
    """What only the administrator of a server of one's own can do, and whether it was done."""
    if place.ours:
        return
    with place.on_server() as server:
        found = admission.in_force(server)
    if not found:
        print("\nThese lines keep such logins in their own databases. They come first in that server's pg_hba.conf:\n")
        print("\n".join(admission.lines("hostssl")) + "\n")
    if found is False:
        raise FeedError("The login is not opened while these lines are missing. Add them, have the server reload, and do the same again.")


def _table(rows: Sequence[tuple[MunicipalFeed, State]]) -> Iterator[str]:
    """The copies in columns, as wide as what they hold."""
    lines = [("name", "municipality", "health", "added", "state", "rows", "behind", "WAL held back", "errors")]
    for known, state in rows:
        lines.append(
            (
                known.name,
                known.municipality,
                "yes" if known.health else "no",
                f"{known.added_at:%d.%m.%Y}",
                state.word,
                "-" if state.rows is None else f"{state.rows:,}",
                "-" if state.seconds is None or state.bytes_behind is None else f"{state.seconds:.0f} s, {_size(state.bytes_behind)}",
                "-" if state.wal_held_back is None else _size(state.wal_held_back),
                "-" if state.errors is None else str(state.errors),
            )
        )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  ".join(value.ljust(width) for value, width in zip(line, widths, strict=True)).rstrip()


def _size(number: int) -> str:
    return f"{number / 2**20:.1f} MiB"
