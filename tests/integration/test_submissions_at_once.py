"""Senders who write at the same time: one after the other in the end, and nobody is told of a fault."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import text

from core.submissions import Sender
from tests.integration.submitting import ANNA, ILZE, JANIS, NEIGHBOUR, OTHER, SENDER, Submitting, affiliation

ROUNDS = 8
NAMED = {"given_name": "Ilze", "surname": "Ozola"}


@pytest.fixture
def school(register) -> Submitting:
    return Submitting(register)


def at_once(*calls: Callable[[], list[str]]) -> list[list[str]]:
    """What each call gives, all begun at the same moment; a call that fails fails the test."""
    barrier, given, failed = threading.Barrier(len(calls)), [[""]] * len(calls), []

    def run(number: int) -> None:
        barrier.wait()
        try:
            given[number] = calls[number]()
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed
    return given


def sending(school: Submitting, items: Sequence[Any], sender: Sender, key: str) -> Callable[[], list[str]]:
    return lambda: school.outcomes(*items, sender=sender, key=key)


def test_two_senders_about_one_child_end_in_one_taken_and_one_overlap(school):
    for turn in range(ROUNDS):
        code = f"0404182{turn:04d}"
        school.register.person(code)
        outcomes = at_once(
            sending(school, [affiliation(f"K{turn}", code)], SENDER, f"one-{turn}"),
            sending(school, [affiliation(f"K{turn}", code, institution=OTHER)], NEIGHBOUR, f"two-{turn}"),
        )
        assert sorted(outcomes) == [["R-0503"], ["accepted"]]


def test_two_senders_about_one_child_whom_nobody_knew_make_one_person(school):
    for turn in range(ROUNDS):
        code = f"0505182{turn:04d}"
        outcomes = at_once(
            sending(school, [affiliation(f"K{turn}", code, **NAMED)], SENDER, f"one-{turn}"),
            sending(school, [affiliation(f"K{turn}", code, **NAMED)], NEIGHBOUR, f"two-{turn}"),
        )
        assert sorted(outcomes) == [["R-0503"], ["accepted"]]
    assert school.register.execute("SELECT count(*), count(DISTINCT person_id) FROM identity WHERE value LIKE '0505182%'") == [
        (ROUNDS, ROUNDS)
    ]


def test_one_sender_with_the_same_rows_under_two_keys_of_messages_makes_one_version_of_each(school):
    items = [affiliation("K1", ANNA), affiliation("K2", JANIS), affiliation("K3", ILZE, **NAMED)]
    outcomes = at_once(sending(school, items, SENDER, "one"), sending(school, items, SENDER, "two"))
    assert sorted(outcomes) == [["accepted"] * 3, ["unchanged"] * 3]
    assert school.count("affiliation") == 3


def test_messages_that_name_the_same_people_in_other_orders_do_not_block_each_other_for_good(school):
    codes = [f"0606182{number:04d}" for number in range(40)]
    for code in codes[:20]:
        school.register.person(code)
    forth = [affiliation(f"K{code}", code, main=False, **NAMED) for code in codes]
    calls = [
        sending(school, forth if turn % 2 else forth[::-1], SENDER._replace(client=f"LV-DEV/COM/{turn}/system"), f"m{turn}")
        for turn in range(6)
    ]
    outcomes = at_once(*calls)
    assert Counter(outcome for given in outcomes for outcome in given) == {"accepted": 240}
    assert school.register.execute("SELECT count(*) FROM identity WHERE value LIKE '0606182%'") == [(40,)]


def test_who_waits_for_another_writer_decides_by_what_that_one_wrote(school):
    """The other transaction is held open: the message waits at the person, and then finds the affiliation."""
    answers: list[list[str]] = []
    waiting = threading.Thread(target=lambda: answers.append(school.outcomes(affiliation("K1"), sender=NEIGHBOUR)))
    with school.register.databases.register.begin() as session:
        session.execute(text("SELECT FROM person WHERE id = :id FOR NO KEY UPDATE"), {"id": school.anna})
        waiting.start()
        while not school.register.execute("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"):
            assert waiting.is_alive()
        identity = session.scalar(text("SELECT id FROM identity WHERE person_id = :id"), {"id": school.anna})
        session.execute(
            text(
                "INSERT INTO affiliation (identity_id, institution, programme, main, study_form, language, status, sender, sender_key, "
                "valid) VALUES (:identity, :institution, '21011111', true, '1', '1', 'AKT', 'another', 'K', '[2024-09-01,)')"
            ),
            {"identity": identity, "institution": OTHER},
        )
    waiting.join()
    assert answers == [["R-0503"]]


def test_a_child_who_is_merged_while_a_message_waits_is_written_about_as_the_person_it_has_become(school):
    answers: list[list[str]] = []
    school.send(affiliation("K2", JANIS, started_on="2024-09-01"))
    waiting = threading.Thread(target=lambda: answers.append(school.outcomes(affiliation("K1", ANNA), sender=NEIGHBOUR)))
    with school.register.databases.register.begin() as session:
        session.execute(text("SELECT FROM person WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE"), {"ids": [school.anna, school.janis]})
        waiting.start()
        while not school.register.execute("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"):
            assert waiting.is_alive()
        session.execute(
            text("UPDATE identity SET person_id = :janis, current = false WHERE person_id = :anna"),
            {"janis": school.janis, "anna": school.anna},
        )
    waiting.join()
    assert answers == [["R-0503"]]
