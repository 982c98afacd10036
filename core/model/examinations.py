"""Examinations (valsts pārbaudījumi): who sits, what came of it, and what waits for its publication.

Results are held in a table that no replica has until the instant of their publication; then they are written to the one that is read. So no
read needs a clock, and nothing can be seen too early.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, DateTime, ForeignKey, Index, Integer, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from core.model.table import CURRENT, Key, Recorded, Table, entry_id

OUTCOMES = "('result', 'absent', 'partlyAbsent', 'underQuery', 'exempt', 'annulled')"


class Examination(Table):
    """An examination (valsts pārbaudījums) of a subject at a level in a school year, by the code that the examinations system gave it.

    `publish_at` is the instant from which results may be known; without it they stay held. `published_at` says that they were published.
    """

    __tablename__ = "examination"
    __table_args__ = (
        CheckConstraint("school_year ~ '^[0-9]{4}/[0-9]{2}$'", name="school_year"),
        CheckConstraint("session IN ('main', 'additional')", name="session"),
        Index("uq_examination_code", "code", unique=True),
        Index("ix_examination_publish_at", "publish_at", postgresql_where=text("published_at IS NULL")),
    )

    id: Mapped[Key]
    code: Mapped[str]
    kind: Mapped[str]
    subject: Mapped[str]
    level: Mapped[str]
    school_year: Mapped[str]
    session: Mapped[str]
    held_on: Mapped[date | None] = mapped_column(Date)
    publish_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    sender: Mapped[str]


class ExamCandidate(Table):
    """Who will sit an examination (pārbaudījuma kārtotājs), as it was sent, and whom the register takes that for.

    `match` says how sure that is: matched, unknown (nobody has this code) or differs (the code's holder has another name); without a match
    there is no identity, and somebody has to find out. `state` is registered or withdrawn.
    """

    __tablename__ = "exam_candidate"
    __table_args__ = (
        CheckConstraint("match IN ('matched', 'unknown', 'differs')", name="match"),
        CheckConstraint("(match = 'matched') = (identity_id IS NOT NULL)", name="identity"),
        CheckConstraint("state IN ('registered', 'withdrawn')", name="state"),
        Index("ix_exam_candidate_identity_id", "identity_id"),
        Index("ix_exam_candidate_examination_id", "examination_id", "institution", postgresql_where=CURRENT),
        Index("ix_exam_candidate_unmatched", "examination_id", "id", postgresql_where=text("upper_inf(recorded) AND match <> 'matched'")),
        Index("uq_exam_candidate_entry_id", "entry_id", unique=True, postgresql_where=CURRENT),
        Index("uq_exam_candidate_sender_key", "sender", "sender_key", unique=True, postgresql_where=CURRENT),
    )

    id: Mapped[Key]
    entry_id: Mapped[int] = entry_id("exam_candidate")
    examination_id: Mapped[int] = mapped_column(ForeignKey("examination.id"))
    identity_id: Mapped[int | None] = mapped_column(ForeignKey("identity.id"))
    institution: Mapped[str] = mapped_column(ForeignKey("institution.registration_number"))
    state: Mapped[str]
    match: Mapped[str]
    named_scheme: Mapped[str]
    named_issuer: Mapped[str]
    named_value: Mapped[str]
    given_name: Mapped[str]
    surname: Mapped[str]
    birth_date: Mapped[date | None] = mapped_column(Date)
    sender: Mapped[str]
    sender_key: Mapped[str]
    recorded: Mapped[Recorded]


class _Result:
    """What a result says, before and after its publication.

    `outcome` is result, one of the kinds of no result (absent, partlyAbsent, underQuery, exempt), or annulled. The scale is a part of the
    value. `parts` are pairs of name and percent. `threshold` and `passed` are by the rule of the examination's year; a correction's
    `version` is one more, and its `reason` says why.
    """

    outcome: Mapped[str]
    scale: Mapped[str | None]
    value: Mapped[str | None]
    cefr: Mapped[str | None]
    parts: Mapped[list[Any] | None] = mapped_column(JSONB)
    certificate: Mapped[str | None]
    threshold: Mapped[int | None] = mapped_column(Integer)
    passed: Mapped[bool | None]
    version: Mapped[int] = mapped_column(Integer, server_default="1")
    reason: Mapped[str | None]
    sender: Mapped[str]
    sender_key: Mapped[str]

    @declared_attr
    def examination_id(cls) -> Mapped[int]:  # noqa: N805 - SQLAlchemy calls it on the class
        return mapped_column(ForeignKey("examination.id"))

    @declared_attr
    def institution(cls) -> Mapped[str]:  # noqa: N805 - SQLAlchemy calls it on the class
        return mapped_column(ForeignKey("institution.registration_number"))


class ExamResult(_Result, Table):
    """A published result (pārbaudījuma rezultāts); a correction closes it in recorded time and adds its next version."""

    __tablename__ = "exam_result"
    __table_args__ = (
        CheckConstraint(f"outcome IN {OUTCOMES}", name="outcome"),
        CheckConstraint("(outcome = 'result') = (value IS NOT NULL)", name="value"),
        CheckConstraint("reason IN ('appeal', 'technical', 'annulled', 'query')", name="reason"),
        Index("ix_exam_result_identity_id", "identity_id"),
        Index("ix_exam_result_candidate_entry", "candidate_entry", postgresql_where=CURRENT),
        Index("ix_exam_result_examination_id", "examination_id", "institution", postgresql_where=CURRENT),
        Index("uq_exam_result_entry_id", "entry_id", unique=True, postgresql_where=CURRENT),
        Index("uq_exam_result_sender_key", "sender", "sender_key", unique=True, postgresql_where=CURRENT),
    )

    id: Mapped[Key]
    entry_id: Mapped[int] = entry_id("exam_result")
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"))
    candidate_entry: Mapped[int | None] = mapped_column(BigInteger)
    recorded: Mapped[Recorded]


class HeldResult(_Result, Table):
    """A result that is not published (nepublicēts rezultāts): under embargo, or of somebody who was not found yet; on no replica.

    It keeps who was named, as it was sent. Publication and correction close its recorded range.
    """

    __tablename__ = "held_result"
    __table_args__ = (
        CheckConstraint(f"outcome IN {OUTCOMES}", name="outcome"),
        CheckConstraint("(outcome = 'result') = (value IS NOT NULL)", name="value"),
        CheckConstraint("match IN ('matched', 'unknown', 'differs')", name="match"),
        CheckConstraint("(match = 'matched') = (identity_id IS NOT NULL)", name="identity"),
        Index("ix_held_result_identity_id", "identity_id"),
        Index("ix_held_result_candidate_entry", "candidate_entry", postgresql_where=CURRENT),
        Index("ix_held_result_examination_id", "examination_id", "id", postgresql_where=CURRENT),
        Index("ix_held_result_unmatched", "id", postgresql_where=text("upper_inf(recorded) AND match <> 'matched'")),
        Index("uq_held_result_entry_id", "entry_id", unique=True, postgresql_where=CURRENT),
        Index("uq_held_result_sender_key", "sender", "sender_key", unique=True, postgresql_where=CURRENT),
    )

    id: Mapped[Key]
    entry_id: Mapped[int] = mapped_column(BigInteger, server_default=text("nextval('exam_result_entry')"))
    identity_id: Mapped[int | None] = mapped_column(ForeignKey("identity.id"))
    candidate_entry: Mapped[int | None] = mapped_column(BigInteger)
    match: Mapped[str]
    named_scheme: Mapped[str]
    named_issuer: Mapped[str]
    named_value: Mapped[str]
    given_name: Mapped[str]
    surname: Mapped[str]
    birth_date: Mapped[date | None] = mapped_column(Date)
    recorded: Mapped[Recorded]
