"""What every stack asks of the service accreditation, and what it must understand of the answer."""

from tests.interop.questions import NAME, SCHOOL, Question

NEW, LICENSED = "31014011", "31016011"
ITEMS = [{"code": "PROGRAMME_TEXT", "reference": "programma ķ & <1>.edoc"}, {"code": "STAFF", "reference": "pedagogi.edoc"}]
APPLICATION = {"batchKey": "L-1", "kind": "OWN", "institution": SCHOOL, "programme": NEW, "programmeName": "Nosaukums & <ž>"}

QUESTIONS = [
    Question(
        "getProgrammeStatus",
        {"institution": SCHOOL, "programme": LICENSED, "onDate": "2026-09-01"},
        {
            "found": ["true"],
            "institutionName": [NAME],
            "licensed": ["true"],
            "licence.status": ["LIC"],
            "accredited": ["false"],
            "institutionAccreditation": [],
            "decisions.decision.outcome": ["grant"],
        },
    ),
    Question("listLicences", {"namePart": "gertrudes", "pageSize": 1}, {"licences.licence.institution": [SCHOOL], "fault": []}),
    Question(
        "submitLicenceApplication",
        {**APPLICATION, "startsOn": "2027-09-01", "items": {"item": ITEMS}},
        {
            "stage": ["submitted"],
            "mustAct": ["authority"],
            "clockStopped": ["false"],
            "missing.item": ["PREMISES", "JUSTIFICATION", "SUBJECT_PROGRAMMES"],
            "decision": [],
        },
    ),
    Question(
        "listProceedings",
        {"institution": SCHOOL},
        {"proceedings.proceeding.programmeName": ["Nosaukums & <ž>"], "proceedings.proceeding.waiting": ["3"]},
    ),
    Question(
        "submitLicenceApplication",
        {**APPLICATION, "batchKey": "L-2", "programme": "31011012", "startsOn": "2027-09-01", "items": {"item": ITEMS}},
        {"fault.faultCode": ["R-0506"], "stage": []},
    ),
    Question("getAccreditationHorizon", {"months": 0}, fault="F-0401"),
]
