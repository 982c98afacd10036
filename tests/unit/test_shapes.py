"""Schemas are read as far as messages need them; anything else is refused at start."""

import pytest
from lxml import etree

from adapters.shapes import Shapes, Simple, UnreadableSchema
from tests.unit.schemas import NAMESPACE, TYPES, shape

HEAD = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:a" xmlns="urn:a" elementFormDefault="qualified">'


def child(name: str, *path: str) -> object:
    element = shape("askResponse")
    for step in (*path, name):
        assert not isinstance(element.type, Simple)
        element = next(entry for entry in element.type if entry.name == step)
    return element


def test_facets_and_code_lists_are_read():
    assert child("level", "person").type == Simple("token", (), None, 1, 20, (), "levels")
    assert child("load", "person").type.bounds == (("minExclusive", "0"), ("maxInclusive", "2"), ("fractionDigits", "3"))
    assert child("kind", "person").type.enumeration == {"one", "two"}


def test_an_extended_type_keeps_the_elements_of_its_base_and_their_namespace():
    period = child("period", "person", "periods")
    assert [(entry.name, entry.namespace, entry.required) for entry in period.type] == [
        ("from", TYPES, True), ("to", TYPES, False), ("why", TYPES, False),
    ]  # fmt: skip
    assert (period.tag, period.repeated) == (f"{{{NAMESPACE}}}period", True)


@pytest.mark.parametrize(
    "content",
    [
        '<xs:element name="e"/>',
        '<xs:element name="e" type="missing"/>',
        '<xs:element name="e"><xs:complexType><xs:choice><xs:element name="a" type="xs:string"/></xs:choice></xs:complexType></xs:element>',
        '<xs:element name="e"><xs:complexType><xs:sequence><xs:any/></xs:sequence></xs:complexType></xs:element>',
        '<xs:element name="e"><xs:simpleType><xs:list itemType="xs:string"/></xs:simpleType></xs:element>',
        '<xs:element name="e"><xs:complexType><xs:simpleContent><xs:extension base="xs:string"><xs:attribute name="unit" type="xs:string"/>'
        "</xs:extension></xs:simpleContent></xs:complexType></xs:element>",
    ],
    ids=["no type", "unknown type", "choice", "any", "list", "another attribute"],
)
def test_what_messages_are_not_made_of_is_refused(content: str):
    with pytest.raises(UnreadableSchema):
        Shapes([etree.fromstring(f"{HEAD}{content}</xs:schema>")]).element("{urn:a}e")
