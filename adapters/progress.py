"""How far it has come (norise): a bar on a terminal, a line now and then elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

LINE_EVERY = 10.0


@contextmanager
def reporting(title: str, of: int, what: str) -> Iterator[Callable[[int], None]]:
    """A function to be told how many are done since it was last told."""
    if sys.stderr.isatty():
        columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task(title, total=of)
            yield lambda more: bar.advance(task, more)
        return
    done, said_at = 0, monotonic()

    def say(more: int) -> None:
        nonlocal done, said_at
        done += more
        if monotonic() - said_at >= LINE_EVERY:
            said_at = monotonic()
            print(f"{title}: {done} of {of} {what}", file=sys.stderr, flush=True)

    yield say
