"""submitAffiliations as a sender's system writes it."""

from collections.abc import Iterable
from xml.sax.saxutils import escape

from adapters.web.example import HEADER
from tests.bench.schools import Item

NAMES = (
    "senderKey", "personalCode", "institution", "programme", "main", "classLevel", "classGroup", "studyForm", "language", "status",
    "startedOn", "endedOn", "startOrder", "endOrder", "endReason",
)  # fmt: skip
ENVELOPE = """<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xrd="http://x-road.eu/xsd/xroad.xsd" \
xmlns:id="http://x-road.eu/xsd/identifiers"><s:Header>{header}</s:Header><s:Body>\
<submitAffiliations xmlns="http://viis.gov.lv/xroad/education-process/v1"><batchKey>{key}</batchKey><items>{items}</items>\
</submitAffiliations></s:Body></s:Envelope>"""


def request(batch_key: str, items: Iterable[Item]) -> bytes:
    """A whole message."""
    header = HEADER.format(operation="submitAffiliations")
    return ENVELOPE.format(header=header, key=batch_key, items="".join([_item(item) for item in items])).encode()


def _item(item: Item) -> str:
    elements = [f"<{name}>{_text(value)}</{name}>" for name, value in zip(NAMES, item, strict=True) if value is not None]
    return f"<item>{''.join(elements)}</item>"


def _text(value: str | bool) -> str:
    return escape(value) if isinstance(value, str) else "true" if value else "false"
