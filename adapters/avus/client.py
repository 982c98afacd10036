"""Delivery of one message over X-Road (ziņojuma piegāde): zeep writes the envelope, the answer is checked before it is believed.

The address is that of our security server; the header says which member's service is meant, so one address leads to every receiver.
"""

import re
from functools import lru_cache
from typing import NamedTuple

import zeep
from lxml import etree
from requests import Response

from adapters.avus import CONTRACT, NAMESPACE, OPERATION, SERVICE_VERSION
from adapters.contracts import called
from adapters.population_register.answer import XML_TYPES, Sent, broken, checked_wrapper
from adapters.population_register.errors import ContractBroken, GatewayFailed, NotSoap, Refused
from adapters.population_register.stream import Stream
from adapters.population_register.transport import ShippedContract
from adapters.xroad import Identifier
from adapters.xroad_answer import HashPolicy, business_fault
from adapters.xroad_request import header_elements, new_header

TAKEN, REJECTED = ("accepted", "duplicate"), "rejected"
LARGEST_RECEIPT = 1 << 20
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z")


class Rejected(Exception):
    """The receiver has looked at the message and does not take it."""


class Answer(NamedTuple):
    """The receiver's word that it has the message (apliecinājums)."""

    outcome: str
    received_at: str


class Avus:
    """Receivers of messages; used by one thread at a time."""

    def __init__(self, url: str, client: str, timeout: float = 30.0, request_hash: HashPolicy = HashPolicy.IF_PRESENT) -> None:
        # Bytes of the request that was sent last and of its answer.
        self.sent = self.received = 0
        self._client, self._policy, self._timeout = Identifier.from_path(client), request_hash, timeout
        self._transport = ShippedContract(called(CONTRACT), min(5.0, timeout), timeout)
        settings = zeep.Settings(raw_response=True, forbid_dtd=True, forbid_entities=True, forbid_external=True)
        contract = zeep.Client(called(CONTRACT), transport=self._transport, settings=settings)  # type: ignore[no-untyped-call]
        self._service = contract.create_service(f"{{{NAMESPACE}}}AvusIntakeBinding", url)  # type: ignore[no-untyped-call]

    def deliver(self, to: str, message_id: str, message: etree._Element) -> Answer:
        """The receipt of a message; SourceFailed when nobody knows whether it arrived, Rejected when it is not wanted."""
        self.sent = self.received = 0
        header = new_header(self._client, _service(to))
        response: Response = self._service.deliverMessage(
            messageId=message_id, message={"_value_1": message}, _soapheaders=header_elements(header)
        )
        with response:
            body = response.request.body
            sent = Sent(header, body if isinstance(body, bytes) else str(body or "").encode(), self._policy)
            self.sent = len(sent.message)
            # A receipt that comes drop by drop is too slow, too: a message would stay claimed for longer than its claim lasts.
            stream = Stream(response, LARGEST_RECEIPT, self._timeout)
            try:
                return _receipt(_wrapper(response, sent, stream), message_id)
            finally:
                self.received = stream.received

    def close(self) -> None:
        """Ends the connections."""
        self._transport.session.close()


@lru_cache(1000)
def _service(to: str) -> Identifier:
    return Identifier.from_path(to).service(OPERATION, SERVICE_VERSION)


def _wrapper(response: Response, sent: Sent, stream: Stream) -> etree._Element:
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type not in XML_TYPES:
        raise GatewayFailed() if response.status_code >= 502 else NotSoap()
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        envelope = etree.parse(stream, parser).getroot()  # type: ignore[arg-type]
    except etree.XMLSyntaxError as error:
        raise broken(stream, response.status_code) from error
    return checked_wrapper(envelope, sent, f"{OPERATION}Response", NAMESPACE)


def _receipt(wrapper: etree._Element, message_id: str) -> Answer:
    if business_fault(wrapper) is not None:
        raise Refused()
    said = {name: (wrapper.findtext(f"{{{NAMESPACE}}}{name}") or "").strip() for name in ("messageId", "outcome", "receivedAt")}
    if said["messageId"] != message_id:
        raise ContractBroken()
    if said["outcome"] == REJECTED:
        raise Rejected()
    if said["outcome"] not in TAKEN or INSTANT.fullmatch(said["receivedAt"]) is None:
        raise ContractBroken()
    return Answer(said["outcome"], said["receivedAt"])
