"""viis indicators: how often each service was used in a year (pakalpojumu izmantošanas rādītāji): workbook, freezing, correcting."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session, sessionmaker

from adapters.contracts import Contracts
from adapters.indicators.words import LANGUAGES, Language
from adapters.indicators.workbook import Year, write_workbook
from adapters.stop import Stop, read_settings
from adapters.storage import opened
from core.errors import Refusal, UnknownIndicators
from core.indicators import keeping
from core.indicators.months import FIRST_YEAR, LAST_YEAR
from core.indicators.shown import Revision, covered, revisions, steady, the_revision

A_YEAR = {"min": FIRST_YEAR, "max": LAST_YEAR}
EXAMPLE = "viis indicators --year 2025 --out 2025.xlsx"


def indicators(
    year: Annotated[int | None, typer.Option(**A_YEAR, help="The year of the workbook.")] = None,
    out: Annotated[Path | None, typer.Option(help="The file to write: a name that ends with .xlsx.")] = None,
    language: Annotated[str, typer.Option(help=" · ".join(LANGUAGES))] = "both",
    revision: Annotated[int | None, typer.Option(min=0, help="An older revision; the newest when left out.")] = None,
    freeze: Annotated[int | None, typer.Option(**A_YEAR, help="Freezes the figures of a year that is over; viis jobs does so too.")] = None,
    revise: Annotated[int | None, typer.Option(**A_YEAR, help="Counts a frozen year anew, as a revision beside the old one.")] = None,
    reason: Annotated[str, typer.Option(help="Why it is revised; it stands in the workbook.")] = "",
) -> None:
    """Writes the yearly workbook of use; or freezes a year's figures, or corrects them by a revision."""
    if [freeze is not None, revise is not None, year is not None].count(True) != 1 or (year is None) != (out is None):
        raise Stop(f"One of: {EXAMPLE} · viis indicators --freeze 2025 · viis indicators --revise 2025 --reason TEXT", 2)
    if out is not None and out.suffix != ".xlsx":
        raise Stop(f"The name of the workbook ends with .xlsx, for example: {EXAMPLE}", 2)
    if language not in LANGUAGES:
        raise Stop(f"--language is one of {', '.join(LANGUAGES)}.", 2)
    if (revise is None) != (not reason.strip()):
        raise Stop('A revision needs its reason: viis indicators --revise 2025 --reason "calls of March were read in late"', 2)
    now = datetime.now(UTC)
    with opened(read_settings()) as databases:
        register = databases.register
        try:
            if freeze is not None:
                with register.begin() as session:
                    kept = keeping.freeze(session, freeze, now)
                print(f"The figures of {freeze} are frozen as revision {kept.revision}.")
            elif revise is not None:
                with register.begin() as session:
                    kept = keeping.revise(session, revise, " ".join(reason.split()), now)
                print(_revised(revise, kept))
            elif year is not None and out is not None:
                print(_write(register, year, revision, Language(language), out, now))
        except Refusal as refusal:
            raise Stop(str(refusal)) from None


def _revised(year: int, kept: keeping.Counted) -> str:
    said = f"The figures of {year} were counted anew: revision {kept.revision}. What was published before stays readable."
    months = ", ".join(map(str, kept.taken_over))
    return f"{said} Months that the log no longer holds stay as they were: {months}." if months else said


def _write(register: sessionmaker[Session], year: int, number: int | None, language: Language, out: Path, now: datetime) -> str:
    for one in (year, year - 1):
        with register.begin() as session:
            keeping.bring_up_to_date(session, one, now)
    # Beside the file, so that it takes its place at once; whoever has the old one open keeps that.
    part = out.with_name(f".{out.name}.part")
    try:
        part.touch()
    except OSError as error:
        raise Stop(f"{out} cannot be written: {error.strerror}.") from None
    try:
        with register.begin() as session:
            steady(session)
            shown = the_revision(revisions(session, year), number)
            coverage = covered(session, shown)
            if not any(month.complete for month in coverage):
                raise Stop(f"The log of calls holds nothing of {year}, so there is nothing to write.")
            write_workbook(Year(session, shown, _counted(session, year - 1), coverage), Contracts.load(), language, part)
        part.replace(out)
    except OSError as error:
        raise Stop(f"{out} cannot be written: {error.strerror}.") from None
    finally:
        part.unlink(missing_ok=True)
    what = "provisional, the year is not frozen" if shown.provisional else f"revision {shown.revision}"
    return f"{out}: the figures of {year}, {what}."


def _counted(session: Session, year: int) -> Revision | None:
    """The newest count of a year in which there was a log."""
    try:
        found = the_revision(revisions(session, year))
    except UnknownIndicators:
        return None
    return found if any(month.complete for month in covered(session, found)) else None
