"""The operational log (darbības žurnāls): who called what, how it ended, how long it took; never what was said, nor about whom."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from core.model.table import Key, Table


class ServiceCall(Table):
    """One call of an operation (pakalpojuma izsaukums); service and operation are the contract's names, empty when they are not known."""

    __tablename__ = "service_call"
    __table_args__ = (
        CheckConstraint("channel IN ('soap', 'message', 'rest')", name="channel"),
        CheckConstraint("outcome IN ('answered', 'refused', 'failed')", name="outcome"),
        # Rows come in the order of time: a hundred bytes of index say where a month is, and an insert costs nothing.
        Index(
            "ix_service_call_started_at",
            "started_at",
            postgresql_using="brin",
            postgresql_with={"pages_per_range": 32, "autosummarize": True},
        ),
    )

    id: Mapped[Key]
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    channel: Mapped[str]
    service: Mapped[str]
    operation: Mapped[str]
    version: Mapped[str]
    client: Mapped[str | None]
    outcome: Mapped[str]
    code: Mapped[str | None]
    duration_us: Mapped[int] = mapped_column(Integer)
    request_bytes: Mapped[int] = mapped_column(Integer)
    answer_bytes: Mapped[int] = mapped_column(Integer)
    persons: Mapped[int] = mapped_column(Integer)
    message_id: Mapped[str | None]


class CallWriter(Table):
    """A process that writes calls (žurnāla rakstītājs): `ended_at` stands when it ended in order, with nothing left unwritten."""

    __tablename__ = "call_writer"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class CallHour(Table):
    """How many calls of an hour (UTC) a writer wrote and lost (žurnāla pilnīgums)."""

    __tablename__ = "call_hour"

    hour: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    writer: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    written: Mapped[int] = mapped_column(BigInteger)
    lost: Mapped[int] = mapped_column(BigInteger)
