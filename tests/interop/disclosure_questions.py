"""What every stack asks of the journal of disclosures, and what it must understand of the answers."""

from tests.interop.questions import CHILD, Question

DAY = {"disclosedFrom": "2026-01-01T00:00:00Z", "disclosedTo": "2026-01-02T00:00:00Z"}

QUESTIONS = [
    Question(
        "listPersonDisclosures",
        {"personalCode": CHILD, **DAY},
        {
            "found": ["true"],
            "entries.entry.kind": ["single"],
            "entries.entry.client": ["LV-DEV/EDU/LU/<avus>"],
            "entries.entry.action": ["Personas izglītības dati"],
            "entries.entry.purpose": ["uzņemšana «ā» & <b>"],
            "entries.entry.persons": ["1"],
            "nextCursor": [],
            "fault": [],
        },
    ),
    Question("listPersonDisclosures", {"personalCode": "04051820235"}, {"found": ["false"], "entries": [], "copies": []}),
    Question("verifyDisclosureLog", {}, {"whole": ["true"], "fault": []}),
    Question("verifyDisclosureLog", {"fromPlace": "999999998", "toPlace": "999999999"}, {"fault.faultCode": ["R-0911"], "whole": []}),
]
