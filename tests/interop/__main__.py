"""make interop: each stack reads the served contract and calls every operation; a table of what came of it."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from adapters.embedded import start
from core import codes
from core.database import Databases, migrate
from tests.interop import achievement_questions, disclosure_questions, indicator_questions, licence_questions, questions
from tests.interop.questions import Question, build, judge
from tests.interop.stacks import STACKS, NotHere, Stack, libreoffice, run
from tests.register import Register
from tests.serving import Served, serving

CALLS_WITHIN, OPENED_WITHIN = 60.0, 300.0
ASKED = {
    "education-process": questions.QUESTIONS,
    "accreditation": licence_questions.QUESTIONS,
    "examinations": achievement_questions.EXAMINATIONS,
    "achievements": achievement_questions.ACHIEVEMENTS,
    "disclosures": disclosure_questions.QUESTIONS,
    "indicators": indicator_questions.QUESTIONS,
}


class Outcome(NamedTuple):
    """How one stack fared."""

    stack: str
    verdict: str
    notes: list[str]
    seconds: float


def main() -> int:
    """The exit code: 1 when a stack that is here failed; one that is missing is only said."""
    folder = Path(tempfile.mkdtemp(prefix="viis-interop-"))
    folder.chmod(0o755)  # The database's own user must be able to enter.
    try:
        cluster = start(folder / "postgresql", settings={"fsync": "off"})
        try:
            cluster.ensure_database("register")
            outcomes = [*_all(cluster.url("register"), folder), _opened()]
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    _print(outcomes)
    return 1 if any(outcome.verdict == "failed" for outcome in outcomes) else 0


def _all(url: str, folder: Path) -> list[Outcome]:
    migrate(url)
    both = Databases(url, url)
    try:
        with both.register.begin() as session:
            codes.load(session)
        register = Register(both)
        build(register)
        indicator_questions.build(register)
        with serving(register, url, folder / "service") as served:
            return [_one(stack, served, folder) for stack in STACKS]
    finally:
        both.close()


def _one(stack: Stack, served: Served, folder: Path) -> Outcome:
    began = time.monotonic()
    print(f"{stack.name} …", flush=True)
    try:
        command = stack.prepare()
    except NotHere as reason:
        return Outcome(stack.name, "not here", [str(reason)], time.monotonic() - began)
    notes = [note for service, several in ASKED.items() for note in _asked(command, service, several, served, folder)]
    return Outcome(stack.name, "failed" if notes else "ok", notes, time.monotonic() - began)


def _opened() -> Outcome:
    """How the workbook of indicators fared with a program that opens workbooks."""
    name, began = "LibreOffice", time.monotonic()
    print(f"{name} …", flush=True)
    try:
        done = run(libreoffice(), OPENED_WITHIN)
    except NotHere as reason:
        return Outcome(name, "not here", [str(reason)], time.monotonic() - began)
    except subprocess.TimeoutExpired:
        return Outcome(name, "failed", [f"no end within {OPENED_WITHIN:.0f} seconds"], time.monotonic() - began)
    last = (done.stdout.strip().splitlines() or [""])[-1]
    return Outcome(name, "failed" if done.returncode else "ok", [f"the workbook of indicators: {last}"], time.monotonic() - began)


def _asked(command: Sequence[str], service: str, several: list[Question], served: Served, folder: Path) -> list[str]:
    """What a stack did not understand of one service."""
    asked = folder / "questions.json"
    asked.write_text(json.dumps([question.as_json() for question in several]), encoding="utf-8")
    try:
        done = run([*command, f"{served.address}/soap/{service}?wsdl", str(asked)], CALLS_WITHIN)
    except subprocess.TimeoutExpired:
        return [f"{service}: no end within {CALLS_WITHIN:.0f} seconds"]
    if done.returncode != 0:
        return [f"{service}: ended with {done.returncode}: {done.stderr.strip()[-1500:]}"]
    return _compare(several, done.stdout)


def _compare(several: list[Question], output: str) -> list[str]:
    try:
        replies = json.loads(output)
    except ValueError:
        return [f"no JSON: {output[:300]}"]
    if len(replies) != len(several):
        return [f"{len(replies)} answers to {len(several)} questions"]
    return [note for question, reply in zip(several, replies, strict=True) for note in judge(question, reply)]


def _print(outcomes: list[Outcome]) -> None:
    calls = [question.operation for several in ASKED.values() for question in several]
    print(f"\n{'stack':18}{'result':10}{'seconds':>8}   {len(set(calls))} operations of {len(ASKED)} services, {len(calls)} calls each")
    for outcome in outcomes:
        first, *rest = outcome.notes or ["every field and header as expected"]
        print(f"{outcome.stack:18}{outcome.verdict:10}{outcome.seconds:8.1f}   {first}")
        for note in rest:
            print(f"{'':39}{note}")


if __name__ == "__main__":
    sys.exit(main())
