"""A trial (dryRun) tells exactly what the real call does, and what that leaves keeps the rules: properties over made-up messages."""

from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.database import Databases
from core.submissions.affiliations import AffiliationItem
from core.submissions.items import AssignedIdentifier
from tests.conftest import _copy
from tests.integration.submitting import NEIGHBOUR, OTHER, SCHOOL, SENDER, Submitting, affiliation
from tests.register import Register

TABLES = (
    "affiliation",
    "change",
    "holding",
    "identity",
    "person",
    "person_profile",
    "submission",
    "submission_refusal",
)
OVERLAPS = """
SELECT count(*) FROM affiliation a JOIN identity i ON i.id = a.identity_id JOIN identity o ON o.person_id = i.person_id
JOIN affiliation b ON b.identity_id = o.id AND b.id > a.id AND b.valid && a.valid AND b.main AND b.status <> 'DUB' AND upper_inf(b.recorded)
WHERE a.main AND a.status <> 'DUB' AND upper_inf(a.recorded)"""
MEETS = """
SELECT count(*) FROM affiliation a JOIN identity i ON i.id = a.identity_id
WHERE i.value = :value AND a.main AND a.status <> 'DUB' AND upper_inf(a.recorded) AND (a.sender, a.sender_key) <> (:sender, :key)
AND a.valid && daterange(CAST(:first AS date), CAST(:last AS date), '[]')"""
examples = count(1)


@st.composite
def items(draw: st.DrawFn) -> dict[str, Any]:
    first = draw(st.integers(1, 28))
    last = draw(st.none() | st.integers(max(1, first - 1), 28))
    return {
        "key": f"K{draw(st.integers(1, 5))}",
        "person": draw(st.integers(1, 2)),
        "started_on": f"2026-02-{first:02d}",
        "ended_on": last and f"2026-02-{last:02d}",
        "main": draw(st.sampled_from([True, True, True, False])),
        "status": draw(st.sampled_from(["AKT", "AKT", "AKT", "IZB", "DUB"])),
        "class_level": draw(st.sampled_from(["1", "1", "2", "2", "99"])),
        "institution": draw(st.sampled_from([SCHOOL, SCHOOL, OTHER])),
        "named": draw(st.sampled_from([True, True, True, False])),
        "of": draw(st.none() | st.none() | st.integers(0, 4)),
        "stale": draw(st.booleans()),
    }


messages = st.lists(items(), min_size=1, max_size=6)


@pytest.fixture(scope="module")
def made(cluster, template, numbers):
    """One register for all examples: each has people and keys of its own."""
    with _copy(cluster, template, numbers) as url:
        both = Databases(url, url)
        yield Submitting(Register(both))
        both.close()


def item(example: int, known: list[list[Any]], **values: Any) -> AffiliationItem:
    """An item as drawn; `of` takes the entry number and the version of an outcome that came before."""
    person, named, of, stale = (values.pop(name) for name in ("person", "named", "of", "stale"))
    if of is not None and of < len(known):
        values |= {"entry_id": known[of][3], "expected_version": (known[of][4] or 0) - stale}
    if named:
        values |= {"given_name": "Anna", "surname": "Ozola"}
    key = f"{example}/{values.pop('key')}"
    return affiliation(key, None, identifier=AssignedIdentifier(SCHOOL, f"{example}/{person}"), **values)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(first=messages, second=messages, other=st.booleans())
def test_a_trial_tells_what_the_real_call_does_and_leaves_nothing(made: Submitting, first, second, other):
    example = next(examples)
    known = [list(outcome) for outcome in made.send(*(item(example, [], **one) for one in first)).outcomes]
    sent = [item(example, known, **one) for one in second]
    sender = NEIGHBOUR if other else SENDER
    before = [made.count(table) for table in TABLES]
    trial = made.send(*sent, sender=sender, dry_run=True)
    assert [made.count(table) for table in TABLES] == before
    real = made.send(*sent, sender=sender)
    assert [(one[2], one[5], one[6]) for one in trial.outcomes] == [(one[2], one[5], one[6]) for one in real.outcomes]
    assert trial[2:6] == real[2:6]
    for tried, done in zip(trial.outcomes, real.outcomes, strict=True):
        assert tried[3] in (done[3], None)
        assert tried[4] in (done[4], None)
    judge(made, sender.client, sent, real.outcomes)
    again = made.send(*sent, sender=sender)
    assert all(one[2] == "unchanged" for one, done in zip(again.outcomes, real.outcomes, strict=True) if done[2] != "rejected")


def judge(made: Submitting, sender: str, sent: list[AffiliationItem], outcomes: Any) -> None:
    """No two main affiliations of a person overlap, and whoever was refused for that overlaps what stands in the end."""
    assert made.register.execute(OVERLAPS)[0][0] == 0
    for one, outcome in zip(sent, outcomes, strict=True):
        if outcome[5] == "R-0503" and one.entry_id is None:
            assert one.identifier is not None
            asked = {"value": one.identifier.value, "sender": sender, "key": one.sender_key, "first": one.started_on, "last": one.ended_on}
            assert made.register.execute(MEETS, **asked)[0][0] > 0
