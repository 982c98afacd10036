"""submitAffiliations and licences: a programme is taken from the day on which it is licensed, and refused on every other day."""

from datetime import date
from typing import Any

import pytest

from tests.integration.submitting import ANNA, JANIS, NOW, OTHER, SCHOOL, Submitting, affiliation
from tests.register import days

MUSIC = "20V21211"
START_BY = "2026-03-01"


@pytest.fixture
def school(register) -> Submitting:
    return Submitting(register)


@pytest.fixture(params=[False, True], ids=["sent", "trial"])
def dry_run(request) -> bool:
    return request.param


def music(started_on: str, key: str = "M1", code: str = ANNA, **more: Any):
    return affiliation(key, code, programme=MUSIC, main=False, started_on=started_on, **more)


def must_start(school: Submitting, by: str = START_BY) -> None:
    """The licence of the music programme of 2025 needs teaching to start by a day."""
    school.register.programme(SCHOOL, MUSIC, "Mūzika", licence=days("2025-03-01"))
    period = "recognition_id = (SELECT id FROM recognition WHERE programme = :programme AND institution = :school)"
    school.register.execute(
        f"UPDATE recognition_period SET start_by = CAST(:by AS date) WHERE {period}", by=by, programme=MUSIC, school=SCHOOL
    )


def annul(school: Submitting, on: str) -> None:
    """The licence of the music programme ends before a day, from which an annulment holds."""
    school.register.execute(
        """
        WITH closed AS (
            UPDATE recognition_period p SET recorded = tstzrange(lower(p.recorded), now()) FROM recognition r
            WHERE r.id = p.recognition_id AND r.programme = :programme AND upper_inf(p.recorded) RETURNING p.*)
        INSERT INTO recognition_period (recognition_id, decision_id, status, valid)
        SELECT recognition_id, decision_id, status, valid * daterange(NULL, CAST(:on AS date)) FROM closed
        UNION ALL SELECT recognition_id, decision_id, 'ANU', daterange(CAST(:on AS date), NULL) FROM closed""",
        programme=MUSIC,
        on=on,
    )


@pytest.mark.parametrize(("day", "outcome"), [("2025-08-31", "R-0507"), ("2025-09-01", "accepted"), ("2026-08-31", "accepted")])
def test_a_programme_is_taken_from_the_first_day_of_its_licence_and_refused_the_day_before(school, dry_run, day, outcome):
    school.register.programme(SCHOOL, MUSIC, "Mūzika", licence=days("2025-09-01", "2026-08-31"))
    assert school.outcomes(music(day), dry_run=dry_run) == [outcome]


def test_a_programme_is_refused_after_the_last_day_of_its_licence_and_between_two(school, dry_run):
    school.register.programme(SCHOOL, MUSIC, "Mūzika", licence=days("2024-09-01", "2025-08-31"))
    assert school.outcomes(music("2025-09-01"), dry_run=dry_run) == ["R-0507"]
    school.register.licence(SCHOOL, MUSIC, days("2026-01-01"))
    later = [music(day, f"M{number}") for number, day in enumerate(["2025-08-31", "2025-09-01", "2025-12-31", "2026-01-01"])]
    assert school.outcomes(*later, dry_run=dry_run) == ["accepted", "R-0507", "R-0507", "accepted"]


def test_a_programme_that_was_never_licensed_is_refused_and_its_neighbours_are_taken(school, dry_run):
    school.register.programme(SCHOOL, MUSIC, "Mūzika", licensed=False)
    sent = school.send(affiliation("K1"), music("2025-09-01"), affiliation("K2", JANIS), dry_run=dry_run)
    assert [outcome[5] or outcome[2] for outcome in sent.outcomes] == ["accepted", "R-0507", "accepted"]
    assert (sent.accepted, sent.rejected) == (2, 1)
    assert "2025" not in sent.outcomes[1][6]
    assert MUSIC not in sent.outcomes[1][6]
    assert school.count("submission_refusal") == (0 if dry_run else 1)


def test_the_licence_of_another_institution_or_programme_says_nothing(school):
    school.register.programme(SCHOOL, MUSIC, "Mūzika", licensed=False)
    school.register.programme(OTHER, MUSIC, "Mūzika")
    assert school.outcomes(music("2025-09-01"), music("2025-09-01", "M2", institution=OTHER)) == ["R-0507", "accepted"]


def test_an_unknown_programme_and_a_code_that_ended_are_named_before_the_licence(school):
    school.register.programme(SCHOOL, "31011012", licensed=False)
    unknown, ended = (affiliation(f"K{code}", programme=code, started_on="2022-09-01") for code in ("31016011", "31011012"))
    assert school.outcomes(unknown, ended) == ["R-0505", "R-0506"]


def test_after_an_annulment_nothing_begins_and_what_was_begun_can_end(school, dry_run):
    school.register.programme(SCHOOL, MUSIC, "Mūzika", licence=days("2020-09-01"))
    assert school.outcomes(music("2025-09-01")) == ["accepted"]
    annul(school, "2026-02-01")
    ended = music("2025-09-01", status="IZB", ended_on="2026-06-30", end_reason="02")
    begun = music("2026-02-01", "M2", JANIS)
    assert school.outcomes(ended, begun, music("2026-01-31", "M3", JANIS), dry_run=dry_run) == ["accepted", "R-0507", "accepted"]


def test_an_affiliation_that_is_moved_to_a_day_without_a_licence_is_refused(school):
    school.register.programme(SCHOOL, MUSIC, "Mūzika", licence=days("2025-09-01"))
    assert school.outcomes(music("2025-09-01")) == ["accepted"]
    assert school.outcomes(music("2025-08-31")) == ["R-0507"]
    assert school.rows(columns="lower(valid)") == [(date(2025, 9, 1),)]


def test_a_licence_lapses_when_teaching_did_not_start_in_time(school, dry_run):
    must_start(school)
    days_sent = [music(day, f"M{number}") for number, day in enumerate([START_BY, "2026-03-02", "2026-09-01"])]
    assert school.outcomes(*days_sent, dry_run=True) == ["accepted", "R-0507", "R-0507"]
    # What began in time and is told late starts the programme.
    assert school.outcomes(days_sent[0]) == ["accepted"]
    assert school.outcomes(*days_sent, dry_run=dry_run) == ["unchanged", "accepted", "accepted"]


def test_an_affiliation_in_error_starts_no_programme_and_one_that_ended_does(school):
    must_start(school)
    wrong = music("2025-09-01", status="DUB", ended_on="2025-09-01", end_reason="99")
    assert school.outcomes(wrong) == ["accepted"]
    assert school.outcomes(music("2026-09-01", "M2")) == ["R-0507"]
    assert school.outcomes(music("2025-09-01", "M3", status="ABS", ended_on="2025-10-01", end_reason="03")) == ["accepted"]
    assert school.outcomes(music("2026-09-01", "M2")) == ["accepted"]


def test_a_licence_that_can_still_start_and_one_that_is_known_to_have_started_hold(school):
    must_start(school, by=NOW.date().isoformat())
    assert school.outcomes(music("2026-09-06"), dry_run=True) == ["accepted"], "its last day to start is today"
    school.register.execute("UPDATE recognition_period SET start_by = '2026-01-01', started = true")
    assert school.outcomes(music("2026-09-01")) == ["accepted"]


def test_each_programme_of_a_message_is_judged_by_its_own_licence(school):
    codes = [f"20V{number:03d}11" for number in range(20)]
    for code in codes:
        school.register.programme(SCHOOL, code, "Mūzika", licensed=code < "20V01011")
    items = [affiliation(f"K{code}", programme=code, main=False) for code in codes]
    assert school.outcomes(*items) == ["accepted"] * 10 + ["R-0507"] * 10
