"""A municipality's copy: what is in it, that it follows, and that it proves itself equal."""

from datetime import date

import pytest

from adapters.feeds.adding import Feed
from adapters.feeds.offered import VIEWS, places
from core import changes
from core.access import Scope, ScopeKind
from core.checkpoints import checkpoints
from core.feed import followed
from core.feed_events import ChangedAffiliation, ChangedEducationDocument, ChangedInstitution, ChangedProgramme, ChangedTeachingPost
from core.model import EducationDocument
from core.sequencer import move
from tests.municipal import TODAY, Municipal
from tests.register import MADONA, RIGA, Register, days

ANNA, BRUNO = "04051820219", "04051820227"
SCHOOL, OTHER = "4113100001", "4113100002"
ARRIVED = """
CREATE TABLE arrived (what text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO public.arrived VALUES (TG_OP || ' ' || coalesce(NEW.municipality, OLD.municipality)); RETURN NULL; END $$;
CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON holding FOR EACH ROW EXECUTE FUNCTION note();
ALTER TABLE holding ENABLE ALWAYS TRIGGER noted
"""


@pytest.fixture
def people(register: Register) -> dict[str, int]:
    """Anna learns, teaches and lives in Riga, Bruno in Madona; each has a document."""
    found = {}
    for name, code, school, home in (("Anna", ANNA, SCHOOL, RIGA), ("Bruno", BRUNO, OTHER, MADONA)):
        register.institution(school, f"{name} skola", home)
        found[name] = register.person(code, given_name=name)
        register.lives(found[name], home)
        register.learns(found[name], school, start_order="1-8/1")
        register.teaches(found[name], school, load="0.500")
        [(identity,)] = register.execute("SELECT id FROM identity WHERE value = :code", code=code)
        values = {"document_type": "A", "number": "7", "issued_on": date(2026, 6, 1), "status": "valid", "programme": "21011111"}
        register.add(EducationDocument(identity_id=identity, institution=school, sender="s", sender_key=name, **values))
    return found


def moves(register: Register, person: int, municipality: str, on: date) -> None:
    """Lives elsewhere from a day on, and what follows is told."""
    with register.databases.register.begin() as session:
        session.connection().exec_driver_sql(
            "UPDATE residence SET valid = daterange(lower(valid), %s) WHERE person_id = %s AND upper_inf(valid)", (on, person)
        )
    register.lives(person, municipality, days(on.isoformat()))
    with register.databases.register.begin() as session:
        changes.people_changed(session, [person], today=TODAY)


def watch(municipal: Municipal, feed: Feed) -> None:
    """Every row that arrives is noted: that is writing, which the server forbids by default."""
    municipal.in_copy(feed, ARRIVED)
    municipal.in_copy(feed, f"ALTER DATABASE {feed.known_as} SET default_transaction_read_only = off")
    for change in ("DISABLE", "ENABLE"):
        municipal.in_copy(feed, f"ALTER SUBSCRIPTION {feed.known_as} {change}")


def numbered(municipal: Municipal) -> None:
    """Every change has its position."""
    with municipal.databases.register_engine.begin() as connection:
        move(connection)


@pytest.mark.usefixtures("people")
def test_the_views_have_the_words_and_types_of_the_field(municipal, feed):
    municipal.tell()
    municipal.add(feed)
    columns = "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'education' AND table_name = %s"
    assert dict(municipal.in_copy(feed, columns, "teaching_post"))["load"] == "numeric"
    [row] = municipal.in_copy(
        feed, "SELECT personal_code, birth_date, main, class_level, started_on, ended_on, start_order FROM education.affiliation"
    )
    assert row == (ANNA, date(2018, 5, 4), True, "1", date(2024, 9, 1), None, "1-8/1")
    [(load,)] = municipal.in_copy(feed, "SELECT load FROM education.teaching_post")
    assert float(load) == 0.5
    assert municipal.in_copy(feed, "SELECT document_type, number, issued_on FROM education.education_document") == [
        ("A", "7", date(2026, 6, 1))
    ]
    assert municipal.in_copy(feed, "SELECT registration_number, name, municipality FROM education.institution ORDER BY 1") == [
        (SCHOOL, "Anna skola", RIGA),
        (OTHER, "Bruno skola", MADONA),
    ]
    assert municipal.in_copy(feed, "SELECT count(*) FROM education.programme") == [(2,)]


@pytest.mark.usefixtures("people")
def test_every_view_and_column_is_documented_in_both_languages(municipal, feed):
    municipal.tell()
    municipal.add(feed)
    undocumented = municipal.in_copy(
        feed,
        "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 "
        "WHERE c.relnamespace = 'education'::regnamespace AND c.relname NOT IN ('checkpoint', 'freshness') "
        "AND coalesce(col_description(c.oid, a.attnum), '') NOT LIKE '% / %'",
    )
    assert undocumented == []
    assert municipal.in_copy(feed, "SELECT obj_description('education.affiliation'::regclass)") == [
        ("Piederība: izglītojamais izglītības iestādē. Affiliation: a learner in an institution.",)
    ]


def test_who_moves_out_arrives_as_a_delete_and_who_moves_in_as_an_insert(municipal, feed, register, people):
    register.execute("DELETE FROM teaching_post")
    register.execute("DELETE FROM education_document")
    register.execute("UPDATE institution_profile SET municipality = :there", there=MADONA)
    municipal.tell()
    municipal.add(feed)
    watch(municipal, feed)
    moves(register, people["Anna"], MADONA, date(2026, 2, 1))
    municipal.caught_up(feed)
    assert municipal.in_copy(feed, "SELECT * FROM arrived") == [(f"DELETE {RIGA}",)]
    moves(register, people["Bruno"], RIGA, date(2026, 2, 1))
    municipal.caught_up(feed)
    assert municipal.in_copy(feed, "SELECT * FROM arrived") == [(f"DELETE {RIGA}",), (f"INSERT {RIGA}",)]
    assert municipal.in_copy(feed, "SELECT given_name FROM education.affiliation") == [("Bruno",)]
    assert municipal.equal(feed)


@pytest.mark.usefixtures("people")
def test_a_row_whose_municipality_is_written_over_crosses_the_filter_too(municipal, feed):
    municipal.tell()
    municipal.add(feed)
    watch(municipal, feed)
    municipal.in_register("UPDATE holding SET municipality = '0002000' WHERE municipality = %s AND entity = 'affiliation'", RIGA)
    municipal.in_register("UPDATE holding SET municipality = %s WHERE municipality = %s AND entity = 'affiliation'", RIGA, MADONA)
    municipal.caught_up(feed)
    assert municipal.in_copy(feed, "SELECT * FROM arrived") == [(f"DELETE {RIGA}",), (f"INSERT {RIGA}",)]
    assert municipal.equal(feed)


@pytest.mark.usefixtures("people")
def test_truncating_and_filling_again_leaves_the_copy_equal(municipal, feed):
    municipal.tell()
    municipal.add(feed)
    with municipal.databases.register.begin() as session:
        session.connection().exec_driver_sql("CREATE TEMPORARY TABLE kept ON COMMIT DROP AS SELECT * FROM holding")
        session.connection().exec_driver_sql("TRUNCATE holding")
        session.connection().exec_driver_sql("INSERT INTO holding SELECT * FROM kept")
    assert municipal.equal(feed)
    municipal.in_register("TRUNCATE holding")
    assert municipal.equal(feed)
    assert municipal.in_copy(feed, "SELECT count(*) FROM holding") == [(0,)]


@pytest.mark.usefixtures("people")
def test_without_the_right_nothing_of_health_is_in_the_database(municipal, feed):
    municipal.tell()
    municipal.add(feed)
    told = municipal.in_copy(
        feed, "SELECT attname FROM pg_attribute WHERE attrelid IN ('holding'::regclass, 'education.affiliation'::regclass)"
    )
    assert {"health", "full_hash", "person_id", "institution_id", "programme", "end_reason"}.isdisjoint(name for (name,) in told)
    assert municipal.in_copy(feed, "SELECT count(*) FROM holding WHERE array_to_string(content, ',') LIKE %s", "%21011111%") == [(2,)]


@pytest.mark.usefixtures("people")
def test_with_the_right_programmes_and_reasons_are_in_the_views(municipal, feed):
    municipal.tell()
    with_health = feed._replace(health=True)
    municipal.add(with_health)
    assert municipal.in_copy(with_health, "SELECT programme, end_reason FROM education.affiliation") == [("21011111", None)]
    assert municipal.in_copy(with_health, "SELECT programme FROM education.education_document") == [("21011111",)]


@pytest.mark.parametrize("health", [False, True])
def test_the_copy_proves_itself_equal_to_the_checkpoints(municipal, feed, register, people, health):
    municipal.tell()
    numbered(municipal)
    copy = feed._replace(health=health)
    municipal.add(copy)
    moves(register, people["Bruno"], RIGA, date(2026, 2, 1))
    numbered(municipal)
    municipal.caught_up(copy)
    proof = municipal.in_copy(
        copy,
        "SELECT municipality, entity, rows, hash, register_rows, register_hash, register_position FROM education.checkpoint ORDER BY 1, 2",
    )
    assert [(whose, entity, rows) for whose, entity, rows, *_ in proof] == [
        (RIGA, "affiliation", 2),
        (RIGA, "educationDocument", 2),
        (RIGA, "teachingPost", 2),
        (None, "institution", 2),
        (None, "programme", 2),
    ]
    assert all(row[2:4] == row[4:6] for row in proof)
    scope, rights = Scope(ScopeKind.MUNICIPALITIES, (RIGA,)), frozenset({"health"} if health else ())
    with municipal.databases.register.begin() as session:
        registered = checkpoints(session, followed(scope, rights, None, None), None)
    assert [row[:4] for row in proof] == list(registered.points)
    assert {row[6] for row in proof} <= set(range(1, registered.position + 1))


@pytest.mark.usefixtures("people")
def test_a_value_that_differs_is_found_by_the_copy_itself(municipal, feed):
    municipal.tell()
    numbered(municipal)
    municipal.add(feed)
    municipal.in_copy(feed, "ALTER TABLE holding DISABLE TRIGGER read_only")
    municipal.in_copy(feed, "UPDATE holding SET content[4] = 'Cita' WHERE entity = 'affiliation'")
    wrong = municipal.in_copy(feed, "SELECT entity FROM education.checkpoint WHERE hash <> register_hash")
    assert wrong == [("affiliation",)]


@pytest.mark.usefixtures("people")
def test_three_copies_follow_at_once_while_everything_changes(municipal, numbers, register):
    municipal.tell()
    three = [Feed(f"t{next(numbers)}", code, health=health) for code, health in ((RIGA, False), (MADONA, True), ("0002000", False))]
    for one in three:
        municipal.add(one)
    homes = [RIGA, MADONA, "0002000"]
    people = [register.person(f"0405182{number:04d}", given_name=f"Bērns {number}") for number in range(30)]
    for number, person in enumerate(people):
        register.lives(person, homes[number % 3])
        register.learns(person, SCHOOL if number % 2 else OTHER)
    with register.databases.register.begin() as session:
        changes.people_changed(session, people, today=TODAY)
    for turn in range(1, 4):
        for number, person in enumerate(people):
            moves(register, person, homes[(number + turn) % 3], date(2026, turn, 1))
    numbered(municipal)
    for one in three:
        assert municipal.equal(one)
        proof = municipal.in_copy(one, "SELECT rows, hash, register_rows, register_hash FROM education.checkpoint")
        assert proof
        assert all(proven[:2] == proven[2:] for proven in proof)


@pytest.mark.usefixtures("people")
def test_nobody_but_the_replication_writes_to_the_copy(municipal, feed):
    municipal.tell()
    municipal.add(feed)
    for statement in (
        "DELETE FROM holding",
        "TRUNCATE holding",
        "UPDATE checkpoint SET rows = 1",
        "INSERT INTO heartbeat VALUES (2, now())",
    ):
        with pytest.raises(Exception, match="only the replication from the register writes here"):
            municipal.in_copy(feed, statement)


def test_the_columns_of_the_views_are_the_values_of_the_entries_in_their_order():
    shown = [ChangedAffiliation, ChangedTeachingPost, ChangedEducationDocument, ChangedInstitution, ChangedProgramme]
    assert [view.entity for view in VIEWS] == ["affiliation", "teachingPost", "educationDocument", "institution", "programme"]
    assert [tuple(column.name for column, _ in places(view)) for view in VIEWS] == [entry._fields for entry in shown]
