"""Spyne's context of a request, without what nobody here reads.

Spyne sets some fifty attributes for every request through a checking `__setattr__`, copies every HTTP header, copies the context
once more, and leaves it in cycles for the garbage collector. All of it together costs as much as answering. Here the constants are
the class's, the rest is set once, and nothing points back at the context.
"""

from __future__ import annotations

from time import time
from typing import Any

from adapters.spyne_shim import WsgiMethodContext


class RequestContext(WsgiMethodContext):  # type: ignore[misc]
    """One request (pieprasījuma konteksts); `udc` is its Exchange."""

    frozen = False
    files = pusher_stack = ()
    call_end = aux = protocol = inprot_ctx = outprot_ctx = event = transport = locale = None
    in_document = in_header_doc = in_body_doc = in_error = in_header = in_object = in_string = None
    out_object = out_header = out_error = out_body_doc = out_header_doc = out_document = out_string = out_stream = None
    method_request_string = function = None
    active = True
    is_closed = False
    _MethodContext__descriptor = None

    __setattr__ = object.__setattr__

    def __init__(self, transport: Any, req_env: dict[str, Any], content_type: str, udc: Any) -> None:
        self.call_start = time()
        self.app = app = transport.app
        self.udc = udc
        self._in_protocol, self._out_protocol = app.in_protocol, app.out_protocol
        self._listeners = app.event_manager.handlers
        if self._listeners:
            self.fire_event("method_context_created")

    def fire_event(self, event: str, *args: Any, **kwargs: Any) -> None:
        """Spyne's events, for those who listen; nobody else pays."""
        if self._listeners:
            self.app.event_manager.fire_event(event, self, *args, **kwargs)

    def close(self) -> None:
        """The end of the request; what it held is let go at once."""
        self.call_end = time()
        self.is_closed = True
        self.fire_event("method_context_closed")
        self.in_document = self.in_body_doc = self.in_object = self.out_object = self.in_error = self.out_error = self.udc = None
