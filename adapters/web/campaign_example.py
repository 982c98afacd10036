"""Plays a campaign of admission, from candidates to a result that is corrected by appeal and acknowledged (uzņemšanas kampaņas piemērs).

    pip install zeep
    python campaign.py http://127.0.0.1:8080

The examinations system announces two candidates and sends their results, which nobody sees until the minute of their publication. The
admission system AVUS registered both: it asks, and it is sent signed messages. A college asked, too. When an appeal changes a result, AVUS
is sent a signed correction, the college finds one in its feed, and the ministry sees who has not acknowledged it.
"""

import argparse
from datetime import UTC, datetime, timedelta
from time import sleep
from typing import Any
from uuid import uuid4

from zeep import Client

PROVIDER = ("LV-DEV", "GOV", "IZM", "viis")
VPIS, AVUS, COLLEGE = ("GOV", "VISC", "vpis"), ("EDU", "LU", "avus"), ("EDU", "COLLEGE", "admission")
MINISTRY, FOUNDER = ("GOV", "IZM", "ministry"), ("MUN", "RIGA", "schools")


class Refused(Exception):
    """The register said no, with one of its codes."""


class Party:
    """One party: its X-Road client, and the services that it uses."""

    def __init__(self, services: dict[str, Any], client: tuple[str, str, str]) -> None:
        self._services, self._client = services, client

    def call(self, service: str, operation: str, **request: Any) -> Any:
        """The answer to a request; what the register refuses is raised with its code."""
        answer = getattr(self._services[service], operation)(_soapheaders=self._header(operation), **request).body
        if answer.fault is not None:
            raise Refused(f"{answer.fault.faultCode}: {answer.fault.faultString}")
        return answer

    def write(self, service: str, operation: str, **request: Any) -> Any:
        """A message under a key of its own: sent twice, it is taken once."""
        answer = self.call(service, operation, batchKey=str(uuid4()), **request)
        refused = [one for one in answer.outcomes.outcome if one.outcome == "rejected"]
        print(f"  {operation:20} accepted {answer.accepted}, unchanged {answer.unchanged}, rejected {answer.rejected}")
        if refused:
            raise Refused(f"{refused[0].code}: {refused[0].reason}")
        return answer

    def _header(self, operation: str) -> dict[str, Any]:
        names = ("xRoadInstance", "memberClass", "memberCode", "subsystemCode")
        client = {**dict(zip(names, ("LV-DEV", *self._client), strict=True)), "objectType": "SUBSYSTEM"}
        service = {**dict(zip(names, PROVIDER, strict=True)), "serviceCode": operation, "serviceVersion": "v1", "objectType": "SERVICE"}
        return {"client": client, "service": service, "userId": "LV-officer-1", "id": str(uuid4()), "protocolVersion": "4.0"}


def play(contracts: str, address: str | None = None, publish_at: datetime | None = None) -> list[str]:
    """The campaign; returns what was shown of the first applicant's result, as it went."""
    services = {name: _service(contracts, address, name) for name in ("education-process", "examinations", "achievements")}
    vpis, avus, college, ministry = (Party(services, client) for client in (VPIS, AVUS, COLLEGE, MINISTRY))
    learners = _learners(Party(services, FOUNDER))
    instant = publish_at or _next_minute()
    exam, codes = f"TRIAL-{uuid4().hex[:8]}", [learner["personalCode"] for learner in learners]

    print(f"Two candidates of examination {exam}; its results are published at {instant:%H:%M:%S} UTC.")
    described: dict[str, Any] = {"code": exam, "kind": "CE", "subject": "MAT", "level": "O", "schoolYear": "2025/26", "session": "main"}
    described |= {"heldOn": "2026-05-20", "publishAt": instant}
    candidates = [{"senderKey": f"{exam}-C{n}", "examination": exam, **learner} for n, learner in enumerate(learners)]
    vpis.write("examinations", "submitCandidates", examinations={"examination": [described]}, items={"item": candidates})
    applicants = [{"personalCode": code} for code in codes]
    avus.write("achievements", "registerApplicants", campaign="2026", applicants={"applicant": applicants})
    results = [
        {"senderKey": f"{exam}-R{n}", "candidate": f"{exam}-C{n}", "examination": exam, **learner}
        | {"outcome": "result", "scale": "PCT", "value": value}
        for n, (learner, value) in enumerate(zip(learners, ("78.5", "43"), strict=True))
    ]
    vpis.write("examinations", "submitExamResults", items={"item": results})
    shown = [_shown(avus, codes[0], exam)]
    while shown[-1] == "notYetReceived":
        sleep(0.5)
        shown[1:] = [_shown(avus, codes[0], exam)]
    print(f"{datetime.now(UTC):%H:%M:%S} UTC: the result is published, and AVUS and the college ask for it: {shown[-1]}")

    start = college.call("achievements", "listAchievementChanges").nextCursor
    _shown(college, codes[0], exam)
    appeal = {"senderKey": f"{exam}-R0", "reason": "appeal", "outcome": "result", "scale": "PCT", "value": "81"}
    vpis.write("examinations", "submitCorrections", items={"item": [appeal]})
    event = _correction(college, start)
    print(f"The college finds in its feed: {event.old.examResult.value} is {event.examResult.value} because of {event.reason}.")
    _wait_for(ministry, event.correctionId, ["LV-DEV/EDU/COLLEGE/admission"])
    receipt = {"messageId": event.messageId, "outcome": "accepted"}
    college.write("achievements", "acknowledgeMessages", receipts={"receipt": [receipt]})
    _wait_for(ministry, event.correctionId, [])
    while (now := _shown(avus, codes[0], exam)) == shown[-1]:
        sleep(0.1)
    print(f"Everybody has acknowledged the correction; what AVUS is answered now: {now}")
    return [*shown, now]


def _service(contracts: str, address: str | None, name: str) -> Any:
    client: Any = Client(f"{contracts}/soap/{name}?wsdl")  # type: ignore[no-untyped-call]
    return client.create_service(client.service._binding.name, f"{address or contracts}/soap/{name}")


def _learners(founder: Party) -> list[dict[str, Any]]:
    """Two learners of the made-up Rīga, the eldest of a page, as the examinations system names them."""
    page = founder.call("education-process", "listAffiliations", municipality="0001000", pageSize=1000)
    lines = [line for line in (page.affiliations.affiliation if page.affiliations else []) if line.personalCode and line.birthDate]
    if len({line.personalCode for line in lines}) < 2:
        raise SystemExit("Rīga has no learners: load the made-up nation first, with viis demo-data.")
    eldest = {line.personalCode: line for line in sorted(lines, key=lambda line: str(line.birthDate), reverse=True)}
    names = ("personalCode", "givenName", "surname", "institution")
    return [{name: getattr(line, name) for name in names} for line in list(eldest.values())[-2:]]


def _shown(party: Party, code: str, exam: str) -> str:
    """What a party is answered about an examination: a value with its scale, or the kind of no result."""
    answer = party.call("achievements", "getPersonAchievements", personalCode=code)
    lines = [line for line in answer.person.examResults.examResult if line.examination == exam]
    return f"{lines[0].value} {lines[0].scale['_value_1']}" if lines[0].value else str(lines[0].outcome)


def _correction(party: Party, cursor: str) -> Any:
    """The first correction behind a place in the feed, which has it a moment after it was made."""
    while True:
        page = party.call("achievements", "listAchievementChanges", cursor=cursor)
        for event in page.events.event if page.events else ():
            if event.kind == "correction":
                return event
        sleep(0.2)


def _wait_for(ministry: Party, correction: int, expected: list[str]) -> None:
    """Until the ministry sees exactly these clients as those who have not acknowledged a correction."""
    before: list[str] | None = None
    while True:
        waiting, cursor = [], None
        while True:
            page = ministry.call("achievements", "listUnacknowledged", cursor=cursor, pageSize=1000)
            lines = page.messages.message if page.messages else []
            waiting += [line.client for line in lines if line.correctionId == correction]
            if (cursor := page.nextCursor) is None:
                break
        if waiting != before:
            print(f"  not acknowledged by: {', '.join(waiting) or 'nobody'}")
        if waiting == expected:
            return
        before = waiting
        sleep(0.2)


def _next_minute() -> datetime:
    """The next full minute that is at least ten seconds away."""
    return (datetime.now(UTC) + timedelta(seconds=70)).replace(second=0, microsecond=0)


def main() -> None:
    parser = argparse.ArgumentParser(description="Plays a campaign of admission.")
    parser.add_argument("address", help="address of the service")
    play(parser.parse_args().address.rstrip("/"))


if __name__ == "__main__":
    main()
