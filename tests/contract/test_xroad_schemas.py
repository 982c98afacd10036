"""Our header schemas say what X-Road's own say."""

from importlib.resources import files
from pathlib import Path

import pytest
from lxml import etree

XS = "{http://www.w3.org/2001/XMLSchema}"
THEIRS = Path(__file__).parents[2].parent / "shared/data/xroad/xsd"
PAIRS = {
    "xroad.xsd": "xroad.xsd",
    "xroad-identifiers.xsd": "identifiers.xsd",
    "xroad-representation.xsd": "representation.xsd",
    "xroad-securityserver.xsd": "xroad-securityserver.xsd",
    "xroad-security-token.xsd": "security-token.xsd",
}
WORDING = {"annotation", "import"}


def ours(name: str) -> etree._Element:
    return etree.fromstring((files("xsd") / name).read_bytes())


def structure(node: etree._Element) -> tuple[object, ...]:
    """What a schema's node means: its kind, its attributes with prefixes resolved, its children, without words about it."""
    attributes = dict(node.attrib)
    for key in ("type", "ref", "base"):
        if key in attributes:
            prefix, _, local = str(attributes[key]).rpartition(":")
            attributes[key] = f"{{{node.nsmap.get(prefix or None, 'http://www.w3.org/XML/1998/namespace')}}}{local}"
    attributes = {key: value for key, value in attributes.items() if not key.startswith("{") and (key, value) != ("minOccurs", "1")}
    children = [child for child in node if isinstance(child.tag, str) and etree.QName(child).localname not in WORDING]
    return etree.QName(node).localname, sorted(attributes.items()), [structure(child) for child in children]


def declared(root: etree._Element) -> dict[tuple[str, str], tuple[object, ...]]:
    assert root.get("elementFormDefault") == "qualified"
    return {
        (etree.QName(child).localname, child.get("name", "")): structure(child)
        for child in root
        if isinstance(child.tag, str) and child.get("name")
    }


@pytest.mark.skipif(not THEIRS.is_dir(), reason="X-Road's own schemas are not part of the project and were not found beside it")
@pytest.mark.parametrize("name", PAIRS)
def test_names_types_and_structure_are_xroads(name: str):
    mine, theirs = ours(name), etree.parse(THEIRS / PAIRS[name]).getroot()
    assert mine.get("targetNamespace") == theirs.get("targetNamespace")
    if name == "xroad-security-token.xsd":
        assert set(declared(mine)) == set(declared(theirs))
    else:
        assert declared(mine) == declared(theirs)


@pytest.mark.skipif(not THEIRS.is_dir(), reason="X-Road's own schemas are not part of the project and were not found beside it")
def test_the_security_token_had_to_be_mended():
    with pytest.raises(etree.XMLSchemaParseError):
        etree.XMLSchema(etree.parse(THEIRS / "security-token.xsd"))


@pytest.mark.parametrize("name", [*PAIRS, "soap-envelope.xsd", "xml.xsd"])
def test_each_schema_compiles_alone(name: str):
    etree.XMLSchema(etree.parse(str(files("xsd") / name)))


@pytest.mark.parametrize("token", ['tokenType="urn:a"', 'ext:tokenType="urn:a"', ""])
def test_a_security_token_may_have_its_type_with_or_without_prefix(token: str):
    schema = etree.XMLSchema(etree.parse(str(files("xsd") / "xroad-security-token.xsd")))
    schema.assertValid(
        etree.fromstring(f'<ext:securityToken xmlns:ext="http://x-road.eu/xsd/security-token.xsd" {token}>t</ext:securityToken>')
    )
