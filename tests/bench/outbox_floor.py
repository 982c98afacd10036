"""The bare loop beside `viis deliver`: signxml, requests, one UPDATE a message; arguments: DSN URL KEYS PART PARTS."""

import sys
from pathlib import Path

import psycopg
import requests
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, SignatureConstructionMethod
from signxml.signer import XMLSigner

from adapters.avus.messages import Writer
from adapters.signatures import Signer
from adapters.xroad import Identifier
from adapters.xroad_request import build_request, new_header
from core.outbox.dead_letters import ONE, Kept

SPACE = "http://viis.gov.lv/avus/intake/v1"


def main(dsn: str, url: str, keys: str, part: int, parts: int) -> None:
    """Reads and writes its part of the messages, says so, waits for the end of its input, delivers."""
    signer = Signer(Path(keys))
    pair, writer = signer.current(), Writer(signer)
    connection = psycopg.connect(dsn, autocommit=True)
    numbers = connection.execute("SELECT id FROM outbox_message WHERE id %% %s = %s ORDER BY id", [parts, part]).fetchall()
    kept = [Kept(*connection.execute(ONE, {"id": number}).fetchall()[0]) for (number,) in numbers]
    messages = [(one.id, one.message_id, etree.tostring(writer._plain(one))) for one in kept]
    exclusive = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
    xml = XMLSigner(SignatureConstructionMethod.enveloped, "rsa-sha256", "sha256", exclusive)
    client = Identifier("LV-DEV", "GOV", "IZM", "viis")
    service = Identifier("LV-DEV", "EDU", "LU", "avus").service("deliverMessage", "v1")
    session = requests.Session()
    print("ready", flush=True)
    sys.stdin.read()
    for number, message_id, plain in messages:
        root = xml.sign(etree.fromstring(plain), key=pair.key, cert=[pair.certificate], reference_uri=f"#m-{message_id}", id_attribute="Id")
        inside = f"<messageId>{message_id}</messageId><message>{etree.tostring(root, encoding='unicode')}</message>"
        body = f'<deliverMessage xmlns="{SPACE}">{inside}</deliverMessage>'
        answer = session.post(
            url, data=build_request(new_header(client, service), body), headers={"Content-Type": "text/xml; charset=utf-8"}
        )
        assert b"<outcome>accepted<" in answer.content, answer.content
        connection.execute("UPDATE outbox_message SET state = 'done', ended_at = now(), receipt = '[]'::json WHERE id = %s", [number])


if __name__ == "__main__":
    main(*sys.argv[1:4], *map(int, sys.argv[4:6]))
