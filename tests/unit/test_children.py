"""Programs beside the service, and processes that are forked at the same time."""

import os
import threading
from time import sleep
from typing import Any

import pytest

from adapters import children


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_nothing_is_forked_while_a_program_is_being_started(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, over = threading.Event(), threading.Event()

    def slow_start(*_: Any, **__: Any) -> None:
        begun.set()
        sleep(0.2)
        over.set()

    monkeypatch.setattr(children.subprocess, "Popen", slow_start)
    thread = threading.Thread(target=children.start_child, args=("sequencer",), kwargs={"environment": {}})
    thread.start()
    begun.wait()
    if not (pid := os.fork()):
        os._exit(0 if over.is_set() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    thread.join()
    if not (pid := os.fork()):
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
