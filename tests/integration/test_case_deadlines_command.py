"""viis case-deadlines: days for the steps of a case, as an operator sets them."""

from tests.viis import viis


def test_a_municipality_gets_its_own_days_and_the_usual_ones_back(database_url: str) -> None:
    listed = viis(database_url, "case-deadlines")
    assert listed.returncode == 0
    assert [line.split("│")[1].strip() for line in listed.stdout.splitlines() if "usual" in line] == ["usual"] * 3
    own = viis(database_url, "case-deadlines", "0001000", "firstStatus", "20")
    assert any("0001000" in line and "20" in line for line in own.stdout.splitlines())
    usual = viis(database_url, "case-deadlines", "0001000", "firstStatus", "0")
    assert "0001000" not in usual.stdout


def test_what_cannot_be_set_is_said(database_url: str) -> None:
    for arguments, code, said in (
        (("0001000",), 2, "name all of municipality, step and days"),
        (("9999999", "firstStatus", "20"), 1, "Nothing was changed."),
        (("0001000", "lunch", "20"), 1, "The steps are firstStatus, clarifying, handOver."),
    ):
        done = viis(database_url, "case-deadlines", *arguments)
        assert done.returncode == code
        assert said in done.stderr
