"""One worker of the service (pakalpojuma process): databases, grants, contracts, pages, made after the fork."""

import gc
import os
import secrets
from pathlib import Path

from adapters.calls import CallLog
from adapters.contracts import Contracts
from adapters.settings import Settings
from adapters.storage import Storage
from adapters.web.index import Titled, examples, index, index_page
from adapters.wsgi import Wsgi, create_app
from core import codes
from core.access import Grants


def create_service(settings: Settings, place: Storage, calls: CallLog | None = None) -> Wsgi:
    """The application that a worker serves."""
    databases = place.open(connections=settings.threads)
    contracts = Contracts.load()
    application = create_app(
        settings.public_url,
        databases,
        Grants(databases.register),
        codes.versions(),
        provider=settings.xroad_client,
        index=index(index_page(settings.public_url, _titles(contracts)), examples(settings.public_url)),
        log_key=log_key(settings.data),
        threads=settings.threads,
        contracts=contracts,
        calls=calls,
    )
    # What was made until now lives as long as the process: the collector need not look at it again in the middle of an answer.
    gc.collect()
    gc.freeze()
    return application


def _titles(contracts: Contracts) -> dict[str, list[Titled]]:
    return {
        service.name: [
            Titled(operation.code, operation.version, operation.title.get("lv", ""), operation.title.get("en", ""))
            for operation in service.operations.values()
        ]
        for service in contracts.services.values()
    }


def log_key(folder: Path) -> bytes:
    """The key that makes users comparable in logs without naming them; kept, so that a restart changes nothing."""
    path = folder / "log-key"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        temporary = folder / f".log-key-{os.getpid()}-{secrets.token_hex(4)}"
        temporary.touch(0o600)
        temporary.write_bytes(secrets.token_bytes(32))
        # The first of several workers wins; all read the same key.
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return path.read_bytes()
