"""The one way a command ends early: a sentence for a person and an exit code."""

import os
import socket
from pathlib import Path

from pydantic import ValidationError

from adapters.settings import Settings


class Stop(Exception):
    """What happened, why, and what to do; printed as it stands, the program exits with `code`."""

    def __init__(self, sentence: str, code: int = 1) -> None:
        super().__init__(sentence)
        self.code = code


def read_settings() -> Settings:
    """The settings, or one sentence on the first that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "VIIS_" + "_".join(str(part) for part in first["loc"]).upper()
        raise Stop(f"{name} is not right: {first['msg']}. Correct it or leave it out; `viis settings` lists every setting.", 2) from None


def prepare_folder(folder: Path) -> None:
    """Makes the folder for what is kept, or says why it cannot be used."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Stop(f"The folder {folder} cannot be made: {error.strerror}. Set VIIS_DATA to a folder that you may write to.") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Stop(f"The folder {folder} may not be written to. Set VIIS_DATA to a folder that you may write to.")


def check_port(host: str, port: int, setting: str = "VIIS_PORT") -> None:
    """Says that the port of a setting is taken before anything else is started."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise Stop(
                f"Port {port} may not be used by this user. Set {setting} to one above 1023, for example: {setting}=8081 make run"
            ) from None
        except OSError as error:
            raise Stop(
                f"Port {port} on {host} is taken by another program ({error.strerror}). "
                f"Set {setting} to a free one, for example: {setting}={port + 1} make run"
            ) from None


def free_port() -> int:
    """A port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
