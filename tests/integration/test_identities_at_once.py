"""Officers and senders who decide at the same time: one outcome, nobody waits for ever, and copies stay equal."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from core.education import Named
from core.errors import NotSeparable
from core.identities import Asked, keep_at_rest
from tests.integration.identities import back, code, copy_of, follow, groups, holding, merge, named, separate, told_everything
from tests.integration.submitting import NEIGHBOUR, OTHER, SCHOOL, Submitting, affiliation

ROUNDS = 8


@pytest.fixture
def school(register) -> Submitting:
    return Submitting(register)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each call gives, or the refusal that it met, all begun at the same moment; anything else fails the test."""
    barrier, given, failed = threading.Barrier(len(calls)), [None] * len(calls), []

    def run(number: int) -> None:
        barrier.wait()
        try:
            given[number] = calls[number]()
        except NotSeparable as refusal:
            given[number] = refusal
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed
    return given


def two(school: Submitting, turn: int) -> tuple[Named, Named]:
    """Two records with a code each."""
    names = code(100 + 2 * turn), code(101 + 2 * turn)
    for name in names:
        school.register.person(name)
    return named(names[0]), named(names[1])


def copies_are_equal(school: Submitting) -> None:
    told_everything(school.register)
    assert copy_of(follow(school.register)) == holding(school.register)


def test_two_officers_who_merge_the_same_people_in_both_directions_make_one_person_once(school):
    register = school.register
    for turn in range(ROUNDS):
        one, other = two(school, turn)
        done = at_once(lambda: merge(register, one, other), lambda: merge(register, other, one))  # noqa: B023 - called at once
        assert sorted(answer.changed for answer in done) == [False, True]
        assert done[0].known_as == done[1].known_as
    assert register.execute("SELECT count(*) FROM person_merge") == [(ROUNDS,)]


def test_of_two_officers_who_undo_one_merge_one_finds_it_undone(school):
    register = school.register
    for turn in range(ROUNDS):
        one, other = two(school, turn)
        merge(register, one, other)
        done = at_once(*[lambda: separate(register, *back(other))] * 2)  # noqa: B023 - called at once
        assert [type(answer) for answer in done].count(NotSeparable) == 1
        assert register.execute("SELECT DISTINCT current FROM identity") == [(True,)]


def test_merges_of_one_chain_at_once_end_in_one_person(school):
    register = school.register
    names = [name for turn in range(3) for name in two(school, turn)]
    pairs = [(names[place], names[place - 1]) for place in range(len(names))]
    at_once(*[lambda pair=pair: merge(register, *pair) for pair in pairs])
    assert len({person for _, _, person, _ in groups(register)} & people_of(school, names)) == 1
    assert register.execute("SELECT count(*) FROM person_merge WHERE undone_at IS NULL") == [(len(names) - 1,)]


def people_of(school: Submitting, names: list[Named]) -> set[int]:
    found = school.register.execute("SELECT person_id FROM identity WHERE value = ANY(:codes)", codes=[name.value for name in names])
    return {person for (person,) in found}


def test_a_merge_waits_for_a_list_that_is_being_taken_over(school):
    register = school.register
    one, other = two(school, 0)
    with register.databases.register.begin() as taking_over:
        keep_at_rest(taking_over)
        officer = threading.Thread(target=lambda: merge(register, one, other))
        officer.start()
        while not register.execute("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
            assert officer.is_alive()
        assert register.execute("SELECT FROM person_merge") == []
    officer.join()
    assert len(register.execute("SELECT FROM person_merge")) == 1


def test_a_merge_and_a_submission_at_once_end_in_an_overlap_that_is_refused_or_shown(school):
    register = school.register
    for turn in range(ROUNDS):
        one, other = two(school, turn)
        school.outcomes(affiliation(f"K{turn}", one.value), key=f"one-{turn}")
        merged, [outcome] = at_once(
            lambda: merge(register, one, other),  # noqa: B023 - called at once
            lambda: school.outcomes(affiliation(f"L{turn}", other.value, institution=OTHER), sender=NEIGHBOUR, key=f"two-{turn}"),  # noqa: B023
        )
        overlaps = merge(register, one, other).overlaps
        assert (outcome, overlaps) in (("accepted", 1), ("R-0503", 0))
        assert merged.changed
    copies_are_equal(school)


def test_whatever_is_moved_while_rows_are_sent_every_row_is_held_as_its_code_is_known(school):
    register = school.register
    one, other = two(school, 0)

    def decide() -> None:
        for _ in range(4):
            merge(register, one, other)
            separate(register, *back(other))
            separate(register, Asked(one, other), Asked(other, one))

    def send() -> None:
        for turn in range(12):
            school.outcomes(
                affiliation(f"K{turn % 3}", one.value, main=False, class_group=f"{turn}"),
                affiliation(f"L{turn % 3}", other.value, main=False, institution=SCHOOL, class_group=f"{turn}"),
                key=f"message-{turn}",
            )

    at_once(decide, send)
    assert register.execute("SELECT count(*) FROM affiliation WHERE upper_inf(recorded)") == [(6,)]
    copies_are_equal(school)
