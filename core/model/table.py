"""The mapped root, the column types that recur, and the two times.

Valid time (`valid`) says when a fact holds in the world, to the day; a period holds on its first and its last day. Recorded time
(`recorded`) says when the register knew it, to the instant; a correction closes the recorded range of a row and adds a row. Current rows
are those with an open recorded range, and every constraint between rows looks at them only.
"""

from datetime import date, datetime
from typing import Annotated

from sqlalchemy import BigInteger, DateTime, Identity, MetaData, Sequence, Text, text
from sqlalchemy.dialects.postgresql import DATERANGE, TSTZRANGE, Range
from sqlalchemy.orm import DeclarativeBase, MappedColumn, mapped_column

CURRENT = text("upper_inf(recorded)")
WITHDRAWN = text("withdrawn_by IS NOT NULL")

Key = Annotated[int, mapped_column(BigInteger, Identity(always=False), primary_key=True)]
Valid = Annotated[Range[date], mapped_column(DATERANGE)]
Recorded = Annotated[Range[datetime], mapped_column(TSTZRANGE, server_default=text("tstzrange(now(), NULL)"))]
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=text("now()"))]


class Table(DeclarativeBase):
    """What every mapped class is."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {str: Text}  # noqa: RUF012 - SQLAlchemy reads it as is


def entry_id(table: str) -> MappedColumn[int]:
    """The number under which consumers know a row: the same for all its versions, whose ids differ."""
    return mapped_column(BigInteger, Sequence(f"{table}_entry", metadata=Table.metadata), server_default=text(f"nextval('{table}_entry')"))
