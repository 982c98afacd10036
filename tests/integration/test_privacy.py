"""Made-up people with marked names and codes go through everything; then everything that was written down is searched for them."""

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from adapters.embedded import start
from adapters.stop import free_port
from core import codes
from core.database import Databases, migrate
from tests.avus import person_content, standing_in, write
from tests.conftest import QUICK
from tests.contract.asking import CLIENT, asking, client_header, envelope, service
from tests.population_register import StandIn, child, process, stand_in  # noqa: F401 - fixtures
from tests.register import RIGA, Register
from tests.replicated import until
from tests.serving import Served, serving
from tests.unit.headers import VERSION
from tests.viis import viis

CODE, OTHER = "04051820016", "05061820014"
NAME, GIVEN = "Marķētāja-Zīlīte", "Zzgunda"
PASSWORD = "zzpassword"
MARKS = (CODE, CODE[:6] + "-" + CODE[6:], OTHER, NAME, "Marķ", "Zīlīte", "Mar\\u0137", GIVEN, "zzgunda", PASSWORD, "zzaddress")
SCHOOL = "4312100001"
PORTAL, LISTING = "LV-DEV/GOV/VDAA/person", "listPersonDisclosures"
USAGE = "/rest/disclosures/findUsage?userCode="
ASKER = {"X_Road_Client": PORTAL, "X_Road_Id": "rest-1", "X_Road_UserId": f"LV{CODE}"}
QUOTING = """CREATE OR REPLACE FUNCTION quoting() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'this row: %', NEW USING DETAIL = NEW::text; END $$"""
FAILING = "CREATE TRIGGER quoting BEFORE INSERT OR UPDATE ON {} FOR EACH ROW EXECUTE FUNCTION quoting()"
# The import of a list switches ordinary triggers off.
ALWAYS = "ALTER TABLE {} ENABLE ALWAYS TRIGGER quoting"


class Collector(BaseHTTPRequestHandler):
    """Takes spans."""

    received: list[bytes]

    def do_POST(self) -> None:
        self.received.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None: ...


@contextmanager
def collecting() -> Iterator[tuple[str, list[bytes]]]:
    """An address for spans, and what comes there."""
    received: list[bytes] = []
    handler = type("Here", (Collector,), {"received": received})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", received
        server.shutdown()


def about(code: str, *headers: str, client: str = CLIENT) -> str:
    return asking("getPersonEducation", f"<e:personalCode>{code}</e:personalCode>", headers, client)


def malformed() -> Iterator[str]:
    """Messages with a code or a name in every place; nearly all of them are refused."""
    for mark in (CODE, NAME, GIVEN):
        yield about(mark + "x")
        yield asking("listCodes", f"<e:{GIVEN}>{mark}</e:{GIVEN}>")
        yield asking("listCodes", f'<e:list x="{mark}">{mark}</e:list>')
        yield about(CODE, f"<xrd:userId>{mark}</xrd:userId>", f"<xrd:userId>LV{mark}</xrd:userId>")
        yield about(
            CODE, f"<xrd:issue>{mark}</xrd:issue>", f'<x:{GIVEN} xmlns:x="urn:{GIVEN}" soapenv:mustUnderstand="1">{mark}</x:{GIVEN}>'
        )
        yield envelope(CLIENT, service(mark), f"<xrd:id>{mark}</xrd:id>", VERSION)
        yield envelope(CLIENT, service("listCodes"), f"<xrd:id>{mark}</xrd:id>", f"<xrd:protocolVersion>{mark}</xrd:protocolVersion>")
        yield envelope(client_header(f"LV-DEV/COM/{mark}/{mark}"), service("listCodes"), f"<xrd:id>{mark}</xrd:id>", VERSION)
        yield envelope(client_header(f"LV-DEV/COM/{mark}/{mark}"), service("listCodes"), f"<xrd:id>{mark}</xrd:id>", VERSION, body="<a/>")
        yield f"<a>{mark}"
        yield f'<!DOCTYPE a [<!ENTITY b "{mark}">]><a>&b;</a>'
        yield f"<?{GIVEN} {mark}?><a/>"
        yield f"<{GIVEN}>{mark}</{GIVEN}>"


def raw(port: int, text: str) -> None:
    """Bytes that HTTP does not allow."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(text.encode())
        line.shutdown(socket.SHUT_WR)
        while line.recv(65536):
            pass


def use_the_portal(served: Served) -> Iterator[bytes]:
    """A person's look at who was told, by both ways, and asked as it should not be; gives what was said of that."""
    assert b'"totalUsages":3' in served.request("GET", f"{USAGE}LV{CODE}", **ASKER).body
    message = asking(LISTING, f"<e:personalCode>{CODE}</e:personalCode>", (f"<xrd:userId>LV{CODE}</xrd:userId>",), client_header(PORTAL))
    assert b"<entry>" in served.post(message, "/soap/disclosures").body
    for mark in map(quote, (CODE, NAME, GIVEN)):
        wrong = {"X_Road_Client": f"LV-DEV/COM/{mark}", "X_Road_Id": mark, "X_Road_UserId": mark}
        for name, value in wrong.items():
            yield served.request("GET", f"{USAGE}LV{CODE}", **{**ASKER, name: value}).body
        yield served.request("GET", f"{USAGE}{mark}x&{mark}={mark}", **ASKER).body
        yield served.request("GET", f"{USAGE}LV{CODE}&periodStart={mark}", **ASKER).body
        yield served.request("GET", f"/rest/disclosures/{mark}", **ASKER).body


def call_in_every_way(served: Served, register: Register) -> list[bytes]:
    """Answers, refusals, malformed requests and addresses, failures; returns what faults said."""
    assert NAME.encode() in served.post(about(CODE)).body
    assert served.call("listAffiliations", f"<e:institution>{SCHOOL}</e:institution>").status == 200
    served.post(about(CODE, f"<xrd:userId>LV{CODE}</xrd:userId>", f"<xrd:issue>{NAME}</xrd:issue>"))
    served.post(about(CODE, client=client_header("LV-DEV/MUN/RIGA/strangers")))
    item = f"<e:item><e:key>{CODE}</e:key><e:personalCode>{CODE}</e:personalCode><e:institution>{NAME}</e:institution></e:item>"
    served.post(asking("submitAffiliations", f"<e:batchKey>{CODE}</e:batchKey><e:items>{item}</e:items>"))
    faults = [served.post(message).body for message in malformed()]
    search("REST", b"".join(use_the_portal(served)).decode())
    message = asking("listCodes")
    served.post(message, SOAPAction=f'"{CODE}"')
    served.post(message, Content_Type=f"text/{CODE}")
    served.post(message, Content_Encoding=CODE)
    served.post(message, Content_Type=f'multipart/related; boundary="{CODE}"; start="{GIVEN}"')
    served.post(message, f"/soap/{CODE}?{GIVEN}={CODE}")
    served.request("GET", f"/{CODE}/{GIVEN}?{CODE}")
    served.request("PUT", f"/soap/education-process/{CODE}")
    for line in (
        f"GET /{CODE} HTTP/9.9",
        f"{CODE} / HTTP/1.1",
        f"GET / HTTP/1.1\r\n{CODE} {GIVEN}: x",
        f"GET / HTTP/1.1\r\nContent-Length: {CODE}x",
    ):
        raw(served.port, f"{line}\r\nHost: {GIVEN}\r\n\r\n")
    register.execute("ALTER TABLE person_profile RENAME COLUMN surname TO surname_elsewhere")
    faults.append(served.post(about(CODE)).body)
    register.execute("ALTER TABLE person_profile RENAME COLUMN surname_elsewhere TO surname")
    register.execute(QUOTING)
    register.execute(FAILING.format("disclosure"))
    faults.append(served.post(about(CODE, f"<xrd:userId>LV{CODE}</xrd:userId>", f"<xrd:issue>{NAME}</xrd:issue>")).body)
    search("REST", served.request("GET", f"{USAGE}LV{CODE}", **ASKER).body.decode())
    register.execute("DROP TRIGGER quoting ON disclosure")
    return faults


def search(place: str, text: str) -> None:
    found = [mark for mark in MARKS if mark in text]
    lines = [line for line in text.splitlines() if any(mark in line for mark in MARKS)]
    assert not found, f"{place}: {lines[:5]}"


def test_nothing_that_is_written_down_names_a_person(
    folder: Path,
    tmp_path: Path,
    stand_in: StandIn,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    running = start(folder, settings=QUICK)
    running.ensure_database("register")
    url, port = running.url("register"), free_port()
    migrate(url)
    databases = Databases(url, url)
    register = Register(databases)
    with databases.register.begin() as session:
        codes.load(session)
    register.grant(rights=["health"])
    register.grant(PORTAL, f"disclosures.{LISTING}", "own", rights=["restricted"])
    person = register.person(CODE, GIVEN, NAME, restricted=True)
    register.lives(person, RIGA, address="zzaddress iela 1")
    register.learns(person, register.institution(SCHOOL))
    with standing_in(tmp_path / "avus") as avus, collecting() as (otlp, spans):
        for how in ("reject", "refuse", "drop", "html", "other"):
            avus.misbehaves(how, code=f"Server.{GIVEN}")
            write(register, register.person(surname=NAME), person_content(NAME, CODE))
        settings = {"VIIS_LOG_LEVEL": "debug", "VIIS_HEALTH_PORT": str(port), "VIIS_OTEL": "true"}
        settings |= {"VIIS_DELIVER": "1", "VIIS_AVUS_URL": avus.url, "VIIS_SIGNING": str(avus.signing)}
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", otlp)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
        with serving(register, url, tmp_path / "served", settings=settings) as served:
            faults = call_in_every_way(served, register)
            until(lambda: register.execute("SELECT count(*) FROM service_call WHERE channel = 'message'")[0][0] >= 5)
            monitored = ""
            for path in ("/metrics", "/ready", "/live", f"/{CODE}"):
                monitored += _told(port, path)
            until(lambda: register.execute("SELECT count(*) FROM service_call WHERE code = 'U-0101'") == [(2,)])
        said = served.log.read_text()
        sent = b"".join(spans)
    imported = _imports(stand_in, register, url)
    wrong = viis(f"postgresql://viis:{PASSWORD}@127.0.0.1:{running.port}/register", "overlaps")
    assert wrong.returncode == 1
    calls = json.dumps([list(map(str, row)) for row in register.execute("SELECT * FROM service_call")], ensure_ascii=False)
    databases.close()
    logs = [path.read_text(errors="replace") for path in folder.rglob("*.log")]
    running.stop()

    events = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert {"request refused", "service failed"} <= {event["event"] for event in events}
    assert all("message_id" in event for event in events if event["logger"] in ("viis.soap", "viis.tracker"))
    assert {event["logger"] for event in events if event["event"] == "service failed"} == {"viis.soap", "viis.tracker"}
    assert "viis_calls_total" in monitored
    assert calls.count("education-process") > 30
    assert b"education-process" in sent
    assert logs
    for place, text in {"stderr": said, "monitoring": monitored, "service_call": calls, "spans": sent.decode(errors="replace")}.items():
        search(place, text)
    search("commands", imported + wrong.stdout + wrong.stderr)
    search("PostgreSQL's log", "".join(logs))
    # What else is in a fault is the header that came.
    told = [fault.decode().partition("<faultstring>")[2].partition("</faultstring>")[0] for fault in faults]
    assert sum(map(bool, told)) > 30
    search("faults", "\n".join(told))


def _told(port: int, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    text = connection.getresponse().read().decode()
    connection.close()
    return text


def _imports(stand_in: StandIn, register: Register, url: str) -> str:  # noqa: F811
    """What `viis import-children` says: all well, a child refused, a page broken off, the register failing."""
    marked = child(
        surname=NAME, given_name=GIVEN, code=OTHER, residence={"municipality": RIGA, "address": "zzaddress 1", "from": "2019-05-14"}
    )
    said = ""
    stand_in.tells(marked, child(number=2, surname=NAME))
    for how in ("", "child", "truncate"):
        if how:
            stand_in.misbehaves(how, what="code") if how == "child" else stand_in.misbehaves(how)
        done = viis(url, "import-children", "--url", stand_in.url, "--born-from", "2016-01-01", "--born-to", "2022-12-31")
        assert done.returncode in (0, 3), done.stderr
        said += done.stdout + done.stderr
    stand_in.tells({**marked, "surname": NAME + "-" + NAME})
    register.execute(FAILING.format("person_profile"))
    register.execute(ALWAYS.format("person_profile"))
    failed = viis(url, "import-children", "--url", stand_in.url, "--born-from", "2016-01-01", "--born-to", "2022-12-31")
    assert failed.returncode == 1
    return said + failed.stdout + failed.stderr
