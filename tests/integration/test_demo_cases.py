"""The cases of the made-up nation: as many as there really are, with what municipalities did about them, made up once."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from adapters.demo.cases import shares, work_on_cases
from adapters.demo.loading import load
from adapters.demo.nation import Nation
from core import codes
from core.cases import refresh
from core.child_import import import_children, usual_interval
from tests.integration.test_demo_data import FromFile, nobody_listens
from tests.register import Register

TODAY = date(2026, 11, 26)
CURRENT = "FROM case_version v WHERE upper_inf(v.recorded) AND v.state = 'active'"


def work(register: Register, seed: int = 1) -> int:
    with register.databases.register.begin() as session:
        return work_on_cases(session, TODAY, seed)


def test_a_nation_has_as_many_cases_as_latvia_and_nine_of_ten_are_abroad(register: Register, tmp_path: Path) -> None:
    load(register.databases.register, Nation(4_000, 1, TODAY), tmp_path, nobody_listens)
    listed = import_children(
        register.databases.register, FromFile(tmp_path), *usual_interval(TODAY), datetime(2026, 11, 26, 12, tzinfo=UTC)
    ).received
    active = refresh(register.databases.register, TODAY).active
    assert 13_000 / 280_000 <= active / listed <= 16_000 / 280_000
    assert work(register) > 0.97 * active
    [(abroad,)] = register.execute(f"SELECT avg((coalesce(v.status, '') IN ('ARZ', 'CVP', 'ADO'))::int) {CURRENT}")
    assert 0.83 <= abroad <= 0.93


@pytest.fixture
def worked_on(register: Register) -> Register:
    """A thousand children in no school, with statuses."""
    register.execute(
        "WITH born AS (INSERT INTO person (created_at) SELECT now() FROM generate_series(1, 1000) RETURNING id), "
        "known AS (INSERT INTO person_profile (person_id, given_name, surname, born_on, source) "
        "SELECT id, 'Ance', 'Bērziņa', date '2009-03-01' + (id * 4)::int, 'population_register' FROM born RETURNING person_id), "
        "named AS (INSERT INTO identity (person_id, scheme, issuer, value) SELECT person_id, 'institution', '1', person_id FROM known) "
        "INSERT INTO residence (person_id, kind, municipality, valid) SELECT person_id, 'declared', '0001000', '[2009-01-01,)' FROM known"
    )
    assert refresh(register.databases.register, TODAY).active == 1000
    assert work(register) == 1000 - register.execute(f"SELECT count(*) {CURRENT} AND v.status IS NULL")[0][0]
    return register


def test_the_statuses_are_in_the_proportions_of_the_published_numbers(worked_on: Register) -> None:
    published = {row["code"]: row for row in codes.rows("nonstudying_child_status")}
    assert shares()["ARZ"] / shares()["CVP"] == pytest.approx(int(published["ARZ"]["n_2022"]) / int(published["CVP"]["n_2022"]))
    assert sum(shares().values()) == pytest.approx(1)
    found = {
        status: count / 1000 for status, count in worked_on.execute(f"SELECT coalesce(v.status, 'NAV'), count(*) {CURRENT} GROUP BY 1")
    }
    for status, share in shares().items():
        assert found.get(status, 0) == pytest.approx(share, abs=0.03), status


def test_what_was_made_up_keeps_the_rules(worked_on: Register) -> None:
    strange = (
        "v.status_since < v.opened_on OR v.status_confirmed_on < v.status_since OR v.status_confirmed_on > '2026-11-26' "
        "OR v.status_expires_on > '2027-11-26' OR (v.status_class = 'justified') <> coalesce(v.status_expires_on >= '2026-11-26', false)"
    )
    assert worked_on.execute(f"SELECT count(*) {CURRENT} AND ({strange})") == [(0,)]
    assert worked_on.execute(f"SELECT count(*) > 10 {CURRENT} AND v.status_expires_on < '2026-11-26'") == [(True,)]
    measures = (
        "SELECT count(*) > 500 FROM case_event e JOIN case_version v USING (case_id) WHERE upper_inf(v.recorded) AND e.kind = 'measure'"
    )
    assert worked_on.execute(measures) == [(True,)]
    assert worked_on.execute(f"{measures} AND (e.on_day < v.opened_on OR e.on_day > '2026-11-26')") == [(False,)]


def test_it_is_made_up_once_and_a_refresh_leaves_it(worked_on: Register) -> None:
    before = worked_on.execute("SELECT count(*), sum(hashtext(v::text)) FROM case_version v")
    assert work(worked_on, seed=2) == 0
    refresh(worked_on.databases.register, TODAY)
    assert worked_on.execute("SELECT count(*), sum(hashtext(v::text)) FROM case_version v") == before
