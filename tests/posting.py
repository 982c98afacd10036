"""A message to the application in this very process, for tests that change what stands behind it."""

import io
from functools import cache
from typing import Any

from adapters.contracts import Contracts
from adapters.wsgi import Wsgi, create_app
from core import codes
from core.access import Grants
from core.database import Databases
from tests.serving import TEXT_XML, Reply


def application(databases: Databases, **more: Any) -> Wsgi:
    """The service on these databases, with the grants that they hold; contracts are read once for all tests."""
    return create_app(
        "http://127.0.0.1:8080",
        databases,
        Grants(databases.register),
        codes.versions(),
        provider="LV-DEV/GOV/IZM/viis",
        **{"contracts": _contracts(), **more},
    )


@cache
def _contracts() -> Contracts:
    return Contracts.load()


def post(app: Wsgi, body: str | bytes, path: str = "/soap/education-process", **environ: Any) -> Reply:
    content = body.encode() if isinstance(body, str) else body
    request = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "CONTENT_TYPE": TEXT_XML,
        "CONTENT_LENGTH": str(len(content)),
    }
    begun: list[tuple[str, list[tuple[str, str]]]] = []
    answer = b"".join(app({**request, "wsgi.input": io.BytesIO(content), **environ}, lambda *args: begun.append(args)))
    [(status, headers)] = begun
    return Reply(int(status[:3]), {name.lower(): value for name, value in headers}, answer)
