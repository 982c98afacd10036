"""viis serve: the SOAP service alone, for production."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Annotated, Any

import typer
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from adapters.calls import METRICS_FOLDER, CallLog, call_log
from adapters.children import end_with_parent, kept_alive
from adapters.listening import OURS, Listener, trusted
from adapters.settings import Settings
from adapters.stop import Stop, check_port, read_settings
from adapters.storage import Storage, bring_up_to_date, storage
from adapters.worker import Worker

# Two loggers up.
SPEAKS = 3


class ServerLog(Logger):  # type: ignore[misc]
    """gunicorn's lines among ours, in their form and by their rule."""

    def setup(self, cfg: Any) -> None:
        """Without handlers of its own."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True

    def critical(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """A line is told with the place that speaks, not with gunicorn's logger or ours, which it goes through."""
        super().critical(msg, *args, **{"stacklevel": SPEAKS, **kwargs})

    def error(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """The same."""
        super().error(msg, *args, **{"stacklevel": SPEAKS, **kwargs})

    def warning(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """The same."""
        super().warning(msg, *args, **{"stacklevel": SPEAKS, **kwargs})

    def exception(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """The same."""
        super().exception(msg, *args, **{"stacklevel": SPEAKS, **kwargs})


class Service(BaseApplication):  # type: ignore[misc]
    """gunicorn with threads: a stream that fails breaks visibly, and two slow clients block nobody else."""

    def __init__(self, settings: Settings, place: Storage, listener: Listener) -> None:
        self.settings, self.place, self.listener = settings, place, listener
        self._calls: CallLog | None = None
        super().__init__()

    def load_config(self) -> None:
        options = {
            "bind": self.listener.bind,
            "umask": OURS,  # of the socket alone
            "worker_class": Worker,
            "workers": self.settings.workers,
            "threads": self.settings.threads,
            "timeout": 60,
            "graceful_timeout": 20,
            "keepalive": 75,
            "accesslog": None,
            "logger_class": ServerLog,
            "worker_exit": _ended,
            "loglevel": "warning" if self.settings.log_level == "info" else self.settings.log_level,
            "proc_name": "viis",
            # Each request of a security server comes from one address; nothing is taken from forwarded headers.
            "forwarded_allow_ips": "",
            "control_socket_disable": True,
        }
        if self.listener.opened is not None:
            options["when_ready"] = self.listener.opened
        if (tls := self.listener.tls) is not None:
            context = tls.context
            # gunicorn asks for the context with each connection; the files only say that there is TLS.
            options |= {"certfile": str(self.settings.tls_certificate), "keyfile": str(self.settings.tls_key)}
            options["ssl_context"] = lambda _config, _default: context
        for name, value in options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        """The application of one worker, made after the fork: engines and schemas belong to one process."""
        from adapters.service import create_service

        self._calls = call_log(self.settings, self.place.register_url)
        return create_service(self.settings, self.place, self._calls)

    def close(self) -> None:
        """The orderly end of a worker."""
        if self._calls is not None:
            self._calls.close()


def _ended(_server: Any, worker: Any) -> None:
    worker.app.close()


def serve(
    tls: Annotated[
        bool, typer.Option("--tls", help="Mutual TLS with the security server, by VIIS_TLS_CERTIFICATE, _KEY and _PINS.")
    ] = False,
) -> None:
    """Runs the SOAP service in the foreground; beside it what numbers changes, does the jobs of statutory days, publishes and delivers."""
    end_with_parent()
    settings = read_settings()
    listener = trusted(settings, tls)
    if settings.otel:
        from adapters.tracing import check_installed

        check_installed()
    is_observed = _is_observed(settings)
    with storage(settings) as place:
        bring_up_to_date(place)
        # By its address, so that it starts no server of its own; it needs no replica.
        register = {"VIIS_REGISTER_URL": place.register_url, "VIIS_REPLICA_URL": ""}
        with ExitStack() as beside:
            if is_observed:
                beside.enter_context(_metrics(settings))
                both = {"VIIS_REGISTER_URL": place.register_url, "VIIS_REPLICA_URL": place.replica_url}
                beside.enter_context(kept_alive("health", environment=both))
            for command in ["sequencer", *["jobs"] * settings.jobs, *["deliver"] * settings.deliver]:
                beside.enter_context(kept_alive(command, environment=register))
            Service(settings, place, listener).run()


def _is_observed(settings: Settings) -> bool:
    """Whether there is a port for health and metrics; one that nobody chose may be taken, and the service goes on without."""
    if not settings.health_port:
        return False
    try:
        check_port(settings.health_host, settings.health_port, "VIIS_HEALTH_PORT")
    except Stop as stop:
        if "health_port" in settings.model_fields_set:
            raise
        print(f"{stop} Until then there is no /ready and there are no metrics.", file=sys.stderr)
        return False
    return True


@contextmanager
def _metrics(settings: Settings) -> Iterator[None]:
    """The folder in which every process keeps what it measures; what processes of before have left is not counted."""
    folder = settings.data / "metrics" / str(settings.port)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ[METRICS_FOLDER], ours = str(folder), os.getpid()
    try:
        yield
    finally:
        # A worker leaves this block, too, when it ends in order, and the others go on.
        if os.getpid() == ours:
            shutil.rmtree(folder, ignore_errors=True)
