"""What every stack asks of the indicators of use, and what it must understand of the answers."""

from core.indicators.keeping import freeze
from tests.calls import Call, always_there, at, log, lost
from tests.interop.questions import Question
from tests.register import Register

SCHOOLS = "LV-DEV/MUN/RIGA/skolas & <bērnudārzi>"
QUESTIONS = [
    Question(
        "getServiceIndicators",
        {"year": 2025, "groupBy": {"dimension": ["consumer", "month"]}, "service": "education-process"},
        {
            "revision": ["1"],
            "provisional": ["false"],
            "until": ["2025-12-31T22:00:00.000000Z"],
            "revisions.revision.definitions": ["2026-1"],
            "figures.figure.consumer": [SCHOOLS],
            "figures.figure.month": ["9"],
            "figures.figure.calls": ["3"],
            "figures.figure.durationMean": ["5.083"],
            "figures.figure.reasons.reason.code": ["R-0101"],
            "coverage.month.gaps.gap.why": ["lost"],
            "fault": [],
        },
    ),
    Question("getServiceIndicators", {"year": 2024}, {"fault.faultCode": ["R-0931"], "figures": []}),
    Question("getServiceIndicators", {"year": 2025, "month": 13}, fault="F-0401"),
]


def build(register: Register) -> None:
    """A frozen year of four calls, and an hour in which others were lost."""
    register.grant(operation="indicators.*")
    always_there(register)
    lost(register, at("2025-11-04 09:00"), 7)
    called = Call(at("2025-09-01 08:30"), client=SCHOOLS)
    refused = called._replace(outcome="refused", code="R-0101", duration_us=1250, persons=0)
    log(register, [called, called._replace(duration_us=9000), refused, Call(at("2025-10-26 03:30"), "achievements", "getCompleteness")])
    with register.databases.register.begin() as session:
        freeze(session, 2025, at("2026-01-02 03:07"))
