"""`viis run`: everything with one command, and everything ended with it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from lxml import etree

from adapters.stop import free_port

E = "{http://viis.gov.lv/xroad/education-process/v1}"
Start = Callable[..., "Running"]


class Running:
    """A `viis run` of a small nation, and what it says."""

    def __init__(self, folder: Path, **environment: str) -> None:
        settings = {"VIIS_DATA": str(folder), "VIIS_PEOPLE": "300", "VIIS_WORKERS": "1", "PYTHONUNBUFFERED": "1", **environment}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("VIIS_")}
        self.port = settings.get("VIIS_PORT", "")
        self.output = folder.with_name(f"{folder.name}.log")
        self._file = self.output.open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "adapters.cli", "run"], env={**kept, **settings}, stdout=self._file, stderr=subprocess.STDOUT
        )

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def until_ready(self) -> str:
        for _ in range(900):
            if "Ready." in self.said():
                return self.said()
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError(self.said())

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(120)

    def close(self) -> None:
        if self.process.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                self.interrupt()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._file.close()


@pytest.fixture
def start(reachable: Path, numbers: Iterator[int]) -> Iterator[Start]:
    """Starts runs, each with a folder and a port of its own unless told otherwise, and ends them."""
    started: list[Running] = []

    def one(folder: Path | None = None, **environment: str) -> Running:
        environment.setdefault("VIIS_PORT", str(free_port()))
        started.append(Running(folder or reachable / f"run-{next(numbers)}", **environment))
        return started[-1]

    yield one
    for running in started:
        running.close()


def gone(family: list[psutil.Process]) -> bool:
    return psutil.wait_procs(family, timeout=30)[1] == []


def test_it_prints_a_line_that_works_as_pasted_twice_side_by_side_and_ctrl_c_ends_everything(start: Start) -> None:
    both = [start(), start()]
    for running in both:
        said = running.until_ready()
        assert f"http://127.0.0.1:{running.port}/soap/education-process?wsdl" in said
        [line] = re.findall(r"^curl .*$", said, re.MULTILINE)
        code = re.search(r"personalCode>(\d{11})<", line)
        assert code is not None
        assert said.count(code[1]) == 1, "a code is printed once and nowhere else"
        answer = etree.fromstring(subprocess.run(line, shell=True, capture_output=True, check=True, timeout=30).stdout)
        assert answer.findtext(f".//{E}found") == "true"
        assert answer.findtext(f".//{E}person/{E}personalCode") == code[1]
        assert len(answer.findall(f".//{E}affiliation")) >= 4
    for running in both:
        family = running.family()
        assert running.interrupt() == 0, running.said()
        assert gone(family)
        assert "Traceback" not in running.said()


def test_a_second_start_keeps_the_data_and_changes_nothing(start: Start) -> None:
    first = start()
    first.until_ready()
    assert first.interrupt() == 0
    second = start(Path(str(first.output).removesuffix(".log")))
    said = second.until_ready()
    assert "Making up a nation" not in said
    assert re.search(r"New 0, changed 0, unchanged \d+", said)


def test_kill_9_leaves_no_process_behind_and_the_next_start_works(start: Start) -> None:
    running = start()
    running.until_ready()
    family = running.family()
    running.process.kill()
    running.process.wait()
    assert gone(family)
    start(Path(str(running.output).removesuffix(".log"))).until_ready()


def test_a_port_in_use_is_one_clear_sentence_and_a_failure(start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        running = start(VIIS_PORT=str(port))
        assert running.process.wait(30) == 1
    assert running.said().strip().count("\n") == 0
    assert f"Port {port} on 127.0.0.1 is taken" in running.said()
    assert "VIIS_PORT=" in running.said()


@pytest.mark.parametrize(
    ("setting", "value", "word"),
    [
        ("VIIS_PORT", "eighty", "VIIS_PORT"),
        ("VIIS_PUBLIC_URL", "viis.example", "VIIS_PUBLIC_URL"),
        ("VIIS_REGISTER_URL", "postgresql://nobody@127.0.0.1:1/none", "VIIS_REGISTER_URL"),
        ("VIIS_DATA", "/proc/viis", "VIIS_DATA"),
        ("VIIS_HOST", "0.0.0.0", "loopback alone"),
    ],
)
def test_a_broken_setting_is_one_clear_sentence_and_a_failure(start: Start, setting: str, value: str, word: str) -> None:
    running = start(**{setting: value})
    assert running.process.wait(60) in (1, 2)
    said = running.said().strip()
    assert said.count("\n") == 0, said
    assert word in said
