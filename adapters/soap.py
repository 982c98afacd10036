"""The SOAP boundary (SOAP robeža): spyne's Application, Service, rpc and WSGI, with protocol classes of ours for everything about XML.

Spyne chooses the method, calls it and keeps its events; how a request is read is in `exchange.py`, what is answered in
`operations.py`, what is said of errors in `faults.py`. A protocol object serves one direction, so there are two. Nothing that can be
known before a request comes is done in one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import blake2b
from time import perf_counter_ns, time
from typing import Any
from xml.sax.saxutils import escape

import structlog

from adapters import guard
from adapters.calls import ANSWERED, FAILED, REFUSED, SOAP, CallLog, Noted
from adapters.contracts import Contracts, Service
from adapters.discretion import HIDDEN, client_of, kind_of, message_id_of, place_of
from adapters.exchange import Exchange
from adapters.faults import FALLEN, OURS, SERVER, SoapFault
from adapters.operations import BoundOperation
from adapters.spyne_context import RequestContext
from adapters.spyne_shim import AnyXml, Application, Fault, ProtocolBase, WsgiApplication, rpc
from adapters.spyne_shim import Service as SpyneService

CONTENT_TYPE = "text/xml; charset=utf-8"
TYPES = "http://viis.gov.lv/xroad/types/v1"
OK, BROKEN, NOT_ALLOWED = "200 OK", "500 Internal Server Error", "405 Method Not Allowed"
DRAINED = 64 * 1024 * 1024
OK_CODE = "ok"

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
Environ = dict[str, Any]
log = structlog.get_logger("viis.soap")


class RequestProtocol(ProtocolBase):  # type: ignore[misc]
    """Reads: the guard, the header, the schema of the whole envelope, the decoded request."""

    def __init__(
        self, service: Service | None, contracts: Contracts, operations: dict[str, BoundOperation], provider: tuple[str | None, ...]
    ) -> None:
        super().__init__()
        self._service, self._contracts, self._operations, self._provider = service, contracts, operations, provider

    def get_context(self, parent: Any, transport: Any) -> None:
        """No context of its own: what a request knows is in its Exchange."""

    def create_in_document(self, ctx: Any, in_string_encoding: str | None = None) -> None:
        """Bytes into an envelope."""
        try:
            ctx.udc.parse(ctx.in_string)
        except Exception as error:
            raise _fault(error, ctx.udc) from None

    def decompose_incoming_envelope(self, ctx: Any, message: Any) -> None:
        """The header, and which method is meant: by service header and body, never by SOAPAction (P12)."""
        exchange: Exchange = ctx.udc
        try:
            ctx.in_body_doc = exchange.read(self._operations, self._provider)
        except Exception as error:
            raise _fault(error, exchange) from None
        ctx.method_request_string = ctx.in_body_doc.tag

    def deserialize(self, ctx: Any, message: Any) -> None:
        """The envelope against its schema, the body into the method's argument."""
        exchange: Exchange = ctx.udc
        assert self._service is not None
        assert exchange.operation is not None
        try:
            exchange.validate(self._contracts, self._service.name)
            ctx.in_object = exchange.operation.decode(ctx.in_body_doc)
        except Exception as error:
            raise _fault(error, exchange) from None


class AnswerProtocol(ProtocolBase):  # type: ignore[misc]
    """Writes: the header as it came, around the answer or the fault."""

    mime_type = CONTENT_TYPE

    def get_context(self, parent: Any, transport: Any) -> None:
        """No context of its own."""

    def serialize(self, ctx: Any, message: Any) -> None:
        """The whole envelope."""
        exchange: Exchange = ctx.udc
        start, prefix, end = exchange.echo
        inside = _fault_element(ctx.out_error, exchange) if ctx.out_error is not None else ctx.out_object[0]
        parts = (b"<?xml version='1.0' encoding='UTF-8'?>\n", start, b"<", prefix, b"Body>", inside, b"</", prefix, b"Body>", end)
        ctx.out_document = b"".join(parts)

    def create_out_string(self, ctx: Any, out_string_encoding: str | None = None) -> None:
        """The envelope is bytes already."""
        ctx.out_string = [ctx.out_document]

    def fault_to_http_response_code(self, fault: Fault) -> str:
        """200 or 500 only: anything else hides the body from the asker (P15)."""
        return BROKEN


def _fault_element(fault: Fault, exchange: Exchange) -> bytes:
    """A SOAP Fault; its detail is t:faultDetail of types.xsd."""
    if not isinstance(fault, SoapFault):
        fault = _fault(fault, exchange)  # One of spyne's own, whose words are not ours.
    prefix = exchange.echo.prefix.decode()
    message_id = "" if exchange.header is None else f"<t:messageId>{escape(exchange.header.id)}</t:messageId>"
    return (
        f'<{prefix}Fault><faultcode xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">s:{fault.faultcode}</faultcode>'
        f"<faultstring>{escape(fault.faultstring)}</faultstring>"
        f'<detail><t:faultDetail xmlns:t="{TYPES}"><t:code>{fault.code}</t:code>{message_id}</t:faultDetail></detail></{prefix}Fault>'
    ).encode()


def _fault(error: Exception, exchange: Exchange) -> SoapFault:
    """The fault for an error; what is ours to mend is logged, once, without anything that the request said."""
    fault = error if isinstance(error, SoapFault) else SoapFault(error)
    exchange.outcome = fault.code
    header, operation = exchange.header, exchange.operation
    if header is not None and operation is not None:
        # Who may use something is no stranger, whatever digits its member code has.
        exchange.known = operation.knows(header.client.path)
    seen = {
        "code": fault.code,
        "operation": None if operation is None else operation.name,
        "client": None if header is None else client_of(header.client.path, known=exchange.known) or HIDDEN,
        "message_id": None if header is None else message_id_of(header.id) or HIDDEN,
        "user": None if header is None or header.user_id is None else _log_name(header.user_id),
    }
    if fault.faultcode == SERVER:
        cause = error.__cause__ or error
        log.error("service failed", error=kind_of(cause), where=place_of(cause), **seen)
    else:
        log.info("request refused", **seen)
    return fault


_log_key = b""


def log_with(key: bytes) -> None:
    """The key of the hash that stands for a user in the log; the disclosure alone holds the user's id."""
    global _log_key
    _log_key = key


def _log_name(user: str) -> str:
    return blake2b(user.encode(), key=_log_key, digest_size=8).hexdigest()


def _method(operation: BoundOperation) -> Callable[[Any, Any], bytes]:
    """The function that spyne calls for an operation."""

    def call(ctx: Any, request: Any) -> bytes:
        exchange: Exchange = ctx.udc
        assert exchange.header is not None
        try:
            reply = operation.answer(exchange.header, request)
        except Exception as error:
            raise _fault(error, exchange) from None
        exchange.outcome, exchange.persons, exchange.known = reply.outcome, reply.persons, reply.known
        return reply.body

    call.__name__ = operation.operation.code
    return call


class Boundary(WsgiApplication):  # type: ignore[misc]
    """One service behind its address (pakalpojuma pieslēgvieta): POST is a request, GET ?wsdl its contract, all else 405."""

    def __init__(
        self,
        service: Service | None,
        contracts: Contracts,
        operations: dict[str, BoundOperation],
        public_url: str,
        provider: tuple[str | None, ...],
        calls: CallLog | None = None,
    ) -> None:
        methods = {code: rpc(AnyXml, _returns=AnyXml, _body_style="bare")(_method(operation)) for code, operation in operations.items()}
        namespace = "http://viis.gov.lv/xroad/none" if service is None else service.namespace
        application = Application(
            [type(SpyneService)("Operations", (SpyneService,), methods)],
            tns=namespace,
            name="viis" if service is None else service.name,
            in_protocol=RequestProtocol(service, contracts, operations, provider),
            out_protocol=AnswerProtocol(),
        )
        super().__init__(application, chunked=False, max_content_length=guard.MAX_BYTES)
        self._methods = {name: descriptors[0] for name, descriptors in application.interface.service_method_map.items()}
        self._name, self._calls = "" if service is None else service.name, calls
        self._contract = b"" if service is None else contracts.document(service.name, public_url)

    def __call__(self, environ: Environ, start_response: StartResponse, wsgi_url: str | None = None) -> Iterable[bytes]:
        """WSGI."""
        method = environ["REQUEST_METHOD"]
        if method == "POST":
            body: Iterable[bytes] = self.handle_rpc(environ, start_response)
            return body
        if method in ("GET", "HEAD") and self._contract and environ.get("QUERY_STRING", "").partition("=")[0].lower() == "wsdl":
            close_afterwards(start_response)
            start_response(OK, [("Content-Type", CONTENT_TYPE), ("Content-Length", str(len(self._contract)))])
            return [self._contract] if method == "GET" else []
        text = b"POST a SOAP message, or GET with ?wsdl.\n"
        headers = [("Allow", "GET, HEAD, POST"), ("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text)))]
        start_response(NOT_ALLOWED, headers)
        return [text] if method != "HEAD" else []

    def handle_rpc(self, req_env: Environ, start_response: StartResponse) -> list[bytes]:
        """One message: spyne's steps of a request, without streaming, redirects, fan-out and auxiliary methods."""
        exchange = Exchange(req_env.get("CONTENT_TYPE"), req_env.get("HTTP_CONTENT_ENCODING"))
        ctx: Any = RequestContext(self, req_env, CONTENT_TYPE, exchange)
        writer = self.app.out_protocol
        received, answer = b"", b""
        started_at, begun = time(), perf_counter_ns()
        try:
            try:
                received = ctx.in_string = read_body(req_env)
                # What a slow sender takes is not ours.
                begun = perf_counter_ns()
                self._process(ctx)
            except Exception as error:
                ctx.out_error = error if isinstance(error, SoapFault) else _fault(error, exchange)
                ctx.fire_event("method_exception_object")
            writer.serialize(ctx, writer.RESPONSE)
            self.finalize_context(ctx)
            status = OK if ctx.out_error is None else writer.fault_to_http_response_code(ctx.out_error)
            answer = ctx.out_string[0]
        finally:
            ctx.close()
            if self._calls is not None:
                self._calls.add(self._noted(exchange, started_at, perf_counter_ns() - begun, len(received), len(answer)))
        start_response(status, [("Content-Type", CONTENT_TYPE), ("Content-Length", str(len(answer)))])
        return [answer]

    def _noted(self, exchange: Exchange, started_at: float, nanoseconds: int, received: int, sent: int) -> Noted:
        """What the operational log keeps of a request, however it ended."""
        header, bound, code = exchange.header, exchange.operation, exchange.outcome if sent else FALLEN
        outcome = ANSWERED if code == OK_CODE else FAILED if code in OURS else REFUSED
        return Noted(
            started_at,
            nanoseconds,
            SOAP,
            self._name,
            "" if bound is None else bound.operation.code,
            "" if bound is None else bound.operation.version,
            None if header is None else header.client,
            exchange.known,
            outcome,
            None if outcome is ANSWERED else code,
            received,
            sent,
            exchange.persons,
            None if header is None else header.id,
        )

    def _process(self, ctx: Any) -> None:
        reader = self.app.in_protocol
        reader.create_in_document(ctx)
        reader.decompose_incoming_envelope(ctx, reader.REQUEST)
        ctx.descriptor = self._methods[ctx.method_request_string]
        reader.deserialize(ctx, reader.REQUEST)
        self.app.process_request(ctx)  # Calls the method; its faults are in ctx.out_error.


def close_afterwards(start_response: StartResponse) -> None:
    """Ends the connection after this answer: some clients wait for that to know that a contract is complete.

    WSGI forbids the header Connection and gunicorn drops it, but gunicorn's own response object can be told.
    """
    force_close = getattr(getattr(start_response, "__self__", None), "force_close", None)
    if force_close is not None:
        force_close()


def read_body(environ: Environ) -> bytes:
    """The request's bytes, whether their number is known or they come in chunks (P14); never more than a message may have."""
    length = environ.get("CONTENT_LENGTH") or ""
    stream = environ["wsgi.input"]
    if length.isdigit():
        expected = int(length)
        if expected <= guard.MAX_BYTES:
            body: bytes = stream.read(expected)
            return body
    elif not environ.get("wsgi.input_terminated"):
        return b""
    body = stream.read(guard.MAX_BYTES + 1)
    if len(body) > guard.MAX_BYTES:
        # The sender is still sending and reads no answer before it is done; there is an end to that, too.
        left = DRAINED if not length.isdigit() else min(DRAINED, int(length) - len(body))
        while left > 0 and (chunk := stream.read(min(left, 65536))):
            left -= len(chunk)
    return body
