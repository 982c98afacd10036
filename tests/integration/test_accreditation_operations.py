"""The operations of accreditation over the application: who may do what, once per message, in the words of messages."""

from typing import Any

import pytest
from lxml import etree

from adapters.contracts import Contracts
from adapters.wsgi import Wsgi
from tests.contract.asking import ask
from tests.posting import application
from tests.register import MADONA, RIGA, Register

SERVICE = Contracts.load().services["accreditation"]
IKVD, SCHOOL, OTHER_SCHOOL = "LV-DEV/GOV/IKVD/quality", "LV-DEV/EDU/SCHOOL/system", "LV-DEV/EDU/OTHER/system"
MINISTRY, IN_MADONA = "LV-DEV/GOV/IZM/ministry", "LV-DEV/MUN/MADONA/schools"
NUMBER, OTHER = "4313900017", "4313900025"
PROGRAMME = "31016011"
LICENCE = {
    "kind": "OWN",
    "institution": NUMBER,
    "programme": PROGRAMME,
    "programmeName": "Vispārējā vidējā",
    "startsOn": "2027-09-01",
    "appliedOn": "2026-10-05",
    "items": {
        "item": [
            {"code": code, "reference": f"{code}.edoc"}
            for code in ("PROGRAMME_TEXT", "STAFF", "PREMISES", "JUSTIFICATION", "SUBJECT_PROGRAMMES")
        ]
    },
}
# What only the authority does, with a request that is right otherwise.
OF_THE_AUTHORITY: dict[str, dict[str, Any]] = {
    "requestInformation": {"questions": {"question": ["Kāpēc?"]}},
    "returnApplication": {"reason": "Nav plāna."},
    "acceptApplication": {},
    "appointExperts": {"experts": {"expert": [{"name": "A", "head": True, "conflictOfInterest": False, "declaredOn": "2026-10-01"}]}},
    "recordVisit": {"visitedOn": "2026-10-12"},
    "recordExpertReport": {"final": False, "report": "1.edoc"},
    "proposeDecision": {"outcome": "grant", "number": "1"},
}


@pytest.fixture
def app(register: Register) -> Wsgi:
    register.institution(NUMBER, "Ābeļu vidusskola", RIGA)
    register.institution(OTHER, "Ežu pamatskola", MADONA)
    register.grant(IKVD, "accreditation.**", rights=["authority"])
    register.grant(MINISTRY, "accreditation.**", rights=["ministry"])
    register.grant(SCHOOL, "accreditation.**", "institutions", scope_values=[NUMBER])
    register.grant(OTHER_SCHOOL, "accreditation.**", "institutions", scope_values=[OTHER])
    register.grant(IN_MADONA, "accreditation.**", "municipalities", scope_values=[MADONA])
    return application(register.databases)


def said(answer: etree._Element, name: str) -> str | None:
    return answer.findtext(f".//{{*}}{name}")


def refusal(answer: etree._Element) -> str | None:
    return answer.findtext("{*}fault/{*}faultCode")


def today(application: dict[str, Any]) -> dict[str, Any]:
    """The application as a school makes it: on paper, and so on an earlier day, it comes to the authority only."""
    return {name: value for name, value in application.items() if name != "appliedOn"}


def applied(app: Wsgi, key: str = "a1", **more: Any) -> int:
    answer = ask(app, "submitLicenceApplication", IKVD, batchKey=key, **{**LICENCE, **more})
    assert refusal(answer) is None
    return int(str(said(answer, "proceedingId")))


def accepted(app: Wsgi) -> int:
    number = applied(app)
    assert said(ask(app, "acceptApplication", IKVD, batchKey="b1", proceedingId=number, onDate="2026-10-12"), "stage") == "accepted"
    return number


def proposed(app: Wsgi, **more: Any) -> tuple[int, int]:
    number = accepted(app)
    decision = {"outcome": "grant", "number": "1-7/1", "decidedOn": "2026-10-20", **more}
    answer = ask(app, "proposeDecision", IKVD, batchKey="c1", proceedingId=number, **decision)
    assert (said(answer, "state"), said(answer, "mustAct")) == ("proposed", "checker")
    return number, int(str(said(answer, "decisionId")))


def test_a_licence_goes_from_the_application_to_the_public_register(app: Wsgi):
    _, decision = proposed(app, validFrom="2026-11-01")
    asked = {"institution": NUMBER, "programme": PROGRAMME, "onDate": "2026-11-01"}
    assert said(ask(app, "getProgrammeStatus", SCHOOL, **asked), "licensed") != "true"
    confirmation = {"batchKey": "d1", "decisionId": decision, "accept": True}
    assert refusal(ask(app, "confirmDecision", IKVD, **confirmation)) == "R-0705"
    answer = ask(app, "confirmDecision", IKVD, user="LV-officer-2", **confirmation)
    assert (said(answer, "stage"), said(answer, "state")) == ("decided", "published")
    assert said(ask(app, "getProgrammeStatus", SCHOOL, **asked), "licensed") == "true"
    assert said(ask(app, "getProgrammeStatus", SCHOOL, **{**asked, "onDate": "2026-10-31"}), "licensed") == "false"
    listed = ask(app, "listLicences", SCHOOL, institution=NUMBER, onDate="2026-11-01")
    assert said(listed, "decisionNumber") == "1-7/1"


def test_the_same_message_again_changes_nothing_and_is_answered_as_the_first_time(app: Wsgi, register: Register):
    number = applied(app)
    again = ask(app, "submitLicenceApplication", IKVD, batchKey="a1", **LICENCE)
    assert (said(again, "repeated"), said(again, "proceedingId")) == ("true", str(number))
    assert said(again, "stage") == "submitted"
    assert refusal(ask(app, "submitLicenceApplication", IKVD, batchKey="a1", **{**LICENCE, "startsOn": "2028-09-01"})) == "R-0501"
    assert register.execute("SELECT count(*) FROM proceeding") == [(1,)]


def test_a_trial_is_answered_and_nothing_of_it_stays(app: Wsgi, register: Register):
    trial = ask(app, "submitLicenceApplication", IKVD, batchKey="a1", **{**LICENCE, "items": {}}, dryRun=True)
    assert (refusal(trial), said(trial, "stage"), len(trial.findall("{*}missing/{*}item"))) == (None, "submitted", 5)
    assert register.execute("SELECT count(*) FROM proceeding") == [(0,)]
    assert said(ask(app, "submitLicenceApplication", IKVD, batchKey="a1", **LICENCE), "repeated") == "false"


@pytest.mark.parametrize("operation", OF_THE_AUTHORITY)
def test_what_the_authority_does_nobody_else_may(app: Wsgi, operation: str):
    request = {"batchKey": "x1", "proceedingId": applied(app), **OF_THE_AUTHORITY[operation]}
    assert refusal(ask(app, operation, SCHOOL, **request)) == "R-0712"
    assert refusal(ask(app, operation, MINISTRY, **request)) == "R-0712"
    assert refusal(ask(app, operation, IKVD, user=None, **request)) == "R-0512"


@pytest.mark.parametrize("client", [OTHER_SCHOOL, IN_MADONA])
def test_a_proceeding_of_another_institution_is_like_none(app: Wsgi, client: str):
    number = applied(app)
    assert said(ask(app, "getProceeding", client, proceedingId=number), "found") == "false"
    assert ask(app, "listProceedings", client).findall(".//{*}proceeding") == []
    assert said(ask(app, "getProceeding", SCHOOL, proceedingId=number), "found") == "true"
    assert refusal(ask(app, "submitComments", client, batchKey="x1", proceedingId=number, comments="x")) == "R-0701"
    answers = {"answer": [{"awaitedId": 1, "text": "x"}]}
    assert refusal(ask(app, "answerInformationRequest", client, batchKey="x2", proceedingId=number, answers=answers)) == "R-0701"
    assert refusal(ask(app, "submitLicenceApplication", client, batchKey="x3", **today(LICENCE))) == "R-0103"


def test_a_school_applies_on_the_day_and_does_not_choose_another(app: Wsgi):
    assert refusal(ask(app, "submitLicenceApplication", SCHOOL, batchKey="a1", **LICENCE)) == "R-0402"
    assert said(ask(app, "submitLicenceApplication", SCHOOL, batchKey="a2", **today(LICENCE)), "stage") == "submitted"


def test_messages_write_subjects_and_stages_in_their_own_words(app: Wsgi):
    items = {"item": [{"code": code, "reference": "1.edoc"} for code in ("PREMISES", "FOUNDER_CONSENT", "EXAM_RULES")]}
    application = {"kind": "EXAM_CENTRE", "institution": NUMBER, "appliedOn": "2026-10-05", "items": items}
    number = int(str(said(ask(app, "submitAccreditationApplication", IKVD, batchKey="a1", **application), "proceedingId")))
    ask(app, "acceptApplication", IKVD, batchKey="b1", proceedingId=number, onDate="2026-10-06")
    answer = ask(app, "appointExperts", IKVD, batchKey="b2", proceedingId=number, **OF_THE_AUTHORITY["appointExperts"], onDate="2026-10-07")
    assert said(answer, "stage") == "expertsAppointed"
    one = ask(app, "getProceeding", IKVD, proceedingId=number)
    assert (said(one, "subject"), said(one, "stage")) == ("examinationCentre", "expertsAppointed")
    assert [event.text for event in one.findall(".//{*}event/{*}stage")] == ["submitted", "accepted", "expertsAppointed"]
    listed = ask(app, "listProceedings", IKVD, stage="expertsAppointed", mustAct="experts")
    assert said(listed, "proceedingId") == str(number)
    assert ask(app, "listProceedings", IKVD, stage="visited").findall(".//{*}proceeding") == []


def test_questions_stop_the_clock_and_answers_let_it_go_on(app: Wsgi):
    number = accepted(app)
    asked = ask(app, "requestInformation", IKVD, batchKey="q1", proceedingId=number, questions={"question": ["Kurš?", "Cik?"]})
    assert (said(asked, "clockStopped"), said(asked, "dueOn"), said(asked, "mustAct")) == ("true", None, "applicant")
    one = ask(app, "getProceeding", SCHOOL, proceedingId=number)
    waited = [int(entry.findtext("{*}awaitedId") or 0) for entry in one.iterfind(".//{*}entry") if entry.findtext("{*}state") == "waiting"]
    first, second = ([{"awaitedId": each, "text": "Šādi."}] for each in waited)
    half = ask(app, "answerInformationRequest", SCHOOL, batchKey="q2", proceedingId=number, answers={"answer": first})
    assert said(half, "clockStopped") == "true"
    whole = ask(app, "answerInformationRequest", SCHOOL, batchKey="q3", proceedingId=number, answers={"answer": second})
    assert (said(whole, "clockStopped"), said(whole, "mustAct")) == ("false", "authority")
    again = ask(app, "answerInformationRequest", SCHOOL, batchKey="q4", proceedingId=number, answers={"answer": second})
    assert refusal(again) == "R-0715"


def test_twenty_long_questions_are_read_back_whole(app: Wsgi):
    number, questions = accepted(app), ["Kāpēc? " * 140] * 20
    ask(app, "requestInformation", IKVD, batchKey="q1", proceedingId=number, questions={"question": questions})
    one = ask(app, "getProceeding", IKVD, proceedingId=number)
    assert len(one.findall(".//{*}question")) == 20
    assert len(one.findall(".//{*}note")[-1].text or "") >= 20 * 900


def test_the_school_appeals_and_only_the_ministry_decides(app: Wsgi):
    _, decision = proposed(app)
    ask(app, "confirmDecision", IKVD, user="LV-officer-2", batchKey="d1", decisionId=decision, accept=True)
    lodged = ask(app, "lodgeAppeal", SCHOOL, batchKey="e1", decisionId=decision, reason="No 1. septembra.")
    assert (refusal(lodged), said(lodged, "mustAct")) == (None, "ministry")
    outcome = {"batchKey": "e2", "decisionId": decision, "reason": "Pamatoti.", "outcome": "revoked"}
    assert refusal(ask(app, "lodgeAppeal", IKVD, **outcome)) == "R-0712"
    decided = ask(app, "lodgeAppeal", MINISTRY, **outcome)
    assert (said(decided, "stage"), said(decided, "state")) == ("accepted", "revoked")
    status = ask(app, "getProgrammeStatus", SCHOOL, institution=NUMBER, programme=PROGRAMME)
    assert (said(status, "licensed"), status.findtext(".//{*}appeal/{*}outcome")) == ("false", "revoked")


def test_who_is_granted_nothing_uses_no_operation(app: Wsgi):
    answers = {"answer": [{"awaitedId": 1, "text": "x"}]}
    subject = {"institution": NUMBER, "programme": PROGRAMME}
    accreditation = {"kind": "INSTITUTION", "institution": NUMBER, "items": {}}
    requests: dict[str, dict[str, Any]] = {
        "getProgrammeStatus": subject,
        "getInstitutionAccreditation": {"institution": NUMBER},
        "submitLicenceApplication": LICENCE,
        "submitAccreditationApplication": accreditation,
        "getProceeding": {"proceedingId": 1},
        "answerInformationRequest": {"proceedingId": 1, "answers": answers},
        "submitComments": {"proceedingId": 1, "comments": "x"},
        "confirmDecision": {"decisionId": 1, "accept": True},
        "confirmFlag": {"decisionId": 1, "rule": "BACKDATED"},
        "lodgeAppeal": {"decisionId": 1},
        "getAccreditationHorizon": {"months": 12},
        **{operation: {"proceedingId": 1, **request} for operation, request in OF_THE_AUTHORITY.items()},
    }
    for code in SERVICE.operations:
        key = {} if code.startswith(("get", "list")) else {"batchKey": "x"}
        assert refusal(ask(app, code, "LV-DEV/COM/NOBODY/x", **key, **requests.get(code, {}))) == "R-0101", code
