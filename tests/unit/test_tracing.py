"""Spans of calls: made without anything that an asker gave; a switch that is on without the programs says what to install."""

import sys
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from adapters.stop import Stop
from adapters.tracing import check_installed, spans
from core.calls import Call

MARK = "marked"
AT = datetime(2026, 11, 27, 10, 0, 0, 250_001, tzinfo=UTC)


def call(outcome: str, code: str | None) -> Call:
    return Call(AT, "soap", "education-process", "listCodes", "v1", MARK, outcome, code, 1500, 10, 20, 3, MARK)


def test_a_span_says_service_operation_and_outcome_when_it_was_and_nothing_of_the_asker(monkeypatch: pytest.MonkeyPatch) -> None:
    received: list[bytes] = []
    arrived = threading.Event()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()
            arrived.set()

        def log_message(self, *args: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
        tell = spans()
        tell([call("answered", None), call("failed", "F-0901")], 0, 0)
        assert arrived.wait(20)
        server.shutdown()
    request = ExportTraceServiceRequest.FromString(received[0])
    [resource] = request.resource_spans
    assert [(one.key, one.value.string_value) for one in resource.resource.attributes] == [("service.name", "viis")]
    [scope] = resource.scope_spans
    assert [span.name for span in scope.spans] == ["education-process.listCodes"] * 2
    for span, outcome, code in zip(scope.spans, ("answered", "failed"), ("", "F-0901"), strict=True):
        said = {one.key: one.value.string_value for one in span.attributes}
        assert said == {"service": "education-process", "operation": "listCodes", "outcome": outcome, "code": code}
        assert span.start_time_unix_nano == int(AT.timestamp()) * 10**9 + 250_001_000
        assert span.end_time_unix_nano - span.start_time_unix_nano == 1_500_000
    assert MARK.encode() not in received[0]


def test_a_switch_that_is_on_without_the_programs_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(Stop, match=r"pip install 'viis\[otel\]'"):
        check_installed()
