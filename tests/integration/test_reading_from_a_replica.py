"""Every reading operation answers from a replica of its own server, for each kind of scope, as it does from the register."""

from typing import Any

import pytest
from lxml import etree

from core.changes import rebuild
from core.database import Databases
from core.sequencer import move
from tests.contract.asking import ask
from tests.posting import application
from tests.register import MADONA, RIGA
from tests.replicated import Pair

CHILD, RESTRICTED, SCHOOL = "04051820219", "04051820227", "4312100001"
DIFFERS = {"dataAsOf", "nextCursor", "cursor"}
READ: dict[str, dict[str, Any]] = {
    "getPersonEducation": {"personalCode": CHILD},
    "listAffiliations": {"institution": SCHOOL},
    "getInstitution": {"registrationNumber": SCHOOL},
    "listInstitutions": {"namePart": "vidusskola"},
    "listCodes": {"list": "class_levels"},
    "listEducationChanges": {},
    "getCheckpoints": {},
}
SCOPES = {"everything": [], "municipalities": [RIGA, MADONA], "institutions": [SCHOOL]}


def said(element: etree._Element) -> list[tuple[str, str | None]]:
    return [(etree.QName(one).localname, one.text) for one in element.iter(etree.Element) if etree.QName(one).localname not in DIFFERS]


@pytest.mark.parametrize("scope", SCOPES)
def test_a_replica_answers_what_the_register_would(pair: Pair, scope: str) -> None:
    register = pair.register
    client = "LV-DEV/MUN/RIGA/readers"
    register.grant(client=client, scope=scope, scope_values=SCOPES[scope])
    register.institution(SCHOOL)
    for code, restricted in ((CHILD, False), (RESTRICTED, True)):
        person = register.person(code, restricted=restricted)
        register.lives(person, MADONA)
        register.learns(person, SCHOOL)
    with pair.databases.register.begin() as session:
        rebuild(session)
    with pair.databases.register_engine.begin() as connection:
        move(connection)
    assert pair.applied()
    alone = Databases(pair.who.register)
    answers = {}
    for databases in (alone, pair.databases):
        app = application(databases)
        answers[databases] = {operation: said(ask(app, operation, client=client, **asked)) for operation, asked in READ.items()}
    alone.close()
    for operation in READ:
        here, there = answers[alone][operation], answers[pair.databases][operation]
        assert len(here) > 1, operation
        assert here == there, operation
