"""An examinations system, a school with candidates and an admission system: helpers of the tests of examinations and achievements."""

from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from time import sleep
from typing import Any

from core.achievements.acknowledging import Acknowledged, Receipt, acknowledge
from core.achievements.applicants import Registered, register_applicants, withdraw_applicants
from core.achievements.changes import ChangesPage, changes_page
from core.achievements.person import person_achievements
from core.achievements.shown import Achievements, Result
from core.achievements.unacknowledged import UnacknowledgedPage, unacknowledged_page
from core.disclosure import Disclosure, record
from core.education import Named
from core.examinations.candidates import submit_candidates
from core.examinations.corrections import submit_corrections
from core.examinations.items import CandidateItem, CorrectionItem, ExaminationItem, ResultItem, Submitted
from core.examinations.publishing import Published, publish_next
from core.examinations.results import submit_results
from core.submissions import Sender
from tests.register import EVERYTHING, Register

SCHOOL, OTHER = "4113100001", "4113100002"
ANNA, JANIS = "04051820219", "04051820227"
VPIS, AVUS, COLLEGE = "LV-DEV/GOV/VISC/vpis", "LV-DEV/EDU/LU/avus", "LV-DEV/EDU/COLLEGE/admission"
NOW = datetime(2026, 6, 20, 9, tzinfo=UTC)
MATHS = "2026-CE-MAT-O"


def examination(code: str = MATHS, **more: Any) -> ExaminationItem:
    """The central examination in mathematics at the optimal level, whose results are published an hour ago unless said otherwise."""
    values: dict[str, Any] = {
        "code": code,
        "kind": "CE",
        "subject": "MAT",
        "level": "O",
        "school_year": "2025/26",
        "session": "main",
        "held_on": "2026-05-20",
        "publish_at": datetime.now(UTC) + timedelta(days=1),
    }
    return ExaminationItem(**{**values, **more})


def candidate(key: str = "C1", code: str | None = ANNA, **more: Any) -> CandidateItem:
    """Anna Bērziņa of the school."""
    values: dict[str, Any] = {"sender_key": key, "examination": MATHS, "personal_code": code, "institution": SCHOOL}
    return CandidateItem(**{**values, **_names(code), **more})


def result(key: str = "R1", code: str | None = ANNA, value: str | None = "78.50", **more: Any) -> ResultItem:
    """A result in percent."""
    values: dict[str, Any] = {"sender_key": key, "examination": MATHS, "personal_code": code, "institution": SCHOOL, "outcome": "result"}
    scaled = {"scale": "PCT", "value": value} if more.get("outcome", "result") == "result" else {}
    return ResultItem(**{**values, **scaled, **_names(code), **more})


def correction(key: str = "R1", value: str | None = "81", reason: str = "appeal", **more: Any) -> CorrectionItem:
    """A higher result after an appeal."""
    values: dict[str, Any] = {"sender_key": key, "reason": reason, "outcome": "result"}
    scaled = {"scale": "PCT", "value": value} if more.get("outcome", "result") == "result" else {}
    return CorrectionItem(**{**values, **scaled, **more})


def _names(code: str | None) -> dict[str, str]:
    return {"given_name": "Jānis", "surname": "Kalniņš"} if code == JANIS else {"given_name": "Anna", "surname": "Bērziņa"}


def named(code: str) -> Named:
    return Named("personal_code", "", code)


@dataclass
class Examining:
    """A register with two schools and two people; every method is a transaction of its own."""

    register: Register
    keys: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        for number in (SCHOOL, OTHER):
            self.register.institution(number)
        self.anna = self.register.person(ANNA, born_on=date(2008, 5, 4))
        self.janis = self.register.person(JANIS, "Jānis", "Kalniņš", born_on=date(2008, 3, 2))

    def sender(self, client: str = VPIS) -> Sender:
        return Sender(client, "LV-officer-1", f"message-{next(self.keys)}", EVERYTHING, datetime.now(UTC))

    def announce(self, *items: CandidateItem, exams: tuple[ExaminationItem, ...] | None = None, **more: Any) -> Submitted:
        with self.register.databases.register.begin() as session:
            described = (examination(),) if exams is None else exams
            return submit_candidates(session, self.sender(), self._key(more), described, items, **more)

    def send(self, *items: ResultItem, exams: tuple[ExaminationItem, ...] = (), **more: Any) -> Submitted:
        with self.register.databases.register.begin() as session:
            return submit_results(session, self.sender(), self._key(more), exams, items, **more)

    def correct(self, *items: CorrectionItem, **more: Any) -> Submitted:
        with self.register.databases.register.begin() as session:
            return submit_corrections(session, self.sender(), self._key(more), items, **more)

    def publish(self) -> list[Published]:
        """Two days later."""
        published = []
        while True:
            with self.register.databases.register.begin() as session:
                done = publish_next(session, datetime.now(UTC) + timedelta(days=2))
            if done is None:
                return published
            published.append(done)

    def published(self, *items: ResultItem) -> None:
        """Results that everybody may read."""
        self.send(*items, exams=(examination(),))
        self.publish()

    def apply(self, *codes: str, client: str = AVUS, campaign: str = "2026", withdraw: bool = False) -> Registered:
        self.register.may_receive(client)
        with self.register.databases.register.begin() as session:
            do = withdraw_applicants if withdraw else register_applicants
            return do(session, self.sender(client), self._key({}), campaign, [named(code) for code in codes])

    def achievements(self, code: str = ANNA, as_of: datetime | None = None) -> Achievements:
        now = datetime.now(UTC)
        with self.register.databases.replica.begin() as session:
            _, found = person_achievements(session, EVERYTHING, frozenset(), named(code), as_of, now, now.date())
        assert found is not None
        return found.person

    def results(self, code: str = ANNA, as_of: datetime | None = None) -> list[Result]:
        return [Result(*line) for line in self.achievements(code, as_of).exam_results]

    def ask(self, client: str = COLLEGE, code: str = ANNA, ago: timedelta = timedelta()) -> None:
        """A client asks, and its disclosure is recorded as the boundary does it."""
        now = datetime.now(UTC)
        with self.register.databases.replica.begin() as session:
            at, found = person_achievements(session, EVERYTHING, frozenset(), named(code), None, now, now.date())
        told = Disclosure(now - ago, "m", client, None, None, None, "achievements.getPersonAchievements", "p", "b", at, "ok", found.persons)
        record(self.register.databases.journal, told)

    def number(self) -> None:
        """Gives what was told its places in the feed."""
        from core.sequencer import move

        with self.register.databases.register_engine.begin() as connection:
            while move(connection):
                pass

    def changes(self, client: str = AVUS, after: str | None = None, scope: Any = EVERYTHING, size: int = 100) -> ChangesPage:
        self.number()
        with self.register.databases.replica.begin() as session:
            return changes_page(session, scope, frozenset(), client, after, size)

    def acknowledge(self, *messages: str, client: str = COLLEGE, outcome: str = "accepted", note: str | None = None) -> Acknowledged:
        with self.register.databases.register.begin() as session:
            return acknowledge(session, self.sender(client), self._key({}), [Receipt(one, outcome, note) for one in messages])

    def unacknowledged(self, client: str | None = None, scope: Any = EVERYTHING) -> UnacknowledgedPage:
        with self.register.databases.register.begin() as session:
            return unacknowledged_page(session, scope, client, None, 100)

    def until_it_waits(self, doing: "Future[Any]") -> None:
        """Until what is done beside waits for a lock, or is done without having waited."""
        waits = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
        while not doing.done() and self.register.execute(waits) != [(True,)]:
            sleep(0.01)

    def outbox(self) -> list[Any]:
        return self.register.execute("SELECT kind, client, person_id, content FROM outbox_message ORDER BY id")

    def _key(self, more: dict[str, Any]) -> str:
        return str(more.pop("key", f"B{next(self.keys)}"))
