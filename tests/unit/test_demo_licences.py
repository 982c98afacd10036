"""Made-up decisions: the same for the same seed, lawful, and every programme that is taught is licensed."""

import hashlib
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

import pytest

from adapters.demo import rows
from adapters.demo.decisions import rows_of
from adapters.demo.licences import QualityService, years_after
from adapters.demo.nation import Nation
from core.accreditation.folding import GOOD, Made, fold
from core.periods import FOR_EVER

TODAY = date(2026, 11, 23)
ALWAYS = "9999-12-31"


class Decision(NamedTuple):
    id: str
    subject: str
    authority: str
    number: str
    outcome: str
    status: str
    decided_on: str
    valid_from: str
    valid_to: str
    start_by: str
    reason: str
    supersedes: str
    proposed_at: str
    proposed_client: str
    proposed_user: str
    confirmed_at: str
    confirmed_client: str
    confirmed_user: str
    published_at: str


class Held(NamedTuple):
    id: str
    subject: str
    decision: str
    status: str
    start_by: str
    started: str
    valid: str
    recorded: str

    @property
    def days(self) -> tuple[str, str]:
        first, last = self.valid[1:-1].split(",")
        return first, last or ALWAYS


class World(NamedTuple):
    nation: Nation
    subjects: dict[str, tuple[str, str, str]]
    decisions: list[Decision]
    periods: list[Held]

    def current(self, subject: str) -> list[Held]:
        return sorted((one for one in self.periods if one.subject == subject and one.recorded.endswith(",)")), key=lambda one: one.days)


def world(people: int = 4000, seed: int = 1, today: date = TODAY) -> World:
    nation = Nation(people, seed, today)
    made = rows_of(QualityService(seed, today).decide(nation.institutions))
    subjects = {key: (kind, number, code) for key, kind, number, code in map(fields, made.recognition)}
    decisions = [Decision(*fields(line)) for line in made.decision]
    return World(nation, subjects, decisions, [Held(*fields(line)) for line in made.recognition_period])


def fields(line: str) -> list[str]:
    assert line.endswith("\n")
    return line[:-1].split("\t")


def digest(seed: int) -> str:
    nation = Nation(500, seed, TODAY)
    made = rows_of(QualityService(seed, TODAY).decide(nation.institutions))
    return hashlib.sha256("".join([*made.recognition, *made.decision, *made.recognition_period]).encode()).hexdigest()


@pytest.fixture(scope="module")
def small() -> World:
    return world()


def test_every_python_makes_the_same_decisions_of_a_seed():
    # Pinned, since one run sees one Python only; whoever changes what is made up writes the new number here.
    assert digest(7) == "58fcb97f877ff453449c5bece6a9eae8f45264ac2afd4c080a7a643308c776ac"
    assert digest(8) != digest(7)


def test_every_programme_that_is_offered_is_licensed_on_all_its_days(small):
    licences = {(number, code): key for key, (kind, number, code) in small.subjects.items() if kind == "licence"}
    for school in small.nation.institutions:
        for code, last in rows.offered(school):
            first, until = small.current(licences[school.number, code])[0].days
            assert first <= school.opened_on.isoformat()
            assert until == (last.isoformat() if last else ALWAYS)


def test_a_decision_has_a_number_of_its_own_two_officers_and_its_time(small):
    assert len({(one.authority, one.number) for one in small.decisions}) == len(small.decisions)
    for one in small.decisions:
        assert one.authority == "law" or one.proposed_user != one.confirmed_user
        assert not any(user.replace("-", "").isdigit() for user in (one.proposed_user, one.confirmed_user))
        assert one.decided_on == one.proposed_at[:10] == one.confirmed_at[:10] < one.published_at[:10] < TODAY.isoformat()
    assert [one.id for one in small.decisions] == [str(number) for number in range(1, len(small.decisions) + 1)]


def test_licences_of_vocational_schools_are_numbered_apart(small):
    vocational = {school.number for school in small.nation.institutions if school.type_code[0] == "3"}
    for one in small.decisions:
        kind, number, _ = small.subjects[one.subject]
        if kind == "licence" and one.authority != "law":
            assert one.number.startswith("P-2" if number in vocational else "V-1")


def test_the_periods_are_what_the_decisions_fold_into(small):
    for subject in small.subjects:
        made = [
            Made(int(one.id), one.outcome, one.status, *(None if day == r"\N" else date.fromisoformat(day) for day in one[6:10]))
            for one in small.decisions
            if one.subject == subject
        ]
        folded = [
            (period.said.status, period.first.isoformat(), ALWAYS if period.after == FOR_EVER else str(period.after - timedelta(days=1)))
            for period in fold(made)
        ]
        assert [(one.status, *one.days) for one in small.current(subject)] == folded


def test_what_was_known_before_a_decision_stands_until_it_was_published(small):
    published = {one.published_at for one in small.decisions}
    past = [one for one in small.periods if not one.recorded.endswith(",)")]
    assert past
    for one in past:
        since, until = (instant.strip('"') for instant in one.recorded[1:-1].split(","))
        assert {since, until} <= published
        assert since < until


def test_the_chain_is_kept_from_decision_to_decision(small):
    of_subject: dict[str, list[Decision]] = {}
    for one in small.decisions:
        of_subject.setdefault(one.subject, []).append(one)
    for chain in of_subject.values():
        assert chain[0].supersedes == r"\N"
        assert all((after.supersedes, before.decided_on <= after.decided_on) == (before.id, True) for before, after in pairwise(chain))


def test_an_extension_follows_its_term_and_is_not_longer_than_two_years(small):
    terms = {one.id: one for one in small.decisions}
    extensions = [one for one in small.decisions if one.outcome == "extend"]
    assert extensions
    for one in extensions:
        ended = date.fromisoformat(terms[one.supersedes].valid_to)
        assert one.valid_from == (ended + timedelta(days=1)).isoformat()
        assert one.valid_to <= years_after(ended, 2).isoformat()


def test_programmes_were_accredited_before_11_august_2022_only(small):
    historic = [one for one in small.decisions if small.subjects[one.subject][0] == "programme"]
    assert historic
    assert all(one.decided_on <= "2022-08-10" for one in historic)
    assert any(one.valid_to > TODAY.isoformat() for one in historic)


def test_every_way_of_a_decision_occurs_and_terms_end_within_the_year():
    large = world(40_000)
    assert {(one.outcome, one.status) for one in large.decisions} == {
        *(("grant", status) for status in ("LIC", "6Y", "2Y")),
        ("extend", "EXT"),
        ("refuse", "ATT"),
        ("refuse", "REF"),
        ("annul", "ANU"),
        ("annul", "ANN"),
        ("lapse", "ZAU"),
    }
    now, year = TODAY.isoformat(), years_after(TODAY, 1).isoformat()
    last = {key: large.current(key)[-1] for key, (kind, _, _) in large.subjects.items() if kind == "institution"}
    ends = Counter(
        "over" if one.days[1] < now else "soon" if one.days[1] <= year else "later" for one in last.values() if one.status in GOOD
    )
    assert min(ends["over"], ends["soon"], ends["later"]) > 0
    assert 0.08 < ends["soon"] / len(last) < 0.3
    starts = [one for one in large.periods if one.started == "f" and one.start_by != r"\N"]
    assert any(now < one.start_by <= year for one in starts)
    centres = {number for kind, number, _ in large.subjects.values() if kind == "examination_centre"}
    assert centres
    assert {number[2:4] for number in centres} <= {"31", "32", "33", "34"}


def test_nothing_was_decided_after_the_day_the_nation_lives_in():
    assert max(one.published_at for one in world(500, 1, date(2022, 3, 1)).decisions) < "2022-03-01"


def test_a_leap_day_is_the_last_of_february_in_other_years():
    assert years_after(date(2024, 2, 29), 2) == date(2026, 2, 28)
    assert years_after(date(2024, 2, 28), 4) == date(2028, 2, 28)
