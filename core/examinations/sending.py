"""A message's items on their way (ziņojuma vienības): judged one by one, looked up and written together through a temporary table."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from core.connections import cursor
from core.errors import Refusal
from core.examinations.examining import Known
from core.examinations.items import ACCEPTED, REJECTED, UNCHANGED, Keys, Outcome, Submitted
from core.submissions import Answered, Done, RefusedItem, Sender, known
from core.submissions.items import as_sent

COLUMNS = {
    "position": "int",
    "sender_key": "text",
    "examination_id": "bigint",
    "candidate_key": "text",
    "named_scheme": "text",
    "named_issuer": "text",
    "named_value": "text",
    "given_name": "text",
    "surname": "text",
    "birth_date": "date",
    "institution": "text",
    "state": "text",
    "outcome": "text",
    "scale": "text",
    "value": "text",
    "cefr": "text",
    "parts": "jsonb",
    "certificate": "text",
    "threshold": "int",
    "passed": "boolean",
    "reason": "text",
}
TABLE = f"""
CREATE TEMPORARY TABLE IF NOT EXISTS sent_examined ({", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())})
ON COMMIT DELETE ROWS"""
# A new message in the same transaction, or a second attempt, begins with an empty table.
EMPTY, COPY = "TRUNCATE sent_examined", f"COPY sent_examined ({', '.join(COLUMNS)}) FROM STDIN"
# Statements look a thousand rows up in large tables; a plan made for an empty table must not read them whole.
BY_INDEX, AS_USUAL = "SET LOCAL enable_seqscan = off", "SET LOCAL enable_seqscan = on"

Line = Mapping[str, Any]


class Sending:
    """The items of one message: which are refused and why, and what became of the others."""

    def __init__(self, session: Session, sender: Sender, items: Sequence[Any]) -> None:
        self.session, self.sender, self.items = session, sender, items
        self.refused: dict[int, Refusal] = {}
        self.outcomes: dict[int, Outcome] = {}
        self._keys = Keys()

    def each(self, positions: Iterable[int], judge: Callable[[int, Any], Any]) -> dict[int, Any]:
        """What a judgement gives for each item that it lets through; the others are refused."""
        passed = {}
        for position in positions:
            try:
                passed[position] = judge(position, self.items[position - 1])
            except Refusal as refusal:
                self.refuse(position, refusal)
        return passed

    def refuse(self, position: int, refusal: Refusal) -> None:
        """An item is not taken."""
        self.refused[position] = refusal

    def check_key(self, item: Any) -> None:
        """One item for a key."""
        self._keys.check(item.sender_key)

    def copy(self, lines: Iterable[Line]) -> None:
        """The lines into the temporary table."""
        cursor(self.session).execute(TABLE)
        cursor(self.session).execute(EMPTY)
        with cursor(self.session).copy(COPY) as copy:
            for line in lines:
                copy.write_row([line.get(column) for column in COLUMNS])

    def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        """What a statement gives about the lines; it knows the sender."""
        run = cursor(self.session).execute
        run(BY_INDEX)
        found = run(statement, {"sender": self.sender.client, **values})
        rows = found.fetchall() if found.description else []
        run(AS_USUAL)
        return rows

    def settle(self, position: int, outcome: str, **more: Any) -> None:
        """What became of an item that was taken."""
        self.outcomes[position] = Outcome(position, self.items[position - 1].sender_key, outcome, **more)

    def done(self, persons: Iterable[int]) -> Done:
        """The answer to the message."""
        for position, refusal in self.refused.items():
            self.settle(position, REJECTED, code=refusal.code, reason=str(refusal))
        outcomes = [self.outcomes[position] for position in range(1, len(self.items) + 1)]
        counts = [len(outcomes), *(sum(one.outcome == kind for one in outcomes) for kind in (ACCEPTED, UNCHANGED, REJECTED))]
        refused = [
            RefusedItem(position, self.items[position - 1].sender_key, refusal, as_sent(self.items[position - 1]))
            for position, refusal in sorted(self.refused.items())
        ]
        return Done([*counts, outcomes], sorted(set(persons)), counts[0], counts[1], counts[2], refused)


def institutions_of(session: Session, sender: Sender, items: Sequence[Any]) -> dict[str, bool]:
    """The institutions that items name, and whether the sender may send about them."""
    return known.within(session, sender.scope, sender.today, {item.institution for item in items})


def named_columns(item: Any, name: tuple[str, str, str], examinations: Mapping[str, Known]) -> dict[str, Any]:
    """The columns of whom an item is about."""
    return {
        "sender_key": item.sender_key,
        "examination_id": examinations[item.examination].id,
        "named_scheme": name[0],
        "named_issuer": name[1],
        "named_value": name[2],
        "given_name": item.given_name.strip(),
        "surname": item.surname.strip(),
        "birth_date": item.birth_date or None,
        "institution": item.institution,
    }


def submitted(answered: Answered) -> Submitted:
    """The answer of now or of the first time."""
    received, accepted, unchanged, rejected, outcomes = answered.answer
    return Submitted(answered.data_as_of, answered.repeated, received, accepted, unchanged, rejected, outcomes, answered.persons)
