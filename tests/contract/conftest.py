"""zeep as an integrator would have it: it reads the served contract, and each answer is also judged by the schema."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import zeep
from lxml import etree
from zeep.plugins import HistoryPlugin
from zeep.transports import Transport

from adapters.contracts import Contracts
from tests.serving import Served

ISSUE = "Nr. 1-2/3 «ā, č & <ž>»"
Call = Callable[..., Any]


class OnlyFrom(Transport):
    """Fetches from one address, and fails for any other: the contract must need nothing else."""

    def __init__(self, address: str) -> None:
        super().__init__(timeout=10, operation_timeout=10)
        self.only = address

    def load(self, url: str) -> bytes:
        assert url.startswith(self.only), f"the contract sends its reader to {url}"
        return super().load(url)


class Judged(HistoryPlugin):
    """Keeps what was sent and received, and holds every answer against the schema of the contract."""

    def __init__(self) -> None:
        super().__init__()
        self.contracts = Contracts.load()

    def ingress(self, envelope: Any, http_headers: Any, operation: Any) -> Any:
        judged = etree.fromstring(etree.tostring(envelope))
        namespaces = {service.namespace: name for name, service in self.contracts.services.items()}
        # A Fault is in no service's namespace; every contract knows it.
        service = namespaces.get(etree.QName(judged[-1][0]).namespace or "", "education-process")
        self.contracts.envelope_schema(service).assertValid(judged)
        return super().ingress(envelope, http_headers, operation)


@pytest.fixture(scope="module")
def history() -> Judged:
    return Judged()


@pytest.fixture(scope="module")
def client(served: Served, history: Judged) -> Iterator[zeep.Client]:
    transport = OnlyFrom(served.address)
    with transport.session:
        yield zeep.Client(f"{served.address}{served.path}?wsdl", transport=transport, plugins=[history])


@pytest.fixture
def call(client: zeep.Client, served: Served) -> Call:
    """Calls an operation; what it returns has `header` and `body`."""
    binding = client.service._binding.name
    service = client.create_service(binding, served.address + served.path)

    def ask(operation: str, headers: dict[str, Any] | None = None, /, **request: Any) -> Any:
        return getattr(service, operation)(_soapheaders={**header(operation), **(headers or {})}, **request)

    return ask


def header(operation: str) -> dict[str, Any]:
    member = {"xRoadInstance": "LV-DEV", "memberClass": "GOV", "memberCode": "IZM"}
    return {
        "client": {**member, "subsystemCode": "allservices", "objectType": "SUBSYSTEM"},
        "service": {**member, "subsystemCode": "viis", "serviceCode": operation, "serviceVersion": "v1", "objectType": "SERVICE"},
        "userId": "LV-officer-1",
        "id": f"{operation}-1",
        "issue": ISSUE,
        "protocolVersion": "4.0",
    }
