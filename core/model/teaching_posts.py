"""Teaching posts (pedagogu amati)."""

from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from core.model.table import CURRENT, WITHDRAWN, Key, Recorded, Table, Valid, entry_id


class TeachingPost(Table):
    """A post that a teacher holds (pedagoga amats) with a load (likme), at an institution, for a period."""

    __tablename__ = "teaching_post"
    __table_args__ = (
        CheckConstraint("load > 0 AND load <= 2", name="load"),
        Index("ix_teaching_post_identity_id", "identity_id"),
        Index("ix_teaching_post_institution", "institution"),
        Index("ix_teaching_post_withdrawn", "sender", "sender_key", "id", postgresql_where=WITHDRAWN),
        Index("uq_teaching_post_entry_id", "entry_id", unique=True, postgresql_where=CURRENT),
        Index("uq_teaching_post_sender_key", "sender", "sender_key", unique=True, postgresql_where=CURRENT),
    )

    id: Mapped[Key]
    entry_id: Mapped[int] = entry_id("teaching_post")
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"))
    institution: Mapped[str] = mapped_column(ForeignKey("institution.registration_number"))
    post: Mapped[str]
    load: Mapped[Decimal] = mapped_column(Numeric(4, 3))
    sender: Mapped[str]
    sender_key: Mapped[str]
    # The client that wrote this version, when it was not the sender.
    author: Mapped[str | None]
    # The client that withdrew the entry: of the version that was its last one.
    withdrawn_by: Mapped[str | None]
    valid: Mapped[Valid]
    recorded: Mapped[Recorded]
