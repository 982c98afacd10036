"""That an examination is published and how complete it is (pilnības paziņojums), told to every system that has applicants."""

from sqlalchemy.orm import Session

from core.achievements.completeness import counted, schools
from core.achievements.telling import TELLING
from core.connections import cursor
from core.reading import INSTANT

# The hash of the whole is over all schools, as that of a school is over the school.
TELL = f"""
WITH school AS MATERIALIZED (
    SELECT s.institution, n.expected, n.received, n.hash FROM ({schools("examination_id = %(examination)s")}) s
    {counted("%(examination)s", "s.institution")} n ORDER BY s.institution),
whole AS (
    SELECT encode(sha256(coalesce(string_agg(r.entry_id || ':' || r.version || E'\\n', '' ORDER BY r.entry_id), '')::bytea), 'hex') AS hash
    FROM exam_result r WHERE r.examination_id = %(examination)s AND upper_inf(r.recorded))
INSERT INTO outbox_message (kind, client, content)
SELECT 'completeness', a.client, json_build_array({INSTANT.format("now()")},
    json_build_array(e.code, e.kind, e.subject, e.level, e.school_year, e.session, {INSTANT.format("e.published_at")}),
    (SELECT coalesce(sum(expected), 0) FROM school), (SELECT coalesce(sum(received), 0) FROM school),
    (SELECT coalesce(sum(expected - received), 0) FROM school), (SELECT hash FROM whole),
    (SELECT coalesce(json_agg(json_build_array(institution, expected, received, expected - received, hash)), '[]') FROM school))
FROM examination e CROSS JOIN (SELECT DISTINCT client FROM applicant WHERE withdrawn_at IS NULL) a WHERE e.id = %(examination)s"""


def tell(session: Session, examination: int) -> None:
    """The examination's results are published: how many were expected, received, are missing, by school."""
    cursor(session).execute(TELLING)
    cursor(session).execute(TELL, {"examination": examination})
