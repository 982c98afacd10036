"""Work on cases: statuses with evidence and expiry, measures, hand-overs with their clock, escalation; each day is passed in."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.cases.deadlines import Deadline, deadlines, set_deadline
from core.cases.handing_over import answer, offer
from core.cases.working import Evidence, HeldCase, Officer, record_measure, set_search_status
from core.errors import (
    CaseClosed,
    EvidenceNeeded,
    HandOverOpen,
    InvalidDay,
    InvalidExpiry,
    InvalidQuestion,
    NoHandOver,
    NotResponsible,
    Refusal,
    UnknownCase,
    UnknownCode,
    UnknownMunicipality,
    UserRequired,
    VersionConflict,
)
from tests.integration.casework import (
    ANNA,
    IN_MADONA,
    IN_RIGA,
    LIGA,
    PETERIS,
    SCHOOL,
    WORK,
    case_of,
    child,
    granted,
    held,
    kinds,
    moves,
    officer,
    refreshed,
)
from tests.register import MADONA, RIGA, VARAKLANI, Register, days

ON = date(2026, 3, 2)
LETTER = Evidence("Mātes vēstule 12/34", None, None)
NOTHING = Evidence(None, None, None)


@pytest.fixture(autouse=True)
def _granted(register: Register) -> None:
    granted(register)


@pytest.fixture
def opened(register: Register) -> Register:
    """One child in Riga in no school, since ON."""
    child(register)
    refreshed(register, ON)
    return register


def day(number: int) -> date:
    """So many days after the case was opened."""
    return ON + timedelta(days=number)


def riga(today: date = ON) -> Officer:
    return officer(today, IN_RIGA, RIGA)


def madona(today: date = ON) -> Officer:
    return officer(today, IN_MADONA, MADONA, VARAKLANI)


def give(register: Register, status: str, evidence: Evidence = LETTER, by: Officer | None = None, **more: object) -> HeldCase:
    with register.databases.register.begin() as session:
        return set_search_status(session, by or riga(), case_of(register), more.get("version"), status, evidence)


def offered(register: Register, by: Officer | None = None, to: str = MADONA, code: str = ANNA) -> HeldCase:
    with register.databases.register.begin() as session:
        return offer(session, by or riga(), case_of(register, code), None, to, "ģimene pārcēlusies")


def answered(register: Register, by: Officer, accept: bool, reason: str | None = "nav mūsu bērns", code: str = ANNA) -> HeldCase:
    with register.databases.register.begin() as session:
        return answer(session, by, case_of(register, code), None, accept, reason)


def measured(register: Register, by: Officer, measure: str = "VIS", taken_on: date = ON) -> HeldCase:
    with register.databases.register.begin() as session:
        return record_measure(session, by, case_of(register), measure, taken_on, "neviens neatvēra")


def test_a_status_has_class_evidence_and_expiry_and_each_change_is_history(opened: Register) -> None:
    assert give(opened, "ARZ").status_expires_on == day(365)
    assert held(opened, ANNA, "status", "status_class", "status_evidence") == ("ARZ", "justified", "Mātes vēstule 12/34")
    give(opened, "NOS", NOTHING, riga(day(1)))
    assert held(opened, ANNA, "status", "status_class", "status_since", "status_expires_on") == ("NOS", "open", day(1), None)
    assert kinds(opened) == ["opened", "status", "status"]
    versions = opened.execute("SELECT status FROM case_version ORDER BY lower(recorded)")
    assert [status for (status,) in versions] == [None, "ARZ", "NOS"]


@pytest.mark.parametrize(
    ("status", "evidence", "refusal"),
    [
        ("ARZ", NOTHING, EvidenceNeeded),
        ("ARZ", Evidence("   ", None, None), EvidenceNeeded),
        ("MIR", NOTHING, EvidenceNeeded),
        ("NAV", LETTER, UnknownCode),
        ("XXX", LETTER, UnknownCode),
        ("ARZ", Evidence("e", day(366), None), InvalidExpiry),
        ("ARZ", Evidence("e", ON - timedelta(days=1), None), InvalidExpiry),
        ("NAK", Evidence("e", date(2026, 9, 6), None), InvalidExpiry),
        ("ATR", Evidence("e", day(5), None), InvalidExpiry),
    ],
)
def test_a_status_that_rests_on_nothing_or_stands_too_long_is_refused_and_changes_nothing(
    opened: Register, status: str, evidence: Evidence, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        give(opened, status, evidence)
    assert kinds(opened) == ["opened"]


def test_next_school_year_justifies_until_5_september_and_is_open_again_on_the_6th(opened: Register) -> None:
    assert give(opened, "NAK").status_expires_on == date(2026, 9, 5)
    assert refreshed(opened, date(2026, 9, 5)).lapsed == 0
    assert held(opened, ANNA, "status_class") == ("justified",)
    assert refreshed(opened, date(2026, 9, 6)).lapsed == 1
    assert held(opened, ANNA, "status", "status_class", "state") == ("NAK", "open", "active")
    assert refreshed(opened, date(2026, 9, 7)).lapsed == 0
    give(opened, "NAK", Evidence("jauns iesniegums", None, None), riga(date(2026, 9, 6)))
    assert held(opened, ANNA, "status_expires_on", "status_class") == (date(2027, 9, 5), "justified")


def test_the_same_status_without_new_evidence_is_a_copy_that_prolongs_nothing(opened: Register) -> None:
    give(opened, "ARZ")
    for evidence in (LETTER, NOTHING):
        give(opened, "ARZ", evidence, riga(day(300)))
        assert held(opened, ANNA, "status_since", "status_confirmed_on", "status_expires_on") == (ON, ON, day(365))
    give(opened, "ARZ", Evidence("skolas izziņa", None, None), riga(day(300)))
    assert held(opened, ANNA, "status_since", "status_confirmed_on", "status_expires_on") == (ON, day(300), day(665))


def test_a_status_that_closes_a_case_keeps_it_closed_until_the_registers_must_have_confirmed_it(opened: Register) -> None:
    give(opened, "ATR")
    assert held(opened, ANNA, "state", "closing", "status") == ("closed", "statusClosed", "ATR")
    assert refreshed(opened, day(30)).reopened == 0
    assert refreshed(opened, day(31)).reopened == 1
    assert held(opened, ANNA, "state", "status", "opened_on") == ("active", None, day(31))
    with pytest.raises(VersionConflict):
        give(opened, "ARZ", by=riga(day(31)), version=1)


def test_a_case_closed_by_a_status_is_not_opened_again_when_a_school_confirms(opened: Register) -> None:
    give(opened, "ATR")
    opened.institution(SCHOOL)
    opened.learns(opened.execute("SELECT person_id FROM identity")[0][0], SCHOOL, days(day(3).isoformat()))
    assert refreshed(opened, day(31)).reopened == 0
    with pytest.raises(CaseClosed):
        measured(opened, riga(day(31)))


def test_who_works_on_a_case_is_named_and_knows_its_version(opened: Register) -> None:
    with pytest.raises(UserRequired):
        give(opened, "ARZ", by=riga()._replace(user=None))
    version = held(opened, ANNA, "id")[0]
    give(opened, "ARZ", version=version)
    with pytest.raises(VersionConflict):
        give(opened, "NOS", version=version)
    assert opened.execute("SELECT client, user_id FROM case_event WHERE kind = 'status'") == [(IN_RIGA, "LV-officer-7")]


def test_a_measure_is_recorded_with_its_author_and_day(opened: Register) -> None:
    measured(opened, riga(day(5)), "LTR", day(4))
    row = "SELECT value, on_day, municipality, client, user_id, note FROM case_event WHERE kind = 'measure'"
    assert opened.execute(row) == [("LTR", day(4), RIGA, IN_RIGA, "LV-officer-7", "neviens neatvēra")]
    with pytest.raises(UnknownCode):
        measured(opened, riga(), "XYZ")
    for wrong in (day(1), ON - timedelta(days=366)):
        with pytest.raises(InvalidDay):
            measured(opened, riga(), "LTR", wrong)


def test_a_case_is_offered_accepted_and_goes_with_its_history(opened: Register) -> None:
    give(opened, "NOS")
    assert offered(opened).answer_by == day(10)
    assert held(opened, ANNA, "municipality", "offered_to") == (RIGA, MADONA)
    with pytest.raises(HandOverOpen):
        offered(opened)
    with pytest.raises(NotResponsible):
        measured(opened, madona())
    with pytest.raises(NoHandOver):
        answered(opened, riga(), accept=True)
    assert answered(opened, madona(day(2)), accept=True).municipality == MADONA
    assert held(opened, ANNA, "municipality", "offered_to", "status") == (MADONA, None, "NOS")
    measured(opened, madona(day(2)))
    with pytest.raises(UnknownCase):
        measured(opened, riga(day(2)))
    assert kinds(opened) == ["opened", "status", "offered", "accepted", "measure"]


def test_a_case_that_is_sent_back_stays_and_is_no_longer_seen_by_who_sent_it_back(opened: Register) -> None:
    offered(opened)
    with pytest.raises(InvalidQuestion):
        answered(opened, madona(), accept=False, reason="  ")
    answered(opened, madona(), accept=False)
    assert held(opened, ANNA, "municipality", "offered_to") == (RIGA, None)
    with pytest.raises(UnknownCase):
        answered(opened, madona(), accept=True)
    assert kinds(opened) == ["opened", "offered", "returned"]


@pytest.mark.parametrize("to", [RIGA, "9999999", VARAKLANI])
def test_a_case_is_offered_to_another_municipality_of_the_day(opened: Register, to: str) -> None:
    with pytest.raises(UnknownMunicipality):
        offered(opened, to=to)


def test_when_the_child_is_declared_elsewhere_the_register_offers_the_one_case_and_takes_it_back_when_it_returns(opened: Register) -> None:
    person = opened.execute("SELECT person_id FROM identity")[0][0]
    moves(opened, person, MADONA, day(5))
    assert refreshed(opened, day(4)).offered == 0
    assert refreshed(opened, day(5)).offered == 1
    assert held(opened, ANNA, "municipality", "offered_to", "answer_by") == (RIGA, MADONA, day(15))
    assert refreshed(opened, day(6)).offered == 0
    moves(opened, person, RIGA, day(8))
    refreshed(opened, day(8))
    assert held(opened, ANNA, "municipality", "offered_to") == (RIGA, None)
    assert kinds(opened) == ["opened", "offered", "offerWithdrawn"]
    assert opened.execute("SELECT count(*) FROM child_case") == [(1,)]


def test_an_unanswered_hand_over_falls_to_the_declared_municipality_and_is_told_to_ikvd_until_somebody_works(opened: Register) -> None:
    moves(opened, opened.execute("SELECT person_id FROM identity")[0][0], MADONA, day(1))
    refreshed(opened, day(1))
    assert refreshed(opened, day(11)).fallen_back == 0
    assert refreshed(opened, day(12)).fallen_back == 1
    assert held(opened, ANNA, "municipality", "offered_to", "escalation") == (MADONA, None, "handOverUnanswered")
    give(opened, "NOS", NOTHING, madona(day(12)))
    assert held(opened, ANNA, "escalation", "escalated_on") == (None, None)
    assert kinds(opened)[-2:] == ["status", "escalationEnded"]


def test_an_offer_to_where_the_child_is_not_declared_falls_back_to_where_it_is(opened: Register) -> None:
    offered(opened)
    assert refreshed(opened, day(11)).fallen_back == 1
    assert held(opened, ANNA, "municipality", "offered_to") == (RIGA, None)


def test_a_case_that_the_declared_municipality_sends_back_goes_to_ikvd_and_is_not_offered_again_and_again(opened: Register) -> None:
    person = opened.execute("SELECT person_id FROM identity")[0][0]
    moves(opened, person, MADONA, day(1))
    refreshed(opened, day(1))
    answered(opened, madona(day(2)), accept=False)
    assert held(opened, ANNA, "escalation") == ("handOverReturned",)
    assert refreshed(opened, day(3)).offered == 0
    moves(opened, person, "0002000", day(4))
    assert refreshed(opened, day(4)).offered == 1
    assert held(opened, ANNA, "offered_to") == ("0002000",)


def test_late_steps_go_to_ikvd_after_the_usual_days_or_the_municipality_s_own(opened: Register) -> None:
    assert refreshed(opened, day(30)).escalated == 0
    assert refreshed(opened, day(31)).escalated == 1
    assert held(opened, ANNA, "escalation", "escalated_on") == ("firstStatusLate", day(31))
    give(opened, "NOS", NOTHING, riga(day(31)))
    assert held(opened, ANNA, "escalation") == (None,)
    assert refreshed(opened, day(91)).escalated == 0
    assert refreshed(opened, day(92)).escalated == 1
    assert held(opened, ANNA, "escalation") == ("clarifyingTooLong",)
    with opened.databases.register.begin() as session:
        set_deadline(session, RIGA, "clarifying", 90, day(92))
        assert Deadline(RIGA, "clarifying", 90) in deadlines(session, day(92))
    refreshed(opened, day(92))
    assert held(opened, ANNA, "escalation") == (None,)
    give(opened, "ARZ", Evidence("e", day(100), None), riga(day(92)))
    assert refreshed(opened, day(130)).escalated == 0
    assert refreshed(opened, day(131)).escalated == 1
    assert held(opened, ANNA, "escalation") == ("renewalLate",)


def test_a_deadline_has_a_step_a_municipality_and_a_history(register: Register) -> None:
    with register.databases.register.begin() as session:
        set_deadline(session, RIGA, "handOver", 5, ON)
        set_deadline(session, RIGA, "handOver", 7, ON)
        with pytest.raises(UnknownCode):
            set_deadline(session, RIGA, "lunch", 5, ON)
        with pytest.raises(UnknownMunicipality):
            set_deadline(session, VARAKLANI, "handOver", 5, ON)
        set_deadline(session, RIGA, "handOver", None, ON)
        assert [one for one in deadlines(session, ON) if one.municipality] == []
    assert register.execute("SELECT days FROM case_deadline ORDER BY id") == [(5,), (7,)]


def test_a_municipality_with_nobody_responsible_goes_to_ikvd_at_once(register: Register) -> None:
    child(register, LIGA, "0002000")
    assert refreshed(register, ON).escalated == 1
    assert held(register, LIGA, "escalation") == ("nobodyResponsible",)
    register.grant("LV-DEV/MUN/DGP/children", WORK, "municipalities", scope_values=["0002000"])
    refreshed(register, day(1))
    assert held(register, LIGA, "escalation") == (None,)


def test_a_hand_over_under_way_survives_the_merger_of_varaklani_into_madona(register: Register) -> None:
    child(register)
    child(register, PETERIS, VARAKLANI)
    before = date(2025, 6, 25)
    refreshed(register, before)
    offered(register, riga(before), to=VARAKLANI)
    offered(register, madona(before), to=MADONA, code=PETERIS)
    assert refreshed(register, date(2025, 7, 1)).moved == 2
    assert held(register, ANNA, "municipality", "offered_to", "answer_by") == (RIGA, MADONA, date(2025, 7, 5))
    assert held(register, PETERIS, "municipality", "offered_to") == (MADONA, None)


def test_closing_ends_a_hand_over_and_an_escalation(opened: Register) -> None:
    offered(opened)
    refreshed(opened, day(5))
    opened.institution(SCHOOL)
    opened.learns(opened.execute("SELECT person_id FROM identity")[0][0], SCHOOL, days(day(6).isoformat()))
    assert refreshed(opened, day(6)).closed == 1
    assert held(opened, ANNA, "state", "offered_to", "answer_by", "escalation") == ("closed", None, None, None)


def test_what_was_known_on_a_day_is_kept_through_everything(opened: Register) -> None:
    give(opened, "ARZ")
    opened.execute("UPDATE case_version SET recorded = tstzrange('2026-03-03', '2026-03-10') WHERE status IS NULL")
    opened.execute("UPDATE case_version SET recorded = tstzrange('2026-03-10', NULL) WHERE status = 'ARZ'")
    at = "SELECT status FROM case_version WHERE recorded @> CAST(:at AS timestamptz)"
    assert opened.execute(at, at=datetime(2026, 3, 5, tzinfo=UTC)) == [(None,)]
    assert opened.execute(at, at=datetime(2026, 3, 11, tzinfo=UTC)) == [("ARZ",)]
