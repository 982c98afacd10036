"""viis population-register: the stand-in for the population register (Fizisko personu reģistrs), until it is interrupted."""

import sys
from typing import Annotated

import typer

from adapters.children import end_with_parent
from adapters.population_register import stand_in
from adapters.stop import Stop, read_settings


def population_register(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on, on loopback.")] = 8090,
) -> None:
    """Runs a stand-in for the population register: real SOAP over HTTP, the made-up nation, misbehaviour by order on /misbehave."""
    end_with_parent()
    folder = read_settings().data / "population-register"
    if not (folder / "people.jsonl").exists():
        print(f"There is no made-up nation in {folder} yet, so the list is empty. viis demo-data makes one.", file=sys.stderr)
    try:
        stand_in.serve(port, folder)
    except KeyboardInterrupt:
        return
    except OSError as error:
        raise Stop(f"The stand-in cannot listen on port {port}: {error.strerror}. Choose a free one with --port.") from None
