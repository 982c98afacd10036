"""What came of examinations (pārbaudījumu rezultāti): percentages around a learner's ability, every kind of no result, some corrected.

Who was absent or did not pass sits again in the additional session, so that whoever got a document has passed. A few candidates are called
otherwise than the register knows them, or have a code that nobody has: their results wait for somebody who finds out.
"""

import json
from datetime import date, timedelta
from random import Random
from typing import NamedTuple, Protocol

from adapters.demo import examinations
from adapters.demo.chance import Rarely, around
from adapters.demo.codes import mistyped
from adapters.demo.examinations import ADDITIONAL, MAIN, VPIS, WAITING, Examination, Schedule
from adapters.demo.institutions import Institution
from adapters.demo.rows import NONE
from core.examinations.rules import threshold

PARTS = {"LAT": ("Lasīšana", "Rakstīšana", "Valodas lietojums"), "ENG": ("Lasīšana", "Klausīšanās", "Rakstīšana", "Runāšana")}
OTHER_PARTS = ("Zināšanas un izpratne", "Lietošana")
OUTCOMES = {"absent": 0.02, "partlyAbsent": 0.005, "underQuery": 0.003, "exempt": 0.008, "missing": 0.004}
UNKNOWN, DIFFERS, APPEALED, ANNULLED, WITHDRAWN = 0.003, 0.003, 0.01, 0.002, 0.004
AT_HIGHEST_LEVEL, CHOOSES, SITS_EARLY = 0.4, 0.6, 0.3
# CEFR levels beside percentages, by the level of the examination: from how many on.
CEFR = {"A": ((80, "C1"), (50, "B2")), "O": ((70, "B2"), (40, "B1"))}
LETTERS_FROM = ((85, "A"), (70, "B"), (55, "C"), (40, "D"), (25, "E"))
MEAN, SPREAD, WITHIN = 58.0, 16.0, 9.0


class Bearer(NamedTuple):
    """An identity and whom it names (kā persona ir nosaukta)."""

    identity: int
    scheme: str
    issuer: str
    value: str
    given_name: str
    surname: str
    born_on: date


class Rows(Protocol):
    """Where rows of examinations go."""

    exam_candidate: list[str]
    exam_result: list[str]
    held_result: list[str]


class Value(NamedTuple):
    """What a result says, in the order of its columns from outcome to passed."""

    outcome: str
    scale: str | None = None
    value: str | None = None
    cefr: str | None = None
    parts: str | None = None
    certificate: str | None = None
    threshold: int | None = None
    passed: bool | None = None

    @property
    def columns(self) -> str:
        """As COPY takes them."""
        return "\t".join(NONE if one is None else ("f", "t")[one] if isinstance(one, bool) else str(one) for one in self)


class Sittings:
    """Lets one learner after the other sit examinations."""

    def __init__(self, seed: int, schedule: Schedule, today: date) -> None:
        self._rng = Random(f"{seed} examinations")  # noqa: S311 - a made-up nation has to be the same again
        self._schedule, self._today = schedule, today
        self._outcomes = {outcome: Rarely(self._rng, share) for outcome, share in OUTCOMES.items()}
        self._unknown, self._differs, self._withdrawn = (Rarely(self._rng, share) for share in (UNKNOWN, DIFFERS, WITHDRAWN))
        self._appealed, self._annulled = Rarely(self._rng, APPEALED), Rarely(self._rng, ANNULLED)
        self._candidates = self._entries = self._results = self._held = 0

    def of_class(self, rows: Rows, bearer: Bearer, school: Institution, level: str, year: int) -> bool:
        """The examinations of the 9th class, the 12th, or the last year of a vocational school; whether any is just waited for."""
        ability = around(self._rng, MEAN, SPREAD)
        for subject, of_level in self._subjects(level):
            first = self._schedule.of(year, MAIN, subject, of_level)
            if self._sit(rows, first, bearer, school, ability) and first.published_at:
                again = self._schedule.of(year, ADDITIONAL, subject, of_level)
                self._write(rows, again, bearer, school, self._candidate(rows, again, bearer, school), self._passed(again, ability))
        early = year == self._schedule.this_year and level == "12" and self._rng.random() < SITS_EARLY
        if early:
            self._sit(rows, self._schedule.of(year, WAITING, "ENG", "O"), bearer, school, ability)
        return early

    def of_long_ago(self, rows: Rows, bearer: Bearer, school: Institution, year: int) -> None:
        """Letters, of somebody who has long been grown up."""
        ability = around(self._rng, MEAN, SPREAD)
        for subject in examinations.WRITTEN_WITH_LETTERS:
            examination = self._schedule.of(year, MAIN, subject, "N")
            reached = self._reached(ability)
            letter = next((letter for least, letter in LETTERS_FROM if reached >= least), "F")
            self._write(rows, examination, bearer, school, None, Value("result", "AF", letter))

    def _subjects(self, level: str) -> list[tuple[str, str]]:
        if level != "12":
            return list(examinations.BASIC if level == "9" else examinations.VOCATIONAL)
        subjects = [pair[self._rng.random() < AT_HIGHEST_LEVEL] for pair in examinations.SECONDARY]
        if self._rng.random() < CHOOSES:
            subjects.append(examinations.CHOSEN[int(self._rng.random() * len(examinations.CHOSEN))])
        return subjects

    def _sit(self, rows: Rows, examination: Examination, bearer: Bearer, school: Institution, ability: float) -> bool:
        """Whether the candidate has to sit again."""
        waits = examination.session == WAITING
        if not (examination.published_at or waits):
            self._candidate(rows, examination, bearer, school)
            return False
        if not waits and self._withdrawn():
            self._candidate(rows, examination, bearer, school, "withdrawn")
            return False
        named, match = self._named(bearer)
        candidate = self._candidate(rows, examination, named, school, match=match)
        outcome = next((outcome for outcome, comes in self._outcomes.items() if comes()), "result")
        if outcome == "missing":
            return False
        value = self._value(examination, self._reached(ability)) if outcome == "result" else Value(outcome)
        self._write(rows, examination, named, school, candidate, value, match)
        return outcome == "absent" or value.passed is False

    def _named(self, bearer: Bearer) -> tuple[Bearer, str]:
        """The candidate as the examinations system names it, and what the register makes of that."""
        if bearer.scheme == "personal_code" and self._unknown():
            return bearer._replace(identity=0, value=mistyped(bearer.value)), "unknown"
        if self._differs():
            return bearer._replace(identity=0, given_name="Izdoma"), "differs"
        return bearer, "matched"

    def _candidate(
        self, rows: Rows, examination: Examination, bearer: Bearer, school: Institution, state: str = "registered", match: str = "matched"
    ) -> int:
        self._candidates += 1
        key = self._candidates
        announced = min(date(examination.year, 11, 20), self._today - timedelta(days=2))
        rows.exam_candidate.append(
            f"{key}\t{key}\t{examination.id}\t{bearer.identity or NONE}\t{school.number}\t{state}\t{match}\t{_named(bearer)}\t"
            f'{VPIS}\tC{key}\t["{announced} 06:00:00+00",)\n'
        )
        return key

    def _write(
        self,
        rows: Rows,
        examination: Examination,
        bearer: Bearer,
        school: Institution,
        candidate: int | None,
        value: Value,
        match: str = "matched",
    ) -> None:
        """A published result, corrected later or not, or one that is held."""
        self._entries += 1
        entry = self._entries
        if value.scale == "PCT" and examination.level != "P":
            value = value._replace(certificate=f"CE-{examination.year + 1}-{entry:07d}")
        tail = f"{VPIS}\tR{entry}\t{examination.id}\t{school.number}"
        if match != "matched" or not examination.published_at:
            self._held += 1
            sent = f"{min(examination.held_on + timedelta(days=5), self._today - timedelta(days=1))} 06:00:00+00"
            rows.held_result.append(
                f"{self._held}\t{entry}\t{bearer.identity or NONE}\t{candidate or NONE}\t{value.columns}\t1\t{NONE}\t{tail}\t"
                f'{match}\t{_named(bearer)}\t["{sent}",)\n'
            )
            return
        versions = list(self._versions(examination, value))
        for version, (said, reason, since) in enumerate(versions, 1):
            self._results += 1
            until = f'"{versions[version][2]}"' if version < len(versions) else ""
            rows.exam_result.append(
                f"{self._results}\t{entry}\t{bearer.identity}\t{candidate or NONE}\t{said.columns}\t{version}\t{reason or NONE}\t{tail}\t"
                f'["{since}",{until})\n'
            )

    def _versions(self, examination: Examination, value: Value) -> "list[tuple[Value, str | None, str]]":
        """What was published, and what it became after an appeal or when it was annulled, weeks later."""
        versions: list[tuple[Value, str | None, str]] = [(value, None, examination.published_at)]
        later = examination.held_on + timedelta(days=80)
        if later < self._today and value.scale == "PCT" and value.value is not None:
            if self._appealed():
                more = min(100.0, float(value.value) + 4)
                versions.append((self._value(examination, more)._replace(certificate=value.certificate), "appeal", f"{later} 07:00:00+00"))
            elif self._annulled():
                versions.append((Value("annulled", certificate=value.certificate), "annulled", f"{later} 07:00:00+00"))
        return versions

    def _reached(self, ability: float) -> float:
        return min(100.0, max(1.0, around(self._rng, ability, WITHIN)))

    def _passed(self, examination: Examination, ability: float) -> Value:
        return self._value(examination, max(30.0, self._reached(ability)))

    def _value(self, examination: Examination, reached: float) -> Value:
        """A percentage with its parts, and whether it passes by the threshold of that year."""
        tenths = int(reached * 10)
        names = PARTS.get(examination.subject, OTHER_PARTS)
        apart = [min(1000, max(0, tenths + (-1, 1)[position % 2] * 30)) for position in range(len(names))]
        parts = json.dumps([[name, _percent(part)] for name, part in zip(names, apart, strict=True)], ensure_ascii=False)
        cefr = CEFR.get(examination.level, ()) if examination.subject == "ENG" else ()
        level = next((level for least, level in cefr if tenths >= least * 10), None)
        limit = threshold(examination.level, examination.school_year)
        passed = None if limit is None else tenths >= limit * 10
        return Value("result", "PCT", _percent(tenths), level, parts, None, limit, passed)


def _percent(tenths: int) -> str:
    """Without needless zeros."""
    return f"{tenths // 10}.{tenths % 10}" if tenths % 10 else str(tenths // 10)


def _named(bearer: Bearer) -> str:
    return f"{bearer.scheme}\t{bearer.issuer}\t{bearer.value}\t{bearer.given_name}\t{bearer.surname}\t{bearer.born_on}"
