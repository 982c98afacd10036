"""What `viis serve` decides before it serves."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from subprocess import PIPE

import pytest

from adapters.commands.health import _workers
from adapters.commands.serve import _is_observed
from adapters.settings import Settings
from adapters.stop import Stop


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_the_port_for_monitoring_is_beside_that_of_the_service() -> None:
    assert Settings(port=8080).health_port == 9080
    assert Settings(port=65000).health_port == 64000
    assert Settings(port=8080, health_port=0).health_port == 0
    assert not _is_observed(Settings(port=8080, health_port=0))


def test_a_port_for_monitoring_that_nobody_chose_may_be_taken(taken: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert not _is_observed(Settings(port=taken - 1000))
    said = capsys.readouterr().err
    assert f"Port {taken} on 127.0.0.1 is taken by another program" in said
    assert "Set VIIS_HEALTH_PORT to a free one" in said


def test_a_port_for_monitoring_that_was_chosen_must_be_free(taken: int) -> None:
    with pytest.raises(Stop, match="Set VIIS_HEALTH_PORT to a free one"):
        _is_observed(Settings(health_port=taken))


@pytest.mark.parametrize("options", [[], ["--tls"]])
def test_a_service_without_workers_does_not_live_however_it_was_called(options: list[str]) -> None:
    with subprocess.Popen([sys.executable, "-c", "print(flush=True); input()", "serve", *options], stdin=PIPE, stdout=PIPE) as service:
        assert service.stdout is not None
        service.stdout.readline()
        assert _workers(service.pid) == 0
