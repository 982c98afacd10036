"""Cases of non-studying children (nemācošo bērnu lietas): what holds now, what was known before, what was done, and who is to do it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, DateTime, ForeignKey, Index, Integer, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.model.table import CURRENT, Instant, Key, Recorded, Table, Valid


class ChildCase(Table):
    """A child's case (nemācošā bērna lieta): it hangs on the code by which the child was known, so merging and separating move it along."""

    __tablename__ = "child_case"
    __table_args__ = (Index("ix_child_case_identity_id", "identity_id"),)

    id: Mapped[Key]
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"))
    created_at: Mapped[Instant]


class CaseVersion(Table):
    """What holds of a case (lietas versija) for as long as the register knew it: whose it is, why it is there, its search status.

    `municipality` answers for the case; `offered_to` sees it too until the hand-over is answered. `state` is active or closed; `closing`
    says why it closed. A status without `status` is "no status entered".
    """

    __tablename__ = "case_version"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'closed')", name="state"),
        CheckConstraint("(state = 'closed') = (closing IS NOT NULL)", name="closing"),
        CheckConstraint(
            "reason IN ('never_enrolled', 'left_unknown', 'transfer_unconfirmed', 'non_qualifying_only', 'suspended_too_long')",
            name="reason",
        ),
        Index("uq_case_version_current", "case_id", unique=True, postgresql_where=CURRENT),
        Index("ix_case_version_case_id", "case_id"),
        # A municipality's work list in the order of its cases: a page far behind costs what the first one costs.
        Index("ix_case_version_municipality", "municipality", "case_id", postgresql_where=text("upper_inf(recorded) AND state = 'active'")),
        Index(
            "ix_case_version_offered_to", "offered_to", "case_id", postgresql_where=text("upper_inf(recorded) AND offered_to IS NOT NULL")
        ),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("child_case.id"))
    municipality: Mapped[str] = mapped_column(ForeignKey("municipality.code"))
    offered_to: Mapped[str | None] = mapped_column(ForeignKey("municipality.code"))
    state: Mapped[str]
    reason: Mapped[str]
    opened_on: Mapped[date] = mapped_column(Date)
    closed_on: Mapped[date | None] = mapped_column(Date)
    closing: Mapped[str | None]
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("child_case.id"))
    status: Mapped[str | None]
    status_since: Mapped[date | None] = mapped_column(Date)
    # The day on which somebody last stood by the status, with evidence or by saying it again.
    status_confirmed_on: Mapped[date | None] = mapped_column(Date)
    status_expires_on: Mapped[date | None] = mapped_column(Date)
    status_evidence: Mapped[str | None]
    escalated_on: Mapped[date | None] = mapped_column(Date)
    escalation: Mapped[str | None]
    recorded: Mapped[Recorded]


class CaseEvent(Table):
    """Something that happened in a case (lietas notikums), by whom, when: opened, closed, a status, a measure, a hand-over."""

    __tablename__ = "case_event"
    __table_args__ = (Index("ix_case_event_case_id", "case_id"),)

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("child_case.id"))
    at: Mapped[Instant]
    kind: Mapped[str]
    municipality: Mapped[str | None]
    client: Mapped[str | None]
    user_id: Mapped[str | None]
    # A status, a kind of measure, a reason or a municipality, by the kind of event.
    value: Mapped[str | None]
    on_day: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str | None]


class HandOver(Table):
    """A case on its way from one municipality to another (lietas nodošana): offered, then accepted, returned or fallen back."""

    __tablename__ = "hand_over"
    __table_args__ = (
        CheckConstraint("outcome IN ('accepted', 'returned', 'fallback')", name="outcome"),
        Index("ix_hand_over_case_id", "case_id"),
        Index("uq_hand_over_open", "case_id", unique=True, postgresql_where=text("outcome IS NULL")),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("child_case.id"))
    from_municipality: Mapped[str] = mapped_column(ForeignKey("municipality.code"))
    to_municipality: Mapped[str] = mapped_column(ForeignKey("municipality.code"))
    reason: Mapped[str | None]
    offered_at: Mapped[Instant]
    offered_by: Mapped[str | None]
    due_on: Mapped[date] = mapped_column(Date)
    outcome: Mapped[str | None]
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    answered_by: Mapped[str | None]
    answer_reason: Mapped[str | None]


class CaseDeadline(Table):
    """How many days a municipality gives itself for a step (soļa termiņš), in place of the usual number of the list case_rules."""

    __tablename__ = "case_deadline"
    __table_args__ = (CheckConstraint("days > 0", name="days"),)

    municipality: Mapped[str] = mapped_column(ForeignKey("municipality.code"), primary_key=True)
    step: Mapped[str] = mapped_column(primary_key=True)
    days: Mapped[int] = mapped_column(Integer)


class RefreshRun(Table):
    """One run of the refresh (reģistra aktualizācija): for which day, and what it changed."""

    __tablename__ = "refresh_run"
    __table_args__ = (Index("uq_refresh_run_quarter", "quarter_on", unique=True, postgresql_where=text("quarter_on IS NOT NULL")),)

    id: Mapped[Key]
    on_day: Mapped[date] = mapped_column(Date)
    # The statutory day that this run fulfils; each is fulfilled once.
    quarter_on: Mapped[date | None] = mapped_column(Date)
    ran_at: Mapped[Instant]
    counts: Mapped[dict[str, int]] = mapped_column(JSONB)


class Exemption(Table):
    """That a child is exempt from the duty for a period (atbrīvojums no obligātās izglītības), by whose decision."""

    __tablename__ = "exemption"
    __table_args__ = (
        Index("ix_exemption_identity_id", "identity_id", postgresql_where=CURRENT),
        Index("uq_exemption_sender_key", "sender", "sender_key", unique=True, postgresql_where=CURRENT),
    )

    id: Mapped[Key]
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"))
    ground: Mapped[str]
    decision_number: Mapped[str]
    decided_on: Mapped[date] = mapped_column(Date)
    decided_by: Mapped[str]
    municipality: Mapped[str | None] = mapped_column(ForeignKey("municipality.code"))
    sender: Mapped[str]
    sender_key: Mapped[str]
    valid: Mapped[Valid]
    recorded: Mapped[Recorded]


class AbsenceReport(Table):
    """Unexcused absence beyond the limit (neattaisnoti kavējumi), as the school told the municipality (MK 89/2011)."""

    __tablename__ = "absence_report"
    __table_args__ = (Index("ix_absence_report_identity_id", "identity_id"),)

    id: Mapped[Key]
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"))
    institution: Mapped[str] = mapped_column(ForeignKey("institution.registration_number"))
    municipality: Mapped[str | None] = mapped_column(ForeignKey("municipality.code"))
    absent_from: Mapped[date] = mapped_column(Date)
    absent_to: Mapped[date] = mapped_column(Date)
    lessons: Mapped[int | None] = mapped_column(Integer)
    days: Mapped[int | None] = mapped_column(Integer)
    known_reason: Mapped[str | None]
    measures: Mapped[str | None]
    client: Mapped[str]
    user_id: Mapped[str | None]
    reported_at: Mapped[Instant]
