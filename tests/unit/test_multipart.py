"""Which HTTP shapes hold a SOAP message (P17, P22 to P24)."""

import pytest

from adapters import guard
from adapters.multipart import soap_part

SOAP = b"<e:Envelope/>"
HEAD = 'multipart/related; type="text/xml"; start="<a@b>"; boundary="==x\'y"'


def multipart(*parts: tuple[str, bytes], end: bytes = b"\r\n", boundary: str = "==x'y", close: bool = True) -> bytes:
    lines = b""
    for head, content in parts:
        lines += b"--" + boundary.encode() + end + head.replace("\n", end.decode()).encode() + end + end + content + end
    return lines + b"--" + boundary.encode() + (b"--" if close else b"") + end


def test_text_xml_is_taken_as_it_is_with_its_charset():
    assert soap_part('Text/XML; charset="Utf-8"', None, SOAP) == (SOAP, "Utf-8")
    assert soap_part("text/xml", "identity", SOAP) == (SOAP, None)


@pytest.mark.parametrize(
    "kind", ["application/soap+xml", "application/xml", "multipart/mixed; boundary=a", "text/plain", "", "text/xmlx", None]
)
def test_other_content_types_are_refused(kind: str | None):
    with pytest.raises(guard.WrongContentType):
        soap_part(kind, None, SOAP)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "x-gzip, identity"])
def test_a_content_encoding_is_refused(encoding: str):
    with pytest.raises(guard.Compressed):
        soap_part("text/xml", encoding, SOAP)


@pytest.mark.parametrize("end", [b"\r\n", b"\n"], ids=["CRLF", "LF"])
@pytest.mark.parametrize(
    "head",
    [
        "Content-Type: text/xml; charset=UTF-8\nContent-ID: <a@b>",
        'content-id: <a@b>\ncontent-type: application/xop+xml;\n\tcharset=UTF-8; type="text/xml"\ncontent-transfer-encoding: binary',
        'Content-Type: text/xml;\n charset="UTF-8"\nContent-Transfer-Encoding: 8bit\nContent-ID: <a@b>',
    ],
    ids=["plain", "xop, folded, lower case", "8bit, folded"],
)
def test_a_multipart_message_with_only_the_soap_part_is_accepted(head: str, end: bytes):
    assert soap_part(HEAD, None, multipart((head, SOAP), end=end)) == (SOAP, "UTF-8")


def test_a_preamble_and_a_byte_order_mark_in_the_part_are_accepted():
    body = b"This is a MIME message.\r\n" + multipart(("Content-Type: text/xml", b"\xef\xbb\xbf" + SOAP))
    assert soap_part('multipart/related; boundary="==x\'y"', None, body) == (b"\xef\xbb\xbf" + SOAP, None)


def test_attachments_are_refused_clearly():
    parts = ("Content-Type: text/xml\nContent-ID: <a@b>", SOAP), ("Content-Type: image/png", b"\x89PNG")
    with pytest.raises(guard.HasAttachments, match="Send the SOAP message alone"):
        soap_part(HEAD, None, multipart(*parts))


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/related", multipart(("Content-Type: text/xml", SOAP))),
        ("multipart/related; boundary=other", multipart(("Content-Type: text/xml", SOAP))),
        ('multipart/related; boundary="==x\'y"', multipart()),
        ('multipart/related; boundary="==x\'y"', multipart(("Content-Type: text/xml", SOAP), close=False)[: -len("--==x'y\r\n")]),
        ('multipart/related; boundary="==x\'y"', multipart(("X: y", SOAP))),
        ('multipart/related; boundary="==x\'y"', multipart(("Content-Type: image/png", SOAP))),
        ('multipart/related; boundary="==x\'y"', multipart(("Content-Type: text/xml\nContent-Transfer-Encoding: base64", b"PGEvPg=="))),
        (HEAD, multipart(("Content-Type: text/xml\nContent-ID: <other>", SOAP))),
        ("multipart/related; boundary=" + "b" * 300, b""),
    ],
    ids=["no boundary", "other boundary", "no part", "no end", "no type", "wrong type", "base64", "another start", "long boundary"],
)
def test_a_multipart_message_that_is_not_in_order_is_refused(kind: str, body: bytes):
    with pytest.raises(guard.WrongMultipart):
        soap_part(kind, None, body)
