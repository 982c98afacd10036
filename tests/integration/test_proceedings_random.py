"""Proceedings at random: whatever the parties try in whatever order, the register stays where the law of stages says, and days follow."""

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from core.accreditation.folding import GOOD
from core.accreditation.stages import READY, Act, Stage, State, after, must_act
from core.accreditation.working import again
from core.errors import Refusal, WrongStage
from tests.integration.licensing import Office, office
from tests.register import Register

STEPS = 80
TERMS = {"INSTITUTION": "2Y", "OWN": None}


def attempt(ikvd: Office, act: Act, kind: str, number: int, key: str) -> Any:
    """What a party does for an act; a refusal is raised."""
    [(decision, rule)] = ikvd.register.execute(
        "SELECT max(d.id), (SELECT min(f.rule) FROM decision_flag f WHERE f.decision_id = max(d.id) AND f.severity = 'high') "
        "FROM decision d WHERE d.proceeding_id = :n",
        n=number,
    )
    match act:
        case Act.SAVE_DRAFT | Act.SUBMIT:
            return ikvd.applied(kind, number=number, draft=act == Act.SAVE_DRAFT)
        case Act.RETURN:
            return ikvd.send_back(number)
        case Act.ACCEPT:
            return ikvd.accept(number)
        case Act.REQUEST_INFORMATION:
            return ikvd.ask(number)
        case Act.ANSWER_INFORMATION:
            return ikvd.answer(number)
        case Act.APPOINT_EXPERTS:
            return ikvd.appoint(number)
        case Act.RECORD_VISIT:
            return ikvd.visit(number)
        case Act.DRAFT_REPORT | Act.PUBLISH_REPORT:
            return ikvd.report(number, final=act == Act.PUBLISH_REPORT)
        case Act.COMMENT:
            return ikvd.comment(number)
        case Act.PROPOSE:
            backdated = {"valid_from": ikvd.on - timedelta(days=30)} if int(key) % 2 else {}
            return ikvd.propose(number, number=key, term=TERMS[kind], **backdated)
        case Act.CONFIRM | Act.REJECT:
            return ikvd.confirm(decision or 0, accept=act == Act.CONFIRM, by=ikvd.officer(f"LV-checker-{key}"))
        case Act.CONFIRM_FLAG:
            return ikvd.release(decision or 0, rule or "BACKDATED")
        case Act.APPEAL:
            return ikvd.appeal(decision or 0)
        case _:
            return ikvd.decide(decision or 0, "revoked" if int(key) % 3 else "upheld")


def state_of(ikvd: Office, number: int) -> State:
    with ikvd.register.databases.register.begin() as session:
        return again(session, number).state


@pytest.mark.parametrize("kind", sorted(TERMS))
@pytest.mark.parametrize("seed", range(2))
def test_nothing_is_reached_that_the_law_forbids(register: Register, kind: str, seed: int) -> None:
    rng, ikvd = Random(seed), office(register)
    number = ikvd.applied(kind, draft=rng.random() < 0.5, items=[] if rng.random() < 0.5 else None).proceeding_id
    reached, nameless = set[Stage](), 0
    for step in range(STEPS):
        before = state_of(ikvd, number)
        act = rng.choice(likely(before)) if rng.random() < 0.7 else rng.choice(list(Act))
        try:
            done = attempt(ikvd.at(ikvd.on), act, kind, number, str(step))
        except Refusal as refusal:
            assert state_of(ikvd, number) == before, "a refused act leaves everything as it was"
            nameless += isinstance(refusal, WrongStage) and "MK " not in str(refusal) and "likums" not in str(refusal)
            continue
        now = state_of(ikvd, number)
        lawful = after(
            before._replace(complete=before.complete or act == Act.SUBMIT), act, held=now.held, revoked=now.stage != Stage.DECIDED
        )
        assert now._replace(complete=True) == lawful._replace(complete=True)
        assert (done.stage, done.must_act) == (now.stage, must_act(now))
        reached.add(now.stage)
        check_register(ikvd, now)
        ikvd.on += timedelta(days=rng.choice((0, 0, 1, 8)))
    assert READY[before.path] in reached
    assert nameless == 0, "each refusal names its rule"


def likely(state: State) -> list[Act]:
    """The acts that the law allows now, so that walks come to an end."""
    allowed = []
    for act in Act:
        try:
            after(state, act)
        except Refusal:
            continue
        allowed.append(act)
    return allowed


def check_register(ikvd: Office, now: State) -> None:
    """The public register says what the published decisions say, and nothing of what is proposed, held, rejected or revoked."""
    said = ikvd.register.execute(
        "SELECT q.status, d.published_at IS NOT NULL AND d.revoked_at IS NULL FROM recognition_period q "
        "JOIN decision d ON d.id = q.decision_id WHERE upper_inf(q.recorded)"
    )
    assert all(stands for _, stands in said)
    if now.stage == Stage.DECIDED and not now.held:
        assert any(status in GOOD for status, _ in said)
    [(together,)] = ikvd.register.execute("SELECT count(*) FROM proceeding_version WHERE upper_inf(recorded)")
    [(officers,)] = ikvd.register.execute("SELECT count(*) FROM decision WHERE proposed_user = confirmed_user")
    assert (together, officers) == (1, 0)
    assert ikvd.on >= date(2026, 3, 2)
