"""Whether the service is ready, and what somebody should look at: by the databases themselves."""

import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from sqlalchemy import text

from adapters.exposition import exposed
from adapters.health import Health
from adapters.storage import Storage
from core.database import Databases
from core.disclosure import Disclosure, record
from tests.avus import write
from tests.register import ALL_SERVICES, Register
from tests.replicated import Pair, until


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes connections and says nothing."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(8)
        yield f"postgresql://nobody@127.0.0.1:{listening.getsockname()[1]}/none"


def test_a_register_alone_is_ready_and_what_nobody_does_is_a_warning(register: Register, database_url: str) -> None:
    found = Health(Storage(database_url, database_url)).look()
    assert found.why == []
    assert "Nobody does the jobs of statutory days; viis jobs does." in found.warnings
    assert "Nobody gives changes their positions; viis sequencer does." in found.warnings
    with register.databases.register_engine.connect() as connection:
        connection.exec_driver_sql("SELECT pg_advisory_lock(hashtext('viis jobs')), pg_advisory_lock(hashtext('viis sequencer'))")
        led = Health(Storage(database_url, database_url)).look().warnings
    assert not [sentence for sentence in led if sentence.startswith("Nobody")]


def test_a_message_that_has_waited_for_long_is_told_with_its_age(register: Register, database_url: str) -> None:
    write(register, register.person("04051820016"))
    health = Health(Storage(database_url, database_url))
    assert health.look().register is not None
    assert not [one for one in health.look().warnings if "message" in one]
    register.execute("UPDATE outbox_message SET due_at = now() - interval '500 seconds', created_at = now() - interval '1000 seconds'")
    found = health.look()
    assert found.register is not None
    assert (found.register["outbox_waiting"], found.register["outbox_dead"]) == (1, 0)
    assert 1000 <= found.register["outbox_age"] < 1100
    assert 500 <= found.register["outbox_due"] < 600
    [sentence] = [one for one in found.warnings if "message" in one]
    assert sentence.startswith("A message to an admission system has waited for 10")
    metrics = exposed(None, found).decode()
    assert "viis_outbox_waiting 1.0" in metrics
    assert "viis_ready 1.0" in metrics


def test_what_somebody_should_look_at_is_told_in_words_and_in_figures(register: Register, database_url: str) -> None:
    register.execute("UPDATE heartbeat SET at = clock_timestamp()")
    health = Health(Storage(database_url, database_url))
    assert [one for one in health.look().warnings if not one.startswith("Nobody")] == []
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    record(register.databases.journal, Disclosure(an_hour_ago, "m-1", ALL_SERVICES, *[None] * 3, "o", "p", "l", None, "ok", []))
    register.execute("UPDATE heartbeat SET at = now() - interval '1 hour'")
    register.execute("INSERT INTO call_hour VALUES (date_trunc('hour', now(), 'UTC'), gen_random_uuid(), 0, 3)")
    register.execute("INSERT INTO call_writer VALUES (gen_random_uuid(), now() - interval '1 hour', now() - interval '5 minutes')")
    found = health.look()
    assert found.why == []
    told = [re.sub("[0-9]+", "N", one) for one in found.warnings if not one.startswith("Nobody")]
    assert told == [
        "The register's heart has not beaten for N seconds; viis sequencer does that.",
        "Disclosures wait for N seconds to be sealed; viis sequencer does that.",
        "The operational log lost N calls in this hour and the one before.",
        "N processes ended within a day without having written all calls.",
    ]
    figures = dict(line.rsplit(" ", 1) for line in exposed(None, found).decode().splitlines() if not line.startswith("#"))
    for name in ("viis_heartbeat_age_seconds", "viis_disclosures_unsealed_seconds"):
        assert 3600 <= float(figures[name]) < 3700
    assert figures["viis_call_writers_silent"] == "1.0"


def test_a_register_that_is_slow_to_say_how_it_stands_is_ready(register: Register, database_url: str) -> None:
    with register.databases.register.begin() as session:
        session.execute(text("LOCK TABLE call_hour IN ACCESS EXCLUSIVE MODE"))
        found = Health(Storage(database_url, database_url)).look()
    assert found.why == []
    [warning] = found.warnings
    assert warning.startswith("The register answers, but does not say in time how it stands")
    metrics = exposed(None, found).decode()
    assert "viis_ready 1.0" in metrics
    assert "viis_register_up 1.0" in metrics
    assert "viis_outbox_waiting" not in metrics


@pytest.mark.parametrize("how", ["closed", "silent"])
def test_a_register_that_does_not_answer_is_told_in_time(how: str, silent: str) -> None:
    address = silent if how == "silent" else "postgresql://nobody@127.0.0.1:1/none"
    began = monotonic()
    found = Health(Storage(address, address)).look()
    assert monotonic() - began < 4  # promised: 2 seconds; a machine may be busy
    assert found.why == ["The register does not answer; only answers without people are given."]
    assert "viis_register_up 0.0" in exposed(None, found).decode()


def test_a_replica_is_told_with_its_lag_and_a_closed_one_makes_it_not_ready(pair: Pair) -> None:
    assert pair.applied()
    replica = pair.who.replicas[0]
    health = Health(Storage(pair.who.register, replica))
    found = health.look()
    assert found.why == []
    [(place, lag)] = found.replicas.items()
    assert lag is not None
    assert lag < 60
    pair.in_register("UPDATE heartbeat SET at = at - interval '1 hour'")
    until(lambda: (health.look().replicas[place] or 0) > 3000)
    late = health.look()
    assert late.why == []
    assert [one for one in late.warnings if "seconds behind" in one]
    [[database]] = pair.in_replica("SELECT current_database()")
    pair.in_replica(f"ALTER DATABASE {database} SET default_transaction_read_only = off")
    assert health.look().why == ["No replica takes readers; `viis replication status` says more."]


def test_one_of_two_replicas_away_is_a_warning(pair: Pair, databases: Databases) -> None:
    assert pair.applied()
    replica = pair.who.replicas[0]
    ports = dict(part.split("=", 1) for part in replica.split())
    two = f"postgresql://keeper:made-up@127.0.0.1:{ports['port']},127.0.0.1:1/{ports['dbname']}"
    found = Health(Storage(pair.who.register, two)).look()
    assert found.why == []
    assert [one for one in found.warnings if one.endswith("takes no readers.")]
