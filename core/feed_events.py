"""Events as they are shown (notikumi): what changed, and the whole entry as it is now."""

from collections.abc import Sequence
from typing import Any, NamedTuple


class ChangedAffiliation(NamedTuple):
    """An affiliation in a copy (piederība)."""

    personal_code: str | None
    identifier_institution: str | None
    identifier: str | None
    given_name: str | None
    surname: str | None
    birth_date: str | None
    institution: str | None
    main: bool | None
    class_level: str | None
    class_group: str | None
    study_form: str | None
    language: str | None
    status: str | None
    started_on: str | None
    ended_on: str | None
    start_order: str | None
    end_order: str | None
    programme: str | None
    end_reason: str | None


class ChangedTeachingPost(NamedTuple):
    """A teaching post in a copy (pedagoga amats)."""

    personal_code: str | None
    identifier_institution: str | None
    identifier: str | None
    given_name: str | None
    surname: str | None
    birth_date: str | None
    institution: str | None
    post: str | None
    load: str | None
    started_on: str | None
    ended_on: str | None


class ChangedEducationDocument(NamedTuple):
    """An education document in a copy (izglītības dokuments)."""

    personal_code: str | None
    identifier_institution: str | None
    identifier: str | None
    given_name: str | None
    surname: str | None
    birth_date: str | None
    institution: str | None
    document_type: str | None
    series: str | None
    number: str | None
    issued_on: str | None
    status: str | None
    programme: str | None


class ChangedInstitution(NamedTuple):
    """An institution in a copy (izglītības iestāde)."""

    registration_number: str | None
    name: str | None
    type: str | None
    kind: str | None
    subordination: str | None
    legal_status: str | None
    municipality: str | None
    address: str | None
    postcode: str | None
    opened_on: str | None
    closed_on: str | None


class ChangedProgramme(NamedTuple):
    """A programme of an institution in a copy (izglītības programma)."""

    institution: str | None
    code: str | None
    name: str | None
    lki_level: str | None
    offered_from: str | None
    offered_to: str | None


class ChangeEvent(NamedTuple):
    """What a copy has to do (notikums), and with what: only an upsert holds an entry, and then all of it."""

    position: int
    changed_at: str
    kind: str
    entity: str
    entry_id: int | None
    version: int | None
    affiliation: ChangedAffiliation | None
    teaching_post: ChangedTeachingPost | None
    education_document: ChangedEducationDocument | None
    institution: ChangedInstitution | None
    programme: ChangedProgramme | None
    personal_code: str | None
    personal_code_before: str | None


KIND, ENTITY = 2, 3
_ENTITIES = ("affiliation", "teachingPost", "educationDocument", "institution", "programme")
_AFTER = 2  # personal_code, personal_code_before
# How many empty fields stand before and behind an entry's values.
_ROOM = {entity: ((None,) * place, (None,) * (len(_ENTITIES) - place - 1 + _AFTER)) for place, entity in enumerate(_ENTITIES)}
_NO_ENTRY = (None,) * len(_ENTITIES)


def shown(event: Sequence[Any], content: Sequence[str | None] | None) -> Any:
    """The fields of a ChangeEvent from those before its entry, the entry as plain values: they stand in the schema's order."""
    if event[KIND] == "upsert":
        before, behind = _ROOM[event[ENTITY]]
        return (*event, *before, content, *behind)
    return (*event, *_NO_ENTRY, *(content or (None, None)))
