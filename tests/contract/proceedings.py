"""What the samples of the service accreditation tell of: a school with its decisions, and a proceeding at each stage for each sample."""

from collections.abc import Callable, Sequence
from datetime import date

from sqlalchemy.orm import Session

from core.access import Right
from core.accreditation.applying import Application, ApplicationItem, submit_application
from core.accreditation.completing import accept_application, request_information
from core.accreditation.confirming import confirm_decision
from core.accreditation.evaluating import AppointedExpert, appoint_experts, record_expert_report, record_visit
from core.accreditation.proposing import Proposal, propose_decision
from core.accreditation.rules import required_items
from core.accreditation.working import Clerk
from tests.register import ALL_SERVICES, EVERYTHING, Register, days

JURMALA = "0004000"
# Of the first one everything is decided, three apply, and of the last one nobody has applied yet.
DECIDED, LICENSING, ACCREDITING, CENTRE, NEW = "4313900140", "4313900157", "4313900165", "4313900173", "4313900181"
RIGHTS = frozenset((Right.AUTHORITY, Right.MINISTRY))
# Numbers that no other sample has; the first proceeding is 5101, and so on.
FIRST = {"proceeding": 5100, "proceeding_version": 5200, "awaited": 6100, "decision": 7100}
APPLIED, ACTED, DECIDED_ON = date(2026, 10, 5), date(2026, 10, 12), date(2026, 10, 20)
EXPERTS = [
    AppointedExpert("Ilze Ūdre", True, False, date(2026, 10, 9)),
    AppointedExpert("Ģirts Ķikuts", False, False, date(2026, 10, 10)),
]

Step = Callable[[Session, int], object]


def clerk(user: str, today: date) -> Clerk:
    return Clerk(ALL_SERVICES, user, EVERYTHING, RIGHTS, today)


def build_proceedings(register: Register) -> None:
    """In this order: each sample has its own, so that none sees what another one does; entries that other samples number keep theirs."""
    for table, first in FIRST.items():
        register.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {first})")
    _build_decided(register)
    names = {
        LICENSING: "Priedaines vidusskola",
        ACCREDITING: "Kauguru Ežu pamatskola",
        CENTRE: "Jūrmalas Amatu tehnikums",
        NEW: "Mellužu skola",
    }
    for number, name in names.items():
        register.institution(number, name, JURMALA, days("2015-09-01"), id=int(number))
    _licence(register, "31013011", [])  # 5101 is returned
    _licence(register, "31012011", [])  # 5102 is accepted
    _licence(register, "31016013", [_accept])  # 5103 is asked
    _licence(register, "31016014", [_accept, _ask("Kuri pedagogi mācīs programmēšanu?")])  # 5104 answers
    _accreditation(register, "INSTITUTION", ACCREDITING, [_accept])  # 5105 gets its commission
    _accreditation(register, "EXAM_CENTRE", ACCREDITING, [_accept, _appoint])  # 5106 is visited
    _accreditation(register, "INSTITUTION", CENTRE, [_accept, _appoint, _visit])  # 5107 gets its report
    _accreditation(register, "EXAM_CENTRE", CENTRE, [_accept, _appoint, _visit, _draft])  # 5108 is commented
    _licence(register, "31011011", [_accept])  # 5109 is decided
    _licence(register, "21011113", [_accept, _propose("1-7/5110")])  # 5110 is confirmed
    _licence(register, "21011114", [_accept, _propose("1-7/5111", date(2026, 10, 1)), _confirm])  # 5111 is held
    _licence(register, "21015611", [_accept, _propose("1-7/5112"), _confirm])  # 5112 is appealed
    questions = ("Līdz kurai dienai ilgs pārbūve?", "Kur pa to laiku mācās?")
    _accreditation(register, "EXTENSION", DECIDED, [_accept, _ask(*questions)])  # 5113 is shown
    _licence(register, "21015311", [_accept, _propose("1-7/5114"), _confirm])  # 5114 is a second change of the public register


def _build_decided(register: Register) -> None:
    """A school whose term ends soon, with one programme and its historic accreditation."""
    register.institution(DECIDED, "Lielupes vidusskola “Ābols”", JURMALA, days("2010-09-01"), id=int(DECIDED))
    register.programme(DECIDED, "31016011", "Vispārējās vidējās izglītības programma", licence=days("2020-09-01"))
    register.accreditation(DECIDED, days("2015-03-01", "2021-02-28"), programme="31016011")
    register.accreditation(DECIDED, days("2021-03-01", "2027-02-28"))
    learner = register.person()
    register.identifier(learner, DECIDED, "LV-10")
    register.learns(
        learner,
        DECIDED,
        days("2026-09-01"),
        programme="31016011",
        class_level="10",
        class_group="10.b",
        id=int(DECIDED),
        entry_id=int(DECIDED),
    )


def _licence(register: Register, programme: str, steps: Sequence[Step]) -> None:
    about = ("OWN", LICENSING, programme, "Programma «Dūņas & jūra»", date(2027, 9, 1), APPLIED, None)
    _proceeding(register, Application(*about, _items("OWN")), steps)


def _accreditation(register: Register, kind: str, institution: str, steps: Sequence[Step]) -> None:
    remark = "Skolas ēku pārbūvē." if kind == "EXTENSION" else None
    _proceeding(register, Application(kind, institution, None, None, None, APPLIED, remark, _items(kind)), steps)


def _proceeding(register: Register, application: Application, steps: Sequence[Step]) -> None:
    with register.databases.register.begin() as session:
        number = submit_application(session, clerk("LV-principal-1", APPLIED), application, None, None, False)
        for step in steps:
            step(session, number)


def _items(kind: str) -> list[ApplicationItem]:
    return [ApplicationItem(code, f"{code.lower()}.edoc") for code in required_items(kind, APPLIED)]


def _accept(session: Session, number: int) -> None:
    accept_application(session, clerk("LV-officer-2", ACTED), number, None, ACTED)


def _ask(*questions: str) -> Step:
    return lambda session, number: request_information(session, clerk("LV-officer-2", ACTED), number, None, questions, None, ACTED)


def _appoint(session: Session, number: int) -> None:
    appoint_experts(session, clerk("LV-officer-2", ACTED), number, None, EXPERTS, ACTED)


def _visit(session: Session, number: int) -> None:
    record_visit(session, clerk("LV-officer-2", date(2026, 10, 16)), number, None, date(2026, 10, 16), None)


def _draft(session: Session, number: int) -> None:
    record_expert_report(session, clerk("LV-officer-2", DECIDED_ON), number, None, False, "zinojuma-projekts.edoc", DECIDED_ON)


def _propose(number: str, valid_from: date | None = None) -> Step:
    def step(session: Session, proceeding: int) -> None:
        proposal = Proposal(proceeding, None, "grant", number, DECIDED_ON, None, valid_from, None, None)
        propose_decision(session, clerk("LV-officer-2", DECIDED_ON), proposal, None)

    return step


def _confirm(session: Session, number: int) -> None:
    [decision] = session.connection().exec_driver_sql("SELECT max(id) FROM decision").one()
    confirm_decision(session, clerk("LV-officer-3", DECIDED_ON), decision, True, None)
