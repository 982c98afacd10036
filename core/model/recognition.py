"""The public register of licences and accreditations (licences un akreditācijas): what holds of what, by which decision, for which days."""

from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, Date, DateTime, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.model.table import CURRENT, Instant, Key, Recorded, Table, Valid


class Recognition(Table):
    """What can be licensed or accredited (licencējamais vai akreditējamais): a number for ever.

    `kind` is licence (of a programme of an institution), programme (its accreditation, kept from before 11.08.2022), institution, or
    examination_centre. A licence comes before its programme is offered, so the code need not be one of `programme`.
    """

    __tablename__ = "recognition"
    __table_args__ = (
        CheckConstraint("kind IN ('licence', 'programme', 'institution', 'examination_centre')", name="kind"),
        CheckConstraint("(programme IS NOT NULL) = (kind IN ('licence', 'programme'))", name="programme"),
        Index("uq_recognition", "institution", "programme", "kind", unique=True, postgresql_nulls_not_distinct=True),
    )

    id: Mapped[Key]
    kind: Mapped[str]
    institution: Mapped[str] = mapped_column(ForeignKey("institution.registration_number"))
    programme: Mapped[str | None]


class Decision(Table):
    """A decision (lēmums): proposed by one, confirmed by another, published; its content never changes.

    `status` is what holds from `valid_from` on, a value of licence_status or accreditation_term. `supersedes` is the decision that governed
    before; until it is published, the one that it is about, if it is about one. `start_by` is the day by which teaching has to start. A
    lapse comes from the register itself (authority `law`, no officers); `revoked_at` says that an appeal undid it. Who proposed cannot
    confirm.
    """

    __tablename__ = "decision"
    __table_args__ = (
        CheckConstraint("outcome IN ('grant', 'refuse', 'extend', 'annul', 'lapse')", name="outcome"),
        CheckConstraint("valid_to >= valid_from", name="valid_to"),
        CheckConstraint("num_nonnulls(confirmed_at, rejected_at) < 2", name="confirmed_or_rejected"),
        CheckConstraint("published_at IS NULL OR confirmed_at IS NOT NULL", name="published"),
        CheckConstraint(
            "confirmed_at IS NULL OR num_nulls(confirmed_client, confirmed_user) = 0 "
            "AND (authority = 'law' OR (proposed_client, proposed_user) <> (confirmed_client, confirmed_user))",
            name="two_officers",
        ),
        Index("uq_decision_number", "authority", "number", unique=True, postgresql_where=text("rejected_at IS NULL")),
        Index("ix_decision_recognition_id", "recognition_id"),
        Index("ix_decision_proceeding_id", "proceeding_id"),
    )

    id: Mapped[Key]
    recognition_id: Mapped[int] = mapped_column(ForeignKey("recognition.id"))
    proceeding_id: Mapped[int | None] = mapped_column(ForeignKey("proceeding.id"))
    authority: Mapped[str]
    number: Mapped[str]
    outcome: Mapped[str]
    status: Mapped[str]
    decided_on: Mapped[date] = mapped_column(Date)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    start_by: Mapped[date | None] = mapped_column(Date)
    reason: Mapped[str | None]
    supersedes: Mapped[int | None] = mapped_column(ForeignKey("decision.id"))
    proposed_at: Mapped[Instant]
    proposed_client: Mapped[str]
    proposed_user: Mapped[str]
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    confirmed_client: Mapped[str | None]
    confirmed_user: Mapped[str | None]
    rejected_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class RecognitionPeriod(Table):
    """What holds on which days (spēkā esamība): made from the published decisions, so that a day is one look-up.

    `status` is one of licence_status for a licence, one of accreditation_term for the others. Days without a period have no decision, or
    lie behind the end of a term. A licence whose teaching has to start carries `start_by`; `started` says that it did.
    """

    __tablename__ = "recognition_period"
    __table_args__ = (
        ExcludeConstraint(
            ("recognition_id", "="), ("valid", "&&"), name="ex_recognition_period_one_at_a_time", using="gist", where=CURRENT
        ),
        Index("ix_recognition_period_recognition_id", "recognition_id"),
    )

    id: Mapped[Key]
    recognition_id: Mapped[int] = mapped_column(ForeignKey("recognition.id"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    status: Mapped[str]
    start_by: Mapped[date | None] = mapped_column(Date)
    started: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    valid: Mapped[Valid]
    recorded: Mapped[Recorded]


class DecisionFlag(Table):
    """What is unusual about a decision (brīdinājums): a low one is published and reported, a high one holds the publication."""

    __tablename__ = "decision_flag"
    __table_args__ = (
        CheckConstraint("severity IN ('low', 'high')", name="severity"),
        Index("uq_decision_flag", "decision_id", "rule", unique=True),
    )

    id: Mapped[Key]
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    severity: Mapped[str]
    rule: Mapped[str]
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    confirmed_client: Mapped[str | None]
    confirmed_user: Mapped[str | None]


class Appeal(Table):
    """An appeal to the ministry (apstrīdēšana) and its outcome: the decision stands (upheld), or is undone (revoked)."""

    __tablename__ = "appeal"
    __table_args__ = (
        CheckConstraint("outcome IN ('upheld', 'revoked')", name="outcome"),
        CheckConstraint("(outcome IS NULL) = (decided_on IS NULL)", name="decided_on"),
        Index("uq_appeal_open", "decision_id", unique=True, postgresql_where=text("outcome IS NULL")),
        Index("ix_appeal_decision_id", "decision_id"),
    )

    id: Mapped[Key]
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    lodged_on: Mapped[date] = mapped_column(Date)
    lodged_at: Mapped[Instant]
    outcome: Mapped[str | None]
    decided_on: Mapped[date | None] = mapped_column(Date)
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    reason: Mapped[str | None]
    client: Mapped[str]
    user_id: Mapped[str]
    outcome_reason: Mapped[str | None]
    outcome_client: Mapped[str | None]
    outcome_user: Mapped[str | None]
