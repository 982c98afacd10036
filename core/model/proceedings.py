"""Proceedings (lietvedība): where each is, who must act, what is waited for, received or overdue, and what happened."""

from datetime import date

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.model.table import CURRENT, Instant, Key, Recorded, Table


class Proceeding(Table):
    """An application and what becomes of it (lieta): judged by the law of the day on which it was applied for, `law`."""

    __tablename__ = "proceeding"
    __table_args__ = (Index("ix_proceeding_recognition_id", "recognition_id"),)

    id: Mapped[Key]
    application_kind: Mapped[str]
    recognition_id: Mapped[int] = mapped_column(ForeignKey("recognition.id"))
    law: Mapped[str]
    applied_on: Mapped[date] = mapped_column(Date)
    client: Mapped[str]
    user_id: Mapped[str | None]
    opened_at: Mapped[Instant]


class ProceedingVersion(Table):
    """Where a proceeding is (lietas stāvoklis) for as long as the register knew it: its stage, and apart from that who must act.

    `submitted_on` is the day from which the clock runs; `decision_id` is the decision that is proposed or made. What was applied for can
    change while the application is a draft or was returned.
    """

    __tablename__ = "proceeding_version"
    __table_args__ = (
        CheckConstraint(
            "stage IN ('draft', 'submitted', 'returned', 'accepted', 'experts_appointed', 'visited', 'report_drafted', 'commented', "
            "'published', 'decided')",
            name="stage",
        ),
        CheckConstraint("must_act IN ('applicant', 'authority', 'experts', 'checker', 'ministry', 'nobody')", name="must_act"),
        CheckConstraint("stage = 'draft' OR submitted_on IS NOT NULL", name="submitted_on"),
        Index("uq_proceeding_version_current", "proceeding_id", unique=True, postgresql_where=CURRENT),
        Index("ix_proceeding_version_proceeding_id", "proceeding_id"),
    )

    id: Mapped[Key]
    proceeding_id: Mapped[int] = mapped_column(ForeignKey("proceeding.id"))
    stage: Mapped[str]
    must_act: Mapped[str]
    starts_on: Mapped[date | None] = mapped_column(Date)
    programme_name: Mapped[str | None]
    remark: Mapped[str | None]
    submitted_on: Mapped[date | None] = mapped_column(Date)
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id"))
    recorded: Mapped[Recorded]


class Awaited(Table):
    """One thing that a proceeding waits for or has got (gaidāmais): an item of the application, information asked for, a report, comments.

    It is received once `received_on` is there, overdue when `due_on` has passed without it. Information that is waited for stops the clock.
    """

    __tablename__ = "awaited"
    __table_args__ = (
        CheckConstraint("kind IN ('item', 'information', 'visit', 'report', 'comments')", name="kind"),
        CheckConstraint("(code IS NOT NULL) = (kind = 'item')", name="code"),
        Index("uq_awaited_item", "proceeding_id", "code", unique=True, postgresql_where=text("kind = 'item'")),
        Index("ix_awaited_proceeding_id", "proceeding_id"),
    )

    id: Mapped[Key]
    proceeding_id: Mapped[int] = mapped_column(ForeignKey("proceeding.id"))
    kind: Mapped[str]
    code: Mapped[str | None]
    question: Mapped[str | None]
    asked_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date | None] = mapped_column(Date)
    received_on: Mapped[date | None] = mapped_column(Date)
    answer: Mapped[str | None]


class Expert(Table):
    """A member of the commission (eksperts), who declared on a day that there is no conflict of interest."""

    __tablename__ = "expert"
    __table_args__ = (Index("ix_expert_proceeding_id", "proceeding_id"),)

    id: Mapped[Key]
    proceeding_id: Mapped[int] = mapped_column(ForeignKey("proceeding.id"))
    name: Mapped[str]
    head: Mapped[bool] = mapped_column(Boolean)
    declared_on: Mapped[date] = mapped_column(Date)
    recorded: Mapped[Recorded]


class ProceedingEvent(Table):
    """Something that happened in a proceeding (lietas notikums), by whom, when, in what words."""

    __tablename__ = "proceeding_event"
    __table_args__ = (Index("ix_proceeding_event_proceeding_id", "proceeding_id"),)

    id: Mapped[Key]
    proceeding_id: Mapped[int] = mapped_column(ForeignKey("proceeding.id"))
    at: Mapped[Instant]
    act: Mapped[str]
    stage: Mapped[str]
    on_day: Mapped[date] = mapped_column(Date)
    client: Mapped[str]
    user_id: Mapped[str | None]
    note: Mapped[str | None]
