"""What tests of cases share: children in no school, who works on their cases, and messages about them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from lxml import etree

from adapters.inquiry import RIGA as RIGA_TIME
from adapters.wsgi import Wsgi
from core.access import Scope, ScopeKind
from core.cases import refresh
from core.cases.handing_over import answer, offer
from core.cases.refreshing import Refreshed
from core.cases.working import Evidence, HeldCase, Officer, record_measure, set_search_status
from tests.contract.asking import ask
from tests.register import EVERYTHING, MADONA, RIGA, VARAKLANI, Register, days

SCHOOL = "4513900001"
ANNA, PETERIS, LIGA, RESTRICTED = "04051820016", "05061820014", "06071820012", "05061820065"
IN_RIGA, IN_MADONA, IKVD = "LV-DEV/MUN/RIGA/children", "LV-DEV/MUN/MADONA/children", "LV-DEV/GOV/IKVD/quality"
WORK = "non-studying-children.**"


ON = date(2026, 3, 2)
LETTER = Evidence("Mātes vēstule 12/34", None, None)
NOTHING = Evidence(None, None, None)
NOW = datetime.now(UTC)
# The service's day is Latvia's, which begins before that of UTC.
TODAY = NOW.astimezone(RIGA_TIME).date()


def granted(register: Register) -> None:
    """Two municipalities that work on cases, and IKVD, which sees all of them but no safe addresses."""
    register.grant(IN_RIGA, WORK, "municipalities", scope_values=[RIGA])
    register.grant(IN_MADONA, WORK, "municipalities", scope_values=[MADONA, VARAKLANI])
    register.grant(IKVD, WORK, "everything")


def child(register: Register, code: str = ANNA, lives: str = RIGA, born_on: date = date(2015, 5, 4), **more: Any) -> int:
    person = register.person(code, born_on=born_on, **more)
    register.lives(person, lives, days(born_on.isoformat()), address="Slepenā iela 7")
    return person


def moves(register: Register, person: int, to: str, on: date) -> None:
    """The child is declared elsewhere from a day on."""
    register.execute("UPDATE residence SET valid = daterange(lower(valid), :on) WHERE person_id = :p AND upper_inf(valid)", p=person, on=on)
    register.lives(person, to, days(on.isoformat()))


def refreshed(register: Register, on: date, quarter_on: date | None = None) -> Refreshed:
    return refresh(register.databases.register, on, quarter_on)


def officer(today: date, client: str = IN_RIGA, *places: str, rights: frozenset[str] = frozenset()) -> Officer:
    """Who works on cases of some municipalities, or of all, on a day."""
    scope = Scope(ScopeKind.MUNICIPALITIES, places) if places else EVERYTHING
    return Officer(client, "LV-officer-7", scope, rights, today)


def case_of(register: Register, code: str = ANNA) -> int:
    """The number of the child's case."""
    [(number,)] = register.execute(
        "SELECT c.id FROM child_case c JOIN identity i ON i.id = c.identity_id JOIN identity n ON n.person_id = i.person_id "
        "JOIN case_version v ON v.case_id = c.id AND upper_inf(v.recorded) WHERE n.value = :code ORDER BY v.state, c.id LIMIT 1",
        code=code,
    )
    return int(number)


def held(register: Register, code: str = ANNA, *columns: str) -> tuple[Any, ...]:
    """Columns of the version of the child's case that holds."""
    [row] = register.execute(
        f"SELECT {', '.join(columns)} FROM case_version WHERE case_id = :case AND upper_inf(recorded)", case=case_of(register, code)
    )
    return tuple(row)


def kinds(register: Register, code: str = ANNA) -> list[str]:
    """What happened in the child's case."""
    return [kind for (kind,) in register.execute("SELECT kind FROM case_event WHERE case_id = :c ORDER BY id", c=case_of(register, code))]


def texts(answer: etree._Element, name: str) -> list[str]:
    """The texts of all elements of a name."""
    return [element.text or "" for element in answer.iter("{*}" + name)]


def refusal(answer: etree._Element) -> str | None:
    """The code of the refusal, when the answer is one."""
    return answer.findtext("{*}fault/{*}faultCode")


def listed(app: Wsgi, client: str, **asked: Any) -> list[str]:
    """The personal codes on a client's work list."""
    return texts(ask(app, "listCases", client, **asked), "personalCode")


def day(number: int) -> date:
    """So many days after the case was opened."""
    return ON + timedelta(days=number)


def riga(today: date = ON) -> Officer:
    """Who works for Rīga on a day."""
    return officer(today, IN_RIGA, RIGA)


def madona(today: date = ON) -> Officer:
    """Who works for Madona on a day."""
    return officer(today, IN_MADONA, MADONA, VARAKLANI)


def give(register: Register, status: str, evidence: Evidence = LETTER, by: Officer | None = None, **more: object) -> HeldCase:
    """Gives the child's case a status."""
    with register.databases.register.begin() as session:
        return set_search_status(session, by or riga(), case_of(register), more.get("version"), status, evidence)


def offered(register: Register, by: Officer | None = None, to: str = MADONA, code: str = ANNA) -> HeldCase:
    """Offers the child's case to another municipality."""
    with register.databases.register.begin() as session:
        return offer(session, by or riga(), case_of(register, code), None, to, "ģimene pārcēlusies")


def answered(register: Register, by: Officer, accept: bool, reason: str | None = "nav mūsu bērns", code: str = ANNA) -> HeldCase:
    """Accepts the case or sends it back."""
    with register.databases.register.begin() as session:
        return answer(session, by, case_of(register, code), None, accept, reason)


def measured(register: Register, by: Officer, measure: str = "VIS", taken_on: date = ON) -> HeldCase:
    """Records a measure."""
    with register.databases.register.begin() as session:
        return record_measure(session, by, case_of(register), measure, taken_on, "neviens neatvēra")
