"""Spyne as we use it: importable, quiet, and without work of its own inside requests."""

import importlib
import logging
import subprocess
import sys

from adapters import spyne_shim

LOAD = "import adapters.spyne_shim, spyne.client.http, sys; assert not [f for f in sys.meta_path if type(f).__module__ == 'spyne.util.six']"


def test_spyne_is_importable_with_every_warning_an_error():
    subprocess.run([sys.executable, "-W", "error", "-c", LOAD], check=True)


def test_the_moved_modules_are_pythons_own():
    moved = importlib.import_module("spyne.util.six.moves.urllib.parse")
    assert moved.unquote("%C4%81") == "ā"
    import collections.abc

    assert importlib.import_module("spyne.util.six.moves.collections_abc") is collections.abc
    assert not collections.abc.__spec__.name.startswith("spyne")


def test_the_one_function_of_cgi_is_there():
    parse_header = importlib.import_module("spyne.server.wsgi").cgi.parse_header
    assert parse_header('text/xml; charset="utf-8"; a=b') == ("text/xml", {"charset": "utf-8", "a": "b"})


def test_it_neither_logs_requests_nor_collects_garbage_in_them():
    assert not logging.getLogger("spyne.application.client").isEnabledFor(logging.CRITICAL)
    assert float("inf") == spyne_shim.const.MIN_GC_INTERVAL
