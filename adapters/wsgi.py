"""The WSGI application (tīmekļa lietotne): `/soap/<service>` for every contract, `/rest/disclosures/` for portals, the rest for pages.

Any POST below `/soap/` is answered 200, or 500 with a Fault, whether or not there is such a service (P15).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from adapters.calls import CallLog
from adapters.contracts import Contracts
from adapters.operations import Find, Granting, Sessions, bind, module_of
from adapters.soap import Boundary, Environ, StartResponse, log_with
from adapters.tracker.usage import PATH, Tracker
from adapters.xroad import Identifier

Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]


def create_app(
    public_url: str,
    databases: Sessions,
    grants: Granting,
    list_versions: Mapping[str, str],
    *,
    provider: str,
    index: Wsgi | None = None,
    find: Find = module_of,
    log_key: bytes | None = None,
    threads: int = 0,
    contracts: Contracts | None = None,
    calls: CallLog | None = None,
) -> Wsgi:
    """Everything that a process serves.

    `provider` is who we are in X-Road, `index` answers outside `/soap/`, `log_key` makes users in logs comparable; what each of
    `threads` needs of its own is made beforehand. `contracts` that are read already are shared.
    `calls` takes what the operational log keeps.
    """
    log_with(log_key or os.urandom(32))
    contracts = contracts or Contracts.load()
    contracts.compile_ahead(threads)
    us = Identifier.from_path(provider)[:4]
    addresses: dict[str, Wsgi] = {}
    for service in contracts.services.values():
        operations = bind(service, contracts, list_versions, find, databases, grants)
        addresses[f"/soap/{service.name}"] = Boundary(service, contracts, operations, public_url, us, calls)
    tracker = Tracker(databases, grants, calls)
    unknown = Boundary(None, contracts, {}, public_url, us, calls)
    others = index or _not_found

    def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        boundary = addresses.get(path)
        if boundary is not None:
            return boundary(environ, start_response)
        if path.startswith("/soap/"):
            return addresses.get(path.rstrip("/"), unknown)(environ, start_response)
        if path.startswith(PATH):
            return tracker(environ, start_response)
        return others(environ, start_response)

    return application


def _not_found(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    text = b"Services are below /soap/.\n"
    start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text)))])
    return [text]
