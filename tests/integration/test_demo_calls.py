"""Made-up calls: the same for the same seed, plausible, and only where there are none."""

import hashlib
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from adapters.cli import build
from adapters.contracts import Contracts
from adapters.demo.calls import USES
from adapters.stop import Stop
from tests.register import Register


def run(*options: str) -> str:
    done = CliRunner().invoke(build(["demo-data", "indicators"]), options)
    if isinstance(done.exception, Stop):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(autouse=True)
def settings(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIIS_REGISTER_URL", database_url)
    monkeypatch.setenv("VIIS_DATA", str(tmp_path))


def content(register: Register) -> str:
    columns = "started_at, channel, service, operation, client, outcome, code, duration_us, request_bytes, answer_bytes, persons"
    rows = register.execute(f"SELECT {columns} FROM service_call ORDER BY id")
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def test_two_years_are_filled_the_same_for_the_same_seed_and_only_once(register: Register, tmp_path: Path) -> None:
    said = run("demo-data", "--calls", "2025", "--count", "5000", "--seed", "3")
    first = content(register)
    year = "SELECT extract(year FROM started_at AT TIME ZONE 'Europe/Riga')::int, count(*) FROM service_call GROUP BY 1 ORDER BY 1"
    found = dict(tuple(row) for row in register.execute(year))
    assert list(found) == [2024, 2025]
    assert found[2025] == pytest.approx(5000, rel=0.05)
    assert said.startswith(f"{sum(found.values())} calls of 2024 and 2025 are made up in ")
    with pytest.raises(Stop, match="only put where there are none"):
        run("demo-data", "--calls", "2026", "--count", "5000")
    register.execute("TRUNCATE service_call, call_writer, call_hour RESTART IDENTITY")
    run("demo-data", "--calls", "2025", "--count", "5000", "--seed", "3")
    assert content(register) == first

    out = tmp_path / "2025.xlsx"
    run("indicators", "--year", "2025", "--out", str(out), "--language", "en")
    coverage = load_workbook(out)["Coverage"]
    total = next(row for row in coverage.iter_rows(values_only=True) if row[0] == "Total")
    assert total[2:4] == (8760, 8758), "an hour in which calls were lost, and one in which a process fell silent"


def test_schools_rest_in_july_and_results_day_is_the_busiest_of_admission(register: Register) -> None:
    run("demo-data", "--calls", "2025", "--count", "20000")
    local = "(started_at AT TIME ZONE 'Europe/Riga')"
    counts = f"SELECT to_char({local}, 'MM'), count(*) FROM service_call WHERE operation = 'submitAffiliations' GROUP BY 1"
    by_month = dict(tuple(row) for row in register.execute(counts))
    assert by_month["09"] > 5 * by_month.get("07", 0)
    busiest = f"SELECT {local}::date::text FROM service_call WHERE service = 'achievements' GROUP BY 1 ORDER BY count(*) DESC LIMIT 2"
    assert {row[0] for row in register.execute(busiest)} == {"2024-07-01", "2025-07-01"}


def test_every_made_up_call_is_of_an_operation_in_a_contract() -> None:
    services = Contracts.load().services
    for use in USES:
        if use.service in services:
            assert use.operation in {*services[use.service].operations, ""}
        else:
            assert (use.service, use.operation) in {("", ""), ("avus-intake", "deliverMessage")}
