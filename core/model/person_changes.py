"""Changes that the population register tells of (iedzīvotāju reģistra izmaiņas), kept as they came."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, DateTime, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from core.model.table import Instant, Key, Table


class PersonChange(Table):
    """One change (personas datu izmaiņa) by its position in the population register: stored first, applied in order per person.

    `codes` are all codes that it names of its person: changes that share one wait for each other. `record` is the change as it came;
    `repaired` stands in its place once somebody has mended it.
    """

    __tablename__ = "person_change"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'applied', 'failed')", name="state"),
        Index("ix_person_change_open", "position", postgresql_where=text("state IN ('pending', 'failed')")),
        Index("ix_person_change_codes", "codes", postgresql_using="gin"),
    )

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str]
    occurred_on: Mapped[str | None]
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


class Reconciliation(Table):
    """A child in whom the quarterly list and the changes disagreed (saraksta un izmaiņu pretruna); what the list says was taken."""

    __tablename__ = "reconciliation"
    __table_args__ = (Index("ix_reconciliation_run_id", "run_id"),)

    id: Mapped[Key]
    run_id: Mapped[int] = mapped_column(BigInteger)
    person_id: Mapped[int] = mapped_column(BigInteger)
    field: Mapped[str]
    last_position: Mapped[int | None] = mapped_column(BigInteger)
    list_as_of: Mapped[date | None] = mapped_column(Date)
    found_at: Mapped[Instant]
