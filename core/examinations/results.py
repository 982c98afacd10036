"""Results (pārbaudījumu rezultāti): held until the publication of their examination, each with its scale and its kind of no result."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from core.errors import ResultKnown, UnknownCandidate, UnknownCode, UnknownExamination
from core.examinations import publishing
from core.examinations.examining import Known, enter
from core.examinations.items import ACCEPTED, UNCHANGED, ExaminationItem, ResultItem, Submitted, body, check_named, name_of
from core.examinations.matching import MATCHED, decided
from core.examinations.rules import OUTCOMES, judge
from core.examinations.sending import Line, Sending, institutions_of, named_columns, submitted
from core.people import lock
from core.submissions import Done, Sender, known, once

OPERATION = "submitExamResults"
SAID = "examination_id, institution, outcome, scale, value, cefr, parts, certificate"
NAMED = "named_scheme, named_issuer, named_value, given_name, surname, birth_date"
_JOINS, _IDENTITY, _MATCH = decided("s", "k")


def _columns(names: str, alias: str) -> str:
    return ", ".join(f"{alias}.{column}" for column in names.split(", "))


# A candidate has one result, whatever its key: whoever counts candidates counts results.
_OF_ANOTHER = "(o.sender, o.sender_key) <> (%(sender)s, s.sender_key)"
# Whom each item means, its candidate, what is recorded under its key, held or published, and whether the candidate has another result.
LOOK_UP = f"""
SELECT s.position, {_IDENTITY}, coalesce(by_itself.person_id, by_candidate.person_id), {_MATCH}, k.entry_id,
    s.candidate_key IS NULL OR k.entry_id IS NOT NULL, coalesce(h.entry_id, r.entry_id), coalesce(h.version, r.version),
    h.entry_id IS NOT NULL AND h.candidate_entry IS NOT DISTINCT FROM k.entry_id
        AND ({_columns(SAID, "h")}, {_columns(NAMED, "h")}) IS NOT DISTINCT FROM ({_columns(SAID, "s")}, {_columns(NAMED, "s")}),
    r.entry_id IS NOT NULL AND r.candidate_entry IS NOT DISTINCT FROM k.entry_id
        AND ({_columns(SAID, "r")}) IS NOT DISTINCT FROM ({_columns(SAID, "s")})
        AND ri.person_id = coalesce(by_itself.person_id, by_candidate.person_id),
    EXISTS (SELECT FROM held_result o WHERE o.candidate_entry = k.entry_id AND upper_inf(o.recorded) AND {_OF_ANOTHER})
        OR EXISTS (SELECT FROM exam_result o WHERE o.candidate_entry = k.entry_id AND upper_inf(o.recorded) AND {_OF_ANOTHER}),
    CASE WHEN h.match <> '{MATCHED}' AND ({_columns(SAID, "h")}) IS NOT DISTINCT FROM ({_columns(SAID, "s")}) THEN h.id END
FROM sent_examined s
LEFT JOIN exam_candidate k ON k.sender = %(sender)s AND k.sender_key = s.candidate_key AND upper_inf(k.recorded)
    AND k.examination_id = s.examination_id
{_JOINS}
LEFT JOIN held_result h ON h.sender = %(sender)s AND h.sender_key = s.sender_key AND upper_inf(h.recorded)
LEFT JOIN exam_result r ON r.sender = %(sender)s AND r.sender_key = s.sender_key AND upper_inf(r.recorded)
LEFT JOIN identity ri ON ri.id = r.identity_id
ORDER BY s.position"""
# A result that nobody was found for is named anew, and says the same.
CLOSE = """
UPDATE held_result SET recorded = tstzrange(lower(recorded), greatest(now(), lower(recorded) + interval '1 microsecond'))
WHERE id = ANY(%(ids)s)"""
ADD = f"""
INSERT INTO held_result (entry_id, version, reason, recorded, identity_id, match, candidate_entry, {SAID}, {NAMED}, threshold, passed,
    sender, sender_key)
SELECT coalesce(o.entry_id, nextval('exam_result_entry')), coalesce(o.version, 1), o.reason,
    tstzrange(greatest(now(), upper(o.recorded)), NULL), c.identity_id, c.match, c.candidate_entry, {_columns(SAID, "s")},
    {_columns(NAMED, "s")}, s.threshold, s.passed,
    %(sender)s, s.sender_key
FROM unnest(%(positions)s::int[], %(identities)s::bigint[], %(matches)s::text[], %(candidates)s::bigint[], %(instead)s::bigint[])
    AS c (position, identity_id, match, candidate_entry, instead_of)
JOIN sent_examined s ON s.position = c.position LEFT JOIN held_result o ON o.id = c.instead_of ORDER BY c.position
RETURNING sender_key, entry_id, version"""


def submit_results(
    session: Session,
    sender: Sender,
    batch_key: str,
    examinations: Sequence[ExaminationItem],
    items: Sequence[ResultItem],
    dry_run: bool = False,
) -> Submitted:
    """Takes results over; they are read when their examination is published, at once when it was."""

    def work() -> Done:
        known_ones = enter(session, sender, examinations, {item.examination for item in items})
        return _Results(session, sender, items).done_with(known_ones)

    return submitted(once(session, sender, OPERATION, batch_key, body(examinations, items), work, dry_run))


class _Results(Sending):
    def done_with(self, examinations: Mapping[str, Known]) -> Done:
        """Judged, matched and written; what belongs to a published examination is published."""
        institutions = institutions_of(self.session, self.sender, self.items)

        def judged(position: int, item: ResultItem) -> Line:
            self.check_key(item)
            check_named(item)
            examination = examinations.get(item.examination)
            if examination is None:
                raise UnknownExamination
            known.check_institution(institutions, item.institution)
            if item.outcome not in OUTCOMES:
                raise UnknownCode("A result is a result, absent, partlyAbsent, underQuery or exempt.")
            value = judge(item, examination.kind, examination.level, examination.school_year)
            columns = named_columns(item, name_of(item), examinations)
            return {**columns, **written(value), "position": position, "candidate_key": item.candidate or None}

        self.copy(self.each(range(1, len(self.items) + 1), judged).values())
        lock(self.session, {row[2] for row in self.rows(LOOK_UP) if row[2] is not None})
        rows = self.rows(LOOK_UP)  # Who was merged or given another code while we waited is somebody else now.
        self._received: set[int] = set()
        self._write([row for row in rows if self._is_new(*row)])
        return self.done(row[2] for row in rows if row[2] is not None)

    def _is_new(
        self, position: int, _: Any, __: Any, match: str, candidate: Any, announced: bool, entry: Any, version: Any, *what: Any
    ) -> bool:
        held, published, another, misnamed = what
        if not announced:
            self.refuse(position, UnknownCandidate())
        elif held or published:
            self.settle(position, UNCHANGED, entry_id=entry, version=version, match=match, published=published)
        elif entry is not None and misnamed is None:
            self.refuse(position, ResultKnown())
        elif another or candidate in self._received:
            self.refuse(position, ResultKnown("The candidate has another result, which is changed by submitCorrections."))
        else:
            self._received |= {candidate} if candidate is not None else set()
            return True
        return False

    def _write(self, rows: Sequence[tuple[Any, ...]]) -> None:
        if not rows:
            return
        positions, identities, _, matches, candidates, *_, misnamed = (list(column) for column in zip(*rows, strict=True))
        self.rows(CLOSE, ids=[one for one in misnamed if one is not None])
        added = self.rows(ADD, positions=positions, identities=identities, matches=matches, candidates=candidates, instead=misnamed)
        of_key = {key: (entry, version) for key, entry, version in added}
        published = publishing.release(self.session, [entry for entry, _ in of_key.values()])
        for position, match in zip(positions, matches, strict=True):
            entry, version = of_key[self.items[position - 1].sender_key]
            self.settle(position, ACCEPTED, entry_id=entry, version=version, match=match, published=entry in published)


def written(value: Any) -> dict[str, Any]:
    """A judged value as columns of the temporary table."""
    return {**value._asdict(), "parts": None if value.parts is None else Jsonb(value.parts)}
