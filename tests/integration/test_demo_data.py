"""The made-up nation in a real register: loaded once, whole or not at all."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from adapters.demo import sample_applicant, sample_person
from adapters.demo.loading import FOLDER, RegisterNotEmpty, load, make_nation, write_population_register
from adapters.demo.nation import Chunk, Nation
from core.accreditation.publishing import refold
from core.achievements.person import person_achievements
from core.child_import import import_children, usual_interval
from core.database import Databases
from core.education import Named
from core.examinations.matching import found
from core.examinations.publishing import publish_next
from core.people import ChildPage, ChildRecord, GuardianRecord
from core.personal_code import check_digit_agrees
from tests.register import EVERYTHING

TODAY = date(2026, 11, 23)
PEOPLE = 600
TABLES = (
    *("institution", "institution_profile", "programme", "person", "identity", "person_profile", "affiliation", "teaching_post"),
    *("recognition", "decision", "recognition_period"),
    *("examination", "exam_candidate", "exam_result", "held_result", "education_document", "applicant"),
)


def nobody_listens(_: int) -> None:
    """Progress that nobody looks at."""


def counts(databases: Databases) -> dict[str, int]:
    with databases.register.begin() as session:
        return {table: session.scalar(text(f"SELECT count(*) FROM {table}")) for table in TABLES}


def hashes(databases: Databases) -> dict[str, str]:
    with databases.register.begin() as session:
        return {
            table: session.scalar(text(f"SELECT md5(string_agg(md5(t::text), '' ORDER BY t::text)) FROM {table} t")) for table in TABLES
        }


@pytest.fixture
def loaded(databases: Databases, tmp_path: Path) -> Databases:
    load(databases.register, Nation(PEOPLE, 1, TODAY), tmp_path, nobody_listens)
    return databases


def test_what_was_made_up_is_what_the_register_and_the_files_hold(databases, tmp_path):
    seen = []
    summary = load(databases.register, Nation(PEOPLE, 1, TODAY), tmp_path, seen.append)
    assert sum(seen) == summary.people == PEOPLE
    stored = counts(databases)
    assert (stored["institution"], stored["person"]) == (summary.institutions, summary.persons)
    assert (stored["affiliation"], stored["teaching_post"]) == (summary.affiliations, summary.teaching_posts)
    assert stored["identity"] >= stored["person"] == stored["person_profile"]
    people = (tmp_path / "people.jsonl").read_text(encoding="utf-8").splitlines()
    changes = [json.loads(line) for line in (tmp_path / "changes.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(people) == summary.in_population_register
    assert [change["position"] for change in changes] == list(range(1, summary.changes + 1))
    assert sorted(tmp_path.iterdir()) == [tmp_path / "changes.jsonl", tmp_path / "people.jsonl"]


def test_nothing_that_only_the_population_register_knows_is_in_the_register(loaded):
    with loaded.register.begin() as session:
        assert session.scalar(text("SELECT count(*) FROM residence")) == 0
        assert session.scalar(text("SELECT count(*) FROM guardianship")) == 0
        profiles = (
            "SELECT count(*) FROM person_profile WHERE restricted OR died_on IS NOT NULL OR status <> 'resident' OR source <> 'institution'"
        )
        assert session.scalar(text(profiles)) == 0


def test_the_same_seed_loads_the_same_rows_and_files(databases, tmp_path, cluster, template, numbers):
    load(databases.register, Nation(PEOPLE, 5, TODAY), tmp_path / "one", nobody_listens)
    first = hashes(databases)
    with databases.register.begin() as session:
        session.execute(text("TRUNCATE person, institution, examination CASCADE"))
    load(databases.register, Nation(PEOPLE, 5, TODAY), tmp_path / "two", nobody_listens)
    assert hashes(databases) == first
    for name in ("people.jsonl", "changes.jsonl"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_register_that_holds_something_is_left_alone(loaded, tmp_path):
    before = counts(loaded)
    with pytest.raises(RegisterNotEmpty):
        load(loaded.register, Nation(PEOPLE, 2, TODAY), tmp_path / "other", nobody_listens)
    assert counts(loaded) == before
    assert not list((tmp_path / "other").iterdir())


def test_a_load_that_breaks_off_leaves_nothing_behind(databases, tmp_path, monkeypatch):
    class Broken(Nation):
        def chunks(self):
            for chunk in super().chunks():
                yield chunk
                yield Chunk(identity=["1\t999999\tpersonal_code\t\t00000000000\tt\t2026-01-01\n"])

    with pytest.raises(Exception, match="identity"):
        load(databases.register, Broken(PEOPLE, 1, TODAY), tmp_path, nobody_listens)
    assert not any(counts(databases).values())
    assert not list(tmp_path.iterdir())


def test_the_database_goes_on_counting_after_the_rows_that_were_loaded(loaded):
    with loaded.register.begin() as session:
        greatest = session.scalar(text("SELECT max(id) FROM person"))
        assert session.scalar(text("INSERT INTO person DEFAULT VALUES RETURNING id")) == greatest + 1
        for table in ("recognition", "decision", "recognition_period"):
            greatest = session.scalar(text(f"SELECT max(id) FROM {table}"))
            assert session.scalar(text(f"SELECT nextval(pg_get_serial_sequence('{table}', 'id'))")) == greatest + 1


def test_every_affiliation_was_begun_in_a_licensed_programme(loaded):
    unlicensed = """
    SELECT count(*) FROM affiliation a WHERE NOT EXISTS (
        SELECT FROM recognition r JOIN recognition_period p ON p.recognition_id = r.id
        WHERE r.kind = 'licence' AND (r.institution, r.programme) = (a.institution, a.programme) AND upper_inf(p.recorded)
        AND p.status = 'LIC' AND p.valid @> lower(a.valid))
    """
    with loaded.register.begin() as session:
        assert session.scalar(text(unlicensed)) == 0


def test_what_the_decisions_say_once_more_changes_no_period(loaded):
    periods = text("SELECT count(*), max(id) FROM recognition_period")
    with loaded.register.begin() as session:
        before = session.execute(periods).one()
        for subject in session.scalars(text("SELECT id FROM recognition")).all():
            refold(session, subject)
        assert session.execute(periods).one() == before


def test_the_register_refuses_a_second_main_affiliation_beside_a_made_up_one(loaded):
    again = """
    INSERT INTO affiliation (identity_id, institution, programme, main, study_form, language, status, sender, sender_key, valid)
    SELECT identity_id, institution, programme, true, study_form, language, 'AKT', 'other', 'other', valid
      FROM affiliation WHERE main AND status = 'AKT' AND upper_inf(recorded) LIMIT 1
    """
    with pytest.raises(IntegrityError, match="one_main_at_a_time"), loaded.register.begin() as session:
        session.execute(text(again))


def test_lost_files_are_written_again_without_touching_the_register(loaded, tmp_path):
    before = hashes(loaded)
    make_nation(loaded, tmp_path, PEOPLE, 1)
    assert (tmp_path / FOLDER / "people.jsonl").stat().st_size > 0
    assert hashes(loaded) == before


def test_files_alone_are_the_same_files(loaded, tmp_path):
    write_population_register(Nation(PEOPLE, 1, TODAY), tmp_path / "alone", nobody_listens)
    for name in ("people.jsonl", "changes.jsonl"):
        assert (tmp_path / "alone" / name).read_bytes() == (tmp_path / name).read_bytes()


class FromFile:
    """The population register's list as the file holds it, in pages of a hundred."""

    name = "population-register"

    def __init__(self, folder: Path) -> None:
        self._people = [json.loads(line) for line in (folder / "people.jsonl").read_text(encoding="utf-8").splitlines()]

    def pages(self, born_from: date, born_to: date, cursor: str | None) -> Iterator[ChildPage]:
        listed = [child_record(person) for person in self._people if str(born_from) <= person["born_on"] <= str(born_to)]
        for start in range(0, len(listed), 100):
            following = str(start + 100) if start + 100 < len(listed) else None
            yield ChildPage(listed[start : start + 100], following, None, len(listed))


def child_record(person: dict[str, Any]) -> ChildRecord:
    residence = person["residence"] or {}
    return ChildRecord(
        personal_code=person["code"],
        given_name=person["given_name"],
        surname=person["surname"],
        born_on=person["born_on"],
        died_on=person["died_on"],
        status=person["status"],
        restricted=person["restricted"],
        municipality=residence.get("municipality"),
        address=residence.get("address"),
        resident_since=residence.get("from"),
        former_codes=tuple(person["former_codes"]),
        guardians=tuple(
            GuardianRecord(guardian["kind"], guardian.get("code"), guardian.get("care_institution"), guardian["from"])
            for guardian in person["guardians"]
        ),
    )


def test_the_children_of_the_list_are_the_people_whom_schools_named(databases, tmp_path):
    load(databases.register, Nation(2000, 1, TODAY), tmp_path, nobody_listens)
    known = "SELECT count(*) FROM identity WHERE scheme = 'personal_code'"
    with databases.register.begin() as session:
        before = session.scalar(text(known))
    interval = usual_interval(TODAY)
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    first = import_children(databases.register, FromFile(tmp_path), *interval, now)
    assert first.refused == 0
    assert first.changed > 10 * first.created > 0
    again = import_children(databases.register, FromFile(tmp_path), *interval, now)
    assert (again.created, again.changed, again.unchanged) == (0, 0, first.received)
    with databases.register.begin() as session:
        assert session.scalar(text(known)) > before
        assert session.scalar(text("SELECT count(*) FROM identity_move")) > 0
        code = sample_person(session)
        listed = "SELECT count(*) FROM residence r JOIN identity i USING (person_id) WHERE i.value = :code AND kind = 'declared'"
        assert session.scalar(text(listed), {"code": code}) == 1


def test_the_sample_person_is_a_made_up_child_with_a_history(loaded):
    with loaded.replica.begin() as session:
        code = sample_person(session)
        number = session.scalar(
            text("SELECT count(*) FROM affiliation a JOIN identity i ON i.id = a.identity_id WHERE i.value = :code"), {"code": code}
        )
    assert check_digit_agrees(code)
    assert number >= 4


@pytest.mark.parametrize("sample", [sample_person, sample_applicant])
def test_without_a_nation_the_sample_says_what_to_do(databases, sample):
    with databases.replica.begin() as session, pytest.raises(LookupError, match="viis demo-data"):
        sample(session)


def test_the_sample_applicant_has_a_document_with_marks_and_results(loaded):
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    with loaded.replica.begin() as session:
        named = Named("personal_code", "", sample_applicant(session))
        _, shown = person_achievements(session, EVERYTHING, frozenset(), named, None, now, TODAY)
    assert shown is not None
    assert any(document[2] == "ATV" and document[10] for document in shown.person.documents)
    assert sum(result[11] == "result" for result in shown.person.exam_results) >= 3


def test_every_document_and_result_is_in_the_feed_with_places_of_its_own(loaded):
    told = "SELECT count(*), count(DISTINCT position), max(position) FROM feed_event WHERE audience = 'achievement'"
    count = "(SELECT count(*) FROM {} WHERE upper_inf(recorded))"
    there = f"SELECT {count.format('exam_result')}, {count.format('education_document')}"
    with loaded.register.begin() as session:
        number, places, last = session.execute(text(told)).one()
        results, documents = session.execute(text(there)).one()
        assert number == places == results + documents
        assert session.scalar(text("SELECT head FROM feed_state")) == last


def test_what_waits_is_published_at_its_instant_and_told_to_who_registered_the_applicants(loaded):
    with loaded.register.begin() as session:
        assert publish_next(session, datetime(2026, 11, 23, 12, tzinfo=UTC)) is None
        published = publish_next(session, datetime(2026, 12, 31, tzinfo=UTC))
        assert published is not None
        assert published.code == "2027-CE-ENG-O-Z"
        told = session.scalar(text("SELECT count(*) FROM outbox_message WHERE kind = 'personAchievements'"))
        assert (told > 0) == (published.results > 0)


def test_whom_candidates_name_is_whom_the_register_finds(loaded):
    said = f"SELECT c.match, who.match, c.identity_id, who.identity_id FROM exam_candidate c {found('c')}"
    with loaded.register.begin() as session:
        rows = session.execute(text(said)).all()
    assert rows
    assert all(row[0] == row[1] and row[2] == row[3] for row in rows)
