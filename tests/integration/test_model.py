"""The schema: migrations make exactly the model, and the database keeps its own rules."""

from datetime import UTC, datetime

import pytest
from alembic import command
from sqlalchemy.exc import IntegrityError

from core import codes
from core.database import Databases, migrate, migration_config
from tests.register import RIGA, Register, days, since

SCHOOL = "3013900002"
CLOSED = (datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 2, 1, tzinfo=UTC))


def test_upgrade_from_nothing_equals_the_model(database_url: str) -> None:
    command.check(migration_config(database_url))


def test_downgrade_and_upgrade_again_lead_to_the_same(database_url: str) -> None:
    configuration = migration_config(database_url)
    command.downgrade(configuration, "base")
    migrate(database_url)
    migrate(database_url)
    command.check(configuration)


def test_the_database_refuses_two_main_affiliations_at_a_time_and_allows_others_beside(register: Register) -> None:
    register.institution(SCHOOL)
    person = register.person("04051820016")
    register.learns(person, SCHOOL, days("2024-09-01", "2025-05-31"))
    register.learns(person, SCHOOL, days("2025-06-01"))
    register.learns(person, SCHOOL, days("2024-09-01"), main=False, programme="20V21101")
    register.learns(person, SCHOOL, days("2025-09-01"), status="DUB")
    register.learns(person, SCHOOL, days("2025-09-01"), recorded=since(*CLOSED))
    with pytest.raises(IntegrityError, match="ex_affiliation_one_main_at_a_time"):
        register.learns(person, SCHOOL, days("2025-05-31", "2025-05-31"))


def test_the_database_refuses_two_declared_residences_that_go_on(register: Register) -> None:
    person = register.person("04051820016")
    register.lives(person, RIGA, days("2018-05-04", "2024-01-01"))
    register.lives(person, RIGA, days("2020-01-01"), kind="stated")
    register.lives(person, RIGA, days("2024-01-02"))
    with pytest.raises(IntegrityError, match="uq_residence_one_declared"):
        register.lives(person, RIGA, days("2025-01-01"))


def test_a_code_belongs_to_one_person_for_ever_and_one_code_is_current(register: Register) -> None:
    register.person("04051820016", former=("32000000019",))
    with pytest.raises(IntegrityError, match="uq_identity_value"):
        register.person("32000000019")
    person = register.person("05061820014")
    with pytest.raises(IntegrityError, match="uq_identity_current_code"):
        register.execute("INSERT INTO identity (person_id, scheme, value) VALUES (:p, 'personal_code', '06071820012')", p=person)


def test_the_reader_cannot_write(databases: Databases) -> None:
    with databases.replica.begin() as session, pytest.raises(Exception, match="read-only transaction"):
        session.connection().exec_driver_sql("DELETE FROM code_value")


def test_loading_the_code_lists_again_changes_nothing(register: Register) -> None:
    counts = "SELECT (SELECT count(*) FROM code_value), (SELECT count(*) FROM municipality), (SELECT count(*) FROM territory)"
    before = register.execute(counts)
    register.codes()
    assert register.execute(counts) == before
    assert before[0][1] == 43
    assert set(codes.versions()) == {name for (name,) in register.execute("SELECT name FROM code_list")}


def test_latvian_order_is_that_of_the_alphabet(register: Register) -> None:
    words = "āda adata cirks čūska dīķis dižs ēvele ezis gulbis ģitāra īlens ķēde lūpa ļipa šūna žirafe"
    in_order = words.split()
    ordered = 'SELECT word FROM unnest(CAST(:words AS text[])) word ORDER BY latvian_sort_key(word) COLLATE "C"'
    assert [row[0] for row in register.execute(ordered, words=in_order[::-1])] == in_order
