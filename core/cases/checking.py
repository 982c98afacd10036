"""Personal codes in five lists (personas kodu pārbaude): who fulfils the duty to learn, who does not, whom it does not concern.

One statement for up to 3 000 codes, by the same rules as the refresh. Somebody outside the asker's scope is answered exactly like somebody
who is not in the register.
"""

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import NamedTuple

from sqlalchemy.orm import Session

from core.access import Right, Scope, ScopeKind
from core.cases.due import DOCUMENTED_PERSONS, ENROLLED_PERSONS, EXEMPT_PERSONS, parameters
from core.compulsory_age import rules_on
from core.connections import fetch_all
from core.errors import InvalidPersonalCode, InvalidQuestion
from core.identity_history import declared_now
from core.personal_code import normalise
from core.reach import reached
from core.reading import AT, INSTANT, check_day

MOST = 3000
NOT_FULFILLING, FULFILLING, OUTSIDE_DUTY, UNKNOWN = "notFulfilling", "fulfilling", "outsideDuty", "notInRegister"


class Checked(NamedTuple):
    """The codes, each once and as it was sent, in the list that it belongs to; whose data it is."""

    data_as_of: str
    not_fulfilling: Sequence[str]
    fulfilling: Sequence[str]
    not_in_register: Sequence[str]
    outside_duty: Sequence[str]
    invalid: Sequence[str]
    persons: list[int]


def check(session: Session, scope: Scope, rights: frozenset[str], asked: Sequence[str], on: date, today: date) -> Checked:
    """What the rules say of each code on a day."""
    check_day(on)
    if len(asked) > MOST:
        raise InvalidQuestion(f"At most {MOST} personal codes are checked at a time.")
    codes, invalid = _read(asked)
    values = {
        **scope.parameters,
        **parameters(on, rules_on(on)),
        "codes": list(codes),
        "today": today,
        "as_of": None,
        "restricted": Right.RESTRICTED in rights,
    }
    rows = fetch_all(session, _statement(scope.kind), values)
    lists: dict[str, list[str]] = {NOT_FULFILLING: [], FULFILLING: [], UNKNOWN: [], OUTSIDE_DUTY: []}
    for _, code, found, _ in rows:
        lists[found].append(codes[code])
    persons = list(dict.fromkeys(person for *_, person in rows if person is not None))
    data_as_of = rows[0][0] if rows else fetch_all(session, f"SELECT {INSTANT.format(AT)}", values)[0][0]
    return Checked(data_as_of, lists[NOT_FULFILLING], lists[FULFILLING], lists[UNKNOWN], lists[OUTSIDE_DUTY], invalid, persons)


def _read(asked: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The codes by their eleven digits, and those that have not the form of one."""
    codes: dict[str, str] = {}
    invalid: dict[str, None] = {}
    for said in asked:
        try:
            codes.setdefault(normalise(said), said)
        except InvalidPersonalCode:
            invalid[said] = None
    return codes, list(invalid)


@cache
def _statement(kind: ScopeKind) -> str:
    """For each code the list that it belongs to; people outside the scope are nobody."""
    of_age = (
        "p.born_on BETWEEN %(born_from)s AND %(born_to)s AND p.status <> 'deceased' AND (p.died_on IS NULL OR p.died_on > %(on)s::date)"
    )
    return f"""
SELECT (SELECT {INSTANT.format(AT)}), c.code, CASE
    WHEN found.person_id IS NULL THEN '{UNKNOWN}'
    WHEN NOT found.duty OR EXISTS (SELECT FROM ({DOCUMENTED_PERSONS}) x WHERE x.person_id = found.person_id)
        OR EXISTS (SELECT FROM ({EXEMPT_PERSONS}) x WHERE x.person_id = found.person_id) THEN '{OUTSIDE_DUTY}'
    WHEN EXISTS (SELECT FROM ({ENROLLED_PERSONS}) x WHERE x.person_id = found.person_id) THEN '{FULFILLING}'
    ELSE '{NOT_FULFILLING}' END, found.person_id
FROM unnest(%(codes)s::text[]) WITH ORDINALITY c (code, position)
LEFT JOIN LATERAL (
    SELECT p.person_id, coalesce({of_age} AND known_now.municipality IS NOT NULL, false) AS duty
    FROM identity i
    JOIN person_profile p ON p.person_id = i.person_id AND upper_inf(p.recorded)
    {declared_now("home")}
    CROSS JOIN LATERAL (SELECT p.restricted, p.born_on, home.municipality) known_now
    WHERE i.scheme = 'personal_code' AND i.issuer = '' AND i.value = c.code AND {reached(kind)}) found ON true
ORDER BY c.position"""
