"""The programs that integrators start from, against the service over HTTP: what they say of a copy is true."""

import csv
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from stdnum.lv import pvn

from adapters.embedded import Cluster
from adapters.web.follow_example import Copy
from core.changes import key_changed, people_changed, rebuild
from core.database import Databases
from core.people import lock
from tests.conftest import _copy
from tests.register import MADONA, RIGA, Register
from tests.serving import Served, serving

SCHOOL, COUNTRY_SCHOOL = "3013900801", "3013900802"
WITHIN = 30.0
Copies = Callable[..., Copy]


def code(number: int) -> str:
    """A code that was never issued."""
    digits = f"0405182{number:03d}"
    return digits + pvn.calc_check_digit_pers(digits)


@pytest.fixture(scope="module")
def school(cluster: Cluster, template: str, numbers: Iterator[int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Two schools, in Rīga and in Madona, with learners, behind a service whose contract names its own address."""
    with _copy(cluster, template, numbers) as url:
        both = Databases(url, url)
        register = Register(both)
        register.grant(rights=["health"])
        register.grant(client="LV-DEV/MUN/RIGA/copies", scope="municipalities", scope_values=[RIGA])
        register.institution(SCHOOL, "Rīgas «Ķipara» & Zīlītes pamatskola")
        register.institution(COUNTRY_SCHOOL, "Madonas pamatskola", MADONA)
        for number in range(200, 212):
            person = register.person(code(number), given_name="Ēriks Žanis", surname=f"Āboliņš & {number}")
            register.lives(person, RIGA if number % 2 else MADONA)
            register.learns(person, SCHOOL if number < 206 else COUNTRY_SCHOOL)
        with both.register.begin() as session:
            rebuild(session)
        with serving(register, url, tmp_path_factory.mktemp("served")) as running:
            yield running
        both.close()


@pytest.fixture
def contract(school: Served) -> str:
    return f"{school.address}{school.path}?wsdl"


@pytest.fixture
def copies(contract: str, tmp_path: Path) -> Iterator[Copies]:
    """Copies, each in a file of its own."""
    made: list[Copy] = []

    def make(municipality: str | None = None, health: bool = True) -> Copy:
        made.append(Copy(contract, str(tmp_path / f"{len(made)}.sqlite"), municipality, health=health))
        return made[-1]

    yield make
    for copy in made:
        copy.database.close()


def rows(copy: Copy, entity: str = "affiliation") -> set[int]:
    return {row[0] for row in copy.database.execute("SELECT entry_id FROM entry WHERE entity = ?", (entity,))}


def followed_until(copy: Copy, seen: Callable[[], bool]) -> None:
    """Follows until something is there; the sequencer numbers what was committed a moment later."""
    until = time.monotonic() + WITHIN
    while not seen():
        assert time.monotonic() < until
        copy.follow()


def moves(register: Register, person: int, municipality: str) -> None:
    """A declared residence is another one from now on."""
    with register.databases.register.begin() as session:
        lock(session, [person])
        session.connection().exec_driver_sql("UPDATE residence SET municipality = %s WHERE person_id = %s", (municipality, person))
        people_changed(session, [person])


def person_of(register: Register, number: int) -> int:
    [row] = register.execute("SELECT person_id FROM identity WHERE value = :code", code=code(number))
    return int(row[0])


def test_a_copy_from_nothing_is_complete_and_proved_equal(school: Served, copies: Copies):
    copy = copies()
    assert copy.follow() > 0
    assert len(rows(copy)) == 12
    assert {SCHOOL, COUNTRY_SCHOOL} <= {f"{entry:010d}" for entry in rows(copy, "institution")}
    assert copy.different() == []
    assert copy.follow() == 0


@pytest.mark.parametrize("municipality", [RIGA, MADONA], ids=["Rīga", "Madona"])
def test_a_copy_for_one_municipality_is_proved_by_its_own_checkpoints(school: Served, copies: Copies, municipality: str):
    copy = copies(municipality)
    copy.follow()
    assert 0 < len(rows(copy)) < 12
    assert copy.different() == []


def test_without_the_right_to_health_data_the_hash_is_made_without_it(school: Served, copies: Copies, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("adapters.web.follow_example.CLIENT", ("LV-DEV", "MUN", "RIGA", "copies"))
    copy = copies(health=False)
    copy.follow()
    assert len(rows(copy)) > 0
    assert copy.different() == []


def test_a_row_that_was_changed_lost_or_made_up_is_found_and_read_again(school: Served, copies: Copies):
    copy = copies(RIGA)
    copy.follow()
    one = "entity = 'affiliation' AND entry_id = (SELECT min(entry_id) FROM entry WHERE entity = 'affiliation')"
    for harm in (
        f"UPDATE entry SET hash = hash + 1 WHERE {one}",
        f"DELETE FROM entry WHERE {one}",
        "INSERT INTO entry VALUES ('affiliation', 999999, 1, 0, '')",
    ):
        with copy.database:
            copy.database.execute(harm)
        assert copy.different() == ["affiliation"]
        copy.read_again("affiliation")
        copy.follow()
        assert copy.different() == []


def test_a_municipality_whose_learner_moved_away_drops_the_row_and_the_other_gets_it(school: Served, copies: Copies):
    from_copy, to_copy = copies(RIGA), copies(MADONA)
    from_copy.follow()
    to_copy.follow()
    person = person_of(school.register, 207)  # learns in Madona, lives in Rīga
    both = rows(from_copy) & rows(to_copy)
    moves(school.register, person, MADONA)
    followed_until(from_copy, lambda: len(rows(from_copy) & both) < len(both))
    assert rows(to_copy) >= both
    assert from_copy.different() == []
    followed_until(to_copy, lambda: to_copy.follow() == 0)
    assert to_copy.different() == []


def test_what_is_submitted_comes_by_the_feed(school: Served, contract: str, copies: Copies, tmp_path: Path):
    copy = copies()
    copy.follow()
    table = tmp_path / "learners.csv"
    names = ["senderKey", "personalCode", "givenName", "surname", "institution", "programme", "main", "classLevel", "status", "startedOn"]
    with table.open("w", encoding="utf-8-sig", newline="") as output:  # As spreadsheets write it.
        writer = csv.writer(output)
        writer.writerow(names)
        writer.writerow(["ā/1", code(220), "Ķirils", "Ēvele & <dēls>", SCHOOL, "21011111", "true", "2", "AKT", "2026-09-01"])
        writer.writerow(["ā/2", code(221), "Anna", "Ozola", "9999999999", "21011111", "true", "2", "AKT", "2026-09-01"])
    said = submitted(school, contract, table, "--dry-run")
    assert "ā/2: R-0201" in said
    assert said.endswith("1 accepted, 0 unchanged, 1 rejected\n")
    assert submitted(school, contract, table).endswith("1 accepted, 0 unchanged, 1 rejected\n")
    followed_until(copy, lambda: any("Ēvele & <dēls>" in row[0] for row in copy.database.execute("SELECT content FROM entry")))
    assert copy.different() == []
    # The same message is answered as the first time.
    assert submitted(school, contract, table).endswith("1 accepted, 0 unchanged, 1 rejected\n")


def submitted(school: Served, contract: str, table: Path, *more: str) -> str:
    """What the program says that the service gives away."""
    return run(school, "submit.py", table.parent, contract, str(table), *more)


def run(school: Served, name: str, folder: Path, *arguments: str) -> str:
    program = folder / name
    program.write_bytes(school.request("GET", f"/examples/{name}").body)
    done = subprocess.run([sys.executable, str(program), *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_program_follows_proves_and_goes_on_where_it_stopped(school: Served, contract: str, tmp_path: Path):
    arguments = (contract, str(tmp_path / "copy.sqlite"), "--health")
    first = run(school, "follow.py", tmp_path, *arguments)
    assert first.endswith("The copy is equal to the register.\n")
    again = run(school, "follow.py", tmp_path, *arguments)
    assert again.endswith("The copy is equal to the register.\n")
    assert int(again.split()[0]) < int(first.split()[0])


def test_a_code_that_became_another_one_is_told_and_the_rows_follow(school: Served, copies: Copies):
    copy = copies(RIGA)
    copy.follow()
    before, now = code(202), code(902)
    with school.register.databases.register.begin() as session:
        person = person_of(school.register, 202)
        lock(session, [person])
        session.connection().exec_driver_sql("UPDATE identity SET current = false WHERE value = %s", (before,))
        session.connection().exec_driver_sql(
            "INSERT INTO identity (person_id, scheme, issuer, value, current) VALUES (%s, 'personal_code', '', %s, true)", (person, now)
        )
        people_changed(session, [person])
        key_changed(session, "keyChange", person, before, now)
    renamed = "SELECT kind, before, now FROM renamed"
    followed_until(copy, lambda: copy.database.execute(renamed).fetchall() == [("keyChange", before, now)])
    assert [content for (content,) in copy.database.execute("SELECT content FROM entry") if before in content] == []
    assert copy.different() == []


def test_a_merge_and_its_undoing_are_told_and_the_copy_stays_equal(school: Served, copies: Copies):
    copy = copies()
    copy.follow()
    keep, other = code(203), code(205)
    named = f"<e:keep><e:personalCode>{keep}</e:personalCode></e:keep><e:merge><e:personalCode>{other}</e:personalCode></e:merge>"
    merged = school.call("mergePersons", f"<e:batchKey>m-1</e:batchKey>{named}<e:reason>Viens bērns</e:reason>")
    assert merged.text("personalCode") == keep
    told = "SELECT count(*) FROM renamed WHERE kind = ?"
    followed_until(copy, lambda: copy.database.execute(told, ("merge",)).fetchone()[0] > 0)
    assert copy.different() == []
    move = f"<e:moves><e:move><e:person><e:personalCode>{other}</e:personalCode></e:person></e:move></e:moves>"
    school.call("separatePersons", f"<e:batchKey>s-1</e:batchKey>{move}<e:reason>Tomēr divi</e:reason>")
    followed_until(copy, lambda: copy.database.execute(told, ("separate",)).fetchone()[0] > 0)
    assert copy.different() == []
    codes = {content.split("\x1f")[0] for (content,) in copy.database.execute("SELECT content FROM entry WHERE entity = 'affiliation'")}
    assert {keep, other} <= codes


def test_a_copy_that_was_away_for_too_long_begins_again(school: Served, copies: Copies):
    copy = copies(MADONA)
    early = copy._call("listEducationChanges", municipality=MADONA, pageSize=1).nextCursor
    copy.follow()
    with copy.database:
        copy.database.execute("INSERT INTO entry VALUES ('affiliation', 999998, 1, 0, '')")
        copy.database.execute("UPDATE place SET cursor = ?", (early,))
    school.register.execute("UPDATE feed_state SET floor = head, generation = generation + 1")
    copy.follow()
    assert 999998 not in rows(copy)
    assert copy.different() == []
