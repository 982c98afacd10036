"""The HTTP side of a message (HTTP ietvars): Content-Type, Content-Encoding, and the SOAP part of a multipart message.

The rule: text/xml, or multipart/related whose first part is the SOAP message (P17, P22 to P24). A multipart message with only
that part is legal; attachments are refused, because no operation takes any. MIME line ends may be LF alone, headers may be
folded, part headers come in any order and case.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from adapters.guard import Compressed, HasAttachments, WrongContentType, WrongMultipart

_PARAMETER = re.compile(r""";\s*([A-Za-z0-9!#$&^_.+\-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))""")
_BLANK = re.compile(rb"\r?\n[ \t]*\r?\n")
_FOLD = re.compile(rb"\r?\n[ \t]+")


class ContentType(NamedTuple):
    """A Content-Type: its media type in lower case, its parameters by lower-case name."""

    media: str
    parameters: dict[str, str]


@lru_cache(256)
def content_type(value: str) -> ContentType:
    """A Content-Type header, taken apart."""
    media, _, _ = value.partition(";")
    parameters = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(value)}
    return ContentType(media.strip().lower(), parameters)


def soap_part(header: str | None, encoding: str | None, body: bytes) -> tuple[bytes, str | None]:
    """The bytes of the SOAP message and the charset that their Content-Type names, if any."""
    if encoding and encoding.strip().lower() != "identity":
        raise Compressed()
    kind = content_type(header or "")
    if kind.media == "text/xml":
        return body, kind.parameters.get("charset")
    if kind.media != "multipart/related":
        raise WrongContentType()
    return _first_part(body, kind.parameters)


def _first_part(body: bytes, parameters: dict[str, str]) -> tuple[bytes, str | None]:
    boundary = parameters.get("boundary", "")
    if not boundary or len(boundary) > 200:
        raise WrongMultipart()
    delimiter = re.compile(rb"(?:\A|\r?\n)--" + re.escape(boundary.encode("latin-1", "replace")) + rb"(--)?[ \t]*(?=\r?\n|\Z)")
    borders = list(_some(delimiter, body))
    if len(borders) < 2 or borders[0][1]:
        raise WrongMultipart()
    if not borders[1][1]:
        raise HasAttachments()
    part = body[borders[0][0].end() : borders[1][0].start()]
    blank = _BLANK.search(part)
    if blank is None:
        raise WrongMultipart()
    return part[blank.end() :], _charset(part[: blank.start()], parameters)


def _some(delimiter: re.Pattern[bytes], body: bytes) -> list[tuple[re.Match[bytes], bool]]:
    found: list[tuple[re.Match[bytes], bool]] = []
    for match in delimiter.finditer(body):
        found.append((match, match[1] is not None))
        if len(found) == 2:
            break
    return found


def _charset(head: bytes, parameters: dict[str, str]) -> str | None:
    headers = {}
    for line in _FOLD.sub(b" ", head).splitlines():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    kind = content_type(headers.get("content-type", ""))
    if kind.media not in ("text/xml", "application/xop+xml"):
        raise WrongMultipart()
    if headers.get("content-transfer-encoding", "8bit").lower() not in ("8bit", "7bit", "binary"):
        raise WrongMultipart()
    start = parameters.get("start", "").strip()
    # `start` names the SOAP part; X-Road wants it first (2.4), so another one would not be what the sender means.
    if start and headers.get("content-id", "").strip() not in (start, f"<{start}>"):
        raise WrongMultipart()
    return kind.parameters.get("charset")
