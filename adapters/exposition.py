"""What Prometheus reads (metrikas): the sums over all processes, and how databases, outbox and feed stand."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from adapters.health import Standing

# What the register says of itself → the metric and its meaning.
REGISTER = {
    "heartbeat_age": ("viis_heartbeat_age_seconds", "Seconds since the register's heart has beaten."),
    "feed_head": ("viis_feed_head", "The last position of the change feed."),
    "outbox_waiting": ("viis_outbox_waiting", "Messages to admission systems that are not delivered."),
    "outbox_dead": ("viis_outbox_dead", "Messages to admission systems that are not sent any more."),
    "outbox_due": ("viis_outbox_due_seconds", "For how long the oldest message that is due has been due."),
    "outbox_age": ("viis_outbox_age_seconds", "How old the oldest message is that is not delivered."),
    "unsealed_age": ("viis_disclosures_unsealed_seconds", "How long the oldest disclosure has waited for its place in the chain."),
    "writers_silent": ("viis_call_writers_silent", "Processes that ended within a day without having written all calls."),
}


class _Standing(Collector):
    """How it stands, as metrics."""

    def __init__(self, found: Standing) -> None:
        self._found = found

    def collect(self) -> Iterator[Metric]:
        """Each of them."""
        register, replicas = self._found.register, self._found.replicas
        yield GaugeMetricFamily("viis_ready", "Whether questions can be answered.", int(not self._found.why))
        yield GaugeMetricFamily("viis_register_up", "Whether the register answers.", int(register is not None))
        for name, (metric, meaning) in REGISTER.items():
            if register:
                yield GaugeMetricFamily(metric, meaning, float(register[name] or 0))
        if replicas:
            up = GaugeMetricFamily("viis_replica_up", "Whether a replica takes readers.", labels=["place"])
            lag = GaugeMetricFamily("viis_replica_lag_seconds", "How many seconds a replica is behind.", labels=["place"])
            for place, behind in replicas.items():
                up.add_metric([place], int(behind is not None))
                if behind is not None:
                    lag.add_metric([place], behind)
            yield from (up, lag)


def exposed(folder: str | None, found: Standing) -> bytes:
    """Prometheus' text."""
    registry = CollectorRegistry()
    if folder is not None:
        MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
    registry.register(_Standing(found))
    return generate_latest(registry)
