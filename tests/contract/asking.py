"""Messages to the service for the contract tests, and what must be true of every answer."""

from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from adapters.contracts import Contracts
from adapters.wsgi import Wsgi
from tests.posting import post
from tests.serving import Reply
from tests.unit.headers import CLIENT as SCHOOLS
from tests.unit.headers import ID, NAMESPACES, SERVICE, VERSION

CLIENT = SCHOOLS.replace(">MUN<", ">GOV<").replace(">RIGA<", ">IZM<").replace(">schools<", ">allservices<")
NAMESPACE = "http://viis.gov.lv/xroad/education-process/v1"
SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
HEADERS = (CLIENT, SERVICE, ID, VERSION)
LIST_CODES = f'<e:listCodes xmlns:e="{NAMESPACE}"><e:list>class_levels</e:list><e:pageSize>1</e:pageSize></e:listCodes>'
CONTRACTS = Contracts.load()
# Codes of operations are unique over all services (W12); what is not one of them is asked of the first service.
SERVICE_OF = {operation: service.name for service in CONTRACTS.services.values() for operation in service.operations}
# A code that was never issued: the old format with a birth date after 30.06.2017.
PERSONAL_CODE = "04051820008"


def envelope(*headers: str, body: str = LIST_CODES, more: str = "", attributes: str = "") -> str:
    header = f"<soapenv:Header>{''.join(headers or HEADERS)}</soapenv:Header>"
    return f"<soapenv:Envelope {NAMESPACES}{attributes}>{header}<soapenv:Body>{body}</soapenv:Body>{more}</soapenv:Envelope>"


def service(code: str, version: str = "v1") -> str:
    return SERVICE.replace("listCodes", code).replace(">v1<", f">{version}<")


def asking(operation: str, inside: str = "", headers: Iterable[str] = (), client: str = CLIENT) -> str:
    namespace = NAMESPACE.replace("education-process", SERVICE_OF.get(operation, "education-process"))
    body = f'<e:{operation} xmlns:e="{namespace}">{inside}</e:{operation}>'
    return envelope(client, service(operation), ID, VERSION, *headers, body=body)


def client_header(path: str) -> str:
    """The header of another client: LV-DEV/MUN/RIGA/schools."""
    instance, member_class, member, subsystem = path.split("/")
    named = CLIENT.replace(">LV-DEV<", f">{instance}<").replace(">GOV<", f">{member_class}<")
    return named.replace(">IZM<", f">{member}<").replace(">allservices<", f">{subsystem}<")


def elements(values: Mapping[str, Any]) -> str:
    """Elements with the prefix `e`: a dictionary is elements in an element, a list repeats, None is absent."""
    written = ""
    for name, value in values.items():
        for one in value if isinstance(value, list) else [value]:
            if one is not None:
                text = elements(one) if isinstance(one, Mapping) else str(one).lower() if isinstance(one, bool) else escape(str(one))
                written += f"<e:{name}>{text}</e:{name}>"
    return written


def ask(app: Wsgi, operation: str, /, client: str = "", user: str | None = "LV-officer-1", **request: Any) -> etree._Element:
    """The response element to a request in this very process: ask(app, "submitAffiliations", batchKey="b1", items={"item": [{…}, {…}]})."""
    headers = () if user is None else (f"<xrd:userId>{escape(user)}</xrd:userId>",)
    message = asking(operation, elements(request), headers, client_header(client) if client else CLIENT)
    of = SERVICE_OF[operation]
    return answered(post(app, message, f"/soap/{of}"), of)


def valid(reply: Reply, of: str = "education-process") -> etree._Element:
    """The answer of a service, which is valid whatever it says, and answered 200 or, a Fault, 500 (P15)."""
    schema = CONTRACTS.envelope_schema(of)
    root, judged = etree.fromstring(reply.body), etree.fromstring(reply.body)
    broken = root.find(f"{SOAP}Body/{SOAP}Fault") is not None
    if broken and judged[0].tag == f"{SOAP}Header":
        judged.remove(judged[0])  # A header that was refused comes back as it came.
    assert schema.validate(judged), schema.error_log
    assert reply.status == (500 if broken else 200)
    assert reply.headers["content-type"] == "text/xml; charset=utf-8"
    return root


def fault(reply: Reply) -> str:
    """The stable code of a Fault."""
    root = valid(reply)
    found = root.find(f"{SOAP}Body/{SOAP}Fault")
    assert found is not None, reply.body
    code = found.findtext("detail/{*}faultDetail/{*}code")
    assert code is not None
    assert (found.findtext("faultstring") or "").startswith(f"{code}: ")
    return code


def answered(reply: Reply, of: str = "education-process") -> etree._Element:
    root = valid(reply, of)
    assert reply.status == 200, reply.body
    [wrapper] = root[-1]
    return wrapper


def header_of(xml: str | bytes) -> bytes:
    header = etree.fromstring(xml)[0]
    return etree.tostring(header, method="c14n", with_comments=True)
