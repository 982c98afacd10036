"""Spans of calls for OpenTelemetry (izsaukumu izsekošana): off unless VIIS_OTEL says so; where they go the standard's own variables say.

A span is made from the queue of calls, so no request pays for it. It says service, operation, outcome and code, and nothing that an asker
gave.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from adapters.calls import FAILED, Watching
from adapters.stop import Stop
from core.calls import Call

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def check_installed() -> None:
    """Says what to install when spans are wanted and cannot be made."""
    try:
        import opentelemetry.exporter.otlp.proto.http
        import opentelemetry.sdk.trace  # noqa: F401
    except ImportError:
        raise Stop(
            "VIIS_OTEL is on, but OpenTelemetry is not installed. Install it (pip install 'viis[otel]') or leave VIIS_OTEL out.", 2
        ) from None


def spans(exporter: "SpanExporter | None" = None) -> Watching:
    """Whoever is told of calls and makes spans of them; without an exporter they go where OTEL_EXPORTER_OTLP_ENDPOINT says."""
    check_installed()
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.trace import SpanKind, Status, StatusCode

    # Without detectors: a resource holds the service's name, and nothing of the process or its command line.
    provider = TracerProvider(resource=Resource({"service.name": "viis"}))
    provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter()))
    tracer = provider.get_tracer("viis")

    def tell(calls: Sequence[Call], _waiting: int, _lost: int) -> None:
        for call in calls:
            begun = (call.started_at - EPOCH) // timedelta(microseconds=1)
            name = f"{call.service}.{call.operation}".strip(".") or "unknown"
            said = {"service": call.service, "operation": call.operation, "outcome": call.outcome, "code": call.code or ""}
            span = tracer.start_span(name, kind=SpanKind.SERVER, attributes=said, start_time=begun * 1000)
            if call.outcome == FAILED:
                span.set_status(Status(StatusCode.ERROR))
            span.end((begun + call.duration_us) * 1000)

    return tell
