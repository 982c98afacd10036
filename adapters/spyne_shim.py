"""Spyne 2.14, importable on Python 3.12 and 3.13 and quiet everywhere; the only module that imports it.

Spyne is frozen. Its vendored `six` has an importer that Python 3.12 no longer asks, and it needs one function of the module `cgi`, which
Python 3.13 no longer has. It logs expected faults with whole requests, and collects garbage inside requests: both are switched off.
"""

from __future__ import annotations

import importlib
import logging
import sys
import types
import warnings
from collections.abc import Sequence
from email.message import Message
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec

_MOVES = "spyne.util.six.moves"


class _Moves(MetaPathFinder, Loader):
    """Serves `spyne.util.six.moves.*` from the vendored six."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None) -> ModuleSpec | None:
        if not fullname.startswith(_MOVES):
            return None
        importer = importlib.import_module("spyne.util.six")._importer
        if fullname not in importer.known_modules:
            return None
        return ModuleSpec(fullname, self, is_package=importer.is_package(fullname))

    def exec_module(self, module: types.ModuleType) -> None:
        name = module.__name__
        # six answers from sys.modules first, so the placeholder steps aside; the import system then takes what stands there.
        del sys.modules[name]
        sys.modules[name] = importlib.import_module("spyne.util.six")._importer.load_module(name)


def _parse_header(line: str) -> tuple[str, dict[str, str]]:
    message = Message()
    message["content-type"] = line
    parameters = message.get_params([]) or [("", "")]
    return parameters[0][0], dict(parameters[1:])


if not any(isinstance(finder, _Moves) for finder in sys.meta_path):
    sys.meta_path.append(_Moves())
if sys.version_info >= (3, 13) and "cgi" not in sys.modules:
    _cgi = types.ModuleType("cgi", "The one function of the former module cgi that spyne calls.")
    _cgi.parse_header = _parse_header  # type: ignore[attr-defined]
    sys.modules["cgi"] = _cgi

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from spyne import Application, Fault, Service, const, rpc
    from spyne.model import AnyXml
    from spyne.protocol import ProtocolBase
    from spyne.server.wsgi import WsgiApplication, WsgiMethodContext

# The vendored six's own importer would be asked at every failed import of this process, with a warning each time.
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != "spyne.util.six"]
const.MIN_GC_INTERVAL = float("inf")
logging.getLogger("spyne").setLevel(logging.CRITICAL + 1)

__all__ = ["AnyXml", "Application", "Fault", "ProtocolBase", "Service", "WsgiApplication", "WsgiMethodContext", "rpc"]
