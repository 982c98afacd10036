"""viis replication: what each command says, and the exit code that monitoring reads."""

from collections.abc import Callable
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict
from typer.testing import CliRunner

from adapters.commands.replication import replication
from adapters.embedded import start
from adapters.replication.servers import administrator
from adapters.stop import Stop
from tests.replicated import SMALL, Pair

Viis = Callable[..., tuple[int, str]]


def configured(monkeypatch: pytest.MonkeyPatch, folder: Path, register: str, replica: str) -> Viis:
    for name, value in {"REGISTER_URL": register, "REPLICA_URL": replica, "DATA": str(folder)}.items():
        monkeypatch.setenv(f"VIIS_{name}", value)
    monkeypatch.setattr("adapters.replication.health.BETWEEN_LOOKS", 0.8)

    def viis(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(replication, words)
        if isinstance(done.exception, Stop):
            return done.exception.code, done.output + str(done.exception)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert "made-up" not in done.output, "no password is shown"
        return done.exit_code, done.output

    return viis


@pytest.fixture
def viis(threesome: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Viis:
    """The commands, on a register and two replicas."""
    parts = [conninfo_to_dict(address) for address in threesome.who.replicas]
    hosts = ",".join(f"{part['host']}:{part['port']}" for part in parts)
    return configured(monkeypatch, tmp_path, threesome.who.register, f"postgresql://keeper:made-up@{hosts}/{parts[0]['dbname']}")


def test_all_is_well_and_nothing_is_to_be_done(threesome: Pair, viis: Viis) -> None:
    assert threesome.applied()
    code, said = viis("status")
    assert code == 0, said
    assert said.count("held back for it") == 2
    assert viis("setup") == (0, "The replicas follow the register.\n")
    code, said = viis("verify")
    assert code == 0
    assert said.endswith("Equal.\n")


def test_what_differs_is_named_with_the_command_that_copies_it_again(threesome: Pair, viis: Viis) -> None:
    with administrator(threesome.who.replicas[0]) as replica:
        replica.execute("SET session_replication_role = replica")
        replica.execute("DELETE FROM code_list WHERE name = 'exam_levels'")
    code, said = viis("verify")
    assert code == 1
    assert "is missing" in said
    assert "viis replication repair --table code_list" in said
    assert viis("repair", "--table", "code_list")[0] == 0
    assert viis("verify")[0] == 0


def test_a_table_that_is_not_published_cannot_be_copied_again(viis: Viis) -> None:
    code, said = viis("repair", "--table", "disclosure")
    assert code == 2
    assert "disclosure is not published" in said


def test_a_lost_slot_and_a_stopped_subscription_are_broken_and_repaired(threesome: Pair, viis: Viis) -> None:
    address = threesome.who.replicas[1]
    with administrator(threesome.who.register) as register, administrator(address) as replica:
        name = threesome.who.name_of(replica, address)
        replica.execute(f"ALTER SUBSCRIPTION {name} DISABLE")
        code, said = viis("status")
        assert (code, "stopped by somebody" in said) == (2, True)
        register.execute("SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name = %s AND active", [name])
        register.execute("SELECT pg_drop_replication_slot(%s)", [name])
    code, said = viis("status")
    assert (code, "no slot" in said) == (2, True)
    assert viis("repair")[0] == 0
    assert threesome.applied()
    assert viis("status")[0] == 0


def test_a_replica_that_was_given_up_is_named_and_forgotten(threesome: Pair, viis: Viis) -> None:
    name = "viis_replica_given_up"
    threesome.in_register("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", name)
    threesome.in_register(f"CREATE PUBLICATION {name} FOR TABLE person (id)")
    threesome.in_register(f"CREATE ROLE {name}")
    assert f"viis replication forget {name}" in viis("status")[1]
    assert viis("forget", name)[0] == 0
    for catalogue in ("pg_replication_slots WHERE slot_name", "pg_publication WHERE pubname", "pg_roles WHERE rolname"):
        assert threesome.in_register(f"SELECT FROM {catalogue} = '{name}'") == []
    assert viis("forget", name)[0] == 2
    with administrator(threesome.who.replicas[0]) as replica:
        used = threesome.who.name_of(replica, threesome.who.replicas[0])
    code, said = viis("forget", used)
    assert (code, "is in use" in said) == (2, True)


def test_a_heart_that_no_longer_beats_is_late(threesome: Pair, viis: Viis) -> None:
    threesome.in_register("UPDATE heartbeat SET at = at - interval '1 hour'")
    code, said = viis("status")
    assert (code, "Does `viis serve` run?" in said) == (1, True)
    assert threesome.applied()


def test_a_replica_that_cannot_be_reached_is_broken_and_does_not_keep_setup_from_the_other(
    threesome: Pair, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    parts = conninfo_to_dict(threesome.who.replicas[0])
    url = f"postgresql://keeper:made-up@{parts['host']}:{parts['port']},127.0.0.1:9/{parts['dbname']}"
    viis = configured(monkeypatch, tmp_path, threesome.who.register, url)
    assert threesome.applied()
    code, said = viis("status")
    assert (code, "cannot be reached" in said) == (2, True)
    code, said = viis("setup")
    assert (code, "127.0.0.1:9" in said) == (0, True)


def test_one_database_has_nothing_to_replicate_and_a_register_that_was_never_set_up_says_so(
    unprepared: Pair, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    viis = configured(monkeypatch, tmp_path, database_url, "")
    for command in ("status", "setup", "repair", "verify"):
        code, said = viis(command)
        assert (code, "VIIS_REPLICA_URL" in said) == (1, True)
    parts = conninfo_to_dict(unprepared.who.replicas[0])
    replica = f"postgresql://keeper:made-up@{parts['host']}:{parts['port']}/{parts['dbname']}"
    code, said = configured(monkeypatch, tmp_path, database_url, replica)("status")
    assert (code, "viis replication repair" in said) == (2, True)


def test_a_register_that_writes_too_little_for_replication_is_told_in_words(
    unprepared: Pair, reachable: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server = start(reachable / "not-logical", settings={**SMALL, "wal_level": "replica"})
    try:
        server.ensure_database("register")
        parts = conninfo_to_dict(unprepared.who.replicas[0])
        replica = f"postgresql://keeper:made-up@{parts['host']}:{parts['port']}/{parts['dbname']}"
        code, said = configured(monkeypatch, tmp_path, server.url("register"), replica)("setup")
        assert (code, "wal_level = logical" in said) == (1, True)
    finally:
        server.stop()
