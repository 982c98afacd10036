"""A thread's schema is compiled while other threads read requests: what they do to libxml2 must not reach it."""

import threading

from lxml import etree

from adapters.contracts import Contracts


def test_schemas_compile_while_other_threads_parse_messages():
    ended = threading.Event()

    def reading() -> None:
        while not ended.is_set():
            etree.fromstring(b"<a>" + b"<b>1</b>" * 50 + b"</a>", etree.XMLParser(resolve_entities=False, no_network=True))

    readers = [threading.Thread(target=reading) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        for _ in range(5):  # a Contracts of its own each time: compiled schemas are kept
            contracts = Contracts.load()
            for service in contracts.services:
                assert contracts.envelope_schema(service) is contracts.envelope_schema(service)
    finally:
        ended.set()
        for reader in readers:
            reader.join()
