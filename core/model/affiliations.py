"""Affiliations (piederības): a learner in an institution."""

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.model.table import CURRENT, Key, Recorded, Table, Valid, entry_id


class Affiliation(Table):
    """A learner's place in an institution (piederība izglītības iestādei) for a period, as one sender told it.

    One main general-education affiliation at a time; arts, sports, interest and further programmes run beside it.
    """

    __tablename__ = "affiliation"
    __table_args__ = (
        ForeignKeyConstraint(["institution", "programme"], ["programme.institution", "programme.code"]),
        CheckConstraint("status IN ('AKT', 'APT', 'IZB', 'ABS', 'DUB')", name="status"),
        ExcludeConstraint(
            ("identity_id", "="),
            ("valid", "&&"),
            name="ex_affiliation_one_main_at_a_time",
            using="gist",
            where=text("upper_inf(recorded) AND main AND status <> 'DUB'"),
        ),
        Index("ix_affiliation_identity_id", "identity_id"),
        # Lists ask who is there on a day: most of twelve years' rows ended before it, and the index knows.
        Index("ix_affiliation_institution_until", "institution", text("coalesce(upper(valid), 'infinity'::date)")),
        Index("uq_affiliation_entry_id", "entry_id", unique=True, postgresql_where=CURRENT),
        Index("uq_affiliation_sender_key", "sender", "sender_key", unique=True, postgresql_where=CURRENT),
    )

    id: Mapped[Key]
    entry_id: Mapped[int] = entry_id("affiliation")
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"))
    institution: Mapped[str] = mapped_column(ForeignKey("institution.registration_number"))
    programme: Mapped[str]
    main: Mapped[bool]
    class_level: Mapped[str | None]
    class_group: Mapped[str | None]
    study_form: Mapped[str]
    language: Mapped[str]
    status: Mapped[str]
    start_order: Mapped[str | None]
    end_order: Mapped[str | None]
    end_reason: Mapped[str | None]
    sender: Mapped[str]
    sender_key: Mapped[str]
    # The client that wrote this version, when it was not the sender.
    author: Mapped[str | None]
    valid: Mapped[Valid]
    recorded: Mapped[Recorded]
