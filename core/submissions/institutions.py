"""Institutions that are submitted (iesniegtās iestādes): what is said of them from a day on, added to what was known before.

The institutions of a message are locked in the order of their numbers before anything is read: of two senders about one institution the
second one decides by what the first one wrote, and what it says is known later.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.access import Scope, ScopeKind
from core.changes import institutions_changed
from core.connections import cursor
from core.errors import Refusal, RepeatedKey
from core.periods import EVER, FOR_EVER, Period, nearest, period_of
from core.reading import with_predecessors
from core.submissions import known
from core.submissions.batches import Done, RefusedItem, Sender, canonical, once
from core.submissions.institution_items import Change, Held, InstitutionItem, Offer, Profile, Succession, as_sent, day
from core.submissions.institution_rules import KINDS, LEGAL_STATUSES, LEVELS, SUBORDINATIONS, TYPES, Judge
from core.submissions.message import ACCEPTED, REJECTED, UNCHANGED, Outcome, Submitted

LOCK = "SELECT registration_number FROM institution WHERE registration_number = ANY(%(numbers)s) ORDER BY 1 FOR UPDATE"
# Later than whatever is known of these institutions, also when this transaction waited for another one or a clock was put back.
KNOWN_FROM = """
SELECT greatest(now(), (
    SELECT max(lower(recorded)) + interval '1 microsecond' FROM (
        SELECT recorded FROM institution_profile WHERE institution = ANY(%(numbers)s) AND upper_inf(recorded)
        UNION ALL SELECT recorded FROM programme_profile WHERE institution = ANY(%(numbers)s) AND upper_inf(recorded)
        UNION ALL SELECT recorded FROM institution_succession WHERE successor = ANY(%(numbers)s) AND upper_inf(recorded)) said))"""
PROFILE = ", ".join(Profile._fields)
PROFILES = f"""
SELECT institution, lower(valid), upper(valid), id, {PROFILE} FROM institution_profile
WHERE institution = ANY(%(numbers)s) AND upper_inf(recorded) ORDER BY institution, valid"""
SUCCESSIONS = """
SELECT successor, predecessor, kind, since, id FROM institution_succession WHERE successor = ANY(%(numbers)s) AND upper_inf(recorded)"""
OFFERS = """
SELECT institution, code, lower(valid), upper(valid), id, entry_id, name, lki_level FROM programme_profile
WHERE institution = ANY(%(numbers)s) AND upper_inf(recorded) ORDER BY institution, code, valid"""
MUNICIPALITIES = f"""
SELECT code, upper(valid), code = ANY({with_predecessors("%(scope)s", "%(today)s::date")}) FROM municipality"""

NEW = "INSERT INTO institution (registration_number) VALUES (%(number)s)"
CLOSE = "UPDATE {0} SET recorded = tstzrange(lower(recorded), %(known_from)s) WHERE id = ANY(%(keys)s)"
ADD_PROFILE = f"""
INSERT INTO institution_profile (institution, {PROFILE}, valid, recorded)
VALUES (%(institution)s, {", ".join(f"%({name})s" for name in Profile._fields)}, daterange(%(first)s, %(after)s),
        tstzrange(%(known_from)s, NULL))"""
ADD_SUCCESSION = """
INSERT INTO institution_succession (predecessor, successor, kind, since, recorded)
VALUES (%(predecessor)s, %(successor)s, %(kind)s, %(since)s, tstzrange(%(known_from)s, NULL))"""
NEW_PROGRAMME = "INSERT INTO programme (institution, code) VALUES (%(institution)s, %(code)s) ON CONFLICT DO NOTHING"
ADD_OFFER = """
INSERT INTO programme_profile (entry_id, institution, code, name, lki_level, valid, recorded)
VALUES (coalesce(%(entry)s, nextval('programme_entry')), %(institution)s, %(code)s, %(name)s, %(lki_level)s,
        daterange(%(first)s, %(after)s), tstzrange(%(known_from)s, NULL))"""
VERSIONS = """
SELECT p.institution, p.id FROM unnest(%(numbers)s::text[], %(days)s::date[]) AS said(number, day)
JOIN institution_profile p ON p.institution = said.number AND p.valid @> said.day AND upper_inf(p.recorded)"""


def submit_institutions(
    session: Session, sender: Sender, batch_key: str, items: Sequence[InstitutionItem], dry_run: bool = False
) -> Submitted:
    """Judges and writes the items, or only judges them; the same message again is answered as the first time."""
    body = b"\0".join(canonical(item) for item in items)
    answered = once(session, sender, "submitInstitutions", batch_key, body, lambda: _work(session, sender, items, dry_run), dry_run)
    received, accepted, unchanged, rejected, outcomes = answered.answer
    return Submitted(answered.data_as_of, answered.repeated, received, accepted, unchanged, rejected, outcomes, answered.persons)


def _work(session: Session, sender: Sender, items: Sequence[InstitutionItem], dry_run: bool) -> Done:
    judge, known_from = _prepare(session, sender, items)
    existing = set(judge.held)
    changed: dict[str, Change] = {}
    refused: dict[int, Refusal] = {}
    seen = set[str]()
    for position, item in enumerate(items, 1):
        number = item.registration_number
        try:
            if number in seen:
                raise RepeatedKey("This institution stood in this message before; the first item was judged.")
            seen.add(number)
            change = judge.change(item)
        except Refusal as refusal:
            refused[position] = refusal
            continue
        if change:
            changed[number] = change
            # From here on others can continue it.
            judge.held.setdefault(number, Held(profiles=change.profiles))
    _write(session, changed, existing, known_from)
    institutions_changed(session, changed, sender.today)
    versions = {} if dry_run else _versions(session, [item for item in items if item.registration_number in changed])
    outcomes = []
    for position, item in enumerate(items, 1):
        number = item.registration_number
        if position in refused:
            outcome = Outcome(position, item.sender_key, REJECTED, None, None, refused[position].code, str(refused[position]))
        elif number in changed:
            # A trial leaves no version, and no institution that was not there before.
            entry = None if dry_run and number not in existing else int(number)
            outcome = Outcome(position, item.sender_key, ACCEPTED, entry, versions.get(number), None, None)
        else:
            version = nearest(judge.held[number].profiles, day(item.valid_from))
            outcome = Outcome(position, item.sender_key, UNCHANGED, int(number), version and version.key, None, None)
        outcomes.append(outcome)
    counts = (len(items), len(changed), len(items) - len(changed) - len(refused), len(refused))
    kept = [
        RefusedItem(position, items[position - 1].sender_key, refusal, as_sent(items[position - 1]))
        for position, refusal in refused.items()
    ]
    return Done([*counts, outcomes], (), *counts[:3], kept)


def _prepare(session: Session, sender: Sender, items: Sequence[InstitutionItem]) -> tuple[Judge, datetime]:
    """Locks what the message is about, reads what it is judged by, and the instant from which it will be known."""
    run, scope = cursor(session).execute, sender.scope
    numbers = {item.registration_number for item in items}
    numbers |= {predecessor.institution for item in items for predecessor in item.predecessors or ()}
    parameters = {"numbers": sorted(numbers), "scope": list(scope.values), "today": sender.today}
    held = {number: Held() for (number,) in run(LOCK, parameters).fetchall()}
    [known_from] = run(KNOWN_FROM, parameters).fetchone() or (sender.now,)
    _read(session, held, parameters)
    lists = (TYPES, KINDS, SUBORDINATIONS, LEGAL_STATUSES, LEVELS, known.RETIRED)
    municipalities = run(MUNICIPALITIES, parameters).fetchall()
    judge = Judge(
        known.read(session, sender.today, lists),
        {code: after or FOR_EVER for code, after, _ in municipalities},
        held,
        scope.kind,
        _reached(scope, (code for code, _, reached in municipalities if reached)),
        sender.today,
    )
    return judge, known_from


def _reached(scope: Scope, municipalities: Iterable[str]) -> frozenset[str]:
    return frozenset(municipalities if scope.kind is ScopeKind.MUNICIPALITIES else scope.values)


def _read(session: Session, held: dict[str, Held], parameters: dict[str, Any]) -> None:
    """What the register holds of the institutions now."""
    run = cursor(session).execute
    for successor, predecessor, kind, since, key in run(SUCCESSIONS, parameters).fetchall():
        held[successor].predecessors[predecessor] = Succession(kind, since, key)
        held.setdefault(predecessor, Held())
    for number, first, after, key, *said in run(PROFILES, {"numbers": list(held)}).fetchall():
        held[number].profiles.append(Period(*period_of(first, after), Profile(*said), key))
    for one in held.values():
        one.profiles = _closed_for_good(one.profiles)
    for number, code, first, after, key, entry, *offer in run(OFFERS, parameters).fetchall():
        held[number].offers.setdefault(code, []).append(Period(*period_of(first, after), Offer(*offer), key, entry))


def _closed_for_good(profiles: list[Period[Profile]]) -> list[Period[Profile]]:
    """A profile that ends with the last day of work says the same as one that goes on and says that it is closed."""
    following = [*(profile.first for profile in profiles[1:]), FOR_EVER]
    return [
        profile._replace(after=until) if profile.said.closed_on and profile.said.closed_on < profile.after else profile
        for profile, until in zip(profiles, following, strict=False)
    ]


def _write(session: Session, changed: dict[str, Change], existing: set[str], known_from: datetime) -> None:
    """New institutions first, so that others can refer to them; what no longer holds is closed before what holds instead is added."""
    run, many = cursor(session).execute, cursor(session).executemany
    _many(many, NEW, [{"number": number} for number in sorted(set(changed) - existing)])
    closed = {
        "institution_profile": [key for change in changed.values() for key in change.closed_profiles],
        "institution_succession": [key for change in changed.values() for key in change.closed_predecessors],
        "programme_profile": [key for change in changed.values() for key in change.closed_offers],
    }
    for table, keys in closed.items():
        if keys:
            run(CLOSE.format(table), {"keys": keys, "known_from": known_from})
    written: dict[str, list[dict[str, Any]]] = {ADD_PROFILE: [], ADD_SUCCESSION: [], NEW_PROGRAMME: [], ADD_OFFER: []}
    for number, change in changed.items():
        fixed = {"institution": number, "known_from": known_from}
        written[ADD_PROFILE] += [{**fixed, **_days(one), **one.said._asdict()} for one in change.profiles]
        written[ADD_SUCCESSION] += [
            {"predecessor": predecessor, "successor": number, "kind": one.kind, "since": one.since, "known_from": known_from}
            for predecessor, one in change.predecessors.items()
        ]
        written[NEW_PROGRAMME] += [{"institution": number, "code": code} for code in sorted({code for code, _ in change.offers})]
        written[ADD_OFFER] += [
            {**fixed, "code": code, "entry": one.entry, **_days(one), **one.said._asdict()} for code, one in change.offers
        ]
    for statement, rows in written.items():
        _many(many, statement, rows)


def _many(many: Any, statement: str, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        many(statement, rows)


def _days(period: Period[Any]) -> dict[str, Any]:
    return {"first": None if period.first == EVER else period.first, "after": None if period.after == FOR_EVER else period.after}


def _versions(session: Session, items: Sequence[InstitutionItem]) -> dict[str, int]:
    """The versions that hold now on the days from which the items say something."""
    said = {"numbers": [item.registration_number for item in items], "days": [day(item.valid_from) for item in items]}
    return dict(cursor(session).execute(VERSIONS, said).fetchall())
