"""The outbox: who may send what, and what comes of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from core.outbox import claiming, dead_letters
from core.outbox.claiming import Claimed, Failure, Receipt
from tests.avus import AVUS
from tests.register import Register

OTHER = "LV-DEV/EDU/COLLEGE/admission"


def write(register: Register, person: int | None = None, client: str = AVUS, kind: str = "personAchievements") -> int:
    """A message that waits; returns its number."""
    register.may_receive(client)
    insert = "INSERT INTO outbox_message (kind, client, person_id, content) VALUES (:kind, :client, :person, '[]') RETURNING id"
    return int(register.execute(insert, kind=kind, client=client, person=person)[0][0])


def claim(register: Register, most: int = 50, lease: float = 60) -> list[Claimed]:
    with register.databases.register.begin() as session:
        return claiming.claim(session, most, lease)


def deliver(register: Register, *messages: Claimed, outcome: str = "accepted") -> int:
    with register.databases.register.begin() as session:
        return claiming.delivered(session, [Receipt(one, outcome, "2026-06-20T09:00:00.000000Z") for one in messages])


def fail(register: Register, *failures: Failure, pause: float = 0.0) -> list[str]:
    with register.databases.register.begin() as session:
        return claiming.failed(session, failures, pause)


def numbers(messages: list[Claimed]) -> list[int]:
    return [one.id for one in messages]


def rows(register: Register, columns: str = "state, attempts") -> list[Any]:
    return [tuple(row) for row in register.execute(f"SELECT {columns} FROM outbox_message ORDER BY id")]


def test_of_each_person_and_client_only_the_first_message_is_claimed(register: Register) -> None:
    first, second, other, elsewhere = (write(register, *where) for where in ((1,), (1,), (2,), (1, OTHER)))
    free = [write(register, None, kind="completeness") for _ in range(2)]
    claimed = claim(register)
    assert numbers(claimed) == [first, other, elsewhere, *free]
    assert claim(register) == []
    deliver(register, *claimed)
    assert numbers(claim(register)) == [second]


def test_two_programs_never_have_the_same_message(register: Register) -> None:
    for person in range(6):
        write(register, person)
    with register.databases.register.begin() as one, register.databases.register.begin() as another:
        here, there = claiming.claim(one, 4, 60), claiming.claim(another, 4, 60)
    assert len(here) == 4
    assert len(there) == 2
    assert not set(numbers(here)) & set(numbers(there))


def test_a_claim_that_ended_without_an_outcome_is_claimed_again_under_the_same_id(register: Register) -> None:
    write(register, 1)
    [lost] = claim(register, lease=0)
    [again] = claim(register)
    assert (again.message_id, again.attempts) == (lost.message_id, 2)
    assert fail(register, Failure(lost, "S-0102", dead=True)) == [], "whoever is too late has nothing to say"
    assert rows(register) == [("waiting", 2)]
    assert deliver(register, lost) == 1, "but a receipt is a receipt"
    assert deliver(register, again, outcome="duplicate") == 0
    assert rows(register, "state, receipt") == [("done", ["accepted", "2026-06-20T09:00:00.000000Z", None])]


def test_what_fails_waits_longer_each_time_and_is_dead_in_the_end(register: Register) -> None:
    write(register, 1)
    waits = []
    for attempt in range(1, claiming.MOST_ATTEMPTS + 1):
        [message] = claim(register)
        assert message.attempts == attempt
        dead = fail(register, Failure(message, "S-0101"), pause=2.0)
        [(due_at,)] = rows(register, "due_at")
        waits.append((due_at - datetime.now(UTC)) / timedelta(seconds=1))
        register.execute("UPDATE outbox_message SET due_at = now()")
    assert dead == [message.message_id]
    assert rows(register, "state, failure") == [("dead", "S-0101")]
    assert all(2**attempt - 1 <= wait <= 2 ** (attempt + 1) for attempt, wait in enumerate(waits[:-2], 1))
    assert max(waits) <= 3600


def test_what_is_given_back_or_does_not_count_comes_no_nearer_to_its_end(register: Register) -> None:
    write(register, 1)
    for _ in range(3):
        [message] = claim(register)
        fail(register, Failure(message, None))
    [message] = claim(register)
    fail(register, Failure(message, "S-0101", counted=False))
    assert rows(register) == [("waiting", 0)]


def test_a_dead_message_holds_back_those_behind_it_until_somebody_deals_with_it(register: Register) -> None:
    poison, behind, other = write(register, 1), write(register, 1), write(register, 2)
    [first, second] = claim(register)
    fail(register, Failure(first, "content", dead=True))
    deliver(register, second)
    assert claim(register) == []
    with register.databases.register.begin() as session:
        [letter] = dead_letters.dead(session)
        assert (letter.id, letter.failure, letter.behind) == (poison, "content", 1)
        assert not dead_letters.repair(session, behind, ["no"])
        assert dead_letters.repair(session, poison, ["better"])
    [repaired] = claim(register)
    assert (repaired.id, repaired.content) == (poison, ["better"])
    assert repaired.message_id != first.message_id, "another content under the same id would be taken for a duplicate"
    deliver(register, repaired)
    assert numbers(claim(register)) == [behind]
    assert other == second.id


def test_a_late_receipt_of_what_was_repaired_meanwhile_does_not_end_the_repaired_message(register: Register) -> None:
    number = write(register, 1)
    [late] = claim(register, lease=0)
    [again] = claim(register)
    fail(register, Failure(again, "rejected by the receiver", dead=True))
    with register.databases.register.begin() as session:
        assert dead_letters.repair(session, number, ["better"])
    assert deliver(register, late) == 0
    assert [one.content for one in claim(register)] == [["better"]]


def test_a_dead_message_is_sent_again_or_dropped(register: Register) -> None:
    first, second, third = (write(register, person) for person in (1, 2, 3))
    claimed = claim(register)
    fail(register, *(Failure(one, "S-0101", dead=True) for one in claimed))
    with register.databases.register.begin() as session:
        assert dead_letters.again(session, [first]) == [first]
        assert dead_letters.drop(session, second, "the applicant withdrew")
        assert not dead_letters.drop(session, first, "it waits again")
        assert dead_letters.again(session, None) == [third]
        [counted] = dead_letters.counts(session)
        assert (counted.waiting, counted.dead, counted.done, counted.dropped) == (2, 0, 0, 1)
    assert [one.message_id for one in claim(register)] == [claimed[0].message_id, claimed[2].message_id]


def test_a_message_about_a_person_is_recorded_as_a_disclosure_before_it_is_sent_and_once(register: Register) -> None:
    register.grant(AVUS, "achievements.**", purpose="admission")
    write(register, 17)
    write(register, None, kind="completeness")
    message = claim(register, lease=0)[0].message_id
    claim(register)
    recorded = "SELECT message_id, client, operation, purpose, persons, outcome FROM disclosure"
    assert register.execute(recorded) == [(message, AVUS, "avus-intake.deliverMessage", "admission", [17], "ok")]


def test_who_has_no_right_any_more_is_told_of_nobody_until_it_has_one_again(register: Register) -> None:
    about, other, of_nobody = write(register, 17), write(register, 17, OTHER), write(register, None, kind="completeness")
    register.ungrant()
    register.grant(OTHER, "achievements.registerApplicants")
    assert numbers(claim(register)) == [other, of_nobody]
    with register.databases.register.begin() as session:
        assert {one.client: one.failure for one in dead_letters.counts(session) if one.kind == "personAchievements"} == {
            AVUS: "no right",
            OTHER: "",
        }
    assert register.execute("SELECT client FROM disclosure") == [(OTHER,)]
    register.grant(AVUS, "achievements.**")
    assert numbers(claim(register)) == [about]


def test_a_message_that_is_given_back_or_sent_again_is_recorded_once(register: Register) -> None:
    number = write(register, 17)
    for _ in range(2):
        fail(register, Failure(claim(register)[0], None))
    fail(register, Failure(claim(register)[0], "S-0101", dead=True))
    with register.databases.register.begin() as session:
        dead_letters.again(session, [number])
    [sent] = claim(register)
    assert register.execute("SELECT message_id FROM disclosure") == [(sent.message_id,)]
    fail(register, Failure(sent, "content", dead=True))
    with register.databases.register.begin() as session:
        dead_letters.repair(session, number, ["better"])
    [repaired] = claim(register)
    assert register.execute("SELECT message_id FROM disclosure ORDER BY id")[1:] == [(repaired.message_id,)], "it says something else"
