"""Why a document cannot be confirmed electronically (kāpēc dokumentu nevar apliecināt): rules as data, in the order of their list.

What happened to the document comes first; then whether the register can know of it at all; then whether the programme was recognised by
the state on the day of issue. That is judged where the kind of programme leads to a recognised document, and from the day on from which the
register has every accreditation.
"""

from datetime import date
from functools import cache
from typing import NamedTuple

from core import codes
from core.accreditation.effect import recognised_then

LIST = "confirmation_reasons"
ANNULLED, LOST, REPLACED, BEFORE, NOT_RECOGNISED = "annulled", "lost", "replaced", "beforeRegister", "notRecognised"


class Issued(NamedTuple):
    """What decides whether a document can be confirmed (apliecināmais dokuments); licensed and accredited are of the day of issue."""

    status: str
    issued_on: date
    programme: str | None
    replaced: bool
    licensed: bool
    accredited: bool


def not_confirmed(document: Issued) -> str | None:
    """The code of the first reason that applies; None when the document can be confirmed. `not_confirmed_sql` says the same in SQL."""
    day, kind = document.issued_on.isoformat(), (document.programme or "")[:2]
    if document.status in (ANNULLED, LOST):
        return document.status
    if document.status == "duplicated" or document.replaced:
        return REPLACED
    if day < _rule(BEFORE)["issued_before"]:
        return BEFORE
    judged = day >= _rule(NOT_RECOGNISED)["issued_since"] and kind in judged_kinds()
    return NOT_RECOGNISED if judged and not (document.licensed and document.accredited) else None


def not_confirmed_sql(document: str, replaced: str, at: str | None = None) -> str:
    """SQL: the code of the reason for a row of education_document, or NULL; `replaced` says whether another one was issued instead."""
    d, kinds = document, ", ".join(f"'{kind}'" for kind in judged_kinds())
    return f"""CASE
            WHEN {d}.status = 'annulled' THEN '{ANNULLED}'
            WHEN {d}.status = 'lost' THEN '{LOST}'
            WHEN {d}.status = 'duplicated' OR {replaced} THEN '{REPLACED}'
            WHEN {d}.issued_on < DATE '{_rule(BEFORE)["issued_before"]}' THEN '{BEFORE}'
            WHEN {d}.issued_on >= DATE '{_rule(NOT_RECOGNISED)["issued_since"]}' AND left({d}.programme, 2) IN ({kinds})
                AND (SELECT NOT (rt.licensed AND rt.accredited) FROM {recognised_then(d, f"{d}.issued_on", at)} rt)
                THEN '{NOT_RECOGNISED}' END"""


def words_sql(code: str) -> str:
    """SQL: the reason in words, by its code."""
    cases = " ".join("WHEN '{}' THEN '{}'".format(name, row["name_en"].replace("'", "''")) for name, row in _rules().items())
    return f"CASE {code} {cases} END"


def _rule(code: str) -> dict[str, str]:
    return _rules()[code]


@cache
def _rules() -> dict[str, dict[str, str]]:
    return {row["code"]: row for row in codes.rows(LIST)}


@cache
def judged_kinds() -> tuple[str, ...]:
    """The kinds of programme that lead to a document that the state recognises."""
    return tuple(row["code"] for row in codes.rows("accreditable_programme_kinds"))
