"""Import runs (importi) and what they refused."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Integer, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.model.table import Instant, Key, Table


class ImportRun(Table):
    """One import (importa izpilde): which children were asked for, how far it came, what it did."""

    __tablename__ = "import_run"
    __table_args__ = (
        CheckConstraint("state IN ('running', 'complete')", name="state"),
        Index(
            "uq_import_run_unfinished",
            "source",
            "born_from",
            "born_to",
            unique=True,
            postgresql_where=text("state = 'running'"),
        ),
    )

    id: Mapped[Key]
    source: Mapped[str]
    born_from: Mapped[date]
    born_to: Mapped[date]
    state: Mapped[str] = mapped_column(server_default="running")
    cursor: Mapped[str | None]
    pages: Mapped[int] = mapped_column(Integer, server_default="0")
    received: Mapped[int] = mapped_column(Integer, server_default="0")
    created: Mapped[int] = mapped_column(Integer, server_default="0")
    changed: Mapped[int] = mapped_column(Integer, server_default="0")
    unchanged: Mapped[int] = mapped_column(Integer, server_default="0")
    refused: Mapped[int] = mapped_column(Integer, server_default="0")
    warned: Mapped[int] = mapped_column(Integer, server_default="0")
    started_at: Mapped[Instant]
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ImportRefusal(Table):
    """A record that was not taken over (atteikts ieraksts), kept as it came, with the rule it breaks."""

    __tablename__ = "import_refusal"

    id: Mapped[Key]
    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"), index=True)
    page: Mapped[int] = mapped_column(Integer)
    position: Mapped[int] = mapped_column(Integer)
    code: Mapped[str]
    reason: Mapped[str]
    record: Mapped[dict[str, Any]] = mapped_column(JSONB)
    refused_at: Mapped[Instant]
