"""What every stack asks of examinations and achievements, and what it must understand of the answers."""

from tests.interop.questions import CHILD, NAME, SCHOOL, Question

EXAM = "2026-CE-MAT-O"
DESCRIBED = {
    "code": EXAM,
    "kind": "CE",
    "subject": "MAT",
    "level": "O",
    "schoolYear": "2025/26",
    "session": "main",
    "publishAt": "2199-07-01T06:00:00Z",
}
NAMED = {"personalCode": CHILD, "givenName": "Anna Šarlote", "surname": "Bērziņa-Čakste", "institution": SCHOOL}
PARTS = {"part": [{"name": "1. daļa & <a>", "percent": "80"}, {"name": "2. daļa", "percent": "77"}]}
RESULT = {"senderKey": "R-1", "examination": EXAM, "candidate": "C-1", **NAMED, "outcome": "result", "scale": "PCT", "value": "78.5"}

EXAMINATIONS = [
    Question(
        "submitCandidates",
        {
            "batchKey": "E-1",
            "examinations": {"examination": [DESCRIBED]},
            "items": {"item": [{"senderKey": "C-1", "examination": EXAM, **NAMED}]},
        },
        {"accepted": ["1"], "outcomes.outcome.match": ["matched"], "fault": []},
    ),
    Question(
        "submitExamResults",
        {"batchKey": "E-2", "items": {"item": [{**RESULT, "parts": PARTS}, {**RESULT, "senderKey": "R-2", "scale": "AF", "value": "B"}]}},
        {
            "accepted": ["1"],
            "rejected": ["1"],
            "outcomes.outcome.published": ["false"],
            "outcomes.outcome.code": ["R-0803"],
            "outcomes.outcome.outcome": ["accepted", "rejected"],
        },
    ),
    Question(
        "listCandidates",
        {"examination": EXAM},
        {
            "candidates.candidate.surname": ["Bērziņa-Čakste"],
            "candidates.candidate.result": ["held"],
            "candidates.candidate.value": ["78.5"],
        },
    ),
    Question("listExaminations", {"schoolYear": "25/26"}, fault="F-0401"),
]
ACHIEVEMENTS = [
    Question(
        "getPersonAchievements",
        {"personalCode": CHILD},
        {
            "found": ["true"],
            "person.surname": ["Bērziņa-Čakste"],
            "person.examResults.examResult.outcome": ["notYetReceived"],
            "person.examResults.examResult.institutionName": [NAME],
            "person.examResults.examResult.value": [],
        },
    ),
    Question("getPersonAchievements", {"document": {"series": "PA", "number": "1 & <2>"}}, {"found": ["false"], "person": []}),
    Question(
        "getAchievementsBatch",
        {"applicants": {"applicant": [{"personalCode": CHILD}, {"personalCode": "04051820235"}]}},
        {"applicants.applicant.outcome": ["found", "notFound"], "applicants.applicant.person.givenName": ["Anna Šarlote"]},
    ),
    Question("getCompleteness", {"examination": EXAM}, {"lines.line.expected": ["1"], "lines.line.missing": ["1"], "nextCursor": []}),
    Question(
        "acknowledgeMessages",
        {"batchKey": "E-3", "receipts": {"receipt": [{"messageId": "none", "outcome": "accepted"}]}},
        {"outcomes.outcome.code": ["R-0808"]},
    ),
]
