"""Messages to admission systems (ziņojumi uzņemšanas sistēmām): what the outbox holds, written as XML by the schema, and signed."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from lxml import etree

from adapters.avus import MESSAGES, SCHEMA
from adapters.contracts import signed_messages
from adapters.serialiser import Serialise, compile_serialiser
from adapters.signatures import Signer
from core import codes
from core.achievements.shown import Achievements, AssignedIdentifier, Document, Result


class Unwritable(Exception):
    """What a message says does not fit the schema; nothing of it is repeated."""


class Written(Protocol):
    """What of an outbox message is written."""

    @property
    def message_id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def client(self) -> str: ...
    @property
    def campaign(self) -> str | None: ...
    @property
    def created_at(self) -> str: ...
    @property
    def content(self) -> Any: ...


class PersonMessage(NamedTuple):
    """PersonAchievements: a person's achievements after something new (personas sasniegumi)."""

    message_id: str
    client: str
    campaign: str | None
    created_at: str
    data_as_of: str
    person: Achievements


class Shown(NamedTuple):
    """One entry: a document or a result (ieraksts)."""

    document: Document | None
    exam_result: Result | None


class CorrectionMessage(NamedTuple):
    """Correction: a value that was told and holds no more (labojums)."""

    message_id: str
    client: str
    created_at: str
    correction_id: int
    entity: str
    entry_id: int
    old_version: int
    new_version: int | None
    reason: str
    corrected_at: str
    personal_code: str | None
    identifier: AssignedIdentifier | None
    old: Shown
    new: Shown | None


class PublishedExamination(NamedTuple):
    """An examination whose results are published (pārbaudījums)."""

    examination: str
    kind: str
    subject: str
    level: str
    school_year: str
    session: str
    published_at: str


class InstitutionCount(NamedTuple):
    """The examination at one institution (iestādes rezultātu skaits)."""

    institution: str
    expected: int
    received: int
    missing: int
    hash: str


class CompletenessMessage(NamedTuple):
    """Completeness: how many results were expected, published, are missing (pilnība)."""

    message_id: str
    client: str
    created_at: str
    data_as_of: str
    examination: PublishedExamination
    expected: int
    received: int
    missing: int
    hash: str
    institutions: Sequence[InstitutionCount]


KINDS: dict[str, tuple[str, type[tuple[Any, ...]], Callable[[Written], tuple[Any, ...]]]] = {
    "personAchievements": ("PersonAchievements", PersonMessage, lambda m: (m.message_id, m.client, m.campaign, m.created_at, *m.content)),
    "correction": ("Correction", CorrectionMessage, lambda m: (m.message_id, m.client, m.created_at, *m.content)),
    "completeness": ("Completeness", CompletenessMessage, lambda m: (m.message_id, m.client, m.created_at, *m.content)),
}


class Writer:
    """Writes and signs; made once per process."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        shapes, self._schema = signed_messages(SCHEMA)
        self._serialise: dict[str, Serialise] = {
            kind: compile_serialiser(shapes.element(f"{{{MESSAGES}}}{name}"), message, codes.versions())
            for kind, (name, message, _) in KINDS.items()
        }
        self._parser = etree.XMLParser(resolve_entities=False, no_network=True)

    def ready(self) -> None:
        """NoPair or UnreadablePair when nothing can be signed now."""
        self._signer.current()

    def write(self, message: Written) -> etree._Element:
        """The signed message; Unwritable when its content does not fit the schema."""
        root = self._plain(message)
        return self._signer.sign(root, str(root.get("Id")))

    def check(self, message: Written) -> None:
        """Whether a content that somebody wrote fits the schema; Unwritable says where it does not, and repeats no value."""
        root = self._plain(message)
        if not self._schema.validate(root):
            # The schema's own words quote what was written, so only the line's element is named.
            raise Unwritable("The content does not fit the schema of the message.")

    def _plain(self, message: Written) -> etree._Element:
        try:
            row = KINDS[message.kind][2](message)
            root = etree.fromstring(self._serialise[message.kind](row), self._parser)
        except (ValueError, TypeError, LookupError, AttributeError, etree.XMLSyntaxError) as error:
            raise Unwritable(f"The content does not fit the schema of the message: {_where(error)}.") from error
        root.set("Id", f"m-{message.message_id}")
        return root


def _where(error: Exception) -> str:
    element = getattr(error, "element", None)
    return f"the value of {element} is not allowed" if element else "its parts are not those of its kind"
