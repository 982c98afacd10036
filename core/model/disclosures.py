"""Disclosures (datu izsniegšanas žurnāls), and the chain that seals them."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from core.model.table import Instant, Key, Table


class DisclosureRow(Table):
    """One answer about people (izsniegtie dati): who was told, on what basis, about whom; never what was told.

    `xid` is the transaction that wrote the row, by which the sealer finds what it has not seen; rows from before the chain have 0.
    """

    __tablename__ = "disclosure"
    __table_args__ = (
        # fastupdate keeps the insert of a thousand ids off the index tree until vacuum or the pending list's limit
        Index("ix_disclosure_persons", "persons", postgresql_using="gin", postgresql_with={"fastupdate": True}),
        Index("ix_disclosure_message_id", "message_id"),
        Index("ix_disclosure_xid", "xid"),
        Index("ix_disclosure_replica", "message_id", postgresql_where=text("operation = 'replica'")),
    )

    id: Mapped[Key]
    disclosed_at: Mapped[Instant]
    message_id: Mapped[str]
    client: Mapped[str]
    user_id: Mapped[str | None]
    on_behalf_of: Mapped[str | None]
    issue: Mapped[str | None]
    operation: Mapped[str]
    purpose: Mapped[str]
    legal_basis: Mapped[str]
    data_as_of: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    outcome: Mapped[str]
    persons: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    row_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hidden_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    xid: Mapped[int] = mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint"))


class DisclosureSeal(Table):
    """The place of a disclosure in the chain (žurnāla ķēde): places are consecutive, each hash covers the one before.

    `row_hash` is what the writer of the row said it was; the hash of the row as it is now has to be the same.
    """

    __tablename__ = "disclosure_seal"
    __table_args__ = (Index("uq_disclosure_seal_disclosure_id", "disclosure_id", unique=True),)

    place: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    disclosure_id: Mapped[int] = mapped_column(BigInteger)
    row_hash: Mapped[bytes] = mapped_column(LargeBinary)
    chain_hash: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_at: Mapped[Instant]


class DisclosureChain(Table):
    """Where the chain ends (ķēdes gals), in one row, and the snapshot whose rows are all in it."""

    __tablename__ = "disclosure_chain"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(BigInteger)
    chain_hash: Mapped[bytes] = mapped_column(LargeBinary)
    snapshot: Mapped[str | None]


class DisclosureCheckpoint(Table):
    """What stands for the beginning of the chain that was removed (kontrolpunkts), signed by the service's key."""

    __tablename__ = "disclosure_checkpoint"

    place: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    chain_hash: Mapped[bytes] = mapped_column(LargeBinary)
    rows: Mapped[int] = mapped_column(BigInteger)
    before: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    made_at: Mapped[Instant]
    signed_by: Mapped[str]
    signature: Mapped[bytes] = mapped_column(LargeBinary)
