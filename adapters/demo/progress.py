"""How far it has come (norise): a bar on a terminal, a line now and then elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

LINE_EVERY = 10.0
TITLE = "Making up a nation"


@contextmanager
def reporting(people: int) -> Iterator[Callable[[int], None]]:
    """A function to be told how many people are done since it was last told."""
    if sys.stderr.isatty():
        columns = (TextColumn(TITLE), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task(TITLE, total=people)
            yield lambda more: bar.advance(task, more)
        return
    done, said_at = 0, monotonic()

    def say(more: int) -> None:
        nonlocal done, said_at
        done += more
        if monotonic() - said_at >= LINE_EVERY:
            said_at = monotonic()
            print(f"{TITLE}: {done} of {people} people", file=sys.stderr, flush=True)

    yield say
