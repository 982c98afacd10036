"""`python -m tests.bench.municipal_feeds [--rows N] [--rounds N]`: what one more municipality's database costs.

The same affiliations are written, message by message, history, holdings and events included, with no copy kept, then with one, three, six:
how long it takes, how long until every copy is equal, and the processor time of a sender and of an apply beside that of the writer's server
process. A sender reads all of the register's WAL whatever its municipality; an apply writes its municipality's part.
"""

import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, NamedTuple

import psutil
import psycopg
import typer

from adapters.embedded import REPLICA, Cluster, start
from adapters.feeds.adding import Feed, adding
from adapters.feeds.place import Place
from adapters.feeds.removing import removing
from tests.bench import nation, place
from tests.bench.results import Result, judged
from tests.bench.schools import World, database
from tests.bench.submit_floor import Floor, message

NUMBERS = (0, 1, 3, 6)
MESSAGE = 1_000
BEHIND = "SELECT count(*) FROM pg_replication_slots WHERE database = current_database() AND confirmed_flush_lsn < %s"
SENDERS = "SELECT active_pid FROM pg_replication_slots WHERE database = current_database() AND active_pid IS NOT NULL"


APPLIES = "SELECT pid FROM pg_stat_subscription WHERE pid IS NOT NULL"


class Turn(NamedTuple):
    """Writing with a number of copies, in seconds: to write, until all are equal; of the processor for the writer, a sender, an apply."""

    writing: float
    equal: float
    writer: float
    sender: float
    apply: float


def run(scale: str) -> list[Result]:
    """The cost at 20 000 affiliations, or at 200 000."""
    return measure(*((20_000, 3) if scale == "small" else (200_000, 5)))


def measure(rows: int, rounds: int) -> list[Result]:
    """The medians of rounds in which the numbers of copies take turns."""
    world = World(rows * 2 // 5)
    order = world.in_order()
    messages = [message([world.item(number) for number in order[at : at + MESSAGE]]) for at in range(0, len(order), MESSAGE)]
    turns: dict[int, list[Turn]] = {number: [] for number in NUMBERS}
    with place.cluster() as register, _server() as server:
        template = database(register, world.people)
        for turn in range(rounds):
            for number in NUMBERS if turn % 2 else reversed(NUMBERS):
                turns[number].append(_turn(register, server, template, number, messages))
    for number, measured in turns.items():
        seconds = (f"{which} {_list(getattr(turn, which) for turn in measured)} s" for which in Turn._fields)
        print(f"  {number} copies: {'; '.join(seconds)}")
    return [result for number in NUMBERS[1:] for result in _results(f"{rows:,} affiliations", number, turns)]


def _turn(register: Cluster, server: Cluster, template: str, number: int, messages: Sequence[bytes]) -> Turn:
    url = place.copied(register, template, "feeds")
    with _kept(register, server, number), psycopg.connect(register.dsn("feeds"), autocommit=True) as connection:
        place.settle(url)
        with psycopg.connect(server.dsn("replica"), autocommit=True) as copies:
            applies = _Processes(pid for (pid,) in copies.execute(APPLIES))
        senders = _Processes(pid for (pid,) in connection.execute(SENDERS))
        floor = Floor(url, "LV-DEV/GOV/IZM/allservices")
        writer = _Processes([floor._connection.info.backend_pid])
        begun = time.perf_counter()
        writing = floor.write(messages)
        [(written,)] = connection.execute("SELECT pg_current_wal_flush_lsn()").fetchall()
        while connection.execute(BEHIND, [written]).fetchall() != [(0,)]:
            time.sleep(0.01)
        equal = time.perf_counter() - begun
        turn = Turn(writing, equal, writer.spent(), senders.spent(), applies.spent())
        floor.close()
        return turn


class _Processes:
    """Processes, and the processor time that they have spent since."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self._before = {process: _seconds(process) for process in map(psutil.Process, numbers)}

    def spent(self) -> float:
        """By one of them, on the average."""
        return sum(_seconds(process) - before for process, before in self._before.items()) / max(1, len(self._before))


def _seconds(process: psutil.Process) -> float:
    spent = process.cpu_times()
    return float(spent.user + spent.system)


@contextmanager
def _kept(register: Cluster, server: Cluster, number: int) -> Iterator[None]:
    """Copies of so many municipalities."""
    reached = f"host=127.0.0.1 port={register.port} dbname=feeds"
    where = Place(register.dsn("feeds"), server.dsn("replica"), reached, ours=True)
    feeds = [Feed(f"bench_{code}", code, health=False) for code in nation.MUNICIPALITIES[:number]]
    try:
        for feed in feeds:
            for _ in adding(where, feed):
                pass
        yield
    finally:
        for feed in feeds:
            for _ in removing(where, feed.known_as):
                pass


@contextmanager
def _server() -> Iterator[Cluster]:
    """The server of copies, with the settings of production."""
    running = start(place.folder() / "copies", settings=REPLICA)
    running.ensure_database("replica")
    try:
        yield running
    finally:
        running.stop()


def _results(name: str, number: int, turns: dict[int, list[Turn]]) -> list[Result]:
    alone, with_copies = ([turn.writing for turn in turns[which]] for which in (0, number))
    ratio = statistics.median(ours / floor for ours, floor in zip(with_copies, alone, strict=True))
    equal = statistics.median(turn.equal / turn.writing for turn in turns[number])
    sender, apply = (statistics.median(getattr(turn, which) for turn in turns[number]) for which in ("sender", "apply"))
    writer = statistics.median(turn.writer for turn in turns[0])
    what = f"{name}, {number} {'copy' if number == 1 else 'copies'}"
    return [
        judged(f"{what}: writing, to none", sum(with_copies), sum(alone), ratio, "s", "lower", None),
        judged(f"{what}: until equal, to writing", sum(turn.equal for turn in turns[number]), sum(with_copies), equal, "s", "lower", None),
        judged(f"{what}: processor time of a sender, to the writer's", sender, writer, sender / writer, "s", "lower", None),
        judged(f"{what}: processor time of an apply, to the writer's", apply, writer, apply / writer, "s", "lower", None),
    ]


def _list(values: Iterator[float]) -> str:
    return ", ".join(f"{value:.2f}" for value in values)


def main(
    rows: Annotated[int, typer.Option(help="affiliations that are written")] = 100_000, rounds: Annotated[int, typer.Option()] = 3
) -> None:
    """Measures and prints one table."""
    from tests.bench.results import show

    show(measure(rows, rounds))


if __name__ == "__main__":
    typer.run(main)
