"""Takes a licence from its application to the public register, with two officers of the authority (licencēšanas piemērs).

    pip install zeep
    python licence.py http://127.0.0.1:8080/soap/accreditation?wsdl

Rīga applies for a programme of one of its schools and forgets a document; the authority sends the application back, takes it in, asks a
question, and decides: one officer proposes, another confirms. What everybody is answered changes on the day from which the licence holds.
"""

import argparse
from datetime import date, datetime, timedelta
from time import sleep
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from zeep import Client

PROVIDER = ("LV-DEV", "GOV", "IZM", "viis")
PROGRAMME, NAME = "31014011", "Vispārējās vidējās izglītības profesionāli orientētā virziena programma"
ITEMS = ("PROGRAMME_TEXT", "STAFF", "PREMISES", "JUSTIFICATION", "SUBJECT_PROGRAMMES")


class Refused(Exception):
    """The register said no, with one of its codes."""


class Party:
    """One party: its X-Road client, and who uses it."""

    def __init__(self, service: Any, client: tuple[str, str, str], user: str) -> None:
        self._service, self._client, self._user = service, client, user

    def call(self, operation: str, **request: Any) -> Any:
        """The answer to a request; what the register refuses is raised with its code."""
        answer = getattr(self._service, operation)(_soapheaders=self._header(operation), **request).body
        if answer.fault is not None:
            raise Refused(f"{answer.fault.faultCode}: {answer.fault.faultString}")
        return answer

    def work(self, operation: str, **request: Any) -> Any:
        """A step, under a key of its own: sent twice, it is done once."""
        answer = self.call(operation, batchKey=str(uuid4()), **request)
        print(
            f"  {operation:26} stage {answer.stage:10} next: {answer.mustAct:10} decision due: {answer.dueOn or 'the clock stands still'}"
        )
        return answer

    def _header(self, operation: str) -> dict[str, Any]:
        names = ("xRoadInstance", "memberClass", "memberCode", "subsystemCode")
        return {
            "client": {**dict(zip(names, ("LV-DEV", *self._client), strict=True)), "objectType": "SUBSYSTEM"},
            "service": {
                **dict(zip(names, PROVIDER, strict=True)),
                "serviceCode": operation,
                "serviceVersion": "v1",
                "objectType": "SERVICE",
            },
            "userId": self._user,
            "id": str(uuid4()),
            "protocolVersion": "4.0",
        }


def play(contract: str, address: str | None = None) -> dict[date, bool]:
    """One licence from application to publication; returns what everybody is answered on the days around its first one."""
    client: Any = Client(contract)  # type: ignore[no-untyped-call]
    service = client.create_service(client.service._binding.name, address) if address else client.service
    applicant = Party(service, ("MUN", "RIGA", "licensing"), "LV-riga-clerk")
    maker, checker = (Party(service, ("GOV", "IKVD", "quality"), user) for user in ("LV-officer-1", "LV-officer-2"))
    today = datetime.now(ZoneInfo("Europe/Riga")).date()
    first = today + timedelta(days=7)

    school = _schools(applicant, first)[0]
    about = {"kind": "OWN", "institution": school, "programme": PROGRAMME, "programmeName": NAME, "startsOn": first}
    items = [{"code": code, "reference": f"{code.lower()}.edoc"} for code in ITEMS]
    opened = applicant.work("submitLicenceApplication", **about, items={"item": items[:-1]})
    case = opened.proceedingId
    print(f"Proceeding {case}; still missing: {', '.join(item['_value_1'] for item in opened.missing.item)}")
    maker.work("returnApplication", proceedingId=case, reason="The programmes of the subjects are missing.")
    applicant.work("submitLicenceApplication", **about, items={"item": items}, proceedingId=case)
    maker.work("acceptApplication", proceedingId=case)
    maker.work("requestInformation", proceedingId=case, questions={"question": ["Who teaches chemistry?"]})
    waits = [thing for thing in applicant.call("getProceeding", proceedingId=case).awaited.entry if thing.state == "waiting"]
    answers = [{"awaitedId": thing.awaitedId, "text": "A teacher with a master's degree in chemistry."} for thing in waits]
    applicant.work("answerInformationRequest", proceedingId=case, answers={"answer": answers})
    number = f"V-{uuid4().hex[:8]}"
    proposed = maker.work("proposeDecision", proceedingId=case, outcome="grant", number=number, validFrom=first).decision
    try:
        maker.work("confirmDecision", decisionId=proposed.decisionId, accept=True)
    except Refused as refusal:
        print(f"  Who proposed cannot confirm: {refusal}")
    decision = checker.work("confirmDecision", decisionId=proposed.decisionId, accept=True).decision
    print(f"Decision {decision.number} is {decision.state}.")

    # Everybody is answered from the replication database, which has the decision a moment later.
    while not _published(applicant.call("getProgrammeStatus", institution=school, programme=PROGRAMME), number):
        sleep(0.1)
    answered = {}
    for day in (today, first - timedelta(days=1), first):
        status = applicant.call("getProgrammeStatus", institution=school, programme=PROGRAMME, onDate=day)
        answered[day] = bool(status.licensed)
        print(f"  {day}: {'licensed' if status.licensed else 'not licensed'}")
    return answered


def _published(status: Any, number: str) -> bool:
    """Whether the chain of decisions has this one."""
    return any(decision.number == number for decision in (status.decisions.decision if status.decisions else ()))


def _schools(applicant: Party, on: date) -> list[str]:
    """The schools of the made-up Rīga that will have no such licence on a day."""
    page = applicant.call("listLicences", municipality="0001000", namePart="vidusskola", onDate=on, pageSize=1000)
    lines = page.licences.licence if page.licences else []
    taken = {line.institution for line in lines if line.programme == PROGRAMME}
    schools = list(dict.fromkeys(line.institution for line in lines if line.institution not in taken))
    if not schools:
        raise SystemExit("Every school of Rīga has this licence by now: start with another VIIS_DATA.")
    return schools


def main() -> None:
    parser = argparse.ArgumentParser(description="Takes a licence from its application to the public register.")
    parser.add_argument("contract", help="address of the contract")
    play(parser.parse_args().contract)


if __name__ == "__main__":
    main()
