"""The law of stages: every state with every act, against what the law forbids, written without the table."""

from collections.abc import Iterator
from itertools import product

import pytest

from core.accreditation.stages import Act, Stage, State, after, must_act
from core.errors import Refusal

PATHS = ("short", "full")
Step = tuple[State, Act, State]


def attempts(state: State) -> Iterator[tuple[Act, State | Refusal]]:
    """What becomes of each act in a state; with and without a flag that holds, an appeal that succeeds, items that come."""
    for act in Act:
        for held, revoked in product((False, True), repeat=2):
            try:
                to = after(state, act, held=held and act == Act.CONFIRM, revoked=revoked and act == Act.DECIDE_APPEAL)
            except Refusal as refusal:
                yield act, refusal
                continue
            yield act, to
            if act in (Act.SUBMIT, Act.SAVE_DRAFT):
                yield act, to._replace(complete=True)


def steps(path: str) -> list[Step]:
    """Every step that can be taken, from a new application on."""
    waiting, seen, found = [State(path, Stage.DRAFT)], {State(path, Stage.DRAFT)}, []
    while waiting:
        state = waiting.pop()
        for act, to in attempts(state):
            if isinstance(to, State):
                found.append((state, act, to))
                if to not in seen:
                    seen.add(to)
                    waiting.append(to)
    return found


def walks(path: str, without: Stage) -> set[Stage]:
    """The stages that can be reached when one of them is never entered."""
    reached, waiting = {State(path, Stage.DRAFT)}, [State(path, Stage.DRAFT)]
    while waiting:
        for _, to in attempts(waiting.pop()):
            if isinstance(to, State) and to.stage != without and to not in reached:
                reached.add(to)
                waiting.append(to)
    return {state.stage for state in reached}


@pytest.mark.parametrize("path", PATHS)
def test_an_incomplete_application_is_never_processed(path: str) -> None:
    for _, _, to in steps(path):
        assert to.complete or to.stage in (Stage.DRAFT, Stage.SUBMITTED, Stage.RETURNED)


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_decided_while_information_is_awaited(path: str) -> None:
    for state, act, to in steps(path):
        if state.asked:
            assert act in (Act.REQUEST_INFORMATION, Act.ANSWER_INFORMATION)
        assert not (to.asked and (to.proposed or to.held or to.appealed or to.stage == Stage.DECIDED))


@pytest.mark.parametrize("path", PATHS)
def test_a_decision_is_made_by_confirmation_alone_and_undone_by_an_appeal_or_before_it_is_published(path: str) -> None:
    for state, act, to in steps(path):
        if to.stage == Stage.DECIDED and state.stage != Stage.DECIDED:
            assert (act, state.proposed) == (Act.CONFIRM, True)
        if state.stage == Stage.DECIDED and to.stage != Stage.DECIDED:
            assert act == (Act.REJECT if state.held else Act.DECIDE_APPEAL)
            assert state.held or state.appealed
        if to.proposed and not state.proposed:
            assert act == Act.PROPOSE


@pytest.mark.parametrize("path", PATHS)
def test_what_is_held_is_neither_published_nor_appealed(path: str) -> None:
    for state, act, to in steps(path):
        assert not (to.held and (to.appealed or to.stage != Stage.DECIDED))
        if state.held and not to.held:
            assert act in (Act.CONFIRM_FLAG, Act.REJECT)


@pytest.mark.parametrize("without", [Stage.SUBMITTED, Stage.ACCEPTED])
@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_decided_that_was_not_submitted_and_accepted(path: str, without: Stage) -> None:
    assert Stage.DECIDED not in walks(path, without)


@pytest.mark.parametrize("without", [Stage.EXPERTS_APPOINTED, Stage.VISITED, Stage.REPORT_DRAFTED, Stage.PUBLISHED])
def test_no_accreditation_is_decided_without_commission_visit_and_final_report(without: Stage) -> None:
    assert Stage.DECIDED not in walks("full", without)


def test_a_licence_has_no_commission_and_an_accreditation_reaches_every_stage() -> None:
    reached = {path: {to.stage for _, _, to in steps(path)} for path in PATHS}
    assert reached["full"] == set(Stage)
    assert reached["short"] == {Stage.DRAFT, Stage.SUBMITTED, Stage.RETURNED, Stage.ACCEPTED, Stage.DECIDED}


@pytest.mark.parametrize("path", PATHS)
def test_every_refusal_names_its_rule_in_every_state_there_could_be(path: str) -> None:
    for stage, *open_ in product(Stage, *((False, True),) * 5):
        for _, to in attempts(State(path, stage, *open_)):
            if isinstance(to, Refusal):
                assert "MK " in str(to) or "likums" in str(to)


@pytest.mark.parametrize("path", PATHS)
def test_somebody_must_act_until_everything_is_decided(path: str) -> None:
    for _, _, to in steps(path):
        at_rest = to.stage == Stage.DECIDED and not (to.held or to.appealed)
        assert (must_act(to) == "nobody") == at_rest
        if to.asked:
            assert must_act(to) == "applicant"
        if to.proposed or to.held:
            assert must_act(to) == "checker"
        if to.appealed:
            assert must_act(to) == "ministry"
