"""Teaching posts and education documents that are submitted."""

import pytest

from core.submissions.education_documents import MarkItem, ReplacedDocument
from tests.integration.submitting import ANNA, ILZE, NEIGHBOUR, OTHER, SCHOOL, SENDER, Submitting, document, of_institutions, post


@pytest.fixture
def school(register) -> Submitting:
    return Submitting(register)


def changes(school: Submitting, entity: str) -> list[str]:
    """The kinds of events about an entity, in their order."""
    return [row[0] for row in school.register.execute("SELECT kind FROM change WHERE entity = :entity ORDER BY id", entity=entity)]


def test_a_post_is_taken_changed_and_withdrawn(school):
    [[*_, entry, _, _, _]] = school.send(post()).outcomes
    assert school.outcomes(post(load="1")) == ["unchanged"]
    assert school.outcomes(post(load="0.5")) == ["accepted"]
    [[_, _, outcome, gone, none, _, _]] = school.send(post(withdrawn=True)).outcomes
    assert (outcome, gone, none) == ("accepted", entry, None)
    assert school.rows("teaching_post", "id") == []
    assert school.outcomes(post(withdrawn=True)) == ["unchanged"]
    assert set(changes(school, "teachingPost")) == {"upsert", "remove"}
    assert [row[0] for row in school.register.execute("SELECT upper_inf(recorded) FROM teaching_post ORDER BY id")] == [False, False]


def test_what_was_withdrawn_is_withdrawn_even_when_it_says_the_same(school):
    school.send(post())
    assert school.outcomes(post(withdrawn=True)) == ["accepted"]
    assert school.count("teaching_post") == 1


def test_a_withdrawn_post_that_is_sent_again_is_a_new_entry(school):
    [[*_, entry, _, _, _]] = school.send(post()).outcomes
    school.send(post(withdrawn=True))
    [[_, _, outcome, new, *_]] = school.send(post()).outcomes
    assert outcome == "accepted"
    assert new != entry


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"load": "0"}, "R-0510"),
        ({"load": "2.001"}, "R-0510"),
        ({"load": "1.0001"}, "R-0510"),
        ({"load": "-1"}, "R-0510"),
        ({"post": " "}, "R-0510"),
        ({"institution": OTHER}, "R-0103"),
        ({"institution": "1"}, "R-0201"),
        ({"ended_on": "2025-08-31"}, "R-0509"),
        ({"code": ILZE}, "R-0504"),
    ],
)
def test_a_wrong_post_is_refused_alone(school, wrong, code):
    assert school.outcomes(post("P0"), post("P1", **wrong), post("P2"), sender=of_institutions(SCHOOL)) == ["accepted", code, "accepted"]


@pytest.mark.parametrize("load", ["0.001", "2", "+1.5", ".75", "01.0", "1.", "2.000"])
def test_a_load_may_be_written_in_any_way_that_decimals_are(school, load):
    assert school.outcomes(post(load=load)) == ["accepted"]


def test_posts_may_run_beside_each_other(school):
    assert school.outcomes(post("P1"), post("P2", load="0.5"), post("P3", institution=OTHER)) == ["accepted"] * 3


@pytest.mark.parametrize("status", ["annulled", "lost", "duplicated", "extracted"])
def test_a_document_changes_its_status_and_stays(school, status):
    [[*_, entry, version, _, _]] = school.send(document()).outcomes
    [[_, _, outcome, same, newer, _, _]] = school.send(document(status=status)).outcomes
    assert (outcome, same) == ("accepted", entry)
    assert newer != version
    assert school.rows("education_document", "status, number, series") == [(status, "000123", "PA")]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"document_type": "QQQ"}, "R-0203"),
        ({"status": "burnt"}, "R-0203"),
        ({"number": " "}, "R-0510"),
        ({"programme": "abc"}, "R-0203"),
        ({"issued_on": "1899-01-01"}, "R-0509"),
        ({"institution": OTHER}, "R-0103"),
        ({"expected_version": 5}, "R-0508"),
        ({"code": None}, "R-0510"),
    ],
)
def test_a_wrong_document_is_refused_alone(school, wrong, code):
    items = (document("D0"), document("D1", **wrong), document("D2"))
    assert school.outcomes(*items, sender=of_institutions(SCHOOL)) == ["accepted", code, "accepted"]


MARKS = [
    MarkItem(subject="Matemātika", scale="M10", value="9"),
    MarkItem(subject="Sports", scale="A"),
    MarkItem(subject="Ētika", scale="INI", value="i"),
]


def test_marks_are_kept_with_their_scales_and_the_same_marks_again_change_nothing(school):
    assert school.outcomes(document(marks=MARKS)) == ["accepted"]
    [[marks]] = school.rows("education_document", "marks")
    assert marks == [["Matemātika", "M10", "9"], ["Sports", "A", None], ["Ētika", "INI", "i"]]
    assert school.outcomes(document(marks=[MarkItem(**{name: getattr(mark, name) for name in mark.__slots__}) for mark in MARKS])) == [
        "unchanged"
    ]
    assert school.outcomes(document(marks=MARKS[::-1])) == ["accepted"], "a document has its marks in its own order"
    assert school.outcomes(document(marks=[])) == ["accepted"]
    assert school.outcomes(document()) == ["unchanged"], "no marks are no marks, however that is written"


def test_a_duplicate_names_what_it_replaces(school):
    replaces = ReplacedDocument(series="PA", number="000123")
    assert school.outcomes(document("D1", status="duplicated"), document("D2", number="000124", replaces=replaces)) == ["accepted"] * 2
    assert school.rows("education_document", "number, replaces_series, replaces_number") == [
        ("000123", None, None),
        ("000124", "PA", "000123"),
    ]
    assert school.outcomes(document("D2", number="000124", replaces=replaces)) == ["unchanged"]


def mark(subject="Fizika", scale="M10", value=None):
    return {"marks": [*MARKS, MarkItem(subject=subject, scale=scale, value=value)]}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (mark(value="0"), "R-0803"),
        (mark(value="11"), "R-0803"),
        (mark(value="9.5"), "R-0803"),
        (mark(), "R-0803"),
        (mark(scale="INI", value="5"), "R-0803"),
        (mark(scale="PCT", value="101"), "R-0803"),
        (mark(scale="NV", value="5"), "R-0803"),
        (mark(scale="A", value="a"), "R-0803"),
        (mark(scale="QQQ", value="5"), "R-0203"),
        (mark(subject=" ", value="5"), "R-0510"),
        ({"replaces": ReplacedDocument(number=" ")}, "R-0510"),
        ({"replaces": ReplacedDocument(series="PA", number="000123")}, "R-0510"),
    ],
)
def test_a_wrong_mark_refuses_its_document_alone(school, wrong, code):
    assert school.outcomes(document("D0"), document("D1", **wrong), document("D2", marks=MARKS)) == ["accepted", code, "accepted"]


def test_a_refused_document_is_reported_with_each_of_its_marks(school):
    school.send(document("D1", number=" ", marks=MARKS, replaces=ReplacedDocument(number="7")))
    [[item]] = school.register.execute("SELECT item FROM submission_refusal")
    said = {path: value for path, value in item.items() if "/" in path}
    assert said == {
        "marks/1/subject": "Matemātika",
        "marks/1/scale": "M10",
        "marks/1/value": "9",
        "marks/2/subject": "Sports",
        "marks/2/scale": "A",
        "marks/3/subject": "Ētika",
        "marks/3/scale": "INI",
        "marks/3/value": "i",
        "replaces/number": "7",
    }


def test_a_document_that_outlived_its_programme_is_taken(school):
    assert school.outcomes(document(programme="31011012", series=None), document("D2", programme=None)) == ["accepted", "accepted"]


def test_another_issuers_document_is_withdrawn_by_number_and_version(school):
    [[*_, entry, version, _, _]] = school.send(document()).outcomes
    ours = of_institutions(SCHOOL, sender=NEIGHBOUR)
    assert school.outcomes(document("X", entry_id=entry, withdrawn=True), sender=ours) == ["R-0508"]
    assert school.outcomes(document("X", entry_id=entry, expected_version=version, withdrawn=True), sender=ours) == ["accepted"]
    assert school.rows("education_document", "id") == []


@pytest.mark.parametrize(("item", "table"), [(post, "teaching_post"), (document, "education_document")])
def test_what_another_client_withdrew_comes_back_only_for_who_knows_that_version(school, item, table):
    [[*_, entry, version, _, _]] = school.send(item("K1")).outcomes
    ours = of_institutions(SCHOOL, sender=NEIGHBOUR)
    assert school.outcomes(item("X", entry_id=entry, expected_version=version, withdrawn=True), sender=ours) == ["accepted"]
    assert school.register.execute(f"SELECT id, withdrawn_by FROM {table}") == [(version, NEIGHBOUR.client)]
    assert school.outcomes(item("K1"), item("K2")) == ["R-0508", "accepted"]
    assert school.outcomes(item("K1", entry_id=entry)) == ["R-0508"]
    assert school.outcomes(item("K1", expected_version=version - 1)) == ["R-0508"]
    assert school.outcomes(item("K1", entry_id=entry + 1000, expected_version=version)) == ["R-0511"]
    assert school.outcomes(item("K1"), dry_run=True) == ["R-0508"]
    assert school.outcomes(item("K1", withdrawn=True)) == ["unchanged"]
    [[_, _, outcome, new, *_]] = school.send(item("K1", entry_id=entry, expected_version=version)).outcomes
    assert (outcome, new == entry) == ("accepted", False)
    assert school.outcomes(item("K1")) == ["unchanged"]
    assert school.rows(table, "sender, sender_key, author") == [(SENDER.client, key, None) for key in ("K2", "K1")]


def test_the_version_that_brings_back_is_the_one_that_was_withdrawn_whoever_wrote_it(school):
    [[*_, entry, first, _, _]] = school.send(post()).outcomes
    [[*_, second, _, _]] = school.send(post("X", entry_id=entry, expected_version=first, load="0.5"), sender=NEIGHBOUR).outcomes
    school.send(post("X", entry_id=entry, expected_version=second, withdrawn=True), sender=NEIGHBOUR)
    assert school.outcomes(post(expected_version=first)) == ["R-0508"]
    [refused] = school.send(post()).outcomes
    assert str(second) in (refused.reason or "")
    assert school.outcomes(post(expected_version=second)) == ["accepted"]


def test_who_withdraws_what_was_brought_back_may_send_it_again_as_its_own(school):
    [[*_, entry, version, _, _]] = school.send(post()).outcomes
    school.send(post("X", entry_id=entry, expected_version=version, withdrawn=True), sender=NEIGHBOUR)
    school.send(post(expected_version=version))
    assert school.outcomes(post(withdrawn=True)) == ["accepted"]
    assert school.outcomes(post()) == ["accepted"]


def test_a_key_that_another_client_withdrew_is_free_for_others(school):
    [[*_, entry, version, _, _]] = school.send(post()).outcomes
    school.send(post("X", entry_id=entry, expected_version=version, withdrawn=True), sender=NEIGHBOUR)
    assert school.outcomes(post(), sender=NEIGHBOUR) == ["accepted"]
    assert school.outcomes(post()) == ["R-0508"]


def test_one_key_stands_for_one_entry_of_each_kind(school):
    assert school.outcomes(post("K1", ANNA)) == ["accepted"]
    assert school.outcomes(document("K1", ANNA)) == ["accepted"]
