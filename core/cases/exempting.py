"""Exemptions from the duty to learn (atbrīvojumi no obligātās izglītības) that municipalities and IKVD submit, item by item.

An item is known by its sender's key: the same again is unchanged, another content is the next version, a withdrawn one holds no more. The
case of an exempt child closes, and that of one who is exempt no longer reopens, with the next refresh.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any, NamedTuple

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from core import codes
from core.access import Right, ScopeKind
from core.connections import cursor, fetch_all
from core.errors import InvalidItem, InvalidPersonalCode, Refusal, RepeatedKey, UnknownCode, UnknownEntry, UnknownPerson
from core.identity_history import declared_now
from core.people import lock
from core.personal_code import normalise
from core.reach import reached
from core.submissions.batches import Done, RefusedItem, Sender
from core.submissions.items import check_period
from core.submissions.message import ACCEPTED, REJECTED, UNCHANGED
from core.submissions.versions import CLOSE

HELD = """
SELECT e.id, e.sender_key, i.person_id, e.identity_id, e.ground, e.decision_number, e.decided_on::text, e.decided_by, lower(e.valid)::text,
    (upper(e.valid) - 1)::text
FROM exemption e JOIN identity i ON i.id = e.identity_id
WHERE e.sender = %(sender)s AND e.sender_key = ANY(%(keys)s) AND upper_inf(e.recorded)"""
ADD = """
INSERT INTO exemption (identity_id, ground, decision_number, decided_on, decided_by, municipality, sender, sender_key, valid)
SELECT identity_id, ground, decision_number, decided_on::date, decided_by, municipality, %(sender)s, sender_key,
    daterange(valid_from::date, valid_to::date, CASE WHEN valid_to IS NULL THEN '[)' ELSE '[]' END)
FROM jsonb_to_recordset(%(rows)s) AS sent (identity_id bigint, ground text, decision_number text, decided_on text, decided_by text,
    municipality text, sender_key text, valid_from text, valid_to text)"""


@dataclass(slots=True, kw_only=True)
class ExemptionItem:
    """An exemption (atbrīvojums) as it is submitted: whose, on what ground, by which decision, for which days."""

    sender_key: str
    personal_code: str
    ground: str
    decision_number: str
    decided_on: str
    decided_by: str
    valid_from: str
    valid_to: str | None = None
    withdrawn: bool = False


class ExemptionOutcome(NamedTuple):
    """What became of an item (iznākums)."""

    position: int
    sender_key: str
    outcome: str
    code: str | None
    reason: str | None


class Child(NamedTuple):
    """Who a code stands for (bērns), as far as the sender may know: the code's row, the person, where the child is declared."""

    identity_id: int
    person_id: int
    municipality: str | None


class HeldExemption(NamedTuple):
    """What is recorded under a key (spēkā esošais atbrīvojums): its version, whose it is, what it says."""

    version: int
    person_id: int
    said: list[Any]


@dataclass
class _Judged:
    """Items on their way: what is refused, what is the same, what is to be written and which versions end."""

    refused: dict[int, Refusal] = field(default_factory=dict)
    unchanged: set[int] = field(default_factory=set)
    rows: list[dict[str, Any]] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)


def submit_exemptions(session: Session, sender: Sender, rights: frozenset[str], items: Sequence[ExemptionItem]) -> Done:
    """Judges and writes the items; to be called as the work of `core.submissions.once`."""
    children = _children(session, sender, rights, items)
    lock(session, sorted({child.person_id for child in children.values()}))
    asked = {"sender": sender.client, "keys": [item.sender_key for item in items]}
    held = {key: HeldExemption(version, person, said) for version, key, person, *said in fetch_all(session, HELD, asked)}
    judged = _judge(sender, items, children, held)
    cursor(session).execute(CLOSE.format("exemption"), {"ids": judged.ended})
    cursor(session).execute(ADD, {"sender": sender.client, "rows": Jsonb(judged.rows)})
    outcomes = [_outcome(position, item, judged) for position, item in enumerate(items, 1)]
    counts = [sum(one.outcome == kind for one in outcomes) for kind in (ACCEPTED, UNCHANGED, REJECTED)]
    refused = [RefusedItem(at, items[at - 1].sender_key, refusal, asdict(items[at - 1])) for at, refusal in sorted(judged.refused.items())]
    persons = sorted({child.person_id for child in children.values()})
    return Done([len(items), *counts, outcomes], persons, len(items), counts[0], counts[1], refused)


def _judge(sender: Sender, items: Sequence[ExemptionItem], children: dict[str, Child], held: dict[str, HeldExemption]) -> _Judged:
    judged, keys = _Judged(), set[str]()
    for position, item in enumerate(items, 1):
        try:
            if item.sender_key in keys:
                raise RepeatedKey
            keys.add(item.sender_key)
            child = _check(sender, item, children)
        except Refusal as refusal:
            judged.refused[position] = refusal
            continue
        before = held.get(item.sender_key)
        values = [child.identity_id, item.ground, item.decision_number, item.decided_on, item.decided_by, item.valid_from, item.valid_to]
        if before is not None and before.person_id != child.person_id:
            judged.refused[position] = UnknownEntry("Under this key an exemption of somebody else is recorded.")
        elif (before is None) if item.withdrawn else (before is not None and before.said == values):
            judged.unchanged.add(position)
        else:
            judged.ended += [before.version] if before else []
            judged.rows += [] if item.withdrawn else [asdict(item) | {"identity_id": values[0], "municipality": child.municipality}]
    return judged


def _check(sender: Sender, item: ExemptionItem, children: dict[str, Child]) -> Child:
    """Raises the rule that an item breaks by itself, or by whom it is about."""
    check_period(item.valid_from, item.valid_to)
    check_period(item.decided_on, None)
    if item.decided_on > sender.today.isoformat():
        raise InvalidItem("The decision lies in the future.")
    if not item.decision_number.strip() or not item.decided_by.strip():
        raise InvalidItem("The number of the decision or who made it is empty.")
    if item.ground not in {row["code"] for row in codes.rows("exemption_grounds")}:
        raise UnknownCode("This is no ground for an exemption.")
    child = children.get(normalise(item.personal_code))
    if child is None:
        raise UnknownPerson("Nobody whom the sender's grant reaches is known by this code.")
    return child


def _children(session: Session, sender: Sender, rights: frozenset[str], items: Sequence[ExemptionItem]) -> dict[str, Child]:
    """Whom the codes stand for; people outside the scope are nobody."""
    wanted = set[str]()
    for item in items:
        try:
            wanted.add(normalise(item.personal_code))
        except InvalidPersonalCode:
            continue
    asked = {**sender.scope.parameters, "codes": sorted(wanted), "on": sender.today, "today": sender.today}
    rows = fetch_all(session, _named(sender.scope.kind), asked | {"restricted": Right.RESTRICTED in rights})
    return {code: Child(*child) for code, *child in rows}


@cache
def _named(kind: ScopeKind) -> str:
    return f"""
SELECT i.value, i.id, i.person_id, known_now.municipality
FROM identity i JOIN person_profile p ON p.person_id = i.person_id AND upper_inf(p.recorded)
{declared_now("home")}
CROSS JOIN LATERAL (SELECT p.restricted, p.born_on, home.municipality) known_now
WHERE i.scheme = 'personal_code' AND i.issuer = '' AND i.value = ANY(%(codes)s) AND {reached(kind)}"""


def _outcome(position: int, item: ExemptionItem, judged: _Judged) -> ExemptionOutcome:
    refusal = judged.refused.get(position)
    if refusal is not None:
        return ExemptionOutcome(position, item.sender_key, REJECTED, refusal.code, str(refusal))
    return ExemptionOutcome(position, item.sender_key, UNCHANGED if position in judged.unchanged else ACCEPTED, None, None)
