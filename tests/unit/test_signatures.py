"""Signatures: what they prove, and every way of making them seem to prove more."""

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree
from signxml import XMLSigner

from adapters.key_pairs import NoPair, UnreadablePair
from adapters.pair_making import make_first, make_pair
from adapters.signatures import DS, EXCLUSIVE, SIGNATURE, SignatureInvalid, Signer, verified

NOW = datetime.now(UTC)
YESTERDAY = NOW - timedelta(days=1)
DOCUMENT = '<a:Message xmlns:a="urn:a" Id="m1"><a:value note="x">ķ &amp; 1</a:value><!-- a remark --><a:other/></a:Message>'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("signing")
    make_pair(made, "one", YESTERDAY)
    return made


@pytest.fixture(scope="module")
def signer(folder: Path) -> Signer:
    return Signer(folder)


@pytest.fixture
def signed(signer: Signer) -> etree._Element:
    return signer.sign(etree.fromstring(DOCUMENT), "m1")


def check(root: etree._Element, signer: Signer) -> etree._Element:
    return verified(etree.tostring(root), signer.certificates())


def refused(root: etree._Element | bytes, signer: Signer) -> str:
    with pytest.raises(SignatureInvalid) as caught:
        verified(root if isinstance(root, bytes) else etree.tostring(root), signer.certificates())
    return caught.value.kind


def test_what_was_signed_is_verified_and_comes_without_its_signature_and_remarks(signed: etree._Element, signer: Signer) -> None:
    found = check(signed, signer)
    assert found.get("Id") == "m1"
    assert [child.tag for child in found] == ["{urn:a}value", "{urn:a}other"]
    assert found[0].text == "ķ & 1"


def test_a_signature_survives_an_envelope_with_other_prefixes_and_another_encoding(signed: etree._Element, signer: Signer) -> None:
    envelope = etree.fromstring('<s:Envelope xmlns:s="urn:s" xmlns="urn:default" xmlns:a="urn:other"><s:Body/></s:Envelope>')
    envelope[0].append(signed)
    carried = etree.fromstring(etree.tostring(envelope, encoding="UTF-16"))
    assert check(carried[0][0], signer)[0].text == "ķ & 1"


@pytest.mark.parametrize("change", ["text", "attribute", "new", "gone", "tag", "space", "order", "namespace"])
def test_any_change_of_the_canonical_form_is_found(signed: etree._Element, signer: Signer, change: str) -> None:
    value = signed[0]
    changes: dict[str, Callable[[], object]] = {
        "text": lambda: setattr(value, "text", "ķ & 2"),
        "attribute": lambda: value.set("note", "y"),
        "new": lambda: etree.SubElement(value, "{urn:a}more"),
        "gone": lambda: signed.remove(value),
        "tag": lambda: setattr(value, "tag", "{urn:a}valve"),
        "space": lambda: setattr(value, "tail", " "),
        "order": lambda: signed.insert(3, value),
        "namespace": lambda: setattr(value, "tag", "{urn:b}value"),
    }
    changes[change]()
    assert refused(signed, signer) == "not-verified"


def test_what_the_canonical_form_leaves_out_changes_nothing(signed: etree._Element, signer: Signer) -> None:
    signed[0].addprevious(etree.Comment("another remark"))
    assert check(signed, signer)[0].text == "ķ & 1"


def test_a_wrapped_original_is_refused(signed: etree._Element, signer: Signer) -> None:
    """The signed element moved into a new root of the same name, with other content in its place."""
    signature = signed.find(SIGNATURE)
    assert signature is not None
    forged = etree.fromstring('<a:Message xmlns:a="urn:a" Id="m2"><a:value>2</a:value></a:Message>')
    forged.append(copy.deepcopy(signed))
    assert refused(forged, signer) == "misplaced"
    forged.append(signature)
    forged[1].remove(forged[1].find(SIGNATURE))
    assert refused(forged, signer) == "reference"
    forged.set("Id", "m1")
    assert refused(forged, signer) == "ambiguous-id"
    forged[1].set("id", forged[1].attrib.pop("Id"))
    assert refused(forged, signer) == "ambiguous-id"


def test_a_second_signature_is_refused_wherever_it_stands(signed: etree._Element, signer: Signer) -> None:
    signature = signed.find(SIGNATURE)
    assert signature is not None
    deeper = copy.deepcopy(signed)
    deeper[0].append(copy.deepcopy(signature))
    assert refused(deeper, signer) == "more-signatures"
    signed.append(copy.deepcopy(signature))
    assert refused(signed, signer) == "more-signatures"


def test_a_document_without_a_signature_or_with_a_dtd_or_that_is_no_xml_is_refused(signed: etree._Element, signer: Signer) -> None:
    assert refused(DOCUMENT.encode(), signer) == "unsigned"
    assert refused(b'<!DOCTYPE a [<!ENTITY e "1">]>' + etree.tostring(signed), signer) == "dtd"
    assert refused(etree.tostring(signed)[:-9], signer) == "not-well-formed"


def test_a_second_reference_an_object_and_other_algorithms_are_refused(signed: etree._Element, signer: Signer) -> None:
    info = signed.find(f"{SIGNATURE}/{{{DS}}}SignedInfo")
    assert info is not None
    twice = copy.deepcopy(signed)
    again = twice.find(f"{SIGNATURE}/{{{DS}}}SignedInfo")
    again.append(copy.deepcopy(again[2]))
    assert refused(twice, signer) == "reference"
    objected = copy.deepcopy(signed)
    etree.SubElement(objected.find(SIGNATURE), f"{{{DS}}}Object").text = "believe me"
    assert refused(objected, signer) == "unexpected-part"
    pair = signer.current()
    weak = XMLSigner(signature_algorithm="rsa-sha512", digest_algorithm="sha512", c14n_algorithm=EXCLUSIVE)
    other = weak.sign(etree.fromstring(DOCUMENT), key=pair.key, cert=[pair.certificate], reference_uri="#m1", id_attribute="Id")
    assert refused(other, signer) == "not-verified"
    inclusive = XMLSigner().sign(etree.fromstring(DOCUMENT), key=pair.key, cert=[pair.certificate], reference_uri="#m1", id_attribute="Id")
    assert refused(inclusive, signer) == "algorithm"


@pytest.mark.parametrize("part", ["SignatureValue", "DigestValue", "SignatureMethod", "DigestMethod", "X509Certificate"])
def test_a_signature_with_an_empty_part_is_refused_as_any_other(signed: etree._Element, signer: Signer, part: str) -> None:
    emptied = signed.find(f".//{{{DS}}}{part}")
    assert emptied is not None
    emptied.text = None
    emptied.attrib.clear()
    assert refused(signed, signer) in {"not-verified", "untrusted"}


def test_a_signature_by_somebody_else_is_refused_although_it_is_right(signer: Signer, tmp_path: Path) -> None:
    make_pair(tmp_path, "other", YESTERDAY)
    assert refused(Signer(tmp_path).sign(etree.fromstring(DOCUMENT), "m1"), signer) == "untrusted"


def test_a_new_pair_takes_over_on_its_day_and_both_are_trusted_meanwhile(folder: Path, tmp_path: Path) -> None:
    make_pair(tmp_path, "old", YESTERDAY, days=30)
    signer = Signer(tmp_path)
    before = signer.sign(etree.fromstring(DOCUMENT), "m1")
    make_pair(tmp_path, "new", NOW + timedelta(days=7), days=30)
    assert signer.current().name == "old"
    assert signer.current(NOW + timedelta(days=8)).name == "new"
    assert signer.current(NOW + timedelta(days=35)).name == "new"
    assert len(signer.certificates()) == 2
    assert len(signer.certificates(NOW + timedelta(days=35))) == 1
    assert check(before, signer).get("Id") == "m1"
    with pytest.raises(SignatureInvalid, match="expired"):
        verified(etree.tostring(before), [pair.certificate for pair in signer.pairs()], NOW + timedelta(days=31))
    with pytest.raises(NoPair):
        signer.current(NOW + timedelta(days=40))


def test_a_folder_without_a_pair_gets_one_for_the_demo_and_one_only(tmp_path: Path) -> None:
    folder = tmp_path / "signing"
    with pytest.raises(NoPair):
        Signer(folder).current()
    assert make_first(folder) is not None
    assert make_first(folder) is None
    assert Signer(folder).current().name == "demo"
    key = folder / "demo.key.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    key.chmod(0o644)
    with pytest.raises(UnreadablePair, match="chmod 600"):
        Signer(folder).current()


def test_a_certificate_is_never_overwritten_and_a_key_that_a_killed_start_left_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "lone.cert.pem").write_text("kept")
    with pytest.raises(FileExistsError):
        make_pair(tmp_path, "lone", YESTERDAY)
    assert [path.name for path in tmp_path.iterdir()] == ["lone.cert.pem"]
    assert (tmp_path / "lone.cert.pem").read_text() == "kept"
    started = tmp_path / "started"
    started.mkdir()
    (started / "demo.key.pem").write_text("half of a start")
    assert make_first(started) == started / "demo-2.cert.pem"
    assert Signer(started).current().name == "demo-2"


def test_a_folder_of_keys_that_is_none_is_said_and_is_no_messages_fault(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for wrong in (file, file / "deeper"):
        with pytest.raises(UnreadablePair, match="VIIS_SIGNING"):
            Signer(wrong).current()
        with pytest.raises(NotADirectoryError):
            make_first(wrong)


def test_a_key_that_does_not_belong_to_its_certificate_is_refused(folder: Path, tmp_path: Path) -> None:
    make_pair(tmp_path, "mine", YESTERDAY)
    (tmp_path / "mine.cert.pem").write_bytes((folder / "one.cert.pem").read_bytes())
    with pytest.raises(UnreadablePair, match="not the RSA key"):
        Signer(tmp_path).current()
    (tmp_path / "mine.key.pem").write_text("nothing")
    with pytest.raises(UnreadablePair, match="cannot be read"):
        Signer(tmp_path).current()
