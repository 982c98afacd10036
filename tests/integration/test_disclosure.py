"""The disclosure row, its hash, and on whose behalf somebody asks."""

from datetime import UTC, date, datetime

import pytest

from adapters.inquiry import Inquiry
from adapters.services.education_process.get_person_education import GetPersonEducation, OnBehalfOf, handle
from core import representation
from core.access import Grant, Scope, ScopeKind
from core.disclosure import Disclosure, record, row_hash
from core.errors import InvalidQuestion, RepresentationUnknown
from tests.register import EVERYTHING, MADONA, RIGA, Register, days

NOW = datetime(2026, 11, 23, 10, 0, 0, 123456, tzinfo=UTC)
TODAY = date(2026, 11, 23)
CHILD, PARENT = "04051820016", "05061820014"
SAID = Disclosure(NOW, "m-1", "A/B/C/D", "LV-1", None, "", "s.o", "purpose", "law", "2026-11-23T10:00:00.000000Z", "ok", [3, 1, 2])


def test_one_row_holds_all_persons_of_an_answer_in_order(register: Register) -> None:
    record(register.databases.journal, SAID)
    [row] = register.execute("SELECT message_id, client, user_id, on_behalf_of, issue, persons, row_hash, disclosed_at FROM disclosure")
    assert tuple(row) == ("m-1", "A/B/C/D", "LV-1", None, "", [3, 1, 2], row_hash(SAID), NOW)


def test_the_hash_changes_with_every_field_and_with_what_moves_between_fields() -> None:
    changed = [
        SAID._replace(**{name: value})
        for name, value in {
            "disclosed_at": datetime(2026, 11, 23, 10, 0, 1, tzinfo=UTC),
            "message_id": "m-2",
            "client": "X",
            "user": None,
            "on_behalf_of": "",
            "issue": None,
            "operation": "s.p",
            "purpose": "other",
            "legal_basis": "other",
            "data_as_of": None,
            "outcome": "R-0101",
            "persons": [3, 1],
            "hidden_until": NOW,
        }.items()
    ]
    moved = SAID._replace(purpose="purposelaw", legal_basis="")
    hashes = {row_hash(one) for one in [SAID, *changed, moved]}
    assert len(hashes) == len(SAID) + 2


def test_oneself_and_a_guardian_of_a_minor_are_confirmed_on_the_day_and_nobody_else(register: Register) -> None:
    child, parent = register.person(CHILD, born_on=date(2018, 5, 4)), register.person(PARENT)
    register.guardian(child, parent, days("2018-05-04", "2026-11-23"))

    def confirm(capacity: str, asker: str | None, today: date = TODAY, subject: int | None = child, scope: Scope = EVERYTHING) -> str:
        with register.databases.replica.begin() as session:
            return representation.confirm(session, scope, capacity, asker, subject, today)

    assert confirm("self", CHILD) == f"self:{CHILD}"
    assert confirm("guardian", PARENT) == f"guardian:{PARENT}"
    assert confirm("office", None) == "office"
    assert confirm("office", None, subject=None) == "office"
    for capacity, asker, today in [("self", PARENT, TODAY), ("guardian", CHILD, TODAY), ("guardian", PARENT, date(2026, 11, 24))]:
        with pytest.raises(RepresentationUnknown):
            confirm(capacity, asker, today)
    with pytest.raises(InvalidQuestion):
        confirm("guardian", None)
    own = Scope(ScopeKind.OWN, (PARENT,))
    assert confirm("guardian", PARENT, scope=own) == f"guardian:{PARENT}"
    for capacity, asker in [("self", CHILD), ("office", None)]:
        with pytest.raises(RepresentationUnknown):
            confirm(capacity, asker, scope=own)


def test_of_a_child_outside_the_scope_a_parent_is_refused_like_a_stranger(register: Register) -> None:
    child, parent = register.person(CHILD, born_on=date(2018, 5, 4)), register.person(PARENT)
    register.guardian(child, parent, days("2018-05-04"))
    register.lives(child, RIGA)
    grant = Grant(
        "M", "education-process.*", Scope(ScopeKind.MUNICIPALITIES, (MADONA,)), frozenset(), frozenset(), "p", "l", days("2020-01-01")
    )
    inquiry = Inquiry("1", "M", None, None, None, grant, NOW)
    for capacity, asker in [("guardian", PARENT), ("self", CHILD), ("guardian", "06071820012")]:
        with pytest.raises(RepresentationUnknown), register.databases.replica() as session:
            handle(session, inquiry, GetPersonEducation(CHILD, on_behalf_of=OnBehalfOf(capacity, asker)))
