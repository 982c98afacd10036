"""Achievements handed on (izsniegtie sasniegumi): applicants, messages to admission systems, values that were told and then changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, Integer, text
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.orm import Mapped, mapped_column

from core.model.table import Instant, Key, Table

UNDELIVERED = text("state IN ('waiting', 'dead')")


class Applicant(Table):
    """Who applies in a campaign (uzņemšanas pretendents): what is new of that person is sent to the client that registered it."""

    __tablename__ = "applicant"
    __table_args__ = (
        Index("uq_applicant", "client", "campaign", "identity_id", unique=True, postgresql_where=text("withdrawn_at IS NULL")),
        Index("ix_applicant_identity_id", "identity_id", postgresql_where=text("withdrawn_at IS NULL")),
    )

    id: Mapped[Key]
    client: Mapped[str]
    campaign: Mapped[str]
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"))
    registered_at: Mapped[Instant]
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Recall(Table):
    """A value that was told and then changed (paziņotas vērtības labojums): the entry, both versions, why.

    `entity` is examResult or educationDocument; `new_version` is absent when the entry was withdrawn. `old_since` is when the old version
    came to be known: whoever was told the person's achievements from then on was told it.
    """

    __tablename__ = "recall"
    __table_args__ = (
        CheckConstraint("entity IN ('examResult', 'educationDocument')", name="entity"),
        Index("ix_recall_corrected_at", "corrected_at"),
    )

    id: Mapped[Key]
    entity: Mapped[str]
    entry_id: Mapped[int] = mapped_column(BigInteger)
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"))
    old_version: Mapped[int] = mapped_column(BigInteger)
    new_version: Mapped[int | None] = mapped_column(BigInteger)
    old_since: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    reason: Mapped[str]
    corrected_at: Mapped[Instant]


class RecallRecipient(Table):
    """Who was told the old value and must acknowledge the new one (labojuma saņēmējs): by a message, or by an event of the feed."""

    __tablename__ = "recall_recipient"
    __table_args__ = (
        CheckConstraint("via IN ('message', 'feed')", name="via"),
        CheckConstraint("outcome IN ('accepted', 'rejected')", name="outcome"),
        Index("uq_recall_recipient", "recall_id", "client", unique=True),
        Index("uq_recall_recipient_message_id", "message_id", unique=True),
        Index("ix_recall_recipient_open", "client", "id", postgresql_where=text("outcome IS DISTINCT FROM 'accepted'")),
    )

    id: Mapped[Key]
    recall_id: Mapped[int] = mapped_column(ForeignKey("recall.id"))
    client: Mapped[str]
    via: Mapped[str]
    message_id: Mapped[str]
    told_at: Mapped[Instant]
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    outcome: Mapped[str | None]
    note: Mapped[str | None]


class OutboxMessage(Table):
    """A message on its way to an admission system (izejošais ziņojums): written with the change it tells of, done with a receipt.

    `content` is what it says, ready to be written as XML. A message whose delivery is under way is leased until `leased_until`; one that
    cannot be delivered is dead until somebody repairs it, sends it again or drops it. Messages about a person go in the order of their ids.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        CheckConstraint("kind IN ('personAchievements', 'correction', 'completeness')", name="kind"),
        CheckConstraint("state IN ('waiting', 'done', 'dead', 'dropped')", name="state"),
        CheckConstraint("(state = 'done') = (receipt IS NOT NULL)", name="receipt"),
        Index("uq_outbox_message_message_id", "message_id", unique=True),
        Index("ix_outbox_message_due", "due_at", "id", postgresql_where=text("state = 'waiting'")),
        Index("ix_outbox_message_person_id", "client", "person_id", "id", postgresql_where=UNDELIVERED),
        Index("ix_outbox_message_told", "person_id", "created_at"),
        Index("ix_outbox_message_dead", "id", postgresql_where=text("state = 'dead'")),
    )

    id: Mapped[Key]
    message_id: Mapped[str] = mapped_column(server_default=text("gen_random_uuid()::text"))
    kind: Mapped[str]
    client: Mapped[str]
    campaign: Mapped[str | None]
    person_id: Mapped[int | None] = mapped_column(BigInteger)
    recall_id: Mapped[int | None] = mapped_column(ForeignKey("recall.id"))
    content: Mapped[list[Any]] = mapped_column(JSON)
    created_at: Mapped[Instant]
    state: Mapped[str] = mapped_column(server_default="waiting")
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    due_at: Mapped[Instant]
    leased_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    failure: Mapped[str | None]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    receipt: Mapped[list[Any] | None] = mapped_column(JSON)
