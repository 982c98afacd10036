"""viis disclosures: the proof that the journal of disclosures was not altered, and the end of what is old enough."""

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from adapters.disclosures.heads import UnusableHeads, heads
from adapters.disclosures.signing import sign, trusts, words
from adapters.inquiry import RIGA
from adapters.key_pairs import NoPair, UnreadablePair
from adapters.progress import reporting
from adapters.signatures import Signer
from adapters.stop import Stop, read_settings
from adapters.storage import opened
from core.disclosures import expiring, sealing, verifying
from core.errors import Refusal

ALTERED = 3
disclosures = typer.Typer(no_args_is_help=True, help="The journal of disclosures: its state, its proof, the end of what is old enough.")


@disclosures.command()
def status() -> None:
    """Where the chain ends, and whether rows wait for their place; exit code 1 when one has waited for ten seconds."""
    with opened(read_settings()) as databases, databases.register.begin() as session:
        end, waiting = sealing.head(session), sealing.unsealed(session)
    print(f"The chain has {end.place} places; its hash is {end.chain_hash.hex()}.")
    seconds = waiting.oldest.total_seconds()
    print(f"Not sealed: {waiting.rows}" + (f", the oldest of {seconds:.0f} s ago." if waiting.rows else "."))
    sys.exit(1 if seconds > sealing.PATIENCE else 0)


@disclosures.command()
def verify(
    first: Annotated[int | None, typer.Option("--from", min=1, help="The first place; all when left out.")] = None,
    last: Annotated[int | None, typer.Option("--to", min=0, help="The last place; the end of the chain when left out.")] = None,
    head: Annotated[Path | None, typer.Option(help="A file or a folder of heads; VIIS_DISCLOSURE_HEADS when left out.")] = None,
) -> None:
    """Follows the chain and makes each row's hash anew; names the first place that is not as it was. Exit code 3 when there is one."""
    settings = read_settings()
    signer = Signer(settings.signing)
    try:
        # No folder yet: nothing was exported. One that is named has to be there.
        known = heads(head or settings.disclosure_heads, signer) if head or settings.disclosure_heads.is_dir() else []
    except (UnusableHeads, UnreadablePair) as error:
        raise Stop(str(error), ALTERED if isinstance(error, UnusableHeads) else 1) from None
    with opened(settings) as databases:
        with databases.register.begin() as session:
            places = sealing.head(session).place
        with reporting("Verifying the journal", places, "places") as progress, databases.register.begin() as session:
            try:
                found = verifying.verify(session, first, last, [one.head for one in known], trusts(signer), progress)
            except Refusal as refusal:
                raise Stop(f"{refusal.code}: {refusal}", 2) from None
    if found.wrong is not None:
        raise Stop(f"The journal was altered. The first place that is wrong is {found.wrong.place}: {found.wrong.kind}.", ALTERED)
    signed = sum(bool(one.signed_by) for one in known)
    print(f"Places {found.first} to {found.last} are as they were; compared with {len(known)} heads, {signed} of them signed.")
    if found.checkpoint:
        before = found.checkpoint.before.astimezone(RIGA)
        print(f"Before them {found.checkpoint.rows} rows were removed, all of before {before:%d.%m.%Y}.")
    print(f"The chain ends at place {found.head.place} with {found.head.chain_hash.hex()}.")


@disclosures.command()
def expire(
    before: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Rows of before this day go; VIIS_DISCLOSURE_YEARS ago when left out.")
    ] = None,
) -> None:
    """Removes rows that are old enough, and leaves a checkpoint that the service's key signs."""
    settings, now = read_settings(), datetime.now(UTC)
    allowed = _years_before(now.astimezone(RIGA).date(), settings.disclosure_years)
    day = allowed if before is None else before.date()
    if day > allowed:
        raise Stop(
            f"Disclosures are kept for {settings.disclosure_years} years (VIIS_DISCLOSURE_YEARS): --before {allowed} at the latest.", 2
        )
    signer = Signer(settings.signing)
    start = datetime(day.year, day.month, day.day, tzinfo=RIGA)
    with opened(settings) as databases:
        try:
            signer.current()
            done = expiring.expire(databases.register, start, now, lambda made: sign(signer, words(made)), trusts(signer))
        except (NoPair, UnreadablePair) as error:
            raise Stop(f"A checkpoint needs a signature. {error}") from None
        except expiring.NotWhole as error:
            raise Stop(f"{error} Nothing was removed: viis disclosures verify.", ALTERED) from None
    print(
        f"Removed: {done.rows} rows of before {day:%d.%m.%Y}." if done.rows else f"No row is of before {day:%d.%m.%Y}; nothing was removed."
    )
    if done.checkpoint is not None:
        print(f"The checkpoint at place {done.checkpoint.place} stands for {done.checkpoint.rows} rows in all.")


def _years_before(day: date, years: int) -> date:
    """The same day so many years ago; of 29 February the last of that month."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
