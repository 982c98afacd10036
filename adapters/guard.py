"""What stands between the network and the parser (ziņojuma pārbaude pirms apstrādes).

The rule: bytes become a tree only when they are one XML document in an encoding that we know, without DOCTYPE, entities and
processing instructions, and within limits of size, depth, number of elements and attributes. Libxml2 promises none of this
before it has built the tree.

The proof is cheap where it can be: without `<!` there is neither DOCTYPE nor entity, a document with few `<` has few elements,
one with few `=` has few attributes. Only where that proof does not hold does expat read the document first. Depth alone is looked at
in the tree: libxml2 itself builds none that is deeper than 256.
"""

from __future__ import annotations

import codecs
import re
import threading
from typing import NamedTuple
from xml.parsers import expat

from lxml import etree

MAX_BYTES = 10 * 1024 * 1024
MAX_DEPTH = 100
MAX_ELEMENTS = 100_000
MAX_ATTRIBUTES = 64  # of one element
MAX_TEXT = 2 * 1024 * 1024


# NotAccepted              what we do not even parse; theirs to mend
# ├── TooLarge               larger than an envelope may be
# ├── Compressed             a Content-Encoding
# ├── WrongContentType       neither text/xml nor multipart/related
# ├── WrongMultipart         a multipart message that is not one SOAP part first
# ├── HasAttachments         attachments, which no operation takes
# ├── UnknownEncoding        an encoding that we do not read, or bytes that are not in it
# ├── HasDoctype             DOCTYPE or entities
# ├── HasInstruction         a processing instruction
# ├── TooComplex             too deep, too many elements or attributes, too long a text
# └── NotWellFormed          not XML
class NotAccepted(Exception):
    """A message that is refused before it is parsed; the text never repeats a part of it."""

    text = "The message is not accepted."

    def __init__(self) -> None:
        super().__init__(self.text)


class TooLarge(NotAccepted):
    """Larger than an envelope may be."""

    text = "The message is larger than 10 MiB. Send less in one message."


class Compressed(NotAccepted):
    """Sent with a Content-Encoding, which X-Road does not know."""

    text = "The message is compressed. Send it without Content-Encoding."


class WrongContentType(NotAccepted):
    """Neither text/xml nor multipart/related."""

    text = "The Content-Type is not one of X-Road's. Send text/xml; charset=UTF-8."


class WrongMultipart(NotAccepted):
    """A multipart message whose first part is not a SOAP message."""

    text = (
        "The multipart message is not in order. Its first part must be the SOAP message, as text/xml or application/xop+xml, not encoded."
    )


class HasAttachments(NotAccepted):
    """Attachments, which no operation here takes."""

    text = "The message has attachments, and no operation of this service takes any. Send the SOAP message alone."


class UnknownEncoding(NotAccepted):
    """An encoding that we do not read, or bytes that are not in the encoding they claim."""

    text = "The message's encoding is not known here, or its bytes are not in it. Send UTF-8."


class HasDoctype(NotAccepted):
    """DOCTYPE or entities, which SOAP 1.1 forbids (section 3) and the security server refuses."""

    text = "The message has a DOCTYPE. SOAP messages may have none, and no entities of their own."


class HasInstruction(NotAccepted):
    """A processing instruction, which SOAP 1.1 forbids (section 3)."""

    text = "The message has a processing instruction. SOAP messages may have none."


class TooComplex(NotAccepted):
    """Too deep, too many elements or attributes, or too long a text."""

    text = "The message is too deep, or has too many elements or attributes, or too long a text."


class NotWellFormed(NotAccepted):
    """Not XML."""

    text = "The message is not well-formed XML."


class Message(NamedTuple):
    """A message that passed: its bytes in UTF-8 without byte order mark, the parsed envelope, and whether it is plain.

    Plain means elements, attributes and text only: no comment, no CDATA, so that a name in `<…>` is a tag.
    """

    source: bytes
    root: etree._Element
    plain: bool


# UTF-8, UTF-16 and the Latin family of ISO 8859 with Windows' forms of it; the last two are what older Latvian systems write.
_CODECS = {
    **dict.fromkeys(("utf-8", "utf8", "us-ascii", "ascii"), "utf-8"),
    **dict.fromkeys(("utf-16", "utf16"), "utf-16"),
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    **dict.fromkeys(("iso-8859-1", "iso8859-1", "latin1", "latin-1"), "iso-8859-1"),
    "iso-8859-4": "iso-8859-4",
    "iso-8859-13": "iso-8859-13",
    "iso-8859-15": "iso-8859-15",
    **dict.fromkeys(("windows-1252", "cp1252"), "cp1252"),
    **dict.fromkeys(("windows-1257", "cp1257"), "cp1257"),
}
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DECLARATION = re.compile(
    r"""<\?xml\s+version\s*=\s*["']1\.[0-9]["'](?:\s+encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._\-]*)["'])?(?:\s+standalone\s*=\s*["'](?:yes|no)["'])?\s*\?>"""
)
_DECLARATION_BYTES = re.compile(_DECLARATION.pattern.encode())
_PLAIN = re.compile(rb"""<\?xml version=["']1\.0["'](?: encoding=["'][uU][tT][fF]-8["'])?(?: standalone=["'](?:yes|no)["'])?\s?\?>""")
_local = threading.local()
_DEEPER = "boolean(" + "/*" * (MAX_DEPTH + 1) + ")"


def parse(body: bytes, charset: str | None = None) -> Message:
    """The message as a tree, or NotAccepted. `charset` is the label of the Content-Type, which may be wrong (P19)."""
    if len(body) > MAX_BYTES:
        raise TooLarge()
    declaration = _PLAIN.match(body)
    if declaration is not None:
        source, after = body, declaration.end()
    elif body.startswith(b"<") and not body.startswith((b"<?", b"<\x00")) and (charset or "utf-8").lower() == "utf-8":
        source, after = body, 0
    else:
        source = _utf8(body, charset)
        after = _after_declaration(source)
    # Looking for one byte is many times faster than for two, and nearly always enough.
    plain = (b"!" not in source or b"<!" not in source) and (source.find(b"?", after) < 0 or source.find(b"<?", after) < 0)
    tags = source.count(b"<")
    if not plain or tags > MAX_ELEMENTS or source.count(b"=") > MAX_ATTRIBUTES or len(source) > MAX_TEXT:
        _read_first(source)
    try:
        root = etree.fromstring(source, _parser())
    except etree.XMLSyntaxError as error:
        # What libxml2 says quotes the message.
        raise NotWellFormed() from error
    # In a well-formed document every open element has two `<`.
    if tags > 2 * MAX_DEPTH and _is_deeper(root):
        raise TooComplex()
    return Message(source, root, plain)


def _after_declaration(source: bytes) -> int:
    if not source.startswith(b"<?xml"):
        return 0
    match = _DECLARATION_BYTES.match(source)
    if match is None:
        raise NotWellFormed()
    return match.end()


def _utf8(body: bytes, label: str | None) -> bytes:
    """The message in UTF-8: by its byte order mark, else by its XML declaration, else by the label."""
    for mark, codec in _MARKS:
        if body.startswith(mark):
            return _transcoded(body[len(mark) :], codec)
    if body.startswith((b"<\x00", b"\x00<")):  # UTF-16 without a mark, seen by its first character.
        return _transcoded(body, "utf-16-le" if body.startswith(b"<\x00") else "utf-16-be")
    match = _DECLARATION_BYTES.match(body)
    name = match[1].decode("ascii") if match is not None and match[1] else label
    codec = _CODECS.get((name or "utf-8").strip().lower(), "")
    if not codec or (codec.startswith("utf-16") and match is not None):
        raise UnknownEncoding()
    return body if codec == "utf-8" and match is None else _transcoded(body, codec)


def _transcoded(body: bytes, codec: str) -> bytes:
    try:
        text = body.decode(codec)
    except (UnicodeDecodeError, LookupError) as error:
        raise UnknownEncoding() from error
    match = _DECLARATION.match(text)
    return (text if match is None else text[match.end() :].lstrip("\r\n\t ")).encode()


def _parser() -> etree.XMLParser:
    # One for each thread: threads that share a parser wait for each other.
    parser: etree.XMLParser | None = getattr(_local, "parser", None)
    if parser is None:
        parser = _local.parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, strip_cdata=False, collect_ids=False
        )
    return parser


def _is_deeper(root: etree._Element) -> bool:
    look: etree.XPath | None = getattr(_local, "deeper", None)
    if look is None:
        look = _local.deeper = etree.XPath(_DEEPER)
    return bool(look(root))


def _read_first(source: bytes) -> None:
    """Reads the document with expat, which keeps nothing, and stops at the first thing that is not accepted."""
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")
    parser.ordered_attributes = True
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.ProcessingInstructionHandler = reader.instruction
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(source, True)
    except expat.ExpatError as error:
        raise NotWellFormed() from error


class _Reader:
    """The counters of one reading."""

    def __init__(self) -> None:
        self.depth = self.elements = self.length = 0

    def doctype(self, *_: object) -> None:
        raise HasDoctype()

    def instruction(self, *_: object) -> None:
        raise HasInstruction()

    def start(self, _: str, attributes: list[str]) -> None:
        self.depth += 1
        self.elements += 1
        self.length = 0
        if self.depth > MAX_DEPTH or self.elements > MAX_ELEMENTS or len(attributes) > 2 * MAX_ATTRIBUTES:
            raise TooComplex()

    def end(self, _: str) -> None:
        self.depth -= 1
        self.length = 0

    def text(self, text: str) -> None:
        self.length += len(text)
        if self.length > MAX_TEXT:
            raise TooComplex()
