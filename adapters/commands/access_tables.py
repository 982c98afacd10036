"""Grants and their changes as tables and words for `viis access`."""

from collections.abc import Iterable
from datetime import date, datetime

from rich.console import Console
from rich.table import Table
from sqlalchemy.dialects.postgresql import Range

from adapters.inquiry import RIGA
from core.access import ScopeKind
from core.grant_history import Changed
from core.model import AccessGrant

GRANT = ("grant", "client", "operation", "scope", "rights", "fields", "purpose", "legal basis", "valid")


def print_grants(grants: Iterable[AccessGrant]) -> None:
    """Grants, one a line."""
    table = Table(*GRANT)
    for one in grants:
        table.add_row(*_described(one))
    _print(table, "Nothing is granted to anybody.")


def print_changes(changes: Iterable[Changed]) -> None:
    """Changes of rights, one a line: what a second user has to know of it, who proposed it, who decided it."""
    table = Table("change", "what", *GRANT, "why", "proposed", "outcome")
    for change, grant in changes:
        ended = "waits"
        if change.outcome is not None:
            said = (change.outcome, _local(change.decided_at), change.decided_by, f"({change.decided_login})", change.decided_reason)
            ended = " ".join(part for part in said if part)
        proposed = f"{_local(change.proposed_at)} {change.proposed_by} ({change.proposed_login})"
        table.add_row(str(change.id), change.kind, *_described(grant), change.reason or "", proposed, ended)
    _print(table, "No change of rights waits.")


def _described(grant: AccessGrant) -> tuple[str, ...]:
    fields = f"all of its day ({len(grant.allowed or ())})" if grant.fields is None else ", ".join(grant.fields)
    about = (str(grant.id), grant.client, grant.operation, scope_in_words(ScopeKind(grant.scope), grant.scope_values))
    rights = [*grant.rights, *([hidden_in_words(grant.hidden_days)] if grant.hidden_days else [])]
    return *about, ", ".join(rights), fields, grant.purpose, grant.legal_basis, valid_in_words(grant.valid)


def hidden_in_words(days: int) -> str:
    """For how long a person is not told who asked."""
    return f"hidden for {days} days from the person asked about"


def scope_in_words(kind: ScopeKind, values: Iterable[str]) -> str:
    """Whose data a grant reaches; persons are counted, not named."""
    values = list(values)
    if kind is ScopeKind.PERSONS:
        return f"persons: {len(values)}"
    return f"{kind.value} {', '.join(values)}".strip()


def valid_in_words(valid: "Range[date]") -> str:
    """A period by its first and its last day."""
    last = None if valid.upper is None else date.fromordinal(valid.upper.toordinal() - (0 if valid.bounds[1] == "]" else 1))
    return "always" if valid.lower is last is None else f"{valid.lower or ''} – {last or ''}".strip()


def _local(instant: datetime | None) -> str:
    return "" if instant is None else f"{instant.astimezone(RIGA):%Y-%m-%d %H:%M:%S}"


def _print(table: Table, empty: str) -> None:
    if not table.row_count:
        print(empty)
        return
    # Wide enough whatever the terminal: a table that is cut off is of no use to who confirms it.
    Console(width=260, markup=False, emoji=False).print(table)
