"""What an operation of the journal is called for a person (darbības nosaukums), and how the data went: as a page, a feed, a copy."""

from functools import cache
from typing import NamedTuple

from core import codes

LIST = "disclosed_operations"
SINGLE, BULK = "single", "bulk"


class Told(NamedTuple):
    """How data went to somebody (izsniegšanas veids), and what that is called."""

    kind: str
    action: str
    action_en: str


def code_of(operation: str) -> str:
    """The operation in the code list: `service.operation` without its service, a command with hyphens."""
    return operation.rpartition(".")[2].replace(" ", "-")


def told(operation: str, persons: int) -> Told:
    """The words for an operation; one that the list does not hold any more is called as it was."""
    row = _rows().get(code_of(operation))
    if row is None:
        return Told(SINGLE if persons == 1 else BULK, operation, operation)
    return Told(row["kind"], row["name_lv"], row["name_en"])


@cache
def _rows() -> dict[str, dict[str, str]]:
    return {row["code"]: row for row in codes.rows(LIST)}
