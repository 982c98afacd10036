"""Submits affiliations from a table, and says which were rejected and why (piederību iesniegšanas piemērs).

    pip install zeep
    python submit.py http://127.0.0.1:8080/soap/education-process?wsdl learners.csv [--dry-run]

learners.csv has a line of element names (senderKey,personalCode,institution,programme,main,classLevel,status,startedOn), then a line for
each affiliation. Not sure whether all of it arrived? Run it again: a message is known by its batch key, a row by its sender key; what was
processed is answered as the first time, and what the register already holds is "unchanged".
"""

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from zeep import Client

CLIENT = ("LV-DEV", "GOV", "IZM", "allservices")  # who sends: instance, member class, member code, subsystem
PROVIDER = ("LV-DEV", "GOV", "IZM", "viis")
USER = "LV-school-1"
MOST = 1000  # items in one message


def submit(service: Any, batch_key: str, items: list[dict[str, Any]], *, dry_run: bool = False) -> Iterator[Any]:
    """The outcome of each item, in the order of the items; the key stands for these very items and no others."""
    for start in range(0, len(items), MOST):
        request = {"batchKey": f"{batch_key}/{start}", "items": {"item": items[start : start + MOST]}, "dryRun": dry_run}
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
    with asked.table.open(encoding="utf-8-sig", newline="") as table:
        items = [{name: value or None for name, value in line.items()} for line in csv.DictReader(table)]
    for item in items:
        item["main"] = item.get("main") == "true"
    client: Any = Client(asked.contract)  # type: ignore[no-untyped-call]
    counts = {"accepted": 0, "unchanged": 0, "rejected": 0}
    # A file that was not touched is the same message; one that was written anew is another, even when it says what an earlier one said.
    batch_key = f"{asked.table.name[:60]} {asked.table.stat().st_mtime_ns}"
    for outcome in submit(client.service, batch_key, items, dry_run=asked.dry_run):
        counts[outcome.outcome] += 1
        if outcome.code is not None:
            print(f"{outcome.senderKey}: {outcome.code} {outcome.reason}")
    print(", ".join(f"{count} {name}" for name, count in counts.items()))


if __name__ == "__main__":
    main()
