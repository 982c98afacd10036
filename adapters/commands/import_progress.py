"""How far an import came: a bar on a terminal, a line now and then elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from core.child_import import ImportSummary


@contextmanager
def progress() -> Iterator[Callable[[ImportSummary], None]]:
    """What an import calls after each page."""
    console = Console()
    if not console.is_terminal:
        yield Lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("Children", total=None)
        yield lambda summary: bar.update(task, total=summary.total, completed=summary.received)


class Lines:
    """A line after the first page and after each tenth of the list."""

    def __init__(self) -> None:
        self._tenths = -1

    def __call__(self, summary: ImportSummary) -> None:
        tenths = summary.received * 10 // summary.total if summary.total else summary.pages
        if tenths > self._tenths:
            self._tenths = tenths
            of = f" of {summary.total}" if summary.total else ""
            contradicted = f", {summary.differences} fields contradict the changes" if summary.differences else ""
            print(f"{summary.received}{of} children, page {summary.pages}, {summary.refused} refused{contradicted}", flush=True)
