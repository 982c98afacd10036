"""The program that plays a campaign of admission, against the service over HTTP and the stand-in of the admission system."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from adapters.web.campaign_example import play
from tests.avus import standing_in
from tests.register import RIGA, Register
from tests.serving import serving

SCHOOL = "4513900001"


@pytest.mark.once
def test_a_campaign_goes_from_candidates_to_a_correction_that_everybody_acknowledged(
    register: Register, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    register.institution(SCHOOL, municipality=RIGA)
    for code, name, born_on in (("04050820011", "Anna", date(2008, 5, 4)), ("05060820013", "Elīza", date(2008, 6, 5))):
        person = register.person(code, name, born_on=born_on)
        register.learns(person, SCHOOL, class_level="12")
    register.grant("LV-DEV/MUN/RIGA/schools", "education-process.*", "municipalities", scope_values=[RIGA])
    register.grant("LV-DEV/GOV/VISC/vpis", "examinations.**")
    register.grant("LV-DEV/EDU/LU/avus", "achievements.**")
    register.grant("LV-DEV/EDU/COLLEGE/admission", "achievements.listAchievementChanges", "persons")
    register.grant("LV-DEV/EDU/COLLEGE/admission", "achievements.**")
    register.grant("LV-DEV/GOV/IZM/ministry", "achievements.*", rights=["ministry"])
    with standing_in(tmp_path) as avus:
        settings = {"VIIS_DELIVER": "1", "VIIS_AVUS_URL": avus.url, "VIIS_SIGNING": str(avus.signing)}
        with serving(register, database_url, tmp_path, settings=settings) as served:
            instant = datetime.now(UTC) + timedelta(seconds=4)
            assert play(served.address, publish_at=instant) == ["notYetReceived", "78.5 PCT", "81 PCT"]
    said = capsys.readouterr().out
    assert "78.5 is 81 because of appeal" in said
    assert "not acknowledged by: LV-DEV/EDU/COLLEGE/admission" in said
    sent = register.execute("SELECT kind, state FROM outbox_message ORDER BY id")
    assert sent == [("personAchievements", "done")] * 2 + [("completeness", "done"), ("correction", "done")]
