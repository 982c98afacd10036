"""Overlaps of main affiliations in one message, against a model that looks at each day."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from core.submissions.overlaps import FOR_EVER, Move, Span, refused

PEOPLE, LAST_DAY = 2, 12


def day(number: int) -> str:
    return FOR_EVER if number > LAST_DAY else f"2025-01-{number:02d}"


def days(span: Span | None) -> set[tuple[object, int]]:
    if span is None:
        return set()
    held = {(span.person, number) for number in range(1, LAST_DAY + 1) if span.first <= day(number) < span.after}
    return held | ({(span.person, LAST_DAY + 1)} if span.after == FOR_EVER else set())


def span(person: object, first: int, last: int | None) -> Span:
    return Span(person, day(first), FOR_EVER if last is None else day(last + 1), person)


def after(moves: list[Move], standing: dict[int, Span], not_taken: set[int]) -> dict[object, Span]:
    """What stands in the end."""
    left: dict[object, Span] = dict(standing)
    for move in moves:
        if move.position not in not_taken:
            left.pop(move.entry, None)
            if move.new:
                left[("item", move.position)] = move.new
    return left


def overlap(spans: dict[object, Span]) -> bool:
    held = [entry for span in spans.values() for entry in days(span)]
    return len(held) != len(set(held))


@st.composite
def messages(draw: st.DrawFn) -> tuple[list[Move], dict[int, Span]]:
    """A register without overlaps, and a message that moves some of its entries and adds others."""
    standing: dict[int, Span] = {}
    for person in range(PEOPLE):
        cuts = sorted(draw(st.sets(st.integers(1, LAST_DAY + 1), min_size=2, max_size=6)))
        for first, until in pairwise(cuts):
            if draw(st.booleans()):
                standing[len(standing) + 1] = span(person, first, until - 1)
    moved = draw(st.permutations(sorted(standing)))[: draw(st.integers(0, len(standing)))]
    entries: list[int | None] = [*moved, *[None] * draw(st.integers(0, 4))]
    moves = []
    for position, entry in enumerate(draw(st.permutations(entries)), 1):
        first = draw(st.integers(1, LAST_DAY))
        last = draw(st.none() | st.integers(first, LAST_DAY))
        new = draw(st.sampled_from([span(draw(st.integers(0, PEOPLE - 1)), first, last)] * 4 + [None]))
        moves.append(Move(position, entry, standing.get(entry) if entry else None, new))
    return moves, standing


@settings(max_examples=600, deadline=None)
@given(messages())
def test_what_stands_in_the_end_does_not_overlap_and_only_what_would_is_refused(message):
    moves, standing = message
    out = refused(moves, standing)
    left = after(moves, standing, out)
    assert not overlap(left)
    for move in moves:
        if move.position in out:
            own = {key: span for key, span in left.items() if key != move.entry}
            assert move.new is not None
            assert overlap({**own, "tried": move.new})
    if not overlap(after(moves, standing, set())):
        assert out == set()


def test_one_ends_and_the_next_begins_in_any_order():
    standing = {7: span("Anna", 1, None)}
    ends, begins = Move(0, 7, standing[7], span("Anna", 1, 5)), Move(0, None, None, span("Anna", 6, None))
    assert refused([ends._replace(position=1), begins._replace(position=2)], standing) == set()
    assert refused([ends._replace(position=2), begins._replace(position=1)], standing) == set()


def test_two_entries_exchange_their_periods():
    standing = {1: span("Anna", 1, 4), 2: span("Anna", 5, 9)}
    assert refused([Move(1, 1, standing[1], standing[2]), Move(2, 2, standing[2], standing[1])], standing) == set()


def test_of_two_that_exclude_each_other_the_first_is_taken():
    assert refused([Move(1, None, None, span("Anna", 1, 5)), Move(2, None, None, span("Anna", 5, 9))], {}) == {2}


def test_who_relied_on_a_refused_one_is_refused_too():
    standing = {1: span("Anna", 1, 4), 2: span("Anna", 5, 9)}
    moves = [Move(1, None, None, span("Anna", 1, 2)), Move(2, 1, standing[1], span("Anna", 3, 6))]
    assert refused(moves, standing) == {1, 2}


def test_an_overlap_that_a_merger_left_is_not_held_against_a_correction_that_makes_no_new_one():
    one, two = Span("Anna", "2025-01-01", "2025-06-01", "old code"), Span("Anna", "2025-03-01", FOR_EVER, "new code")
    standing = {1: one, 2: two}
    assert refused([Move(1, 1, one, one._replace(after="2025-05-01"))], standing) == set()
    assert refused([Move(1, 1, one, one._replace(after="2025-06-02"))], standing) == {1}
    assert refused([Move(1, 1, one, one._replace(identity="new code"))], standing) == {1}


def test_a_thousand_items_of_one_person_that_shift_by_a_day_need_no_time_worth_mentioning():
    standing = {number: Span("Anna", f"{number:04d}", f"{number + 1:04d}") for number in range(1, 1001)}
    moves = [Move(number, number, held, Span("Anna", f"{number + 1:04d}", f"{number + 2:04d}")) for number, held in standing.items()]
    assert refused(moves, standing) == set()
    standing[1001] = Span("Anna", "1001", "1002")
    assert len(refused(moves, standing)) == 1000
