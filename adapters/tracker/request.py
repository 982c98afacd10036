"""A request of the tracker (andmejälgija pieprasījums): X-Road's headers for REST, and the parameters in the address; no I/O."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import parse_qs, unquote

from adapters.xroad import LONGEST_ID, LONGEST_TEXT, Identifier

MOST, DEFAULT_LIMIT, FARTHEST = 10_000, 1_000, 2**31 - 1
WHOLE = re.compile(r"[0-9]{1,10}")
PERSON = re.compile(r"([A-Z]{2})?([0-9]{6}-?[0-9]{5})")
# A "+" that was not encoded arrives as a space.
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+ -][0-9]{2}:?[0-9]{2})?")


class NotUnderstood(Exception):
    """The request does not keep to the specification; `code` is stable, the text repeats no value."""

    code = "F-0401"


class Caller(NamedTuple):
    """Who asks, by X-Road's headers (pieprasītājs)."""

    client: str
    message_id: str
    user: str | None
    issue: str | None
    represented: str | None


class FindUsage(NamedTuple):
    """findUsage: a person, a period, a part of the entries."""

    personal_code: str
    since: datetime | None
    until: datetime | None
    offset: int
    limit: int


def caller(environ: Mapping[str, str]) -> Caller:
    """Who asks; a security server puts these headers there."""
    parts = (_header(environ, "CLIENT", LONGEST_TEXT) or "").split("/")
    named = [unquote(part) for part in parts]
    if len(named) not in (3, 4) or any(not part or "/" in part or not part.isprintable() for part in named):
        raise NotUnderstood("The header X-Road-Client is missing, or names no member and no subsystem.")
    message_id = _header(environ, "ID", LONGEST_ID)
    if not message_id:
        raise NotUnderstood("The header X-Road-Id is missing.")
    user, issue = _header(environ, "USERID", LONGEST_TEXT), _header(environ, "ISSUE", LONGEST_TEXT)
    return Caller(Identifier(*named).path, message_id, user, issue, _header(environ, "REPRESENTED_PARTY", LONGEST_TEXT))


def find_usage(query: str) -> FindUsage:
    """What is asked for."""
    try:
        values = parse_qs(query, keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError:
        raise NotUnderstood("The parameters cannot be read.") from None
    code = PERSON.fullmatch(_one(values, "userCode") or "")
    if code is None or code[1] not in (None, "LV"):
        raise NotUnderstood("userCode is needed: LV and the eleven digits of a personal code.")
    since, until = _instant(values, "periodStart"), _instant(values, "periodEnd")
    return FindUsage(code[2], since, until, _whole(values, "offset", 0, FARTHEST, 0), _whole(values, "limit", 1, MOST, DEFAULT_LIMIT))


def _header(environ: Mapping[str, str], name: str, longest: int) -> str | None:
    value = environ.get(f"HTTP_X_ROAD_{name}")
    if value is None:
        return None
    try:
        text = unquote(value, errors="strict") if name != "CLIENT" else value
    except UnicodeDecodeError:
        raise NotUnderstood("An X-Road header cannot be read.") from None
    if len(text) > longest or not text.isprintable():
        raise NotUnderstood("An X-Road header is too long, or holds what cannot be printed.")
    return text


def _one(values: Mapping[str, list[str]], name: str) -> str | None:
    found = values.get(name, [])
    if len(found) > 1:
        raise NotUnderstood(f"{name} stands there twice.")
    return found[0] if found else None


def _whole(values: Mapping[str, list[str]], name: str, least: int, most: int, otherwise: int) -> int:
    text = _one(values, name)
    if text is None:
        return otherwise
    if WHOLE.fullmatch(text) is None or not least <= int(text) <= most:
        raise NotUnderstood(f"{name} is a whole number from {least} to {most}.")
    return int(text)


def _instant(values: Mapping[str, list[str]], name: str) -> datetime | None:
    text = _one(values, name)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text.replace(" ", "+")) if INSTANT.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None or not 1900 <= found.year <= 2199:
        raise NotUnderstood(f"{name} is an instant such as 2026-09-01T08:00:00Z.")
    # The specification's own examples have no zone.
    return found if found.tzinfo else found.replace(tzinfo=UTC)
