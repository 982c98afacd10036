"""viis load-decisions: decisions of before become licences and accreditations, all of a file or nothing, and again without a change."""

from datetime import date
from pathlib import Path

import pytest

from adapters.commands.load_decisions import load_decisions, read
from adapters.stop import Stop
from core.accreditation.loading import DecisionLoading, WrongLine
from core.accreditation.loading import load_decisions as load
from tests.integration.submitting import HERS, SCHOOL, Submitting, affiliation
from tests.register import Register, days
from tests.viis import viis

HEADER = "subject,institution,programme,authority,number,outcome,status,decided_on,valid_from,valid_to"
TODAY = date(2026, 11, 23)
LICENCE = f"licence,{SCHOOL},{HERS},IKVD,V-1,grant,LIC,2010-08-20,2010-09-01,"
TERM = f"institution,{SCHOOL},,IKVD,AI-1,grant,6Y,2020-05-04,2020-06-01,2026-05-31"
LONGER = f"institution,{SCHOOL},,IKVD,AI-2,extend,EXT,2026-05-10,2026-06-01,2027-05-31"


def write(folder: Path, *lines: str, header: str = HEADER) -> Path:
    file = folder / "decisions.csv"
    file.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return file


def enter(register: Register, file: Path, today: date = TODAY) -> DecisionLoading:
    with register.databases.register.begin() as session:
        return load(session, read(file), today)


def periods(register: Register) -> list[tuple[str, str, str, str]]:
    rows = register.execute(
        "SELECT r.kind, p.status, p.valid::text, d.number FROM recognition_period p JOIN recognition r ON r.id = p.recognition_id "
        "JOIN decision d ON d.id = p.decision_id WHERE upper_inf(p.recorded) ORDER BY r.id, p.valid"
    )
    return [tuple(row) for row in rows]


@pytest.fixture
def school(register: Register) -> Register:
    register.institution(SCHOOL)
    return register


def test_decisions_become_days_in_the_order_in_which_they_were_made(school, tmp_path):
    assert enter(school, write(tmp_path, LONGER, LICENCE, TERM)) == DecisionLoading(3, 3, 0, [])
    assert sorted(periods(school)) == [
        ("institution", "6Y", "[2020-06-01,2026-06-01)", "AI-1"),
        ("institution", "EXT", "[2026-06-01,2027-06-01)", "AI-2"),
        ("licence", "LIC", "[2010-09-01,)", "V-1"),
    ]
    chain = school.execute("SELECT d.number, b.number FROM decision d LEFT JOIN decision b ON b.id = d.supersedes ORDER BY d.number")
    assert [tuple(row) for row in chain] == [("AI-1", None), ("AI-2", "AI-1"), ("V-1", None)]
    made = "SELECT count(*) FROM decision WHERE published_at IS NOT NULL AND confirmed_at IS NOT NULL AND proposed_client = 'IKVD'"
    assert school.execute(made) == [(3,)]


def test_the_same_file_again_changes_nothing_and_a_longer_one_adds_what_is_new(school, tmp_path):
    enter(school, write(tmp_path, LICENCE, TERM))
    before = periods(school)
    told = school.execute("SELECT count(*) FROM recognition_period")
    assert enter(school, write(tmp_path, LICENCE, TERM)) == DecisionLoading(2, 0, 2, [])
    assert (periods(school), school.execute("SELECT count(*) FROM recognition_period")) == (before, told)
    assert enter(school, write(tmp_path, LICENCE, TERM, LONGER)) == DecisionLoading(3, 1, 2, [])
    assert [row[1] for row in periods(school)] == ["LIC", "6Y", "EXT"]


def test_an_earlier_decision_that_comes_later_finds_its_place(school, tmp_path):
    enter(school, write(tmp_path, LONGER))
    enter(school, write(tmp_path, TERM))
    assert [row[1:3] for row in periods(school)] == [("6Y", "[2020-06-01,2026-06-01)"), ("EXT", "[2026-06-01,2027-06-01)")]


def test_annulments_refusals_and_lapses_say_what_holds_from_their_day(school, tmp_path):
    annulled = f"licence,{SCHOOL},{HERS},IKVD,V-2,annul,ANU,2024-05-01,2024-06-01,"
    lapsed = f"licence,{SCHOOL},31016011,law,1,lapse,ZAU,2021-09-01,2021-09-01,"
    refused = f"institution,{SCHOOL},,IKVD,AI-3,refuse,REF,2026-05-10,2026-06-01,"
    enter(school, write(tmp_path, LICENCE, annulled, lapsed, TERM, refused))
    assert sorted(row[:3] for row in periods(school)) == [
        ("institution", "6Y", "[2020-06-01,2026-06-01)"),
        ("institution", "REF", "[2026-06-01,)"),
        ("licence", "ANU", "[2024-06-01,)"),
        ("licence", "LIC", "[2010-09-01,2024-06-01)"),
        ("licence", "ZAU", "[2021-09-01,)"),
    ]


def test_what_is_licensed_by_a_file_is_taken_from_schools(register, tmp_path):
    school = Submitting(register)
    register.programme(SCHOOL, "20V21211", "Mūzika", licensed=False)
    music = affiliation(programme="20V21211", main=False)
    assert school.outcomes(music) == ["R-0507"]
    enter(register, write(tmp_path, LICENCE.replace(HERS, "20V21211")))
    assert school.outcomes(music) == ["accepted"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (LICENCE.replace("licence", "permit"), "the subject is none of licence, programme, institution, examination_centre; write one of"),
        (LICENCE.replace("grant", "extend"), "the outcome is none of grant, refuse, annul, lapse; write one of them"),
        (TERM.replace("grant", "lapse"), "the outcome is none of grant, extend, refuse, annul; write one of them"),
        (TERM.replace("6Y", "LIC"), "the status does not go with the outcome; write 6Y or 2Y"),
        (LICENCE.replace(SCHOOL, "41131"), "a registration number has ten digits; correct the institution"),
        (LICENCE.replace("V-1", "V" * 101), "the number has more than 100 characters; shorten it"),
        (LICENCE.replace(HERS, ""), "a programme has a code of eight characters; correct it"),
        (
            TERM.replace(",,", f",{HERS},", 1),
            "an accreditation of an institution or an examination centre names no programme; leave it empty",
        ),
        (LICENCE.replace("V-1", ""), "the authority or the number is missing; write whose decision it is, and its number"),
        (LICENCE.replace("2010-08-20", "20.08.2010"), "decided_on is no day between 1900 and 2199; write it as YYYY-MM-DD"),
        (LICENCE.replace("2010-09-01", "2010-02-30"), "valid_from is no day between 1900 and 2199; write it as YYYY-MM-DD"),
        (TERM.replace("2026-05-31", "2200-01-01"), "valid_to is no day between 1900 and 2199; write it as YYYY-MM-DD"),
        (LICENCE.replace("2010-08-20", "2026-11-24"), "it was decided in the future; correct decided_on"),
        (TERM.replace("2026-05-31", "2020-05-31"), "it ends before it begins; correct valid_from or valid_to"),
        (TERM.replace("grant,6Y", "refuse,REF"), "a refusal, an annulment and a lapse have no last day; leave valid_to empty"),
        (TERM.replace("2026-05-31", ""), "an accreditation needs its last day; write valid_to"),
        (LICENCE.replace("V-1", "V\x07"), "a value holds a control character or more than 200 characters; shorten it"),
        (LICENCE.replace("V-1", "V" * 201), "a value holds a control character or more than 200 characters; shorten it"),
        (LICENCE.replace(SCHOOL, "9999999999"), "the register has no such institution; take it over first: viis load-institutions"),
        (
            TERM.replace("AI-1", "AI-2"),
            "this number of the authority stands on a line before; leave one of the two out or correct the number",
        ),
    ],
)
def test_a_wrong_line_is_named_with_what_to_do_and_nothing_is_entered(school, tmp_path, line, reason):
    outcome = enter(school, write(tmp_path, LONGER, line))
    assert (outcome.received, outcome.entered, outcome.unchanged) == (2, 0, 0)
    [(number, said)] = outcome.wrong
    assert number == 3
    assert said.startswith(reason)
    assert [school.execute(f"SELECT count(*) FROM {table}") for table in ("recognition", "decision", "recognition_period")] == [[(0,)]] * 3


def test_a_number_that_stands_for_another_decision_is_wrong(school, tmp_path):
    enter(school, write(tmp_path, TERM))
    outcome = enter(school, write(tmp_path, TERM.replace("2026-05-31", "2026-06-30"), LICENCE.replace("IKVD,V-1", "RIGA,AI-1")))
    said = "the register holds another decision with this number of the authority; correct the number, or leave the line out"
    assert outcome.wrong == [WrongLine(2, said)]
    assert [row[1] for row in periods(school)] == ["6Y"]


def test_a_licence_of_the_register_is_folded_together_with_a_file(school, tmp_path):
    school.programme(SCHOOL, HERS, licence=days("2020-09-01"))
    enter(school, write(tmp_path, LICENCE.replace("2010-09-01,", "2010-09-01,2015-08-31")))
    assert [row[1:3] for row in periods(school)] == [("LIC", "[2010-09-01,2015-09-01)"), ("LIC", "[2020-09-01,)")]


def test_a_file_without_a_column_is_refused_in_words(tmp_path):
    file = write(tmp_path, LICENCE, header=HEADER.replace("outcome", "result"))
    with pytest.raises(Stop, match=r"has no column outcome in its first line\. Nothing was changed\."):
        list(read(file))
    with pytest.raises(Stop, match=r"cannot be read: No such file or directory\.$"):
        load_decisions(tmp_path / "nothing.csv")


def test_the_command_says_what_it_did_and_by_its_exit_code_whether_it_did(school, database_url, tmp_path):
    done = viis(database_url, "load-decisions", str(write(tmp_path, TERM, LICENCE.replace("grant", "extend"))))
    assert done.returncode == 3
    assert done.stdout.splitlines() == [
        "line 3: the outcome is none of grant, refuse, annul, lapse; write one of them",
        "2 decisions, 1 of them wrong: nothing was entered. Correct them and load the file again.",
    ]
    done = viis(database_url, "load-decisions", str(write(tmp_path, TERM, LICENCE)))
    assert (done.returncode, done.stdout) == (0, "2 decisions: 2 entered, 0 were there already.\n")
