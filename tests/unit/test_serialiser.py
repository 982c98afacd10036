"""Compiled serialisers write what lxml would write, or refuse what the schema forbids."""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adapters.elements import Elements, UnsendableValue, unremembered
from adapters.serialiser import SerialiserMismatch, allowed, camel, compile_serialiser, paths
from adapters.shapes import Simple
from tests.unit.schemas import NAMESPACE, TYPES, schema, shape

VERSIONS = {"levels": "2026-09-01"}
CODE = "01012012345"
SCHEMA = schema()


class Period(NamedTuple):
    from_: str
    to: str | None
    why: str | None = None


class Person(NamedTuple):
    personal_code: str
    name: str | None = None
    school: str | None = None
    level: str | None = None
    kind: str | None = None
    load: str | None = None
    count: int | None = None
    main: bool | None = None
    birth_date: str | None = None
    periods: Sequence[Period] | None = None
    former_codes: list[str] | None = None


class AskResponse(NamedTuple):
    data_as_of: str | None
    person: Person | None
    note: str | None = None
    tag: list[str] = []  # noqa: RUF012 - a default for tests


SHAPE = shape("askResponse")
SERIALISE = compile_serialiser(SHAPE, AskResponse, VERSIONS)


def written(**values: Any) -> etree._Element:
    element = etree.fromstring(SERIALISE(AskResponse(None, Person(CODE, **values))))
    assert SCHEMA.validate(element), SCHEMA.error_log
    return element


def text_of(name: str, value: object) -> str | None:
    return written(**{name: value}).findtext(f".//{{{NAMESPACE}}}{camel(name)}")


def by_lxml(response: AskResponse) -> etree._Element:
    """The same answer built as a tree."""
    root = etree.Element(f"{{{NAMESPACE}}}askResponse")

    def add(parent: etree._Element, name: str, value: object, namespace: str = NAMESPACE) -> None:
        if value is not None:
            child = etree.SubElement(parent, f"{{{namespace}}}{name}")
            child.text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)

    add(root, "dataAsOf", response.data_as_of)
    if response.person is not None:
        person = etree.SubElement(root, f"{{{NAMESPACE}}}person")
        for field, value in zip(Person._fields[:9], response.person[:9], strict=True):
            add(person, camel(field), value)
            if field == "level" and value is not None:
                person[-1].set("listVersion", VERSIONS["levels"])
        if response.person.periods is not None:
            periods = etree.SubElement(person, f"{{{NAMESPACE}}}periods")
            for period in response.person.periods:
                entry = etree.SubElement(periods, f"{{{NAMESPACE}}}period")
                for name, value in zip(("from", "to", "why"), period, strict=True):
                    add(entry, name, value, TYPES)
        if response.person.former_codes is not None:
            codes = etree.SubElement(person, f"{{{NAMESPACE}}}formerCodes")
            for code in response.person.former_codes:
                add(codes, "code", code)
    add(root, "note", response.note)
    for tag in response.tag:
        add(root, "tag", tag)
    return root


def content(element: etree._Element) -> tuple[Any, ...]:
    """What an element says, whatever its prefixes."""
    return element.tag, dict(element.attrib), element.text or "", [content(child) for child in element]


DAYS = st.dates().map(lambda day: day.isoformat())
CODES = st.from_regex("[0-9]{11}", fullmatch=True)
WORDS = st.from_regex("[a-zāčēģīķļņšūž0-9]{1,20}", fullmatch=True)
LETTERS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn"]), max_size=20)
PERSONS = st.builds(
    Person,
    CODES,
    st.none() | LETTERS,
    st.none() | st.from_regex("[0-9]{10}", fullmatch=True),
    st.none() | WORDS,
    st.none() | st.sampled_from(["one", "two"]),
    st.none() | st.sampled_from(["0.001", "1", "2.000", "1.5"]),
    st.none() | st.integers(1, 10),
    st.none() | st.booleans(),
    st.none() | DAYS,
    st.none() | st.lists(st.builds(Period, DAYS, st.none() | DAYS, st.none() | LETTERS), max_size=3),
    st.none() | st.lists(CODES, max_size=3),
)
RESPONSES = st.builds(
    AskResponse, st.none() | st.just("2026-09-01T08:15:30.123456Z"), st.none() | PERSONS, st.none() | LETTERS, st.lists(WORDS, max_size=3)
)


@given(RESPONSES)
def test_what_is_written_equals_what_lxml_writes_and_is_valid(response: AskResponse):
    element = etree.fromstring(SERIALISE(response))
    assert content(element) == content(by_lxml(response))
    assert SCHEMA.validate(element), SCHEMA.error_log


@given(st.text(st.characters(exclude_categories=[]), max_size=25))
def test_any_text_comes_through_unchanged_or_is_refused(text: str):
    try:
        answer = SERIALISE(AskResponse(None, Person(CODE, name=text), text))
    except UnsendableValue:
        tree = etree.Element("a")
        forbidden = len(text) > 20
        try:
            tree.text = text
        except ValueError:
            forbidden = True
        # lxml lets U+FFFE and U+FFFF through, XML does not.
        assert forbidden or "\ufffe" in text or "\uffff" in text
    else:
        element = etree.fromstring(answer)
        assert SCHEMA.validate(element)
        assert (element.findtext(f"{{{NAMESPACE}}}note") or "") == text
        assert (element.findtext(f".//{{{NAMESPACE}}}name") or "") == text


@given(st.text(max_size=12) | DAYS, st.sampled_from(["birth_date", "kind", "load", "school", "level", "personal_code"]))
def test_whatever_is_written_is_valid(value: str, field: str):
    person = Person(**{"personal_code": CODE, field: value})
    try:
        answer = SERIALISE(AskResponse(None, person))
    except UnsendableValue:
        return
    assert SCHEMA.validate(etree.fromstring(answer)), SCHEMA.error_log


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "x" * 21), ("name", "a\x00b"), ("name", "\x0b"), ("name", "\ud800"), ("name", "\ufffe"), ("name", 7), ("name", b"a"),
        ("school", "123"), ("school", "12345678901"), ("school", "१२३४५६७८९०"), ("school", " 1234567890"),
        ("level", ""), ("level", " a"), ("level", "a  b"), ("level", "a\nb"),
        ("kind", "three"), ("kind", ""),
        ("load", "0"), ("load", "2.001"), ("load", "1.0001"), ("load", "NaN"), ("load", "1e0"), ("load", "."),
        ("count", 0), ("count", 11), ("count", "x"), ("count", 2**40), ("main", "yes"), ("main", 2),
        ("birth_date", "2026-02-30"), ("birth_date", "2026-2-3"), ("birth_date", "2026-02-03Z"), ("birth_date", "20260203"),
        ("birth_date", "0000-01-01"), ("birth_date", ""), ("former_codes", ["1"]), ("former_codes", ["0101201234x"]),
        ("periods", [("2026-13-01", None, None)]), ("periods", [(None, None, None)]),
    ],
)  # fmt: skip
def test_what_the_schema_forbids_is_refused_and_not_repeated(field: str, value: object):
    with pytest.raises(UnsendableValue) as refused:
        SERIALISE(AskResponse(None, Person(CODE, **{field: value})))
    assert not (isinstance(value, str) and len(value) > 2 and value in str(refused.value))


@pytest.mark.parametrize("code", [None, "", "0101201234", "010120123456", "010120-12345", "०१०१२०१२३४५", "0101201234x"])
def test_a_required_personal_code_has_eleven_digits(code: Any):
    with pytest.raises((UnsendableValue, TypeError)):
        SERIALISE(AskResponse(None, Person(code)))


@pytest.mark.parametrize("instant", ["2026-02-29T00:00:00.000000Z", "2026-09-01T24:00:01.000000Z", "2026-09-01 08:15:30.123456Z", "x", 1])
def test_an_instant_that_is_none_is_refused(instant: Any):
    with pytest.raises(UnsendableValue):
        SERIALISE(AskResponse(instant, None))


def test_instants_of_other_legal_forms_are_written():
    for instant in ("2024-02-29T00:00:00Z", "2026-09-30T23:59:59.999999Z", "2026-09-01T08:15:30+03:00"):
        assert instant.encode() in SERIALISE(AskResponse(instant, None))


def test_signs_of_xml_and_line_ends_survive():
    for text in ("<&>\"']]>", "a\r\nb\tc", "Ķ&amp;ē", "  two  spaces  "):
        assert text_of("name", text) == text


def test_true_and_one_are_told_apart():
    assert text_of("main", True) == "true"
    assert text_of("main", False) == "false"
    assert text_of("count", 1) == "1"


def test_a_value_of_a_code_list_carries_the_lists_version():
    level = written(level="5").find(f".//{{{NAMESPACE}}}level")
    assert (level.text, dict(level.attrib)) == ("5", {"listVersion": "2026-09-01"})


def test_an_empty_list_keeps_its_wrapper_and_no_list_has_none():
    assert written(periods=[]).find(f".//{{{NAMESPACE}}}periods") is not None
    assert written(periods=None).find(f".//{{{NAMESPACE}}}periods") is None


def test_rows_may_be_plain_tuples_and_lists():
    row = (
        None,
        [CODE, "Ķ", None, None, None, None, None, None, None, [["2026-01-01", None, None], ("2026-01-02", "2026-01-03", "x")], None],
        None,
        [],
    )
    assert len(etree.fromstring(SERIALISE(row)).findall(f".//{{{NAMESPACE}}}period")) == 2


def test_a_grants_fields_leave_out_optional_elements_and_nothing_else():
    person = Person(CODE, "Anna", "1234567890", "5", main=True, periods=[Period("2026-01-01", "2026-02-01", "x")], former_codes=[CODE])
    full = AskResponse("2026-09-01T00:00:00.000000Z", person, "n", ["t"])

    def elements(*fields: str) -> list[str]:
        answer = compile_serialiser(SHAPE, AskResponse, VERSIONS, allowed(SHAPE, fields))(full)
        assert SCHEMA.validate(etree.fromstring(answer))
        return [etree.QName(element).localname for element in etree.fromstring(answer).iter()][1:]

    assert elements() == ["dataAsOf", "note", "tag"]
    assert elements("person/name") == ["dataAsOf", "person", "personalCode", "name", "note", "tag"]
    assert elements("person/periods/period/to") == ["dataAsOf", "person", "personalCode", "periods", "period", "from", "to", "note", "tag"]
    assert elements("person/no-such-element") == ["dataAsOf", "person", "personalCode", "note", "tag"]


def test_an_element_that_is_on_no_list_is_left_out_wherever_it_stands_and_however_often():
    full = AskResponse(
        "2026-09-01T00:00:00.000000Z", Person(CODE, "Anna", "1234567890", "5", main=True, periods=[], former_codes=[]), "n", ["t"]
    )
    everything = allowed(SHAPE)
    assert compile_serialiser(SHAPE, AskResponse, VERSIONS, everything)(full) == compile_serialiser(SHAPE, AskResponse, VERSIONS)(full)
    for left_out in ("note", "tag", "person/name"):
        answer = etree.fromstring(compile_serialiser(SHAPE, AskResponse, VERSIONS, everything - {left_out})(full))
        assert answer.find(f".//{{*}}{left_out.rpartition('/')[2]}") is None


def test_the_paths_that_a_grant_may_name_are_known():
    known = paths(SHAPE)
    assert {"person", "person/name", "person/periods/period/why", "dataAsOf"} <= known
    assert "person/no-such-element" not in known


class _NoSuchElement(NamedTuple):
    person: None
    colour: str


class _PersonWithoutCode(NamedTuple):
    name: str


class _MissingRequired(NamedTuple):
    person: _PersonWithoutCode


class _PersonMaybeCode(NamedTuple):
    personal_code: str | None


class _RequiredMaybeNone(NamedTuple):
    person: _PersonMaybeCode


class _NoList(NamedTuple):
    tag: str


class _ListOfOne(NamedTuple):
    note: list[str]


class _TwoTypes(NamedTuple):
    note: str | int | None


@pytest.mark.parametrize("response", [_NoSuchElement, _MissingRequired, _RequiredMaybeNone, _NoList, _ListOfOne, _TwoTypes, tuple])
def test_a_class_that_does_not_fit_the_schema_is_found_at_start(response: type[tuple[Any, ...]]):
    with pytest.raises(SerialiserMismatch):
        compile_serialiser(SHAPE, response, VERSIONS)


def test_a_code_list_without_a_version_is_found_at_start():
    with pytest.raises(SerialiserMismatch, match="levels"):
        compile_serialiser(SHAPE, AskResponse, {})


def test_what_is_remembered_is_bounded_and_never_a_personal_code():
    elements = Elements("<a>", "</a>", "a", Simple("string"), required=True)
    for number in range(10_000):
        assert elements[f"text {number}"] == b"<a>text %d</a>" % number
    assert len(elements) <= 4096
    for code in (CODE, "010120-12345"):
        assert elements[code] == f"<a>{code}</a>".encode()
        assert code not in elements


def test_fields_are_called_as_elements_are():
    assert [camel(name) for name in ("name", "birth_date", "data_as_of", "from_", "class_level")] == [
        "name",
        "birthDate",
        "dataAsOf",
        "from",
        "classLevel",
    ]


def test_a_number_of_an_entry_is_written_as_the_schema_counts():
    write = unremembered("<n>", "</n>", "n", Simple("long"))
    assert [write(number) for number in (1, -(2**63), 2**63 - 1, "7")] == [
        b"<n>1</n>",
        b"<n>-9223372036854775808</n>",
        b"<n>9223372036854775807</n>",
        b"<n>7</n>",
    ]
    for wrong in (2**63, -(2**63) - 1, True, 1.0, "x", None):
        with pytest.raises(UnsendableValue):
            write(wrong)


@given(st.text(alphabet="aā1-./_ &<>\r\n\t", max_size=8))
def test_words_are_written_as_every_other_text(text: str):
    name, token = Elements("<a>", "</a>", "a", Simple("string"), True), Elements("<a>", "</a>", "a", Simple("token"), True)
    assert etree.fromstring(name[text]).text == (text or None)
    kept = " ".join(text.split())
    if text == kept:
        assert token[text] == name[text]
    else:
        with pytest.raises(UnsendableValue):
            token[text]


@given(st.binary(max_size=200))
def test_bytes_are_written_in_base64(content: bytes):
    write = unremembered("<b>", "</b>", "b", Simple("base64Binary"))
    assert b64decode(etree.fromstring(write(b64encode(content).decode())).text or "") == content


@pytest.mark.parametrize("wrong", ["a", "YQ", "YQ==\n", "Y Q=", "YQ==YQ==", "ā===", b"YQ==", None])
def test_what_is_no_base64_is_refused(wrong: object):
    with pytest.raises(UnsendableValue):
        unremembered("<b>", "</b>", "b", Simple("base64Binary"))(wrong)
