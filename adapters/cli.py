"""viis: the commands. Each is a file of its own under adapters/commands, imported only when it is called or when help is asked for."""

import sys
from collections.abc import Iterable
from importlib import import_module

import typer

from adapters import logs
from adapters.stop import Stop, read_settings

# Command → the module it is in.
COMMANDS = {
    "run": "run",
    "serve": "serve",
    "health": "health",
    "sequencer": "sequencer",
    "jobs": "jobs",
    "settings": "settings",
    "migrate": "migrate",
    "demo-data": "demo_data",
    "population-register": "population_register",
    "import-children": "import_children",
    "import-changes": "import_changes",
    "refresh-non-studying": "refresh_non_studying",
    "case-deadlines": "case_deadlines",
    "lapse-licences": "lapse_licences",
    "load-institutions": "load_institutions",
    "load-decisions": "load_decisions",
    "submissions": "submissions",
    "elmo": "elmo",
    "overlaps": "overlaps",
    "access": "access",
    "access-load": "access",
    "check-message": "check_message",
    "replication": "replication",
    "feed": "feed",
    "signing": "signing",
    "deliver": "deliver",
    "outbox": "outbox",
    "corrections": "corrections",
    "avus": "avus",
    "disclosures": "disclosures",
    "indicators": "indicators",
}


def overview() -> None:
    """The integration adapter of the state education information system (VIIS)."""


def build(names: Iterable[str]) -> typer.Typer:
    """The program with these commands; each says in its docstring what it does."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    app.callback()(overview)
    for name in names:
        module = import_module(f"adapters.commands.{COMMANDS[name]}")
        command = getattr(module, name.replace("-", "_"))
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def main() -> None:
    """The entry point: a Stop becomes its sentence and its exit code; any other error is told without its text, which may quote data."""
    called = sys.argv[1:2]
    _configure_logs()
    try:
        build(called if called and called[0] in COMMANDS else COMMANDS)()
    except Stop as stop:
        print(stop, file=sys.stderr)
        sys.exit(stop.code)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        logs.fallen(error)
        sys.exit(1)


def _configure_logs() -> None:
    try:
        settings = read_settings()
    except Stop:  # The command says it, unless it needs no settings.
        logs.configure("info", "")
    else:
        logs.configure(settings.log_level, settings.log_format)


if __name__ == "__main__":
    main()
