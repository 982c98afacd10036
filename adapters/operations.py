"""The operations behind a contract (līguma operācijas): found by name, compiled once, answered here.

`adapters/services/<service>/<operation>.py` is one operation; its names come from the WSDL. An answer about people is recorded
as a disclosure, committed on the register, before it is given to the boundary; when that cannot be done, nothing about a person
is said.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from functools import lru_cache, partial
from types import ModuleType
from typing import Any, NamedTuple, Protocol, get_type_hints

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from adapters.contracts import Contracts, InvalidContract, Operation, Service
from adapters.decoder import Decode, compile_decoder
from adapters.faults import code_of
from adapters.inquiry import RIGA, Answer, Inquiry
from adapters.serialiser import FaultElement, Serialise, allowed, compile_serialiser
from adapters.shapes import Element, Simple
from adapters.xroad import Header
from core.access import Grant, one_of_equal
from core.connections import KeptSessions
from core.disclosure import Disclosure, record
from core.errors import Refusal, RegisterUnavailable, Unavailable

Find = Callable[[Service, Operation], ModuleType]
_AWAY = (OperationalError, InterfaceError, PoolTimeout)


class Sessions(Protocol):
    """The two databases, as far as a request needs them."""

    register: sessionmaker[Session]
    reading: KeptSessions
    journal: KeptSessions


class Granting(Protocol):
    """Who may do what."""

    def find(self, client: str, operation: str, on: Any, *, writes: bool = False) -> Grant:
        """The grant, or NotGranted."""

    def names(self, client: str) -> bool:
        """Whether there is a grant that names this client."""


class Reply(NamedTuple):
    """An answer as XML, how it ended (ok, or the refusal's code), about how many people it is, and whether a grant named the client."""

    body: bytes
    outcome: str
    persons: int
    known: bool


def module_of(service: Service, operation: Operation) -> ModuleType:
    """The file of an operation, by the names in its contract."""
    name = re.sub(r"(?<!^)([A-Z])", r"_\1", operation.code).lower()
    return importlib.import_module(f"adapters.services.{service.name.replace('-', '_')}.{name}")


def writes(request: Element) -> bool:
    """Whether an operation writes: whatever does is recognised by its key when it comes again."""
    assert not isinstance(request.type, Simple)
    return any(child.name == "batchKey" and child.required for child in request.type)


class _Made(NamedTuple):
    """What is made of an operation's contract and its file, whatever databases stand behind it."""

    writes: bool
    decode: Decode
    compile: Callable[[frozenset[str]], Serialise]
    serialisers: dict[frozenset[str], Serialise]
    refuse: Serialise


@lru_cache(maxsize=1000)
def _made(
    contracts: Contracts, service: str, code: str, handle: Callable[..., Answer], answer: type, versions: tuple[tuple[str, str], ...]
) -> _Made:
    """Compiled once for contracts that are read once, however many applications there are in a process."""
    operation, shapes = contracts.services[service].operations[code], contracts.shapes(service)
    response, request = shapes.element(operation.response), shapes.element(operation.request)
    if isinstance(response.type, Simple) or any(child.required for child in response.type):
        raise InvalidContract(f"{operation.response}: a refusal leaves out every other element, so each must be optional.")
    compiled: Callable[[frozenset[str]], Serialise] = partial(compile_serialiser, response, answer, dict(versions))
    everything = one_of_equal(allowed(response))
    return _Made(
        writes(request),
        compile_decoder(request, get_type_hints(handle)["request"]),
        compiled,
        {everything: compiled(everything)},
        compile_serialiser(_refusal_shape(response), _Refused, dict(versions)),
    )


class BoundOperation:
    """One operation with everything that can be known before a request comes."""

    def __init__(
        self,
        service: Service,
        operation: Operation,
        contracts: Contracts,
        list_versions: Mapping[str, str],
        find: Find,
        databases: Sessions,
        grants: Granting,
    ) -> None:
        module = find(service, operation)
        code = operation.code
        response = getattr(module, code[:1].upper() + code[1:] + "Response")
        made = _made(contracts, service.name, code, module.handle, response, tuple(list_versions.items()))
        self.operation = operation
        self.name = f"{service.name}.{code}"
        self.personal: bool = module.PERSONAL
        self.writes = made.writes
        self.decode = made.decode
        self._handle: Callable[[Session, Inquiry, Any], Answer] = module.handle
        self._journal = databases.journal
        # On the replica each statement is a transaction of its own; what writes has one around everything.
        self._begin: Callable[[], AbstractContextManager[Session]] = (
            databases.register.begin if getattr(module, "DATABASE", "replica") == "register" else databases.reading
        )
        self._grants = grants
        self._compile = made.compile
        self._serialisers = dict(made.serialisers)
        self._refuse = made.refuse

    def answer(self, header: Header, request: Any) -> Reply:
        """The answer to a decoded request, recorded when it is about people."""
        now = datetime.now(UTC)
        client = header.client.path
        grant, answer = None, Answer((), ())
        try:
            grant = self._grants.find(client, self.name, now.astimezone(RIGA).date(), writes=self.writes)
            inquiry = Inquiry(header.id, client, header.user_id, header.on_behalf_of, header.issue, grant, now)
            with self._begin() as session:
                answer = self._handle(session, inquiry, request)
            reply = Reply(self._serialiser(grant.fields)(answer.response), "ok", len(answer.persons or ()), True)
        except Refusal as refusal:
            reply = Reply(self._refuse((FaultElement(refusal.code, str(refusal)),)), refusal.code, 0, grant is not None)
        except Exception as error:
            fault = self._fault(error)
            if self.personal and not isinstance(fault, Unavailable):
                # Something may have been read; that nothing was told is worth a row, too, if it can be had.
                with suppress(RegisterUnavailable):
                    self._disclose(header, client, grant, Answer((), ()), code_of(fault), now, _behalf(header, answer, request))
            if fault is error:
                raise
            raise fault from error
        if self.personal:
            self._disclose(header, client, grant, answer, reply.outcome, now, _behalf(header, answer, request))
        return reply

    def knows(self, client: str) -> bool:
        """Whether a grant names this client, so that a log may."""
        return self._grants.names(client)

    def _fault(self, error: Exception) -> Exception:
        """What is said of an error: that a database is away, or what it is."""
        if isinstance(error, _AWAY) or (isinstance(error, DBAPIError) and error.connection_invalidated):
            return (RegisterUnavailable if self.personal else Unavailable)()
        return error

    def _serialiser(self, fields: frozenset[str]) -> Serialise:
        serialiser = self._serialisers.get(fields)
        if serialiser is None:
            # Lists are few: equal ones are one. What a changed grant no longer needs goes with the rest.
            if len(self._serialisers) > 100:
                self._serialisers.clear()
            serialiser = self._serialisers[fields] = self._compile(fields)
        return serialiser

    def _disclose(
        self, header: Header, client: str, grant: Grant | None, answer: Answer, outcome: str, now: datetime, behalf: str | None
    ) -> None:
        disclosure = Disclosure(
            disclosed_at=now,
            message_id=header.id,
            client=client,
            user=header.user_id,
            on_behalf_of=behalf,
            issue=header.issue,
            operation=self.name,
            purpose="" if grant is None else grant.purpose,
            legal_basis="" if grant is None else grant.legal_basis,
            data_as_of=answer.data_as_of,
            outcome=outcome,
            persons=answer.persons or (),
            hidden_until=None if grant is None else grant.hidden_until(now),
        )
        record(self._journal, disclosure)


def _behalf(header: Header, answer: Answer, request: Any) -> str | None:
    """Whom the asker stands for: the party in the header, and what the body says, confirmed or only claimed."""
    said = answer.on_behalf_of
    claim = getattr(request, "on_behalf_of", None)
    if said is None and claim is not None:
        said = f"claimed {claim.capacity}" + (f":{claim.personal_code}" if claim.personal_code else "")
    return "; ".join(part for part in (header.on_behalf_of, said) if part) or None


class _Refused(NamedTuple):
    """A response that holds a refusal and nothing else."""

    fault: FaultElement


def _refusal_shape(response: Element) -> Element:
    assert not isinstance(response.type, Simple)
    fault = [child for child in response.type if child.name == "fault"]
    if not fault:
        raise InvalidContract(f"{response.tag} has no optional element fault (P26).")
    return response._replace(type=tuple(fault))


def bind(
    service: Service, contracts: Contracts, list_versions: Mapping[str, str], find: Find, databases: Sessions, grants: Granting
) -> dict[str, BoundOperation]:
    """Every operation of a service by its code."""
    return {
        operation.code: BoundOperation(service, operation, contracts, list_versions, find, databases, grants)
        for operation in service.operations.values()
    }
