"""The program that shows a licence from its application to the public register, against the service over HTTP."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import zeep

from adapters.web.licence_example import PROGRAMME, Party, Refused, play
from tests.register import RIGA
from tests.serving import Served

SCHOOL = "4513900001"
CONTRACT = "/soap/accreditation"


def test_a_licence_goes_from_its_application_to_publication_and_the_public_answer_changes_on_its_day(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    register = served.register
    register.institution(SCHOOL, municipality=RIGA)
    register.programme(SCHOOL, "31016011")
    register.grant("LV-DEV/MUN/RIGA/licensing", "accreditation.**", "municipalities", scope_values=[RIGA])
    register.grant("LV-DEV/GOV/IKVD/quality", "accreditation.**", "everything", rights=["authority"])
    today = datetime.now(ZoneInfo("Europe/Riga")).date()
    first, address = today + timedelta(days=7), served.address + CONTRACT
    assert play(f"{address}?wsdl", address) == {today: False, first - timedelta(days=1): False, first: True}
    said = capsys.readouterr().out
    assert "still missing: SUBJECT_PROGRAMMES" in said
    assert "Who proposed cannot confirm: R-0705" in said
    assert "the clock stands still" in said
    [(maker, checker)] = register.execute("SELECT proposed_user, confirmed_user FROM decision WHERE proceeding_id IS NOT NULL")
    assert (maker, checker) == ("LV-officer-1", "LV-officer-2")
    with pytest.raises(SystemExit, match="has this licence"):
        play(f"{address}?wsdl", address)
    assert register.execute("SELECT count(*) FROM recognition WHERE programme = :p", p=PROGRAMME) == [(1,)]
    client = zeep.Client(f"{address}?wsdl")
    service = client.create_service(client.service._binding.name, address)
    with pytest.raises(Refused, match="R-0101"):
        Party(service, ("MUN", "NOWHERE", "licensing"), "LV-clerk").call("listProceedings")
