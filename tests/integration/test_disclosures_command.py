"""The sealer beside the sequencer, its heads, its alarm, its death; and the commands that prove and end the journal."""

import json
import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from adapters.disclosures import sealer
from adapters.disclosures.heads import UnusableHeads, export, heads, latest
from adapters.pair_making import make_pair
from adapters.signatures import Signer
from core.disclosure import Disclosure, record
from core.disclosures.chain import Head
from core.disclosures.sealing import head, seal
from tests.register import Register
from tests.viis import start_viis, viis

NOW = datetime(2026, 11, 23, 10, 0, 0, tzinfo=UTC)
SAID = Disclosure(NOW, "m-1", "A/B/C/D", "LV-1", None, "", "s.o", "purpose", "law", None, "ok", [3, 1, 2])
SEALED = "SELECT count(*) FROM disclosure_seal"
WITHIN = 30.0


def told(register: Register, rows: int, at: datetime = NOW) -> None:
    for number in range(rows):
        record(register.databases.journal, SAID._replace(message_id=f"m-{number}", disclosed_at=at))


def until(register: Register, sealed: int) -> None:
    end = time.monotonic() + WITHIN
    while register.execute(SEALED) != [(sealed,)]:
        assert time.monotonic() < end, register.execute(SEALED)
        time.sleep(0.05)


def lines(said: str) -> list[dict[str, object]]:
    """The lines of the log among what a program said."""
    return [json.loads(line) for line in said.splitlines() if line.startswith("{") and line.endswith("}")]


def test_a_sealer_that_is_killed_leaves_a_good_chain_and_the_next_one_goes_on(
    register: Register, database_url: str, tmp_path: Path
) -> None:
    settings = {"VIIS_REGISTER_URL": database_url, "VIIS_DATA": str(tmp_path)}
    for turn in range(3):
        sealer = start_viis("sequencer", **settings)
        told(register, 300)
        if turn < 2:
            time.sleep(0.4 + 0.3 * turn)  # wherever that is: before, within or after a pass
            sealer.send_signal(signal.SIGKILL)
        else:
            until(register, 900)
            sealer.send_signal(signal.SIGTERM)
        sealer.wait(WITHIN)
    assert latest(tmp_path / "disclosure-heads").head.place == 900
    proved = viis(database_url, "disclosures", "verify", "--head", str(tmp_path / "disclosure-heads"))
    assert proved.returncode == 0, proved.stderr
    assert "Places 1 to 900 are as they were; compared with " in proved.stdout
    assert " heads, 0 of them signed." in proved.stdout


def test_the_journal_is_proved_and_an_altered_one_is_named_with_its_place(register: Register, database_url: str, tmp_path: Path) -> None:
    told(register, 5)
    seal(register.databases.register)
    with register.databases.register.begin() as session:
        export(tmp_path, Signer(tmp_path), head(session))
    assert viis(database_url, "disclosures", "verify", "--head", str(tmp_path)).returncode == 0
    waiting = viis(database_url, "disclosures", "status")
    assert (waiting.returncode, "Not sealed: 0." in waiting.stdout) == (0, True)
    register.execute("ALTER TABLE disclosure DISABLE TRIGGER USER")
    register.execute("UPDATE disclosure SET purpose = 'x' WHERE message_id = 'm-2'")
    found = viis(database_url, "disclosures", "verify", "--head", str(tmp_path))
    assert (found.returncode, found.stderr.splitlines()[-1]) == (
        3,
        "The journal was altered. The first place that is wrong is 3: changed.",
    )
    assert viis(database_url, "disclosures", "verify", "--from", "4", "--head", str(tmp_path)).returncode == 0
    assert viis(database_url, "disclosures", "verify", "--from", "40").returncode == 2


def test_old_rows_go_with_a_checkpoint_that_the_service_signs(register: Register, database_url: str, tmp_path: Path) -> None:
    told(register, 4, datetime(2015, 1, 1, tzinfo=UTC))
    told(register, 2, datetime.now(UTC))
    seal(register.databases.register)

    def run(*command: str) -> int:
        return start_viis("disclosures", *command, VIIS_REGISTER_URL=database_url, VIIS_DATA=str(tmp_path)).wait(WITHIN)

    assert run("expire") == 1, "there is no key"
    make_pair(tmp_path / "signing", "seal", datetime.now(UTC) - timedelta(days=1))
    assert run("expire", "--before", datetime.now(UTC).date().isoformat()) == 2, "too young"
    assert register.execute("SELECT count(*) FROM disclosure") == [(6,)]
    assert run("expire") == 0
    assert register.execute("SELECT count(*) FROM disclosure") == [(2,)]
    assert run("verify") == 0
    register.execute("ALTER TABLE disclosure_checkpoint DISABLE TRIGGER USER")
    register.execute("UPDATE disclosure_checkpoint SET rows = 3")
    assert run("verify") == 3


def test_the_alarm_is_raised_when_nobody_can_seal(
    register: Register, database_url: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    seal(register.databases.register)
    told(register, 3)
    with psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(hashtext('viis disclosure sealer'))")
        waiting = start_viis("sequencer", VIIS_REGISTER_URL=database_url, VIIS_DATA=str(tmp_path))
        try:
            said, end = "", time.monotonic() + WITHIN
            while not {("disclosures are not sealed", 3)} & {(line.get("event"), line.get("count")) for line in lines(said)}:
                assert time.monotonic() < end, said
                time.sleep(0.2)
                said += "".join(capfd.readouterr())
        finally:
            waiting.send_signal(signal.SIGTERM)
            waiting.wait(WITHIN)
    assert register.execute(SEALED) == [(0,)]


def test_a_sealer_goes_on_after_whatever_went_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealer, "ATTEMPT", 0)
    stopped, attempts = threading.Event(), []

    def work(_: threading.Event) -> None:
        attempts.append(1)
        if len(attempts) < 3:
            raise ValueError
        stopped.set()

    sealer._keep_on(work, stopped)
    assert len(attempts) == 3


def test_heads_are_signed_when_a_key_is_there_and_a_line_that_was_changed_is_none(tmp_path: Path) -> None:
    kept, signer = tmp_path / "heads", Signer(tmp_path / "signing")
    export(kept, signer, Head(1, b"\1" * 32), NOW)
    make_pair(tmp_path / "signing", "seal", datetime.now(UTC) - timedelta(days=1))
    export(kept, signer, Head(2, b"\2" * 32), NOW)
    assert [(one.head, one.signed_by) for one in heads(kept, signer)] == [(Head(1, b"\1" * 32), ""), (Head(2, b"\2" * 32), "seal")]
    assert latest(kept).signed_by == "seal"
    file = kept / "heads-2026.txt"
    written = file.read_text()
    for changed in (written.replace(" 2 ", " 3 "), written + "\n", written.replace("seal", "other"), written[:-9]):
        file.write_text(changed)
        with pytest.raises(UnusableHeads):
            heads(kept, signer)


def test_a_line_that_broke_off_does_not_spoil_the_next_one(tmp_path: Path) -> None:
    signer, file = Signer(tmp_path / "signing"), tmp_path / "heads-2026.txt"
    export(tmp_path, signer, Head(1, b"\1" * 32), NOW)
    file.write_text(file.read_text()[:-40])
    with pytest.raises(UnusableHeads, match=":1 is no head"):
        latest(tmp_path)
    export(tmp_path, signer, Head(2, b"\2" * 32), NOW)
    assert latest(tmp_path).head == Head(2, b"\2" * 32)
    with pytest.raises(UnusableHeads, match=":1 is no head"):
        heads(tmp_path, signer)
