"""What permission, field list, chaining and operational log cost beyond the bare disclosure row: a share of the floor's time of
getPersonEducation.

Three servers in turns: the service as it is, with its metrics and its sealer; the service with one constant grant and without operational
log; the floor. What the first takes longer than the second, of what the third takes. The other two write into a copy of the register,
whose rows nobody seals.
"""

import statistics
import time
from contextlib import ExitStack

from adapters.stop import free_port
from tests.bench import place
from tests.bench.load import drive
from tests.bench.over_http import CONNECTIONS, _cases, serving
from tests.bench.results import Result, judged

ROUNDS, TARGET = 9, 0.20
# Seconds after which what a round left is sealed and logged.
SETTLED = 1.0


def run(seconds: float) -> list[Result]:
    """The share, by the median over the rounds."""
    with place.cluster() as running:
        url = place.nation(running, place.SMALL)
        place.settle(url)
        unsealed = place.copied(running, url.rpartition("/")[2], "overhead_unsealed")
        municipality, [case, _] = _cases(url)
        with ExitStack() as stack:
            monitored = {"VIIS_HEALTH_PORT": str(free_port())}
            ours = stack.enter_context(serving("ours", url, municipality, **monitored)).port
            bare, floor = (stack.enter_context(serving(kind, unsealed, municipality)).port for kind in ("bare", "floor"))
            times: dict[int, list[float]] = {ours: [], bare: [], floor: []}
            for number in range(ROUNDS + 1):
                # In changing order, so that what a server leaves to the next one meets both.
                for port in (ours, bare, floor) if number % 2 else (floor, bare, ours):
                    load = drive(port, case.requests, seconds if number else seconds / 2, CONNECTIONS)
                    time.sleep(SETTLED)
                    if number:  # the first round warms connections, statements and memory
                        times[port].append(1e6 / load.per_second)
        place.dropped(running, unsealed)
    shares = [(one - two) / three for one, two, three in zip(times[ours], times[bare], times[floor], strict=True)]
    middle = {port: statistics.median(several) for port, several in times.items()}
    print(
        f"  getPersonEducation: ours {middle[ours]:,.0f} µs an answer, bare {middle[bare]:,.0f}, floor {middle[floor]:,.0f};"
        f" shares {', '.join(f'{share:.2f}' for share in sorted(shares))}",
        flush=True,
    )
    name = "permission, field list, chaining, operational log: share of the floor"
    return [judged(name, middle[ours] - middle[bare], middle[floor], statistics.median(shares), "µs", "lower", TARGET)]
