"""Corrections of results (rezultātu labojumi): a correction supersedes and says why; whoever was told the old value is told the new one."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from core.achievements import recalling, telling
from core.errors import UnknownCode, UnknownResult, VersionConflict
from core.examinations.items import ACCEPTED, UNCHANGED, CorrectionItem, Submitted, body
from core.examinations.results import written
from core.examinations.rules import ANNULLED, REASONS, judge
from core.examinations.sending import Line, Sending, submitted
from core.people import lock
from core.submissions import Done, Sender, known, once

OPERATION = "submitCorrections"
SAID = ("outcome", "scale", "value", "cefr", "parts", "certificate", "threshold", "passed")
KEPT = "entry_id, identity_id, candidate_entry, examination_id, institution, sender, sender_key"
HELD_KEPT = f"{KEPT}, match, named_scheme, named_issuer, named_value, given_name, surname, birth_date"
# Whoever publishes waits for those who are just correcting, and the other way round: a held result is moved or corrected, and never both.
AT_REST = """
SELECT FROM examination WHERE id IN (
    SELECT r.examination_id FROM exam_result r
    WHERE r.sender = %(sender)s AND r.sender_key = ANY(%(keys)s::text[]) AND upper_inf(r.recorded)
    UNION SELECT h.examination_id FROM held_result h
    WHERE h.sender = %(sender)s AND h.sender_key = ANY(%(keys)s::text[]) AND upper_inf(h.recorded))
ORDER BY id FOR SHARE"""
# What the sender's keys stand for: published, or still held.
HELD_BY_KEYS = """
SELECT k.position, r.id, h.id, coalesce(r.entry_id, h.entry_id), coalesce(r.version, h.version), e.kind, e.level, e.school_year,
    i.person_id, coalesce(r.institution, h.institution), coalesce(h.match, 'matched')
FROM unnest(%(positions)s::int[], %(keys)s::text[]) AS k (position, sender_key)
LEFT JOIN exam_result r ON r.sender = %(sender)s AND r.sender_key = k.sender_key AND upper_inf(r.recorded)
LEFT JOIN held_result h ON h.sender = %(sender)s AND h.sender_key = k.sender_key AND upper_inf(h.recorded)
JOIN examination e ON e.id = coalesce(r.examination_id, h.examination_id)
LEFT JOIN identity i ON i.id = coalesce(r.identity_id, h.identity_id)
ORDER BY k.position"""
SAME = f"""
SELECT s.position FROM sent_examined s JOIN {{0}} o ON o.sender = %(sender)s AND o.sender_key = s.sender_key AND upper_inf(o.recorded)
WHERE ({", ".join(f"o.{name}" for name in SAID)}) IS NOT DISTINCT FROM ({", ".join(f"s.{name}" for name in SAID)})"""
SUPERSEDE = f"""
WITH closed AS (
    UPDATE {{0}} SET recorded = tstzrange(lower(recorded), greatest(now(), lower(recorded) + interval '1 microsecond'))
    WHERE id = ANY(%(ids)s) RETURNING id, {{1}}, version, upper(recorded) AS since)
INSERT INTO {{0}} ({{1}}, {", ".join(SAID)}, version, reason, recorded)
SELECT {{2}}, {", ".join(f"s.{name}" for name in SAID)}, c.version + 1, s.reason, tstzrange(c.since, NULL)
FROM closed c JOIN sent_examined s ON s.sender_key = c.sender_key ORDER BY s.position
RETURNING sender_key, id, entry_id, version"""


def submit_corrections(
    session: Session, sender: Sender, batch_key: str, items: Sequence[CorrectionItem], dry_run: bool = False
) -> Submitted:
    """Supersedes results, held and published ones."""

    def work() -> Done:
        return _Corrections(session, sender, items).made()

    return submitted(once(session, sender, OPERATION, batch_key, body(items), work, dry_run))


class _Corrections(Sending):
    def made(self) -> Done:
        """Judged by what is corrected, and written."""
        named = list(self.each(range(1, len(self.items) + 1), lambda _, item: self._check(item)))
        asked = {"positions": named, "keys": [self.items[position - 1].sender_key for position in named]}
        self.rows(AT_REST, **asked)
        lock(self.session, {row[8] for row in self.rows(HELD_BY_KEYS, **asked) if row[8] is not None})
        found = {row[0]: row for row in self.rows(HELD_BY_KEYS, **asked)}
        within = known.within(self.session, self.sender.scope, self.sender.today, {row[9] for row in found.values()})
        self.copy(self.each(named, lambda position, item: self._judged(position, item, found.get(position), within)).values())
        same = {position for table in ("exam_result", "held_result") for (position,) in self.rows(SAME.format(table))}
        for position in same:
            _, published, _, entry, version, *_, match = found[position]
            self.settle(position, UNCHANGED, entry_id=entry, version=version, match=match, published=published is not None)
        changing = {position: row for position, row in found.items() if position not in self.refused and position not in same}
        self._supersede("held_result", HELD_KEPT, {row[2]: position for position, row in changing.items() if row[1] is None}, found)
        self._supersede("exam_result", KEPT, {row[1]: position for position, row in changing.items() if row[1] is not None}, found)
        return self.done(row[8] for row in found.values() if row[8] is not None)

    def _check(self, item: CorrectionItem) -> None:
        self.check_key(item)
        if item.reason not in REASONS:
            raise UnknownCode("A correction is made because of appeal, technical, annulled or query.")
        if (item.reason == ANNULLED) != (item.outcome == ANNULLED):
            raise UnknownCode("A result is annulled for the reason annulled, and for that reason it is annulled.")

    def _judged(self, position: int, item: CorrectionItem, row: tuple[Any, ...] | None, within: Mapping[str, bool]) -> Line:
        if row is None:
            raise UnknownResult
        known.check_institution(within, row[9])
        if item.expected_version is not None and item.expected_version != row[4]:
            raise VersionConflict
        value = judge(item, *row[5:8])
        return {"position": position, "sender_key": item.sender_key, "reason": item.reason, **written(value)}

    def _supersede(self, table: str, kept: str, by_version: dict[int, int], found: dict[int, tuple[Any, ...]]) -> None:
        if not by_version:
            return
        of_closed = ", ".join(f"c.{column}" for column in kept.split(", "))
        added = self.rows(SUPERSEDE.format(table, kept, of_closed), ids=list(by_version))
        position_of = {self.items[position - 1].sender_key: position for position in by_version.values()}
        pairs = []
        for key, new, entry, version in added:
            position = position_of[key]
            old, match, published = found[position], found[position][-1], table == "exam_result"
            self.settle(position, ACCEPTED, entry_id=entry, version=version, match=match, published=published)
            pairs.append((old[1], new, self.items[position - 1].reason))
        if table == "exam_result":
            telling.corrected_results(self.session, [entry for _, _, entry, _ in added])
            recalling.recall(self.session, "examResult", pairs)
