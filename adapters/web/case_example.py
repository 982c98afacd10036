"""Takes a child's case from the work list through a measure, a status and a hand-over to its closing (nemācošā bērna lietas piemērs).

    pip install zeep
    python case.py http://127.0.0.1:8080/soap/non-studying-children?wsdl

Rīga finds a child who is in no school, writes to the guardians, and hands the case over to Madona, where the family moved; Madona accepts
it, finds the child in a school, and closes the case. Every step is sent under a key of its own: sent twice, it is done once.
"""

import argparse
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from zeep import Client

PROVIDER = ("LV-DEV", "GOV", "IZM", "viis")
RIGA, MADONA = "0001000", "0038000"


class Refused(Exception):
    """The register said no, with one of its codes."""


class Municipality:
    """One municipality's system: its X-Road client, and the officer who works on the case."""

    def __init__(self, service: Any, member: str, officer: str) -> None:
        self._service, self._member, self._officer = service, member, officer

    def call(self, operation: str, **request: Any) -> Any:
        """The answer to a request; what the register refuses is raised with its code."""
        answer = getattr(self._service, operation)(_soapheaders=self._header(operation), **request).body
        if answer.fault is not None:
            raise Refused(f"{answer.fault.faultCode}: {answer.fault.faultString}")
        return answer

    def work(self, operation: str, case: int, **request: Any) -> Any:
        """A step on a case, under a key of its own."""
        return self.call(operation, batchKey=str(uuid4()), caseId=case, **request)

    def _header(self, operation: str) -> dict[str, Any]:
        names = ("xRoadInstance", "memberClass", "memberCode", "subsystemCode")
        client = ("LV-DEV", "MUN", self._member, "children")
        return {
            "client": {**dict(zip(names, client, strict=True)), "objectType": "SUBSYSTEM"},
            "service": {
                **dict(zip(names, PROVIDER, strict=True)),
                "serviceCode": operation,
                "serviceVersion": "v1",
                "objectType": "SERVICE",
            },
            "userId": self._officer,
            "id": str(uuid4()),
            "protocolVersion": "4.0",
        }


def play(contract: str, address: str | None = None) -> list[str]:
    """One case from the list to its closing; returns what happened in it."""
    client: Any = Client(contract)  # type: ignore[no-untyped-call]
    service = client.create_service(client.service._binding.name, address) if address else client.service
    riga, madona = Municipality(service, "RIGA", "LV-riga-officer"), Municipality(service, "MADONA", "LV-madona-officer")

    page = riga.call("listCases", statusClass="open", pageSize=100)
    waiting = [case for case in page.cases["case"] if case.offeredTo is None] if page.cases else []
    if not waiting:
        raise SystemExit("Rīga has no open case: start with viis refresh-non-studying.")
    case, child = waiting[0].caseId, waiting[0].personalCode
    why = riga.call("explainChild", personalCode=child)
    print(f"Case {case}: {why.reasonInWords.en if why.reasonInWords else 'the child is in a school by now.'}")

    riga.work("recordMeasure", case, measure="LTR", takenOn=datetime.now(ZoneInfo("Europe/Riga")).date(), note="Letter to the guardians")
    riga.work("setSearchStatus", case, status="NOS", note="The neighbours say that the family moved to Madona.")
    offered = riga.work("offerHandOver", case, municipality=MADONA, reason="The family lives in Madona now.")
    print(f"Offered to {offered.offeredTo['_value_1']}, to be answered by {offered.answerBy}.")

    madona.work("answerHandOver", case, accept=True)
    found = madona.work("setSearchStatus", case, status="ATR", evidence="Letter of the school, no. 1-8/26")
    print(f"The case is {found.state}; the registers have until {found.statusExpiresOn} to confirm it.")
    history = madona.call("getCase", caseId=case)
    for event in history.events["event"]:
        print(f"  {event.at:%Y-%m-%d %H:%M}  {event.kind:16} {event.value or ''}")
    return [event.kind for event in history.events["event"]]


def main() -> None:
    parser = argparse.ArgumentParser(description="Takes a child's case from the work list to its closing.")
    parser.add_argument("contract", help="address of the contract")
    play(parser.parse_args().contract)


if __name__ == "__main__":
    main()
