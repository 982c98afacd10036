"""The quarterly list and the changes against each other: the newer statement wins, and what differed is told without its values."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import text

from core import person_changes, reconciliation
from core.child_import import ImportSummary, import_children
from core.database import Databases
from core.people import ChildPage, ChildRecord, CursorForgotten, GuardianRecord
from core.person_changes import ChangePage, ChangesSummary, PersonChangeRecord
from tests.population_register import BORN, child

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LIST_DAY = "2026-10-01T06:00:00+03:00"
CODE, OTHER, FORMER = child()["code"], child(number=2)["code"], child(number=3)["code"]
PARENT = child()["guardians"][0]["code"]
ANCE = ChildRecord(CODE, "Ance", "Bērziņa", "2019-05-14", None, "resident", False, "0001000", "Brīvības iela 1", "2019-05-14")
MOVED = ANCE._replace(municipality="0002000", address="Rīgas iela 5", resident_since="2026-09-20")
STATES = "SELECT position, state, code, reason FROM person_change ORDER BY position"
FOUND = "SELECT field, taken, last_position, list_as_of::text FROM reconciliation ORDER BY id"
NOW_KNOWN = """SELECT p.surname, p.status, r.municipality FROM identity i JOIN person_profile p USING (person_id)
    LEFT JOIN residence r ON r.person_id = i.person_id AND upper_inf(r.recorded) AND upper_inf(r.valid)
    WHERE i.value = :code AND upper_inf(p.recorded)"""


class Listed:
    """A list of these children as of an instant, one on a page; forgets the place after as many pages as it is told."""

    name = "population-register"

    def __init__(self, *children: ChildRecord, as_of: str | None = LIST_DAY, forgets_after: int | None = None) -> None:
        self._children, self._as_of, self._forgets_after = children, as_of, forgets_after

    def pages(self, born_from: date, born_to: date, cursor: str | None) -> Iterator[ChildPage]:
        for number, entry in enumerate(self._children, 1):
            if number == (self._forgets_after or 0) + 1 and self._forgets_after:
                self._forgets_after = None
                raise CursorForgotten
            yield ChildPage([entry], None if number == len(self._children) else str(number), self._as_of, None)


class Feed:
    """Changes in the order in which they are told: what happened, on which day, the person after it."""

    name = "population-register"

    def __init__(self, *told: tuple[str, str, ChildRecord], first: int = 1, forgets: bool = False) -> None:
        self._told = [PersonChangeRecord(place, *change) for place, change in enumerate(told, first)]
        self._forgets = forgets

    def changes(self, cursor: str | None) -> Iterator[ChangePage]:
        if self._forgets and cursor is not None:
            raise CursorForgotten
        yield ChangePage(self._told, str(self._told[-1].position))


def told(databases: Databases, *changes: tuple[str, str, ChildRecord], first: int = 1) -> ChangesSummary:
    return person_changes.import_changes(databases.register, Feed(*changes, first=first), NOW)


def listed(databases: Databases, *children: ChildRecord, **more: Any) -> ImportSummary:
    return import_children(databases.register, Listed(*children, **more), *BORN, NOW)


def rows(databases: Databases, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with databases.register.begin() as session:
        return [tuple(row) for row in session.execute(text(query), parameters)]


def known(databases: Databases, code: str = CODE) -> tuple[Any, ...]:
    [row] = rows(databases, NOW_KNOWN, code=code)
    return row


def test_a_newer_list_is_taken_and_each_field_in_which_it_contradicts_the_changes_is_told(databases: Databases) -> None:
    told(
        databases, ("birth", "2019-05-14", ANCE), ("move", "2026-09-20", MOVED), ("birth", "2019-05-14", ANCE._replace(personal_code=OTHER))
    )
    summary = listed(databases, ANCE._replace(surname="Kalniņa"), ANCE._replace(personal_code=OTHER))
    assert (summary.changed, summary.unchanged, summary.differences, summary.kept) == (1, 1, 4, 0)
    assert known(databases) == ("Kalniņa", "resident", "0001000")
    fields = ("surname", "municipality", "address", "resident_since")
    assert rows(databases, FOUND) == [(field, "list", 2, "2026-10-01") for field in fields]
    assert listed(databases, ANCE._replace(surname="Kalniņa")).differences == 0, "a contradiction is told once"


def test_a_change_that_occurred_after_the_day_of_the_list_stands(databases: Databases) -> None:
    told(
        databases,
        ("birth", "2019-05-14", ANCE),
        ("emigration", "2026-10-20", ANCE._replace(status="emigrated", municipality=None, address=None, resident_since=None)),
    )
    summary = listed(databases, ANCE, ANCE._replace(personal_code=OTHER))
    assert (summary.created, summary.unchanged, summary.differences, summary.kept) == (1, 1, 4, 4)
    assert known(databases) == ("Bērziņa", "emigrated", None)
    assert {row[:3] for row in rows(databases, FOUND)} >= {("status", "change", 2), ("municipality", "change", 2)}


def test_what_was_here_before_the_list_was_made_is_older_even_on_its_day(databases: Databases) -> None:
    told(databases, ("move", "2026-10-01", MOVED))
    rows(databases, "UPDATE person_change SET received_at = '2026-10-01 05:00+03' RETURNING 1")
    assert listed(databases, ANCE).kept == 0
    assert known(databases)[2] == "0001000"


def test_codes_and_guardians_are_compared_too(databases: Databases) -> None:
    parent = GuardianRecord("parent", PARENT, None, "2019-05-14")
    told(databases, ("birth", "2019-05-14", ANCE._replace(personal_code=FORMER, guardians=(parent, parent))))
    assert listed(databases, ANCE._replace(personal_code=FORMER, guardians=(parent,))).differences == 0
    home = GuardianRecord("care_institution", None, "Bērnu nams", "2020-01-01")
    assert listed(databases, ANCE._replace(former_codes=(FORMER,), guardians=(home,))).differences == 2
    assert [row[0] for row in rows(databases, FOUND)] == ["personal_code", "guardians"]


def test_a_child_that_the_list_names_and_the_register_refuses_contradicts_nothing(databases: Databases) -> None:
    told(
        databases,
        ("birth", "2019-05-14", ANCE),
        ("birth", "2019-05-14", ANCE._replace(personal_code=OTHER, given_name="Zane", born_on="2019-06-01")),
    )
    assert listed(databases, ANCE._replace(surname="Kalniņa", former_codes=(OTHER,))).refused == 1
    assert rows(databases, FOUND) == []


def test_a_failed_change_that_a_newer_list_overtook_is_superseded_and_who_waited_behind_it_goes_on(databases: Databases) -> None:
    bad, later = MOVED._replace(municipality="9999999"), ANCE._replace(surname="Kalniņa")
    assert told(databases, ("birth", "2019-05-14", ANCE), ("move", "2026-09-20", bad), ("name", "2026-10-05", later)) == (3, 1, 1, 1, 0)
    listed(databases, ANCE)
    assert person_changes.apply_stored(databases.register, NOW) == (0, 1, 0, 0, 1)
    assert rows(databases, STATES)[1:] == [
        (2, "superseded", None, "The list of children as of 2026-10-01 is newer and was taken over."),
        (3, "applied", None, None),
    ]
    assert known(databases) == ("Kalniņa", "resident", "0001000")


def test_a_repaired_change_is_not_put_over_a_newer_list(databases: Databases) -> None:
    told(databases, ("birth", "2019-05-14", ANCE), ("move", "2026-09-20", MOVED._replace(municipality="9999999")))
    listed(databases, ANCE._replace(municipality="0003000"))
    person_changes.repair(databases.register, 2, MOVED)
    assert person_changes.apply_stored(databases.register, NOW) == (0, 0, 0, 0, 1)
    assert known(databases) == ("Bērziņa", "resident", "0003000")


def test_changes_that_are_first_read_after_a_list_are_applied_only_where_they_are_newer_or_the_list_did_not_tell(
    databases: Databases,
) -> None:
    listed(databases, ANCE)
    absent = MOVED._replace(personal_code=OTHER)
    assert told(databases, ("move", "2026-09-20", MOVED), ("move", "2026-09-20", absent)) == (2, 1, 0, 0, 1)
    assert (known(databases)[2], known(databases, OTHER)[2]) == ("0001000", "0002000")


def test_a_death_before_the_day_of_the_list_that_was_recorded_after_it_is_applied(databases: Databases) -> None:
    listed(databases, ANCE)
    dead = ANCE._replace(status="deceased", died_on="2026-09-28", municipality=None, address=None, resident_since=None)
    somebody = ANCE._replace(personal_code=OTHER)
    assert told(databases, ("move", "2026-10-03", somebody), ("death", "2026-09-28", dead)) == (2, 2, 0, 0, 0)
    assert known(databases) == ("Bērziņa", "deceased", None)
    assert listed(databases, ANCE).kept == 5, "the list of that day, taken over once more, does not raise the dead"
    assert known(databases)[1] == "deceased"


@pytest.mark.parametrize("occurred_on", ["2199-01-01", "gone", ""])
def test_a_day_that_cannot_be_makes_nothing_younger(databases: Databases, occurred_on: str) -> None:
    listed(databases, ANCE)
    assert told(databases, ("move", occurred_on, ANCE._replace(personal_code=OTHER)), ("move", "2026-09-20", MOVED)) == (2, 0, 1, 0, 1)


def test_a_list_from_a_clock_that_is_wrong_is_of_now(databases: Databases) -> None:
    listed(databases, ANCE, as_of="2199-01-01T00:00:00Z")
    [(late,)] = rows(databases, "SELECT as_of > now() FROM list_page")
    assert late is False
    listed(databases, ANCE, as_of="no instant")
    assert rows(databases, "SELECT as_of FROM list_page ORDER BY run_id DESC LIMIT 1") == [(NOW,)]


def test_a_list_read_again_from_its_beginning_tells_each_difference_once(databases: Databases) -> None:
    told(databases, ("birth", "2019-05-14", ANCE), ("name", "2026-10-20", ANCE._replace(surname="Kalniņa")))
    others = (ANCE._replace(personal_code=OTHER), ANCE._replace(personal_code=FORMER))
    with pytest.raises(CursorForgotten):
        listed(databases, ANCE, *others, forgets_after=1)
    assert listed(databases, ANCE, *others).differences == 1
    assert rows(databases, FOUND) == [("surname", "change", 2, "2026-10-01")]


def test_changes_whose_place_the_source_forgot_are_read_from_the_beginning_and_known_by_their_positions(databases: Databases) -> None:
    told(databases, ("birth", "2019-05-14", ANCE))
    feed = Feed(("birth", "2019-05-14", ANCE), ("move", "2026-09-20", MOVED), forgets=True)
    assert person_changes.import_changes(databases.register, feed, NOW) == (1, 1, 0, 0, 0)


def test_no_value_and_no_code_stands_in_what_is_told_of_differences(databases: Databases) -> None:
    told(databases, ("birth", "2019-05-14", ANCE))
    listed(databases, ANCE._replace(surname="Kalniņa"))
    [found] = reconciliation.differences(databases.register)
    assert (found.field, found.last_position, found.taken) == ("surname", 1, "list")
    [(kept,)] = rows(databases, "SELECT r::text FROM reconciliation r")
    assert not any(value in kept + str(found) for value in (CODE, "Kalniņa", "Bērziņa"))
