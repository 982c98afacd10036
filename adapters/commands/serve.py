"""viis serve: the SOAP service alone, for production."""

from contextlib import ExitStack
from typing import Any

from gunicorn.app.base import BaseApplication

from adapters.children import end_with_parent, kept_alive
from adapters.settings import Settings
from adapters.stop import check_port, read_settings
from adapters.storage import Storage, bring_up_to_date, storage


class Service(BaseApplication):  # type: ignore[misc]
    """gunicorn with threads: a stream that fails breaks visibly, and two slow clients block nobody else."""

    def __init__(self, settings: Settings, place: Storage) -> None:
        self.settings, self.place = settings, place
        super().__init__()

    def load_config(self) -> None:
        options = {
            "bind": f"{self.settings.host}:{self.settings.port}",
            "worker_class": "gthread",
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
        for name, value in options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        """The application of one worker, made after the fork: engines and schemas belong to one process."""
        from adapters.service import create_service

        return create_service(self.settings, self.place)


def serve() -> None:
    """Runs the SOAP service in the foreground; beside it what numbers changes, does the jobs of statutory days, publishes and delivers."""
    end_with_parent()
    settings = read_settings()
    check_port(settings.host, settings.port)
    with storage(settings) as place:
        bring_up_to_date(place)
        # By its address, so that it starts no server of its own; it needs no replica.
        register = {"VIIS_REGISTER_URL": place.register_url, "VIIS_REPLICA_URL": ""}
        with ExitStack() as beside:
            for command in ["sequencer", *["jobs"] * settings.jobs, *["deliver"] * settings.deliver]:
                beside.enter_context(kept_alive(command, environment=register))
            Service(settings, place).run()
