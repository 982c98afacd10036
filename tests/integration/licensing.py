"""What tests of licences and accreditations share: who works on a proceeding, and the steps of one."""

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from core.access import Right, Scope, ScopeKind
from core.accreditation.appealing import decide_appeal, lodge_appeal
from core.accreditation.applying import Application, ApplicationItem, submit_application
from core.accreditation.completing import Answer, accept_application, answer_information, request_information, return_application
from core.accreditation.confirming import confirm_decision, confirm_flag
from core.accreditation.evaluating import AppointedExpert, appoint_experts, record_expert_report, record_visit, submit_comments
from core.accreditation.proposing import Proposal, propose_decision
from core.accreditation.rules import required_items
from core.accreditation.standing import Standing, standing
from core.accreditation.working import Clerk
from tests.register import EVERYTHING, RIGA, Register

SCHOOL, OTHER = "4513900001", "4513900002"
PROGRAMME = "31016011"
ON = date(2026, 3, 2)
IKVD, IZM, SYSTEM = "LV-DEV/GOV/IKVD/quality", "LV-DEV/GOV/IZM/ministry", "LV-DEV/EDU/SCHOOL/system"
AUTHORITY, MINISTRY = frozenset((Right.AUTHORITY,)), frozenset((Right.MINISTRY,))


class Office:
    """The parties of proceedings on one day; each step is a transaction of its own and gives where the proceeding stands then."""

    def __init__(self, register: Register, on: date = ON) -> None:
        self.register, self.on = register, on

    def at(self, on: date) -> "Office":
        """The same parties on another day."""
        return Office(self.register, on)

    def head(self, institution: str = SCHOOL) -> Clerk:
        return Clerk(SYSTEM, "LV-head", Scope(ScopeKind.INSTITUTIONS, (institution,)), frozenset(), self.on)

    def officer(self, user: str = "LV-maker", client: str = IKVD) -> Clerk:
        return Clerk(client, user, EVERYTHING, AUTHORITY, self.on)

    def ministry(self) -> Clerk:
        return Clerk(IZM, "LV-ministry", EVERYTHING, MINISTRY, self.on)

    def do(self, step: Callable[..., int], by: Clerk, *said: Any) -> Standing:
        with self.register.databases.register.begin() as session:
            return standing(session, by, step(session, by, *said))

    def applied(
        self, kind: str = "OWN", *, by: Clerk | None = None, number: int | None = None, draft: bool = False, **said: Any
    ) -> Standing:
        """An application with everything that its kind needs, unless `items` says otherwise."""
        values = {"institution": SCHOOL, "programme": PROGRAMME if kind in ("MODEL", "OWN", "PROGRAMME") else None, "programme_name": None}
        values |= {"starts_on": None, "applied_on": None, "remark": None}
        items = said.pop("items", None)
        codes = required_items(kind, said.get("applied_on") or self.on) if items is None else items
        application = Application(kind, items=[ApplicationItem(code, f"{code}.edoc") for code in codes], **{**values, **said})
        return self.do(submit_application, by or self.head(), application, number, None, draft)

    def accepted(self, kind: str = "OWN", **said: Any) -> int:
        """The number of an application that was taken into processing."""
        number = self.applied(kind, **said).proceeding_id
        self.accept(number)
        return number

    def evaluated(self, kind: str = "INSTITUTION", **said: Any) -> int:
        """The number of an accreditation whose report is final."""
        number = self.accepted(kind, **said)
        self.appoint(number)
        self.visit(number)
        self.report(number)
        self.comment(number)
        self.report(number, final=True)
        return number

    def send_back(self, number: int, reason: str = "Trūkst dokumentu.") -> Standing:
        return self.do(return_application, self.officer(), number, None, reason)

    def accept(self, number: int, on: date | None = None) -> Standing:
        return self.do(accept_application, self.officer(), number, None, on)

    def ask(self, number: int, *questions: str, due_on: date | None = None, on: date | None = None) -> Standing:
        return self.do(request_information, self.officer(), number, None, questions or ("Kas māca ķīmiju?",), due_on, on)

    def answer(self, number: int, on: date | None = None, only: int | None = None) -> Standing:
        """Everything that was asked is answered, or the first `only` questions."""
        open_ = self.register.execute(
            "SELECT id FROM awaited WHERE proceeding_id = :n AND kind = 'information' AND received_on IS NULL ORDER BY id", n=number
        )
        answers = [Answer(awaited, "Skolotājs ar maģistra grādu.") for (awaited,) in open_][:only]
        return self.do(answer_information, self.head(), number, answers, on)

    def appoint(self, number: int, *experts: AppointedExpert, on: date | None = None) -> Standing:
        usual = (AppointedExpert("Ilze Eksperte", True, False, self.on), AppointedExpert("Jānis Eksperts", False, False, self.on))
        return self.do(appoint_experts, self.officer(), number, None, experts or usual, on)

    def visit(self, number: int, on: date | None = None) -> Standing:
        return self.do(record_visit, self.officer(), number, None, on or self.on, None)

    def report(self, number: int, *, final: bool = False, on: date | None = None) -> Standing:
        return self.do(record_expert_report, self.officer(), number, None, final, "zinojums.edoc", on)

    def comment(self, number: int, on: date | None = None) -> Standing:
        return self.do(submit_comments, self.head(), number, "Piekrītam.", on)

    def propose(self, proceeding: int | None, outcome: str = "grant", by: Clerk | None = None, **said: Any) -> Standing:
        values = {
            "decision_id": None,
            "number": "V-1",
            "decided_on": None,
            "term": None,
            "valid_from": None,
            "valid_to": None,
            "reason": "Pamats.",
        }
        return self.do(propose_decision, by or self.officer(), Proposal(proceeding, outcome=outcome, **{**values, **said}), None)

    def confirm(self, decision: int, accept: bool = True, by: Clerk | None = None, reason: str | None = "Pamats.") -> Standing:
        return self.do(confirm_decision, by or self.officer("LV-checker"), decision, accept, reason)

    def release(self, decision: int, rule: str, by: Clerk | None = None) -> Standing:
        return self.do(confirm_flag, by or self.officer("LV-checker"), decision, rule)

    def decided(self, proceeding: int | None, outcome: str = "grant", **said: Any) -> int:
        """The number of a decision that was proposed and confirmed."""
        proposed = self.propose(proceeding, outcome, **said).decision
        assert proposed is not None
        self.confirm(proposed.decision_id)
        return proposed.decision_id

    def appeal(self, decision: int, on: date | None = None, by: Clerk | None = None) -> Standing:
        return self.do(lodge_appeal, by or self.head(), decision, on, "Nepiekrītam.")

    def decide(self, decision: int, outcome: str = "upheld", on: date | None = None) -> Standing:
        return self.do(decide_appeal, self.ministry(), decision, outcome, on, "Pamats.")

    def days(self, kind: str = "licence", programme: str | None = PROGRAMME) -> list[tuple[str, str | None, str | None]]:
        """What the public register says: status, first day, last day."""
        rows = self.register.execute(
            "SELECT q.status, lower(q.valid)::text, (upper(q.valid) - 1)::text FROM recognition_period q "
            "JOIN recognition r ON r.id = q.recognition_id WHERE r.kind = :kind AND r.institution = :school "
            "AND r.programme IS NOT DISTINCT FROM :programme AND upper_inf(q.recorded) ORDER BY q.valid",
            kind=kind,
            school=SCHOOL,
            programme=programme if kind in ("licence", "programme") else None,
        )
        return [tuple(row) for row in rows]


def office(register: Register, on: date = ON) -> Office:
    """A register with two schools, and its parties."""
    for number in (SCHOOL, OTHER):
        register.institution(number, municipality=RIGA, opened_on=date(2015, 9, 1))
    return Office(register, on)


def session_of(register: Register) -> Session:
    return register.databases.register()
