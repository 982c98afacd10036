"""Submits affiliations from a table, and says which were rejected and why (piederību iesniegšanas piemērs).

    pip install zeep
    python submit.py http://127.0.0.1:8080/soap/education-process?wsdl learners.csv [--dry-run]

learners.csv has a line of element names (senderKey,personalCode,institution,programme,main,classLevel,status,startedOn), then a line for
each affiliation. Not sure whether a message arrived? Send it again: a message is known by its batch key, a row by its sender key, and what
the register already holds is "unchanged".
"""

import argparse
import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from zeep import Client

CLIENT = ("LV-DEV", "GOV", "IZM", "allservices")  # who sends: instance, member class, member code, subsystem
PROVIDER = ("LV-DEV", "GOV", "IZM", "viis")
USER = "LV-school-1"
MOST = 1000  # items in one message


def submit(service: Any, items: list[dict[str, Any]], *, dry_run: bool = False) -> Iterator[Any]:
    """The outcome of each item, in the order of the items."""
    for start in range(0, len(items), MOST):
        part = items[start : start + MOST]
        # A key made of what is in the message: sent again after a broken line, it is the same message.
        batch_key = hashlib.sha256(repr(part).encode()).hexdigest()
        request = {"batchKey": batch_key, "items": {"item": part}, "dryRun": dry_run}
        answer = service.submitAffiliations(_soapheaders=header("submitAffiliations"), **request).body
        if answer.fault is not None:
            raise SystemExit(f"{answer.fault.faultCode}: {answer.fault.faultString}")
        yield from answer.outcomes.outcome


def header(operation: str) -> dict[str, Any]:
    """The X-Road header."""
    names = ("xRoadInstance", "memberClass", "memberCode", "subsystemCode")
    return {
        "client": {**dict(zip(names, CLIENT, strict=True)), "objectType": "SUBSYSTEM"},
        "service": {**dict(zip(names, PROVIDER, strict=True)), "serviceCode": operation, "serviceVersion": "v1", "objectType": "SERVICE"},
        "userId": USER,
        "id": str(uuid4()),
        "protocolVersion": "4.0",
    }


def main() -> None:
    """Send, and say what was rejected."""
    parser = argparse.ArgumentParser()
    parser.add_argument("contract")
    parser.add_argument("table", type=Path)
    parser.add_argument("--dry-run", action="store_true")
    asked = parser.parse_args()
    with asked.table.open(encoding="utf-8", newline="") as table:
        items = [{name: value or None for name, value in line.items()} for line in csv.DictReader(table)]
    for item in items:
        item["main"] = item.get("main") == "true"
    client: Any = Client(asked.contract)  # type: ignore[no-untyped-call]
    counts = {"accepted": 0, "unchanged": 0, "rejected": 0}
    for outcome in submit(client.service, items, dry_run=asked.dry_run):
        counts[outcome.outcome] += 1
        if outcome.code is not None:
            print(f"{outcome.senderKey}: {outcome.code} {outcome.reason}")
    print(", ".join(f"{count} {name}" for name, count in counts.items()))


if __name__ == "__main__":
    main()
