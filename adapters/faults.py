"""From what went wrong to what is said (kļūdu kodi): one table, complete by assertion.

A SOAP Fault carries one of these codes for ever. What core decides (R-…) is no Fault but a normal answer with `fault` in it.

F-0101 too large             F-0201 unknown encoding       F-0301 no SOAP Header             F-0401 the schema forbids it
F-0102 compressed            F-0202 DOCTYPE                F-0302 header missing             F-0402 value out of what we read
F-0103 wrong Content-Type    F-0203 instruction            F-0303 header twice
F-0104 wrong multipart       F-0204 too complex            F-0304 wrong identifier           F-0901 a fault of ours
F-0105 attachments           F-0205 not well-formed        F-0305 other protocol
                             F-0206 not SOAP 1.1           F-0306 value too long             U-0000 we cannot answer now
                             F-0207 Body missing, or two   F-0307 header not understood      U-0101 the register is away
                             F-0208 not one body element   F-0308 body and header differ
                                                           F-0309 unknown service
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from adapters import guard, xroad
from adapters.decoder import UnusableValue
from adapters.spyne_shim import Fault
from core.errors import Refusal, RegisterUnavailable, Unavailable


class EnvelopeError(Exception):
    """An envelope that is XML and no request of ours; theirs to mend."""

    text = "The envelope is not a request of this service."

    def __init__(self, text: str | None = None) -> None:
        super().__init__(text or self.text)


class NotSoap(EnvelopeError):
    """The root is not the Envelope of SOAP 1.1."""

    text = "The message is not a SOAP 1.1 envelope (namespace http://schemas.xmlsoap.org/soap/envelope/)."


class BodyMissing(EnvelopeError):
    """No Body, or two."""

    text = "The envelope needs exactly one Body."


class BodyNotOne(EnvelopeError):
    """The Body holds no element, or several."""

    text = "The Body needs exactly one element: the request, called like the service code."


class HeaderAndBodyDiffer(EnvelopeError):
    """The element in the Body is not the request of the service in the header."""

    text = "The element in the Body is not the request of the service that the header names."


class UnknownService(EnvelopeError):
    """A service code, a version or an address that we do not have."""

    text = "This address has no service with the code and version that the header names. GET the address with ?wsdl for its contract."


class SchemaViolation(EnvelopeError):
    """The contract's schema forbids it."""

    text = "The request breaks the schema of the contract."


class Fallen(Exception):
    """Something of ours broke; what it was stands in the log and not in the answer."""


CLIENT, SERVER = "Client", "Server"
FAULTS: dict[type[Exception], tuple[str, str]] = {
    guard.TooLarge: ("F-0101", CLIENT),
    guard.Compressed: ("F-0102", CLIENT),
    guard.WrongContentType: ("F-0103", CLIENT),
    guard.WrongMultipart: ("F-0104", CLIENT),
    guard.HasAttachments: ("F-0105", CLIENT),
    guard.UnknownEncoding: ("F-0201", CLIENT),
    guard.HasDoctype: ("F-0202", CLIENT),
    guard.HasInstruction: ("F-0203", CLIENT),
    guard.TooComplex: ("F-0204", CLIENT),
    guard.NotWellFormed: ("F-0205", CLIENT),
    NotSoap: ("F-0206", "VersionMismatch"),
    BodyMissing: ("F-0207", CLIENT),
    BodyNotOne: ("F-0208", CLIENT),
    xroad.MissingHeader: ("F-0301", CLIENT),
    xroad.MissingField: ("F-0302", CLIENT),
    xroad.DuplicateField: ("F-0303", CLIENT),
    xroad.InvalidIdentifier: ("F-0304", CLIENT),
    xroad.InvalidProtocolVersion: ("F-0305", CLIENT),
    xroad.TooLong: ("F-0306", CLIENT),
    xroad.NotUnderstood: ("F-0307", "MustUnderstand"),
    HeaderAndBodyDiffer: ("F-0308", CLIENT),
    UnknownService: ("F-0309", CLIENT),
    SchemaViolation: ("F-0401", CLIENT),
    UnusableValue: ("F-0402", CLIENT),
    Fallen: ("F-0901", SERVER),
    Unavailable: (Unavailable.code, SERVER),
    RegisterUnavailable: (RegisterUnavailable.code, SERVER),
}
FALLEN = FAULTS[Fallen][0]
# Codes of what failed here, rather than was refused.
OURS = frozenset(code for code, side in FAULTS.values() if side == SERVER)
FALLEN_TEXT = "The service failed. It is recorded; tell the service's keeper the message id."


def _tree(root: type[Exception]) -> Iterator[type[Exception]]:
    for child in root.__subclasses__():
        yield child
        yield from _tree(child)


REFUSALS: dict[type[Refusal], str] = {refusal: refusal.code for refusal in _tree(Refusal) if issubclass(refusal, Refusal)}

_missing = {error for root in (guard.NotAccepted, xroad.HeaderError, EnvelopeError, Unavailable) for error in _tree(root)} - set(FAULTS)
assert not _missing, f"Without a code: {_missing}"
_codes = [code for code, _ in FAULTS.values()] + list(REFUSALS.values())
assert len(set(_codes)) == len(_codes), "Two errors share a code."
assert all(re.fullmatch("[FU]-[0-9]{4}", code) for code, _ in FAULTS.values()), "A fault's code has another form."
assert all(re.fullmatch("R-[0-9]{4}", code) for code in REFUSALS.values()), "A refusal's code has another form."


def code_of(error: Exception) -> str:
    """The code of what went wrong."""
    return FAULTS.get(type(error), FAULTS[Fallen])[0]


class SoapFault(Fault):  # type: ignore[misc]
    """A SOAP Fault on its way out (SOAP kļūda): its stable code, and words that repeat nothing of the request."""

    def __init__(self, error: Exception) -> None:
        code, soap_code = FAULTS.get(type(error), FAULTS[Fallen])
        text = FALLEN_TEXT if code == FAULTS[Fallen][0] else str(error)
        super().__init__(soap_code, f"{code}: {text}")
        self.code = code
