"""Candidates (kārtotāji): announced months ahead, so that whom they are is known before results exist."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from core.errors import UnknownExamination
from core.examinations import publishing
from core.examinations.examining import Known, enter
from core.examinations.items import ACCEPTED, UNCHANGED, CandidateItem, ExaminationItem, Submitted, body, check_named, name_of
from core.examinations.matching import found
from core.examinations.sending import Line, Sending, institutions_of, named_columns, submitted
from core.people import lock
from core.submissions import Done, Sender, known, once

OPERATION = "submitCandidates"
SAID = "examination_id, institution, state, named_scheme, named_issuer, named_value, given_name, surname, birth_date"
# Whom each item names, and what the register holds under its key.
LOOK_UP = f"""
SELECT s.position, who.identity_id, who.person_id, who.match, c.id, c.entry_id, c.identity_id IS NOT DISTINCT FROM who.identity_id
    AND c.match IS NOT DISTINCT FROM who.match
    AND ({", ".join(f"c.{column}" for column in SAID.split(", "))}) IS NOT DISTINCT FROM (
        {", ".join(f"s.{column}" for column in SAID.split(", "))})
FROM sent_examined s {found("s")}
LEFT JOIN exam_candidate c ON c.sender = %(sender)s AND c.sender_key = s.sender_key AND upper_inf(c.recorded)
ORDER BY s.position"""
CLOSE = """
UPDATE exam_candidate SET recorded = tstzrange(lower(recorded), greatest(now(), lower(recorded) + interval '1 microsecond'))
WHERE id = ANY(%(ids)s)"""
ADD = f"""
INSERT INTO exam_candidate (entry_id, identity_id, match, {SAID}, sender, sender_key, recorded)
SELECT coalesce(c.entry_id, nextval('exam_candidate_entry')), c.identity_id, c.match,
    {", ".join(f"s.{column}" for column in SAID.split(", "))}, %(sender)s, s.sender_key,
    tstzrange(greatest(now(), (SELECT upper(o.recorded) FROM exam_candidate o WHERE o.id = c.instead_of)), NULL)
FROM unnest(%(positions)s::int[], %(entries)s::bigint[], %(identities)s::bigint[], %(matches)s::text[], %(instead)s::bigint[])
    AS c (position, entry_id, identity_id, match, instead_of)
JOIN sent_examined s ON s.position = c.position ORDER BY c.position
RETURNING sender_key, entry_id, id"""


def submit_candidates(
    session: Session,
    sender: Sender,
    batch_key: str,
    examinations: Sequence[ExaminationItem],
    items: Sequence[CandidateItem],
    dry_run: bool = False,
) -> Submitted:
    """Enters candidates; who is not found with certainty is entered too, and is work for somebody."""

    def work() -> Done:
        known_ones = enter(session, sender, examinations, {item.examination for item in items})
        return _Candidates(session, sender, items).done_with(known_ones)

    return submitted(once(session, sender, OPERATION, batch_key, body(examinations, items), work, dry_run))


class _Candidates(Sending):
    def done_with(self, examinations: Mapping[str, Known]) -> Done:
        """Judged, matched and written; results that waited for these candidates go on."""
        institutions = institutions_of(self.session, self.sender, self.items)

        def judge(position: int, item: CandidateItem) -> Line:
            self.check_key(item)
            check_named(item)
            if item.examination not in examinations:
                raise UnknownExamination
            known.check_institution(institutions, item.institution)
            columns = named_columns(item, name_of(item), examinations)
            return {**columns, "position": position, "state": "withdrawn" if item.withdrawn else "registered"}

        self.copy(self.each(range(1, len(self.items) + 1), judge).values())
        lock(self.session, {row[2] for row in self.rows(LOOK_UP) if row[2] is not None})
        rows = self.rows(LOOK_UP)  # Who was merged or given another code while we waited is somebody else now.
        self._write([row for row in rows if not row[6]])
        for position, _, _, match, version, entry, same in rows:
            if same:
                self.settle(position, UNCHANGED, entry_id=entry, version=version, match=match)
        return self.done(row[2] for row in rows if row[2] is not None)

    def _write(self, rows: Sequence[tuple[Any, ...]]) -> None:
        if not rows:
            return
        positions, identities, _, matches, versions, entries, _ = (list(column) for column in zip(*rows, strict=True))
        self.rows(CLOSE, ids=[version for version in versions if version is not None])
        added = self.rows(ADD, positions=positions, entries=entries, identities=identities, matches=matches, instead=versions)
        of_key = {key: (entry, version) for key, entry, version in added}
        for position, match in zip(positions, matches, strict=True):
            entry, version = of_key[self.items[position - 1].sender_key]
            self.settle(position, ACCEPTED, entry_id=entry, version=version, match=match)
        publishing.found_again(self.session, [entry for entry, _ in of_key.values()])
