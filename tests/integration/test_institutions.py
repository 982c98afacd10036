"""The register of institutions and the code lists, as on a day."""

from datetime import UTC, date, datetime

import pytest

from core.code_lists import CodesPage, codes_page
from core.database import Databases
from core.errors import InvalidCursor, UnknownCode, UnknownCodeList, UnknownMunicipality
from core.institutions import Asked, Institution, InstitutionsPage, institution, institutions_page
from tests.register import MADONA, RIGA, VARAKLANI, Register, days

TODAY = date(2026, 11, 23)
OLD, NEW = "3013900002", "4513900001"


def one(register: Register, number: str, on: date = TODAY) -> Institution | None:
    with register.databases.replica.begin() as session:
        return institution(session, number, on, None, datetime.now(UTC))[1]


def listed(register: Register, cursor: str | None = None, size: int = 100, **conditions: object) -> InstitutionsPage:
    asked = Asked(**{"municipality": None, "type": None, "name_part": None, "on": TODAY, "as_of": None, **conditions})
    with register.databases.replica.begin() as session:
        return institutions_page(session, asked, cursor, size, datetime.now(UTC))


def names(page: InstitutionsPage) -> list[str]:
    return [line[1] for line in page.institutions]


def test_an_institution_that_merged_answers_under_its_old_number(register: Register) -> None:
    register.institution(OLD, "Vecā pamatskola", valid=days("2005-09-01", "2020-08-31"), closed_on=date(2020, 8, 31))
    register.institution(NEW, "Jaunā vidusskola")
    register.succession(OLD, NEW, "2020-09-01")
    old, new = one(register, OLD), one(register, NEW)
    assert (old.name, old.open, old.closed_on, old.successors) == ("Vecā pamatskola", False, "2020-08-31", [[NEW, "merger", "2020-09-01"]])
    assert (new.open, new.predecessors) == (True, [[OLD, "merger", "2020-09-01"]])
    assert one(register, OLD, date(2020, 8, 31)).open
    assert one(register, OLD, date(2005, 8, 31)) is None
    assert one(register, "9999999999") is None


def test_a_renamed_institution_has_the_name_of_the_day_and_the_others_beside_it(register: Register) -> None:
    register.institution(OLD, "Vecais nosaukums", valid=days("2010-01-01", "2022-08-31"))
    register.institution(OLD, "Jaunais nosaukums", valid=days("2022-09-01"))
    assert (one(register, OLD).name, one(register, OLD).other_names) == (
        "Jaunais nosaukums",
        [["Vecais nosaukums", "2010-01-01", "2022-08-31"]],
    )
    assert one(register, OLD, date(2022, 8, 31)).name == "Vecais nosaukums"


def test_programmes_are_those_offered_on_the_day_with_what_their_code_says(register: Register) -> None:
    register.institution(OLD)
    register.programme(OLD, "21011121", "Mazākumtautību programma", days("2010-01-01", "2025-08-31"))
    register.programme(OLD, "21011111", "Pamatizglītības programma")
    assert one(register, OLD).programmes == [["21011111", "Pamatizglītības programma", "21", "1", "1", "2", "2010-01-01", None]]
    assert [line[0] for line in one(register, OLD, date(2025, 8, 31)).programmes] == ["21011111", "21011121"]


def test_a_list_narrows_by_municipality_type_and_a_part_of_the_name_without_case_or_diacritics(register: Register) -> None:
    register.institution(OLD, "Āgenskalna sākumskola", RIGA, type_code="11")
    register.institution(NEW, "Madonas 100% vidusskola", MADONA)
    register.institution("4513900003", "Varakļānu vidusskola", VARAKLANI)
    assert names(listed(register, municipality=RIGA)) == ["Āgenskalna sākumskola"]
    assert names(listed(register, municipality=MADONA)) == ["Madonas 100% vidusskola", "Varakļānu vidusskola"]
    assert names(listed(register, municipality=VARAKLANI, on=date(2025, 6, 30))) == ["Varakļānu vidusskola"]
    assert names(listed(register, type="11")) == ["Āgenskalna sākumskola"]
    assert names(listed(register, name_part="AGENSKALNA SAKUM")) == ["Āgenskalna sākumskola"]
    assert names(listed(register, name_part="100%")) == ["Madonas 100% vidusskola"]
    assert names(listed(register, name_part="_")) == []


def test_the_list_is_in_latvian_order_and_its_pages_are_whole(register: Register) -> None:
    in_order = ["Cēsu pamatskola", "Čornajas pamatskola", "Zilupes pamatskola", "Žīguru pamatskola"]
    for number, name in enumerate(reversed(in_order)):
        register.institution(f"301390000{number}", name)
    found, cursor = [], None
    while True:
        page = listed(register, cursor, 3)
        found += names(page)
        if (cursor := page.next_cursor) is None:
            break
    assert found == in_order
    with pytest.raises(InvalidCursor):
        listed(register, listed(register, None, 3).next_cursor, 3, municipality=RIGA)


def test_a_municipality_or_type_that_does_not_exist_is_refused(register: Register) -> None:
    with pytest.raises(UnknownMunicipality):
        listed(register, municipality=VARAKLANI)
    with pytest.raises(UnknownCode):
        listed(register, type="99")
    assert listed(register, municipality=RIGA).institutions == []


def codes(databases: Databases, name: str | None, cursor: str | None = None, size: int = 1000) -> CodesPage:
    with databases.replica.begin() as session:
        return codes_page(session, name, TODAY, cursor, size)


def test_a_code_list_has_a_version_and_its_values_in_their_order_with_all_that_the_list_says(databases: Databases) -> None:
    page = codes(databases, "exam_levels")
    assert [(line[0], line[1]) for line in page.lists] == [("exam_levels", "2026-09-01")]
    assert [line[2] for line in page.values] == ["P", "V", "O", "A", "N"]
    assert page.values[3][7] == [["admission_coefficient", "1.00"]]


def test_a_value_that_is_no_longer_valid_says_until_when_it_was(databases: Databases) -> None:
    values = {line[2]: line for line in codes(databases, "atvk_municipalities").values}
    assert values[VARAKLANI][5:7] == ["2021-07-01", "2025-06-30"]
    assert values[RIGA][6] is None


def test_pages_of_codes_are_whole_and_an_unknown_list_is_refused(databases: Databases) -> None:
    whole = [line[0:3] for line in codes(databases, None).values]
    found, cursor = [], None
    while True:
        page = codes(databases, None, cursor, 200)
        found += [line[0:3] for line in page.values]
        if (cursor := page.next_cursor) is None:
            break
    assert found == whole
    assert len(whole) > 500
    with pytest.raises(UnknownCodeList):
        codes(databases, "no_such_list")
