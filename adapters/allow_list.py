"""What grants may show (atļauto lauku saraksts): every path of an operation's answer that the contract has on the day of a proposal.

The list is written into the grant. What a schema gains later is on no list, so it reaches nobody until another grant is confirmed.
"""

from collections.abc import Collection, Sequence
from functools import cache

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from adapters.contracts import Contracts
from adapters.operations import writes
from adapters.serialiser import allowed, paths
from adapters.shapes import Element
from core.access import ALL, READ
from core.grant_file import Wanted
from core.model import AccessGrant


class AllowLists:
    """The answers of every operation of the contracts, and which operations write."""

    def __init__(self, contracts: Contracts) -> None:
        self._answers: dict[str, Element] = {}
        self._writing: set[str] = set()
        for service in contracts.services.values():
            shapes = contracts.shapes(service.name)
            for operation in service.operations.values():
                name = f"{service.name}.{operation.code}"
                self._answers[name] = shapes.element(operation.response)
                if writes(shapes.element(operation.request)):
                    self._writing.add(name)

    @property
    def operations(self) -> Collection[str]:
        """Every operation of the contracts."""
        return self._answers

    def writes(self, operation: str) -> bool:
        """Whether the operation changes the register."""
        return operation in self._writing

    def of(self, operation: str, fields: Sequence[str] | None) -> tuple[str, ...]:
        """The whole list for what a grant names; ValueError when a contract has no such operation or no such field.

        In the list for a whole service each path begins with its operation.
        """
        service, _, named = operation.partition(".")
        several = [name for name in self._answers if name.startswith(f"{service}.")] if named in (READ, ALL) else [operation]
        if not several or not set(several) <= set(self._answers):
            raise ValueError(f"there is no operation {operation}")
        unknown = set(fields or ()).difference(*(paths(self._answers[name]) for name in several))
        if unknown:
            raise ValueError(f"the answer of {operation} has no {', '.join(sorted(unknown))}")
        if named not in (READ, ALL):
            return tuple(sorted(allowed(self._answers[operation], fields)))
        lists = {name.partition(".")[2]: allowed(self._answers[name], fields) for name in several}
        return tuple(sorted(f"{code}/{path}" for code, found in lists.items() for path in found))

    def written(self, wanted: Wanted) -> Wanted:
        """A grant with its list."""
        return wanted._replace(allowed=self.of(wanted.operation, wanted.fields))


@cache
def published() -> AllowLists:
    """Those of the contracts that this release publishes."""
    return AllowLists(Contracts.load())


def write_missing(session: Session) -> int:
    """Writes the lists of grants of an earlier release, by the contracts of this one; returns how many there were.

    A grant for what no contract has any more gets an empty list, and gives nothing.
    """
    rows = session.execute(select(AccessGrant.id, AccessGrant.operation, AccessGrant.fields).where(AccessGrant.allowed.is_(None))).all()
    for number, operation, fields in rows:
        try:
            paths_of = published().of(operation, fields)
        except ValueError:
            paths_of = ()
        # Another program that starts now may write the same list first.
        missing = AccessGrant.id == number, AccessGrant.allowed.is_(None)
        session.execute(update(AccessGrant).where(*missing).values(allowed=list(paths_of)))
    return len(rows)
