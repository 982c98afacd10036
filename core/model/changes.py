"""The change feed (izmaiņu plūsma): who may hold what, what changed, and in which order it was committed.

`audience` is whoever an event is for: the ATVK code of a municipality, the number of an institution, `public` for what everybody may
hold, or nothing when only those who may hold everything get it.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, DateTime, Identity, Index, Numeric, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from core.model.table import Instant, Key, Table


class _Event:
    """What a change says, before and after it has its position.

    `content` are the entry's values in the order of the message, `health` those that need the right to health data. The hashes are of the
    entry as it is now (absent when it is gone) and as it was before; `foremost` marks the one event of a change that those get who may hold
    everything.
    """

    audience: Mapped[str]
    institution: Mapped[str | None]
    entity: Mapped[str]
    entry_id: Mapped[int | None] = mapped_column(BigInteger)
    version: Mapped[int | None] = mapped_column(BigInteger)
    person_id: Mapped[int | None] = mapped_column(BigInteger)
    kind: Mapped[str]
    changed_at: Mapped[Instant]
    holders: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    foremost: Mapped[bool] = mapped_column(Boolean)
    held_before: Mapped[bool] = mapped_column(Boolean)
    hash: Mapped[int | None] = mapped_column(BigInteger)
    full_hash: Mapped[int | None] = mapped_column(BigInteger)
    before_hash: Mapped[int | None] = mapped_column(BigInteger)
    before_full_hash: Mapped[int | None] = mapped_column(BigInteger)
    content: Mapped[list[str | None] | None] = mapped_column(ARRAY(TEXT))
    health: Mapped[list[str | None] | None] = mapped_column(ARRAY(TEXT))

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805 - SQLAlchemy calls it on the class
        return (CheckConstraint("kind IN ('upsert', 'remove', 'lostAccess', 'keyChange', 'merge', 'separate')", name="kind"),)


class Change(_Event, Table):
    """A change that has no position yet (izmaiņa): written in the transaction that made it, and gone when it is numbered."""

    __tablename__ = "change"

    id: Mapped[Key]
    xid: Mapped[int] = mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint"))


class FeedEvent(_Event, Table):
    """A committed change with its position (notikums): consecutive numbers, given by one sequencer, replicated like any row."""

    __tablename__ = "feed_event"

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805 - SQLAlchemy calls it on the class
        return (
            CheckConstraint("kind IN ('upsert', 'remove', 'lostAccess', 'keyChange', 'merge', 'separate')", name="kind"),
            Index("ix_feed_event_audience", "audience", "position"),
            Index("ix_feed_event_institution", "institution", "position", postgresql_where=text("foremost")),
        )

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class Holding(Table):
    """An entry that a municipality may hold a copy of (pašvaldībai pieejams ieraksts); kept by the code that writes its feed events."""

    __tablename__ = "holding"

    entry_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entity: Mapped[str] = mapped_column(primary_key=True)
    municipality: Mapped[str] = mapped_column(primary_key=True)
    institution: Mapped[str | None]
    version: Mapped[int] = mapped_column(BigInteger)
    person_id: Mapped[int | None] = mapped_column(BigInteger)
    hash: Mapped[int] = mapped_column(BigInteger)
    full_hash: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[list[str | None]] = mapped_column(ARRAY(TEXT))
    health: Mapped[list[str | None] | None] = mapped_column(ARRAY(TEXT))


class Checkpoint(Table):
    """How much an audience holds of an entity at a position (kontrolpunkts): rows, and the sum of their hashes. `*` holds everything."""

    __tablename__ = "checkpoint"

    audience: Mapped[str] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
    rows: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[int] = mapped_column(Numeric(40, 0))
    full_hash: Mapped[int] = mapped_column(Numeric(40, 0))


class FeedState(Table):
    """Where the feed is (plūsmas stāvoklis), in one row: its last position, where it was shortened, until when days were looked at."""

    __tablename__ = "feed_state"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    head: Mapped[int] = mapped_column(BigInteger, server_default="0")
    floor: Mapped[int] = mapped_column(BigInteger, server_default="0")
    generation: Mapped[int] = mapped_column(BigInteger, server_default="0")
    swept_on: Mapped[date | None] = mapped_column(Date)
    complete: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))


class Heartbeat(Table):
    """The register's clock (sirdspuksts), in one row: when a replica shows it, everything committed before is there too."""

    __tablename__ = "heartbeat"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class MunicipalFeed(Table):
    """A municipality's own database (pašvaldības datubāze) on the replica's side, and who may enter it."""

    __tablename__ = "municipal_feed"

    name: Mapped[str] = mapped_column(primary_key=True)
    municipality: Mapped[str]
    health: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    purpose: Mapped[str]
    legal_basis: Mapped[str]
    added_at: Mapped[Instant]
    removed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
