"""What the codes of refusals and faults mean (kodu nozīme), in Latvian and English.

A refusal's meaning is the first line of its class in core.errors, which says both; faults and failures of sending have theirs here.
"""

import re

from adapters.faults import REFUSALS
from adapters.indicators.words import UNKNOWN, Word

_BOTH = re.compile(r"(?P<en>.+) \((?P<lv>[^()]+)\)\.", re.DOTALL)
OTHERS = {
    "F-0101": Word("ziņojums ir par lielu", "the message is too large"),
    "F-0102": Word("ziņojums ir saspiests", "the message is compressed"),
    "F-0103": Word("nepareizs Content-Type", "wrong Content-Type"),
    "F-0104": Word("nepareizs daudzdaļu ziņojums", "wrong multipart message"),
    "F-0105": Word("ziņojumam ir pielikumi", "the message has attachments"),
    "F-0201": Word("nezināms kodējums", "unknown encoding"),
    "F-0202": Word("ziņojumā ir DOCTYPE", "the message holds a DOCTYPE"),
    "F-0203": Word("ziņojumā ir apstrādes instrukcija", "the message holds a processing instruction"),
    "F-0204": Word("ziņojums ir par sarežģītu", "the message is too complex"),
    "F-0205": Word("XML nav pareizi veidots", "the XML is not well-formed"),
    "F-0206": Word("nav SOAP 1.1 ziņojums", "not a SOAP 1.1 message"),
    "F-0207": Word("nav Body, vai tie ir divi", "Body is missing, or there are two"),
    "F-0208": Word("Body nav tieši viena elementa", "Body does not hold exactly one element"),
    "F-0301": Word("nav SOAP galvenes", "there is no SOAP Header"),
    "F-0302": Word("galvenē trūkst lauka", "a field of the header is missing"),
    "F-0303": Word("galvenes lauks atkārtojas", "a field of the header stands twice"),
    "F-0304": Word("nepareizs identifikators galvenē", "wrong identifier in the header"),
    "F-0305": Word("cita protokola versija", "other version of the protocol"),
    "F-0306": Word("galvenes vērtība ir par garu", "a value of the header is too long"),
    "F-0307": Word("nesaprotama obligāta galvene", "a header that must be understood and is not"),
    "F-0308": Word("ķermenis neatbilst galvenei", "body and header differ"),
    "F-0309": Word("nezināms pakalpojums vai versija", "unknown service or version"),
    "F-0401": Word("shēma to nepieļauj", "the schema forbids it"),
    "F-0402": Word("vērtība ārpus nolasāmā", "a value outside what can be read"),
    "F-0901": Word("pakalpojuma kļūme", "a fault of the service"),
    "U-0000": Word("pakalpojums nav pieejams", "the service is not available"),
    "U-0101": Word("reģistrs neatbild", "the register does not answer"),
    "S-0101": Word("nav savienojuma, vai tas pārtrūka", "no connection, or it broke"),
    "S-0102": Word("nav atbildes laikā", "no answer in time"),
    "S-0103": Word("atbilde pārtrūka vidū", "the answer ended in the middle"),
    "S-0104": Word("kļūda ceļā līdz saņēmējam", "an error on the way"),
    "S-0105": Word("saņēmēja vai X-Road kļūme", "a fault of the receiver or of X-Road"),
    "S-0201": Word("atbildēja nevis SOAP pakalpojums", "what answered is no SOAP service"),
    "S-0202": Word("atbildes XML nav pareizi veidots", "the answer is not well-formed"),
    "S-0203": Word("atbildē ir DOCTYPE", "the answer holds a DOCTYPE"),
    "S-0204": Word("atbilde ir par lielu", "the answer is too large"),
    "S-0301": Word("atbilde pieder citam ziņojumam", "the answer belongs to another message"),
    "S-0401": Word("saņēmējs ziņojumu uzskata par nepareizu", "the receiver takes the message for wrong"),
    "S-0402": Word("X-Road nelaiž cauri", "X-Road does not let it through"),
    "S-0403": Word("saņēmējs atteicās", "the receiver refuses"),
    "S-0501": Word("kvīts neatbilst līgumam", "the receipt breaks the contract"),
    "rejected": Word("saņēmējs ziņojumu nepieņēma", "the receiver did not take the message"),
    "unexpected": Word("neparedzēta kļūme sūtot", "an unforeseen fault while sending"),
}


def _of_refusals() -> dict[str, Word]:
    found = {}
    for refusal, code in REFUSALS.items():
        match = _BOTH.fullmatch(refusal.__doc__ or "")
        if match is not None:
            found[code] = Word(match["lv"], match["en"][:1].lower() + match["en"][1:])
    return found


MEANINGS = {**_of_refusals(), **OTHERS}


def meaning(code: str) -> Word:
    """What a code means; nothing for one that is not known here."""
    return MEANINGS.get(code, Word("", "")) if code else UNKNOWN
