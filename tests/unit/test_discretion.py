"""What of an asker's identifiers may stand in a log."""

import pytest

from adapters.discretion import client_of, message_id_of


@pytest.mark.parametrize("client", ["LV-DEV/GOV/IZM/allservices", "LV-DEV/GOV/IZM", "LV/COM/4000-3/sub_system"])
def test_a_well_formed_client_is_kept(client: str) -> None:
    assert client_of(client) == client


@pytest.mark.parametrize(
    "client",
    [
        *(None, "", "IZM", "LV/GOV", "LV/GOV/IZM/a/b", "LV/GOV//viis", "LV/GOV/Bērziņa/viis", "LV/GOV/a b/viis", f"LV/GOV/IZM/{'x' * 200}"),
        *("LV/COM/04051820016/viis", "LV/COM/x040518-20016/viis", "LV/COM/040518/20016", "LV/COM/AnnaBerzina/viis"),
    ],
)
def test_a_client_that_may_name_a_person_is_not_kept(client: str | None) -> None:
    assert client_of(client) is None


def test_the_registration_number_of_a_client_that_a_grant_names_is_no_personal_code() -> None:
    assert client_of("LV/COM/40003000000/viis", known=True) == "LV/COM/40003000000/viis"
    assert client_of("LV/COM/Bērziņa/viis", known=True) is None


@pytest.mark.parametrize(
    "text", ["example-1", "4b3f9c1e-7a52-4f0e-9d21-0c5a7e8b1234", "20261127040028123", "urn:uuid:{1}", "LV-DEV/GOV/IZM/1"]
)
def test_a_message_id_as_programs_make_it_is_kept(text: str) -> None:
    assert message_id_of(text) == text


@pytest.mark.parametrize(
    "text",
    [None, "", "04051820016", "LV-040518-20016", "040518.20016", "040518--20016", "id 7", "Bērziņa-7", "Anna-7", "a\nb", "x" * 101],
)
def test_a_message_id_that_may_name_a_person_is_not_kept(text: str | None) -> None:
    assert message_id_of(text) is None
