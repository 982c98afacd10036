"""A made-up nation to try everything on (izdomāta tauta): nobody in it exists, and no code in it can be anybody's."""

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

# A child of school age who learns now, with several affiliations; one who came with the population register's list if there is any.
SAMPLE_PERSON = text("""
SELECT i.value
  FROM person_profile p
  JOIN identity i ON i.person_id = p.person_id AND i.scheme = 'personal_code' AND i.current
  JOIN affiliation a ON a.identity_id = i.id AND upper_inf(a.recorded) AND a.status <> 'DUB'
  LEFT JOIN residence r ON r.person_id = p.person_id AND r.kind = 'declared' AND upper_inf(r.recorded) AND upper_inf(r.valid)
 WHERE upper_inf(p.recorded) AND NOT p.restricted AND p.status = 'resident'
   AND p.born_on BETWEEN DATE '2017-07-01' AND DATE '2018-06-30'
 GROUP BY i.value, p.person_id
HAVING bool_or(a.main AND a.status = 'AKT') AND count(DISTINCT a.id) >= 4
 ORDER BY count(r.id) = 0, count(DISTINCT a.institution) DESC, i.value
 LIMIT 1
""")

# Somebody who finished secondary school lately, with marks, several published results, and nothing that is unusual about the document.
SAMPLE_APPLICANT = text("""
SELECT i.value
  FROM education_document d
  JOIN identity i ON i.id = d.identity_id AND i.scheme = 'personal_code' AND i.current
  JOIN person_profile p ON p.person_id = i.person_id AND upper_inf(p.recorded) AND NOT p.restricted AND p.status = 'resident'
  JOIN exam_result r ON r.identity_id = i.id AND upper_inf(r.recorded)
 WHERE upper_inf(d.recorded) AND d.document_type = 'ATV' AND d.status = 'valid' AND d.marks IS NOT NULL
 GROUP BY i.value, d.issued_on
HAVING count(*) FILTER (WHERE r.outcome = 'result') >= 3
 ORDER BY d.issued_on DESC, count(*) FILTER (WHERE r.reason = 'appeal') = 0, count(*) DESC, i.value
 LIMIT 1
""")


def sample_person(session: Session) -> str:
    """A made-up child's personal code that shows much when asked for; never a restricted person's."""
    return _found(session, SAMPLE_PERSON, "child")


def sample_applicant(session: Session) -> str:
    """A made-up applicant's personal code: with a document, marks and results of examinations, one corrected where there is such a one."""
    return _found(session, SAMPLE_APPLICANT, "applicant")


def _found(session: Session, statement: TextClause, what: str) -> str:
    code: str | None = session.execute(statement).scalar()
    if code is None:
        raise LookupError(f"The register holds no made-up {what} to show. Load the made-up nation first: viis demo-data")
    return code
