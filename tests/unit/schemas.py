"""A small schema that has everything our messages are made of."""

from lxml import etree

from adapters.shapes import Element, Shapes

NAMESPACE, TYPES = "urn:test:service", "urn:test:types"

TYPES_XSD = f"""
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="{TYPES}" targetNamespace="{TYPES}" elementFormDefault="qualified">
  <xs:element name="codeList" type="xs:NCName"/>
  <xs:simpleType name="Code"><xs:restriction base="xs:token"><xs:pattern value="[0-9]{{11}}"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Number"><xs:restriction base="xs:token"><xs:pattern value="[0-9]{{10}}"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Name"><xs:restriction base="xs:string"><xs:maxLength value="20"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Word">
    <xs:restriction base="xs:token"><xs:minLength value="1"/><xs:maxLength value="20"/></xs:restriction>
  </xs:simpleType>
  <xs:simpleType name="Day">
    <xs:restriction base="xs:date"><xs:pattern value="[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}"/></xs:restriction>
  </xs:simpleType>
  <xs:simpleType name="Load">
    <xs:restriction base="xs:decimal">
      <xs:minExclusive value="0"/><xs:maxInclusive value="2"/><xs:fractionDigits value="3"/>
    </xs:restriction>
  </xs:simpleType>
  <xs:simpleType name="Short">
    <xs:restriction base="xs:int"><xs:minInclusive value="1"/><xs:maxInclusive value="10"/></xs:restriction>
  </xs:simpleType>
  <xs:simpleType name="Kind">
    <xs:restriction base="xs:token"><xs:enumeration value="one"/><xs:enumeration value="two"/></xs:restriction>
  </xs:simpleType>
  <xs:complexType name="Level">
    <xs:annotation><xs:appinfo><t:codeList>levels</t:codeList></xs:appinfo></xs:annotation>
    <xs:simpleContent>
      <xs:extension base="t:Word"><xs:attribute name="listVersion" type="t:Word" use="required"/></xs:extension>
    </xs:simpleContent>
  </xs:complexType>
  <xs:complexType name="Period">
    <xs:sequence><xs:element name="from" type="t:Day"/><xs:element name="to" type="t:Day" minOccurs="0"/></xs:sequence>
  </xs:complexType>
  <xs:complexType name="LongPeriod">
    <xs:complexContent>
      <xs:extension base="t:Period"><xs:sequence><xs:element name="why" type="t:Name" minOccurs="0"/></xs:sequence></xs:extension>
    </xs:complexContent>
  </xs:complexType>
</xs:schema>"""

SERVICE_XSD = f"""
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="{TYPES}" xmlns:s="{NAMESPACE}"
    targetNamespace="{NAMESPACE}" elementFormDefault="qualified">
  <xs:import namespace="{TYPES}" schemaLocation="types.xsd"/>
  <xs:element name="ask">
    <xs:complexType><xs:sequence>
      <xs:element name="personalCode" type="t:Code"/>
      <xs:element name="namePart" type="t:Name" minOccurs="0"/>
      <xs:element name="onDate" type="xs:date" minOccurs="0"/>
      <xs:element name="asOf" type="xs:dateTime" minOccurs="0"/>
      <xs:element name="pageSize" type="xs:integer" minOccurs="0"/>
      <xs:element name="dryRun" type="xs:boolean" minOccurs="0"/>
      <xs:element name="period" type="t:Period" minOccurs="0"/>
      <xs:element name="tag" type="t:Word" minOccurs="0" maxOccurs="unbounded"/>
      <xs:element name="periods" minOccurs="0">
        <xs:complexType>
          <xs:sequence><xs:element name="period" type="t:Period" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>
        </xs:complexType>
      </xs:element>
    </xs:sequence></xs:complexType>
  </xs:element>
  <xs:element name="askResponse">
    <xs:complexType><xs:sequence>
      <xs:element name="dataAsOf" type="xs:dateTime" minOccurs="0"/>
      <xs:element name="person" type="s:Person" minOccurs="0"/>
      <xs:element name="note" type="xs:string" minOccurs="0"/>
      <xs:element name="tag" type="t:Word" minOccurs="0" maxOccurs="unbounded"/>
    </xs:sequence></xs:complexType>
  </xs:element>
  <xs:complexType name="Person">
    <xs:sequence>
      <xs:element name="personalCode" type="t:Code"/>
      <xs:element name="name" type="t:Name" minOccurs="0"/>
      <xs:element name="school" type="t:Number" minOccurs="0"/>
      <xs:element name="level" type="t:Level" minOccurs="0"/>
      <xs:element name="kind" type="t:Kind" minOccurs="0"/>
      <xs:element name="load" type="t:Load" minOccurs="0"/>
      <xs:element name="count" type="t:Short" minOccurs="0"/>
      <xs:element name="main" type="xs:boolean" minOccurs="0"/>
      <xs:element name="birthDate" type="t:Day" minOccurs="0"/>
      <xs:element name="periods" minOccurs="0">
        <xs:complexType>
          <xs:sequence><xs:element name="period" type="t:LongPeriod" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>
        </xs:complexType>
      </xs:element>
      <xs:element name="formerCodes" minOccurs="0">
        <xs:complexType>
          <xs:sequence><xs:element name="code" type="t:Code" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>
        </xs:complexType>
      </xs:element>
    </xs:sequence>
  </xs:complexType>
</xs:schema>"""


class _Resolver(etree.Resolver):
    def resolve(self, url, public_id, context):
        return self.resolve_string(TYPES_XSD, context)


def shape(name: str) -> Element:
    return Shapes([etree.fromstring(TYPES_XSD), etree.fromstring(SERVICE_XSD)]).element(f"{{{NAMESPACE}}}{name}")


def schema() -> etree.XMLSchema:
    parser = etree.XMLParser()
    parser.resolvers.add(_Resolver())
    return etree.XMLSchema(etree.fromstring(SERVICE_XSD, parser))
