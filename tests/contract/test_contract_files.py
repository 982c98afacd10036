"""The files in wsdl/ and xsd/ as they are written, those that we call included; what is served is looked at in test_contracts.py."""

import re
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest
import xmlschema
from lxml import etree
from stdnum.lv import pvn

import adapters.services
from adapters.contracts import Contracts, Service
from adapters.message_check import Check

WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
SOAP = "{http://schemas.xmlsoap.org/wsdl/soap/}"
XS = "{http://www.w3.org/2001/XMLSchema}"
XRD = "{http://x-road.eu/xsd/xroad.xsd}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
HEADER_PARTS = ["client", "service", "userId", "id", "issue", "representedParty", "protocolVersion"]
RESERVED = {"listClients", "listMethods", "allowedMethods", "getWsdl", "getOpenAPI"}
RESERVED |= {"getSecurityServerMetrics", "getSecurityServerOperationalData", "getSecurityServerHealthData"}
SAMPLES = Path(__file__).parent / "samples"

FILES = {entry.name: entry.read_bytes() for entry in files("wsdl").iterdir() if entry.name.endswith(".wsdl")}
SCHEMAS = {entry.name: entry.read_bytes() for entry in files("xsd").iterdir() if entry.name.endswith(".xsd")}
OURS = [
    name for name, content in SCHEMAS.items() if b'targetNamespace="http://viis.gov.lv/' in content or b"population-register" in content
]
CONTRACTS = Contracts.load()
CHECK = Check(CONTRACTS)
OPERATIONS = [(service, code) for service in CONTRACTS.services.values() for code in service.operations]


def parsed(content: bytes) -> etree._Element:
    return etree.fromstring(content)


def named(node: etree._Element, path: str) -> dict[str, etree._Element]:
    return {entry.get("name", ""): entry for entry in node.iterfind(path)}


@pytest.fixture(params=sorted(FILES), ids=lambda name: name.removesuffix(".wsdl"))
def definitions(request: pytest.FixtureRequest) -> etree._Element:
    """Each WSDL in turn, those that we call included."""
    return parsed(FILES[request.param])


def test_bindings_are_document_literal_of_soap_1_1_with_an_empty_action(definitions: etree._Element):
    """W1, W6, W15."""
    assert not any("wsdl/soap12/" in str(element.tag) for element in definitions.iter())
    for binding in definitions.iterfind(f"{WSDL}binding"):
        [style] = binding.findall(f"{SOAP}binding")
        assert (style.get("style"), style.get("transport")) == ("document", "http://schemas.xmlsoap.org/soap/http")
        assert {operation.get("soapAction") for operation in binding.iter(f"{SOAP}operation")} == {""}
        assert [dict(body.attrib) for body in binding.iter(f"{SOAP}body")] == [{"use": "literal"}] * (
            2 * len(binding.findall(f"{WSDL}operation"))
        )


def test_a_message_has_one_part_an_element_named_like_the_operation(definitions: etree._Element):
    """W2, and stacks: a message is not called like an element."""
    messages = named(definitions, f"{WSDL}message")
    operations = named(definitions, f"{WSDL}portType/{WSDL}operation")
    for code, operation in operations.items():
        for way, element in (("input", code), ("output", f"{code}Response")):
            name = operation.find(f"{WSDL}{way}").get("message").partition(":")[2]
            [part] = messages[name].findall(f"{WSDL}part")
            assert part.get("element") == f"tns:{element}"
            assert "type" not in part.attrib
            assert name not in {element, code}
    assert len(operations) == len(definitions.findall(f"{WSDL}portType/{WSDL}operation"))


def test_each_operation_has_its_version_and_the_x_road_header_both_ways(definitions: etree._Element):
    """W3, W5."""
    parts = named(definitions, f"{WSDL}message")["requestHeader"].findall(f"{WSDL}part")
    assert [part.get("name") for part in parts] == HEADER_PARTS
    for operation in definitions.iterfind(f"{WSDL}binding/{WSDL}operation"):
        assert operation.findtext(f"{XRD}version") == "v1"
        for way in ("input", "output"):
            headers = operation.findall(f"{WSDL}{way}/{SOAP}header")
            expected = [{"message": "tns:requestHeader", "part": part, "use": "literal"} for part in HEADER_PARTS]
            assert [dict(header.attrib) for header in headers] == expected


def test_each_operation_has_title_and_notes_in_latvian_and_english(definitions: etree._Element):
    """W4."""
    for operation in definitions.iterfind(f"{WSDL}portType/{WSDL}operation"):
        for kind in ("title", "notes"):
            languages = {entry.get(LANG) for entry in operation.iterfind(f"{WSDL}documentation/{XRD}{kind}") if (entry.text or "").strip()}
            assert languages == {"lv", "en"}, (operation.get("name"), kind)


def test_addresses_begin_with_http(definitions: etree._Element):
    """W8."""
    addresses = [address.get("location") for address in definitions.iter(f"{SOAP}address")]
    assert addresses
    assert all(str(address).startswith(("http://", "https://")) for address in addresses)


def test_codes_and_versions_have_letters_that_security_servers_take(definitions: etree._Element):
    """W11, M7, P6."""
    for operation in definitions.iterfind(f"{WSDL}binding/{WSDL}operation"):
        code = str(operation.get("name"))
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9.\-]*", code)
        assert re.fullmatch(r"[A-Za-z0-9'()+,\-.=?]+", str(operation.findtext(f"{XRD}version")))
        assert not code.endswith("Response")
        assert code not in RESERVED


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_each_schema_file_is_a_valid_schema_by_itself(name: str):
    """W16: X-Road's own security-token.xsd is not."""
    with files("xsd").joinpath(name).open("rb") as file:
        folder = Path(file.name).parent
    etree.XMLSchema(etree.parse(folder / name))
    xmlschema.XMLSchema10(folder / name, allow="local", use_fallback=False)


@pytest.mark.parametrize("name", OURS)
def test_each_element_is_documented_in_latvian_and_english(name: str):
    lacking = []
    for element in parsed(SCHEMAS[name]).iter(f"{XS}element"):
        texts = element.findall(f"{XS}annotation/{XS}documentation")
        if {entry.get(LANG) for entry in texts if (entry.text or "").strip()} != {"lv", "en"}:
            lacking.append(element.get("name"))
    assert lacking == []


@pytest.mark.parametrize("name", OURS)
def test_schemas_hold_nothing_that_client_stacks_stumble_over(name: str):
    """No choice, no empty type, all elements qualified, list wrappers, and nothing that may be nil."""
    root = parsed(SCHEMAS[name])
    assert root.get("elementFormDefault") == "qualified"
    # A signature, and a signed message in another one, have schemas of their own; only the receiver of messages reads these.
    anything = [] if name.startswith("avus-") else [f"{XS}any"]
    assert list(root.iter(f"{XS}choice", f"{XS}all", f"{XS}group", *anything)) == []
    assert [entry for entry in root.iter(f"{XS}complexType") if not [c for c in entry if c.tag != f"{XS}annotation"]] == []
    assert [entry.get("name") for entry in root.iter(f"{XS}element") if "nillable" in entry.attrib] == []
    for element in root.iterfind(f"{XS}element"):
        repeated = [e.get("name") for e in element.iter(f"{XS}element") if e.get("maxOccurs", "1") != "1"]
        assert repeated == [], element.get("name")


def test_our_schemas_are_found():
    assert {"education-process.xsd", "types.xsd", "population-register.xsd"} <= set(OURS)


def test_operations_in_contracts_and_files_are_one_to_one():
    root = Path(adapters.services.__path__[0])
    present = {
        f"{path.parent.name}/{path.stem}"
        for path in root.glob("*/*.py")
        if not path.name.startswith("_") and "def handle(" in path.read_text()
    }
    snake = re.compile("(?<!^)([A-Z])")
    described = {f"{service.name}/".replace("-", "_") + snake.sub(r"_\1", code).lower() for service, code in OPERATIONS}
    assert present == described


@pytest.mark.parametrize("way", ["request", "response"])
@pytest.mark.parametrize(("service", "code"), OPERATIONS, ids=[code for _, code in OPERATIONS])
def test_a_sample_shows_something_and_breaks_nothing(service: Service, code: str, way: str):
    path = SAMPLES / f"{code}.{way}.xml"
    content = path.read_bytes()
    [wrapper] = parsed(content).find("{*}Body")
    assert wrapper.tag == getattr(service.operations[code], way)
    assert wrapper.find("{*}found") is None or wrapper.findtext("{*}found") == "true"
    assert wrapper.find("{*}fault") is None
    assert CHECK.verdict(content).findings == []


def test_personal_codes_in_samples_were_never_issued():
    """Old format with a birth date after 30.06.2017; whoever was born earlier has a wrong check digit."""
    seen = set()
    for path in SAMPLES.iterdir():
        seen |= {code.replace("-", "") for code in re.findall(r"(?<![\w.-])\d{6}-?\d{5}(?![\w.-])", path.read_text())}
    assert seen
    for code in seen:
        right = pvn.calc_check_digit_pers(code[:-1]) == code[-1]
        if code.startswith("32"):
            assert not right
            continue
        century = {"0": 1800, "1": 1900, "2": 2000}[code[6]]
        born_on = date(century + int(code[4:6]), int(code[2:4]), int(code[:2]))
        assert right == (born_on > date(2017, 6, 30))
