"""Why a document cannot be confirmed: the rule in words and the rule in SQL say the same of every kind of document."""

from datetime import date
from itertools import product

import pytest

from core import codes
from core.achievements.confirming import LIST, Issued, judged_kinds, not_confirmed, not_confirmed_sql, words_sql
from core.connections import fetch_all
from tests.register import Register, days

GOOD, TERM, NEVER = "4113100001", "4113100002", "4113100003"
SECONDARY, ARTS = "31016011", "30V21211"
STATUSES = ("valid", "annulled", "lost", "duplicated", "extracted")
DAYS = ("1999-06-12", "2009-08-31", "2009-09-01", "2022-08-10", "2022-08-11", "2023-06-30", "2023-07-01", "2026-06-12")
LAST_DAY_OF_TERM = "2023-06-30"
ASKED = f"""
SELECT d.status, d.issued_on, d.programme, d.replaced, d.institution, {not_confirmed_sql("d", "d.replaced")}
FROM unnest(%(institutions)s::text[], %(statuses)s::text[], %(days)s::date[], %(programmes)s::text[], %(replaced)s::bool[])
    AS d (institution, status, issued_on, programme, replaced)"""


@pytest.fixture
def schools(register: Register) -> Register:
    """One accredited for ever, one whose term ended, one that never was and whose programme has no licence."""
    for number in (GOOD, TERM, NEVER):
        register.institution(number)
    for number, term in ((GOOD, days("2010-01-01")), (TERM, days("2010-01-01", LAST_DAY_OF_TERM))):
        register.programme(number, SECONDARY)
        register.accreditation(number, term)
    return register


def recognised(institution: str, programme: str | None, on: date) -> tuple[bool, bool]:
    """Whether the programme was licensed, and whether it was accredited then; from this day on by its institution alone."""
    accredited = on >= date(2022, 8, 11) and (institution == GOOD or (institution == TERM and on.isoformat() <= LAST_DAY_OF_TERM))
    return institution != NEVER and programme == SECONDARY, accredited


def test_rule_and_sql_say_the_same_of_every_kind_of_document(schools: Register) -> None:
    documents = list(product((GOOD, TERM, NEVER), STATUSES, DAYS, (SECONDARY, ARTS, None), (False, True)))
    columns = dict(
        zip(("institutions", "statuses", "days", "programmes", "replaced"), map(list, zip(*documents, strict=True)), strict=True)
    )
    with schools.databases.replica.begin() as session:
        rows = fetch_all(session, ASKED, {**columns, "today": date(2026, 11, 27)})
    assert len(rows) == len(documents)
    for status, on, programme, replaced, institution, reason in rows:
        told = Issued(status, on, programme, replaced, *recognised(institution, programme, on))
        assert (told, reason) == (told, not_confirmed(told))
    assert {row[-1] for row in rows} == {None, *(row["code"] for row in codes.rows(LIST))}


def test_every_reason_has_words(schools: Register) -> None:
    for row in codes.rows(LIST):
        [[words]] = schools.execute(f"SELECT {words_sql(':code')}", code=row["code"])
        assert words == row["name_en"]
    assert schools.execute(f"SELECT {words_sql('NULL')}") == [(None,)]


def test_what_leads_to_no_recognised_document_is_not_judged_by_recognition() -> None:
    assert "31" in judged_kinds()
    told = Issued("valid", date(2026, 6, 12), ARTS, False, False, False)
    assert not_confirmed(told) is None
    assert not_confirmed(told._replace(programme=None)) is None
    assert not_confirmed(told._replace(programme=SECONDARY)) == "notRecognised"
