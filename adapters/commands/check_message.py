"""viis check-message: tells a sender in words what in an envelope breaks the contract, and where."""

from pathlib import Path
from typing import Annotated

import typer

from adapters.contracts import Contracts
from adapters.stop import Stop

BREAKS, CANNOT_BE_READ = 1, 2


def check_message(
    file: Annotated[Path, typer.Argument(help="A SOAP envelope: a request or an answer.")],
    service: Annotated[str | None, typer.Option(help="Name of the service whose contract counts; otherwise the message says.")] = None,
) -> None:
    """Says what in an envelope breaks the contract; ends with 0 for nothing, 1 for something, 2 when the file cannot be read."""
    from adapters.message_check import Check

    contracts = Contracts.load()
    if service is not None and service not in contracts.services:
        raise Stop(f"There is no service {service}. There are: {', '.join(contracts.services)}.", CANNOT_BE_READ)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Stop(f"{file} cannot be read: {error.strerror}.", CANNOT_BE_READ) from None
    what, findings = Check(contracts, service).verdict(content)
    if not findings:
        print(f"{file} is in order: {what}.")
        return
    number = "one place" if len(findings) == 1 else f"{len(findings)} places"
    print(f"{file}{f', {what},' if what else ''} breaks the contract in {number}:")
    for line, path, text in findings:
        print("\n" + "  ".join(part for part in (f"line {line}" if line else "", path) if part))
        print(f"    {text}")
    raise typer.Exit(BREAKS)
