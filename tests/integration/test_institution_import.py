"""viis load-institutions: a list of institutions goes into the register, line by line or not, and again without a change."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

import core
from adapters.commands.load_institutions import load_institutions, read
from adapters.stop import Stop
from core.database import Databases
from core.institution_import import InstitutionImport, RefusedLine, import_institutions
from tests.register import days

REAL_LIST = Path(core.__file__).parent.parent.parent / "shared" / "data" / "institutions_2020.csv"
HEADER = "code,name_lv,type_code,veids,subordination_code,address_2020,postcode,atvk_2021"
SCHOOL = '3313905001,"Ķīšezera ""Žagatu"" pamatskola",12,Vispārējās izglītības iestāde,90,"Čiekuru iela 1, Rīga",LV-1001,0001000'
SINCE = date(2026, 9, 1)


def write(folder: Path, *lines: str) -> Path:
    file = folder / "list.csv"
    file.write_text("\n".join((HEADER, *lines)) + "\n", encoding="utf-8")
    return file


def take_over(databases: Databases, file: Path, since: date = SINCE) -> InstitutionImport:
    with databases.register.begin() as session:
        return import_institutions(session, read(file), since)


def profiles(databases: Databases, number: str) -> list[tuple[str, str, bool]]:
    rows = "SELECT name, valid::text, upper_inf(recorded) FROM institution_profile WHERE institution = :number ORDER BY id"
    with databases.register.begin() as session:
        return [tuple(row) for row in session.execute(text(rows), {"number": number})]


def test_a_line_becomes_an_institution_with_its_latvian_letters(databases, tmp_path):
    outcome = take_over(databases, write(tmp_path, SCHOOL))
    assert outcome == InstitutionImport(received=1, added=1, changed=0, unchanged=0, refused=[])
    assert profiles(databases, "3313905001") == [('Ķīšezera "Žagatu" pamatskola', "[2026-09-01,)", True)]
    with databases.register.begin() as session:
        row = session.execute(
            text("SELECT type_code, kind_code, subordination_code, municipality, address, postcode FROM institution_profile")
        )
        assert tuple(row.one()) == ("12", "V2", "90", "0001000", "Čiekuru iela 1, Rīga", "LV-1001")


def test_the_same_list_again_changes_nothing(databases, tmp_path):
    file = write(tmp_path, SCHOOL)
    take_over(databases, file)
    before = profiles(databases, "3313905001")
    assert take_over(databases, file, date(2026, 12, 1)) == InstitutionImport(1, 0, 0, 1, [])
    assert profiles(databases, "3313905001") == before


def test_a_new_name_holds_from_its_day_and_the_old_one_until_the_day_before(databases, tmp_path):
    take_over(databases, write(tmp_path, SCHOOL))
    outcome = take_over(databases, write(tmp_path, SCHOOL.replace("pamatskola", "skola")), date(2027, 9, 1))
    assert (outcome.added, outcome.changed, outcome.unchanged) == (0, 1, 0)
    assert profiles(databases, "3313905001") == [
        ('Ķīšezera "Žagatu" pamatskola', "[2026-09-01,)", False),
        ('Ķīšezera "Žagatu" pamatskola', "[2026-09-01,2027-09-01)", True),
        ('Ķīšezera "Žagatu" skola', "[2027-09-01,)", True),
    ]


def test_who_keeps_a_copy_is_told_of_what_changed_and_of_nothing_else(databases, tmp_path):
    told = text("SELECT content[1], content[2] FROM change WHERE entity = 'institution' AND kind = 'upsert' ORDER BY id")
    neighbour = SCHOOL.replace("3313905001", "3313905002")
    take_over(databases, write(tmp_path, SCHOOL, neighbour), date(2020, 9, 1))
    take_over(databases, write(tmp_path, SCHOOL, neighbour.replace("pamatskola", "skola")), date(2021, 9, 1))
    with databases.register.begin() as session:
        assert [tuple(row) for row in session.execute(told)] == [
            ("3313905001", 'Ķīšezera "Žagatu" pamatskola'),
            ("3313905002", 'Ķīšezera "Žagatu" pamatskola'),
            ("3313905002", 'Ķīšezera "Žagatu" skola'),
        ]


def test_what_a_list_does_not_say_stays_open_or_closed_as_it_was(register, tmp_path):
    register.institution("3313905001", "Vecais nosaukums", valid=days("2010-09-01"), closed_on=date(2027, 8, 31), type_code="12")
    take_over(register.databases, write(tmp_path, SCHOOL))
    rows = register.execute("SELECT opened_on, closed_on FROM institution_profile WHERE upper_inf(recorded) ORDER BY valid")
    assert [tuple(row) for row in rows] == [(date(2010, 9, 1), date(2027, 8, 31))] * 2


def test_a_correction_for_the_same_day_replaces_and_keeps_what_was_recorded(databases, tmp_path):
    take_over(databases, write(tmp_path, SCHOOL))
    take_over(databases, write(tmp_path, SCHOOL.replace("Čiekuru iela 1", "Čiekuru iela 11")))
    assert [row[1:] for row in profiles(databases, "3313905001")] == [("[2026-09-01,)", False), ("[2026-09-01,)", True)]


def test_a_list_of_an_earlier_day_ends_where_the_known_time_begins(databases, tmp_path):
    take_over(databases, write(tmp_path, SCHOOL))
    take_over(databases, write(tmp_path, SCHOOL.replace("pamatskola", "sākumskola")), date(2020, 9, 1))
    assert [row[1:] for row in profiles(databases, "3313905001")] == [("[2026-09-01,)", True), ("[2020-09-01,2026-09-01)", True)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (SCHOOL.replace("3313905001", "33139050"), "a registration number has ten digits"),
        (SCHOOL.replace("3313905001", "٣٣١٣٩٠٥٠٠١"), "a registration number has ten digits"),
        (SCHOOL.replace('"Ķīšezera ""Žagatu"" pamatskola"', ""), "the name is missing"),
        (SCHOOL.replace("Ķīšezera", "Ķ" * 400), "the name is longer than 400 characters, or the address longer than 1000"),
        (SCHOOL.replace("Ķīšezera", "Ķīš\x07ezera"), "a value holds a control character"),
        (SCHOOL.replace(",12,", ",99,"), "the type is not in the code list institution_type_regnr_digits3_4"),
        (SCHOOL.replace("Vispārējās", "Brīvās"), "the kind is not in the code list institution_kind_veids"),
        (SCHOOL.replace(",90,", ",91,"), "the subordination is not in the code list subordination_regnr_digits5_6"),
        (SCHOOL.replace("0001000", "9999999"), "there is no municipality with this code"),
        ("3313905001", "the name is missing"),
    ],
)
def test_a_bad_line_is_refused_with_its_reason_and_its_neighbours_are_taken(databases, tmp_path, line, reason):
    neighbour = SCHOOL.replace("3313905001", "3313905002")
    outcome = take_over(databases, write(tmp_path, neighbour, line))
    assert outcome == InstitutionImport(received=2, added=1, changed=0, unchanged=0, refused=[RefusedLine(3, reason)])


def test_a_number_that_comes_twice_is_taken_once(databases, tmp_path):
    outcome = take_over(databases, write(tmp_path, SCHOOL, SCHOOL.replace("Žagatu", "Vārnu")))
    assert outcome.refused == [RefusedLine(3, "the registration number stands on a line before")]
    assert [row[0] for row in profiles(databases, "3313905001")] == ['Ķīšezera "Žagatu" pamatskola']


def test_what_the_list_leaves_open_stays_as_it_was(databases, tmp_path):
    take_over(databases, write(tmp_path, SCHOOL))
    outcome = take_over(databases, write(tmp_path, SCHOOL.replace("Vispārējās izglītības iestāde", "").replace("0001000", "")))
    assert outcome.unchanged == 1


def test_a_file_without_the_needed_columns_is_refused_in_words(tmp_path):
    file = tmp_path / "list.csv"
    file.write_text("code,title\n1,2\n", encoding="utf-8")
    with pytest.raises(Stop, match="no column name_lv or name, no column type_code or type"):
        list(read(file))


def load(url: str, file: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "adapters.cli", "load-institutions", str(file)]
    settings = {"VIIS_REGISTER_URL": url, "PATH": os.environ["PATH"]}
    return subprocess.run(command, env=settings, capture_output=True, text=True, timeout=120, check=False)


def test_the_command_lists_refused_lines_and_says_so_by_its_exit_code(database_url, tmp_path):
    done = load(database_url, write(tmp_path, SCHOOL, SCHOOL.replace("0001000", "9999999").replace("5001", "5002")))
    assert done.returncode == 3
    assert done.stdout.splitlines() == [
        "line 3: there is no municipality with this code",
        "2 institutions: 1 new, 0 changed, 0 unchanged, 1 refused.",
    ]
    assert load(database_url, write(tmp_path, SCHOOL)).returncode == 0


def test_a_file_that_is_not_there_or_not_utf_8_is_one_clear_sentence(tmp_path):
    with pytest.raises(Stop, match=r"cannot be read: No such file or directory\.$"):
        load_institutions(tmp_path / "nothing.csv")
    old = tmp_path / "old.csv"
    old.write_bytes((HEADER + "\n" + SCHOOL + "\n").encode("windows-1257"))
    with pytest.raises(Stop, match="is not UTF-8"):
        load_institutions(old)


@pytest.mark.skipif(not REAL_LIST.exists(), reason="the real list of institutions is not beside the project")
def test_the_real_list_of_state_and_municipal_institutions_loads_whole(databases):
    assert take_over(databases, REAL_LIST) == InstitutionImport(1479, 1479, 0, 0, [])
    assert take_over(databases, REAL_LIST) == InstitutionImport(1479, 0, 0, 1479, [])
    with databases.register.begin() as session:
        riga = session.scalar(text("SELECT count(*) FROM institution_profile WHERE municipality = '0001000'"))
        name = session.scalar(text("SELECT name FROM institution_profile WHERE institution = '4371902180'"))
    assert riga == 322
    assert name == "Ādažu Bērnu un jaunatnes sporta skola"
