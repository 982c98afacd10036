"""Applications (pieteikumi): an institution, or the authority for it, applies; what its kind needs is waited for until it is there."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core.accreditation import publishing
from core.accreditation.clocks import months_after
from core.accreditation.folding import good_on
from core.accreditation.opening import check_none_open, open_proceeding
from core.accreditation.rules import ApplicationKind, application_kind, check_classification, item_codes, law, required_items, value
from core.accreditation.stages import Act, Stage, State, after
from core.accreditation.working import Clerk, HeldProceeding, again, begin, held, move
from core.connections import cursor
from core.errors import InvalidItem, InvalidQuestion, UnknownCode, UnlawfulTerm
from core.submissions.known import check_institution, within

EXTRAORDINARY, EXTENSION, MODEL = "EXTRAORDINARY", "EXTENSION", "MODEL"
ORDINARY = (MODEL, "OWN", "INSTITUTION", "EXAM_CENTRE", "PROGRAMME")
# A draft is no application yet: the law is that of the day on which it becomes one.
APPLIED = "UPDATE proceeding SET law = %(law)s, applied_on = %(on)s WHERE id = %(id)s"
# What is no longer needed and never came is not waited for.
NOT_NEEDED = "DELETE FROM awaited WHERE proceeding_id = %(id)s AND kind = 'item' AND received_on IS NULL AND code <> ALL(%(codes)s)"
AWAIT = """
INSERT INTO awaited (proceeding_id, kind, code, asked_on) VALUES (%(id)s, 'item', %(code)s, %(on)s)
ON CONFLICT (proceeding_id, code) WHERE kind = 'item' DO NOTHING"""
RECEIVE = """
UPDATE awaited SET received_on = coalesce(received_on, %(on)s), answer = %(reference)s
WHERE proceeding_id = %(id)s AND kind = 'item' AND code = %(code)s AND answer IS DISTINCT FROM %(reference)s"""


class ApplicationItem(NamedTuple):
    """An item of an application (pieteikuma sastāvdaļa): what it is, and the document that it stands in."""

    code: str
    reference: str


class Application(NamedTuple):
    """What is applied for (pieteikums)."""

    kind: str
    institution: str
    programme: str | None
    programme_name: str | None
    starts_on: date | None
    applied_on: date | None
    remark: str | None
    items: Sequence[ApplicationItem]


def submit_application(
    session: Session, by: Clerk, application: Application, proceeding_id: int | None, version: int | None, draft: bool
) -> int:
    """Opens a proceeding, or goes on with a draft or a returned one; returns its number."""
    by.must_be_named()
    before = None if proceeding_id is None else held(session, by, proceeding_id, version)
    on = by.day(application.applied_on, before.last_day if before else None)
    act = Act.SAVE_DRAFT if draft else Act.SUBMIT
    # A returned application is judged by the law of the day on which it was made.
    judged_on = on if before is None or before.stage == Stage.DRAFT else before.applied_on
    kind = application_kind(application.kind, judged_on)
    _check(session, by, application, kind, judged_on)
    # It is entered on the day on which it comes, also when it comes again.
    if application.kind == MODEL and (application.starts_on is None or application.starts_on < months_after(on, value("MODEL_MONTHS", on))):
        raise UnlawfulTerm("A model programme is entered at least a month before it starts (MK 218/2019).")
    if before is None:
        recognition = publishing.subject(session, kind.subject, application.institution, application.programme)
        _check_free(session, application.kind, recognition, on)
        to = after(State(kind.path, Stage.DRAFT), act)
        number = open_proceeding(session, by, application.kind, recognition, kind.subject, on)
        _receive(session, number, application, judged_on, on)
        begin(session, by, number, act, to, on, _sent(application), submitted_on=None if draft else on, **_said(application))
        return number
    _check_same(before, application)
    to = after(before.state, act)
    if not draft:
        publishing.lock(session, before.recognition_id)
        _check_free(session, before.kind, before.recognition_id, on)
    if before.stage == Stage.DRAFT:
        cursor(session).execute(APPLIED, {"id": before.id, "law": law(kind.subject, on), "on": on})
    _receive(session, before.id, application, judged_on, on)
    to = to._replace(complete=not again(session, before.id).lacks)
    return move(
        session, by, before, act, to, on, _sent(application), submitted_on=before.submitted_on if draft else on, **_said(application)
    )


def _check(session: Session, by: Clerk, application: Application, kind: ApplicationKind, on: date) -> None:
    check_institution(within(session, by.scope, by.today, [application.institution]), application.institution)
    of_programme = kind.subject in ("licence", "programme")
    if of_programme != (application.programme is not None):
        raise InvalidItem("An application about a programme names its code, and any other none.")
    if application.programme is not None:
        check_classification(application.programme, on)
    known = item_codes(application.kind)
    if any(item.code not in known for item in application.items):
        raise UnknownCode("The code list application_items does not hold this item for this kind of application.")
    if any(not item.reference.strip() for item in application.items):
        raise InvalidItem("An item names the document that it stands in.")


def _check_free(session: Session, kind: str, recognition: int, on: date) -> None:
    """Refuses a second open proceeding about what is applied for, which the caller holds locked, and to extend what does not hold."""
    check_none_open(session, recognition, [kind] if kind in (EXTRAORDINARY, EXTENSION) else ORDINARY)
    if kind == EXTENSION and good_on(publishing.held(session, recognition).periods, on) is None:
        raise UnlawfulTerm("Only a term of accreditation that holds on the day can be extended (MK 618/2020; MK 325/2024).")


def _receive(session: Session, proceeding_id: int, application: Application, judged_on: date, on: date) -> None:
    """What the kind needs is waited for; what came is received."""
    run, came = cursor(session).execute, {item.code: item.reference.strip() for item in application.items}
    needed = dict.fromkeys((*required_items(application.kind, judged_on), *came))
    run(NOT_NEEDED, {"id": proceeding_id, "codes": list(needed)})
    for code in needed:
        run(AWAIT, {"id": proceeding_id, "code": code, "on": on})
    for code, reference in came.items():
        run(RECEIVE, {"id": proceeding_id, "code": code, "reference": reference, "on": on})


def _check_same(before: HeldProceeding, application: Application) -> None:
    if (before.kind, before.institution, before.programme) != (application.kind, application.institution, application.programme):
        raise InvalidQuestion("The proceeding is about another kind, institution or programme. Apply for that one anew.")


def _sent(application: Application) -> str | None:
    """What came, for the history: a document that is sent again takes the place of the one before."""
    return "\n".join(f"{item.code}: {item.reference.strip()}" for item in application.items) or None


def _said(application: Application) -> dict[str, Any]:
    return {name: getattr(application, name) for name in ("starts_on", "programme_name", "remark")}
