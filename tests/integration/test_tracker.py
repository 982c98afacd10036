"""findUsage, usagePeriod and heartbeat, as Estonia's data tracker describes them, behind X-Road's headers for REST."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from adapters.tracker import usage
from adapters.wsgi import Wsgi
from core.database import Databases
from core.disclosure import Disclosure, record
from core.disclosures.sealing import seal
from tests.integration.test_operations import NOWHERE, service
from tests.posting import application
from tests.register import Register, days

CHILD, PARENT, OTHER = "04051820016", "05061820014", "06071820012"
PORTAL = "LV-DEV/GOV/VDAA/person"
NOW = datetime(2026, 11, 23, 10, 0, 0, tzinfo=UTC)
SAID = Disclosure(
    NOW, "m-1", "LV-DEV/MUN/RIGA/schools", "LV-1", None, None, "education-process.getPersonEducation", "founder", "law", None, "ok", []
)


@pytest.fixture
def app(register: Register) -> Wsgi:
    register.grant(PORTAL, "disclosures.listPersonDisclosures", "own")
    return application(register.databases)


def get(app: Wsgi, resource: str, headers: dict[str, str] | None = None, method: str = "GET", **query: Any) -> tuple[int, Any]:
    begun: list[Any] = []
    sent = {"X-Road-Client": PORTAL, "X-Road-Id": "rest-1", "X-Road-UserId": f"LV{PARENT}", **(headers or {})}
    environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in sent.items() if value}
    environ |= {"REQUEST_METHOD": method, "PATH_INFO": f"/rest/disclosures/{resource}", "QUERY_STRING": urlencode(query)}
    body = b"".join(app(environ, lambda *args: begun.append(args)))
    [(status, fields)] = begun
    assert dict(fields)["Content-Type"] == "application/json"
    assert dict(fields)["Content-Length"] == str(len(body))
    return int(status[:3]), json.loads(body)


def told(register: Register, *persons: int, **more: Any) -> None:
    record(register.databases.journal, SAID._replace(persons=list(persons), **more))


def test_a_portal_finds_usage_newest_first_with_a_total_and_is_recorded(register: Register, app: Wsgi) -> None:
    child, parent = register.person(CHILD, born_on=date(2018, 5, 4)), register.person(PARENT, born_on=date(1988, 6, 5))
    register.guardian(child, parent, days("2018-05-04"))
    for number in range(5):
        told(register, child, message_id=str(number), disclosed_at=NOW + timedelta(minutes=number))
    told(register, child, message_id="hidden", disclosed_at=NOW, hidden_until=datetime.now(UTC) + timedelta(days=9))
    headers = {"X-Road-Client": quote(PORTAL, safe="/"), "X-Road-Issue": quote("Nr. 1 «ā»")}
    status, said = get(app, "findUsage", headers, userCode=f"LV{CHILD}", offset=1, limit=2)
    assert status == 200
    assert said == {
        "totalUsages": 5,
        "usages": [
            {
                "logtime": f"2026-11-23T10:0{minute}:00.000000Z",
                "action": "Personas izglītības dati (founder)",
                "receiverCode": "RIGA",
                "receiverSystem": "schools",
            }
            for minute in (3, 2)
        ],
    }
    period = {"periodStart": "2026-11-23T10:01:00", "periodEnd": "2026-11-23T12:03:00+02:00"}
    assert get(app, "findUsage", userCode=CHILD, **period)[1]["totalUsages"] == 2
    rows = register.execute(
        "SELECT message_id, client, user_id, issue, outcome, persons FROM disclosure WHERE operation = 'disclosures.findUsage'"
    )
    assert rows[0] == ("rest-1", PORTAL, f"LV{PARENT}", "Nr. 1 «ā»", "ok", [child])
    assert len(rows) == 2


@pytest.mark.parametrize(
    ("fields", "usages"),
    [
        (["entries/entry/purpose"], [("Personas izglītības dati (founder)", "", "")]),
        (["entries/entry/client"], [("Personas izglītības dati", "RIGA", "schools")]),
        (["copies"], []),
    ],
)
def test_the_list_of_the_grant_counts_for_a_portal_too(register: Register, fields: list[str], usages: list[tuple[str, ...]]) -> None:
    register.grant(PORTAL, "disclosures.listPersonDisclosures", "own", fields=fields)
    told(register, register.person(PARENT, born_on=date(1988, 6, 5)))
    said = get(application(register.databases), "findUsage", userCode=PARENT)[1]
    assert [tuple(one[name] for name in ("action", "receiverCode", "receiverSystem")) for one in said["usages"]] == usages
    assert said["totalUsages"] == len(usages)


def test_of_somebody_else_a_portal_finds_nothing_and_without_a_right_it_is_refused(register: Register, app: Wsgi) -> None:
    other = register.person(OTHER)
    register.person(PARENT, born_on=date(1988, 6, 5))
    told(register, other)
    assert get(app, "findUsage", userCode=f"LV{OTHER}") == (200, {"totalUsages": 0, "usages": []})
    status, said = get(app, "findUsage", {"X-Road-Client": "LV-DEV/COM/1/other"}, userCode=f"LV{OTHER}")
    assert (status, said["code"]) == (400, "R-0101")
    status, said = get(app, "findUsage", {"X-Road-UserId": "LV-officer-1"}, userCode=f"LV{OTHER}")
    assert (status, said["code"]) == (400, "R-0301")
    outcomes = register.execute("SELECT outcome FROM disclosure WHERE operation = 'disclosures.findUsage' ORDER BY id")
    assert outcomes == [("ok",), ("R-0101",), ("R-0301",)]


def test_a_look_up_that_the_law_hides_is_not_found(register: Register, app: Wsgi) -> None:
    register.person(CHILD)
    register.grant("LV-DEV/GOV/VP/search", "disclosures.listPersonDisclosures", hidden_days=30)
    for _ in range(2):
        assert get(app, "findUsage", {"X-Road-Client": "LV-DEV/GOV/VP/search"}, userCode=CHILD) == (200, {"totalUsages": 0, "usages": []})


def test_a_fault_is_recorded_and_says_nothing_of_its_cause(register: Register, app: Wsgi, monkeypatch: pytest.MonkeyPatch) -> None:
    def counted(*_: object) -> None:
        raise ValueError(CHILD)

    monkeypatch.setattr(usage, "counted", counted)
    register.person(CHILD)
    status, said = get(app, "findUsage", {"X-Road-UserId": f"LV{CHILD}"}, userCode=CHILD)
    assert (status, said["code"], CHILD in said["message"]) == (500, "F-0901", False)
    rows = register.execute("SELECT outcome, persons FROM disclosure WHERE operation = 'disclosures.findUsage'")
    assert rows == [("F-0901", [])]


WRONG = {
    "no person": ({}, {}),
    "another country": ({}, {"userCode": f"EE{CHILD}"}),
    "no code": ({}, {"userCode": "LV123"}),
    "no number": ({}, {"userCode": CHILD, "limit": "many"}),
    "too many": ({}, {"userCode": CHILD, "limit": 10_001}),
    "below nothing": ({}, {"userCode": CHILD, "offset": -1}),
    "no instant": ({}, {"userCode": CHILD, "periodStart": "2026-13-01T00:00:00Z"}),
    "no user": ({"X-Road-UserId": ""}, {"userCode": CHILD}),
    "no id": ({"X-Road-Id": ""}, {"userCode": CHILD}),
    "no client": ({"X-Road-Client": ""}, {"userCode": CHILD}),
    "no subsystem": ({"X-Road-Client": "LV-DEV//x"}, {"userCode": CHILD}),
    "a hidden slash": ({"X-Road-Client": "LV-DEV/GOV/VDAA%2Fperson/x"}, {"userCode": CHILD}),
    "long": ({"X-Road-Id": "x" * 256}, {"userCode": CHILD}),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_request_that_does_not_keep_to_the_specification_is_answered_400_and_repeats_nothing(app: Wsgi, what: str) -> None:
    headers, query = WRONG[what]
    status, said = get(app, "findUsage", headers, **query)
    assert (status, said["code"]) == (400, "F-0401")
    assert CHILD not in said["message"]


def test_the_period_begins_with_the_first_entry_and_the_heart_beats(register: Register, app: Wsgi) -> None:
    assert get(app, "usagePeriod")[0] == 200
    told(register, 1)
    seal(register.databases.register)
    assert get(app, "usagePeriod") == (200, {"periodStart": "2026-11-23T10:00:00.000000Z"})
    assert get(app, "heartbeat") == (200, {"status": "OK", "message": "The journal can be read."})
    assert get(app, "elsewhere")[0] == 404
    assert get(app, "findUsage", method="POST")[0] == 405


def test_without_the_register_nothing_is_said_and_the_heart_fails(register: Register) -> None:
    nowhere = Databases(NOWHERE)
    try:
        register.grant(PORTAL, "disclosures.listPersonDisclosures", "own")
        app = service(nowhere, register.databases)
        status, said = get(app, "findUsage", userCode=CHILD)
        assert (status, said["code"]) == (500, "U-0101")
        assert get(app, "heartbeat")[1]["status"] == "FAIL"
    finally:
        nowhere.close()
