"""Grants: who may ask what, found, remembered, changed by two users, loaded from a file."""

from datetime import date
from pathlib import Path

import pytest

from adapters.allow_list import published
from adapters.demo.grants import load_grants, load_unless_changed
from core import access, grant_file, granting
from core.access import Grants, Right, Scope, ScopeKind
from core.errors import InvalidPersonalCode, NotGranted, RepresentationUnknown
from core.granting import User
from tests.register import RIGA, Register, days

TODAY = date(2026, 11, 23)
CLIENT = "LV-DEV/MUN/RIGA/schools"
ASK = "education-process.getPersonEducation"
# What an answer may hold whatever a grant names of a person: whether there is one, how true it is, why it is refused.
ALWAYS = {"person", "found", "dataAsOf", "fault", "fault/faultCode", "fault/faultString"}
MAKER, CHECKER = User("Ilze Ozola", "ilze"), User("Jānis Kalns", "janis")


def load(register: Register, file: Path) -> int:
    """What `viis access load` and `viis access confirm` do; returns how many changes there were."""
    wanted = [published().written(one) for one in grant_file.read(file)]
    with register.databases.register.begin() as session:
        changes = granting.propose_all(session, wanted, MAKER)
    with register.databases.register.begin() as session:
        return len(granting.confirm(session, changes, CHECKER))


def test_a_grant_is_found_by_operation_by_service_and_for_everybody_in_this_order(register: Register) -> None:
    register.grant("*", ASK, "everything", purpose="everybody")
    grants = Grants(register.databases.register)
    assert grants.find(CLIENT, ASK, TODAY).purpose == "everybody"
    register.grant(CLIENT, "education-process.*", "municipalities", scope_values=[RIGA], purpose="service")
    register.grant(CLIENT, ASK, "municipalities", scope_values=[RIGA], rights=["health"], purpose="operation")
    fresh = Grants(register.databases.register)
    found = fresh.find(CLIENT, ASK, TODAY)
    assert (found.purpose, found.scope, found.rights) == ("operation", Scope(ScopeKind.MUNICIPALITIES, (RIGA,)), {Right.HEALTH})
    assert fresh.find(CLIENT, "education-process.listAffiliations", TODAY).purpose == "service"


def test_without_a_grant_on_the_day_there_is_no_operation(register: Register) -> None:
    register.grant(CLIENT, ASK, valid=days("2026-01-01", "2026-11-22"))
    grants = Grants(register.databases.register)
    assert grants.find(CLIENT, ASK, date(2026, 11, 22)).client == CLIENT
    for client, operation, on in [
        (CLIENT, ASK, TODAY),
        ("LV-DEV/MUN/RIGA", ASK, date(2026, 5, 1)),
        (CLIENT, "licensing.x", date(2026, 5, 1)),
    ]:
        with pytest.raises(NotGranted):
            grants.find(client, operation, on)


def test_a_change_works_without_a_restart(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    register.grant(CLIENT, ASK)
    clock = [1000.0]
    monkeypatch.setattr(access, "monotonic", lambda: clock[0])
    grants = Grants(register.databases.register)
    assert grants.find(CLIENT, ASK, TODAY)
    register.ungrant()
    assert grants.find(CLIENT, ASK, TODAY), "what was read a moment ago still counts"
    clock[0] += 2.1
    with pytest.raises(NotGranted):
        grants.find(CLIENT, ASK, TODAY)


def test_when_the_register_is_away_what_was_granted_a_moment_ago_still_is(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    register.grant(CLIENT, ASK)
    clock = [1000.0]
    monkeypatch.setattr(access, "monotonic", lambda: clock[0])
    grants = Grants(register.databases.register)
    grants.find(CLIENT, ASK, TODAY)
    register.execute("ALTER VIEW access_granted RENAME TO away")
    clock[0] += 10
    assert grants.find(CLIENT, ASK, TODAY).client == CLIENT


def test_own_means_the_person_whom_the_user_id_names() -> None:
    own = Scope(ScopeKind.OWN)
    assert own.of_user("LV150720-20012").values == ("15072020012",)
    for user in (None, "EE15072020012"):
        with pytest.raises(RepresentationUnknown):
            own.of_user(user)
    with pytest.raises(InvalidPersonalCode):
        own.of_user("LVofficer")
    assert Scope(ScopeKind.EVERYTHING).of_user(None).kind is ScopeKind.EVERYTHING


def test_a_file_replaces_all_grants_or_none(register: Register, tmp_path: Path) -> None:
    register.grant(CLIENT, ASK)
    file = tmp_path / "grants.toml"
    file.write_text(
        f'[[grant]]\nclient = "A"\noperation = "{ASK}"\nscope = "own"\nfields = ["person/givenName"]\n'
        'purpose = "p"\nlegal_basis = "l"\nvalid_from = 2026-01-01\n'
    )
    assert load(register, file) == 2
    with pytest.raises(NotGranted):
        Grants(register.databases.register).find(CLIENT, ASK, TODAY)
    grant = Grants(register.databases.register).find("A", ASK, TODAY)
    assert (grant.fields, grant.scope.kind) == ({"person/givenName"} | ALWAYS, ScopeKind.OWN)
    for wrong in (
        'scope = "nobody"\n',
        'scope = "own"\nrights = ["all"]\n',
        'scope = "municipalities"\n',
        'scope = "everything"\nvalues = ["1"]\n',
        'scope = "persons"\nvalues = ["0405-1820016"]\n',
    ):
        file.write_text(f'[[grant]]\nclient = "A"\noperation = "{ASK}"\n{wrong}purpose = "p"\nlegal_basis = "l"\n')
        with pytest.raises(ValueError):
            load(register, file)
    assert Grants(register.databases.register).find("A", ASK, TODAY)


def test_a_grant_of_a_file_holds_on_its_first_and_on_its_last_day(register: Register, tmp_path: Path) -> None:
    file = tmp_path / "grants.toml"
    file.write_text(
        f'[[grant]]\nclient = "A"\noperation = "{ASK}"\nscope = "everything"\npurpose = "p"\nlegal_basis = "l"\n'
        "valid_from = 2026-01-01\nvalid_to = 2026-06-30\n"
    )
    load(register, file)
    grants = Grants(register.databases.register)
    assert grants.find("A", ASK, date(2026, 1, 1))
    assert grants.find("A", ASK, date(2026, 6, 30))
    for outside in (date(2025, 12, 31), date(2026, 7, 1)):
        with pytest.raises(NotGranted):
            grants.find("A", ASK, outside)


def test_a_parent_is_not_given_the_right_to_a_childs_safe_address(register: Register, tmp_path: Path) -> None:
    file = tmp_path / "grants.toml"
    entry = f'[[grant]]\nclient = "A"\noperation = "{ASK}"\nscope = "own"\npurpose = "p"\nlegal_basis = "l"\n'
    file.write_text(entry + 'rights = ["restricted"]\n')
    with pytest.raises(ValueError, match="safe addresses"):
        load(register, file)
    with register.databases.register.begin() as session:
        load_grants(session)
    assert Grants(register.databases.register).find("LV-DEV/GOV/VDAA/person", ASK, TODAY).rights == {Right.HEALTH}


@pytest.mark.parametrize(
    "wrong",
    [
        'client = "*"\noperation = "education-process.*"\n',
        f'client = "A"\noperation = "{ASK}"\nvalid_from = 2026-02-01\nvalid_to = 2026-01-31\n',
    ],
)
def test_a_grant_that_could_never_be_found_is_refused(register: Register, tmp_path: Path, wrong: str) -> None:
    file = tmp_path / "grants.toml"
    file.write_text(f'[[grant]]\n{wrong}scope = "everything"\npurpose = "p"\nlegal_basis = "l"\n')
    with pytest.raises(ValueError, match="a grant "):
        load(register, file)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("grant = 5", "tables"),
        ('[[grant]]\nclient = "A"\n', "lacks operation, scope, purpose, legal_basis"),
        ("[[grant]]\nclient = 5\n", "client is not a text"),
        ('[[grant]]\nvalues = "0001000"\n', "values is not a list of texts"),
        ('[[grant]]\nvalid_to = "2026-01-01"\n', "valid_to is not a day"),
        ('[[grant]]\nhidden_days = "30"\n', "hidden_days is not a number of days"),
        ("[[grant]]\nhidden_days = 0\n", "hidden_days is not a number of days"),
        ("[[grant]]\nhidden_days = 10000000\n", "hidden_days is not a number of days from 1 to 36525"),
        ('[[grant]]\nright = ["health"]\n', "no right"),
    ],
)
def test_what_a_file_of_grants_gets_wrong_is_told_in_words(register: Register, tmp_path: Path, wrong: str, said: str) -> None:
    file = tmp_path / "grants.toml"
    file.write_text(wrong)
    with pytest.raises(ValueError, match=said):
        load(register, file)


@pytest.mark.parametrize(
    ("operation", "fields"), [("education-process.getPersonEducations", None), (ASK, ["person/name"]), ("no-service.*", None)]
)
def test_a_grant_names_operations_and_elements_that_a_contract_has(operation: str, fields: list[str] | None) -> None:
    with pytest.raises(ValueError, match=r"no operation|has no person/name"):
        published().of(operation, fields)


def test_a_start_of_the_made_up_nation_takes_back_nothing_that_users_decided(register: Register, tmp_path: Path) -> None:
    file = tmp_path / "grants.toml"
    file.write_text(f'[[grant]]\nclient = "A/B/C/d"\noperation = "{ASK}"\nscope = "everything"\npurpose = "p"\nlegal_basis = "l"\n')
    with register.databases.register.begin() as session:
        assert load_unless_changed(session)
        assert load_unless_changed(session)
    load(register, file)
    with register.databases.register.begin() as session:
        assert not load_unless_changed(session)
        assert [one.client for one, _ in granting.in_force_now(session)] == ["A/B/C/d"]


def test_a_grant_for_a_service_is_one_to_read_it(register: Register) -> None:
    submit = "education-process.submitAffiliations"
    register.grant("A", "education-process.*")
    register.grant("B", "education-process.**")
    register.grant("C", submit)
    grants = Grants(register.databases.register)
    assert grants.find("A", ASK, TODAY)
    assert grants.find("B", ASK, TODAY)
    for client in ("B", "C"):
        assert grants.find(client, submit, TODAY, writes=True)
    for client, operation, writes in (("A", submit, True), ("C", ASK, False)):
        with pytest.raises(NotGranted):
            grants.find(client, operation, TODAY, writes=writes)


def test_one_entry_of_a_file_may_grant_several_operations(register: Register, tmp_path: Path) -> None:
    file = tmp_path / "grants.toml"
    file.write_text(
        '[[grant]]\nclient = "A"\noperation = ["education-process.*", "education-process.mergePersons"]\n'
        'scope = "everything"\npurpose = "p"\nlegal_basis = "l"\n'
    )
    assert load(register, file) == 2
    assert Grants(register.databases.register).find("A", "education-process.mergePersons", TODAY, writes=True)
