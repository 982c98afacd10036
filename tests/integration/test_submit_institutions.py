"""submitInstitutions: what is said from a day on, beside what was known before; item by item, once for each message."""

import random
import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from core.access import Scope, ScopeKind
from core.changes import people_changed
from core.errors import BatchKeyReused
from core.institutions import Institution, institution
from core.submissions import Sender
from core.submissions.institution_items import InstitutionItem, OfferedProgramme, Predecessor
from core.submissions.institutions import submit_institutions
from core.submissions.message import Outcome, Submitted
from tests.contract.asking import ask
from tests.posting import application
from tests.register import EVERYTHING, MADONA, RIGA, VARAKLANI, Register, days

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
SCHOOL, OTHER, THIRD = "3013900002", "4513900001", "4513900009"
BASIC, EVENING = "21011111", "31011012"


def said(number: str = SCHOOL, since: str = "2026-09-01", **more: object) -> InstitutionItem:
    values = {"name": "Rīgas skola", "type": "13", "kind": "V2", "municipality": RIGA, "opened_on": "2010-09-01"}
    return InstitutionItem(registration_number=number, valid_from=since, **{**values, **more})


def sent(
    register: Register, *items: InstitutionItem, scope: Scope = EVERYTHING, key: str | None = None, client: str = "A", dry_run: bool = False
) -> Submitted:
    sender = Sender(client, "LV-user", "m1", scope, NOW)
    with register.databases.register.begin() as session:
        return submit_institutions(session, sender, key or f"key-{next(register.numbers)}", items, dry_run)


def outcome(register: Register, item: InstitutionItem, **more: object) -> Outcome:
    [one] = sent(register, item, **more).outcomes
    return Outcome(*one)


def code(register: Register, item: InstitutionItem, **more: object) -> str | None:
    """The rule that the item breaks, and then nothing of it is in the register."""
    before = rows(register)
    found = outcome(register, item, **more)
    assert (found.outcome == "rejected") == (rows(register) == before)
    return found.code


def rows(register: Register) -> Sequence[object]:
    tables = ("institution", "institution_profile", "institution_succession", "programme", "programme_profile", "change")
    return register.execute("SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in tables))


def known(register: Register, on: date = TODAY, as_of: datetime | None = None, number: str = SCHOOL) -> Institution | None:
    with register.databases.replica.begin() as session:
        return institution(session, number, on, as_of, datetime.now(UTC))[1]


def instant(register: Register) -> datetime:
    [[found]] = register.execute("SELECT clock_timestamp()")
    return found


def test_a_new_institution_stands_with_everything_that_was_said(register: Register) -> None:
    register.institution(OTHER)
    item = said(
        sender_key="k1",
        subordination="90",
        legal_status="JS01",
        address=" Skolas iela 1 ",
        postcode="LV-1001",
        predecessors=[Predecessor(OTHER, "merger", "2026-09-01")],
        programmes=[OfferedProgramme(BASIC, "Pamatizglītība", "2026-09-01", "2", "2030-08-31")],
    )
    found = outcome(register, item)
    assert (found.position, found.sender_key, found.outcome, found.entry_id) == (1, "k1", "accepted", int(SCHOOL))
    now = known(register)
    assert now[1:12] == ("Rīgas skola", True, "13", "V2", "90", "JS01", RIGA, "Skolas iela 1", "LV-1001", "2010-09-01", None)
    assert now.predecessors == [[OTHER, "merger", "2026-09-01"]]
    assert now.programmes == [[BASIC, "Pamatizglītība", "21", "1", "1", "2", "2026-09-01", "2030-08-31"]]
    assert known(register, number=OTHER).successors == [[SCHOOL, "merger", "2026-09-01"]]
    again = outcome(register, item)
    assert (again.outcome, again.entry_id, again.version) == ("unchanged", found.entry_id, found.version)
    versions = register.execute("SELECT count(*) FROM institution_profile WHERE institution = :number", number=SCHOOL)
    assert versions == [(1,)]


def test_what_is_said_from_a_day_on_leaves_the_time_before_and_what_was_known_of_it(register: Register) -> None:
    sent(register, said(since="2010-09-01", name="Vecais nosaukums"))
    before = instant(register)
    found = outcome(register, said(since="2026-09-01", name="Jaunais nosaukums"))
    assert (known(register).name, known(register, date(2026, 8, 31)).name) == ("Jaunais nosaukums", "Vecais nosaukums")
    assert known(register).other_names == [["Vecais nosaukums", "2010-09-01", "2026-08-31"]]
    assert (known(register, as_of=before).name, known(register, as_of=before).other_names) == ("Vecais nosaukums", [])
    [[version]] = register.execute("SELECT id FROM institution_profile WHERE upper_inf(recorded) AND valid @> CAST('2026-09-01' AS date)")
    assert found.version == version


def test_what_a_message_said_is_known_at_the_instant_of_its_answer(register: Register) -> None:
    first = sent(register, said(name="Pirmais"))
    second = sent(register, said(name="Otrais"))
    assert [known(register, as_of=datetime.fromisoformat(done.data_as_of)).name for done in (first, second)] == ["Pirmais", "Otrais"]


def test_what_was_said_of_a_later_day_stays(register: Register) -> None:
    sent(register, said(since="2010-09-01", name="Pirmais"))
    sent(register, said(since="2028-09-01", name="Trešais"))
    sent(register, said(since="2020-09-01", name="Otrais"))
    names = [known(register, date(year, 9, 1)).name for year in (2019, 2020, 2027, 2028)]
    assert names == ["Pirmais", "Otrais", "Otrais", "Trešais"]
    sent(register, said(since="2005-09-01", name="Nultais"))
    assert [known(register, date(year, 9, 1)).name for year in (2005, 2010)] == ["Nultais", "Pirmais"]


def test_an_institution_closes_on_its_last_day_and_a_wrong_closure_is_taken_back(register: Register) -> None:
    sent(register, said(since="2010-09-01"))
    sent(register, said(since="2026-06-01", closed_on="2026-08-31"))
    assert (known(register).open, known(register).closed_on, known(register, date(2026, 8, 31)).open) == (False, "2026-08-31", True)
    before = instant(register)
    assert outcome(register, said(since="2026-06-01")).outcome == "accepted"
    assert (known(register).open, known(register).closed_on) == (True, None)
    assert not known(register, as_of=before).open


def test_a_list_of_closed_institutions_that_is_sent_says_nothing_new(register: Register) -> None:
    register.institution(SCHOOL, "Rīgas skola", valid=days("2010-09-01", "2020-08-31"), closed_on=date(2020, 8, 31))
    item = said(since="2010-09-01", closed_on="2020-08-31")
    assert outcome(register, item).outcome == "unchanged"
    assert outcome(register, said(since="2020-01-01", closed_on="2021-08-31")).outcome == "accepted"
    assert known(register, date(2021, 8, 31)).open
    assert not known(register, date(2021, 9, 1)).open


def test_a_school_that_goes_to_another_municipality_takes_the_rows_of_its_learners_along(register: Register) -> None:
    sent(register, said(since="2010-09-01"))
    learner = register.person("04051820016")
    version = register.learns(learner, SCHOOL)
    with register.databases.register.begin() as session:
        people_changed(session, [learner])
    sent(register, said(since="2026-09-01", name="Jaunā skola"))
    register.execute("DELETE FROM change")
    sent(register, said(since="2026-11-01", name="Jaunā skola", municipality=MADONA))
    told = register.execute("SELECT audience, kind FROM change WHERE entity = 'affiliation' ORDER BY id")
    assert set(told) == {(MADONA, "upsert"), (RIGA, "lostAccess")}
    held = register.execute("SELECT municipality FROM holding WHERE entity = 'affiliation' AND version = :version", version=version)
    assert held == [(MADONA,)]
    content = register.execute("SELECT content[2], content[7] FROM change WHERE entity = 'institution' AND kind = 'upsert'")
    assert content == [("Jaunā skola", MADONA)]


def test_predecessors_are_all_of_them_when_they_are_given(register: Register) -> None:
    register.institution(OTHER)
    register.institution(THIRD)
    sent(register, said(predecessors=[Predecessor(OTHER, "merger", "2026-09-01")]))
    before = instant(register)
    assert outcome(register, said()).outcome == "unchanged"
    assert outcome(register, said(predecessors=[Predecessor(THIRD, "division", "2026-09-02")])).outcome == "accepted"
    assert known(register).predecessors == [[THIRD, "division", "2026-09-02"]]
    assert known(register, as_of=before).predecessors == [[OTHER, "merger", "2026-09-01"]]
    assert outcome(register, said(predecessors=[])).outcome == "accepted"
    assert known(register).predecessors == []


def test_programmes_are_offered_for_their_days_renamed_and_ended(register: Register) -> None:
    def offered(*offers: OfferedProgramme) -> str:
        return outcome(register, said(programmes=list(offers))).outcome

    def shown(on: date, as_of: datetime | None = None) -> list[tuple[str, str | None]]:
        return [(line[1], line[7]) for line in known(register, on, as_of).programmes]

    sent(register, said(since="2010-09-01"))
    assert offered(OfferedProgramme(BASIC, "Vecā", "2010-09-01", "2")) == "accepted"
    assert offered(OfferedProgramme(BASIC, "Vecā", "2015-09-01", "2")) == "unchanged", "it goes on as it was"
    before = instant(register)
    assert offered(OfferedProgramme(BASIC, "Jaunā", "2024-09-01", "2")) == "accepted"
    assert (shown(date(2024, 8, 31)), shown(TODAY)) == ([("Vecā", "2024-08-31")], [("Jaunā", None)])
    assert offered(OfferedProgramme(BASIC, "Jaunā", "2024-09-01", "2", "2026-08-31")) == "accepted"
    assert (shown(date(2026, 8, 31)), shown(TODAY)) == ([("Jaunā", "2026-08-31")], [])
    assert shown(TODAY, before) == [("Vecā", None)]
    numbers = register.execute("SELECT entry_id, count(*), count(*) FILTER (WHERE upper_inf(recorded)) FROM programme_profile GROUP BY 1")
    assert sorted(numbers) == [(1, 2, 1), (2, 2, 1)], "an offer keeps its number"


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ({"name": " "}, "R-0510"),
        ({"registration_number": "12"}, "R-0510"),
        ({"name": "Ķīš\x7fezera"}, "R-0510"),
        ({"type": "99"}, "R-0203"),
        ({"kind": "V99"}, "R-0203"),
        ({"subordination": "91"}, "R-0203"),
        ({"legal_status": "JS99"}, "R-0203"),
        ({"municipality": "9999999"}, "R-0202"),
        ({"municipality": VARAKLANI}, "R-0202"),
        ({"valid_from": "1899-12-31"}, "R-0509"),
        ({"valid_from": "20000-01-01"}, "R-0509"),
        ({"opened_on": "2026-09-02", "closed_on": "2026-09-01"}, "R-0509"),
        ({"expected_version": 1}, "R-0508"),
        ({"predecessors": [Predecessor("9999999999", "merger", "2026-09-01")]}, "R-0201"),
        ({"predecessors": [Predecessor(SCHOOL, "merger", "2026-09-01")]}, "R-0510"),
        ({"predecessors": [Predecessor(OTHER, "merger", "2026-09-01"), Predecessor(OTHER, "merger", "2026-09-02")]}, "R-0510"),
        ({"predecessors": [Predecessor(OTHER, "theft", "2026-09-01")]}, "R-0203"),
        ({"predecessors": [Predecessor(OTHER, "merger", "2300-09-01")]}, "R-0509"),
        ({"programmes": [OfferedProgramme("2101111", "Īss", "2026-09-01")]}, "R-0203"),
        ({"programmes": [OfferedProgramme(BASIC, " ", "2026-09-01")]}, "R-0510"),
        ({"programmes": [OfferedProgramme(BASIC, "Līmenis", "2026-09-01", "99")]}, "R-0203"),
        ({"programmes": [OfferedProgramme(BASIC, "Atpakaļ", "2026-09-01", None, "2026-08-31")]}, "R-0509"),
        (
            {"programmes": [OfferedProgramme(BASIC, "A", "2026-09-01"), OfferedProgramme(BASIC, "B", "2027-09-01")]},
            "R-0509",
        ),
        ({"programmes": [OfferedProgramme(EVENING, "Vakara", "2022-09-01")]}, "R-0506"),
    ],
)
def test_a_bad_item_is_refused_by_its_rule_and_its_neighbour_is_taken(register: Register, wrong: dict[str, object], rule: str) -> None:
    register.institution(OTHER)
    item = InstitutionItem(**{"registration_number": SCHOOL, "valid_from": "2026-09-01", "name": "Skola", "type": "13", **wrong})
    assert code(register, item) == rule
    done = sent(register, item, said(THIRD), key="both")
    assert (done.received, done.accepted, done.unchanged, done.rejected) == (2, 1, 0, 1)
    assert [one[2] for one in done.outcomes] == ["rejected", "accepted"]
    assert register.execute("SELECT position, code FROM submission_refusal r JOIN submission s ON s.id = r.submission_id "
                            "WHERE batch_key = 'both'") == [(1, rule)]  # fmt: skip


def test_a_retired_programme_may_have_been_offered_while_it_lasted(register: Register) -> None:
    assert outcome(register, said(programmes=[OfferedProgramme(EVENING, "Vakara", "2015-09-01", None, "2022-08-31")])).outcome == "accepted"


def test_codes_that_stay_are_not_judged_again(register: Register) -> None:
    sent(register, said(since="2025-01-01", municipality=VARAKLANI))
    assert outcome(register, said(since="2026-09-01", name="Cits", municipality=VARAKLANI)).outcome == "accepted"
    assert known(register).municipality == MADONA


def test_the_second_item_of_an_institution_in_a_message_is_refused(register: Register) -> None:
    done = sent(register, said(), said(name="Cits nosaukums"))
    assert [one[2] for one in done.outcomes] == ["accepted", "rejected"]
    assert done.outcomes[1][5] == "R-0502"
    assert known(register).name == "Rīgas skola"


def test_a_predecessor_may_be_new_in_the_same_message(register: Register) -> None:
    done = sent(register, said(OTHER), said(predecessors=[Predecessor(OTHER, "merger", "2026-09-01")]))
    assert [one[2] for one in done.outcomes] == ["accepted", "accepted"]
    assert known(register).predecessors == [[OTHER, "merger", "2026-09-01"]]


def test_whoever_expects_another_version_than_the_one_that_holds_is_refused(register: Register) -> None:
    first = outcome(register, said(since="2010-09-01")).version
    second = outcome(register, said(since="2026-09-01", name="Otrs", expected_version=first)).version
    assert code(register, said(since="2026-09-01", name="Cits", expected_version=first)) == "R-0508"
    assert outcome(register, said(since="2026-10-01", name="Trešais", expected_version=second)).outcome == "accepted"


def test_a_municipality_says_what_is_its_own_and_stays_so(register: Register) -> None:
    riga, madona = (Scope(ScopeKind.MUNICIPALITIES, (one,)) for one in (RIGA, MADONA))
    assert code(register, said(), scope=madona) == "R-0103"
    assert code(register, said(), scope=riga) is None
    assert code(register, said(name="Pārņemta", municipality=MADONA), scope=madona) == "R-0103"
    assert code(register, said(name="Atdota", municipality=MADONA), scope=riga) == "R-0103"
    assert code(register, said(name="Nekur", municipality=None), scope=riga) == "R-0103"
    assert code(register, said(name="Slēgta", closed_on="2026-10-31"), scope=riga) is None
    register.institution(OTHER, municipality=MADONA)
    merged = {"closed_on": "2026-10-31", "name": "Slēgta", "predecessors": [Predecessor(OTHER, "merger", "2026-09-01")]}
    assert code(register, said(**merged), scope=riga) == "R-0103"
    assert code(register, said(**merged), scope=Scope(ScopeKind.MUNICIPALITIES, (RIGA, MADONA))) is None


def test_the_institutions_of_a_municipality_that_was_merged_are_those_of_its_successor(register: Register) -> None:
    register.institution(SCHOOL, "Varakļānu vidusskola", VARAKLANI)
    madona = Scope(ScopeKind.MUNICIPALITIES, (MADONA,))
    assert code(register, said(since="2025-09-01", municipality=MADONA), scope=madona) is None
    assert code(register, said(since="2024-09-01", municipality=VARAKLANI), scope=madona) is None
    assert code(register, said(since="2025-10-01", name="Cita"), scope=Scope(ScopeKind.MUNICIPALITIES, (VARAKLANI,))) == "R-0103"


def test_who_lost_an_institution_does_not_rewrite_the_time_when_it_had_it_nor_the_new_one_the_time_before(register: Register) -> None:
    register.institution(SCHOOL, municipality=RIGA, valid=days("2010-09-01", "2025-08-31"))
    register.institution(SCHOOL, municipality=MADONA, valid=days("2025-09-01"))
    item = said(since="2020-09-01", name="Cits")
    assert code(register, item, scope=Scope(ScopeKind.MUNICIPALITIES, (RIGA,))) == "R-0103"
    assert code(register, item, scope=Scope(ScopeKind.MUNICIPALITIES, (MADONA,))) == "R-0103"
    assert code(register, item) is None


def test_an_institution_says_of_itself_all_but_where_it_belongs_and_whether_it_is_open(register: Register) -> None:
    itself = Scope(ScopeKind.INSTITUTIONS, (SCHOOL,))
    assert code(register, said(), scope=itself) == "R-0103", "it does not found itself"
    sent(register, said(legal_status="JS01"))
    left_out = {"municipality": None, "opened_on": None}
    assert code(register, said(name="Jauns nosaukums", address="Cita iela 2", **left_out), scope=itself) is None
    assert known(register)[5:10] == (None, "JS01", RIGA, "Cita iela 2", None)
    assert known(register).opened_on == "2010-09-01"
    for wrong in ({"municipality": MADONA}, {"closed_on": "2026-10-31"}, {"legal_status": "JS02"}, {"opened_on": "2011-09-01"}):
        assert code(register, said(**wrong), scope=itself) == "R-0103"
    register.institution(OTHER)
    assert code(register, said(OTHER), scope=itself) == "R-0103"
    assert code(register, said(predecessors=[Predecessor(OTHER, "merger", "2026-09-01")]), scope=itself) == "R-0103"
    assert code(register, said(name="Jauns nosaukums", programmes=[OfferedProgramme(BASIC, "Pamati", "2026-09-01")]), scope=itself) is None


@pytest.mark.parametrize("kind", [ScopeKind.PERSONS, ScopeKind.OWN])
def test_who_may_see_persons_may_not_write_of_institutions(register: Register, kind: ScopeKind) -> None:
    assert code(register, said(), scope=Scope(kind, ("04051820016",))) == "R-0103"


def test_a_trial_says_what_would_become_of_each_item_and_keeps_nothing(register: Register) -> None:
    sent(register, said(OTHER))
    items = [said(name="Jauna"), said(OTHER), said(THIRD, type="99"), said(OTHER, name="Cits")]
    before = rows(register)
    tried = sent(register, *items, key="trial", dry_run=True)
    assert rows(register) == before
    assert register.execute("SELECT count(*) FROM submission WHERE batch_key = 'trial'") == [(0,)]
    done = sent(register, *items, key="trial")
    plain = [(one[:3], one[5:]) for one in tried.outcomes]
    assert plain == [(one[:3], one[5:]) for one in done.outcomes]
    assert (tried.outcomes[0][3:5], done.outcomes[0][3]) == ((None, None), int(SCHOOL))
    assert tried.outcomes[1][4] == done.outcomes[1][4] is not None


def test_the_same_message_again_is_answered_as_the_first_time_and_another_under_its_key_is_refused(register: Register) -> None:
    first = sent(register, said(), said(OTHER, type="99"), key="k")
    sent(register, said(name="Pa vidu"))
    again = sent(register, said(), said(OTHER, type="99"), key="k")
    assert again.repeated
    assert [tuple(one) for one in again.outcomes] == [tuple(one) for one in first.outcomes]
    assert (again.data_as_of, known(register).name) == (first.data_as_of, "Pa vidu")
    with pytest.raises(BatchKeyReused):
        sent(register, said(name="Cits"), key="k")


def test_a_refused_item_is_kept_as_it_was_sent(register: Register) -> None:
    sent(register, said(type="99", programmes=[OfferedProgramme(BASIC, "Pamati", "2026-09-01")]))
    [[item]] = register.execute("SELECT item FROM submission_refusal")
    assert item == {
        "registration_number": SCHOOL,
        "valid_from": "2026-09-01",
        "name": "Rīgas skola",
        "type": "99",
        "kind": "V2",
        "municipality": RIGA,
        "opened_on": "2010-09-01",
        "programmes/programme[1]/code": BASIC,
        "programmes/programme[1]/name": "Pamati",
        "programmes/programme[1]/offered_from": "2026-09-01",
    }


def test_of_two_senders_at_once_the_second_decides_by_what_the_first_one_wrote(register: Register) -> None:
    version = outcome(register, said(since="2010-09-01")).version
    others: list[Outcome] = []
    first = register.databases.register()
    with first.begin():
        sender = Sender("A", None, "m", EVERYTHING, NOW)
        submit_institutions(first, sender, "a", [said(since="2026-09-01", name="Pirmais", expected_version=version)])
        item = said(since="2020-09-01", name="Otrais")
        thread = threading.Thread(target=lambda: others.append(outcome(register, item, client="B")))
        thread.start()
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        while register.execute(waiting) != [(1,)]:
            assert thread.is_alive()
    first.close()
    thread.join()
    assert others[0].outcome == "accepted"
    assert [known(register, date(year, 9, 1)).name for year in (2019, 2020, 2026)] == ["Rīgas skola", "Otrais", "Pirmais"]


def test_who_began_before_another_one_wrote_is_known_after_it(register: Register) -> None:
    sender = Sender("B", None, "m", EVERYTHING, NOW)
    with register.databases.register.begin() as late:
        late.execute(text("SELECT now()"))
        between = sent(register, said(name="Pirmais")).data_as_of
        submit_institutions(late, sender, "b", [said(name="Otrais", programmes=[OfferedProgramme(BASIC, "Pamati", "2026-09-01")])])
    assert (known(register).name, known(register, as_of=datetime.fromisoformat(between)).name) == ("Otrais", "Pirmais")


def test_whatever_is_said_in_whatever_order_the_last_word_holds_and_what_was_known_stays_known(register: Register) -> None:
    chance = random.Random(11)
    origin, looked = date(2026, 1, 1), [date(2025, 12, 31) + timedelta(day) for day in range(0, 33, 2)]
    told: dict[datetime, list[tuple[str | None, list[str]]]] = {}

    def answers(as_of: datetime | None = None) -> list[tuple[str | None, list[str]]]:
        found = [known(register, day, as_of) for day in looked]
        return [(one and one.name, [programme[1] for programme in one.programmes] if one else []) for one in found]

    for _ in range(25):
        day, offered = (origin + timedelta(chance.randrange(30)) for _ in range(2))
        name = chance.choice("ABC")
        until = chance.choice([None, (offered + timedelta(chance.randrange(9))).isoformat()])
        programme = OfferedProgramme(BASIC, chance.choice("XY"), offered.isoformat(), None, until)
        item = said(since=day.isoformat(), name=name, opened_on=None, programmes=[programme])
        assert outcome(register, item).outcome != "rejected"
        assert known(register, day).name == name
        if known(register, offered):
            assert [line[1] for line in known(register, offered).programmes] == [programme.name]
        told[instant(register)] = answers()
    assert all(answers(as_of) == then for as_of, then in told.items())
    overlapping = """
        SELECT count(*) FROM institution_profile a JOIN institution_profile b ON a.id < b.id AND a.valid && b.valid
        WHERE upper_inf(a.recorded) AND upper_inf(b.recorded)"""
    assert register.execute(overlapping) == [(0,)]
    assert register.execute("SELECT count(*) FROM institution_profile WHERE isempty(recorded) OR isempty(valid)") == [(0,)]
    covered = (
        "SELECT range_agg(valid) = datemultirange(daterange(min(lower(valid)), NULL)) FROM institution_profile WHERE upper_inf(recorded)"
    )
    assert register.execute(covered) == [(True,)]


def test_over_soap_items_come_with_lists_within_them_and_a_day_that_the_register_does_not_cover_refuses_its_item(
    register: Register,
) -> None:
    register.grant()
    register.institution(OTHER, closed_on=date(2026, 8, 31))
    app = application(register.databases)
    good = {
        "senderKey": "k1",
        "registrationNumber": SCHOOL,
        "validFrom": "2026-09-01",
        "name": "Ķīšezera skola",
        "type": "13",
        "municipality": RIGA,
        "predecessors": {"predecessor": [{"institution": OTHER, "kind": "merger", "since": "2026-09-01"}]},
        "programmes": {
            "programme": [
                {"code": BASIC, "name": "Pamatizglītība", "lkiLevel": "2", "offeredFrom": "2026-09-01"},
                {"code": "31016011", "name": "Vidējā izglītība", "offeredFrom": "2026-09-01", "offeredTo": "2029-08-31"},
            ]
        },
    }
    bad = {"registrationNumber": THIRD, "validFrom": "1899-12-31", "name": "Nav", "type": "13"}
    done = ask(app, "submitInstitutions", batchKey="b1", items={"item": [good, bad]})
    outcomes = [
        [one.findtext(f"{{*}}{name}") for name in ("senderKey", "outcome", "code")] for one in done.iterfind("{*}outcomes/{*}outcome")
    ]
    assert outcomes == [["k1", "accepted", None], [None, "rejected", "R-0509"]]
    shown = ask(app, "getInstitution", registrationNumber=SCHOOL, onDate="2026-09-01")
    offered = [(one.findtext("{*}code"), one.findtext("{*}offeredTo")) for one in shown.iterfind(".//{*}programmes/{*}programme")]
    assert offered == [(BASIC, None), ("31016011", "2029-08-31")]
    assert shown.findtext(".//{*}predecessors/{*}succession/{*}institution") == OTHER
    again = ask(app, "submitInstitutions", batchKey="b1", items={"item": [good, bad]})
    assert (again.findtext("{*}repeated"), again.findtext("{*}dataAsOf")) == ("true", done.findtext("{*}dataAsOf"))
    trial = ask(app, "submitInstitutions", batchKey="b2", dryRun=True, items={"item": [{**good, "name": "Cita", "predecessors": {}}]})
    assert (trial.findtext("{*}accepted"), trial.findtext("{*}dryRun")) == ("1", "true")
    assert ask(app, "getInstitution", registrationNumber=SCHOOL).findtext(".//{*}predecessors/{*}succession/{*}institution") == OTHER
