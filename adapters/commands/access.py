"""viis access-load: replaces the grants of the register by those of a file."""

import tomllib
from pathlib import Path
from typing import Annotated

import typer

from adapters.stop import Stop, read_settings
from adapters.storage import bring_up_to_date, storage
from core import access


def access_load(file: Annotated[Path, typer.Argument(help="TOML file with [[grant]] tables.")]) -> None:
    """Replaces all grants by those of a file; running services follow within two seconds."""
    with storage(read_settings()) as place:
        bring_up_to_date(place)
        databases = place.open(connections=1)
        try:
            with databases.register.begin() as session:
                number = access.load(session, file)
        except OSError as error:
            raise Stop(f"{file} cannot be read: {error.strerror}.") from None
        except (tomllib.TOMLDecodeError, KeyError, ValueError) as error:
            raise Stop(f"{file} is not a file of grants: {error}. Nothing was changed.") from None
        finally:
            databases.close()
    print(f"{number} grants are in force.")
