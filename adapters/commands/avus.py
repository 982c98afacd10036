"""viis avus: the stand-in for the admission system (AVUS), until it is interrupted."""

from typing import Annotated

import typer

from adapters.avus import stand_in
from adapters.children import end_with_parent
from adapters.stop import Stop, read_settings


def avus(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on, on loopback.")] = 8091,
) -> None:
    """Runs a stand-in for AVUS: takes signed messages, checks schema and signature, acknowledges; misbehaviour by order on /misbehave."""
    end_with_parent()
    settings = read_settings()
    try:
        stand_in.serve(port, settings.data / "avus", settings.signing)
    except KeyboardInterrupt:
        return
    except OSError as error:
        raise Stop(f"The stand-in cannot listen on port {port}: {error.strerror}. Choose a free one with --port.") from None
