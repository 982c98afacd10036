"""A request leaves nothing behind, and who listens to spyne's events hears them."""

import gc
import types
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest

from adapters.contracts import Contracts
from adapters.operations import bind, module_of
from adapters.soap import Boundary
from adapters.spyne_context import RequestContext
from core import codes
from core.errors import NotGranted
from tests.contract.asking import answered, asking, fault
from tests.posting import post


class _Nobody:
    """Grants nothing, so that no database is asked."""

    def names(self, client: str) -> bool:
        """Everybody."""
        return True

    def find(self, client: str, operation: str, on: Any, *, writes: bool = False) -> Any:
        raise NotGranted


@pytest.fixture
def boundary() -> Boundary:
    contracts = Contracts.load()
    service = contracts.services["education-process"]
    databases: Any = types.SimpleNamespace(register=nullcontext, reading=nullcontext, journal=None)
    databases.register.begin = nullcontext
    return Boundary(
        service,
        contracts,
        bind(service, contracts, codes.versions(), module_of, databases, _Nobody()),
        "http://127.0.0.1:8080",
        ("LV-DEV", "GOV", "IZM", "viis"),
    )


@pytest.fixture
def no_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def test_contexts_go_without_the_garbage_collector(boundary: Boundary, no_collection: None):
    for request in (asking("listCodes"), asking("listCodes", "<e:pageSize>0</e:pageSize>"), "<a>"):
        post(boundary, request)
    assert not [thing for thing in gc.get_objects() if isinstance(thing, RequestContext)]


def test_listeners_hear_spynes_events_in_order(boundary: Boundary):
    heard: list[str] = []
    names = (
        "method_context_created",
        "method_call",
        "method_return_object",
        "method_return_string",
        "method_exception_object",
        "method_context_closed",
    )
    for name in names:
        boundary.app.event_manager.add_listener(name, lambda ctx, name=name: heard.append(name))
    answered(post(boundary, asking("listCodes")))
    assert heard == [name for name in names if name != "method_exception_object"]
    heard.clear()
    fault(post(boundary, "<a>"))
    assert heard == ["method_context_created", "method_exception_object", "method_context_closed"]
