"""Why a child is or is not in the register (skaidrojums): every rule that is looked at, what it saw, what came out, what would change it.

The rules are the functions of `core.compulsory_age`, the very ones that the refresh goes by; here they are only put into words, in Latvian
and in English. No personal code, no programme and no place stands in the words.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core.access import Right, Scope, ScopeKind
from core.cases.due import SUSPENDED_ON
from core.cases.wording import REASONS, Said, put_into_words
from core.compulsory_age import RULES, Facts, Stay, judge, rules_on
from core.connections import fetch_all
from core.identity_history import declared_now
from core.personal_code import normalise
from core.reach import reached
from core.reading import AT, INSTANT, check_as_of, check_day, instant, known_at

APPLIES, DOES_NOT_APPLY, NOT_REACHED = "applies", "doesNotApply", "notReached"


class Rule(NamedTuple):
    """One rule (noteikums): what it saw, whether it applies, and what would change that; in both languages."""

    name: str
    outcome: str
    seen: Said
    would_change: Said | None


class Explained(NamedTuple):
    """What the rules say of a child on a day (skaidrojums): the rule that settled it, or the reason why the child is in the register."""

    data_as_of: str
    persons: list[int]
    settled_by: str | None
    reason: str | None
    reason_in_words: Said | None
    rules: Sequence[Rule]


def explain(
    session: Session, scope: Scope, rights: frozenset[str], code: str, on: date, as_of: datetime | None, now: datetime, today: date
) -> tuple[str, Explained | None]:
    """When the answer is true, and the explanation; None for somebody who is not in the register or outside the scope.

    With `as_of` the facts are those that the register knew then; whose they are, and who may see them, is decided by now.
    """
    check_day(on)
    check_as_of(as_of, now)
    known = None if as_of is None else instant(as_of)
    asked = {
        **scope.parameters,
        "code": normalise(code),
        "on": on,
        "today": today,
        "as_of": known,
        "restricted": Right.RESTRICTED in rights,
    }
    [row] = fetch_all(session, _statement(scope.kind), asked)
    if row[1] is None:
        return row[0], None
    facts, rules = _facts(*row[2:]), rules_on(on)
    verdict = judge(facts, on, rules)
    said: list[Rule] = []
    settled = False
    for name, applies in RULES:
        words = put_into_words(name, facts, on, rules)
        outcome = NOT_REACHED if settled else APPLIES if applies(facts, on, rules) else DOES_NOT_APPLY
        said.append(Rule(name, outcome, words.seen, None if outcome == NOT_REACHED else words.would_change(outcome == APPLIES)))
        settled = settled or outcome == APPLIES
    in_words = REASONS[verdict.reason] if verdict.reason else None
    return row[0], Explained(row[0], [row[1]], verdict.settled_by, verdict.reason, in_words, said)


def _facts(
    born_on: date | None, died_on: date | None, deceased: bool, resident: bool, documents: Any, exemptions: Any, stays: Any
) -> Facts:
    day = date.fromisoformat
    return Facts(
        born_on,
        died_on,
        deceased,
        resident,
        [(kind, day(issued_on)) for kind, issued_on in _list(documents)],
        [(day(first), day(last) if last else None) for first, last in _list(exemptions)],
        [
            Stay(programme, status, day(first), day(last) if last else None, why, day(suspended) if suspended else None)
            for programme, status, first, last, why, suspended in _list(stays)
        ],
    )


def _list(value: Any) -> list[Any]:
    loaded: list[Any] = json.loads(value) if isinstance(value, str) else value
    return loaded


@cache
def _statement(kind: ScopeKind) -> str:
    """What the register holds of a child that the rules look at; one row, and its instant, also when nobody is found."""
    rows = """coalesce((
        SELECT json_agg(json_build_array({0}) ORDER BY {1}) FROM identity i JOIN {2} ON {3} WHERE i.person_id = p.person_id), '[]')"""
    stay = f"a.programme, a.status, lower(a.valid), upper(a.valid) - 1, a.end_reason, CASE WHEN a.status = 'APT' THEN {SUSPENDED_ON} END"
    stays = rows.format(stay, "lower(a.valid), a.id", "affiliation a", f"a.identity_id = i.id AND {known_at('a')}")
    documents = rows.format(
        "d.document_type, d.issued_on", "d.issued_on, d.id", "education_document d",
        f"d.identity_id = i.id AND {known_at('d')} AND d.status <> 'annulled'",
    )  # fmt: skip
    exemptions = rows.format(
        "lower(e.valid), upper(e.valid) - 1", "lower(e.valid), e.id", "exemption e", f"e.identity_id = i.id AND {known_at('e')}"
    )
    return f"""
SELECT {INSTANT.format(AT)}, found.*
FROM (VALUES (1)) one LEFT JOIN LATERAL (
    SELECT p.person_id, known.born_on, known.died_on, coalesce(known.status = 'deceased', false), EXISTS (
            SELECT FROM residence r
            WHERE r.person_id = p.person_id AND r.kind = 'declared' AND {known_at("r")} AND r.valid @> %(on)s::date),
        {documents}, {exemptions}, {stays}
    FROM identity asked
    JOIN person_profile p ON p.person_id = asked.person_id AND upper_inf(p.recorded)
    LEFT JOIN person_profile known ON known.person_id = p.person_id AND {known_at("known")}
    {declared_now("home")}
    CROSS JOIN LATERAL (SELECT p.restricted, p.born_on, home.municipality) known_now
    WHERE asked.scheme = 'personal_code' AND asked.issuer = '' AND asked.value = %(code)s AND {reached(kind)}) found ON true"""
