"""A thread's schema is compiled while other threads read requests: what they do to libxml2 must not reach it."""

import threading

import pytest
from lxml import etree

from adapters import contracts


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
            fresh = contracts.Contracts.load()
            for service in fresh.services:
                assert fresh.envelope_schema(service) is fresh.envelope_schema(service)
    finally:
        ended.set()
        for reader in readers:
            reader.join()


def test_a_compilation_that_libxml2_gives_up_is_tried_again(monkeypatch: pytest.MonkeyPatch):
    failures = [etree.XMLSchemaParseError("disturbed"), etree.XMLSchemaParseError("disturbed")]
    compile_once = contracts._compiled

    def disturbed(schemas: dict[str, etree._Element]) -> etree.XMLSchema:
        if failures:
            raise failures.pop()
        return compile_once(schemas)

    monkeypatch.setattr(contracts, "_compiled", disturbed)
    assert contracts.Contracts.load().envelope_schema("education-process") is not None
    assert failures == []


def test_schemas_compiled_ahead_are_given_to_one_thread_each(monkeypatch: pytest.MonkeyPatch):
    prepared = contracts.Contracts.load()
    prepared.compile_ahead(2)
    monkeypatch.setattr(contracts, "_compiled", None)  # nothing is compiled any more
    given = []
    for _ in range(2):
        thread = threading.Thread(target=lambda: given.append(prepared.envelope_schema("education-process")))
        thread.start()
        thread.join()
    assert len(set(given)) == 2
