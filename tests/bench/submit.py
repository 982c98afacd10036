"""Affiliations through submitAffiliations over HTTP beside a floor of COPY and set-based SQL; all new, then nine of ten unchanged.

Service and floor take turns, each in its own copy of the same database, slice by slice of the same affiliations; at the end both databases
must say the same.
"""

import re
import statistics
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import psycopg

from tests.bench import place
from tests.bench.load import post
from tests.bench.over_http import ADDRESS, serving
from tests.bench.results import Result, judged
from tests.bench.schools import Item, World, changed, database
from tests.bench.senders import Senders, senders
from tests.bench.submit_floor import Floor, message
from tests.bench.submit_same import check_same
from tests.bench.submit_xml import request

SENDER = "LV-DEV/GOV/IZM/allservices"
MESSAGE, LARGE = 1_000, 10_000
TARGET = 4
COUNTS = re.compile(rb"<(received|accepted|unchanged|rejected)>(\d+)<")


class Turn(NamedTuple):
    """The seconds that the three took for the same slice."""

    ours: float
    floor: float
    large: float


def run(scale: str) -> list[Result]:
    """Both cases at 20 000 affiliations, or at a million."""
    return measure(*((20_000, 5) if scale == "small" else (1_000_000, 10)))


def measure(affiliations: int, rounds: int) -> list[Result]:
    """Both cases, in slices that take turns."""
    world = World(affiliations * 2 // 5)
    with place.cluster() as running:
        urls = {name: place.copied(running, database(running, world.people), f"submit_{name}") for name in ("ours", "floor", "large")}
        place.granted(urls["ours"])
        with serving("ours", urls["ours"]) as server, senders(server.port) as sending:
            bench = _Bench(world, sending, urls)
            results = []
            for case, change in (("all new", False), ("90 % unchanged", True)):
                turns = bench.case(case, rounds, change)
                results += _results(f"{affiliations:,} affiliations, {case}", turns)
        bench.close()
        check_same(urls["ours"], urls["floor"])
        for url in urls.values():
            place.dropped(running, url)
    return results


class _Bench:
    """What is measured against what."""

    def __init__(self, world: World, sending: Senders, urls: dict[str, str]) -> None:
        self._world, self._order, self._sending = world, world.in_order(), sending
        self._floor, self._large = Floor(urls["floor"], SENDER), Floor(urls["large"], SENDER)
        self._events = psycopg.connect(urls["ours"].replace("+psycopg", ""), autocommit=True)
        self._numbered: list[float] = []

    def case(self, case: str, rounds: int, change: bool) -> list[Turn]:
        """The turns of all slices but the first, which warms up."""
        slices = self._slices(rounds)
        self._numbered.clear()
        turns = [self._turn(case, number, part, change) for number, part in enumerate(slices)]
        for name, seconds in zip(Turn._fields, zip(*turns[1:], strict=True), strict=True):
            print(f"  {case}, {name}: {', '.join(f'{one:.2f}' for one in seconds)} s", flush=True)
        print(f"  {case}, a slice's last event has its position at most {max(self._numbered):.2f} s after the last answer", flush=True)
        return turns[1:]

    def close(self) -> None:
        self._floor.close()
        self._large.close()
        self._events.close()

    def _slices(self, rounds: int) -> list[list[int]]:
        warm = 4 * MESSAGE
        rest = self._order[warm:]
        size = -(-len(rest) // rounds)
        return [self._order[:warm], *(rest[start : start + size] for start in range(0, len(rest), size))]

    def _turn(self, case: str, number: int, part: Sequence[int], change: bool) -> Turn:
        """The service goes first every other time."""
        items = [self._item(one, change) for one in part]
        accepted = sum(1 for one in part if _changes(one)) if change else len(part)
        order = Turn._fields if number % 2 else Turn._fields[::-1]
        seconds = {}
        for who in order:
            if who == "ours":
                seconds[who] = self._ours(
                    [request(f"{case} {number} {at}", group) for at, group in _groups(items, MESSAGE)], accepted, len(items)
                )
            else:
                floor, size = (self._floor, MESSAGE) if who == "floor" else (self._large, LARGE)
                seconds[who] = floor.write([message(group) for _, group in _groups(items, size)])
        return Turn(**seconds)

    def _ours(self, messages: Sequence[bytes], accepted: int, received: int) -> float:
        seconds, answers = self._sending.send([post(ADDRESS, one) for one in messages])
        self._until_numbered()
        counts = dict.fromkeys((b"received", b"accepted", b"unchanged", b"rejected"), 0)
        for answer in answers:
            for name, number in COUNTS.findall(answer):
                counts[name] += int(number)
        expected = {b"received": received, b"accepted": accepted, b"unchanged": received - accepted, b"rejected": 0}
        if counts != expected:
            raise RuntimeError(f"answered {counts}, expected {expected}: {answers[0][:2000].decode()}")
        return seconds

    def _until_numbered(self) -> None:
        """What the service still does with a slice must not weigh on the floor's turn."""
        begun = time.perf_counter()
        while self._events.execute("SELECT FROM change LIMIT 1").rowcount:
            time.sleep(0.02)
        self._numbered.append(time.perf_counter() - begun)

    def _item(self, number: int, change: bool) -> Item:
        item = self._world.item(number)
        return changed(item) if change and _changes(number) else item


def _groups(items: Sequence[Item], size: int) -> Iterator[tuple[int, Sequence[Item]]]:
    return ((start, items[start : start + size]) for start in range(0, len(items), size))


def _changes(number: int) -> bool:
    return number % 10 == 3


def _results(name: str, turns: Sequence[Turn]) -> list[Result]:
    to_floor = statistics.median(turn.ours / turn.floor for turn in turns)
    to_large = statistics.median(turn.ours / turn.large for turn in turns)
    ours, floor, large = (sum(values) for values in zip(*turns, strict=True))
    return [
        judged(f"{name}: to the floor, 1,000 a message", ours, floor, to_floor, "s", "lower", TARGET),
        judged(f"{name}: to the floor, 10,000 a message", ours, large, to_large, "s", "lower", None),
    ]
