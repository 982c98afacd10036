"""getPersonAchievements with format elmo, over HTTP: what a receiver takes out of the answer is a signed ELMO document."""

from base64 import b64decode

import pytest
from cryptography import x509
from lxml import etree
from signxml.verifier import XMLVerifier

from adapters.elmo import ELMO
from adapters.pair_making import make_first
from tests.contract.asking import asking, elements
from tests.serving import Reply, Served

ANNA = "04051820016"


@pytest.fixture(scope="module", autouse=True)
def anna(served: Served) -> None:
    served.register.person(ANNA, "Anna Šķirsta & <ž>", "Ķērve")


def ask(served: Served, **asked: str) -> Reply:
    return served.post(asking("getPersonAchievements", elements(asked)), "/soap/achievements")


def test_without_a_key_the_answer_is_refused_and_not_left_unsigned(served: Served) -> None:
    refused = ask(served, personalCode=ANNA, format="elmo")
    assert refused.status == 500
    assert (refused.text("faultstring") or "").startswith("U-0000: No key can sign")
    assert b"elmo-schemas" not in refused.body
    plain = ask(served, personalCode=ANNA)
    assert (plain.status, plain.text("found"), plain.text("elmo")) == (200, "true", None)


def test_the_answer_carries_a_signed_document(served: Served) -> None:
    certificate = make_first(served.log.parent / "signing")
    assert certificate is not None
    answer = ask(served, personalCode=ANNA, format="elmo")
    assert answer.status == 200, served.log.read_text()[-3000:]
    document = b64decode(answer.text("elmo") or "")
    trusted = x509.load_pem_x509_certificate(certificate.read_bytes())
    verified = XMLVerifier().verify(document, x509_cert=trusted).signed_xml
    assert verified.findtext("e:learner/e:givenNames", namespaces={"e": ELMO}) == "Anna Šķirsta & <ž>"
    assert verified.findtext("e:generatedDate", namespaces={"e": ELMO}) == answer.text("dataAsOf")
    assert etree.fromstring(document).tag == f"{{{ELMO}}}elmo"


def test_of_nobody_there_is_no_document(served: Served) -> None:
    answer = ask(served, personalCode="04051820024", format="elmo")
    assert (answer.status, answer.text("found"), answer.text("elmo")) == (200, "false", None)
