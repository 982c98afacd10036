"""kill -9 in the middle of an import: nothing is lost, nothing is there twice."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from adapters.embedded import Cluster
from tests.bench import nation
from tests.bench.child_import import stand_in
from tests.bench.kill_import import contents, prove


@pytest.fixture
def another_url(cluster: Cluster, template: str, numbers: Iterator[int]) -> Iterator[str]:
    """A second database beside the test's own."""
    name = f"another_{next(numbers)}"
    with psycopg.connect(cluster.dsn("postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        yield cluster.url(name)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_an_import_killed_at_a_random_page_ends_with_the_rows_of_one_that_was_not(
    tmp_path: Path, database_url: str, another_url: str
) -> None:
    nation.write(tmp_path, 1500, seed=7)
    with stand_in(tmp_path) as url:
        reached = prove(url, database_url, another_url, children=1500, page_size=50, seed=7, kills=1)
        assert 1 <= reached[0] < 30


def test_the_comparison_sees_a_single_difference(database_url: str) -> None:
    with psycopg.connect(database_url.replace("+psycopg", "")) as connection:
        connection.execute("INSERT INTO person DEFAULT VALUES")
        connection.execute("INSERT INTO identity (person_id, scheme, value) SELECT id, 'personal_code', '14051920012' FROM person")
        connection.commit()
        before = contents(database_url)
        connection.execute("UPDATE identity SET current = false")
        connection.commit()
    assert {table for table, digest in contents(database_url).items() if digest != before[table]} == {"identity"}
