"""Where the service listens (uzticams savienojums): the header `client` counts only on a connection that comes from the security server.

- mutual TLS with its pinned certificate
- a unix socket in a private folder, for a program on this machine that has checked the security server
- plain HTTP on loopback in demo mode alone
"""

import grp
import ipaddress
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from adapters.settings import Settings
from adapters.stop import Stop, check_port
from adapters.tls import Pinned, pinned

UNTRUSTED = (
    "Nothing says that requests come from the security server, and then anybody could ask in anybody's name. Choose one: "
    "`viis serve --tls` with VIIS_TLS_CERTIFICATE, VIIS_TLS_KEY and VIIS_TLS_PINS; VIIS_SOCKET=/run/viis/soap.sock for a proxy on this "
    "machine; VIIS_DEMO=true to try it with made-up people on loopback."
)
LONGEST = 107  # bytes of a unix socket's path
PRIVATE, OURS = 0o750, 0o117  # the folder's mode; what the socket's mode leaves out: it is 0660


class Listener(NamedTuple):
    """An address that only those can reach who are believed (klausīšanās vieta)."""

    bind: str
    tls: Pinned | None = None
    opened: Callable[[Any], None] | None = None


def trusted(settings: Settings, tls: bool) -> Listener:
    """The listener that the settings ask for; Stop when none of them is trusted."""
    if tls:
        if settings.socket is not None:
            raise Stop("Either --tls or VIIS_SOCKET: one service listens in one place.", 2)
        secured = pinned(settings.tls_certificate, settings.tls_key, settings.tls_pins)
        check_port(settings.host, settings.port)
        return Listener(_address(settings), secured)
    if settings.socket is not None:
        return _unix(settings.socket, settings.socket_group)
    if not settings.demo:
        raise Stop(UNTRUSTED, 2)
    if not _is_loopback(settings.host):
        raise Stop(f"Demo mode listens on loopback alone, and VIIS_HOST is {settings.host}. Leave it out, or use viis serve --tls.", 2)
    check_port(settings.host, settings.port)
    return Listener(_address(settings))


def _address(settings: Settings) -> str:
    return f"[{settings.host}]:{settings.port}" if ":" in settings.host else f"{settings.host}:{settings.port}"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _unix(path: Path, group: str) -> Listener:
    path = path.expanduser().absolute()
    if len(os.fsencode(path)) > LONGEST:
        raise Stop(f"VIIS_SOCKET is longer than the {LONGEST} bytes that the system takes. Choose a shorter path.")
    number = _group(group)
    try:
        if not path.parent.exists():
            path.parent.mkdir(PRIVATE)
            path.parent.chmod(PRIVATE)
            os.chown(path.parent, -1, number)
        folder = path.parent.stat()
        if folder.st_uid not in (0, os.getuid()) or stat.S_IMODE(folder.st_mode) & 0o027:
            raise Stop(f"The folder {path.parent} is open to others, so anybody could ask in anybody's name. Do: chmod 750 {path.parent}")
        _check_free(path)
    except OSError as error:
        raise Stop(f"{path} cannot be made: {error.strerror}. Set VIIS_SOCKET to a path in a folder of your own.") from None
    return Listener(f"unix:{path}", opened=lambda _: os.chown(path, -1, number))


def _group(name: str) -> int:
    try:
        number = grp.getgrnam(name).gr_gid if name else os.getgid()
    except KeyError:
        raise Stop(f"There is no group {name}. VIIS_SOCKET_GROUP is the group of the program that connects.") from None
    if os.getuid() != 0 and number not in (os.getgid(), *os.getgroups()):
        raise Stop(f"Only who is in the group {name} may give it the socket. Do, as root: usermod -a -G {name} USER")
    return number


def _check_free(path: Path) -> None:
    """Says that another service listens there; a socket that one left behind is taken over."""
    if not path.exists():
        return
    if not path.is_socket():
        raise Stop(f"{path} is there and is no socket. Set VIIS_SOCKET to another path.")
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            return
    raise Stop(f"Another program listens on {path}. Stop it, or set VIIS_SOCKET to another path.")
