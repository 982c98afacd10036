"""viis outbox: messages to admission systems, above all those that somebody has to look at."""

import getpass
import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from adapters.avus.messages import Unwritable, Writer
from adapters.signatures import Signer
from adapters.stop import Stop, read_settings
from adapters.storage import opened
from core.connections import KeptSessions
from core.disclosure import Disclosure, record
from core.outbox import dead_letters

OPERATION, PURPOSE, BASIS = "viis outbox --show", "repair of a message that cannot be delivered", "MK 276/2019"
# What a failure's code means; the receiver's own words are not kept, because they may quote the message.
WORDS = {
    "no right": "the receiver may not register applicants (any more): viis access check CLIENT achievements.registerApplicants",
    "content": "what it says does not fit the schema",
    "rejected by the receiver": "the receiver looked at it and does not take it",
    "S-0101": "no connection, or it broke",
    "S-0102": "no answer in time",
    "S-0103": "the answer ended in the middle",
    "S-0104": "an error of something on the way",
    "S-0105": "a fault of the receiver or of X-Road",
    "S-0201": "what answered is no SOAP service",
    "S-0202": "the answer is not well-formed",
    "S-0203": "the answer holds a DOCTYPE",
    "S-0204": "the answer is too large",
    "S-0301": "the answer belongs to another message",
    "S-0401": "the receiver takes our message for wrong",
    "S-0402": "X-Road does not let it through",
    "S-0403": "the receiver refuses",
    "S-0501": "the receipt breaks the contract",
}


def outbox(
    dead: Annotated[bool, typer.Option("--dead", help="Lists messages that are not sent any more.")] = False,
    show: Annotated[int | None, typer.Option(help="Prints what message ID says, as JSON (personal data; it is recorded).")] = None,
    repair: Annotated[int | None, typer.Option(help="Sends dead message ID with the content of --file, under a new id.")] = None,
    file: Annotated[Path | None, typer.Option(help="The JSON file for --repair, as --show printed it.")] = None,
    again: Annotated[list[int] | None, typer.Option(help="Sends dead message ID again as it is; may be repeated.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Sends all dead messages again as they are.")] = False,
    drop: Annotated[int | None, typer.Option(help="Gives dead message ID up, so that those behind it go on; needs --why.")] = None,
    why: Annotated[str, typer.Option(help="Why the message is dropped; it stays on record.")] = "",
) -> None:
    """Shows how many messages wait, are dead or done; lists, shows, repairs, sends again or drops those that cannot be delivered."""
    if sum((dead, show is not None, repair is not None, bool(again) or every, drop is not None)) > 1:
        raise Stop("One at a time: --dead, --show, --repair, --again or --all, --drop. Nothing was done.", 2)
    if (repair is None) != (file is None):
        raise Stop("A repair needs the number and the content: viis outbox --repair 17 --file content.json", 2)
    if drop is not None and not why.strip():
        raise Stop('Why is it given up? For example: viis outbox --drop 17 --why "the applicant withdrew"', 2)
    with opened(read_settings()) as databases, databases.register.begin() as session:
        if repair is not None and file is not None:
            _repair(session, repair, file)
        elif again or every:
            sent = dead_letters.again(session, None if every else again)
            print(f"Sent again: {', '.join(map(str, sent)) or 'none; only dead messages are'}.")
        elif drop is not None:
            if not dead_letters.drop(session, drop, why.strip()):
                raise Stop(f"There is no dead message {drop}. `viis outbox --dead` lists them.")
            print(f"Dropped: {drop}.")
        elif show is not None:
            _show(databases.journal, _kept(session, show))
        else:
            _dead(session) if dead else _counts(session)


def _counts(session: Session) -> None:
    table = Table("client", "kind", "wait", "dead", "done", "dropped", "oldest that is not delivered", "why one waits")
    for one in dead_letters.counts(session):
        table.add_row(one.client, one.kind, *map(str, one[2:6]), one.oldest or "", _reason(one.failure))
    _print(table, "There is no message yet: they come with results and documents of people who were registered as applicants.")


def _dead(session: Session) -> None:
    table = Table("id", "message", "kind", "client", "written at", "attempts", "why", "wait behind it")
    for one in dead_letters.dead(session):
        table.add_row(
            str(one.id), one.message_id, one.kind, one.client, one.created_at, str(one.attempts), _reason(one.failure), str(one.behind)
        )
    _print(table, "No message is dead.")


def _reason(failure: str) -> str:
    return f"{failure}: {WORDS[failure]}" if failure in WORDS else failure


def _print(table: Table, empty: str) -> None:
    if not table.row_count:
        print(empty)
        return
    # Wide enough whatever the terminal: a table of ids that are cut off is of no use.
    Console(width=220, markup=False, emoji=False).print(table)


def _kept(session: Session, number: int) -> dead_letters.Kept:
    message = dead_letters.kept(session, number)
    if message is None:
        raise Stop(f"There is no message {number}. `viis outbox --dead` lists those that are dead.")
    return message


def _show(journal: KeptSessions, message: dead_letters.Kept) -> None:
    """What a message says; whoever reads about a person is recorded before, as the system that the command runs on."""
    if message.person_id is not None:
        told = (read_settings().xroad_client, getpass.getuser(), None, None, OPERATION, PURPOSE, BASIS, message.created_at, "ok")
        record(journal, Disclosure(datetime.now(UTC), str(uuid.uuid4()), *told, [message.person_id]))
    print(json.dumps(message.content, ensure_ascii=False, indent=1))


def _repair(session: Session, number: int, file: Path) -> None:
    message = _kept(session, number)
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Stop(
            f"{file} cannot be read as JSON ({type(error).__name__}). `viis outbox --show {number}` prints what to begin with."
        ) from None
    try:
        Writer(Signer(read_settings().signing)).check(message._replace(content=content))
    except Unwritable as error:
        raise Stop(f"{file} was not taken over. {error}") from None
    if not dead_letters.repair(session, number, content):
        raise Stop(f"Message {number} is not dead, so it was left alone. `viis outbox --dead` lists those that are.")
    print(f"Repaired and waiting: {number}.")
