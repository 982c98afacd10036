"""viis serve: the SOAP service alone, for production."""

from contextlib import ExitStack
from typing import Annotated, Any

import typer
from gunicorn.app.base import BaseApplication

from adapters.children import end_with_parent, kept_alive
from adapters.listening import OURS, Listener, trusted
from adapters.settings import Settings
from adapters.stop import read_settings
from adapters.storage import Storage, bring_up_to_date, storage
from adapters.worker import Worker


class Service(BaseApplication):  # type: ignore[misc]
    """gunicorn with threads: a stream that fails breaks visibly, and two slow clients block nobody else."""

    def __init__(self, settings: Settings, place: Storage, listener: Listener) -> None:
        self.settings, self.place, self.listener = settings, place, listener
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
            "errorlog": "-",
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

        return create_service(self.settings, self.place)


def serve(
    tls: Annotated[
        bool, typer.Option("--tls", help="Mutual TLS with the security server, by VIIS_TLS_CERTIFICATE, _KEY and _PINS.")
    ] = False,
) -> None:
    """Runs the SOAP service in the foreground; beside it what numbers changes, does the jobs of statutory days, publishes and delivers."""
    end_with_parent()
    settings = read_settings()
    listener = trusted(settings, tls)
    with storage(settings) as place:
        bring_up_to_date(place)
        # By its address, so that it starts no server of its own; it needs no replica.
        register = {"VIIS_REGISTER_URL": place.register_url, "VIIS_REPLICA_URL": ""}
        with ExitStack() as beside:
            for command in ["sequencer", *["jobs"] * settings.jobs, *["deliver"] * settings.deliver]:
                beside.enter_context(kept_alive(command, environment=register))
            Service(settings, place, listener).run()
