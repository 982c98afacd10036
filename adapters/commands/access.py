"""viis access: who may ask what (piekļuves tiesības); each change is proposed by one user and confirmed by another.

A user's name is what --user or VIIS_USER says; beside it the operating system's login is recorded, which nobody chooses by himself. The
names alone prove nothing: who may run this command with the register's address could give any.
"""

import os
import pwd
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from adapters.allow_list import published
from adapters.commands.access_tables import hidden_in_words, print_changes, print_grants, scope_in_words, valid_in_words
from adapters.inquiry import RIGA
from adapters.stop import Stop, read_settings
from adapters.storage import opened
from adapters.xroad import Identifier
from core import grant_file, grant_history, granting
from core.access import EVERYBODY, Grants
from core.database import Databases
from core.errors import NotGranted, Refusal
from core.granting import User

access = typer.Typer(help="Who may ask what: grants, proposed by one user and confirmed by another.", no_args_is_help=True)
NOBODY = 4294967295  # what the kernel says when nobody has logged in
Named = Annotated[str, typer.Option("--user", help="Who you are; VIIS_USER when it is left out.")]
Numbers = Annotated[list[str], typer.Argument(help="Numbers, or a range of them: 12 or 12-60.")]
Client = Annotated[str, typer.Argument(help="instance/class/member/subsystem, or * for everybody.")]
Operation = Annotated[str, typer.Argument(help="service.operation; service.* for all that read, service.** for all.")]


@access.command()
def grant(
    client: Client,
    operation: Operation,
    scope: Annotated[str, typer.Option(help="everything, municipalities, institutions, persons or own.")],
    purpose: Annotated[str, typer.Option(help="What the client needs it for; it stands in the journal of disclosures.")],
    legal_basis: Annotated[str, typer.Option(help="On what legal basis; it stands in the journal of disclosures.")],
    value: Annotated[list[str] | None, typer.Option(help="A municipality, institution or person of the scope; may be repeated.")] = None,
    right: Annotated[
        list[str] | None, typer.Option(help="restricted, health, small_numbers, authority, ministry, embargo; may be repeated.")
    ] = None,
    field: Annotated[
        list[str] | None, typer.Option(help="An optional element that is shown; may be repeated. None: all of today's contract.")
    ] = None,
    first: Annotated[str, typer.Option("--from", help="First day, for example 2026-09-01.")] = "",
    last: Annotated[str, typer.Option("--to", help="Last day.")] = "",
    hidden_days: Annotated[int | None, typer.Option(help="For so many days the law keeps from a person that it was asked about.")] = None,
    why: Annotated[str, typer.Option(help="Why; it stays on record.")] = "",
    user: Named = "",
) -> None:
    """Proposes a grant; it is in force as soon as another user confirms it."""
    entry = {
        **{"client": _client(client), "operation": operation, "scope": scope, "purpose": purpose, "legal_basis": legal_basis},
        **{"values": value or [], "rights": right or []},
        **({"fields": field} if field else {}),
        **({"valid_from": _day(first)} if first else {}),
        **({"valid_to": _day(last)} if last else {}),
        **({"hidden_days": hidden_days} if hidden_days is not None else {}),
    }
    try:
        wanted = published().written(grant_file.wanted(entry))
    except ValueError as error:
        raise Stop(f"That is no grant: {error}. Nothing was proposed.", 2) from None
    by = _user(user)
    with _register() as databases, databases.register.begin() as session:
        changes = granting.propose(session, [wanted], by, why.strip() or None)
    _proposed(changes)


@access.command()
def revoke(numbers: Numbers, why: Annotated[str, typer.Option(help="Why; it stays on record.")] = "", user: Named = "") -> None:
    """Proposes that grants end; they do as soon as another user confirms it."""
    if not why.strip():
        raise Stop('Why does it end? For example: viis access revoke 17 --why "the contract has ended"', 2)
    by, ending = _user(user), _numbers(numbers)
    with _register() as databases, databases.register.begin() as session:
        changes = granting.propose_end(session, ending, by, why.strip())
    _proposed(changes)


@access.command()
def confirm(numbers: Numbers, user: Named = "") -> None:
    """Confirms changes that another user proposed, all or none; it works everywhere within two seconds."""
    by, proposed = _user(user), _numbers(numbers)
    with _register() as databases, databases.register.begin() as session:
        changes = granting.confirm(session, proposed, by)
        same = sum(change.proposed_login == by.login for change in changes)
    print(f"Confirmed: {len(changes)}. It works everywhere within two seconds.")
    if same:
        print(
            f"Of these {same} were proposed under the same login of this machine: that they are two people is their word alone.",
            file=sys.stderr,
        )


@access.command()
def reject(numbers: Numbers, why: Annotated[str, typer.Option(help="Why; it stays on record.")] = "", user: Named = "") -> None:
    """Rejects proposed changes, or takes one's own back; what is granted stays as it is."""
    by, proposed = _user(user), _numbers(numbers)
    with _register() as databases, databases.register.begin() as session:
        changes = granting.reject(session, proposed, by, why.strip() or None)
    print(f"Rejected: {len(changes)}.")


@access.command("list")
def show(
    at: Annotated[str, typer.Option(help="What was in force at an instant, for example 2026-11-27T10:00 (Riga).")] = "",
    pending: Annotated[bool, typer.Option("--pending", help="Changes that wait for a second user.")] = False,
    history: Annotated[bool, typer.Option("--history", help="Every change there ever was, and who made it.")] = False,
) -> None:
    """Lists the grants in force, now or at an instant, or their changes; persons of a scope are counted, not named."""
    if sum((bool(at), pending, history)) > 1:
        raise Stop("One at a time: --at, --pending, --history.", 2)
    instant = _instant(at) if at else None
    with _register() as databases, databases.register.begin() as session:
        if pending or history:
            print_changes(grant_history.waiting(session) if pending else grant_history.history(session))
        else:
            print_grants(grant_history.in_force_at(session, instant))


@access.command()
def check(
    client: Client, operation: Operation, on: Annotated[str, typer.Option(help="On which day; today when it is left out.")] = ""
) -> None:
    """Says by which grant a client may use an operation, and what it is shown; or why it may not (then the exit code is 1)."""
    day = _day(on) if on else datetime.now(RIGA).date()
    client = _client(client)
    if operation not in published().operations:
        raise Stop(f"There is no operation {operation}. One is written as service.operation, for example education-process.listCodes", 2)
    writes = published().writes(operation)
    with _register() as databases:
        try:
            found = Grants(databases.register).find(client, operation, day, writes=writes)
        except NotGranted:
            with databases.register.begin() as session:
                reasons = grant_history.why_not(session, client, operation, day, writes=writes)
            raise Stop("\n".join([f"{client} may not use {operation} on {day}.", *reasons])) from None
    print(f"{client} may use {operation} on {day}, by grant {found.number}.")
    print(f"scope:       {scope_in_words(found.scope.kind, found.scope.values)}")
    print(f"rights:      {', '.join(sorted(found.rights)) or 'none'}")
    print(f"purpose:     {found.purpose} ({found.legal_basis})")
    print(f"valid:       {valid_in_words(found.valid)}")
    if found.hidden_days:
        print(hidden_in_words(found.hidden_days))
    print("fields:")
    for path in sorted(found.fields):
        print(f"  {path}")


@access.command()
def load(
    file: Annotated[Path, typer.Argument(help="TOML file with [[grant]] tables.")],
    why: Annotated[str, typer.Option(help="Why; it stays on record.")] = "",
    user: Named = "",
) -> None:
    """Proposes what makes the grants of a file the only ones: those that are not in force yet, and the end of all others."""
    try:
        wanted = [published().written(one) for one in grant_file.read(file)]
        for one in wanted:
            _client(one.client)
    except OSError as error:
        raise Stop(f"{file} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, ValueError) as error:
        raise Stop(f"{file} is not a file of grants: {error}. Nothing was changed.") from None
    by = _user(user)
    with _register() as databases, databases.register.begin() as session:
        changes = granting.propose_all(session, wanted, by, why.strip() or None)
    _proposed(changes)


access_load = load  # what it was called before


@contextmanager
def _register() -> Iterator[Databases]:
    with opened(read_settings()) as databases:
        try:
            yield databases
        except Refusal as refusal:
            raise Stop(
                f"{refusal} ({refusal.code}) `viis access list` shows grants, with --pending what waits. Nothing was changed."
            ) from None


def _user(name: str) -> User:
    name = name or read_settings().user
    if not name.strip():
        raise Stop('Who are you? Say it with --user "Name Surname", or set VIIS_USER. Nothing was changed.', 2)
    return User(name, _login())


def _login() -> str:
    """Who logged in on this machine, also behind sudo, where the kernel knows it; else the account that the command runs as."""
    number = os.getuid()
    try:
        logged_in = int(Path("/proc/self/loginuid").read_text(encoding="ascii"))
        number = number if logged_in == NOBODY else logged_in
    except (OSError, ValueError):
        pass
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _client(path: str) -> str:
    try:
        return path if path == EVERYBODY else Identifier.from_path(path).path
    except ValueError as error:
        raise Stop(f"{path} names no client. {error} For example: LV-DEV/MUN/RIGA/schools", 2) from None


def _numbers(written: list[str]) -> list[int]:
    numbers: set[int] = set()
    for one in written:
        first, _, last = one.partition("-")
        if not first.isdecimal() or not (last or first).isdecimal() or not 0 <= int(last or first) - int(first) < 10_000:
            raise Stop(f"{one} is neither a number nor a range of numbers. For example: viis access confirm 12 14-20", 2)
        numbers.update(range(int(first), int(last or first) + 1))
    return sorted(numbers)


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise Stop(f"{written} is no day. For example: 2026-09-01", 2) from None


def _instant(written: str) -> datetime:
    try:
        instant = datetime.fromisoformat(written)
    except ValueError:
        raise Stop(f"{written} is no instant. For example: 2026-11-27T10:00", 2) from None
    return instant if instant.tzinfo else instant.replace(tzinfo=RIGA)


def _proposed(changes: list[int]) -> None:
    if not changes:
        print("Nothing to change: all of it is in force or waits already.")
        return
    numbers = str(changes[0]) if len(changes) == 1 else f"{changes[0]}-{changes[-1]}"
    if changes != list(range(changes[0], changes[-1] + 1)):
        numbers = " ".join(map(str, changes))
    print(
        f"Proposed: {len(changes)}. Another user looks at it (viis access list --pending) and confirms it:\nviis access confirm {numbers}"
    )
