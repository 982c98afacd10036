"""`viis access`: two users by the command, and two workers of a running service that follow."""

import http.client
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from adapters.cli import build
from adapters.stop import Stop
from adapters.web.example import envelope
from core.database import Databases
from tests.register import ALL_SERVICES, Register
from tests.serving import TEXT_XML, Served, serving

ASK = "education-process.listCodes"
GRANT = ("access", "grant", ALL_SERVICES, ASK, "--scope", "everything", "--purpose", "code lists", "--legal-basis", "MK 276/2019")
ILZE, JANIS = ("--user", "Ilze Ozola"), ("--user", "Jānis Kalns")


@pytest.fixture
def service(register: Register, databases: Databases, database_url: str, tmp_path: Path) -> Iterator[Served]:
    with serving(register, database_url, tmp_path, workers=2) as running:
        yield running


def done(url: str, *command: str, code: int = 0) -> str:
    """The command in this process, with nothing else set; its sentences."""
    ended = CliRunner().invoke(build(command[:1]), command, env={"VIIS_REGISTER_URL": url, "VIIS_USER": ""})
    stop = ended.exception if isinstance(ended.exception, Stop) else None
    assert (stop.code if stop else ended.exit_code) == code, (ended.output, ended.exception)
    return f"{ended.output}{stop or ''}"


def answers(served: Served) -> set[str | None]:
    """The refusals of so many connections, kept open, that both workers have some of them."""
    lines: list[http.client.HTTPConnection] = []
    body = envelope("education-process", "listCodes", "<e:list>class_levels</e:list>").encode()
    found: set[str | None] = set()
    try:
        while len(workers(served, lines)) < 2:
            lines.append(http.client.HTTPConnection("127.0.0.1", served.port, timeout=20))
            lines[-1].request("POST", served.path, body, {"Content-Type": TEXT_XML})
            answer = lines[-1].getresponse().read()
            found.add("R-0101" if b"R-0101" in answer else None if b"dataAsOf" in answer else answer.decode())
    finally:
        for line in lines:
            line.close()
    return found


def workers(served: Served, lines: Sequence[http.client.HTTPConnection]) -> set[int]:
    """The processes that hold the other ends."""
    ours = {line.sock.getsockname() for line in lines}
    children = psutil.Process(served.pid).children()
    return {child.pid for child in children for end in child.net_connections("tcp") if end.raddr in ours}


def until(served: Served, expected: set[str | None]) -> None:
    """Every worker answers so before long, and from then on; the test's own time limit is the end."""
    while answers(served) != expected:
        pass


def test_what_two_users_change_works_on_all_workers_without_a_restart(service: Served, database_url: str) -> None:
    assert answers(service) == {"R-0101"}
    assert "viis access confirm 1" in done(database_url, *GRANT, *ILZE)
    assert "R-0901" in done(database_url, "access", "confirm", "1", *ILZE, code=1)
    assert "Confirmed: 1" in done(database_url, "access", "confirm", "1", *JANIS)
    until(service, {None})
    assert "viis access confirm 2" in done(database_url, "access", "revoke", "1", "--why", "ended", *JANIS)
    assert answers(service) == {None}
    done(database_url, "access", "confirm", "2", *ILZE)
    until(service, {"R-0101"})


def test_the_command_says_what_waits_what_is_granted_and_why_not(register: Register, database_url: str) -> None:
    assert "Who are you?" in done(database_url, *GRANT, code=2)
    assert "there is no operation" in done(database_url, "access", "grant", "A/B/C/d", "x.y", *GRANT[4:], *ILZE, code=2)
    assert "instance/class/member" in done(database_url, "access", "grant", "Riga", ASK, *GRANT[4:], *ILZE, code=2)
    done(database_url, *GRANT, "--hidden-days", "30", *ILZE)
    pending = done(database_url, "access", "list", "--pending")
    to_know = ("Ilze Ozola", "code lists", "MK 276/2019", "always", "30 days")
    assert all(word in pending for word in to_know), "what a second user has to know"
    assert "Nothing is granted" in done(database_url, "access", "list")
    assert "waits for a second user, as change 1" in done(database_url, "access", "check", ALL_SERVICES, ASK, code=1)
    assert "their word alone" in done(database_url, "access", "confirm", "1", *JANIS), "both ran under one login"
    assert "code lists" in done(database_url, "access", "list")
    assert "Nothing is granted" in done(database_url, "access", "list", "--at", "2020-01-01T00:00")
    assert "by grant 1" in done(database_url, "access", "check", ALL_SERVICES, ASK)
    assert "Jānis Kalns" in done(database_url, "access", "list", "--history")


@pytest.mark.parametrize("command", [("access", "load"), ("access-load",)])
def test_a_file_is_proposed_and_confirmed_by_another(
    register: Register, database_url: str, tmp_path: Path, command: tuple[str, ...]
) -> None:
    file = tmp_path / "grants.toml"
    whole = f'[[grant]]\nclient = "A/B/C/d"\noperation = "{ASK}"\nscope = "persons"\nvalues = ["040518-20016"]\n'
    file.write_text(whole)
    assert "lacks purpose" in done(database_url, *command, str(file), *ILZE, code=1)
    rest = 'purpose = "p"\nlegal_basis = "l"\n'
    said = {"A/B/C/d": "Riga names no client", "040518-20016": "not a personal code", "persons": "there are everything, "}
    for wrong, why in said.items():
        file.write_text(whole.replace(wrong, "Riga") + rest)
        assert why in done(database_url, *command, str(file), *ILZE, code=2 if "client" in why else 1)
    file.write_text(whole + rest)
    assert "viis access confirm 1" in done(database_url, *command, str(file), *ILZE)
    pending = done(database_url, "access", "list", "--pending")
    assert "persons: 1" in pending
    assert "20016" not in pending
    assert register.execute("SELECT scope_values FROM access_grant") == [(["04051820016"],)]
    assert "Rejected: 1" in done(database_url, "access", "reject", "1-1", "--why", "wrong", *JANIS)
