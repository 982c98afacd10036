"""The ELMO document: valid by the published schema, nobody's pass or fail unless it is one, signed as ELMO wants it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from signxml import XMLVerifier
from signxml.exceptions import InvalidSignature

from adapters import elmo as exporting
from adapters.elmo import CODES, ELMO, elmo, signed_elmo
from adapters.elmo.words import scale
from adapters.pair_making import make_pair
from adapters.signatures import Signer
from core import codes
from core.achievements.shown import Achievements, Document, DocumentName, Mark, Part, Result

SCHEMA = Path(__file__).parents[3] / "shared" / "data" / "elmo" / "schema.local.xsd"
AT, SCHOOL, NAME = "2026-11-27T08:00:00.000000Z", "4113100001", "Rīgas 1. vidusskola"
NAMES = {"e": ELMO, "c": CODES}
ANNA = Achievements("04051820219", [], [("4113100001", "BK-7")], "Anna", "Bērziņa", "2018-05-04", [], [])


def document(**more: object) -> Document:
    """A certificate of general secondary education."""
    values = [7, 9, "ATV", "VA", "000123", "2026-06-12", "valid", SCHOOL, NAME, "31016011", [Mark("Matemātika", "M10", "9")], None, None]
    return Document(*values, True, None, None)._replace(**more)


def result(**more: object) -> Result:
    """A centralised examination in mathematics."""
    of_examination = ["2026-MAT-A", "CE", "MAT", "A", "2025/26", "main", "2026-05-25", SCHOOL, NAME]
    value = ["result", "PCT", "71.5", None, [Part("Prasmes", "80")], "C-1", 20, True, None, AT]
    return Result(5, 1, *of_examination, *value)._replace(**more)


def said(person: Achievements, path: str) -> list[str]:
    """What an XPath finds, as text."""
    found = elmo(person, AT).xpath(path, namespaces=NAMES)
    return [one if isinstance(one, str) else one.text or "" for one in found]


@pytest.fixture(scope="session")
def schema() -> etree.XMLSchema:
    if not SCHEMA.exists():
        pytest.skip(f"The published schema of ELMO is not at {SCHEMA}; it is not part of this program.")
    return etree.XMLSchema(etree.parse(str(SCHEMA)))


CODES_OF = {name: st.sampled_from([row["code"] for row in codes.rows(name)]) for name in ("document_types", "exam_subjects", "exam_kind")}
TEXTS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Z"), exclude_characters="\x85"), max_size=20)
MARKS = st.builds(Mark, TEXTS, st.sampled_from(["M10"]), st.integers(1, 10).map(str)) | st.builds(
    Mark, TEXTS, st.sampled_from(["NV", "A"]), st.none()
)
DOCUMENTS = st.builds(
    document,
    document_type=CODES_OF["document_types"],
    series=st.none() | TEXTS,
    number=TEXTS,
    status=st.sampled_from(["valid", "annulled", "lost", "duplicated", "extracted"]),
    institution=st.sampled_from([SCHOOL, "4113100002"]),
    institution_name=st.none() | TEXTS,
    programme=st.sampled_from([None, "31016011", "21011121"]),
    marks=st.lists(MARKS, max_size=3),
    replaces=st.none() | st.builds(DocumentName, st.none() | TEXTS, TEXTS),
    replaced_by=st.none() | st.builds(DocumentName, st.none() | TEXTS, TEXTS),
    confirmed=st.booleans(),
    not_confirmed=st.sampled_from([None, "annulled", "beforeRegister"]),
)
RESULTS = st.builds(
    result,
    result_id=st.none() | st.integers(1),
    kind=CODES_OF["exam_kind"],
    subject=CODES_OF["exam_subjects"],
    held_on=st.sampled_from([None, "2026-05-25"]),
    institution_name=st.none() | TEXTS,
    outcome=st.sampled_from([row["code"] for row in codes.rows("exam_outcomes")]),
    scale=st.sampled_from([None, *(row["code"] for row in codes.rows("exam_result_scale"))]),
    value=st.none() | TEXTS,
    cefr_level=st.sampled_from([None, "B2"]),
    parts=st.lists(st.builds(Part, TEXTS, st.just("50")), max_size=2),
    passed=st.sampled_from([None, True, False]),
    correction_reason=st.sampled_from([None, "appeal"]),
)
PEOPLE = st.builds(
    ANNA._replace,
    personal_code=st.sampled_from([None, "04051820219"]),
    given_name=st.none() | TEXTS,
    surname=st.none() | TEXTS,
    birth_date=st.sampled_from([None, "2018-05-04"]),
    documents=st.lists(DOCUMENTS, max_size=3),
    exam_results=st.lists(RESULTS, max_size=3),
)


@given(PEOPLE)
def test_whatever_is_known_of_a_person_is_valid_by_the_published_schema(schema: etree.XMLSchema, person: Achievements) -> None:
    schema.assertValid(etree.fromstring(etree.tostring(elmo(person, AT))))


def test_a_receiver_learns_who_and_what_where_when_and_on_which_level() -> None:
    anna = ANNA._replace(documents=[document()], exam_results=[result(cefr_level="B2")])
    assert said(anna, "e:learner/e:identifier/@type") == ["nationalIdentifier", "lv-institution-4113100001"]
    assert said(anna, "e:learner/*[self::e:givenNames or self::e:familyName or self::e:bday]") == ["Anna", "Bērziņa", "2018-05-04"]
    assert said(anna, "e:report/e:issuer/*[not(self::e:url)]") == ["LV", SCHOOL, NAME]
    certificate = "e:report/e:learningOpportunitySpecification[1]/"
    instance = "e:specifies/e:learningOpportunityInstance/"
    assert said(anna, f"{certificate}e:title[@xml:lang='en']") == ["Certificate of general secondary education"]
    assert said(anna, f"{certificate}e:identifier") == ["document-7", "VA 000123", "31016011"]
    assert said(anna, f"{certificate}{instance}e:level/e:type") == ["EQF", "NQF"]
    assert said(anna, f"{certificate}{instance}e:level/e:value") == ["4", "4"]
    assert said(anna, f"{certificate}{instance}e:languageOfInstruction") == ["lv"]
    assert said(anna, f"{certificate}{instance}e:date") == ["2026-06-12"]
    mark = f"{certificate}e:hasPart/e:learningOpportunitySpecification/"
    assert said(anna, f"{mark}e:title") == ["Matemātika"]
    assert said(anna, f"{mark}{instance}*") == ["passed", "M10", "9"]
    examination = "e:report/e:learningOpportunitySpecification[2]/"
    assert said(anna, f"{examination}e:title") == ["Matemātika (Centralizētais eksāmens)", "Mathematics (Centralised examination)"]
    assert said(anna, f"{examination}{instance}e:resultLabel") == ["71.5"]
    assert said(anna, f"{examination}{instance}e:academicTerm/e:start") == ["2025-09-01"]
    assert said(anna, f"{examination}{instance}e:level/e:value") == ["A", "B2"]
    assert said(anna, f"{examination}e:hasPart/e:learningOpportunitySpecification/{instance}e:resultLabel") == ["80"]
    assert said(anna, "e:report/e:gradingScheme/@localId") == ["M10", "PCT"]
    assert "9 excellent" in scale("M10")[1]


def test_each_institution_and_each_of_its_names_has_a_report_of_its_own() -> None:
    former = document(institution_name="Rīgas pilsētas 1. vidusskola")
    anna = ANNA._replace(documents=[document(), former], exam_results=[result(), result(institution="4113100002", institution_name=None)])
    assert said(anna, "e:report/e:issuer/e:title") == [NAME, "Rīgas pilsētas 1. vidusskola", "4113100002"]
    assert said(anna, "e:report[1]/e:learningOpportunitySpecification/e:type") == ["Degree Programme", "Course"]


def test_a_person_of_whom_nothing_is_known_has_a_report_without_contents() -> None:
    assert said(ANNA, "e:report/e:issuer/e:identifier") == ["VIIS"]
    assert said(ANNA, "e:report/e:learningOpportunitySpecification") == []


@pytest.mark.parametrize("outcome", [row["code"] for row in codes.rows("exam_outcomes") if row["code"] != "result"])
def test_no_result_is_neither_a_pass_nor_a_fail_and_says_which_kind_it_is(outcome: str) -> None:
    nothing = result(outcome=outcome, scale=None, value=None, parts=[], passed=None)
    anna = ANNA._replace(exam_results=[nothing])
    assert said(anna, "//e:status") == ["in-progress"]
    assert said(anna, "//e:resultLabel") == []
    assert said(anna, "//c:outcome") == [outcome]
    assert any(text.startswith("No result: ") for text in said(anna, "//e:description"))


@pytest.mark.parametrize(("passed", "status"), [(True, "passed"), (False, "failed"), (None, "passed")])
def test_a_result_passes_or_fails_by_its_threshold(passed: bool | None, status: str) -> None:
    assert said(ANNA._replace(exam_results=[result(passed=passed, parts=[])]), "//e:status") == [status]


def test_a_document_that_cannot_be_confirmed_is_not_passed_and_says_why() -> None:
    annulled = document(
        status="annulled",
        confirmed=False,
        not_confirmed="annulled",
        replaced_by=DocumentName("VA", "000124"),
        marks=[Mark("Fizika", "M10", "3")],
    )
    anna = ANNA._replace(documents=[annulled])
    assert said(anna, "//e:status") == ["in-progress", "in-progress"]
    assert said(anna, "//c:notConfirmed") == ["annulled"]
    [words] = said(anna, "//e:description[@xml:lang='en'][starts-with(., 'Document')]")
    assert words == "Document: annulled. Replaced by VA 000124. Cannot be confirmed electronically: The document was annulled."


@pytest.mark.parametrize(
    ("mark", "status"), [(("M10", "3"), "failed"), (("M10", "4"), "passed"), (("INI", "ni"), "failed"), (("NV", None), "in-progress")]
)
def test_an_insufficient_mark_of_a_confirmed_document_is_failed(mark: tuple[str, str | None], status: str) -> None:
    anna = ANNA._replace(documents=[document(marks=[["Fizika", *mark]])])
    assert said(anna, "//e:hasPart//e:status") == [status]


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> x509.Certificate:
    """The certificate of a throw-away pair that signs."""
    path = make_pair(tmp_path / "signing", "test", datetime(2026, 1, 1, tzinfo=UTC), 3650)
    monkeypatch.setattr(exporting, "signer", lambda: Signer(path.parent))
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_the_signature_is_the_one_that_elmo_asks_for(certificate: x509.Certificate) -> None:
    signed = signed_elmo(ANNA._replace(documents=[document()]), AT)
    root = etree.fromstring(signed)
    ds = {"ds": "http://www.w3.org/2000/09/xmldsig#"}
    assert root[-1].xpath("ds:SignedInfo/ds:Reference/@URI", namespaces=ds) == [""]
    assert len(root[-1].xpath("ds:KeyInfo/ds:X509Data/ds:X509Certificate", namespaces=ds)) == 1
    verified = XMLVerifier().verify(signed, x509_cert=certificate).signed_xml
    assert verified.tag == f"{{{ELMO}}}elmo"
    with pytest.raises(InvalidSignature):
        XMLVerifier().verify(signed.replace(b">9<", b">10<"), x509_cert=certificate)


def test_a_signed_document_is_valid_by_the_published_schema(certificate: x509.Certificate, schema: etree.XMLSchema) -> None:
    schema.assertValid(etree.fromstring(signed_elmo(ANNA._replace(documents=[document()], exam_results=[result()]), AT)))
