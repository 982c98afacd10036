"""The contracts (līgumi: WSDL un XSD): the only module that opens `wsdl/` and `xsd/`.

A WSDL whose address ends with `/soap/<service>` is published by us; the others describe what we call. What is served is one
self-contained file, because the security server hands out just that file (PR-META, W9): every schema is inlined, schemas of
one namespace are joined, the address is the configured one.
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from typing import NamedTuple

from lxml import etree

from adapters.shapes import XS, Shapes

WSDL = "http://schemas.xmlsoap.org/wsdl/"
WSDL_SOAP = "http://schemas.xmlsoap.org/wsdl/soap/"
XROAD = "http://x-road.eu/xsd/xroad.xsd"
XML = "http://www.w3.org/XML/1998/namespace"
_XS = f"{{{XS}}}"
# The envelope, and what may stand in a header whether or not the WSDL names it.
_ENVELOPE_SCHEMAS = ("soap-envelope.xsd", "xroad.xsd", "xroad-securityserver.xsd", "xroad-representation.xsd", "xroad-security-token.xsd")

ATTEMPTS = 5


class InvalidContract(Exception):
    """A WSDL or schema of ours breaks our own rules; found when the program starts."""


class Operation(NamedTuple):
    """One operation of a service: its code, version, the tags of its messages, its titles by language."""

    code: str
    version: str
    request: str
    response: str
    title: dict[str, str]


class Service(NamedTuple):
    """One service (pakalpojums): its name in addresses, its namespace, its operations by code, its titles by language."""

    name: str
    namespace: str
    operations: dict[str, Operation]
    file: str
    title: dict[str, str]


class Contracts:
    """All contracts, read once."""

    def __init__(self, services: dict[str, Service], definitions: dict[str, etree._Element]) -> None:
        self.services = services
        self._definitions = definitions
        self._local = threading.local()
        self._compiling = threading.Lock()
        self._ahead: dict[str, SimpleQueue[etree.XMLSchema]] = {name: SimpleQueue() for name in services}
        self._schemas = {name: _joined(_needed(definitions[name], _ENVELOPE_SCHEMAS)) for name in services}
        self._names = {name: _element_names(schemas) for name, schemas in self._schemas.items()}

    @classmethod
    def load(cls) -> Contracts:
        """Every published contract of the package."""
        definitions, services = {}, {}
        for entry in sorted(files("wsdl").iterdir(), key=lambda entry: entry.name):
            if not entry.name.endswith(".wsdl"):
                continue
            root = _parsed(entry.read_bytes())
            service = _service(root, entry.name)
            if service is not None:
                definitions[service.name], services[service.name] = root, service
        _refuse_repeated_codes(services.values())
        return cls(services, definitions)

    def shapes(self, service: str) -> Shapes:
        """The shapes of the service's messages."""
        return Shapes(self._schemas[service].values())

    def knows(self, service: str, tag: str) -> bool:
        """Whether an element of this name stands anywhere in the service's schemas; other names are a sender's own."""
        return tag in self._names[service]

    def document(self, service: str, public_url: str) -> bytes:
        """The service's contract as one file that names `public_url` as its address."""
        definitions = copy.deepcopy(self._definitions[service])
        types = definitions.find(f"{{{WSDL}}}types")
        if types is None:
            raise InvalidContract(f"{service}: no wsdl:types.")
        schemas = _joined(_needed(definitions, ()))
        _without_descriptions(schemas)
        for child in list(types):
            types.remove(child)
        for schema in _importing(schemas).values():
            types.append(schema)
        for address in definitions.iter(f"{{{WSDL_SOAP}}}address"):
            address.set("location", f"{public_url.rstrip('/')}/soap/{service}")
        return etree.tostring(definitions, encoding="UTF-8", xml_declaration=True)

    def envelope_schema(self, service: str) -> etree.XMLSchema:
        """The schema of the service's whole envelopes, one for each thread: errors of a shared one mix between requests."""
        compiled = self._local.__dict__.get(service)
        if compiled is None:
            try:
                compiled = self._ahead[service].get_nowait()
            except Empty:
                with self._compiling:  # libxml2's schema compiler is not safe in two threads at once.
                    compiled = _compiled_at_last(self._schemas[service])
            self._local.__dict__[service] = compiled
        return compiled

    def compile_ahead(self, threads: int) -> None:
        """Compiles each service's schema for so many threads, before there are any: their parsing can disturb libxml2's compiler."""
        for service, schemas in self._schemas.items():
            for _ in range(threads):
                self._ahead[service].put(_compiled(schemas))

    def schemas(self, service: str) -> dict[str, bytes]:
        """The schemas of the service's whole envelopes by namespace, for other readers than libxml2; each after those that it imports."""
        left = _importing({namespace: copy.deepcopy(schema) for namespace, schema in self._schemas[service].items()})
        ordered: dict[str, bytes] = {}
        while left:
            for namespace, schema in list(left.items()):
                if not any(entry.get("namespace") in left for entry in schema.iterfind(f"{_XS}import")):
                    ordered[namespace] = etree.tostring(left.pop(namespace), encoding="UTF-8")
        return ordered


def called(name: str) -> str:
    """The path of a contract that we call, for a client library that reads it with the schemas beside it."""
    return str(files("wsdl") / name)


def signed_messages(name: str) -> tuple[Shapes, etree.XMLSchema]:
    """The messages of a schema file: what they are made of without the place for their signature, and the schema with it."""
    waiting, found = [name], {}
    for file in waiting:  # The list grows while it is read.
        if file not in found:
            found[file] = _parsed(_schema_file(file))
            waiting += [entry.get("schemaLocation", "") for entry in found[file].iterfind(f"{_XS}import")]
    schemas = _joined(list(found.values()))
    compiled = _compiled_at_last(schemas)
    for schema in schemas.values():
        for place in list(schema.iter(f"{_XS}any")):
            place.getparent().remove(place)  # type: ignore[union-attr]
    return Shapes(schemas.values()), compiled


def _parsed(content: bytes) -> etree._Element:
    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=False))


@cache
def _schema_file(name: str) -> bytes:
    return (files("xsd") / name).read_bytes()


def _service(root: etree._Element, file: str) -> Service | None:
    address = root.find(f"{{{WSDL}}}service/{{{WSDL}}}port/{{{WSDL_SOAP}}}address")
    location = "" if address is None else address.get("location", "")
    before, mark, name = location.rpartition("/soap/")
    if not mark or not before or not name or "/" in name:
        return None
    namespace = root.get("targetNamespace", "")
    elements = {
        message.get("name"): _tag(part, part.get("element", ""))
        for message in root.iterfind(f"{{{WSDL}}}message")
        for part in message.iterfind(f"{{{WSDL}}}part")
    }
    operations = {}
    versions = {
        entry.get("name"): entry.findtext(f"{{{XROAD}}}version") for entry in root.iterfind(f"{{{WSDL}}}binding/{{{WSDL}}}operation")
    }
    for entry in root.iterfind(f"{{{WSDL}}}portType/{{{WSDL}}}operation"):
        code = entry.get("name", "")
        messages = [entry.find(f"{{{WSDL}}}{way}") for way in ("input", "output")]
        if any(message is None for message in messages) or not versions.get(code):
            raise InvalidContract(f"{file}: {code} needs input, output and xrd:version.")
        request, response = (elements[str(m.get("message", "")).rpartition(":")[2]] for m in messages if m is not None)
        if request != f"{{{namespace}}}{code}" or response != f"{{{namespace}}}{code}Response":
            raise InvalidContract(f"{file}: the messages of {code} are not called {code} and {code}Response.")
        operations[code] = Operation(code, versions[code] or "", request, response, _titles(entry))
    return Service(name, namespace, operations, file, _titles(root))


def _titles(node: etree._Element) -> dict[str, str]:
    """What a definition is called, by language (W4)."""
    titles = node.iterfind(f"{{{WSDL}}}documentation/{{{XROAD}}}title")
    return {title.get(f"{{{XML}}}lang", "en"): title.text or "" for title in titles}


def _tag(node: etree._Element, name: str) -> str:
    prefix, _, local = name.rpartition(":")
    return f"{{{node.nsmap.get(prefix or None, '')}}}{local}"


def _refuse_repeated_codes(services: Iterable[Service]) -> None:
    seen: dict[tuple[str, str], str] = {}
    for service in services:
        for operation in service.operations.values():
            key = (operation.code.lower(), operation.version.lower())
            if key in seen:
                raise InvalidContract(f"{operation.code} {operation.version} is in {seen[key]} and in {service.file} (W12).")
            seen[key] = service.file


def _needed(definitions: etree._Element, more: tuple[str, ...]) -> list[etree._Element]:
    """The schemas that the WSDL imports, directly or through others, then `more`, each once."""
    waiting = [entry.get("schemaLocation", "") for entry in definitions.iterfind(f"{{{WSDL}}}types/{_XS}schema/{_XS}import")]
    waiting += list(more)
    found: dict[str, etree._Element] = {}
    for location in waiting:  # The list grows while it is read.
        name = location.rpartition("/")[2]
        if name and name not in found:
            found[name] = _parsed(_schema_file(name))
            waiting += [entry.get("schemaLocation", "") for entry in found[name].iterfind(f"{_XS}import")]
    inline = [schema for schema in definitions.iterfind(f"{{{WSDL}}}types/{_XS}schema") if schema.get("targetNamespace")]
    return inline + list(found.values())


def _joined(schemas: list[etree._Element]) -> dict[str, etree._Element]:
    """One schema for each namespace: clients and libxml2 alike read only the first of two."""
    joined: dict[str, etree._Element] = {}
    for schema in schemas:
        namespace = schema.get("targetNamespace", "")
        if namespace not in joined:
            joined[namespace] = copy.deepcopy(schema)
            continue
        present = {entry.get("namespace") for entry in joined[namespace].iterfind(f"{_XS}import")}
        for child in schema:
            if child.tag != f"{_XS}import":
                joined[namespace].append(copy.deepcopy(child))
            elif child.get("namespace") not in present:
                joined[namespace].insert(0, copy.deepcopy(child))
    return joined


def _element_names(schemas: dict[str, etree._Element]) -> frozenset[str]:
    return frozenset(
        f"{{{namespace}}}{element.get('name')}" for namespace, schema in schemas.items() for element in schema.iter(f"{_XS}element")
    )


def _importing(schemas: dict[str, etree._Element], locations: dict[str, str] | None = None) -> dict[str, etree._Element]:
    """The schemas with imports that say where, when `locations` knows, and only which namespace otherwise."""
    for schema in schemas.values():
        for entry in schema.iterfind(f"{_XS}import"):
            if entry.get("namespace") not in schemas:
                raise InvalidContract(f"A schema imports {entry.get('namespace')}, which is not there.")
            entry.attrib.pop("schemaLocation", "")
            if locations is not None:
                entry.set("schemaLocation", locations[str(entry.get("namespace"))])
    return schemas


def _without_descriptions(schemas: dict[str, etree._Element]) -> None:
    """Leaves out what describes services and is no part of a message: nobody needs it, and xml:lang sends some clients to the network."""
    schemas.pop(XML, None)
    if XROAD in schemas:
        schema = schemas[XROAD]
        for child in list(schema):
            if child.get("namespace") == XML or child.get("name") in ("version", "title", "notes", "techNotes", "requestHash"):
                schema.remove(child)


def _compiled_at_last(schemas: dict[str, etree._Element]) -> etree.XMLSchema:
    """The compiled schema; tried again, because libxml2 can fail while other threads are in it; the files are right."""
    for _ in range(ATTEMPTS - 1):
        try:
            return _compiled(schemas)
        except etree.XMLSchemaParseError:
            time.sleep(0.01)
    return _compiled(schemas)


def _compiled(schemas: dict[str, etree._Element]) -> etree.XMLSchema:
    """Compiled from files: a resolver of ours would be taken from libxml2 by whatever another thread parses in the meantime."""
    locations = {namespace: f"schema-{number}.xsd" for number, namespace in enumerate(schemas)}
    copies = _importing({namespace: copy.deepcopy(schema) for namespace, schema in schemas.items()}, locations)
    imports = "".join(f'<xs:import namespace="{namespace}" schemaLocation="{where}"/>' for namespace, where in locations.items())
    with TemporaryDirectory(prefix="viis-") as folder:
        for namespace, schema in copies.items():
            (Path(folder) / locations[namespace]).write_bytes(etree.tostring(schema))
        driver = Path(folder) / "envelope.xsd"
        driver.write_text(f'<xs:schema xmlns:xs="{XS}">{imports}</xs:schema>', encoding="utf-8")
        return etree.XMLSchema(file=str(driver))
