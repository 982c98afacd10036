"""The client's listPersonChanges against the stand-in: what arrives, and every answer that is broken."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import stamina

from adapters.population_register import errors
from adapters.population_register.client import PopulationRegister
from core.people import CursorForgotten, SourceFailed
from core.person_changes import ChangePage, PersonChangeRecord
from tests.integration.test_population_register import LASTING, PASSING, name, recorded
from tests.population_register import HASTY, StandIn, child, process, stand_in

__all__ = ["process", "stand_in"]
Case = tuple[str, dict[str, Any], type[SourceFailed]]
BROKEN: list[Case] = [
    ("change", {"what": "position"}, errors.ContractBroken),
    ("change", {"what": "person"}, errors.ContractBroken),
    ("change", {"what": "list"}, errors.ContractBroken),
]


@pytest.fixture(autouse=True)
def quiet_retries() -> Iterator[None]:
    stamina.instrumentation.set_on_retry_hooks([])
    yield
    stamina.instrumentation.set_on_retry_hooks(None)


@pytest.fixture(autouse=True)
def feed(stand_in: StandIn) -> None:
    """Twenty-five changes, which are three pages and an empty one."""
    stand_in.tells_changes(*({"position": n, "kind": "move", "occurred_on": "2026-10-05", "person": child(number=n)} for n in range(1, 26)))


def pages(client: PopulationRegister, cursor: str | None = None) -> list[ChangePage]:
    with closing(client):
        return list(client.changes(cursor))


def test_changes_arrive_once_and_in_order_and_the_last_place_is_where_to_go_on_later(stand_in: StandIn) -> None:
    read = pages(stand_in.client(page_size=10))
    assert [len(page.changes) for page in read] == [10, 10, 5, 0]
    assert [entry.position for page in read for entry in page.changes] == list(range(1, 26))
    assert isinstance(read[0].changes[0], PersonChangeRecord)
    assert read[0].changes[0][1:3] == ("move", "2026-10-05")
    stand_in.tells_changes({"position": 26, "kind": "name", "occurred_on": "2026-10-06", "person": child()})
    later = pages(stand_in.client(page_size=10), read[-1].next_cursor)
    assert [[entry.position for entry in page.changes] for page in later] == [[26], []]


@pytest.mark.parametrize("case", PASSING, ids=name)
def test_what_fails_in_passing_is_asked_again(stand_in: StandIn, case: Case) -> None:
    how, wish, error = case
    stand_in.misbehaves(how, times=2, **wish)
    assert [len(page.changes) for page in pages(stand_in.client(page_size=10))] == [10, 10, 5, 0]
    stand_in.misbehaves(how, times=3, **wish)
    with pytest.raises(error):
        pages(stand_in.client(page_size=10))


@pytest.mark.parametrize("case", [*LASTING, *BROKEN], ids=name)
def test_what_asking_again_cannot_mend_is_not_asked_again_and_quotes_nobody(stand_in: StandIn, case: Case) -> None:
    how, wish, error = case
    client = stand_in.client(page_size=10)
    answers = recorded(client)
    stand_in.misbehaves(how, **wish)
    with pytest.raises(error) as caught:
        pages(client)
    assert len(answers) == 1
    assert child()["code"] not in str(caught.value)


def test_a_feed_that_would_never_end_is_noticed(stand_in: StandIn) -> None:
    stand_in.misbehaves("same_cursor", times=2)
    with pytest.raises(errors.ContractBroken, match="never end"):
        pages(stand_in.client(page_size=10))


def test_a_person_that_breaks_the_schema_is_still_a_record_and_its_neighbours_arrive(stand_in: StandIn) -> None:
    stand_in.misbehaves("change", what="status")
    [page, _] = pages(stand_in.client(page_size=25))
    assert [entry.person.status for entry in page.changes[:2]] == ["vanished", "resident"]


def test_a_slow_answer_is_given_up_and_asked_for_again(stand_in: StandIn) -> None:
    stand_in.misbehaves("slow", seconds=0.6)
    assert len(pages(stand_in.client(page_size=25, patience=HASTY._replace(read=0.2)))) == 2
    stand_in.misbehaves("slow", seconds=0.6, times=3)
    with pytest.raises(errors.TooSlow):
        pages(stand_in.client(patience=HASTY._replace(read=0.2)))


def test_nobody_listening_is_one_sentence() -> None:
    with pytest.raises(errors.Unreachable, match="cannot be reached"):
        pages(PopulationRegister("http://127.0.0.1:1/", "LV-DEV/GOV/IZM/viis", patience=HASTY))


def test_a_place_that_the_register_does_not_know_is_told_apart(stand_in: StandIn) -> None:
    with pytest.raises(CursorForgotten):
        pages(stand_in.client(), "made-up")
