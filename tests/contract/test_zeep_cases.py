"""The program that municipal systems start from, against the service over HTTP."""

from datetime import date

import pytest

from adapters.web.case_example import Municipality, Refused, play
from core.cases import refresh
from tests.register import MADONA, RIGA, days
from tests.serving import Served

ANNA, PETERIS = "04051820016", "05061820014"
CONTRACT = "/soap/non-studying-children"


def test_a_municipal_system_takes_a_case_from_the_list_through_measures_and_hand_over_to_its_closing(served: Served) -> None:
    register = served.register
    for member, place in (("RIGA", RIGA), ("MADONA", MADONA)):
        register.grant(f"LV-DEV/MUN/{member}/children", "non-studying-children.**", "municipalities", scope_values=[place])
    for code in (ANNA, PETERIS):
        register.lives(register.person(code, born_on=date(2015, 5, 4)), RIGA, days("2015-05-04"))
    refresh(register.databases.register, date(2026, 11, 1))
    address = served.address + CONTRACT
    history = ["opened", "measure", "status", "offered", "accepted", "status"]
    assert play(f"{address}?wsdl", address) == history
    assert play(f"{address}?wsdl", address) == history
    with pytest.raises(SystemExit, match="Rīga has no open case"):
        play(f"{address}?wsdl", address)


def test_what_the_register_refuses_is_raised_with_its_code(served: Served) -> None:
    import zeep

    client = zeep.Client(f"{served.address}{CONTRACT}?wsdl")
    service = client.create_service(client.service._binding.name, served.address + CONTRACT)
    with pytest.raises(Refused, match="R-0101"):
        Municipality(service, "NOWHERE", "LV-officer").call("listCases")
