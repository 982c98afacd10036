"""viis elmo as it is called: a signed transcript of whom the code names, and the record that it was made."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from lxml import etree
from signxml.verifier import XMLVerifier
from typer.testing import CliRunner, Result

from adapters import elmo as exporting
from adapters.cli import build
from adapters.elmo import ELMO
from adapters.pair_making import make_first
from adapters.signatures import Signer
from tests.integration.examining import ANNA, Examining, result
from tests.register import Register

FORMER = "04051820235"
NAMES = {"e": ELMO}


@pytest.fixture
def signing(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of keys, empty as yet."""
    monkeypatch.setenv("VIIS_REGISTER_URL", database_url)
    folder = tmp_path / "signing"
    monkeypatch.setattr(exporting, "signer", lambda: Signer(folder))
    return folder


def call(*options: str) -> Result:
    return CliRunner().invoke(build(["elmo"]), ["elmo", *options])


def test_a_transcript_is_written_for_one_reader_and_recorded(register: Register, signing: Path, tmp_path: Path) -> None:
    vpis, out = Examining(register), tmp_path / "anna.xml"
    vpis.published(result())
    certificate = make_first(signing)
    done = call(ANNA, "--out", str(out))
    assert (done.exit_code, done.output) == (0, f"The transcript is in {out}; only you may read it.\n")
    assert out.stat().st_mode & 0o777 == 0o600
    trusted = x509.load_pem_x509_certificate(certificate.read_bytes())
    signed = XMLVerifier().verify(out.read_bytes(), x509_cert=trusted).signed_xml
    assert signed.findtext("e:learner/e:identifier", namespaces=NAMES) == ANNA
    assert len(signed.findall(".//e:resultLabel", NAMES)) == 1
    [row] = register.execute("SELECT operation, user_id IS NOT NULL, persons FROM disclosure")
    assert tuple(row) == ("viis elmo", True, [vpis.anna])
    again = call(ANNA, "--out", str(out))
    assert again.exit_code == 1
    assert "is there already" in str(again.exception)


def test_what_was_known_then_has_no_later_result(register: Register, signing: Path) -> None:
    vpis = Examining(register)
    vpis.published(result())
    make_first(signing)
    now = call(ANNA)
    assert etree.fromstring(now.stdout_bytes).findtext(".//e:status", namespaces=NAMES) in ("passed", "failed")
    then = datetime.now(UTC) - timedelta(days=2)
    earlier = call(ANNA, "--as-of", f"{then:%Y-%m-%d}")
    assert etree.fromstring(earlier.stdout_bytes).find(".//e:status", NAMES) is None


@pytest.mark.parametrize(("code", "said"), [("1", "personal code"), (FORMER, "Nobody in the register has this code.")])
def test_who_is_not_named_is_told_in_words(register: Register, signing: Path, code: str, said: str) -> None:
    refused = call(code)
    assert said in str(refused.exception)
    assert register.execute("SELECT count(*) FROM disclosure") == [(0,)]


def test_without_a_key_nothing_is_told(register: Register, signing: Path) -> None:
    Examining(register)
    refused = call(ANNA)
    assert "viis signing new" in str(refused.exception)
    assert register.execute("SELECT count(*) FROM disclosure") == [(0,)]
    assert not signing.exists()
