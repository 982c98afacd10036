"""Migrations on both sides: what a revision adds, drops or makes anew, with a replica that follows and data in both."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config

from adapters.replication import revisions, setup
from adapters.replication.published import NOT_PUBLISHED, PUBLISHED
from core import database
from tests.register import RIGA
from tests.replicated import Pair

SCHOOL = "4312100001"
REVISION = """
'''A revision of a test.'''
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = {number!r}, {before!r}, None, None
order = {order!r}
def upgrade():
{upgrade}
"""
# A column and a table with rows that are made from what is there.
ADDS = """
    op.add_column("affiliation", sa.Column("room", sa.Text(), nullable=True))
    op.execute("UPDATE affiliation SET room = class_group || sender_key")
    op.alter_column("affiliation", "room", nullable=False)
    op.create_table("lesson", sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True),
                    sa.Column("affiliation_id", sa.BigInteger(), sa.ForeignKey("affiliation.id"), nullable=False))
    op.execute("INSERT INTO lesson (affiliation_id) SELECT id FROM affiliation")
    op.execute("WITH gone AS (DELETE FROM residence RETURNING id) SELECT count(*) FROM gone")
"""
DROPS = """
    op.drop_column("person_profile", "died_on")
    op.drop_constraint("ex_affiliation_one_main_at_a_time", "affiliation")
    op.drop_constraint("fk_affiliation_institution_programme", "affiliation")
    op.drop_index("uq_affiliation_sender_key", table_name="affiliation")
    op.drop_table("guardianship")
"""
REBUILDS = """
    op.add_column("municipality_succession", sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False))
    op.drop_constraint("pk_municipality_succession", "municipality_succession")
    op.create_primary_key("pk_municipality_succession", "municipality_succession", ["id"])
    op.execute("UPDATE municipality_succession SET since = since + 1")
"""
MOVES = """
    op.execute("UPDATE affiliation SET class_group = '9.z'")
    op.execute("INSERT INTO person (created_at) VALUES ('2020-01-01')")
"""


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """The next version of the program: one revision more."""
    known = database.migration_config("").get_main_option("script_location")
    before = [revisions.newest("")]

    def configured(url: str) -> Config:
        config = Config()
        config.set_main_option("script_location", str(known))
        config.set_main_option("version_locations", f"{known}/versions\n{tmp_path}")
        config.set_main_option("path_separator", "newline")
        config.attributes["url"] = url
        return config

    def next_one(upgrade: str, order: str) -> None:
        number = f"test{len(before)}"
        (tmp_path / f"{number}.py").write_text(REVISION.format(number=number, before=before[-1], order=order, upgrade=upgrade))
        before.append(number)
        monkeypatch.setattr(database, "migration_config", configured)
        monkeypatch.setattr(revisions, "migration_config", configured)

    return next_one


@pytest.fixture
def filled(pair: Pair) -> Pair:
    """A pair with two learners."""
    pair.register.institution(SCHOOL)
    for code in ("04051820219", "04051820227"):
        person = pair.register.person(code)
        pair.register.learns(person, SCHOOL)
        pair.register.lives(person, RIGA)
    assert pair.applied()
    return pair


def goes_on(pair: Pair) -> bool:
    """Whether what is written afterwards arrives, and both sides are equal to the last row."""
    pair.register.execute("INSERT INTO person DEFAULT VALUES")
    return pair.applied() and pair.differences() == [] and pair.as_reader("SELECT count(*) > 2 FROM person") == [(True,)]


def published(monkeypatch: pytest.MonkeyPatch, **tables: tuple[str, ...]) -> None:
    for table, columns in tables.items():
        monkeypatch.setitem(PUBLISHED, table, columns)  # type: ignore[arg-type]


def test_added_columns_and_tables_arrive_filled_and_nothing_twice(filled: Pair, release: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    published(monkeypatch, affiliation=(*PUBLISHED["affiliation"], "room"), lesson=("id", "affiliation_id"))
    release(ADDS, "additive")
    filled.set_up()
    assert filled.applied()
    assert filled.in_replica("SELECT id, room FROM affiliation ORDER BY 1") == filled.in_register(
        "SELECT id, room FROM affiliation ORDER BY 1"
    )
    assert filled.in_replica("SELECT id, affiliation_id FROM lesson ORDER BY 1") == filled.in_register("SELECT * FROM lesson ORDER BY 1")
    assert filled.in_replica("SELECT count(*) FROM lesson") == [(2,)]
    assert filled.in_replica("SELECT count(*) FROM residence") == [(0,)], "what the register deletes arrives as a deletion"
    filled.register.execute("UPDATE affiliation SET room = '7'")
    filled.register.execute("INSERT INTO lesson (affiliation_id) SELECT id FROM affiliation")
    assert goes_on(filled)


def test_dropped_columns_tables_and_constraints_do_not_stop_the_apply(filled: Pair, release: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    published(monkeypatch, person_profile=tuple(column for column in PUBLISHED["person_profile"] if column != "died_on"))
    monkeypatch.delitem(PUBLISHED, "guardianship")  # type: ignore[arg-type]
    release(DROPS, "dropping")
    filled.set_up()
    filled.register.execute("UPDATE person_profile SET given_name = 'Ilze'")
    assert goes_on(filled)
    assert filled.in_replica("SELECT to_regclass('guardianship')") == [(None,)]


def test_a_revision_that_changes_a_key_has_the_replica_made_anew(filled: Pair, release: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    published(monkeypatch, municipality_succession=("id", *PUBLISHED["municipality_succession"]))
    release(REBUILDS, "rebuilt")
    assert any("is filled" in sentence for sentence in filled.set_up())
    assert goes_on(filled)
    assert filled.in_register("SELECT count(*) FROM pg_replication_slots WHERE database = current_database()") == [(1,)]


def test_what_a_revision_changes_in_rows_arrives_once_through_the_replication(filled: Pair, release: Any) -> None:
    release(MOVES, "additive")
    assert filled.set_up() == []
    assert filled.applied()
    assert filled.in_replica("SELECT DISTINCT class_group FROM affiliation") == [("9.z",)]
    assert filled.in_replica("SELECT count(*) FROM person") == [(3,)]
    assert goes_on(filled)


@pytest.mark.parametrize("order", ["additive", "rebuilt"])
def test_a_replica_that_was_away_during_a_migration_is_brought_up_to_date_later(
    filled: Pair, release: Any, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(monkeypatch, affiliation=(*PUBLISHED["affiliation"], "room"))
    monkeypatch.setattr("adapters.replication.published.NOT_PUBLISHED", (*NOT_PUBLISHED, "lesson"))
    release(ADDS, order)
    setup.migrate_both(filled.who._replace(replicas=()), print)
    filled.register.execute("UPDATE affiliation SET room = '7', class_group = '8.b'")
    filled.set_up()
    assert goes_on(filled)


def test_a_revision_runs_first_where_it_says(filled: Pair, release: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[str, bool]] = []
    migrate = revisions.migrate

    def noting(place: str, revision: str, *, replica: bool) -> None:
        ran.append((revision, replica))
        migrate(place, revision, replica=replica)

    monkeypatch.setattr(revisions, "migrate", noting)
    release("    pass", "additive")
    release("    pass", "dropping")
    release("    pass", "additive")
    filled.set_up()
    assert ran == [("test1", True), ("test1", False), ("test2", False), ("test2", True), ("test3", True), ("test3", False)]


def test_an_order_that_is_none_is_refused_before_anything_runs(filled: Pair, release: Any) -> None:
    release("    pass", "sideways")
    with pytest.raises(ValueError, match="sideways"):
        filled.set_up()
