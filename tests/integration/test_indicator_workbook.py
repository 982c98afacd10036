"""The yearly workbook: opened by two programs, every figure is the one that getServiceIndicators answers."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from errno import ENOSPC
from pathlib import Path
from random import Random
from typing import Any
from zipfile import ZipFile

import pytest
from lxml import etree
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from typer.testing import CliRunner

from adapters.cli import build
from adapters.stop import Stop
from adapters.wsgi import Wsgi
from core.indicators import keeping
from core.reading import RIGA
from tests.calls import AVUS, SCHOOLS, Call, always_there, at, log, lost
from tests.contract.asking import ask
from tests.posting import application
from tests.register import Register

YEAR = 2025
AFTER = at("2026-01-02 03:00")
# Heading → element of the answer.
NUMBERS = {
    "Calls": "calls",
    "Answered": "answered",
    "Refused": "refused",
    "Failed": "failed",
    "Mean, ms": "durationMean",
    "Median, ms": "durationMedian",
    "95th percentile, ms": "durationP95",
    "99th percentile, ms": "durationP99",
    "Requests, MB": "requestBytes",
    "Answers, MB": "answerBytes",
    "Persons shown": "persons",
}
OF_BEFORE = {"Year before": "calls", "Median, year before, ms": "durationMedian", "95th percentile, year before, ms": "durationP95"}
KEYS = {"Service": "service", "Operation": "operation", "Channel": "channel", "Consumer": "consumer", "Number of the month": "month"}
# Sheet → by which dimensions its table is; the first heading of that table.
TABLES = {
    "Summary": (("service",), "Service"),
    "Operations": (("service", "operation"), "Service"),
    "Months": (("month",), "Month"),
    "Consumers": (("consumer",), "Consumer"),
    "Durations": (("service", "operation", "channel"), "Service"),
    "Data": (("service", "operation", "channel", "consumer", "month"), "Service"),
}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SOFFICE = shutil.which("soffice")
Table = list[dict[str, Any]]
Answers = dict[tuple[str, ...], dict[str, Any]]


@dataclass
class Published:
    """A register with two years of calls, frozen; the service on it; a folder for workbooks."""

    register: Register
    app: Wsgi
    folder: Path

    def workbook(self, name: str, *options: str) -> Path:
        path = self.folder / name
        done = CliRunner().invoke(build(["indicators"]), ["indicators", "--year", str(YEAR), "--out", str(path), *options])
        assert done.exit_code == 0, done.output
        return path

    def answers(self, year: int, by: Sequence[str], revision: int | None = None) -> Answers:
        """What the operation answers by these dimensions, all pages of it."""
        found: Answers = {}
        cursor = None
        while True:
            dimensions = {"dimension": list(by)}
            answer = ask(self.app, "getServiceIndicators", year=year, revision=revision, groupBy=dimensions, cursor=cursor, pageSize=7)
            for figure in answer.iterfind("{*}figures/{*}figure"):
                values = told(figure)
                found[tuple(values.pop(dimension) for dimension in by)] = values
            cursor = answer.findtext("{*}nextCursor")
            if cursor is None:
                return found


def told(figure: etree._Element) -> dict[str, Any]:
    values: dict[str, Any] = {etree.QName(child).localname: child.text or "" for child in figure if len(child) == 0}
    values["reasons"] = [tuple(part.text or "" for part in reason) for reason in figure.iterfind("{*}reasons/{*}reason")]
    return values


def made_up(year: int, number: int) -> list[Call]:
    rng = Random(year)
    calls = []
    for _ in range(number):
        service, operation = rng.choice([("education-process", "getPersonEducation"), ("achievements", "getCompleteness"), ("", "")])
        outcome, code = rng.choice([("answered", None)] * 3 + [("refused", "R-0101"), ("failed", "F-0401"), ("failed", None)])
        calls.append(
            Call(
                at(f"{year}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d} {rng.randint(0, 23):02d}:30"),
                service,
                operation,
                rng.choice(["soap", "rest"]),
                rng.choice([AVUS, SCHOOLS, None, "LV-DEV/EDU/Ādaži & <ž>/žurnāls"]),
                outcome,
                code,
                rng.randint(0, 900_000),
                answer_bytes=rng.randint(0, 10**9),
            )
        )
    return calls


@pytest.fixture
def published(register: Register, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Published:
    monkeypatch.setenv("VIIS_REGISTER_URL", database_url)
    monkeypatch.setenv("VIIS_DATA", str(tmp_path))
    register.grant(operation="indicators.*")
    always_there(register)
    lost(register, at("2025-11-04 09:00"), 7)
    # What only the year before had, too.
    log(register, [*made_up(2024, 60), Call(at("2024-02-02 02:02"), "accreditation", "listLicences"), *made_up(YEAR, 80)])
    with register.databases.register.begin() as session:
        for year in (2024, YEAR):
            keeping.freeze(session, year, AFTER)
    return Published(register, application(register.databases), tmp_path)


def rows(sheet: Worksheet, first_heading: str) -> Table:
    """The rows of the first table whose headings begin like this, up to an empty row."""
    every = list(sheet.iter_rows(values_only=True))
    start = next(number for number, row in enumerate(every) if row[0] == first_heading)
    headings = every[start]
    found = []
    for row in every[start + 1 :]:
        if all(value in (None, "") for value in row):
            break
        found.append({str(heading): value for heading, value in zip(headings, row, strict=True) if heading})
    return found


def key_of(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[heading] or "") for heading in KEYS if heading in row)


def compare(found: Table, now: Answers, before: Answers) -> int:
    """Every number of a table is the answer's; returns how many were compared."""
    compared = 0
    assert {key_of(row) for row in found} >= set(now)
    for row in found:
        key = key_of(row)
        for heading, value in row.items():
            source, name = (before, OF_BEFORE.get(heading)) if heading in OF_BEFORE else (now, NUMBERS.get(heading))
            if name is None:
                continue
            expected = source.get(key)
            if expected is None:
                assert value in (None, "", 0), (key, heading)
            else:
                assert value == pytest.approx(float(expected[name]), rel=1e-12), (key, heading)
                compared += 1
        if "Change" in row and key in now and key in before:
            assert row["Change"] == pytest.approx(int(now[key]["calls"]) / int(before[key]["calls"]) - 1)
    return compared


@pytest.fixture
def opened(published: Published, opening: str) -> Any:
    path = published.workbook("en.xlsx", "--language", "en")
    if opening == "LibreOffice":
        if SOFFICE is None:
            pytest.skip("LibreOffice is not installed (on Debian: apt-get install libreoffice-calc).")
        into = published.folder / "converted"
        profile = f"-env:UserInstallation=file://{published.folder}/profile"
        subprocess.run(
            [SOFFICE, profile, "--headless", "--convert-to", "xlsx", "--outdir", into, path], check=True, capture_output=True, timeout=150
        )
        path = into / path.name
    return load_workbook(path, data_only=True)


@pytest.fixture(params=["openpyxl", pytest.param("LibreOffice", marks=pytest.mark.once)])
def opening(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_figure_of_the_workbook_is_what_the_operation_answers(published: Published, opened: Any) -> None:
    for name, (by, heading) in TABLES.items():
        now, before = published.answers(YEAR, by), published.answers(YEAR - 1, by)
        found = [row for row in rows(opened[name], heading) if row[heading] != "Total"]
        assert compare(found, now, before) > 3 * len(now), name
    total = rows(opened["Summary"], "Service")[-1]
    compare(
        [{heading: value for heading, value in total.items() if heading not in KEYS}],
        published.answers(YEAR, ()),
        published.answers(2024, ()),
    )
    for name, by in (("Operations by month", ("service", "operation")), ("Consumers by month", ("consumer",))):
        by_month = published.answers(YEAR, (*by, "month"))
        found = rows(opened[name], "Service" if "service" in by else "Consumer")
        assert {key_of(row) for row in found} == {key[:-1] for key in by_month}
        for row in found:
            told_of = [int(by_month.get((*key_of(row), str(number)), {"calls": 0})["calls"]) for number in range(1, 13)]
            assert ([row[month] for month in MONTHS], row["Calls"]) == (told_of, sum(told_of))
    reasons = published.answers(YEAR, ("service", "operation"))
    failures = [(*key_of(row), row["Outcome"], row["Code"] or "", str(row["Calls"])) for row in rows(opened["Failures"], "Service")]
    assert sorted(failures) == sorted((*key, *reason) for key, values in reasons.items() for reason in values["reasons"])


def test_coverage_and_revisions_are_what_the_operation_answers(published: Published, opened: Any) -> None:
    answer = ask(published.app, "getServiceIndicators", year=YEAR)
    told_of = [[int(part.text) for part in list(month)[:5]] for month in answer.iterfind("{*}coverage/{*}month")]
    names = ("Number of the month", "Hours that have passed", "Complete", "Idle", "Calls known to be lost")
    assert [[row[name] for name in names] for row in rows(opened["Coverage"], "Month")][:12] == told_of
    [gap] = rows(opened["Coverage"], "Why")
    assert (gap["From"], gap["Hours"], gap["Why"]) == (datetime(2025, 11, 4, 9), 1, "calls were lost")  # noqa: DTZ001 - as a clock shows it
    [revision] = rows(opened["Revisions"], "Revision")
    counted_at = datetime.fromisoformat(answer.findtext("{*}dataAsOf"))
    shown = counted_at.astimezone(RIGA).replace(tzinfo=None, microsecond=0)
    assert (revision["Revision"], revision["Counted on (time of Riga)"], revision["In this workbook"]) == (1, shown, "yes")


def test_the_same_command_gives_the_same_file_and_the_log_has_no_part_in_it(published: Published) -> None:
    first = published.workbook("a.xlsx").read_bytes()
    log(published.register, [Call(at("2025-05-05 05:05"))])
    published.register.execute("DELETE FROM call_writer")
    assert published.workbook("b.xlsx").read_bytes() == first


def test_a_revision_stands_in_the_workbook_with_its_reason_and_what_it_changed(published: Published) -> None:
    published.workbook("first.xlsx", "--language", "en")
    log(published.register, [Call(at("2025-05-05 05:05"), "accreditation", "listLicences")])
    done = CliRunner().invoke(build(["indicators"]), ["indicators", "--revise", str(YEAR), "--reason", "calls of May were read in late"])
    assert done.exit_code == 0, done.output
    book = load_workbook(published.workbook("second.xlsx", "--language", "en"))
    assert any("calls of May were read in late" in str(row[0]) for row in book["Summary"].iter_rows(max_row=8, values_only=True))
    assert [row["Reason"] for row in rows(book["Revisions"], "Revision")] == [None, "calls of May were read in late"]
    [changed] = rows(book["Revisions"], "Service")
    assert (changed["Operation"], changed["Month"], changed["Calls: before"], changed["Calls: now"]) == ("listLicences", 5, 0, 1)
    # The old one is what it was, but for the list of revisions.
    old = load_workbook(published.workbook("old.xlsx", "--language", "en", "--revision", "1"))
    before = load_workbook(published.folder / "first.xlsx")
    for name in TABLES:
        assert list(old[name].values) == list(before[name].values)


@pytest.mark.parametrize(
    ("language", "sheet", "heading"), [("lv", "Kopsavilkums", "Izsaukumi"), ("both", "Kopsavilkums · Summary", "Izsaukumi\nCalls")]
)
def test_the_workbook_speaks_latvian_english_or_both(published: Published, language: str, sheet: str, heading: str) -> None:
    book = load_workbook(published.workbook(f"{language}.xlsx", "--language", language))
    assert len(book.sheetnames) == 12
    assert book.sheetnames[0] == sheet
    assert heading in [cell for row in book[sheet].iter_rows(values_only=True) for cell in row]


def test_a_year_that_is_not_frozen_is_marked_as_provisional(published: Published) -> None:
    published.register.execute("TRUNCATE indicator_year CASCADE")
    book = load_workbook(published.workbook("x.xlsx", "--language", "en"))
    assert str(book["Summary"]["A2"].value).startswith("PROVISIONAL: calls up to 01.01.2026 00:00")
    answer = ask(published.app, "getServiceIndicators", year=YEAR)
    assert (answer.findtext("{*}revision"), answer.findtext("{*}provisional")) == ("0", "true")


def test_a_provisional_count_that_was_made_anew_between_two_pages_is_begun_again(published: Published) -> None:
    published.register.execute("TRUNCATE indicator_year CASCADE")
    with published.register.databases.register.begin() as session:
        keeping.bring_up_to_date(session, YEAR, at("2025-11-11 11:30"))
    cursor = ask(published.app, "getServiceIndicators", year=YEAR, pageSize=2).findtext("{*}nextCursor")
    assert ask(published.app, "getServiceIndicators", year=YEAR, cursor=cursor, pageSize=2).findtext("{*}fault/{*}faultCode") is None
    with published.register.databases.register.begin() as session:
        keeping.bring_up_to_date(session, YEAR, at("2025-11-11 12:30"))
    assert ask(published.app, "getServiceIndicators", year=YEAR, cursor=cursor, pageSize=2).findtext("{*}fault/{*}faultCode") == "R-0401"


def test_who_has_no_grant_and_what_was_not_counted_are_refused(published: Published) -> None:
    assert ask(published.app, "getServiceIndicators", client=SCHOOLS, year=YEAR).findtext("{*}fault/{*}faultCode") == "R-0101"
    for more in ({"year": 2019}, {"year": YEAR, "revision": 2}):
        assert ask(published.app, "getServiceIndicators", **more).findtext("{*}fault/{*}faultCode") == "R-0931"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "One of:"),
        (["--year", "2025"], "One of:"),
        (["--year", "2025", "--out", "x.xlsx", "--freeze", "2025"], "One of:"),
        (["--year", "2025", "--out", "x.xlsx", "--language", "de"], "--language is one of"),
        (["--year", "2025", "--out", "x.xls"], "ends with .xlsx"),
        (["--revise", "2025"], "needs its reason"),
        (["--freeze", "2025"], "frozen already"),
        (["--year", "2019", "--out", "x.xlsx"], "holds nothing of 2019"),
        (["--year", "2025", "--out", "nowhere/x.xlsx"], "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(published: Published, options: list[str], said: str) -> None:
    done = CliRunner().invoke(build(["indicators"]), ["indicators", *options])
    assert isinstance(done.exception, Stop)
    assert said in str(done.exception)


def test_a_full_disk_is_said_in_a_sentence_and_what_stood_there_stays(published: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    before = published.workbook("x.xlsx").read_bytes()

    def full(*_: object) -> None:
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    monkeypatch.setattr(ZipFile, "write", full)
    out = published.folder / "x.xlsx"
    done = CliRunner().invoke(build(["indicators"]), ["indicators", "--year", str(YEAR), "--out", str(out)])
    assert str(done.exception) == f"{out} cannot be written: No space left on device."
    assert out.read_bytes() == before
    assert not list(published.folder.glob(".*.part"))
