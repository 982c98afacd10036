"""Headers for tests of X-Road's message protocol."""

from lxml import etree

from adapters.xroad import Identifier

NAMESPACES = (
    'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xrd="http://x-road.eu/xsd/xroad.xsd"'
    ' xmlns:id="http://x-road.eu/xsd/identifiers" xmlns:repr="http://x-road.eu/xsd/representation.xsd"'
    ' xmlns:ext="http://x-road.eu/xsd/security-token.xsd" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
CLIENT = (
    '<xrd:client id:objectType="SUBSYSTEM"><id:xRoadInstance>LV-DEV</id:xRoadInstance><id:memberClass>MUN</id:memberClass>'
    "<id:memberCode>RIGA</id:memberCode><id:subsystemCode>schools</id:subsystemCode></xrd:client>"
)
SERVICE = (
    '<xrd:service id:objectType="SERVICE"><id:xRoadInstance>LV-DEV</id:xRoadInstance><id:memberClass>GOV</id:memberClass>'
    "<id:memberCode>IZM</id:memberCode><id:subsystemCode>viis</id:subsystemCode><id:serviceCode>listCodes</id:serviceCode>"
    "<id:serviceVersion>v1</id:serviceVersion></xrd:service>"
)
ID, VERSION = "<xrd:id>m-1</xrd:id>", "<xrd:protocolVersion>4.0</xrd:protocolVersion>"
SCHOOLS = Identifier("LV-DEV", "MUN", "RIGA", "schools")
LIST_CODES = Identifier("LV-DEV", "GOV", "IZM", "viis", "listCodes", "v1")


def envelope(*headers: str, body: str = "", attributes: str = "") -> bytes:
    """An envelope with these headers."""
    inside = f"<soapenv:Header>{''.join(headers)}</soapenv:Header><soapenv:Body>{body}</soapenv:Body>"
    return f"<soapenv:Envelope {NAMESPACES}{attributes}>{inside}</soapenv:Envelope>".encode()


def header(*headers: str) -> etree._Element:
    """The parsed Header with these headers in it."""
    return etree.fromstring(envelope(*headers))[0]
