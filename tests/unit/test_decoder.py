"""Requests become values: text collapsed, days, instants in UTC; what Python cannot hold is refused in words."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from lxml import etree

from adapters.decoder import DecoderMismatch, UnusableValue, compile_decoder
from tests.unit.schemas import NAMESPACE, TYPES, schema, shape


@dataclass(frozen=True, slots=True)
class Period:
    from_: date
    to: date | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    personal_code: str
    tag: list[str]
    name_part: str | None = None
    on_date: date | None = None
    as_of: datetime | None = None
    page_size: int = 100
    dry_run: bool = False
    period: Period | None = None
    periods: list[Period] | None = None


SHAPE = shape("ask")
DECODE = compile_decoder(SHAPE, Ask)
SCHEMA = schema()
CODE = "<personalCode>01012012345</personalCode>"


def decoded(inside: str = "", code: str = CODE) -> Ask:
    element = etree.fromstring(f'<ask xmlns="{NAMESPACE}" xmlns:t="{TYPES}">{code}{inside}</ask>', etree.XMLParser(strip_cdata=False))
    assert SCHEMA.validate(element), SCHEMA.error_log
    request = DECODE(element)
    assert isinstance(request, Ask)
    return request


def test_what_is_not_asked_keeps_its_default():
    assert decoded() == Ask("01012012345", [])


def test_every_type_is_read():
    request = decoded(
        "<namePart> Rīgas  1. </namePart><onDate>2026-09-01</onDate><asOf>2026-09-01T10:00:00.5+03:00</asOf><pageSize>+7</pageSize>"
        "<dryRun>1</dryRun><period><t:from>2026-01-01</t:from></period><tag>a</tag><tag> b  c </tag>"
        "<periods><!-- two --><t:x/></periods>".replace("<t:x/>", "<period><t:from>2026-01-02</t:from><t:to>2026-01-03</t:to></period>")
    )
    assert (request.name_part, request.on_date, request.page_size, request.dry_run) == (" Rīgas  1. ", date(2026, 9, 1), 7, True)
    assert request.as_of == datetime(2026, 9, 1, 7, 0, 0, 500_000, UTC)
    assert (request.period, request.tag) == (Period(date(2026, 1, 1)), ["a", "b c"])
    assert request.periods == [Period(date(2026, 1, 2), date(2026, 1, 3))]


@pytest.mark.parametrize(
    "code", ["\n 01012012345\t", "01012<!-- half -->012345", "<![CDATA[01012012345]]>", "0101<![CDATA[2012]]>345", "&#48;1012012345"]
)
def test_white_space_comments_and_cdata_do_not_change_a_value(code: str):
    assert decoded(code=f"<personalCode>{code}</personalCode>").personal_code == "01012012345"


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-09-01T24:00:00Z", datetime(2026, 9, 2, tzinfo=UTC)),
        ("2026-09-01T00:00:00.123456789Z", datetime(2026, 9, 1, 0, 0, 0, 123456, UTC)),
        ("2026-09-01T00:00:00-14:00", datetime(2026, 9, 1, 14, tzinfo=UTC)),
    ],
)
def test_legal_and_rare_instants_are_read(text: str, instant: datetime):
    assert decoded(f"<asOf>{text}</asOf>").as_of == instant


@pytest.mark.parametrize(
    "inside",
    [
        "<onDate>12026-01-01</onDate>", "<onDate>-0001-01-01</onDate>", "<onDate>2026-01-01Z</onDate>", "<onDate>2026-01-01+03:00</onDate>",
        "<asOf>12026-01-01T00:00:00Z</asOf>", "<asOf>0001-01-01T00:00:00+14:00</asOf>", "<asOf>9999-12-31T24:00:00Z</asOf>",
        "<asOf>2026-01-01T00:00:00</asOf>", "<asOf>-2026-01-01T00:00:00Z</asOf>", "<pageSize>123456789012345678901</pageSize>",
    ],
)  # fmt: skip
def test_what_the_schema_knows_and_nobody_can_use_is_refused_by_name(inside: str):
    with pytest.raises(UnusableValue) as refused:
        decoded(inside)
    assert refused.value.element in inside
    assert "2026" not in str(refused.value)


@dataclass(frozen=True)
class _NoDefault:
    personal_code: str
    name_part: str | None


@dataclass(frozen=True)
class _NoSuchElement(Ask):
    colour: str = ""


@dataclass(frozen=True)
class _OtherType(Ask):
    on_date: float = 0.0  # type: ignore[assignment]


@pytest.mark.parametrize("request_class", [_NoDefault, _NoSuchElement, _OtherType, str])
def test_a_class_that_does_not_fit_the_schema_is_found_at_start(request_class: type):
    with pytest.raises(DecoderMismatch):
        compile_decoder(SHAPE, request_class)
