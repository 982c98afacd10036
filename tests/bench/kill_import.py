"""An import killed with -9 at random pages and started again ends with exactly the rows of one that was not.

python -m tests.bench.kill_import --children 280000 --whole postgresql://…/empty_1 --killed postgresql://…/empty_2
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests.bench import nation
from tests.bench.child_import import BORN, stand_in

# Each table without its own keys and instants: a person is called by the code of today, or by the smallest one it ever had.
_NAMED = """WITH named AS (
    SELECT person_id, coalesce(min(value) FILTER (WHERE current), min(value)) AS name FROM identity GROUP BY person_id)"""
CONTENTS = {
    "person": "SELECT count(*)::text FROM person",
    "identity": f"{_NAMED} SELECT concat_ws('|', name, scheme, issuer, value, current) FROM identity JOIN named USING (person_id)",
    "person_profile": f"""{_NAMED} SELECT concat_ws('|', name, given_name, surname, born_on, died_on, status, restricted, source,
        upper_inf(recorded)) FROM person_profile JOIN named USING (person_id)""",
    "residence": f"""{_NAMED} SELECT concat_ws('|', name, kind, municipality, address, valid, upper_inf(recorded))
        FROM residence JOIN named USING (person_id)""",
    "guardianship": f"""{_NAMED} SELECT concat_ws('|', c.name, g.name, care_institution, kind, valid, upper_inf(recorded))
        FROM guardianship JOIN named c ON c.person_id = child_id LEFT JOIN named g ON g.person_id = guardian_id""",
    "import_refusal": "SELECT concat_ws('|', page, position, code, reason, record) FROM import_refusal",
    "import_run": "SELECT concat_ws('|', state, pages, received, created, changed, unchanged, refused, warned) FROM import_run",
}


def contents(register_url: str) -> dict[str, str]:
    """A digest of every table that an import writes, whatever the order of its rows and their keys."""
    found = {}
    with psycopg.connect(plain(register_url)) as connection:
        for table, query in CONTENTS.items():
            # Sums of digests do not depend on the order, and need no sorting of a million rows.
            digest = (
                f"SELECT count(*) || ':' || coalesce(sum(('x' || left(md5(line), 15))::bit(60)::bigint), 0) FROM ({query}) AS rows (line)"
            )
            [(found[table],)] = connection.execute(digest)  # type: ignore[arg-type]
    return found


def begin(url: str, register_url: str, page_size: int) -> "subprocess.Popen[str]":
    """A real import as the command does it, in a process of its own."""
    born = ["--born-from", BORN[0].isoformat(), "--born-to", BORN[1].isoformat()]
    command = [sys.executable, "-m", "adapters.cli", "import-children", "--url", url, "--page-size", str(page_size), *born]
    environment = {**os.environ, "VIIS_REGISTER_URL": register_url}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(url: str, register_url: str, page_size: int) -> str:
    """An import that is let run to its end; what it printed."""
    process = begin(url, register_url, page_size)
    said, _ = process.communicate(timeout=3600)
    assert process.returncode in (0, 3), said
    return said


def kill_at_random_pages(url: str, register_url: str, page_size: int, pages: int, rng: random.Random, kills: int) -> list[int]:
    """Begins an import again and again and kills each at a page chosen by chance; gives the pages that had been committed then."""
    reached = []
    targets = sorted(rng.sample(range(1, pages), kills))
    for target in targets:
        process = begin(url, register_url, page_size)
        for committed in _committed(register_url, process):
            if committed >= target:
                time.sleep(rng.random() * 0.02)
                break
        process.kill()
        process.communicate()
        reached.append(_pages(register_url))
    return reached


def prove(url: str, whole: str, killed: str, *, children: int, page_size: int, seed: int = 1, kills: int = 2) -> list[int]:
    """Runs both and compares; gives the pages at which the second was killed."""
    finish(url, whole, page_size)
    reached = kill_at_random_pages(url, killed, page_size, -(-children // page_size), random.Random(seed), kills)
    said = finish(url, killed, page_size)
    left, right = contents(whole), contents(killed)
    assert left == right, {table: (left[table], right[table]) for table in left if left[table] != right[table]}
    assert "gone on where it was interrupted" in said, said
    return reached


def _committed(register_url: str, process: "subprocess.Popen[str]") -> Iterator[int]:
    while process.poll() is None:
        yield _pages(register_url)
        time.sleep(0.005)
    raise AssertionError(f"The import ended before it was killed: {process.stdout.read() if process.stdout else ''}")


def _pages(register_url: str) -> int:
    with psycopg.connect(plain(register_url)) as connection:
        [(there,)] = connection.execute("SELECT to_regclass('import_run') IS NOT NULL")
        if not there:
            return 0
        row = connection.execute("SELECT pages FROM import_run ORDER BY id DESC LIMIT 1").fetchone()
        return int(row[0]) if row else 0


def plain(url: str) -> str:
    """An address as psycopg takes it."""
    return url.replace("postgresql+psycopg:", "postgresql:")


def main() -> None:
    """The proof at any size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--children", type=int, default=280_000)
    parser.add_argument("--page-size", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--whole", required=True, help="address of an empty database")
    parser.add_argument("--killed", required=True, help="address of another empty database")
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        nation.write(Path(folder), wish.children, seed=wish.seed)
        with stand_in(Path(folder)) as url:
            size = {"children": wish.children, "page_size": wish.page_size}
            reached = prove(url, wish.whole, wish.killed, **size, seed=wish.seed, kills=wish.kills)
    print(f"The same rows in every table; killed with -9 after pages {reached}.")


if __name__ == "__main__":
    main()
