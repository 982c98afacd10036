"""Changes that the population register tells of (iedzīvotāju reģistra izmaiņas), kept as they came."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, DateTime, Index, Integer, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from core.model.table import Instant, Key, Table


class PersonChange(Table):
    """One change (personas datu izmaiņa) by its position in the population register: stored first, applied in order per person.

    `codes` are all codes that it names of its person: changes that share one wait for each other. `record` is the change as it came;
    `repaired` stands in its place once somebody has mended it. It was recorded on `not_before` or later: the youngest day in the changes up
    to it, which come in the order of their recording. One is superseded when a newer list has told of the person before it was applied.
    """

    __tablename__ = "person_change"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'applied', 'failed', 'superseded')", name="state"),
        Index("ix_person_change_open", "position", postgresql_where=text("state IN ('pending', 'failed')")),
    )

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str]
    occurred_on: Mapped[str | None]
    not_before: Mapped[date]
    codes: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    record: Mapped[dict[str, Any]] = mapped_column(JSONB)
    repaired: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(server_default="pending")
    code: Mapped[str | None]
    reason: Mapped[str | None]
    received_at: Mapped[Instant]
    applied_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ChangeSource(Table):
    """How far the changes of a source were read (izmaiņu avots): where to go on."""

    __tablename__ = "change_source"

    name: Mapped[str] = mapped_column(primary_key=True)
    cursor: Mapped[str | None]
    read_at: Mapped[Instant]


class LastChange(Table):
    """The last applied change in which a code was named (pēdējā izmaiņa): how an import of the list finds whom changes told of."""

    __tablename__ = "last_change"

    code: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)


class ListPage(Table):
    """Of whom a page of the children's list told, and as of when (saraksta lapa): what comes late is not put over it."""

    __tablename__ = "list_page"

    run_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    page: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    as_of: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    people: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))


class Reconciliation(Table):
    """A field in which the list and the changes disagreed (saraksta un izmaiņu pretruna), not its value; `taken`: which one stands."""

    __tablename__ = "reconciliation"
    __table_args__ = (
        CheckConstraint("taken IN ('list', 'change')", name="taken"),
        Index("uq_reconciliation_field", "run_id", "person_id", "field", unique=True),
    )

    id: Mapped[Key]
    run_id: Mapped[int] = mapped_column(BigInteger)
    person_id: Mapped[int] = mapped_column(BigInteger)
    field: Mapped[str]
    last_position: Mapped[int | None] = mapped_column(BigInteger)
    list_as_of: Mapped[date | None] = mapped_column(Date)
    taken: Mapped[str]
    found_at: Mapped[Instant]
