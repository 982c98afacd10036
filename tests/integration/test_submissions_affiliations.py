"""Affiliations that schools submit: every rule, each with its code, and the neighbours go through."""

import pytest
from sqlalchemy import text

from core.access import Scope, ScopeKind
from core.submissions.items import AssignedIdentifier
from tests.integration.submitting import (
    ANNA,
    HERS,
    ILZE,
    JANIS,
    NEIGHBOUR,
    OTHER,
    SCHOOL,
    SENDER,
    Submitting,
    affiliation,
    of_institutions,
)
from tests.register import MADONA, RIGA, days

INSERT_PERSON = text("INSERT INTO person DEFAULT VALUES RETURNING id")
INSERT_IDENTITY = text("INSERT INTO identity (person_id, scheme, value) VALUES (:person, 'personal_code', :code)")


@pytest.fixture
def school(register) -> Submitting:
    return Submitting(register)


def test_an_affiliation_is_taken_once_and_then_unchanged(school):
    first = school.send(affiliation())
    assert (first.received, first.accepted, first.unchanged, first.rejected) == (1, 1, 0, 0)
    [(position, key, outcome, entry, version, code, reason)] = first.outcomes
    assert (position, key, outcome, code, reason) == (1, "K1", "accepted", None, None)
    assert school.rows(columns="id, entry_id, study_form, language, author") == [(version, entry, "1", "1", None)]
    changes = school.count("change")
    again = school.send(affiliation())
    assert list(again.outcomes[0]) == [1, "K1", "unchanged", entry, version, None, None]
    assert (school.count("affiliation"), school.count("change")) == (1, changes)
    assert list(first.persons) == list(again.persons) == [school.anna]


def test_a_change_closes_the_version_and_adds_another_of_the_same_entry(school):
    [before] = school.send(affiliation()).outcomes
    [after] = school.send(affiliation(class_group="1.b")).outcomes
    assert after[3] == before[3]
    assert after[4] != before[4]
    rows = school.register.execute("SELECT id, class_group, upper_inf(recorded) FROM affiliation ORDER BY id")
    assert [tuple(row) for row in rows] == [(before[4], "1.a", False), (after[4], "1.b", True)]
    [(touching,)] = school.register.execute(
        "SELECT a.recorded -|- b.recorded FROM affiliation a, affiliation b WHERE a.class_group = '1.a' AND b.class_group = '1.b'"
    )
    assert touching


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"institution": "9999999999"}, "R-0201"),
        ({"institution": OTHER}, "R-0103"),
        ({"class_level": "99"}, "R-0203"),
        ({"study_form": "9"}, "R-0203"),
        ({"language": "9"}, "R-0203"),
        ({"status": "QQQ"}, "R-0203"),
        ({"status": "IZB", "ended_on": "2026-01-01", "end_reason": "77"}, "R-0203"),
        ({"code": "1234567890"}, "R-0301"),
        ({"code": ILZE}, "R-0504"),
        ({"code": ILZE, "given_name": "Ilze", "surname": " "}, "R-0504"),
        ({"code": None}, "R-0510"),
        ({"identifier": AssignedIdentifier(SCHOOL, "17")}, "R-0510"),
        ({"code": None, "identifier": AssignedIdentifier(SCHOOL, "17")}, "R-0504"),
        ({"code": None, "identifier": AssignedIdentifier(OTHER, "17"), "given_name": "A", "surname": "B"}, "R-0103"),
        ({"programme": "31016011"}, "R-0505"),
        ({"programme": "1"}, "R-0505"),
        ({"started_on": "2009-12-31"}, "R-0505"),
        ({"ended_on": "2025-08-31"}, "R-0509"),
        ({"started_on": "2025-02-30"}, "R-0509"),
        ({"started_on": "1899-12-31"}, "R-0509"),
        ({"ended_on": "2200-01-01"}, "R-0509"),
        ({"status": "IZB"}, "R-0510"),
        ({"end_reason": "02"}, "R-0510"),
        ({"birth_date": "2026-09-06"}, "R-0510"),
        ({"expected_version": 1}, "R-0508"),
        ({"entry_id": 1, "expected_version": 1}, "R-0511"),
    ],
)
def test_a_wrong_item_is_refused_with_its_code_and_its_neighbours_go_through(school, wrong, code):
    sent = school.send(affiliation("K0", JANIS), affiliation("K1", **wrong), affiliation("K2", main=False), sender=of_institutions(SCHOOL))
    assert [outcome[5] or outcome[2] for outcome in sent.outcomes] == ["accepted", code, "accepted"]
    assert len(school.rows()) == 2
    assert school.count("submission_refusal") == 1
    assert school.count("person") == 2


def test_a_programme_code_that_had_ended_is_refused_by_the_rule_of_its_day(school):
    school.register.programme(SCHOOL, "31011012", valid=days("2010-01-01"))
    evening = affiliation(programme="31011012")
    assert school.outcomes(affiliation(programme="31011012", started_on="2022-09-01")) == ["R-0506"]
    assert school.outcomes(affiliation(programme="31011012", started_on="2022-08-31")) == ["accepted"]
    assert school.outcomes(evening) == ["R-0506"]


def test_how_an_affiliation_ended_is_taken_when_the_programme_is_offered_no_more(school):
    school.send(affiliation())
    school.register.execute("UPDATE programme_profile SET valid = '[2010-01-01,2011-01-01)'")
    assert school.outcomes(affiliation(status="IZB", ended_on="2026-09-01")) == ["accepted"]
    assert school.outcomes(affiliation(status="IZB", started_on="2025-09-02", ended_on="2026-09-01")) == ["R-0505"]


def test_the_second_item_of_a_key_is_refused_whatever_it_says(school):
    assert school.outcomes(affiliation(), affiliation(class_group="1.b"), affiliation()) == ["accepted", "R-0502", "R-0502"]
    assert school.outcomes(affiliation(), affiliation()) == ["unchanged", "R-0502"]


def test_two_items_for_one_entry_are_two_items_of_one_key(school):
    [[_, _, _, entry, version, _, _]] = school.send(affiliation()).outcomes
    both = (affiliation(class_group="1.b"), affiliation("K9", entry_id=entry, expected_version=version, class_group="1.c"))
    assert school.outcomes(*both) == ["accepted", "R-0502"]
    assert school.outcomes(affiliation(class_group="1.b"), affiliation("K9", entry_id=entry, class_group="1.c")) == ["unchanged", "R-0502"]


def test_a_person_without_a_record_is_entered_once_with_the_names_that_were_given(school):
    named = {"given_name": "Ilze", "surname": "Ozola", "birth_date": "2018-05-04"}
    assert school.outcomes(affiliation("K1", ILZE, **named), affiliation("K2", ILZE, main=False, **named)) == ["accepted", "accepted"]
    profile = "SELECT given_name, surname, born_on::text, source FROM person_profile JOIN identity USING (person_id) WHERE value = :code"
    assert [tuple(row) for row in school.register.execute(profile, code=ILZE)] == [("Ilze", "Ozola", "2018-05-04", SENDER.client)]
    assert school.outcomes(affiliation("K1", ILZE)) == ["unchanged"]


def test_a_person_without_a_code_is_known_by_the_institutions_identifier(school):
    item = affiliation(code=None, identifier=AssignedIdentifier(SCHOOL, "2026/17"), given_name="Li", surname="Wang")
    assert school.outcomes(item) == ["accepted"]
    assert school.outcomes(item) == ["unchanged"]
    identity = school.register.execute("SELECT scheme, issuer, value FROM identity WHERE scheme = 'institution'")
    assert [tuple(row) for row in identity] == [("institution", SCHOOL, "2026/17")]


def test_somebody_whom_the_register_knows_by_code_alone_gets_the_names(school):
    with school.register.databases.register.begin() as session:
        person = session.execute(INSERT_PERSON).scalar()
        session.execute(INSERT_IDENTITY, {"person": person, "code": ILZE})
    assert school.outcomes(affiliation(code=ILZE)) == ["R-0504"]
    assert school.outcomes(affiliation(code=ILZE, given_name="Ilze", surname="Ozola")) == ["accepted"]
    assert school.register.execute("SELECT surname FROM person_profile WHERE person_id = :id", id=person)[0][0] == "Ozola"


def test_one_main_affiliation_at_a_time_whoever_sends_it(school):
    school.send(affiliation())
    assert school.outcomes(affiliation("N1"), sender=NEIGHBOUR) == ["R-0503"]
    assert school.outcomes(affiliation("N1", main=False), sender=NEIGHBOUR) == ["accepted"]
    assert school.outcomes(affiliation("N2", started_on="2024-09-01", ended_on="2025-08-31", status="IZB"), sender=NEIGHBOUR) == [
        "accepted"
    ]


def test_one_main_affiliation_at_a_time_whatever_code_it_hangs_on(school):
    school.register.execute(
        "INSERT INTO identity (person_id, scheme, value, current) VALUES (:id, 'personal_code', :code, false)", id=school.anna, code=ILZE
    )
    school.send(affiliation())
    assert school.outcomes(affiliation("K2", ILZE, started_on="2026-01-01")) == ["R-0503"]


def test_a_message_ends_one_affiliation_and_begins_the_next(school):
    school.send(affiliation())
    begins = affiliation("K2", institution=OTHER, started_on="2026-02-01")
    ends = affiliation(status="IZB", ended_on="2026-01-31", end_reason="02")
    assert school.outcomes(begins, ends) == ["accepted", "accepted"]
    assert [row[4] for row in school.rows()] == ["[2026-02-01,)", "[2025-09-01,2026-02-01)"]


def test_whoever_relies_on_a_refused_item_is_refused(school):
    school.send(affiliation())
    begins = affiliation("K2", institution=OTHER, started_on="2026-02-01")
    ends = affiliation(status="IZB", ended_on="2026-01-31", end_reason="77")
    assert school.outcomes(begins, ends) == ["R-0503", "R-0203"]


def test_an_overlap_within_a_message_is_told_to_the_later_item(school):
    assert school.outcomes(affiliation("K1", ILZE, given_name="I", surname="O"), affiliation("K2", ILZE, given_name="I", surname="O")) == [
        "accepted",
        "R-0503",
    ]


def test_recorded_in_error_holds_no_place_and_can_be_taken_back(school):
    school.send(affiliation())
    assert school.outcomes(affiliation(status="DUB")) == ["accepted"]
    assert school.outcomes(affiliation("N1"), sender=NEIGHBOUR) == ["accepted"]
    assert school.outcomes(affiliation()) == ["R-0503"]
    school.send(affiliation("N1", status="DUB"), sender=NEIGHBOUR)
    assert school.outcomes(affiliation()) == ["accepted"]


def test_an_overlap_that_a_merger_left_may_be_corrected_step_by_step(school):
    school.send(affiliation("K1", ANNA, started_on="2024-09-01"))
    school.send(affiliation("K2", JANIS))
    school.register.execute("UPDATE identity SET person_id = :anna, current = false WHERE value = :code", anna=school.anna, code=JANIS)
    both = (affiliation("K1", ANNA, started_on="2024-09-01"), affiliation("K2", JANIS, class_group="1.b"))
    assert school.outcomes(*both) == ["unchanged", "accepted"]
    assert school.outcomes(affiliation("K2", JANIS, started_on="2025-08-31")) == ["R-0503"]
    assert school.outcomes(affiliation("K2", JANIS, ended_on="2025-12-31", status="IZB")) == ["accepted"]


def test_a_municipality_submits_for_its_institutions(school):
    school.register.institution("4113100003", municipality=MADONA)
    school.register.programme("4113100003", HERS)
    riga = SENDER._replace(scope=Scope(ScopeKind.MUNICIPALITIES, (RIGA,)))
    items = (affiliation("K1"), affiliation("K2", JANIS, institution="4113100003"))
    assert school.outcomes(*items, sender=riga) == ["accepted", "R-0103"]


def test_who_may_see_persons_may_not_submit(school):
    assert school.outcomes(affiliation(), sender=SENDER._replace(scope=Scope(ScopeKind.PERSONS, (ANNA,)))) == ["R-0103"]


def test_another_senders_entry_is_corrected_by_number_and_version(school):
    [[_, _, _, entry, version, _, _]] = school.send(affiliation()).outcomes
    municipality = of_institutions(SCHOOL, sender=NEIGHBOUR)
    correction = {"entry_id": entry, "class_group": "1.b"}
    assert school.outcomes(affiliation("N1", **correction), sender=municipality) == ["R-0508"]
    assert school.outcomes(affiliation("N1", **correction, expected_version=version + 1), sender=municipality) == ["R-0508"]
    assert school.outcomes(affiliation("N1", **correction, expected_version=version), sender=of_institutions(OTHER, sender=NEIGHBOUR)) == [
        "R-0103"
    ]
    moved = affiliation("N1", **correction, expected_version=version, institution=OTHER)
    assert school.outcomes(moved, sender=of_institutions(OTHER, sender=NEIGHBOUR)) == ["R-0511"]
    assert school.outcomes(affiliation("N1", **correction, expected_version=version), sender=municipality) == ["accepted"]
    assert school.rows(columns="sender, sender_key, author, class_group") == [(SENDER.client, "K1", NEIGHBOUR.client, "1.b")]


def test_a_number_that_is_another_entry_s_is_refused_whatever_the_item_says(school):
    [(_, _, _, entry, *_)] = school.send(affiliation()).outcomes
    assert school.outcomes(affiliation(entry_id=entry)) == ["unchanged"]
    assert school.outcomes(affiliation(entry_id=entry + 1), affiliation("K2", entry_id=2**62)) == ["R-0511", "R-0511"]


def test_a_row_that_somebody_else_wrote_last_needs_the_version_that_holds(school):
    [[_, _, _, entry, version, _, _]] = school.send(affiliation()).outcomes
    correction = affiliation("N1", entry_id=entry, class_group="1.b", expected_version=version)
    [[_, _, _, _, corrected, _, _]] = school.send(correction, sender=NEIGHBOUR).outcomes
    assert school.outcomes(affiliation(class_group="1.c")) == ["R-0508"]
    assert school.outcomes(affiliation(class_group="1.c", expected_version=version)) == ["R-0508"]
    assert school.outcomes(affiliation(class_group="1.b", expected_version=version)) == ["unchanged"]
    assert school.outcomes(affiliation(class_group="1.c", expected_version=corrected)) == ["accepted"]
    assert school.rows(columns="author, class_group") == [(None, "1.c")]
    assert school.outcomes(affiliation(class_group="1.d")) == ["accepted"]


def test_an_own_version_is_checked_when_it_is_given(school):
    [[_, _, _, entry, version, _, _]] = school.send(affiliation()).outcomes
    assert school.outcomes(affiliation(class_group="1.b", expected_version=version - 1)) == ["R-0508"]
    assert school.outcomes(affiliation(class_group="1.b", expected_version=version, entry_id=entry)) == ["accepted"]
    assert school.outcomes(affiliation(class_group="1.c", entry_id=entry + 1)) == ["R-0511"]


def test_a_key_may_come_to_stand_for_another_child(school):
    [[_, _, _, entry, *_]] = school.send(affiliation()).outcomes
    sent = school.send(affiliation(code=JANIS))
    assert sent.outcomes[0][3] == entry
    assert sorted(sent.persons) == [school.janis]
    holders = school.register.execute(
        "SELECT i.person_id FROM affiliation a JOIN identity i ON i.id = a.identity_id WHERE upper_inf(a.recorded)"
    )
    assert [row[0] for row in holders] == [school.janis]


def test_what_was_refused_is_kept_as_it_was_sent(school):
    school.send(affiliation(code="040518-20219", programme="31016011", class_group="1.ā"))
    [(position, key, code, reason, item)] = school.register.execute(
        "SELECT position, sender_key, code, reason, item FROM submission_refusal"
    )
    assert (position, key, code) == (1, "K1", "R-0505")
    assert reason.startswith("The institution does not offer")
    assert (item["personal_code"], item["class_group"], item["main"]) == ("040518-20219", "1.ā", True)
    assert "ended_on" not in item
    school.send(affiliation(main=False, programme="31016011"))
    assert school.register.execute("SELECT item FROM submission_refusal ORDER BY submission_id DESC")[0][0]["main"] is False


def test_values_that_only_look_dangerous_are_kept_as_they_are(school):
    strange = "\\N\\.\n\r\t'\"{},\\"
    assert school.outcomes(affiliation(class_group=strange, start_order="\\N", end_order="")) == ["accepted"]
    assert school.rows(columns="class_group, start_order, end_order") == [(strange, "\\N", None)]
    assert school.outcomes(affiliation(class_group=strange, start_order="\\N")) == ["unchanged"]
