"""A register of version 1.0.0 with its rows becomes one of today, and answers as it did."""

from datetime import UTC, date, datetime

import pytest
from alembic import command

from adapters.allow_list import published
from adapters.storage import Storage, bring_up_to_date
from core.access import Grants, Right
from core.database import migrate, migration_config
from core.education import Named, person_education
from core.errors import NotGranted
from core.institutions import Asked, institution, institutions_page
from tests.register import EVERYTHING, Register

TODAY = date(2026, 11, 24)
OLD, NEW = "3013900002", "4513900001"
CODE, FORMER = "04051820016", "32000000019"
THEN = datetime(2021, 1, 1, tzinfo=UTC)
ROWS_OF_1_0_0 = """
INSERT INTO institution (registration_number, opened_on, closed_on) VALUES
    ('3013900002', '2005-09-01', '2020-08-31'), ('4513900001', '1999-09-01', NULL), ('4513900009', '2001-09-01', NULL);
INSERT INTO institution_profile (institution, name, type_code, kind_code, municipality, valid, recorded) VALUES
    ('3013900002', 'Vecā pamatskola', '12', 'V2', '0001000', '[2005-09-01,2020-09-01)', '[2015-01-01,)'),
    ('4513900001', 'Jaunā skola', '13', 'V2', '0001000', '[1999-09-01,)', '[2015-01-01,2022-01-01)'),
    ('4513900001', 'Jaunā skola', '13', 'V2', '0001000', '[1999-09-01,2021-12-31]', '[2022-01-01,)'),
    ('4513900001', 'Jaunā vidusskola', '13', 'V2', '0001000', '[2022-01-01,)', '[2022-01-01,)');
INSERT INTO institution_succession (predecessor, successor, kind, since) VALUES ('3013900002', '4513900001', 'merger', '2020-09-01');
INSERT INTO programme (institution, code, name, lki_level, valid, recorded) VALUES
    ('3013900002', '21011111', 'Pamatizglītība', '2', '[2005-09-01,2020-08-31]', '[2015-01-01,)'),
    ('4513900001', '31016011', 'Vidējā izglītība', NULL, '[2020-09-01,)', '[2020-09-05,)');
INSERT INTO person DEFAULT VALUES;
INSERT INTO identity (person_id, scheme, value, current, created_at) VALUES
    (1, 'personal_code', '04051820016', true, '2015-01-01'), (1, 'personal_code', '32000000019', false, '2015-01-01');
INSERT INTO person_profile (person_id, given_name, surname, born_on, source, recorded) VALUES
    (1, 'Anna', 'Bērziņa', '2004-05-04', 'population_register', '[2015-01-01,)');
INSERT INTO affiliation
    (identity_id, institution, programme, main, study_form, language, status, sender, sender_key, valid, recorded) VALUES
    (1, '3013900002', '21011111', true, '1', '1', 'AKT', 'school', 'A', '[2011-09-01,)', '[2015-01-01,2020-10-01)'),
    (1, '3013900002', '21011111', true, '1', '1', 'IZB', 'school', 'A', '[2011-09-01,2020-09-15]', '[2020-10-01,)'),
    (1, '4513900001', '31016011', true, '1', '1', 'AKT', 'school', 'B', '[2020-09-16,)', '[2020-10-01,)');
INSERT INTO teaching_post (identity_id, institution, post, load, sender, sender_key, valid, recorded) VALUES
    (1, '4513900001', 'Skolotāja palīgs', 0.5, 'school', 'T', '[2024-09-01,)', '[2024-09-01,)');
"""


@pytest.fixture
def upgraded(register: Register, database_url: str) -> Register:
    """A register that was filled under the first version's schema."""
    command.downgrade(migration_config(database_url), "0001")
    with register.databases.register.begin() as session:
        session.connection().exec_driver_sql(ROWS_OF_1_0_0)
    migrate(database_url)
    return register


def answers(register: Register) -> dict[str, object]:
    """What consumers of the first version ask for, but for the instant of the answer."""
    now = datetime.now(UTC)
    days = {
        "now": (None, None),
        "then": (None, THEN),
        "on a day": (date(2020, 8, 31), None),
        "known before": (None, THEN.replace(year=2020)),
    }
    with register.databases.replica.begin() as session:
        return {
            f"{what} {when}": answer
            for when, (on, as_of) in days.items()
            for what, answer in {
                "old": institution(session, OLD, on or TODAY, as_of, now)[1],
                "new": institution(session, NEW, on or TODAY, as_of, now)[1],
                "list": institutions_page(session, Asked(None, None, None, on or TODAY, as_of), None, 10, now).institutions,
                "person": person_education(
                    session, EVERYTHING, frozenset({Right.HEALTH}), Named("personal_code", "", FORMER), on, as_of, now, TODAY
                )[1].person,
            }.items()
        }


def test_a_register_of_the_first_version_answers_as_it_did(upgraded: Register) -> None:
    found = answers(upgraded)
    old, new, person = found["old now"], found["new now"], found["person now"]
    assert (old.name, old.open, old.opened_on, old.closed_on) == ("Vecā pamatskola", False, "2005-09-01", "2020-08-31")
    assert (old.successors, new.predecessors) == ([[NEW, "merger", "2020-09-01"]], [[OLD, "merger", "2020-09-01"]])
    assert (new.name, new.other_names) == ("Jaunā vidusskola", [["Jaunā skola", "1999-09-01", "2021-12-31"]])
    assert new.programmes == [["31016011", "Vidējā izglītība", "31", "1", "1", None, "2020-09-01", None]]
    assert [line[1] for line in found["list now"]] == ["Jaunā vidusskola"]
    assert (person.personal_code, person.former_personal_codes) == (CODE, [FORMER])
    assert [[row[0], row[1], row[3], row[9], row[11]] for row in person.affiliations] == [
        [NEW, "Jaunā vidusskola", "Vidējā izglītība", "AKT", None],
        [OLD, None, "Pamatizglītība", "IZB", "2020-09-15"],
    ]
    assert [row[:4] for row in person.teaching_posts] == [[NEW, "Jaunā vidusskola", "Skolotāja palīgs", "0.500"]]


def test_questions_about_what_was_known_answer_as_they_did(upgraded: Register) -> None:
    found = answers(upgraded)
    assert (found["new then"].name, found["new then"].predecessors) == ("Jaunā skola", [[OLD, "merger", "2020-09-01"]])
    assert found["old on a day"].open
    assert [line[1] for line in found["list on a day"]] == ["Jaunā skola", "Vecā pamatskola"]
    assert [row[0] for row in found["person on a day"].affiliations] == [OLD]
    assert [row[9] for row in found["person known before"].affiliations] == ["AKT"]
    assert found["new known before"].programmes == []


def test_back_to_the_first_version_and_forward_again_nothing_that_it_knows_is_lost(upgraded: Register, database_url: str) -> None:
    before = answers(upgraded)
    upgraded.databases.close()
    command.downgrade(migration_config(database_url), "0001")
    migrate(database_url)
    assert answers(upgraded) == before


def test_versions_of_a_row_become_one_entry_and_each_programme_gets_its_number(upgraded: Register) -> None:
    numbers = upgraded.execute("SELECT sender_key, count(DISTINCT entry_id), count(*) FROM affiliation GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in numbers] == [("A", 1, 2), ("B", 1, 1)]
    assert [tuple(row) for row in upgraded.execute("SELECT entry_id, code FROM programme_profile ORDER BY 1")] == [
        (1, "21011111"),
        (2, "31016011"),
    ]
    [[following]] = upgraded.execute("SELECT nextval('programme_entry')")
    assert following == 3


def test_a_grant_of_an_earlier_release_stays_in_force_with_the_fields_of_this_one(register: Register, database_url: str) -> None:
    client, results = "LV-DEV/GOV/IZM/ministry", "examinations.listCandidates"
    command.downgrade(migration_config(database_url), "0009")
    register.execute(
        "INSERT INTO access_grant (client, operation, scope, rights, fields, purpose, legal_basis, valid) VALUES"
        " (:client, 'examinations.*', 'everything', '{ministry}', NULL, 'p', 'l', '[2020-01-01,)'),"
        " (:client, 'education-process.getPersonEducation', 'everything', '{}', '{person/givenName}', 'p', 'l', '[2020-01-01,)')",
        client=client,
    )
    migrate(database_url)
    with pytest.raises(NotGranted):
        Grants(register.databases.register).find(client, results, TODAY)
    bring_up_to_date(Storage(database_url, database_url))
    grants = Grants(register.databases.register)
    found = grants.find(client, results, TODAY)
    assert (found.rights, found.fields) == ({Right.MINISTRY, Right.EMBARGO}, set(published().of(results, None)))
    some = grants.find(client, "education-process.getPersonEducation", TODAY)
    assert (some.rights, some.fields) == (frozenset(), set(published().of(some.operation, ["person/givenName"])))
    command.downgrade(migration_config(database_url), "0009")
    assert register.execute("SELECT rights FROM access_grant ORDER BY id") == [(["ministry"],), ([],)]
    migrate(database_url)
