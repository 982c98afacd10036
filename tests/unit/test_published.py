"""What leaves the register: every table and every column of the model is listed, and what must stay stays."""

from adapters.replication.published import COMPUTED, NOT_PUBLISHED, PUBLISHED, WITHHELD
from core.model import Table

TABLES = Table.metadata.tables


def test_every_table_is_either_published_or_listed_as_one_that_is_not() -> None:
    assert sorted([*PUBLISHED, *NOT_PUBLISHED]) == sorted(TABLES), "a new table belongs into adapters/replication/published.py"


def test_every_column_of_a_published_table_is_published_withheld_or_computed() -> None:
    for table, columns in PUBLISHED.items():
        listed = sorted([*columns, *WITHHELD.get(table, ()), *COMPUTED.get(table, ())])
        assert listed == sorted(column.name for column in TABLES[table].columns), f"{table}: see adapters/replication/published.py"
        assert set(COMPUTED.get(table, ())) == {column.name for column in TABLES[table].columns if column.computed is not None}


def test_every_published_table_is_published_with_its_primary_key() -> None:
    for table, columns in PUBLISHED.items():
        key = [column.name for column in TABLES[table].primary_key]
        assert key, table
        assert set(key) <= set(columns), table


def test_who_sent_a_row_where_somebody_lives_and_who_was_told_never_leave() -> None:
    assert {"access_grant", "disclosure", "submission", "submission_refusal", "import_run", "import_refusal"} <= set(NOT_PUBLISHED)
    assert {"change", "holding", "municipal_feed"} <= set(NOT_PUBLISHED)
    assert {"held_result", "applicant", "outbox_message", "recall", "recall_recipient"} <= set(NOT_PUBLISHED), (
        "nor a result before its time"
    )
    assert "address" not in PUBLISHED["residence"]
    for table, columns in PUBLISHED.items():
        assert not {"sender", "sender_key", "author", "withdrawn_by"} & set(columns), table
