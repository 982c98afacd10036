"""Register and replica killed, away and cut short under a load of many rows; at the end both are equal to the last row.

python -m tests.bench.replication_faults --rows 1000000 --folder DIRECTORY
"""

import argparse
import random
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from adapters.embedded import REPLICA, Cluster, start
from adapters.replication import setup
from adapters.replication.servers import administrator
from tests.replicated import Pair, kill, pair_of, until

PATIENCE = 600.0
SCHOOL, PROGRAMME = "4312100001", "21011111"
# People with a code of no one, an affiliation and its history, as a set; a batch is one transaction and is known by its number.
BATCH = """
WITH person AS (INSERT INTO person (created_at) SELECT now() FROM generate_series(1, %(size)s) RETURNING id),
identity AS (
    INSERT INTO identity (person_id, scheme, issuer, value) SELECT id, 'institution', %(school)s, id::text FROM person RETURNING id)
INSERT INTO affiliation (identity_id, institution, programme, main, class_group, study_form, language, status, sender, sender_key, valid)
SELECT id, %(school)s, %(programme)s, true, %(batch)s, '1', '1', 'AKT', 'bench', id::text, '[2026-09-01,)' FROM identity
"""
DONE = "SELECT FROM affiliation WHERE class_group = %s AND sender = 'bench' LIMIT 1"


class Servers:
    """The two servers as an installation has them: durable, with the program's settings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.register = start(folder / "register")
        self.replica = start(folder / "replica", settings=REPLICA)

    def replica_again(self) -> None:
        self.replica = start(self.folder / "replica", settings=REPLICA)

    def stop(self) -> None:
        self.replica.stop()
        self.register.stop()


def load(pair: Pair, rows: int, name: str, size: int = 10_000) -> float:
    """So many rows in transactions of ten thousand; a batch whose end is not known is looked for and repeated. Returns the seconds."""
    begun = time.monotonic()
    for number in range(-(-rows // size)):
        batch = {"size": size, "school": SCHOOL, "programme": PROGRAMME, "batch": f"{name} {number}"}
        while True:
            with suppress(psycopg.OperationalError), administrator(pair.who.register) as register:
                if not register.execute(DONE, [batch["batch"]]).rowcount:
                    register.execute(BATCH, batch)
                break
            time.sleep(0.05)
    return time.monotonic() - begun


@contextmanager
def killing(pids: Callable[[], list[int]], every: float) -> Iterator[list[int]]:
    """Kills one of them now and then until the block ends."""
    killed: list[int] = []
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(random.uniform(0.5, 1.5) * every):
            with suppress(Exception):
                pid = random.choice(pids())
                kill(pid)
                killed.append(pid)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield killed
    finally:
        ended.set()
        worker.join()


def equal(pair: Pair, server: Cluster, rows: int) -> str:
    """Waits until the replica has everything, and proves it; says how long both took."""
    until(lambda: _answers(pair.who.register) and _answers(server.dsn("postgres")), PATIENCE)
    begun = time.monotonic()
    until(pair.applied, PATIENCE)
    caught_up = time.monotonic() - begun
    assert pair.differences() == []
    [(held,)] = pair.in_register("SELECT count(*) FROM affiliation")
    assert held == rows, f"{held} rows instead of {rows}"
    return f"equal after {caught_up:.1f} s, proved in {time.monotonic() - begun - caught_up:.1f} s"


def _answers(address: str) -> bool:
    with suppress(psycopg.OperationalError), administrator(address):
        return True
    return False


def applies(pair: Pair) -> list[int]:
    return [pid for (pid,) in pair.in_replica("SELECT pid FROM pg_stat_subscription WHERE pid IS NOT NULL")]


def run(rows: int, folder: Path) -> None:
    """All of it, one after the other, on one register that grows."""
    servers = Servers(folder)
    try:
        servers.register.ensure_database("register")
        with pair_of(servers.register.url("register"), [servers.replica], "replica") as pair:
            pair.set_up()
            pair.register.institution(SCHOOL)
            pair.register.programme(SCHOOL, PROGRAMME)
            size = 10_000
            rows = -(-rows // size) * size
            print(f"nothing happens: loaded in {load(pair, rows, 'plain'):.1f} s, {equal(pair, servers.replica, rows)}", flush=True)
            servers.replica.stop()
            seconds = load(pair, rows, "away")
            servers.replica_again()
            print(f"the replica away: loaded in {seconds:.1f} s, {equal(pair, servers.replica, 2 * rows)}", flush=True)
            victims: dict[str, Callable[[], list[int]]] = {
                "the replica": lambda: [servers.replica.pid],
                "the register": lambda: [servers.register.pid],
                "the apply": lambda: applies(pair),
            }
            for count, (name, pids) in enumerate(victims.items(), 3):
                with killing(pids, 6.0) as killed:
                    seconds = load(pair, rows, name)
                outcome = equal(pair, servers.replica, count * rows)
                print(f"{name} killed {len(killed)} times: loaded in {seconds:.1f} s, {outcome}", flush=True)
            print(f"killed while it is filled: {_filled_again(pair, servers)}, {equal(pair, servers.replica, 5 * rows)}", flush=True)
    finally:
        servers.stop()


def _filled_again(pair: Pair, servers: Servers) -> str:
    address = pair.who.replicas[0]
    begun = time.monotonic()
    for _ in range(5):
        until(lambda: _answers(address), PATIENCE)
        with setup.alone(pair.who.register) as register, setup.alone(address) as replica:
            setup.subscribe(pair.who, register, replica, address, lambda _: None)
        time.sleep(random.uniform(0.1, 10.0))
        kill(servers.replica.pid)
    until(lambda: _answers(address), PATIENCE)
    said = pair.set_up()
    return f"whole after {time.monotonic() - begun:.1f} s ({' '.join(said) or 'no copy was stuck'})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where the two servers live; a new folder, removed when all went well")
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="viis-faults-", dir=chosen.folder))
    folder.chmod(0o755)
    run(chosen.rows, folder)
    # Kept when something failed: what the servers hold and log is what there is to look at.
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
