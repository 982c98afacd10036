"""Submitted education documents (izglītības dokumenti), told to who follows achievements and to who was told what they said before."""

from sqlalchemy.orm import Session

from core.achievements import recalling, telling
from core.connections import cursor
from core.submissions.items import Changed

# A document that turned out to be somebody else's is gone for those who were told it of the first one, and new for the others.
PAIRS = """
SELECT o.id, CASE WHEN oi.person_id = ni.person_id THEN n.id END, n.entry_id, oi.person_id = ni.person_id, n.status
FROM unnest(%(olds)s::bigint[], %(news)s::bigint[]) AS c (old, new)
JOIN education_document o ON o.id = c.old JOIN identity oi ON oi.id = o.identity_id
LEFT JOIN education_document n ON n.id = c.new LEFT JOIN identity ni ON ni.id = n.identity_id ORDER BY o.entry_id"""


def tell(session: Session, changed: Changed) -> None:
    """What is new, what has another version, what is gone."""
    new, corrected, gone = list(changed.new), list[int](), list[int]()
    recalled = list[tuple[int, int | None, str]]()
    if changed.replaced:
        olds, news = (list(column) for column in zip(*changed.replaced, strict=True))
        for old, instead, entry, same_person, status in cursor(session).execute(PAIRS, {"olds": olds, "news": news}).fetchall():
            if entry is None:
                gone.append(old)
            else:
                (corrected if same_person else new).append(entry)
            reason = "withdrawn" if instead is None else "annulled" if status == "annulled" else "changed"
            recalled.append((old, instead, reason))
    # First, since what is told from here on is no old value.
    recalling.recall(session, "educationDocument", recalled)
    telling.new_documents(session, new)
    telling.corrected_documents(session, corrected)
    telling.withdrawn_documents(session, gone)
