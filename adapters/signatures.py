"""Signatures of XML documents (XML paraksti): XML-DSig, enveloped, exclusive C14N, RSA-SHA256, one reference to the root's own Id.

The rule: what is believed of a signed document is what was verified, and nothing else of it; exactly one signature, a child of the root,
by a certificate that is trusted and valid now, made by exactly these algorithms.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureConstructionMethod, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from adapters.key_pairs import NoPair, Pair, is_valid, read_pair, stamp
from adapters.settings import Settings

DS = "http://www.w3.org/2000/09/xmldsig#"
SIGNATURE = f"{{{DS}}}Signature"
EXCLUSIVE = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
ENVELOPED = SignatureConstructionMethod.enveloped
# In this order, and nothing beside it: an Object or a second Reference would be signed and say something else.
PARTS = (f"{{{DS}}}SignedInfo", f"{{{DS}}}SignatureValue", f"{{{DS}}}KeyInfo")
EXPECTED = SignatureConfiguration(
    location="./",
    expect_references=1,
    signature_methods=frozenset([SignatureMethod.RSA_SHA256]),
    digest_algorithms=frozenset([DigestAlgorithm.SHA256]),
)
ID_NAMES = ("Id", "ID", "id", "{http://www.w3.org/XML/1998/namespace}id")


class SignatureInvalid(Exception):
    """The signature proves nothing; `kind` says why, and nothing of the document is repeated."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(f"The signature is not valid: {kind}.")


class Signer:
    """Signs with the pairs of a folder: NAME.key.pem and NAME.cert.pem.

    The pair that is valid and whose certificate holds since the latest day signs, so one that was put there beforehand takes over on its
    day; a file that is added or removed is noticed without a restart.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: tuple[int, ...] = ()
        self._pairs: list[Pair] = []
        self._signer = XMLSigner(ENVELOPED, SignatureMethod.RSA_SHA256, DigestAlgorithm.SHA256, EXCLUSIVE)

    def pairs(self) -> list[Pair]:
        """Every pair of the folder, in the order of their first days."""
        seen = stamp(self.folder)
        if seen != self._seen:
            self._pairs = sorted(map(read_pair, self.folder.glob("*.cert.pem")), key=lambda pair: pair.certificate.not_valid_before_utc)
            self._seen = seen
        return self._pairs

    def certificates(self, now: datetime | None = None) -> list[x509.Certificate]:
        """The certificates that are valid now or later: what a receiver has to trust."""
        at = now or datetime.now(UTC)
        return [pair.certificate for pair in self.pairs() if pair.certificate.not_valid_after_utc > at]

    def current(self, now: datetime | None = None) -> Pair:
        """The pair that signs."""
        at = now or datetime.now(UTC)
        for pair in reversed(self.pairs()):
            if pair.is_valid(at):
                return pair
        raise NoPair(
            f"No key in {self.folder} has a certificate that is valid now. `viis signing` lists them, `viis signing new` makes one."
        )

    def sign(self, root: etree._Element, identifier: str) -> etree._Element:
        """The document with its signature as the last child of the root, whose attribute Id is `identifier`."""
        pair = self.current()
        signed: etree._Element = self._signer.sign(
            root, key=pair.key, cert=[pair.certificate], reference_uri=f"#{identifier}", id_attribute="Id"
        )
        return signed


@cache
def signer() -> Signer:
    """The signer of this process, on the folder that is configured."""
    return Signer(Settings().signing)


def verified(document: bytes, certificates: Sequence[x509.Certificate], now: datetime | None = None) -> etree._Element:
    """The element that was signed, read again from what the signature covers; SignatureInvalid when it proves nothing."""
    root = _parsed(document)
    signature = _only_signature(root)
    certificate = _trusted(signature, certificates, now or datetime.now(UTC))
    identifier = _only_reference(root, signature)
    try:
        found = XMLVerifier().verify(root, x509_cert=certificate, expect_config=EXPECTED, id_attribute="Id")
    except (SignXMLException, ValueError, TypeError, etree.LxmlError) as error:  # A TypeError: a value that is empty.
        raise SignatureInvalid("not-verified") from error
    signed = None if isinstance(found, list) else found.signed_xml
    if signed is None or signed.tag != root.tag or signed.get("Id") != identifier:
        raise SignatureInvalid("another-element")
    return signed


def _parsed(document: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=False)
    try:
        root = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SignatureInvalid("not-well-formed") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise SignatureInvalid("dtd")
    return root


def _only_signature(root: etree._Element) -> etree._Element:
    found = list(root.iter(SIGNATURE))
    if not found:
        raise SignatureInvalid("unsigned")
    if len(found) > 1 or found[0].getparent() is not root:
        raise SignatureInvalid("more-signatures" if len(found) > 1 else "misplaced")
    if tuple(part.tag for part in found[0]) != PARTS:
        raise SignatureInvalid("unexpected-part")
    return found[0]


def _trusted(signature: etree._Element, certificates: Sequence[x509.Certificate], now: datetime) -> x509.Certificate:
    """The trusted certificate that the signature names; what it brings along is compared, never believed."""
    named = signature.findall(f"{{{DS}}}KeyInfo/{{{DS}}}X509Data/{{{DS}}}X509Certificate")
    if len(named) != 1:
        raise SignatureInvalid("certificates")
    text = re.sub(r"\s", "", named[0].text or "")
    for certificate in certificates:
        if _base64(certificate) == text:
            if not is_valid(certificate, now):
                raise SignatureInvalid("expired")
            return certificate
    raise SignatureInvalid("untrusted")


def _only_reference(root: etree._Element, signature: etree._Element) -> str:
    """The root's Id, which the one reference names and no other element has; by exactly our algorithms."""
    identifier = root.get("Id")
    if not identifier or sum(element.get(name) == identifier for element in root.iter(etree.Element) for name in ID_NAMES) != 1:
        raise SignatureInvalid("ambiguous-id")
    [info] = signature.findall(PARTS[0])
    references = info.findall(f"{{{DS}}}Reference")
    if [reference.get("URI") for reference in references] != [f"#{identifier}"]:
        raise SignatureInvalid("reference")
    transforms = [element.get("Algorithm") for element in info.iter(f"{{{DS}}}Transform")]
    methods = [element.get("Algorithm") for element in info.iter(f"{{{DS}}}CanonicalizationMethod")]
    inside = [child for element in info.iter(f"{{{DS}}}Transform", f"{{{DS}}}CanonicalizationMethod") for child in element]
    if transforms != [ENVELOPED.value, EXCLUSIVE.value] or methods != [EXCLUSIVE.value] or inside:
        raise SignatureInvalid("algorithm")
    return identifier


def _base64(certificate: x509.Certificate) -> str:
    lines = certificate.public_bytes(Encoding.PEM).decode("ascii").strip().splitlines()
    return "".join(lines[1:-1])
