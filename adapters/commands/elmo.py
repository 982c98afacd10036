"""viis elmo: a person's achievements as a signed ELMO document, the European form of a transcript."""

import getpass
import os
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from adapters.elmo import signed_elmo
from adapters.inquiry import RIGA
from adapters.key_pairs import NoPair, UnreadablePair
from adapters.settings import Settings
from adapters.stop import Stop, read_settings
from adapters.storage import bring_up_to_date, storage
from core.access import Scope, ScopeKind
from core.achievements.person import Found, person_achievements
from core.database import Databases
from core.disclosure import Disclosure, record
from core.education import Named
from core.errors import Refusal
from core.personal_code import normalise

INSTANTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
OPERATION, PURPOSE, BASIS = "viis elmo", "transcript that the person asked for", "MK 276/2019"
EVERYTHING = Scope(ScopeKind.EVERYTHING)


def elmo(
    code: Annotated[str, typer.Argument(help="The person's code, of now or of before.")],
    as_of: Annotated[
        datetime | None, typer.Option(formats=INSTANTS, help="What was known then, in Latvian time; now when left out.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The file to write, for you alone; one that is there already is left alone.")] = None,
) -> None:
    """Writes a person's documents, marks and results as a signed ELMO document (personal data; that it was made is recorded)."""
    settings = read_settings()
    if out is not None and out.exists():
        raise Stop(f"{out} is there already and was left alone. Name another file.")
    with storage(settings) as place:
        bring_up_to_date(place)
        databases = place.open(connections=1)
        try:
            document = _made(databases, settings, code, as_of.replace(tzinfo=RIGA) if as_of else None)
        finally:
            databases.close()
    _write(document, out)


def _made(databases: Databases, settings: Settings, code: str, as_of: datetime | None) -> bytes:
    """The document, after its disclosure was recorded."""
    now = datetime.now(UTC)
    try:
        with databases.register.begin() as session:
            named = Named("personal_code", "", normalise(code))
            _, found = person_achievements(session, EVERYTHING, frozenset(), named, as_of, now, now.astimezone(RIGA).date())
        if found is None:
            raise Stop("Nobody in the register has this code.")
        document = signed_elmo(found.person, found.data_as_of)
    except Refusal as refusal:
        raise Stop(f"{refusal.code}: {refusal}", 2) from None
    except (NoPair, UnreadablePair) as error:
        raise Stop(str(error)) from None
    record(databases.journal, _disclosure(settings, found, now))
    return document


def _disclosure(settings: Settings, found: Found, now: datetime) -> Disclosure:
    """Who was told: whoever runs the command, as the system that it runs on."""
    told = (settings.xroad_client, getpass.getuser(), None, None, OPERATION, PURPOSE, BASIS, found.data_as_of, "ok", found.persons)
    return Disclosure(now, str(uuid.uuid4()), *told)


def _write(document: bytes, out: Path | None) -> None:
    if out is None:
        sys.stdout.buffer.write(document + b"\n")
        return
    try:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(document)
    except OSError as error:
        raise Stop(f"{out} cannot be written: {error.strerror}.") from None
    print(f"The transcript is in {out}; only you may read it.")
