"""viis run: everything with one command, on a machine that has only Python."""

import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import FrameType

from sqlalchemy import text

from adapters.children import end_child, start_child
from adapters.inquiry import RIGA
from adapters.listening import trusted
from adapters.pair_making import make_first
from adapters.replication.applied import wait_until_applied
from adapters.settings import Settings
from adapters.stop import Stop, free_port, prepare_folder, read_settings
from adapters.storage import Storage, bring_up_to_date, reaching, storage

READY_WITHIN = 60.0
DEMO = {"demo": True, "socket": None}


def run() -> None:
    """Database, made-up nation when empty, population register, import of its children, refresh of the cases, service; Ctrl-C ends it."""
    # Ctrl-C too: a shell that starts programs in the background has them ignore it, and then only kill -9 would end this one.
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, _interrupt)
    settings = read_settings()
    # What the service would refuse is told before anything is loaded.
    trusted(settings.model_copy(update=DEMO), tls=False)
    prepare_folder(settings.data)
    with storage(settings) as place:
        bring_up_to_date(place)
        _fill_when_empty(settings, place)
        with _population_register(settings) as address:
            _import(settings, place, address)
            _refresh(settings, place)
            with _avus(settings) as receiver:
                service = start_child("serve", environment={"VIIS_AVUS_URL": receiver, "VIIS_DEMO": "true", "VIIS_SOCKET": ""})
                try:
                    _wait_until_ready(f"http://127.0.0.1:{settings.port}/", service, "The service")
                    _say_ready(settings, place)
                    _stay(service)
                finally:
                    end_child(service)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _fill_when_empty(settings: Settings, place: Storage) -> None:
    from adapters.demo.grants import load_unless_changed
    from adapters.demo.loading import make_nation

    databases = place.open(connections=2)
    try:
        with databases.register.begin() as session:
            empty = session.scalar(text("SELECT NOT EXISTS (SELECT FROM institution)"))
        if empty or not _world(settings).exists():
            make_nation(databases, settings.data, settings.people, settings.seed)
        with databases.register.begin() as session:
            if not load_unless_changed(session):
                print("Users have changed rights, so these stay as they are: viis access list", file=sys.stderr)
    finally:
        databases.close()


def _world(settings: Settings) -> Path:
    return settings.data / "population-register" / "people.jsonl"


@contextmanager
def _population_register(settings: Settings) -> Iterator[str]:
    """The register that is configured, or the stand-in server in a process of its own."""
    if settings.population_register_url:
        yield settings.population_register_url
        return
    with _stand_in("population-register", "The stand-in for the population register") as address:
        yield address


@contextmanager
def _avus(settings: Settings) -> Iterator[str]:
    """The admission system that is configured, or the stand-in server, which trusts the key that signs."""
    try:
        made = make_first(settings.signing)
    except OSError as error:
        raise Stop(f"No key can be written to {settings.signing}: {error.strerror}. Set VIIS_SIGNING to a folder of your own.") from None
    if made is not None:
        print(f"A throw-away key for signatures was made in {settings.signing}.", file=sys.stderr)
    if settings.avus_url:
        yield settings.avus_url
        return
    with _stand_in("avus", "The stand-in for the admission system") as address:
        yield address


@contextmanager
def _stand_in(command: str, name: str) -> Iterator[str]:
    port = free_port()
    stand_in = start_child(command, "--port", str(port), environment={})
    try:
        _wait_until_ready(f"http://127.0.0.1:{port}/health", stand_in, name)
        yield f"http://127.0.0.1:{port}/"
    finally:
        end_child(stand_in)


def _import(settings: Settings, place: Storage, address: str) -> None:
    from adapters.commands.import_changes import changes_from
    from adapters.commands.import_children import import_from

    outcome = import_from(settings, place, address)
    if outcome not in (0, 3):
        print("The children's list could not be taken over; the service starts with what the register holds.", file=sys.stderr)
    elif changes_from(settings, place, address) == 1:
        print("The changes of people could not be taken over; the service starts with what the list said.", file=sys.stderr)


def _refresh(settings: Settings, place: Storage) -> None:
    """The register of non-studying children as it is today; what municipalities did about made-up ones is made up once."""
    from adapters.commands.refresh_non_studying import sentence
    from adapters.demo.cases import work_on_cases
    from core.cases import refresh

    today = datetime.now(RIGA).date()
    databases = place.open(connections=1)
    try:
        print(sentence(refresh(databases.register, today), today, None), flush=True)
        if not settings.population_register_url:
            with databases.register.begin() as session:
                work_on_cases(session, today, settings.seed)
    finally:
        databases.close()


def _wait_until_ready(address: str, child: "subprocess.Popen[bytes]", name: str) -> None:
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until:
        if child.poll() is not None:
            raise Stop(f"{name} ended before it was ready; what it said stands above.")
        try:
            urllib.request.urlopen(address, timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise Stop(f"{name} did not answer within {READY_WITHIN:.0f} seconds.")


def _say_ready(settings: Settings, place: Storage) -> None:
    """The contract's address and a line to paste; the one place where a personal code is ever printed, and its person is made up."""
    from adapters.demo import sample_person
    from adapters.web.example import curl

    if place.replication is not None:
        with reaching():
            wait_until_applied(place.replication.register, place.replication.replicas)
    databases = place.open(connections=1)
    try:
        with databases.replica.begin() as session:
            code = sample_person(session)
    finally:
        databases.close()
    print(f"\nThe contract:  {settings.public_url}/soap/education-process?wsdl")
    print(f"and of cases:  {settings.public_url}/soap/non-studying-children?wsdl")
    print(f"of licences:   {settings.public_url}/soap/accreditation?wsdl")
    print(f"of results:    {settings.public_url}/soap/examinations?wsdl")
    print(f"of admission:  {settings.public_url}/soap/achievements?wsdl")
    if settings.health_port:
        print(f"how it stands: http://{settings.health_host}:{settings.health_port}/ready, and /metrics")
    print("A made-up person's education, asked as X-Road asks it:\n")
    print(curl(settings.public_url, code) + "\n")
    print("Ready. Ctrl-C ends it.", flush=True)


def _stay(service: "subprocess.Popen[bytes]") -> None:
    """Until Ctrl-C, or until the service ends by itself."""
    try:
        service.wait()
    except KeyboardInterrupt:
        print("\nEnding: service, stand-ins, database.", flush=True)
        return
    raise Stop("The service has ended by itself; what it said stands above.")
