"""Placeholder until the rule is merged."""

WORDS = {"annulled": "The document was annulled."}


def not_confirmed_sql(document: str, at: str | None) -> str:
    return f"CASE WHEN {document}.status = 'annulled' THEN 'annulled' END"
