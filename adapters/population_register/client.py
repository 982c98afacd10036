"""The children's list of the population register over X-Road (Fizisko personu reģistrs): zeep asks, iterparse reads.

zeep writes the request from the contract that comes with the program. It would build 70 µs and several KiB of objects for each child of
an answer, so the answer is taken raw and read as a stream: a page of thousands is never a tree in memory.
"""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any, NamedTuple, TypeVar

import stamina
import zeep
from requests import Response

from adapters.contracts import called
from adapters.population_register import CONTRACT, NAMESPACE, PROVIDER, SERVICE_VERSION
from adapters.population_register.answer import Sent, read_changes, read_children
from adapters.population_register.errors import ContractBroken, Passing
from adapters.population_register.transport import ShippedContract
from adapters.xroad import Identifier
from adapters.xroad_answer import HashPolicy
from adapters.xroad_request import header_elements, new_header
from core.people import ChildPage
from core.person_changes import ChangePage

Answer = TypeVar("Answer")


class Patience(NamedTuple):
    """How long we wait and how often we ask again: exponential backoff with jitter between bounded attempts."""

    connect: float = 5.0
    read: float = 60.0
    attempts: int = 6
    first_pause: float = 0.5
    longest_pause: float = 15.0
    jitter: float = 1.0


PATIENT = Patience()


class PopulationRegister:
    """The population register as a source of children; used by one thread at a time."""

    name = "population-register"

    def __init__(
        self,
        url: str,
        client: str,
        *,
        provider: str = PROVIDER,
        page_size: int = 5000,
        patience: Patience = PATIENT,
        request_hash: HashPolicy = HashPolicy.IF_PRESENT,
    ) -> None:
        self._client = Identifier.from_path(client)
        self._provider = Identifier.from_path(provider)
        self._page_size = page_size
        self._patience = patience
        self._policy = request_hash
        self._transport = ShippedContract(called(CONTRACT), patience.connect, patience.read)
        settings = zeep.Settings(raw_response=True, forbid_dtd=True, forbid_entities=True, forbid_external=True)
        contract = zeep.Client(called(CONTRACT), transport=self._transport, settings=settings)  # type: ignore[no-untyped-call]
        self._service = contract.create_service(f"{{{NAMESPACE}}}PopulationRegisterBinding", url)  # type: ignore[no-untyped-call]

    def pages(self, born_from: date, born_to: date, cursor: str | None) -> Iterator[ChildPage]:
        """The pages from the cursor on; each is asked for again when it fails in passing, because reading changes nothing."""
        while True:
            page = self._page(born_from, born_to, cursor)
            if page.next_cursor is not None and page.next_cursor == cursor:
                raise ContractBroken("The population register names the place that was asked for as the next one; it would never end.")
            cursor = page.next_cursor
            yield page
            if cursor is None:
                return

    def changes(self, cursor: str | None) -> Iterator[ChangePage]:
        """The pages of changes from the cursor on, until one brings nothing new; its cursor is where to go on later."""
        while True:
            question: dict[str, Any] = {"pageSize": self._page_size} | ({} if cursor is None else {"cursor": cursor})
            page = self._patiently(partial(self._ask_changes, question))
            if page.changes and page.next_cursor in (None, cursor):
                raise ContractBroken("The population register names no next place after a page of changes; it would never end.")
            cursor = page.next_cursor or cursor
            yield page._replace(next_cursor=cursor)
            if not page.changes:
                return

    def close(self) -> None:
        """Ends the connections."""
        self._transport.session.close()

    def _page(self, born_from: date, born_to: date, cursor: str | None) -> ChildPage:
        question: dict[str, Any] = {"bornFrom": born_from, "bornTo": born_to, "pageSize": self._page_size}
        if cursor is not None:
            question["cursor"] = cursor
        return self._patiently(partial(self._ask, question))

    def _patiently(self, ask: Callable[[], Answer]) -> Answer:
        patience = self._patience
        for attempt in stamina.retry_context(
            on=Passing,
            attempts=patience.attempts,
            timeout=None,
            wait_initial=patience.first_pause,
            wait_max=patience.longest_pause,
            wait_jitter=patience.jitter,
        ):
            with attempt:
                return ask()
        raise AssertionError("stamina ends with an answer or an error")

    def _ask(self, question: dict[str, Any]) -> ChildPage:
        header = new_header(self._client, self._provider.service("listChildren", SERVICE_VERSION))
        response: Response = self._service.listChildren(**question, _soapheaders=header_elements(header))
        with response:
            return read_children(response, Sent(header, _sent_bytes(response), self._policy))

    def _ask_changes(self, question: dict[str, Any]) -> ChangePage:
        header = new_header(self._client, self._provider.service("listPersonChanges", SERVICE_VERSION))
        response: Response = self._service.listPersonChanges(**question, _soapheaders=header_elements(header))
        with response:
            return read_changes(response, Sent(header, _sent_bytes(response), self._policy))


def _sent_bytes(response: Response) -> bytes:
    body = response.request.body
    return body if isinstance(body, bytes) else str(body or "").encode()
