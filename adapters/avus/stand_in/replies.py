"""What the stand-in answers: deliverMessage, in the envelope that a security server would hand on, or as it was ordered to be wrong."""

import time
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from lxml import etree

from adapters.avus import NAMESPACE, OPERATION
from adapters.avus.stand_in.intake import Intake, Receipt
from adapters.avus.stand_in.misbehaviour import Misbehaviour, Order
from adapters.key_pairs import UnreadablePair
from adapters.population_register.stand_in.replies import DECLARATION, Broken, Reply, fault, with_hash
from adapters.xroad import BODY, HEADER, SOAP, HeaderError, parse_header

DROPPED = Reply([b"nothing"], break_after=0)


def reply_to(request: bytes, intake: Intake, misbehaviour: Misbehaviour) -> Reply:
    """The answer to one delivery."""
    order = misbehaviour.take(request)
    if order is not None and (early := _early(order)) is not None:
        return early
    try:
        envelope = etree.fromstring(request, etree.XMLParser(resolve_entities=False, no_network=True))
        header = envelope.find(HEADER)
        if header is None:
            raise Broken("Client.MissingHeader", "There is no Header.")
        parse_header(header)
        message_id, message = _delivery(envelope)
    except etree.XMLSyntaxError:
        return fault("Client.InvalidSoap", "The request is not well-formed XML.")
    except HeaderError as error:
        return fault("Client.MissingHeaderField", str(error))
    except Broken as error:
        return fault(error.code, error.text)
    rejects = order is not None and order.how == "reject"
    try:
        receipt = Receipt(message_id, "rejected", "ORDERED", "Ordered.") if rejects else intake.take(message_id, message)
    except OSError:
        return fault("Server.ServerProxy.ServiceFailed.InternalError", "The message cannot be kept now.")
    except UnreadablePair as error:
        return fault("Server.ServerProxy.ServiceFailed.InternalError", str(error))
    if order is not None and order.how == "other":
        receipt = receipt._replace(message_id="another")
    back = with_hash(etree.tostring(header, encoding="UTF-8", xml_declaration=False, with_tail=False).decode(), request)
    reply = _enveloped(back, receipt)
    return reply if order is None else _late(order, reply)


def _early(order: Order) -> Reply | None:
    """What is wrong before the message is looked at."""
    match order.how:
        case "slow":
            time.sleep(order.seconds)
        case "refuse":
            return fault(order.code, "Ordered misbehaviour.", order.status)
        case "drop":
            return DROPPED
        case "html":
            return Reply([b"<!DOCTYPE html><html><body><h1>Maintenance<br>page</h1></body></html>"], order.status, "text/html")
    return None


def _late(order: Order, reply: Reply) -> Reply:
    match order.how:
        case "lost":
            return reply._replace(break_after=reply.length // 2)
        case "twice":
            return reply._replace(parts=[*reply.parts, b"\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes"])
    return reply


def _delivery(envelope: etree._Element) -> tuple[str, etree._Element]:
    wrapper = envelope.find(f"{BODY}/{{{NAMESPACE}}}{OPERATION}")
    messages = [] if wrapper is None else wrapper.findall(f"{{{NAMESPACE}}}message/*")
    if wrapper is None or len(messages) != 1:
        raise Broken("Client.InvalidBody", "The body does not hold exactly one message.")
    return (wrapper.findtext(f"{{{NAMESPACE}}}messageId") or "").strip(), messages[0]


def _enveloped(back: str, receipt: Receipt) -> Reply:
    more = f"<code>{receipt.code}</code><text>{escape(receipt.text)}</text>" if receipt.code else ""
    inside = (
        f"<messageId>{escape(receipt.message_id)}</messageId><receivedAt>{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}</receivedAt>"
        f"<outcome>{receipt.outcome}</outcome>{more}"
    )
    head = f'<soapenv:Envelope xmlns:soapenv="{SOAP}">{back}<soapenv:Body><{OPERATION}Response xmlns="{NAMESPACE}">'
    return Reply([DECLARATION + head.encode(), inside.encode(), f"</{OPERATION}Response></soapenv:Body></soapenv:Envelope>".encode()])
