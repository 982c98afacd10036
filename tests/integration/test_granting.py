"""Changes of rights: two users, all kept, readable as of any instant."""

from datetime import date, datetime

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from adapters.allow_list import published, write_missing
from core import grant_file, grant_history, granting
from core.access import Grant, Grants
from core.errors import GrantEnded, NotGranted, SameUser, UnknownGrant, UnknownProposal, UserNotNamed
from core.grant_file import Wanted
from core.granting import User
from tests.register import Register, days

TODAY = date(2026, 11, 27)
CLIENT, ASK = "LV-DEV/MUN/RIGA/schools", "education-process.getPersonEducation"
ILZE, JANIS, ANNA = User("Ilze Ozola", "ilze"), User("Jānis Kalns", "janis"), User("Anna Liepa", "anna")


def wanted(**more: object) -> Wanted:
    entry = {"client": CLIENT, "operation": ASK, "scope": "everything", "purpose": "p", "legal_basis": "l", **more}
    return published().written(grant_file.wanted(entry))


def propose(register: Register, *several: Wanted, by: User = ILZE) -> list[int]:
    with register.databases.register.begin() as session:
        return granting.propose(session, several or [wanted()], by)


def end(register: Register, grant: int, by: User = ILZE) -> list[int]:
    with register.databases.register.begin() as session:
        return granting.propose_end(session, [grant], by, "the contract has ended")


def decide(register: Register, changes: list[int], by: User = JANIS, *, accept: bool = True) -> None:
    with register.databases.register.begin() as session:
        (granting.confirm if accept else granting.reject)(session, changes, by)


def found(register: Register) -> Grant | None:
    try:
        return Grants(register.databases.register).find(CLIENT, ASK, TODAY)
    except NotGranted:
        return None


def at(register: Register, instant: datetime | None) -> list[int]:
    with register.databases.register.begin() as session:
        return [grant.id for grant in grant_history.in_force_at(session, instant)]


def now(register: Register) -> datetime:
    [(instant,)] = register.execute("SELECT clock_timestamp()")
    return instant


def test_a_grant_counts_when_another_user_has_confirmed_it(register: Register) -> None:
    changes = propose(register)
    assert found(register) is None
    for same in (ILZE, User(" ilze  ozola ", "janis")):
        with pytest.raises(SameUser):
            decide(register, changes, same)
    assert found(register) is None
    decide(register, changes)
    assert found(register) is not None
    with pytest.raises(UnknownProposal):
        decide(register, changes, ANNA)


def test_a_name_written_with_other_characters_is_the_same_name(register: Register) -> None:
    changes = propose(register, by=JANIS)
    with pytest.raises(SameUser):
        decide(register, changes, User("Ja\u0304nis\u00a0Kalns", "ilze"))


def test_a_rejected_grant_never_counts_and_who_proposed_may_take_it_back(register: Register) -> None:
    for by in (ILZE, JANIS):
        changes = propose(register)
        decide(register, changes, by, accept=False)
        assert found(register) is None
        with pytest.raises(UnknownProposal):
            decide(register, changes)


def test_a_right_ends_when_another_user_has_confirmed_its_end(register: Register) -> None:
    number = register.grant(CLIENT, ASK)
    changes = end(register, number)
    with pytest.raises(GrantEnded):
        end(register, number, ANNA)
    with pytest.raises(SameUser):
        decide(register, changes, ILZE)
    decide(register, changes, accept=False)
    assert found(register) is not None
    decide(register, end(register, number))
    assert found(register) is None
    with pytest.raises(GrantEnded):
        end(register, number)


def test_several_changes_are_confirmed_together_or_not_at_all(register: Register) -> None:
    mine, others = propose(register), propose(register, by=JANIS)
    with pytest.raises(SameUser):
        decide(register, [*mine, *others])
    assert found(register) is None
    with pytest.raises(UnknownProposal):
        decide(register, [*mine, 10**9])
    with pytest.raises(UnknownGrant):
        end(register, 10**9)
    assert found(register) is None


def test_nobody_changes_rights_without_a_name(register: Register) -> None:
    with pytest.raises(UserNotNamed):
        propose(register, by=User("  ", "root"))
    changes = propose(register)
    with pytest.raises(UserNotNamed):
        decide(register, changes, User("", "root"))


def test_what_was_granted_at_any_instant_can_be_read_and_who_did_it(register: Register) -> None:
    before = now(register)
    changes = propose(register)
    proposed = now(register)
    decide(register, changes)
    granted = now(register)
    [number] = at(register, granted)
    decide(register, end(register, number, JANIS), ANNA)
    assert [at(register, instant) for instant in (before, proposed, granted, None)] == [[], [], [number], []]
    with register.databases.register.begin() as session:
        told = [
            (change.kind, change.proposed_by, change.proposed_login, change.outcome, change.decided_by, change.decided_login)
            for change, _ in grant_history.history(session)
        ]
    assert told == [
        ("grant", "Ilze Ozola", "ilze", "confirmed", "Jānis Kalns", "janis"),
        ("revoke", "Jānis Kalns", "janis", "confirmed", "Anna Liepa", "anna"),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM access_grant",
        "UPDATE access_grant SET scope = 'everything', rights = '{restricted}'",
        "UPDATE access_grant SET allowed = '{}'",
        "DELETE FROM access_change",
        "TRUNCATE access_change",
        "TRUNCATE access_grant CASCADE",
        "UPDATE access_change SET outcome = NULL, decided_at = NULL, decided_by = NULL, decided_login = NULL",
        "UPDATE access_change SET proposed_by = 'somebody else'",
    ],
)
def test_the_database_lets_nobody_change_or_delete_what_was_granted(register: Register, statement: str) -> None:
    register.grant(CLIENT, ASK)
    with pytest.raises(DBAPIError, match="neither changed nor deleted"):
        register.execute(statement)


def test_the_database_refuses_one_user_who_does_both(register: Register) -> None:
    [change] = propose(register)
    with pytest.raises(IntegrityError, match="two_users"):
        register.execute(
            "UPDATE access_change SET outcome = 'confirmed', decided_at = now(), decided_by = 'ilze OZOLA', decided_login = 'x'"
            " WHERE id = :id",
            id=change,
        )


def test_of_several_grants_the_newest_counts(register: Register) -> None:
    register.grant(CLIENT, ASK, rights=["health"])
    newer = register.grant(CLIENT, ASK)
    grant = found(register)
    assert grant is not None
    assert (grant.number, grant.rights) == (newer, frozenset())
    decide(register, end(register, newer))
    assert found(register).rights == {"health"}


def test_the_same_file_twice_changes_nothing_and_another_one_only_what_differs(register: Register) -> None:
    register.grant("LV-DEV/GOV/OLD/system", ASK)

    def load(*several: Wanted) -> list[int]:
        with register.databases.register.begin() as session:
            return granting.propose_all(session, several, ILZE)

    first, second = wanted(rights=["health"], valid_from=date(2026, 1, 1), valid_to=date(2026, 12, 31)), wanted(operation="examinations.*")
    changes = load(first, second)
    assert len(changes) == 3
    assert load(first, second) == [], "what waits already is not proposed again"
    decide(register, changes)
    assert load(first, second) == []
    assert len(load(first)) == 1


def test_a_grant_of_an_earlier_release_is_the_same_in_whatever_order_its_lists_are(register: Register) -> None:
    one = wanted(scope="municipalities", values=["0001000", "0038000"], rights=["health", "restricted"], valid_from=date(2020, 1, 1))
    lists = {"scope_values": ["0038000", "0001000"], "rights": ["restricted", "health"]}
    register.grant(CLIENT, ASK, one.scope, purpose="p", legal_basis="l", **lists)
    with register.databases.register.begin() as session:
        assert granting.propose_all(session, [one], ILZE) == []


def test_a_grant_of_an_earlier_release_is_given_its_list_once(register: Register) -> None:
    number = register.grant(CLIENT, ASK, allowed=None, fields=["person/givenName"])
    gone = register.grant(CLIENT, ASK, allowed=[])
    assert found(register).number == gone, "without its list it is not in force"
    decide(register, end(register, gone))
    for times in (1, 0):
        with register.databases.register.begin() as session:
            assert write_missing(session) == times
    grant = found(register)
    assert (grant.number, grant.fields) == (number, set(published().of(ASK, ["person/givenName"])))


def test_why_a_client_may_not_is_told_in_words(register: Register) -> None:
    def why(operation: str = ASK, *, writes: bool = False) -> list[str]:
        with register.databases.register.begin() as session:
            return grant_history.why_not(session, CLIENT, operation, TODAY, writes=writes)

    assert why() == ["Nothing was ever proposed for it."]
    changes = propose(register)
    assert f"as change {changes[0]}" in why()[0]
    decide(register, changes, accept=False)
    register.grant(CLIENT, ASK, valid=days("2026-01-01", "2026-11-26"))
    ended = register.grant(CLIENT, ASK)
    decide(register, end(register, ended))
    register.grant(CLIENT, "education-process.*", allowed=["listCodes/fault"])
    told = why()
    for number, part in enumerate(("was rejected by Jānis Kalns", "does not hold on this day", "ended on ", "older than the operation")):
        assert part in told[number]
    assert "is one to read" in why("education-process.mergePersons", writes=True)[0]


def test_grants_that_are_read_again_are_the_same_ones(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    register.grant(CLIENT, "education-process.**")
    register.grant("LV-DEV/MUN/MADONA/schools", "education-process.*")
    clock = [1000.0]
    monkeypatch.setattr("core.access.monotonic", lambda: clock[0])
    grants = Grants(register.databases.register)
    before = grants.find(CLIENT, ASK, TODAY)
    register.grant(CLIENT, "examinations.*")
    clock[0] += 3
    assert grants.find(CLIENT, "examinations.listCandidates", TODAY)
    assert grants.find(CLIENT, ASK, TODAY) is before
    assert grants.find("LV-DEV/MUN/MADONA/schools", ASK, TODAY).fields is before.fields, "equal lists are one"
