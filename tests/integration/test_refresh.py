"""The refresh of the register of non-studying children: what it opens, closes, reopens and keeps, on the days that the law names."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range

from core.cases import refreshing
from core.cases.checking import check
from core.cases.due import DUE, SETTLED, parameters
from core.cases.refreshing import Refreshed, refresh
from core.compulsory_age import Facts, Stay, judge, rules_on
from core.connections import cursor
from core.education import Named
from core.identities import Asked, Decision, merge, separate
from core.model import EducationDocument, Exemption, Identity, PersonProfile
from tests.register import EVERYTHING, LONG_AGO, MADONA, RIGA, VARAKLANI, Register, days, since

SCHOOL, ANNA, PETERIS, LIGA = "4513900001", "04051820016", "05061820014", "06071820012"
ON = date(2026, 11, 26)


@pytest.fixture(autouse=True)
def _officers(register: Register) -> None:
    """Somebody works on cases in these municipalities: a case that is nobody's would be escalated at once."""
    register.grant("LV-DEV/GOV/NOV/cases", "non-studying-children.**", "municipalities", scope_values=[RIGA, MADONA, VARAKLANI])


def refreshed(register: Register, on: date = ON, quarter_on: date | None = None) -> Refreshed:
    return refresh(register.databases.register, on, quarter_on)


def cases(register: Register, at: str = "infinity") -> dict[str, tuple]:
    """Whose cases were there at an instant, by personal code: state, reason, municipality, closing."""
    known = "upper_inf(v.recorded)" if at == "infinity" else f"v.recorded @> '{at}'::timestamptz"
    rows = register.execute(
        "SELECT i.value, v.state, v.reason, v.municipality, v.closing FROM child_case c JOIN identity i ON i.id = c.identity_id "
        f"JOIN case_version v ON v.case_id = c.id AND {known}"
    )
    return {row[0]: tuple(row[1:]) for row in rows}


def events(register: Register) -> list[str]:
    return [kind for (kind,) in register.execute("SELECT kind FROM case_event ORDER BY id")]


def child(register: Register, code: str = ANNA, lives: str = RIGA, born_on: date = date(2015, 5, 4), **more: object) -> int:
    person = register.person(code, born_on=born_on, **more)
    register.lives(person, lives, days(born_on.isoformat()))
    return person


def identity_of(register: Register, person: int) -> int:
    return register.execute("SELECT min(id) FROM identity WHERE person_id = :person", person=person)[0][0]


def test_a_child_in_no_school_gets_one_case_and_a_second_run_changes_nothing(register: Register) -> None:
    register.institution(SCHOOL)
    child(register)
    register.learns(child(register, PETERIS), SCHOOL)
    first = refreshed(register)
    assert (first.due, first.opened, first.active) == (1, 1, 1)
    assert cases(register) == {ANNA: ("active", "never_enrolled", RIGA, None)}
    again = refreshed(register)
    assert (again.opened, again.reopened, again.closed, again.reason_changed, again.active) == (0, 0, 0, 0, 1)
    assert events(register) == ["opened"]


def test_a_new_affiliation_closes_the_case_and_a_lapsed_one_reopens_it_with_its_history(register: Register) -> None:
    register.institution(SCHOOL)
    person = child(register)
    refreshed(register, date(2026, 9, 6))
    place = register.learns(person, SCHOOL, days("2026-09-07"))
    assert refreshed(register, date(2026, 9, 7)).closed == 1
    assert cases(register)[ANNA] == ("closed", "never_enrolled", RIGA, "enrolled")
    register.execute("UPDATE affiliation SET valid = '[2026-09-07,2026-10-02)', status = 'IZB', end_reason = '04' WHERE id = :id", id=place)
    assert refreshed(register, date(2026, 10, 1)).reopened == 0, "it holds on its last day"
    assert refreshed(register, date(2026, 10, 2)).reopened == 1
    assert cases(register)[ANNA] == ("active", "left_unknown", RIGA, None)
    assert events(register) == ["opened", "closed", "reopened"]


def test_many_new_cases_leave_no_statistics_of_the_empty_tables_behind(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refreshing, "MANY", 2)
    child(register)
    register.execute("ANALYZE child_case, case_version, case_event")
    refreshed(register)
    believed = "SELECT reltuples FROM pg_class WHERE relname IN ('child_case', 'case_version', 'case_event')"
    assert {int(rows) for (rows,) in register.execute(believed)} <= {0, -1}
    child(register, PETERIS)
    child(register, LIGA)
    refreshed(register)
    assert {int(rows) for (rows,) in register.execute(believed)} == {3}


def test_on_new_years_eve_and_the_day_after(register: Register) -> None:
    child(register, ANNA, born_on=date(2021, 12, 31))
    child(register, PETERIS, born_on=date(2022, 1, 1))
    for day in (date(2026, 12, 31), date(2027, 1, 1), date(2027, 8, 31)):
        refreshed(register, day)
        assert set(cases(register)) == {ANNA}
    refreshed(register, date(2027, 9, 1))
    assert set(cases(register)) == {ANNA, PETERIS}


def test_whoever_was_born_on_29_february_turns_18_on_1_march_of_a_common_year(register: Register) -> None:
    child(register, ANNA, born_on=date(2008, 2, 29))
    assert refreshed(register, date(2026, 2, 28)).opened == 1
    assert refreshed(register, date(2026, 3, 1)).closed == 1
    assert cases(register)[ANNA][3] == "dutyEnded"


def test_who_enrols_on_5_september_has_no_case_that_day_and_had_one_the_day_before(register: Register) -> None:
    register.institution(SCHOOL)
    register.learns(child(register), SCHOOL, days("2026-09-05"))
    assert refreshed(register, date(2026, 9, 4)).opened == 1
    assert refreshed(register, date(2026, 9, 5)).closed == 1


def test_a_child_that_emigrates_and_returns(register: Register) -> None:
    person = child(register)
    refreshed(register)
    register.execute("UPDATE residence SET valid = daterange(lower(valid), '2026-11-27') WHERE person_id = :p", p=person)
    assert refreshed(register, ON + timedelta(days=1)).closed == 1
    assert cases(register)[ANNA][3] == "emigrated"
    register.lives(person, MADONA, days("2026-12-05"))
    assert refreshed(register, date(2026, 12, 5)).reopened == 1
    assert cases(register)[ANNA] == ("active", "never_enrolled", MADONA, None)


def test_a_death_closes_the_case_and_its_withdrawal_reopens_it(register: Register) -> None:
    person = child(register)
    refreshed(register)
    register.execute("UPDATE person_profile SET status = 'deceased', died_on = '2026-11-26' WHERE person_id = :p", p=person)
    refreshed(register)
    assert cases(register)[ANNA] == ("closed", "never_enrolled", RIGA, "died")
    register.execute("UPDATE person_profile SET status = 'resident', died_on = NULL WHERE person_id = :p", p=person)
    assert refreshed(register).reopened == 1


def test_a_document_of_basic_education_and_an_exemption_close_the_case(register: Register) -> None:
    register.institution(SCHOOL)
    anna, peteris = child(register), child(register, PETERIS)
    refreshed(register)
    register.add(
        EducationDocument(
            identity_id=identity_of(register, anna),
            institution=SCHOOL,
            document_type="APV",
            number="1",
            issued_on=ON,
            status="valid",
            sender="S",
            sender_key="D1",
        ),
        Exemption(
            identity_id=identity_of(register, peteris),
            ground="VES",
            decision_number="1",
            decided_on=ON,
            decided_by="PMK",
            sender="S",
            sender_key="E1",
            valid=Range(ON, ON + timedelta(days=10)),
        ),
    )
    assert refreshed(register).closed == 2
    assert [cases(register)[code][3] for code in (ANNA, PETERIS)] == ["documented", "exempt"]
    assert refreshed(register, ON + timedelta(days=10)).reopened == 1


def test_studies_that_are_suspended_count_from_the_day_on_which_they_were_not_before(register: Register) -> None:
    register.institution(SCHOOL)
    person = child(register)
    told = datetime(2026, 6, 1, 8, tzinfo=UTC)
    before = register.learns(person, SCHOOL, days("2022-09-01"), recorded=since(LONG_AGO, told))
    [(entry,)] = register.execute("SELECT entry_id FROM affiliation WHERE id = :id", id=before)
    register.learns(person, SCHOOL, days("2022-09-01"), status="APT", recorded=since(told), entry_id=entry)
    assert refreshed(register, date(2026, 12, 1)).due == 0
    assert refreshed(register, date(2026, 12, 2)).opened == 1
    assert cases(register)[ANNA][1] == "suspended_too_long"


def test_the_reason_is_kept_true(register: Register) -> None:
    register.institution(SCHOOL)
    person = child(register)
    refreshed(register)
    register.learns(person, SCHOOL, days("2026-09-01"), main=False, programme="20V21101")
    assert refreshed(register).reason_changed == 1
    assert cases(register)[ANNA][1] == "non_qualifying_only"


def test_a_case_of_varaklani_goes_to_madona_on_the_day_of_the_merger_and_none_is_lost(register: Register) -> None:
    for code in (ANNA, PETERIS):
        child(register, code, VARAKLANI)
    child(register, LIGA, MADONA)
    refreshed(register, date(2025, 6, 30))
    assert sorted(case[2] for case in cases(register).values()) == [MADONA, VARAKLANI, VARAKLANI]
    assert refreshed(register, date(2025, 7, 1)).moved == 2
    assert [case[:3:2] for case in cases(register).values()] == [("active", MADONA)] * 3


def officer() -> Decision:
    return Decision("LV-DEV/GOV/IZM/allservices", "LV-officer", EVERYTHING, frozenset(), ON, "one child")


def test_two_persons_merged_with_cases_in_two_municipalities_have_one_open_case_and_two_histories(register: Register) -> None:
    child(register, ANNA, RIGA)
    child(register, PETERIS, MADONA)
    refreshed(register)
    named = [Named("personal_code", "", code) for code in (ANNA, PETERIS)]
    with register.databases.register.begin() as session:
        merge(session, officer(), *named)
    assert refreshed(register).merged == 1
    assert cases(register) == {
        ANNA: ("active", "never_enrolled", RIGA, None),
        PETERIS: ("closed", "never_enrolled", MADONA, "merged"),
    }
    assert register.execute("SELECT count(DISTINCT case_id) FROM case_event WHERE kind = 'opened'") == [(2,)]
    assert refreshed(register)._replace(due=0, active=0) == Refreshed(0, 0, 0, 0, 0, 0, 0, 0)
    with register.databases.register.begin() as session:
        separate(session, officer(), [Asked(named[1], None)])
    assert refreshed(register).reopened == 1
    assert [cases(register)[code][0] for code in (ANNA, PETERIS)] == ["active", "active"]


def test_a_code_corrected_and_corrected_back_keeps_one_case(register: Register) -> None:
    person = child(register)
    refreshed(register)
    register.execute("UPDATE identity SET current = false WHERE person_id = :p", p=person)
    register.add(Identity(person_id=person, scheme="personal_code", value=LIGA, created_at=LONG_AGO))
    assert refreshed(register).opened == 0
    register.execute("UPDATE identity SET current = false WHERE value = :v", v=LIGA)
    register.execute("UPDATE identity SET current = true WHERE value = :v", v=ANNA)
    assert refreshed(register).opened == 0
    assert set(cases(register)) == {ANNA}


def test_as_seen_on_30_october_and_as_known_today_differ_and_both_are_right(register: Register) -> None:
    register.institution(SCHOOL)
    person = child(register)
    refreshed(register, date(2026, 10, 30))
    register.execute("UPDATE case_version SET recorded = tstzrange('2026-10-30 06:00+00', NULL)")
    # The school tells in November that the child has been there since September.
    register.learns(person, SCHOOL, days("2026-09-01"), recorded=since(datetime(2026, 11, 10, tzinfo=UTC)))
    refreshed(register, ON)
    assert cases(register)[ANNA][0] == "closed"
    assert cases(register, at="2026-10-31")[ANNA] == ("active", "never_enrolled", RIGA, None)


def test_a_statutory_day_is_fulfilled_once(register: Register) -> None:
    child(register)
    quarter = date(2026, 10, 30)
    first = refreshed(register, ON, quarter)
    child(register, PETERIS)
    again = refreshed(register, ON, quarter)
    assert again == first._replace(repeated=True)
    assert set(cases(register)) == {ANNA}
    assert refreshed(register).opened == 1


def test_two_at_once_open_each_case_once(register: Register) -> None:
    for code in (ANNA, PETERIS, LIGA):
        child(register, code)
    done: list[Refreshed] = []
    runs = [threading.Thread(target=lambda: done.append(refreshed(register))) for _ in range(4)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert sorted(run.opened for run in done) == [0, 0, 0, 3]
    assert register.execute("SELECT count(*) FROM case_version") == [(3,)]


def test_a_run_that_fails_has_changed_nothing(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    child(register)
    monkeypatch.setattr("core.cases.refreshing.RECORD", "SELECT 1 / 0")
    with pytest.raises(Exception, match="division by zero"):
        refreshed(register)
    assert cases(register) == {}


BORN = st.one_of(
    st.dates(date(2007, 1, 1), date(2023, 1, 5)),
    st.sampled_from([date(2008, 2, 29), date(2020, 2, 29), date(2021, 12, 31), date(2022, 1, 1), date(2008, 11, 26)]),
)
STAYS = st.lists(
    st.builds(
        lambda programme, status, first, length, end_reason: Stay(
            programme, status, first, None if length is None else first + timedelta(days=length), end_reason
        ),
        st.sampled_from(["01011111", "21011111", "20V21101", "31016011", "30T34101", "43345011"]),
        st.sampled_from(["AKT", "APT", "IZB", "ABS", "DUB"]),
        st.dates(date(2025, 1, 1), date(2027, 3, 1)),
        st.one_of(st.none(), st.integers(0, 500)),
        st.sampled_from([None, "02", "04"]),
    ),
    max_size=3,
)
DAYS = st.one_of(st.dates(date(2025, 12, 1), date(2027, 3, 5)), st.sampled_from([date(2026, 2, 28), date(2026, 3, 1), date(2026, 9, 1)]))
FACTS = st.builds(
    Facts,
    born_on=BORN,
    died_on=st.one_of(st.none(), st.none(), DAYS),
    deceased=st.sampled_from([False, False, False, True]),
    resident=st.sampled_from([True, True, True, False]),
    documents=st.lists(st.tuples(st.sampled_from(["APV", "ATV", "LIE"]), DAYS), max_size=1),
    exemptions=st.lists(
        DAYS.flatmap(lambda first: st.tuples(st.just(first), st.one_of(st.none(), st.just(first + timedelta(9))))), max_size=1
    ),
    stays=STAYS,
)


def enter(register: Register, number: int, facts: Facts) -> int:
    """A person about whom just this is known."""
    with register.databases.register.begin() as session:
        [person] = session.execute(text("INSERT INTO person DEFAULT VALUES RETURNING id")).scalars()
        identity = Identity(person_id=person, scheme="personal_code", value=f"{number:011d}")
        status = "deceased" if facts.deceased else "resident"
        profile = PersonProfile(
            person_id=person, given_name="A", surname="B", born_on=facts.born_on, died_on=facts.died_on, status=status, source="t"
        )
        session.add_all([identity, profile])
        session.flush()
        key = identity.id
        for position, (kind, issued_on) in enumerate(facts.documents):
            session.add(
                EducationDocument(
                    identity_id=key, institution=SCHOOL, document_type=kind, number="1", issued_on=issued_on, status="valid", sender="S",
                    sender_key=f"{number}/{position}",
                )
            )  # fmt: skip
        for position, (first, last) in enumerate(facts.exemptions):
            session.add(
                Exemption(
                    identity_id=key, ground="VES", decision_number="1", decided_on=first, decided_by="PMK", sender="S",
                    sender_key=f"{number}/{position}", valid=Range(first, None if last is None else last + timedelta(days=1)),
                )
            )  # fmt: skip
    if facts.resident:
        register.lives(person, RIGA, days("2007-01-01"))
    for stay in facts.stays:
        valid = Range(stay.first, None if stay.last is None else stay.last + timedelta(days=1))
        register.learns(person, SCHOOL, valid, stay.programme, status=stay.status, end_reason=stay.end_reason, main=False)
    return person


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(children=st.lists(FACTS, min_size=1, max_size=6), on=DAYS)
def test_the_pure_rules_and_the_sql_agree_for_the_nation_for_some_persons_and_for_codes(
    register: Register, children: list[Facts], on: date
) -> None:
    register.execute("TRUNCATE person, institution CASCADE")
    register.institution(SCHOOL)
    rules = rules_on(on)
    persons_by_number = {(number := next(register.numbers)): enter(register, number, facts) for facts in children}
    persons = dict(zip(persons_by_number.values(), children, strict=True))
    with register.databases.register.begin() as session:
        found = {row[0]: row[3] for row in cursor(session).execute(DUE, parameters(on, rules)).fetchall()}
    verdicts = {person: judge(facts, on, rules) for person, facts in persons.items()}
    assert found == {person: verdict.reason for person, verdict in verdicts.items() if verdict.reason is not None}
    settled = {person: verdict.settled_by for person, verdict in verdicts.items() if verdict.settled_by is not None}
    codes = {f"{number:011d}": person for number, person in persons_by_number.items()}
    with register.databases.register.begin() as session:
        asked = {**parameters(on, rules), "persons": list(settled)}
        told = dict(cursor(session).execute(SETTLED, asked).fetchall())
        lists = check(session, EVERYTHING, frozenset(), list(codes), on, ON)
    closings = {"outside_age": "dutyEnded", "no_residence": "emigrated"}
    assert told == {person: closings.get(rule, rule) for person, rule in settled.items()}
    assert {codes[code] for code in lists.not_fulfilling} == set(found)
    assert {codes[code] for code in lists.fulfilling} == {person for person, rule in settled.items() if rule == "enrolled"}
    assert {codes[code] for code in lists.outside_duty} == {person for person, rule in settled.items() if rule != "enrolled"}
