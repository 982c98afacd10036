"""suds: reads the contract, asks the questions of a file, prints the answers as JSON. First argument: the folder that suds is in."""

import json
import sys
from pathlib import Path
from typing import Any

folder, contract, file = sys.argv[1:]
sys.path.insert(0, folder)

from suds import WebFault  # noqa: E402
from suds.client import Client  # noqa: E402
from suds.plugin import MessagePlugin  # noqa: E402
from suds.sax.parser import Parser  # noqa: E402


class Raw(MessagePlugin):  # type: ignore[misc]
    """Keeps the last answer."""

    text = ""

    def received(self, context: Any) -> None:
        self.text = context.reply.decode()


def plain(value: Any) -> Any:
    """suds' objects as what JSON knows; content with attributes is an object with `value`."""
    if hasattr(value, "__keylist__"):
        return {name: plain(getattr(value, name)) for name in value.__keylist__}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, bool) else str(value)


raw = Raw()
client = Client(contract, cache=None, plugins=[raw])
answers = []
for question in json.loads(Path(file).read_text(encoding="utf-8")):
    header = Parser().parse(string=f"<header>{question['headerXml']}</header>".encode()).root()
    client.set_options(soapheaders=list(header.children))
    try:
        answer = getattr(client.service, question["operation"])(**question["request"])
        answers.append({"answer": plain(answer), "raw": raw.text})
    except WebFault as fault:
        answers.append({"fault": str(fault)})
sys.stdout.write(json.dumps(answers))
