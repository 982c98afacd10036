"""Submissions (iesniegtie ziņojumi): what senders sent, what became of it, what was refused and why."""

from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary
from sqlalchemy.dialects.postgresql import JSON, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.model.table import Instant, Key, Table


class Submission(Table):
    """One message that wrote (iesniegums), by its sender's key; the same message again is answered with `answer`."""

    __tablename__ = "submission"
    __table_args__ = (
        Index("uq_submission_batch_key", "client", "batch_key", unique=True),
        Index("ix_submission_client_received_at", "client", "received_at", "id"),
    )

    id: Mapped[Key]
    client: Mapped[str]
    operation: Mapped[str]
    batch_key: Mapped[str]
    body_hash: Mapped[bytes] = mapped_column(LargeBinary)
    user_id: Mapped[str | None]
    message_id: Mapped[str]
    received_at: Mapped[Instant]
    received: Mapped[int] = mapped_column(Integer, server_default="0")
    accepted: Mapped[int] = mapped_column(Integer, server_default="0")
    unchanged: Mapped[int] = mapped_column(Integer, server_default="0")
    rejected: Mapped[int] = mapped_column(Integer, server_default="0")
    answer: Mapped[list[Any] | None] = mapped_column(JSON)


class SubmissionRefusal(Table):
    """An item that was not taken (atteikta vienība), as it came, with the code of its refusal."""

    __tablename__ = "submission_refusal"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    sender_key: Mapped[str | None]
    code: Mapped[str]
    reason: Mapped[str]
    item: Mapped[dict[str, Any]] = mapped_column(JSONB)
