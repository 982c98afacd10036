"""What is measured of calls (metrikas), for Prometheus: told in bulk by the thread that empties the queue, added up over all processes.

Labels are names of the contract, outcomes and stable codes: nothing that an asker gave. Importing this needs the folder of
`PROMETHEUS_MULTIPROC_DIR`, in which each process keeps its values.
"""

from collections import Counter as Counted
from collections.abc import Sequence

from prometheus_client import Counter, Gauge, Histogram

from core.calls import Call

OPERATION = ("channel", "service", "operation")
BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)

CALLS = Counter("viis_calls", "Calls of operations.", (*OPERATION, "outcome", "code"))
PERSONS = Counter("viis_call_persons", "Persons in answers.", OPERATION)
REQUEST_BYTES = Counter("viis_call_request_bytes", "Bytes of requests.", OPERATION)
ANSWER_BYTES = Counter("viis_call_answer_bytes", "Bytes of answers.", OPERATION)
SECONDS = Histogram("viis_call_seconds", "How long calls took.", OPERATION, buckets=BUCKETS)
# Only of processes that live.
WAITING = Gauge("viis_calls_waiting", "Calls that wait to be written into the operational log.", multiprocess_mode="livesum")
LOST = Counter("viis_calls_lost", "Calls that the operational log has lost.")


def tell(calls: Sequence[Call], waiting: int, lost: int) -> None:
    """Adds these calls."""
    by_operation: dict[tuple[str, str, str], list[Call]] = {}
    for call in calls:
        by_operation.setdefault((call.channel, call.service, call.operation), []).append(call)
    for labels, of_one in by_operation.items():
        for (outcome, code), number in Counted((call.outcome, call.code or "") for call in of_one).items():
            CALLS.labels(*labels, outcome, code).inc(number)
        PERSONS.labels(*labels).inc(sum(call.persons for call in of_one))
        REQUEST_BYTES.labels(*labels).inc(sum(call.request_bytes for call in of_one))
        ANSWER_BYTES.labels(*labels).inc(sum(call.answer_bytes for call in of_one))
        seconds = SECONDS.labels(*labels)
        for call in of_one:
            seconds.observe(call.duration_us / 1e6)
    WAITING.set(waiting)
    if lost:
        LOST.inc(lost)
