"""Examinations come in: candidates are matched ahead, results wait for their instant, corrections supersede."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from core.access import Right, Scope, ScopeKind
from core.errors import BatchKeyReused, ExaminationPublished, NotGranted, OutsideScope, UnknownCode
from core.examinations.corrections import submit_corrections
from core.examinations.examining import enter
from core.examinations.listing import list_candidates, list_examinations
from core.examinations.publishing import look_again, publish_next
from core.identities.moves import exchange
from core.people import lock
from tests.integration.examining import ANNA, JANIS, MATHS, OTHER, SCHOOL, Examining, candidate, correction, examination, result
from tests.register import EVERYTHING, Register

UNKNOWN = "04051820235"


@pytest.fixture
def vpis(register: Register) -> Examining:
    return Examining(register)


def codes(done: object) -> list[str | None]:
    return [one.code or one.outcome for one in done.outcomes]


def test_a_candidate_is_matched_months_before_there_is_a_result(vpis: Examining) -> None:
    done = vpis.announce(candidate(), candidate("C2", JANIS))
    assert [(one.outcome, one.match) for one in done.outcomes] == [("accepted", "matched")] * 2
    assert sorted(done.persons) == sorted([vpis.anna, vpis.janis])
    assert [one.outcome for one in vpis.announce(candidate()).outcomes] == ["unchanged"]


def test_who_is_not_found_with_certainty_is_a_work_list_and_no_loss(vpis: Examining) -> None:
    done = vpis.announce(
        candidate("C1", UNKNOWN), candidate("C2", JANIS, given_name="Ilze"), candidate("C3", ANNA, birth_date="2007-01-01")
    )
    assert [(one.outcome, one.match) for one in done.outcomes] == [
        ("accepted", "unknown"),
        ("accepted", "differs"),
        ("accepted", "differs"),
    ]
    assert vpis.register.execute("SELECT count(*) FROM person") == [(2,)], "nobody is made up"


def test_a_changed_surname_is_forgiven_when_the_birth_date_agrees(vpis: Examining) -> None:
    done = vpis.announce(candidate(surname="Liepa", birth_date="2008-05-04"), candidate("C2", ANNA, given_name="ANNA", surname="Berzina"))
    assert [one.match for one in done.outcomes] == ["matched", "matched"]


def test_a_candidate_who_is_found_later_brings_the_held_result_along(vpis: Examining) -> None:
    vpis.announce(candidate("C1", UNKNOWN, given_name="Ilze"))
    assert vpis.send(result("R1", UNKNOWN, given_name="Ilze", candidate="C1")).outcomes[0].match == "unknown"
    assert vpis.publish()[0].results == 0
    ilze = vpis.register.person(UNKNOWN, "Ilze")
    assert vpis.announce(candidate("C1", UNKNOWN, given_name="Ilze"), exams=()).outcomes[0].match == "matched"
    assert [line.value for line in vpis.results(UNKNOWN)] == ["78.5"]
    assert vpis.register.execute("SELECT i.person_id FROM exam_result r JOIN identity i ON i.id = r.identity_id") == [(ilze,)]


def test_a_code_that_becomes_known_later_is_found_by_looking_again(vpis: Examining) -> None:
    vpis.published(result("R1", UNKNOWN, given_name="Ilze"))
    with vpis.register.databases.register.begin() as session:
        assert look_again(session) == 0
    vpis.register.person(UNKNOWN, "Ilze")
    with vpis.register.databases.register.begin() as session:
        assert look_again(session) == 1
    assert [line.value for line in vpis.results(UNKNOWN)] == ["78.5"]


def test_a_candidate_whose_code_becomes_known_is_waited_for_without_being_announced_again(vpis: Examining) -> None:
    vpis.announce(candidate("C1", UNKNOWN, given_name="Ilze"))
    vpis.register.person(UNKNOWN, "Ilze")
    assert vpis.results(UNKNOWN) == []
    for found in (1, 0):
        with vpis.register.databases.register.begin() as session:
            assert look_again(session) == found
    assert [line.outcome for line in vpis.results(UNKNOWN)] == ["notYetReceived"]
    assert [one.outcome for one in vpis.announce(candidate("C1", UNKNOWN, given_name="Ilze"), exams=()).outcomes] == ["unchanged"]


def test_two_people_whose_codes_are_swapped_between_presentation_and_results_keep_their_own(vpis: Examining) -> None:
    vpis.announce(candidate(), candidate("C2", JANIS))
    with vpis.register.databases.register.begin() as session:
        exchange(session, vpis.anna, vpis.janis, (ANNA, JANIS), "test")
    for found in (2, 0):
        with vpis.register.databases.register.begin() as session:
            assert look_again(session) == found
    # The examinations system still knows the codes of then.
    done = vpis.send(result("R1", ANNA, candidate="C1"), result("R2", JANIS, "40", candidate="C2"))
    assert [one.match for one in done.outcomes] == ["matched", "matched"]
    vpis.publish()
    assert [(line.value, line.result_id) for line in vpis.results(JANIS)] == [("78.5", done.outcomes[0].entry_id)]
    assert vpis.achievements(JANIS).given_name == "Anna"
    assert [line.value for line in vpis.results(ANNA)] == ["40"]


def test_codes_that_are_swapped_while_a_result_is_held_are_swapped_at_its_publication(vpis: Examining) -> None:
    vpis.send(result(), exams=(examination(),))
    with vpis.register.databases.register.begin() as session:
        exchange(session, vpis.anna, vpis.janis, (ANNA, JANIS), "test")
    vpis.publish()
    assert vpis.achievements(JANIS).given_name == "Anna"
    assert [line.value for line in vpis.results(JANIS)] == ["78.5"]
    assert vpis.results(ANNA) == []


def test_codes_that_are_just_being_swapped_are_waited_for_by_the_publication(vpis: Examining) -> None:
    vpis.send(result(), exams=(examination(),))
    with ThreadPoolExecutor(1) as pool:
        with vpis.register.databases.register.begin() as session:
            lock(session, {vpis.anna, vpis.janis})
            exchange(session, vpis.anna, vpis.janis, (ANNA, JANIS), "test")
            publishing = pool.submit(vpis.publish)
            vpis.until_it_waits(publishing)
        publishing.result(20)
    assert [line.value for line in vpis.results(JANIS)] == ["78.5"], "Anna, whose code it is now"
    assert vpis.results(ANNA) == []


def test_a_result_that_is_corrected_while_it_is_published_is_corrected(vpis: Examining) -> None:
    vpis.send(result(), exams=(examination(),))
    with ThreadPoolExecutor(1) as pool:
        with vpis.register.databases.register.begin() as session:
            publish_next(session, datetime.now(UTC) + timedelta(days=2))
            correcting = pool.submit(vpis.correct, correction())
            vpis.until_it_waits(correcting)
        assert [(one.version, one.published) for one in correcting.result(20).outcomes] == [(2, True)]
    assert [(line.value, line.version) for line in vpis.results()] == [("81", 2)]


def test_a_result_whose_candidate_becomes_known_goes_on_though_its_own_code_leads_nowhere(vpis: Examining) -> None:
    vpis.announce(candidate("C1", UNKNOWN, given_name="Ilze"))
    vpis.published(result("R1", "04051820243", given_name="Ilze", candidate="C1"))
    vpis.register.person(UNKNOWN, "Ilze")
    with vpis.register.databases.register.begin() as session:
        assert look_again(session) == 2
    assert [line.value for line in vpis.results(UNKNOWN)] == ["78.5"]


def test_a_candidate_and_a_result_that_mean_two_people_are_nobodys(vpis: Examining) -> None:
    vpis.announce(candidate())
    assert vpis.send(result("R1", JANIS, candidate="C1")).outcomes[0].match == "differs"
    vpis.publish()
    assert [line.outcome for line in vpis.results()] == ["notYetReceived"]
    assert vpis.results(JANIS) == []


def test_before_its_instant_nothing_tells_a_held_result_from_one_that_never_came(vpis: Examining) -> None:
    vpis.announce(candidate(), candidate("C2", JANIS))
    before = vpis.achievements()
    vpis.send(result(candidate="C1"))
    assert vpis.achievements() == before
    assert [line.outcome for line in before.exam_results and vpis.results()] == ["notYetReceived"]
    assert vpis.register.execute("SELECT count(*) FROM exam_result UNION ALL SELECT count(*) FROM change") == [(0,), (0,)]
    assert vpis.outbox() == []


def test_only_the_right_to_the_embargo_shows_a_held_result(vpis: Examining) -> None:
    vpis.announce(candidate())
    vpis.send(result(candidate="C1"))

    def listed(*rights: Right, state: str | None = None) -> list[str]:
        with vpis.register.databases.register.begin() as session:
            page = list_candidates(session, EVERYTHING, frozenset(rights), MATHS, state, None, 10, date(2026, 6, 1))
            received = list_examinations(session, frozenset(rights), None, None, None, 10).examinations[0].received
        return [line.result for line in page.candidates] + ["counted"] * (received or 0)

    assert listed(Right.EMBARGO) == ["held", "counted"]
    assert listed(Right.EMBARGO, state="held") == ["held", "counted"]
    assert listed(Right.MINISTRY) == ["missing"]
    with pytest.raises(NotGranted):
        listed(Right.MINISTRY, state="held")


def test_publication_is_an_event_of_its_own_and_happens_once(vpis: Examining) -> None:
    vpis.send(result(), exams=(examination(publish_at=datetime.now(UTC) + timedelta(hours=1)), examination("LATER", publish_at=None)))
    with vpis.register.databases.register.begin() as session:
        assert publish_next(session, datetime.now(UTC)) is None
    assert [(done.code, done.results) for done in vpis.publish()] == [(MATHS, 1)], "without an instant results stay held"
    assert vpis.publish() == []
    [line] = vpis.results()
    assert (line.outcome, line.scale, line.value, line.threshold, line.passed) == ("result", "PCT", "78.5", 20, True)
    assert line.published_at is not None


def test_a_result_that_comes_after_the_publication_is_read_at_once(vpis: Examining) -> None:
    vpis.published(result())
    assert [one.published for one in vpis.send(result("R2", JANIS, "12")).outcomes] == [True]
    [line] = vpis.results(JANIS)
    assert (line.value, line.passed) == ("12", False)


@pytest.mark.parametrize("outcome", ["absent", "partlyAbsent", "underQuery", "exempt"])
def test_each_kind_of_no_result_stays_what_it_is(vpis: Examining, outcome: str) -> None:
    vpis.published(result(outcome=outcome))
    [line] = vpis.results()
    assert (line.outcome, line.scale, line.value, line.passed) == (outcome, None, None, None)


def test_not_yet_received_is_neither_a_zero_nor_a_fail(vpis: Examining) -> None:
    vpis.announce(candidate(), candidate("C2", JANIS))
    vpis.published(result(candidate="C1"))
    [line] = vpis.results(JANIS)
    assert (line.outcome, line.value, line.passed, line.result_id) == ("notYetReceived", None, None, None)


def test_letters_of_before_have_no_threshold_and_percentages_no_letters(vpis: Examining) -> None:
    old = examination("OLD", school_year="2011/12", level="N", held_on="2012-05-20")
    done = vpis.send(
        result("R1", examination="OLD", scale="AF", value="B"), result("R2", examination="OLD"), result("R3", scale="AF", value="B"),
        result("R4", value="100.5"), result("R5", value="7,5"), result("R6", outcome="absent", scale="PCT", value="0"),
        exams=(old, examination()),
    )  # fmt: skip
    assert codes(done) == ["accepted", "R-0803", "R-0803", "R-0803", "R-0803", "R-0803"]
    vpis.publish()
    [line] = vpis.results()
    assert (line.scale, line.value, line.passed) == ("AF", "B", None)


def test_a_bad_item_holds_up_no_other_and_is_kept(vpis: Examining) -> None:
    done = vpis.send(
        result("R1"), result("R1"), result("R2", examination="NONE"), result("R3", institution="4113100009"), result("R4", candidate="C9"),
        result("R5", "040518"), result("R6", JANIS, surname=" "), result("R7", JANIS, outcome="annulled"),
        exams=(examination(),),
    )  # fmt: skip
    assert codes(done) == ["accepted", "R-0502", "R-0801", "R-0201", "R-0806", "R-0301", "R-0510", "R-0203"]
    assert vpis.register.execute("SELECT count(*) FROM submission_refusal") == [(7,)]


def test_a_result_that_nobody_was_found_for_is_sent_again_with_the_right_name(vpis: Examining) -> None:
    first = vpis.send(result(given_name="Ana"), exams=(examination(),))
    vpis.correct(correction(value="79", reason="technical"))
    vpis.publish()
    assert codes(vpis.send(result(value="80"))) == ["R-0804"], "another value is a correction"
    [again] = vpis.send(result(value="79")).outcomes
    assert (again.outcome, again.match, again.published, again.version) == ("accepted", "matched", True, 2)
    assert [(line.value, line.result_id, line.correction_reason) for line in vpis.results()] == [
        ("79", first.outcomes[0].entry_id, "technical")
    ]
    assert codes(vpis.send(result(value="79"))) == ["unchanged"]


def test_a_candidate_has_one_result_whatever_its_key(vpis: Examining) -> None:
    vpis.announce(candidate())
    sent = vpis.send(result("R1", candidate="C1"), result("R2", value="1", candidate="C1"))
    assert codes(sent) == ["accepted", "R-0804"]
    assert codes(vpis.send(result("R3", candidate="C1"), result("R1", candidate="C1"))) == ["R-0804", "unchanged"]
    vpis.publish()
    assert codes(vpis.send(result("R3", candidate="C1"))) == ["R-0804"]
    assert [line.value for line in vpis.results()] == ["78.5"]


def test_the_same_message_again_is_answered_as_the_first_time(vpis: Examining) -> None:
    vpis.announce()
    first = vpis.send(result(), key="B")
    again = vpis.send(result(), key="B")
    assert (again.repeated, [tuple(one) for one in again.outcomes]) == (True, [tuple(one) for one in first.outcomes])
    with pytest.raises(BatchKeyReused):
        vpis.send(result(value="79"), key="B")
    assert codes(vpis.send(result())) == ["unchanged"]
    assert codes(vpis.send(result(value="79"))) == ["R-0804"], "a correction says why"


def test_a_dry_run_leaves_nothing(vpis: Examining) -> None:
    assert codes(vpis.send(result(), exams=(examination(),), dry_run=True)) == ["accepted"]
    assert vpis.register.execute("SELECT count(*) FROM examination UNION ALL SELECT count(*) FROM held_result") == [(0,), (0,)]


def test_a_correction_supersedes_and_says_why(vpis: Examining) -> None:
    vpis.published(result())
    before = datetime.now(UTC)
    assert [(one.outcome, one.version, one.published) for one in vpis.correct(correction()).outcomes] == [("accepted", 2, True)]
    [line] = vpis.results()
    assert (line.value, line.version, line.correction_reason) == ("81", 2, "appeal")
    assert [(line.value, line.version) for line in vpis.results(as_of=before)] == [("78.5", 1)]
    assert codes(vpis.correct(correction())) == ["unchanged"]
    assert codes(vpis.correct(correction(value="82", expected_version=1))) == ["R-0508"]
    assert codes(vpis.correct(correction("R9"))) == ["R-0805"]


def test_who_sends_for_some_institutions_corrects_results_of_these_alone(vpis: Examining) -> None:
    vpis.published(result(), result("R2", JANIS, institution=OTHER))
    sender = vpis.sender()._replace(scope=Scope(ScopeKind.INSTITUTIONS, (SCHOOL,)))
    with vpis.register.databases.register.begin() as session:
        done = submit_corrections(session, sender, "B", [correction(), correction("R2")])
    assert codes(done) == ["accepted", OutsideScope.code]


def test_a_held_result_is_corrected_before_anybody_sees_it(vpis: Examining) -> None:
    vpis.send(result(), exams=(examination(),))
    assert [(one.version, one.published) for one in vpis.correct(correction(reason="technical")).outcomes] == [(2, False)]
    vpis.publish()
    assert [(line.value, line.version) for line in vpis.results()] == [("81", 2)]
    assert vpis.register.execute("SELECT count(*) FROM held_result UNION ALL SELECT count(*) FROM recall") == [(2,), (0,)]


def test_an_annulled_result_has_no_value_and_its_reason(vpis: Examining) -> None:
    vpis.published(result())
    assert codes(vpis.correct(correction(outcome="annulled", reason="appeal"))) == ["R-0203"]
    assert codes(vpis.correct(correction(outcome="annulled", reason="annulled"))) == ["accepted"]
    [line] = vpis.results()
    assert (line.outcome, line.value, line.passed, line.correction_reason) == ("annulled", None, None, "annulled")


def test_an_examination_changes_until_it_is_published(vpis: Examining) -> None:
    vpis.published(result())
    with pytest.raises(ExaminationPublished):
        vpis.announce(exams=(examination(publish_at=datetime(2027, 1, 1, tzinfo=UTC)),))
    with pytest.raises(UnknownCode):
        vpis.announce(exams=(examination("X", school_year="2025/27"),))
    other = vpis.sender("LV-DEV/GOV/OTHER/system")
    vpis.announce(exams=(examination("MINE", publish_at=None),))
    with vpis.register.databases.register.begin() as session, pytest.raises(OutsideScope):
        enter(session, other, [examination("MINE", subject="ENG")], ())


def test_a_result_waits_for_its_school_year_threshold(vpis: Examining) -> None:
    basic = examination("BASIC", level="P")
    vpis.send(result("R1", value="14.99", examination="BASIC"), result("R2", JANIS, "15", examination="BASIC"), exams=(basic,))
    vpis.publish()
    assert [(line.threshold, line.passed) for code in (ANNA, JANIS) for line in vpis.results(code)] == [(15, False), (15, True)]


def test_an_examination_that_turns_out_to_be_another_one_has_the_threshold_of_that(vpis: Examining) -> None:
    vpis.send(result("R1", value="15.00"), result("R2", JANIS, outcome="absent"), exams=(examination(),))
    vpis.announce(exams=(examination(level="P"),))
    vpis.publish()
    [line] = vpis.results()
    assert (line.threshold, line.passed) == (15, True)


def test_a_candidate_who_is_withdrawn_is_not_waited_for(vpis: Examining) -> None:
    vpis.announce(candidate())
    vpis.announce(candidate(withdrawn=True, institution=OTHER), exams=())
    assert vpis.results() == []
