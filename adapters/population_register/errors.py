"""What goes wrong with the population register, each with a code for ever and a sentence for a person.

SourceFailed (core)
├── CursorForgotten (core) S-0001  it does not know our cursor any more
├── Passing                        may be well a moment later: asked again, with a new message id
│   ├── Unreachable        S-0101  no connection, or it broke
│   ├── TooSlow            S-0102  no answer in time
│   ├── CutShort           S-0103  the answer ended in the middle
│   ├── GatewayFailed      S-0104  HTTP 5xx without a SOAP answer
│   └── ServerFault        S-0105  a Fault on the way or in the population register
├── NotSoap                S-0201  HTML, JSON, nothing, or a type that is not XML
├── NotWellFormed          S-0202  broken XML, or bytes of another encoding
├── ForbiddenDoctype       S-0203  a DOCTYPE or entities
├── TooLarge               S-0204  more bytes than any page can have
├── AnotherAnswer          S-0301  header, wrapper or requestHash is not of our request
├── OurFault               S-0401  a Fault that says that our message is wrong
├── NotAllowed             S-0402  a Fault about access rights or the configuration of X-Road
├── Refused                S-0403  a normal answer that holds a refusal
└── ContractBroken         S-0501  a cursor that does not advance, a total that is no number

Beside it, of one change and not of the source: S-0601 (core.person_changes), a record that passed every rule and that the database does
not take; the change waits for a repair, those of other people go on.
"""

from core.people import SourceFailed


class Passing(SourceFailed):
    """It may be well a moment later; what only reads is asked again."""

    code = "S-0100"


class Unreachable(Passing):
    """No connection, or it broke."""

    code = "S-0101"
    text = "The population register cannot be reached, or the connection broke."


class TooSlow(Passing):
    """No answer in time."""

    code = "S-0102"
    text = "The population register did not answer in time (VIIS_POPULATION_REGISTER_TIMEOUT)."


class CutShort(Passing):
    """The answer ended in the middle."""

    code = "S-0103"
    text = "The answer of the population register ended in the middle."


class GatewayFailed(Passing):
    """HTTP 5xx without a SOAP answer: a proxy or a server that is starting."""

    code = "S-0104"
    text = "Something between us and the population register answered with an error of its own."


class ServerFault(Passing):
    """A Fault on the way or in the population register."""

    code = "S-0105"


class NotSoap(SourceFailed):
    """HTML, JSON, nothing, or a type that is not XML."""

    code = "S-0201"
    text = "What answered is not a SOAP service. Check VIIS_POPULATION_REGISTER_URL."


class NotWellFormed(SourceFailed):
    """Broken XML, or bytes of another encoding than the answer says."""

    code = "S-0202"
    text = "The answer of the population register is not well-formed XML, or not in the encoding that it names."


class ForbiddenDoctype(SourceFailed):
    """A DOCTYPE or entities."""

    code = "S-0203"
    text = "The answer of the population register holds a DOCTYPE, which SOAP forbids."


class TooLarge(SourceFailed):
    """More bytes than any page can have."""

    code = "S-0204"
    text = "The answer of the population register is larger than any page can be."


class AnotherAnswer(SourceFailed):
    """Header, wrapper or requestHash is not of our request."""

    code = "S-0301"


class OurFault(SourceFailed):
    """A Fault that says that our message is wrong."""

    code = "S-0401"


class NotAllowed(SourceFailed):
    """A Fault about access rights or the configuration of X-Road; asking again changes nothing."""

    code = "S-0402"


class Refused(SourceFailed):
    """A normal answer that holds a refusal."""

    code = "S-0403"


class ContractBroken(SourceFailed):
    """The answer is of the contract's form and cannot be true."""

    code = "S-0501"
