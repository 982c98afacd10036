"""Work on cases: statuses with evidence and expiry, measures, what is late; each day is passed in."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.cases.deadlines import Deadline, deadlines, set_deadline
from core.cases.working import Evidence
from core.errors import (
    CaseClosed,
    EvidenceNeeded,
    InvalidDay,
    InvalidExpiry,
    Refusal,
    UnknownCode,
    UnknownMunicipality,
    UserRequired,
    VersionConflict,
)
from tests.integration.casework import (
    ANNA,
    IN_RIGA,
    LETTER,
    LIGA,
    NOTHING,
    ON,
    SCHOOL,
    WORK,
    child,
    day,
    give,
    granted,
    held,
    kinds,
    measured,
    refreshed,
    riga,
)
from tests.register import RIGA, VARAKLANI, Register, days


@pytest.fixture(autouse=True)
def _granted(register: Register) -> None:
    granted(register)


@pytest.fixture
def opened(register: Register) -> Register:
    """One child in Riga in no school, since ON."""
    child(register)
    refreshed(register, ON)
    return register


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
        ("QQQ", LETTER, UnknownCode),
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


def test_what_was_known_on_a_day_is_kept_through_everything(opened: Register) -> None:
    give(opened, "ARZ")
    opened.execute("UPDATE case_version SET recorded = tstzrange('2026-03-03', '2026-03-10') WHERE status IS NULL")
    opened.execute("UPDATE case_version SET recorded = tstzrange('2026-03-10', NULL) WHERE status = 'ARZ'")
    at = "SELECT status FROM case_version WHERE recorded @> CAST(:at AS timestamptz)"
    assert opened.execute(at, at=datetime(2026, 3, 5, tzinfo=UTC)) == [(None,)]
    assert opened.execute(at, at=datetime(2026, 3, 11, tzinfo=UTC)) == [("ARZ",)]
