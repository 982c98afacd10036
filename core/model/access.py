"""Grants (piekļuves tiesības) and who proposed and confirmed them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from core.model.table import Instant, Key, Table, Valid


class AccessGrant(Table):
    """What one client may do (piekļuves tiesība): an operation, whose data, which extra rights and fields, why, how long.

    Never changed and never deleted; whether it is in force follows from its changes (the view `access_granted`). `fields` is the list that
    was asked for, NULL for everything; `allowed` every path that this came to on the day of the proposal. What a schema gains later is on
    no list. NULL in `allowed` is a grant of an earlier release that is not in force until its list is written.
    `hidden_days`: for so long the law keeps from a person that it was asked about by it.
    """

    __tablename__ = "access_grant"
    __table_args__ = (CheckConstraint("scope IN ('everything', 'municipalities', 'institutions', 'persons', 'own')", name="scope"),)

    id: Mapped[Key]
    client: Mapped[str] = mapped_column(index=True)
    operation: Mapped[str]
    scope: Mapped[str]
    scope_values: Mapped[list[str]] = mapped_column(ARRAY(TEXT), server_default="{}")
    rights: Mapped[list[str]] = mapped_column(ARRAY(TEXT), server_default="{}")
    fields: Mapped[list[str] | None] = mapped_column(ARRAY(TEXT))
    purpose: Mapped[str]
    legal_basis: Mapped[str]
    valid: Mapped[Valid]
    hidden_days: Mapped[int | None]
    allowed: Mapped[list[str] | None] = mapped_column(ARRAY(TEXT))


class AccessChange(Table):
    """A change of rights (tiesību maiņa): a grant, or its end (revoke), proposed by one user, confirmed or rejected by another.

    Beside the name that a user gave stands the operating system's login. Who proposed may reject, which takes the proposal back.
    """

    __tablename__ = "access_change"
    __table_args__ = (
        CheckConstraint("kind IN ('grant', 'revoke')", name="kind"),
        CheckConstraint("outcome IN ('confirmed', 'rejected')", name="outcome"),
        CheckConstraint("num_nonnulls(outcome, decided_at, decided_by, decided_login) IN (0, 4)", name="decided"),
        CheckConstraint("outcome IS DISTINCT FROM 'confirmed' OR lower(decided_by) <> lower(proposed_by)", name="two_users"),
        Index("uq_access_change", "grant_id", "kind", unique=True, postgresql_where=text("outcome IS DISTINCT FROM 'rejected'")),
        Index("ix_access_change_open", "id", postgresql_where=text("outcome IS NULL")),
    )

    id: Mapped[Key]
    grant_id: Mapped[int] = mapped_column(ForeignKey("access_grant.id"))
    kind: Mapped[str]
    reason: Mapped[str | None]
    proposed_at: Mapped[Instant]
    proposed_by: Mapped[str]
    proposed_login: Mapped[str]
    outcome: Mapped[str | None]
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decided_by: Mapped[str | None]
    decided_login: Mapped[str | None]
    decided_reason: Mapped[str | None]
