"""A request as a person would send it by hand, for the first try and for the page of contracts."""

HEADER = """<xrd:client id:objectType="SUBSYSTEM"><id:xRoadInstance>LV-DEV</id:xRoadInstance><id:memberClass>GOV</id:memberClass>\
<id:memberCode>IZM</id:memberCode><id:subsystemCode>allservices</id:subsystemCode></xrd:client>\
<xrd:service id:objectType="SERVICE"><id:xRoadInstance>LV-DEV</id:xRoadInstance><id:memberClass>GOV</id:memberClass>\
<id:memberCode>IZM</id:memberCode><id:subsystemCode>viis</id:subsystemCode><id:serviceCode>{operation}</id:serviceCode>\
<id:serviceVersion>v1</id:serviceVersion></xrd:service>\
<xrd:userId>LV-officer-1</xrd:userId><xrd:id>example-1</xrd:id><xrd:protocolVersion>4.0</xrd:protocolVersion>"""

ENVELOPE = """<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xrd="http://x-road.eu/xsd/xroad.xsd" \
xmlns:id="http://x-road.eu/xsd/identifiers" xmlns:e="http://viis.gov.lv/xroad/{service}/v1">\
<s:Header>{header}</s:Header><s:Body><e:{operation}>{content}</e:{operation}></s:Body></s:Envelope>"""


def envelope(service: str, operation: str, content: str) -> str:
    """A whole request; `content` is XML with the prefix `e` for the service's namespace."""
    return ENVELOPE.format(service=service, operation=operation, header=HEADER.format(operation=operation), content=content)


def curl(address: str, code: str) -> str:
    """One line for a shell that asks for a person's education."""
    body = envelope("education-process", "getPersonEducation", f"<e:personalCode>{code}</e:personalCode>")
    return f"curl -s {address}/soap/education-process -H 'Content-Type: text/xml; charset=utf-8' -d '{body}'"
