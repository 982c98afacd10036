"""The chain of decisions (lēmumu ķēde) as everybody may read it: published ones only, those that are superseded or undone included."""

from collections.abc import Sequence
from typing import NamedTuple

from core.accreditation.holding import SUBJECT
from core.reading import AT, INSTANT


class AppealEntry(NamedTuple):
    """An appeal against a decision (apstrīdēšana): without an outcome while the ministry has not decided."""

    lodged_on: str
    outcome: str | None
    decided_on: str | None


class DecisionEntry(NamedTuple):
    """A published decision (lēmums)."""

    decision_id: int
    subject: str
    programme: str | None
    authority: str
    number: str
    outcome: str
    status: str
    decided_on: str
    valid_from: str
    valid_to: str | None
    published_at: str
    supersedes: int | None
    revoked_at: str | None
    appeals: Sequence[AppealEntry]


def chain(of: str) -> str:
    """SQL for the decisions on the subjects `r` for which a condition holds, as known at the instant, the newest first."""
    return f"""(
        SELECT coalesce(json_agg(json_build_array(
                d.id, {SUBJECT}, r.programme, d.authority, d.number, d.outcome, d.status, d.decided_on, d.valid_from, d.valid_to,
                {INSTANT.format("d.published_at")}, d.supersedes, CASE WHEN d.revoked_at <= {AT} THEN {INSTANT.format("d.revoked_at")} END,
                (SELECT coalesce(json_agg(json_build_array(a.lodged_on, CASE WHEN a.decided_at <= {AT} THEN a.outcome END,
                        CASE WHEN a.decided_at <= {AT} THEN a.decided_on END) ORDER BY a.id), '[]')
                 FROM appeal a WHERE a.decision_id = d.id AND a.lodged_at <= {AT}))
            ORDER BY d.decided_on DESC, d.id DESC), '[]')
        FROM recognition r JOIN decision d ON d.recognition_id = r.id AND d.published_at <= {AT}
        WHERE {of})"""
