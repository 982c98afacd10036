"""Cases of non-studying children (nemācošo bērnu lietas): what holds now, what was known before, what was done, by when what is due."""

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, text
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

    `state` is active or closed; `closing` says why it closed. A status that is absent is "no status entered". `status_class` is what the
    status means now: open, justified or closed; a justified one whose expiry has passed is open. `status_confirmed_on` is the day on which
    new evidence was last given for it. A case on its way to another municipality is `offered_to` it, to be answered by `answer_by`;
    `settled_residence` is the declared residence in spite of which municipalities left the case where it is. `escalation` is what IKVD
    is to look at.
    """

    __tablename__ = "case_version"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'closed')", name="state"),
        CheckConstraint("(state = 'closed') = (closing IS NOT NULL)", name="closing"),
        CheckConstraint(
            "reason IN ('never_enrolled', 'left_unknown', 'transfer_unconfirmed', 'non_qualifying_only', 'suspended_too_long')",
            name="reason",
        ),
        CheckConstraint("status_class IN ('open', 'justified', 'closed')", name="status_class"),
        CheckConstraint("(status IS NULL) = (status_class IS NULL)", name="status"),
        CheckConstraint("(offered_to IS NULL) = (answer_by IS NULL) AND offered_to <> municipality", name="offered_to"),
        CheckConstraint("(escalation IS NULL) = (escalated_on IS NULL)", name="escalation"),
        Index("uq_case_version_current", "case_id", unique=True, postgresql_where=CURRENT),
        Index("ix_case_version_case_id", "case_id"),
        # A municipality's work list in the order of its cases: a page far behind costs what the first one costs.
        Index("ix_case_version_municipality", "municipality", "case_id"),
        Index("ix_case_version_offered_to", "offered_to", "case_id", postgresql_where=text("offered_to IS NOT NULL")),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ForeignKey("child_case.id"))
    municipality: Mapped[str] = mapped_column(ForeignKey("municipality.code"))
    state: Mapped[str]
    reason: Mapped[str]
    opened_on: Mapped[date] = mapped_column(Date)
    closed_on: Mapped[date | None] = mapped_column(Date)
    closing: Mapped[str | None]
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("child_case.id"))
    status: Mapped[str | None]
    status_class: Mapped[str | None]
    status_since: Mapped[date | None] = mapped_column(Date)
    status_confirmed_on: Mapped[date | None] = mapped_column(Date)
    status_expires_on: Mapped[date | None] = mapped_column(Date)
    status_evidence: Mapped[str | None]
    offered_to: Mapped[str | None] = mapped_column(ForeignKey("municipality.code"))
    offered_on: Mapped[date | None] = mapped_column(Date)
    answer_by: Mapped[date | None] = mapped_column(Date)
    settled_residence: Mapped[int | None] = mapped_column(ForeignKey("residence.id"))
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
    # A status, a kind of measure, a reason or a municipality, by the kind of event; `note` is what was found or done.
    value: Mapped[str | None]
    on_day: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str | None]


class CaseDeadline(Table):
    """How many days a municipality has for a step (soļa termiņš), in place of the usual number of the list case_rules."""

    __tablename__ = "case_deadline"
    __table_args__ = (
        CheckConstraint("days > 0", name="days"),
        Index("uq_case_deadline", "municipality", "step", unique=True, postgresql_where=CURRENT),
    )

    id: Mapped[Key]
    municipality: Mapped[str] = mapped_column(ForeignKey("municipality.code"))
    step: Mapped[str]
    days: Mapped[int] = mapped_column(Integer)
    recorded: Mapped[Recorded]


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
    """Unexcused absence beyond the legal limit (neattaisnoti kavējumi), as the school told the municipality; in lessons or in days."""

    __tablename__ = "absence_report"
    __table_args__ = (
        CheckConstraint("(lessons IS NULL) <> (days IS NULL)", name="lessons"),
        Index("ix_absence_report_identity_id", "identity_id"),
        Index("ix_absence_report_municipality", "municipality", "id"),
    )

    id: Mapped[Key]
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"))
    institution: Mapped[str] = mapped_column(ForeignKey("institution.registration_number"))
    # Where the child was declared when it was told; nobody's when nowhere was declared.
    municipality: Mapped[str | None] = mapped_column(ForeignKey("municipality.code"))
    absent_from: Mapped[date] = mapped_column(Date)
    absent_to: Mapped[date] = mapped_column(Date)
    lessons: Mapped[int | None] = mapped_column(Integer)
    days: Mapped[int | None] = mapped_column(Integer)
    note: Mapped[str | None]
    client: Mapped[str]
    user_id: Mapped[str | None]
    reported_at: Mapped[Instant]
