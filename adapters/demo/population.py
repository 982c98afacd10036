"""What the population register says of a made-up person (Fizisko personu reģistra ziņas), as lines of its two files."""

import json
from datetime import date, timedelta
from typing import Any

from adapters.demo.people import Fate, MadeUpPerson, residence_before_move, residence_of

Change = tuple[str, str, int, str, str]
STATUSES = {Fate.EMIGRATED: "emigrated", Fate.DIED: "deceased"}


def person_record(person: MadeUpPerson) -> dict[str, Any]:
    """The person as the population register knows it today."""
    died = person.fate_on.isoformat() if person.fate is Fate.DIED and person.fate_on else None
    return {
        "code": person.code,
        "former_codes": person.former_codes,
        "given_name": person.given_name,
        "surname": person.surname,
        "born_on": person.born_on.isoformat(),
        "died_on": died,
        "status": STATUSES.get(person.fate, "resident"),
        "restricted": person.restricted,
        "residence": residence_of(person),
        "guardians": person.guardians,
    }


def changes_of(person: MadeUpPerson, record: dict[str, Any], since: date) -> list[Change]:
    """What was reported of the person since a day: (day, code, order, kind, the person after it)."""
    happened = sorted(_happened(person), key=lambda change: change[0])
    changes: list[Change] = []
    for order, (day, kind, before) in reversed(list(enumerate(happened))):
        if day < since:
            break
        changes.append((day.isoformat(), person.code, order, kind, as_line(record)))
        record = {**record, **before}
    return changes


def _happened(person: MadeUpPerson) -> list[tuple[date, str, dict[str, Any]]]:
    """Every change with what was different before it."""
    happened = [(person.born_on, "birth", {}), *person.changes]
    moved_on, left_on = person.household.moved_on, person.fate_on
    if moved_on and moved_on > person.born_on and person.fate not in (Fate.EMIGRATED, Fate.DIED, Fate.RETURNED):
        happened.append((moved_on, "move", {"residence": residence_before_move(person)}))
    home = {"municipality": person.household.place.code, "address": person.household.address, "from": person.born_on.isoformat()}
    if person.fate is Fate.DIED and left_on:
        happened.append((left_on, "death", {"died_on": None, "status": "resident", "residence": home}))
    if person.fate in (Fate.EMIGRATED, Fate.RETURNED) and left_on:
        happened.append((left_on, "emigration", {"status": "resident", "residence": home}))
    if person.back_on:
        happened.append((person.back_on, "return", {"status": "emigrated", "residence": None}))
    return happened


def change_line(position: int, change: Change) -> str:
    """A line of `changes.jsonl`."""
    day, _, _, kind, person = change
    return f'{{"position":{position},"kind":"{kind}","occurred_on":"{day}","person":{person}}}'


def as_line(record: dict[str, Any]) -> str:
    """A record as one line of JSON, its letters as they are."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def reported_since(today: date) -> date:
    """The changes of the last year are kept."""
    return today - timedelta(days=365)
