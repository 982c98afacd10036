"""The stages of a proceeding and what leads from one to another (lietas posmi): the law as a table, and as one pure function.

    draft → submitted ⇄ returned
            submitted → accepted                                    → decided   short: licences, extensions, annulments
                        accepted → experts_appointed → visited → report_drafted
                                   → commented → published          → decided   full: accreditations

Information can be asked for in every stage of processing; nothing else happens until it is answered.
"""

from enum import StrEnum
from typing import NamedTuple

from core.errors import ApplicationIncomplete, DecisionOpen, InformationAwaited, NoDecisionOpen, WrongStage

SHORT, FULL = "short", "full"


class Stage(StrEnum):
    """Where a proceeding is (posms)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    EXPERTS_APPOINTED = "experts_appointed"
    VISITED = "visited"
    REPORT_DRAFTED = "report_drafted"
    COMMENTED = "commented"
    PUBLISHED = "published"
    DECIDED = "decided"


class Act(StrEnum):
    """What somebody does in a proceeding (darbība)."""

    SAVE_DRAFT = "saveDraft"
    SUBMIT = "submit"
    RETURN = "return"
    ACCEPT = "accept"
    REQUEST_INFORMATION = "requestInformation"
    ANSWER_INFORMATION = "answerInformation"
    APPOINT_EXPERTS = "appointExperts"
    RECORD_VISIT = "recordVisit"
    DRAFT_REPORT = "draftReport"
    COMMENT = "comment"
    PUBLISH_REPORT = "publishReport"
    PROPOSE = "propose"
    CONFIRM = "confirm"
    REJECT = "reject"
    CONFIRM_FLAG = "confirmFlag"
    APPEAL = "appeal"
    DECIDE_APPEAL = "decideAppeal"


class State(NamedTuple):
    """Where a proceeding is, and what is open in it (lietas stāvoklis)."""

    path: str
    stage: Stage
    complete: bool = False
    asked: bool = False
    proposed: bool = False
    held: bool = False
    appealed: bool = False


_PROCESSING = (Stage.ACCEPTED, Stage.EXPERTS_APPOINTED, Stage.VISITED, Stage.REPORT_DRAFTED, Stage.COMMENTED, Stage.PUBLISHED)
# In which stage decisions are proposed.
READY = {SHORT: Stage.ACCEPTED, FULL: Stage.PUBLISHED}
# Act → the stages in which it is possible, and the stage that it leads to; none where it changes no stage.
_STEPS: dict[Act, tuple[tuple[Stage, ...], Stage | None]] = {
    Act.SAVE_DRAFT: ((Stage.DRAFT,), Stage.DRAFT),
    Act.SUBMIT: ((Stage.DRAFT, Stage.RETURNED), Stage.SUBMITTED),
    Act.RETURN: ((Stage.SUBMITTED,), Stage.RETURNED),
    Act.ACCEPT: ((Stage.SUBMITTED,), Stage.ACCEPTED),
    Act.REQUEST_INFORMATION: (_PROCESSING, None),
    Act.ANSWER_INFORMATION: (_PROCESSING, None),
    Act.APPOINT_EXPERTS: ((Stage.ACCEPTED, Stage.EXPERTS_APPOINTED), Stage.EXPERTS_APPOINTED),
    Act.RECORD_VISIT: ((Stage.EXPERTS_APPOINTED,), Stage.VISITED),
    Act.DRAFT_REPORT: ((Stage.VISITED,), Stage.REPORT_DRAFTED),
    Act.COMMENT: ((Stage.REPORT_DRAFTED,), Stage.COMMENTED),
    Act.PUBLISH_REPORT: ((Stage.REPORT_DRAFTED, Stage.COMMENTED), Stage.PUBLISHED),
    Act.CONFIRM: (tuple(READY.values()), Stage.DECIDED),
    Act.REJECT: ((*READY.values(), Stage.DECIDED), None),
    Act.CONFIRM_FLAG: ((Stage.DECIDED,), None),
    Act.APPEAL: ((Stage.DECIDED,), None),
    Act.DECIDE_APPEAL: ((Stage.DECIDED,), None),
}
_FULL_ONLY = frozenset((Act.APPOINT_EXPERTS, Act.RECORD_VISIT, Act.DRAFT_REPORT, Act.COMMENT, Act.PUBLISH_REPORT))
_WORDS = {
    Act.SAVE_DRAFT: "Only a draft is saved as a draft",
    Act.SUBMIT: "An application is submitted from a draft, or again after it was returned",
    Act.RETURN: "An application is returned while it is submitted and not yet accepted",
    Act.ACCEPT: "An application is accepted once, while it is submitted",
    Act.REQUEST_INFORMATION: "Information is asked for between acceptance and decision",
    Act.ANSWER_INFORMATION: "Questions are answered between acceptance and decision",
    Act.APPOINT_EXPERTS: "A commission is appointed for an accreditation, after acceptance and before its visit",
    Act.RECORD_VISIT: "A visit follows the appointment of the commission",
    Act.DRAFT_REPORT: "The draft of the report follows the visit",
    Act.COMMENT: "The institution comments on the draft of the report",
    Act.PUBLISH_REPORT: "The report becomes final after its draft",
    Act.PROPOSE: "A decision is proposed after acceptance, on an accreditation after the final report",
    Act.CONFIRM: "A decision is confirmed after it was proposed",
    Act.REJECT: "A decision is rejected after it was proposed and before it is published",
    Act.CONFIRM_FLAG: "A flag is confirmed while it holds the publication of a decision",
    Act.APPEAL: "A published decision is appealed, once at a time",
    Act.DECIDE_APPEAL: "The ministry decides on an appeal that was lodged",
}
_LAW = {SHORT: "MK 218/2019; MK 325/2024", FULL: "MK 618/2020; MK 325/2024"}
_APPEALS = "Administratīvā procesa likums"


def after(state: State, act: Act, *, held: bool = False, revoked: bool = False) -> State:
    """The state after an act, or the refusal that names its rule; `held` by a high flag, `revoked` by the appeal."""
    law = _APPEALS if act in (Act.APPEAL, Act.DECIDE_APPEAL) else _LAW[state.path]
    rule = f"{_WORDS[act]} ({law})."
    stages, to = _STEPS[act] if act != Act.PROPOSE else ((READY[state.path],), None)
    if state.stage not in stages or (act in _FULL_ONLY and state.path != FULL):
        raise WrongStage(rule)
    _check_open(state, act, law, rule)
    match act:
        case Act.REQUEST_INFORMATION | Act.ANSWER_INFORMATION:
            return state._replace(asked=act == Act.REQUEST_INFORMATION)
        case Act.PROPOSE:
            return state._replace(proposed=True)
        case Act.REJECT:
            return state._replace(stage=READY[state.path], proposed=False, held=False)
        case Act.CONFIRM:
            return state._replace(stage=Stage.DECIDED, proposed=False, held=held)
        case Act.CONFIRM_FLAG:
            return state._replace(held=False)
        case Act.APPEAL:
            return state._replace(appealed=True)
        case Act.DECIDE_APPEAL:
            return state._replace(appealed=False, stage=READY[state.path] if revoked else state.stage)
        case _:
            return state._replace(stage=to or state.stage)


def _check_open(state: State, act: Act, law: str, rule: str) -> None:
    """Refuses what has to wait for something that is open, and answers to what is not."""
    if state.asked and act not in (Act.REQUEST_INFORMATION, Act.ANSWER_INFORMATION):
        raise InformationAwaited(f"{InformationAwaited.text} ({law})")
    if state.proposed and act not in (Act.CONFIRM, Act.REJECT):
        raise DecisionOpen(f"{DecisionOpen.text} ({law})")
    waits = {
        Act.ANSWER_INFORMATION: state.asked,
        Act.CONFIRM: state.proposed,
        Act.REJECT: state.proposed or state.held,
        Act.CONFIRM_FLAG: state.held,
        Act.DECIDE_APPEAL: state.appealed,
    }
    if not waits.get(act, True):
        raise NoDecisionOpen(rule)
    if act == Act.ACCEPT and not state.complete:
        raise ApplicationIncomplete(f"{ApplicationIncomplete.text} ({law})")
    if act == Act.APPEAL and (state.held or state.appealed):
        raise WrongStage(rule)


def must_act(state: State) -> str:
    """Who must act (kam jārīkojas): applicant, authority, experts, checker, ministry or nobody."""
    if state.asked:
        return "applicant"
    if state.proposed or state.held:
        return "checker"
    match state.stage:
        case Stage.DRAFT | Stage.RETURNED | Stage.REPORT_DRAFTED:
            return "applicant"
        case Stage.EXPERTS_APPOINTED | Stage.VISITED:
            return "experts"
        case Stage.DECIDED:
            return "ministry" if state.appealed else "nobody"
        case _:
            return "authority"
