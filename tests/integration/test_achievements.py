"""Achievements go out: read under any code, pushed to who registered the person, recalled from whoever was told the old value."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from core.access import Scope, ScopeKind
from core.achievements.applicants import register_applicants
from core.achievements.batch import achievements_batch
from core.achievements.completeness import completeness_page
from core.achievements.person import NamedDocument, person_achievements
from core.achievements.recalling import catch_up
from core.disclosure import Disclosure, record
from core.education import Named
from core.errors import AlreadyAnswered, NotGranted
from core.examinations.corrections import submit_corrections
from core.outbox.claiming import Receipt as Sent
from core.outbox.claiming import claim, delivered
from core.submissions.education_documents import EDUCATION_DOCUMENT, ReplacedDocument
from core.submissions.message import submit
from tests.integration.examining import (
    ANNA,
    AVUS,
    COLLEGE,
    JANIS,
    MATHS,
    OTHER,
    SCHOOL,
    Examining,
    candidate,
    correction,
    examination,
    named,
    result,
)  # fmt: skip
from tests.integration.identities import merge
from tests.integration.submitting import document
from tests.register import EVERYTHING, MADONA, RIGA, Register

STRANGER = "04051820235"


@pytest.fixture
def vpis(register: Register) -> Examining:
    return Examining(register)


def issue(vpis: Examining, *items: object) -> list[int | None]:
    """Documents on education, as their school sends them."""
    for item in items:
        item.programme = None
    with vpis.register.databases.register.begin() as session:
        done = submit(
            session, vpis.sender("LV-DEV/EDU/SCHOOL/system"), EDUCATION_DOCUMENT, "submitEducationDocuments", vpis._key({}), items
        )
    assert [one.code for one in done.outcomes] == [None] * len(items)
    return [one.entry_id for one in done.outcomes]


def ask(vpis: Examining, who: object, scope: Scope = EVERYTHING, as_of: datetime | None = None) -> object:
    now = datetime.now(UTC)
    with vpis.register.databases.replica.begin() as session:
        return person_achievements(session, scope, frozenset(), who, as_of, now, now.date())[1]


def test_a_person_is_found_under_every_code_and_by_every_number_of_a_document(vpis: Examining) -> None:
    vpis.published(result())
    issue(vpis, document(number="1"))
    issue(vpis, document(number="2"))  # The school corrects the number.
    vpis.register.execute(
        "INSERT INTO identity (person_id, scheme, value, current) VALUES (:anna, 'personal_code', :code, false)",
        anna=vpis.anna,
        code=STRANGER,
    )
    shown = vpis.achievements()
    assert shown == vpis.achievements(STRANGER)
    assert shown.former_personal_codes == [STRANGER]
    assert [(line[2], line[4]) for line in shown.documents] == [("APV", "2")]
    for number in ("1", "2"):
        assert ask(vpis, NamedDocument("PA", number)).person == shown, "an old number always resolves"
    assert ask(vpis, NamedDocument(None, "1")) is None


def test_a_number_that_was_mistyped_does_not_hide_whose_it_is(vpis: Examining) -> None:
    issue(vpis, document("D1", number="2"))
    issue(vpis, document("D1", number="1"))
    issue(vpis, document("D2", number="2", personal_code=JANIS, given_name="Jānis", surname="Kalniņš"))
    assert ask(vpis, NamedDocument("PA", "2")).person.personal_code == JANIS
    assert ask(vpis, NamedDocument("PA", "1")).person.personal_code == ANNA


def test_the_number_of_another_schools_document_tells_a_school_nothing(vpis: Examining) -> None:
    issue(vpis, document("D1", number="1"))
    vpis.register.learns(vpis.anna, OTHER)
    assert ask(vpis, NamedDocument("PA", "1"), Scope(ScopeKind.INSTITUTIONS, (OTHER,))) is None
    assert ask(vpis, NamedDocument("PA", "1"), Scope(ScopeKind.INSTITUTIONS, (SCHOOL,))) is None, "Anna does not learn there"
    vpis.register.learns(vpis.anna, SCHOOL, main=False)
    assert ask(vpis, NamedDocument("PA", "1"), Scope(ScopeKind.INSTITUTIONS, (SCHOOL,))) is not None


def test_a_scope_that_does_not_reach_a_person_finds_nobody(vpis: Examining) -> None:
    vpis.published(result())
    elsewhere = Scope(ScopeKind.INSTITUTIONS, (OTHER,))
    assert ask(vpis, named(ANNA), elsewhere) is None
    assert ask(vpis, named(STRANGER)) is None
    vpis.register.learns(vpis.anna, OTHER)
    vpis.register.identifier(vpis.anna, SCHOOL, "7")
    own = ask(vpis, named(ANNA), elsewhere).person
    assert (own.exam_results, own.identifiers) == ([], []), "the results of another school are not its own"


def test_an_annulled_document_and_the_duplicate_of_a_lost_one_say_why_they_are_not_confirmed(vpis: Examining) -> None:
    issue(vpis, document("D1", number="1", status="annulled"), document("D2", number="2", status="lost"))
    issue(vpis, document("D3", number="3", replaces=ReplacedDocument(series="PA", number="2")))
    shown = {line[4]: line for line in vpis.achievements().documents}
    assert shown["1"][-3:-1] == [False, "annulled"]
    assert shown["2"][12] == ["PA", "3"]
    assert shown["3"][11] == ["PA", "2"]
    assert all(shown[number][-1] for number in ("1", "2")), "in words"
    assert shown["3"][-3:] == [True, None, None]


def test_a_batch_answers_each_applicant(vpis: Examining) -> None:
    vpis.published(result())
    now = datetime.now(UTC)
    asked = [named(ANNA), named(STRANGER), None, named(JANIS), Named("institution", SCHOOL, "7")]
    with vpis.register.databases.replica.begin() as session:
        batch = achievements_batch(session, EVERYTHING, frozenset(), asked, None, now, now.date())
        empty = achievements_batch(session, EVERYTHING, frozenset(), [None], now, now, now.date())
    assert [line.outcome for line in batch.applicants] == ["found", "notFound", "invalid", "found", "notFound"]
    assert batch.applicants[0].person == vpis.achievements()
    assert batch.persons == sorted([vpis.anna, vpis.janis])
    assert [line.outcome for line in empty.applicants] == ["invalid"]


def test_new_results_are_pushed_to_who_registered_the_applicant(vpis: Examining) -> None:
    assert [one.outcome for one in vpis.apply(ANNA, ANNA, STRANGER).outcomes] == ["accepted", "unchanged", "rejected"]
    vpis.published(result(), result("R2", JANIS))
    [person, whole] = vpis.outbox()
    assert (person[:3], whole[:3]) == (("personAchievements", AVUS, vpis.anna), ("completeness", AVUS, None))
    assert person[3][1] == [*vpis.achievements()]
    assert whole[3][1][0] == MATHS
    assert [one.outcome for one in vpis.apply(ANNA, JANIS, withdraw=True).outcomes] == ["accepted", "rejected"]
    vpis.send(result("R3", examination="X"), exams=(examination("X"),))
    vpis.publish()
    assert len(vpis.outbox()) == 2, "who was withdrawn is told no more"


def test_an_applicant_who_is_just_being_registered_is_not_left_out_of_a_publication(vpis: Examining) -> None:
    vpis.send(result(), exams=(examination(),))
    with ThreadPoolExecutor(1) as pool:
        with vpis.register.databases.register.begin() as session:
            register_applicants(session, vpis.sender(AVUS), "race", "2026", [named(ANNA)])
            publishing = pool.submit(vpis.publish)
            vpis.until_it_waits(publishing)
        assert publishing.result(20)[0].results == 1
    assert [line[0] for line in vpis.outbox()] == ["personAchievements", "completeness"]


def test_an_applicant_of_two_records_that_became_one_is_withdrawn_as_both(vpis: Examining) -> None:
    vpis.apply(ANNA, JANIS)
    vpis.register.execute("UPDATE identity SET person_id = :anna, current = false WHERE value = :code", anna=vpis.anna, code=JANIS)
    assert [one.outcome for one in vpis.apply(ANNA, JANIS, withdraw=True).outcomes] == ["accepted", "unchanged"]
    vpis.published(result())
    assert vpis.outbox() == [], "who was withdrawn is told no more"


def test_messages_of_two_records_that_became_one_person_go_in_their_order(vpis: Examining) -> None:
    vpis.apply(ANNA, JANIS)
    vpis.published(result("R1", JANIS))
    merge(vpis.register, named(ANNA), named(JANIS))
    vpis.correct(correction())
    with vpis.register.databases.register.begin() as session:
        assert [one.kind for one in claim(session, 10, 60)] == ["personAchievements", "completeness"], "the correction waits for its value"


def test_who_sees_rows_of_its_own_institutions_alone_registers_nobody(vpis: Examining) -> None:
    vpis.register.learns(vpis.anna, SCHOOL)
    sender = vpis.sender(COLLEGE)._replace(scope=Scope(ScopeKind.INSTITUTIONS, (SCHOOL,)))
    with vpis.register.databases.register.begin() as session, pytest.raises(NotGranted):
        register_applicants(session, sender, "B", "2026", [named(ANNA)])


def test_the_feed_has_the_newest_state_in_the_order_of_commits(vpis: Examining) -> None:
    vpis.published(result(), result("R2", JANIS))
    page = vpis.changes()
    assert [(one.kind, one.personal_code, one.exam_result[9 + 4]) for one in page.events] == [
        ("achievements", ANNA, "78.5"),
        ("achievements", JANIS, "78.5"),
    ]
    [entry] = issue(vpis, document())
    vpis.correct(correction())
    later = vpis.changes(after=page.next_cursor)
    assert [(one.entity, one.document is not None, one.exam_result and one.exam_result[13]) for one in later.events] == [
        ("educationDocument", True, None),
        ("examResult", False, "81"),
    ]
    assert later.events[0].entry_id == entry
    assert sorted(later.persons) == [vpis.anna]
    assert vpis.changes(after=later.next_cursor).events == []
    issue(vpis, document(withdrawn=True))
    [gone] = vpis.changes(after=later.next_cursor).events
    assert (gone.entity, gone.personal_code, gone.document) == ("educationDocument", ANNA, None)


def test_whoever_was_told_the_old_value_gets_the_correction_and_acknowledges_it(vpis: Examining) -> None:
    vpis.apply(ANNA)
    vpis.published(result())
    vpis.ask(COLLEGE)
    vpis.correct(correction())
    message = vpis.outbox()[-1]
    assert message[:2] == ("correction", AVUS)
    number, entity, _, old, new, reason, _, code, _, before, after = message[3]
    assert (entity, old, new, reason, code) == ("examResult", 1, 2, "appeal", ANNA)
    assert (before[1][13], after[1][13]) == ("78.5", "81")
    page = vpis.changes(COLLEGE, scope=Scope(ScopeKind.INSTITUTIONS, (SCHOOL,)))
    [event] = page.events
    assert (event.kind, event.correction_id, event.exam_result[13], event.old[1][13]) == ("correction", number, "81", "78.5")
    waiting = vpis.unacknowledged()
    assert [(one.client, one.via, one.state) for one in waiting.messages] == [(COLLEGE, "feed", "open"), (AVUS, "message", "open")]
    assert [one.message_id for one in vpis.unacknowledged(COLLEGE).messages] == [event.message_id]
    assert [one.outcome for one in vpis.acknowledge(event.message_id, outcome="rejected", note="no such person").outcomes] == ["accepted"]
    assert [(one.state, one.note) for one in vpis.unacknowledged(COLLEGE).messages] == [("rejected", "no such person")]
    assert [one.outcome for one in vpis.acknowledge(event.message_id).outcomes] == ["accepted"]
    assert vpis.unacknowledged(COLLEGE).messages == []
    again = vpis.acknowledge(event.message_id)
    assert [one.outcome for one in again.outcomes] == ["unchanged"]
    refused = vpis.acknowledge(event.message_id, outcome="rejected")
    assert [one.code for one in refused.outcomes] == [AlreadyAnswered.code]
    assert [one.code for one in vpis.acknowledge(event.message_id, client=AVUS).outcomes] == ["R-0808"], "of another client"


def test_an_appeal_that_ends_after_both_rounds_of_admission_reaches_avus_and_is_acknowledged_by_its_receipt(vpis: Examining) -> None:
    vpis.apply(ANNA)
    vpis.published(result())
    vpis.apply(ANNA, withdraw=True)
    vpis.correct(correction())
    assert [(one.client, one.via) for one in vpis.unacknowledged().messages] == [(AVUS, "message")]
    while True:
        with vpis.register.databases.register.begin() as session:
            claimed = claim(session, 10, 60)
            delivered(session, [Sent(one, "accepted", one.created_at) for one in claimed])
        if not claimed:
            break
    assert vpis.register.execute("SELECT DISTINCT state FROM outbox_message") == [("done",)]
    assert vpis.unacknowledged().messages == []


def test_who_asked_before_the_value_or_after_its_correction_is_not_told(vpis: Examining) -> None:
    vpis.ask("LV-DEV/EDU/EARLY/system", ago=timedelta(minutes=2))
    vpis.published(result())
    vpis.correct(correction())
    vpis.register.execute("UPDATE recall SET corrected_at = corrected_at - interval '2 minutes'")
    vpis.ask("LV-DEV/EDU/LATE/system")
    with vpis.register.databases.register.begin() as session:
        assert catch_up(session) == 0
    assert vpis.unacknowledged().messages == []


def test_a_value_told_by_a_replica_that_knew_more_than_its_last_beat_is_recalled_too(vpis: Examining) -> None:
    vpis.published(result())
    beaten = (datetime.now(UTC) - timedelta(seconds=5)).isoformat()
    told = Disclosure(
        datetime.now(UTC), "m", COLLEGE, None, None, None, "achievements.getPersonAchievements", "p", "b", beaten, "ok", [vpis.anna]
    )
    record(vpis.register.databases.journal, told)
    vpis.correct(correction())
    assert [one.client for one in vpis.unacknowledged().messages] == [COLLEGE]


def test_a_school_that_asked_is_told_of_its_own_results_alone(vpis: Examining) -> None:
    vpis.register.grant(COLLEGE, "achievements.*", "institutions", scope_values=[OTHER])
    vpis.register.grant("LV-DEV/MUN/RIGA/schools", "achievements.**", "municipalities", scope_values=[RIGA])
    vpis.register.grant("LV-DEV/MUN/MADONA/schools", "achievements.**", "municipalities", scope_values=[MADONA])
    vpis.published(result(), result("R2", JANIS, institution=OTHER))
    for client in (COLLEGE, "LV-DEV/MUN/RIGA/schools", "LV-DEV/MUN/MADONA/schools"):
        vpis.ask(client)
        vpis.ask(client, JANIS)
    vpis.register.lives(vpis.janis, MADONA)
    vpis.correct(correction(), correction("R2"))
    told = {(one.client, one.personal_code) for one in vpis.unacknowledged().messages}
    assert told == {
        (COLLEGE, JANIS), ("LV-DEV/MUN/RIGA/schools", ANNA), ("LV-DEV/MUN/RIGA/schools", JANIS), ("LV-DEV/MUN/MADONA/schools", JANIS)
    }  # fmt: skip


def test_a_portal_tells_nobody_of_corrections_about_others(vpis: Examining) -> None:
    for listed in (vpis.changes, vpis.unacknowledged):
        with pytest.raises(NotGranted):
            listed(COLLEGE, scope=Scope(ScopeKind.OWN, (JANIS,)))


def test_a_message_that_was_written_while_a_correction_waited_is_recalled(vpis: Examining) -> None:
    vpis.published(result())
    with vpis.register.databases.register.begin() as session:
        session.execute(text("SELECT now()"))
        vpis.apply(ANNA)
        vpis.send(result("R2", examination="X"), exams=(examination("X"),))
        vpis.publish()
        submit_corrections(session, vpis.sender(), "waited", [correction()])
    assert [one.client for one in vpis.unacknowledged().messages] == [AVUS]


def test_an_old_value_told_by_a_replica_that_lags_is_recalled_too(vpis: Examining) -> None:
    vpis.published(result())
    now = datetime.now(UTC).isoformat()
    vpis.correct(correction())
    late = Disclosure(
        datetime.now(UTC), "m", COLLEGE, None, None, None, "achievements.getAchievementsBatch", "p", "b", now, "ok", [vpis.anna]
    )
    record(vpis.register.databases.journal, late)
    assert vpis.unacknowledged().messages == []
    with vpis.register.databases.register.begin() as session:
        assert catch_up(session) == 1
        assert catch_up(session) == 0
    assert vpis.register.execute("SELECT gin_clean_pending_list('ix_disclosure_persons')") == [(0,)], "found by the tree, not one by one"
    assert [one.client for one in vpis.unacknowledged().messages] == [COLLEGE]


def test_who_was_told_under_a_code_that_is_another_persons_now_is_told(vpis: Examining) -> None:
    vpis.published(result())
    vpis.ask(COLLEGE)
    vpis.register.execute("UPDATE identity SET person_id = :janis, current = false WHERE value = :code", janis=vpis.janis, code=ANNA)
    vpis.correct(correction())
    assert [one.client for one in vpis.unacknowledged().messages] == [COLLEGE]


def test_a_document_that_is_annulled_or_withdrawn_is_recalled(vpis: Examining) -> None:
    issue(vpis, document("D1", number="1"), document("D2", number="2"))
    vpis.ask(COLLEGE)
    vpis.apply(ANNA)
    issue(vpis, document("D1", number="1", status="annulled"), document("D2", number="2", withdrawn=True), document("D3", number="3"))
    assert [one.client for one in vpis.unacknowledged().messages] == [COLLEGE] * 2, "the message with D3 tells nothing that is old"
    told = vpis.changes(COLLEGE, scope=Scope(ScopeKind.MUNICIPALITIES, (RIGA,)))
    assert [(one.reason, one.document is None, one.old[0][6]) for one in told.events] == [
        ("annulled", False, "valid"),
        ("withdrawn", True, "valid"),
    ]


def test_completeness_counts_and_its_hash_can_be_made_by_hand(vpis: Examining) -> None:
    vpis.announce(candidate(), candidate("C2", JANIS), candidate("C3", STRANGER, institution=OTHER))
    vpis.send(result(candidate="C1"))

    def lines(scope: Scope = EVERYTHING, cursor: str | None = None, size: int = 10) -> object:
        with vpis.register.databases.replica.begin() as session:
            return completeness_page(session, scope, "2025/26", None, None, cursor, size, datetime.now(UTC).date())

    empty = hashlib.sha256(b"").hexdigest()
    assert [line[6:7] + line[8:] for line in lines().lines] == [(SCHOOL, None, 2, 0, 2, empty), (OTHER, None, 1, 0, 1, empty)]
    vpis.publish()
    [first, second] = lines().lines
    number = vpis.results()[0].result_id
    assert (first.expected, first.received, first.missing, first.hash) == (2, 1, 1, hashlib.sha256(f"{number}:1\n".encode()).hexdigest())
    page = lines(size=1)
    assert [*page.lines, *lines(cursor=page.next_cursor, size=1).lines] == [first, second]
    assert [line.institution for line in lines(Scope(ScopeKind.INSTITUTIONS, (OTHER,))).lines] == [OTHER]
    with pytest.raises(NotGranted):
        lines(Scope(ScopeKind.OWN, (ANNA,)))
