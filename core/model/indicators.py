"""Indicators of use (pakalpojumu izmantošanas rādītāji): a year's figures as they were counted, each revision beside the others."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, ForeignKeyConstraint, Integer, SmallInteger
from sqlalchemy.dialects.postgresql import ARRAY, JSON
from sqlalchemy.orm import Mapped, mapped_column

from core.model.table import Table


def _of_a_revision(table: str) -> ForeignKeyConstraint:
    columns = ["year", "revision"]
    return ForeignKeyConstraint(columns, [f"indicator_year.{name}" for name in columns], f"fk_{table}_year_revision", ondelete="CASCADE")


class IndicatorYear(Table):
    """One count of a year (gada rādītāji): revision 0 is provisional and is counted anew, those from 1 on are frozen.

    `until` is the instant before which calls count; `definitions` says by which definitions, `program` by which version of the program.
    """

    __tablename__ = "indicator_year"

    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    counted_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    until: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    reason: Mapped[str]
    definitions: Mapped[str]
    program: Mapped[str]


class IndicatorMonth(Table):
    """How complete the log was in a month (žurnāla pilnība): hours that have passed, were complete, in which nothing ran; calls lost.

    `gaps` are the times that are not complete: from, to, why.
    """

    __tablename__ = "indicator_month"
    __table_args__ = (_of_a_revision("indicator_month"),)

    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    month: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    hours: Mapped[int] = mapped_column(Integer)
    complete: Mapped[int] = mapped_column(Integer)
    idle: Mapped[int] = mapped_column(Integer)
    lost: Mapped[int] = mapped_column(BigInteger)
    gaps: Mapped[list[Any]] = mapped_column(JSON)


class IndicatorFigure(Table):
    """Calls of one operation by one consumer over one channel in one month (rādītājs).

    `buckets` and `counts` are how long the calls took, as a histogram (core.indicators.durations): it adds up, as a median does not.
    """

    __tablename__ = "indicator_figure"
    __table_args__ = (_of_a_revision("indicator_figure"),)

    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    service: Mapped[str] = mapped_column(primary_key=True)
    operation: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    client: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    calls: Mapped[int] = mapped_column(BigInteger)
    answered: Mapped[int] = mapped_column(BigInteger)
    refused: Mapped[int] = mapped_column(BigInteger)
    failed: Mapped[int] = mapped_column(BigInteger)
    duration_us: Mapped[int] = mapped_column(BigInteger)
    request_bytes: Mapped[int] = mapped_column(BigInteger)
    answer_bytes: Mapped[int] = mapped_column(BigInteger)
    persons: Mapped[int] = mapped_column(BigInteger)
    buckets: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    counts: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))


class IndicatorReason(Table):
    """Why calls were refused or failed (atteikumu un kļūmju iemesls), by stable code."""

    __tablename__ = "indicator_reason"
    __table_args__ = (_of_a_revision("indicator_reason"),)

    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    service: Mapped[str] = mapped_column(primary_key=True)
    operation: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    client: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    outcome: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    calls: Mapped[int] = mapped_column(BigInteger)
